//! What call handlers and coordinators see and do. Each handler stands beside its shapes.

pub(crate) mod alert;
mod canonical_json;
pub(crate) mod change_bodies;
pub(crate) mod changes;
pub(crate) mod coverage;
pub(crate) mod enrolment;
pub(crate) mod feed;
pub(crate) mod follow_ups;
pub(crate) mod form;
pub(crate) mod incident;
pub(crate) mod incidents;
pub(crate) mod links;
pub(crate) mod log;
pub(crate) mod page;
pub(crate) mod people;
mod place_bodies;
pub(crate) mod raise;
pub(crate) mod readiness;
pub(crate) mod reports;
pub(crate) mod responder_bodies;
pub(crate) mod responders;
pub(crate) mod session;
