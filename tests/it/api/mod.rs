//! The surface of the contract, as an outsider meets it; the files mirror the tree of URLs.

mod authorisation;
mod commands;
mod coverage;
mod data_dir;
mod feed;
mod form;
mod incidents;
mod main_line;
mod map;
mod me;
mod ops;
mod page;
mod people;
mod phone;
mod session;
mod tokens;
mod trackers;
