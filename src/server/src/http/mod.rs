//! Routes, extractors, one file per resource, the one error map, the live feed.
//!
//! Invariants: a handler cannot run without the extractor that is its permission; every call of
//! the ledger has a deadline; no text of an adapter reaches a client; no other room but this one
//! knows actix.

mod alerts;
mod body;
mod cache;
mod coverage;
mod desk;
mod desk_links;
mod devices;
mod enrolment;
pub mod error;
mod extract;
mod feed;
mod fixes;
mod flood;
mod follow_ups;
mod form;
mod incidents;
mod map;
mod me;
mod observe;
mod openapi;
mod ops;
mod page;
mod phone;
mod readiness;
mod reports;
mod responders;
mod routes;
mod server;
mod session;
mod state;
mod trackers;

pub use enrolment::Sessions;
pub use feed::watch;
pub use observe::observe;
pub use openapi::openapi;
pub use routes::{Door, ROUTES, configure};
pub use server::serve;
pub use state::{Dependency, Hints, MapParts, Parts, Readiness, Web};
