//! Every adapter of a port against the port's own words, and against real servers.

mod live;
