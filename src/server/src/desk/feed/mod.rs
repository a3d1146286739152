//! The live feed: server-sent events from the ledger, resumed without gaps.
//!
//! A hint says that something changed; what changed is read from the ledger once for all viewers of
//! this node, and by whoever is further behind from their own cursor. The `id:` stands on the
//! last event of a step, so that a resume never skips half. Positions and density have no id: the
//! newest is all that counts. Nothing is queued for a viewer but the few texts that it was given
//! last, and a connection that takes nothing is ended.

mod approaches;
pub(crate) mod connect;
mod density;
mod engaged;
pub(crate) mod events;
mod lag;
mod map;
mod map_changes;
mod recent;
mod resume;
pub(crate) mod shared;
mod text;
mod viewer;
mod viewport;
