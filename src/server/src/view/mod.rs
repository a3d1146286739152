//! What more than one audience is shown, and how every request is read: bodies, queries, times,
//! errors.
//!
//! Invariant: a shape decides nothing. Reports of emergencies are read leniently, because a wrong
//! detail must never refuse a call for help; everything else is read strictly. No text of an adapter
//! reaches a client.

pub(crate) mod body;
mod characters;
pub(crate) mod deadline;
pub mod error;
pub(crate) mod installation;
pub(crate) mod invalid;
pub(crate) mod page;
pub(crate) mod phone;
pub(crate) mod place;
pub(crate) mod query;
pub(crate) mod reason;
pub(crate) mod report;
pub(crate) mod time;
