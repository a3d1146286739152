//! Values and rules. Pure: `now`, ids and candidates come in as arguments, events come out.
//!
//! Invariant: no function here awaits, reads a clock, allocates an id or does I/O.

pub mod aed;
pub mod alert;
pub mod approach;
pub mod bounds;
pub mod event;
pub mod failing_phone;
pub mod fix;
pub mod ids;
pub mod incident;
pub mod kind;
pub mod name_search;
pub mod place;
pub mod plan;
pub mod presence;
pub mod push;
pub mod quiet;
pub mod reason;
pub mod responder;
pub mod selection;
pub mod time;
pub mod usual_places;
pub mod weekly;
