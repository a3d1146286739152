//! What a volunteer's phone is shown and says. Each handler stands beside its shapes.
//!
//! Invariant: before a yes nothing exact is told, and nothing after the end (`disclosure`).

pub(crate) mod alerts;
pub(crate) mod channel;
pub(crate) mod devices;
pub(crate) mod disclosure;
pub(crate) mod duty;
pub(crate) mod enrolment;
mod local_time;
pub(crate) mod me;
pub(crate) mod me_bodies;
pub(crate) mod page;
mod places;
pub(crate) mod positions;
#[expect(missing_docs, reason = "the documentation stands in the .proto file")]
pub mod proto;
mod quiet;
pub(crate) mod report;
pub(crate) mod service;
mod weekly;
