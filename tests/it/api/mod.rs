//! The surface of the contract, as an outsider meets it; the files mirror the tree of URLs.

mod authorisation;
mod commands;
mod feed;
mod incidents;
mod main_line;
mod me;
mod ops;
mod tokens;
