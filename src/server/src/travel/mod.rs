//! Adapters of travel time: how long until they are there.

pub mod crow;
