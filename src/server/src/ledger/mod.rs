//! The ledger: what must never be lost.
//!
//! One type per database implements the four traits of `muster_core::ports` that need durability:
//! `Ledger`, `Agenda`, `Feed` and `Roster`. Here that is [`SqliteLedger`]: one file, one writer
//! thread with group commit, a few readers.
//!
//! Invariants:
//! - what was answered with `Ok` is on disk;
//! - events, outbox and idempotency rows hold no address, exact place, name or free text: those
//!   are sealed under one key per incident, which is destroyed at retention;
//! - no rule of dispatch lives here: states change by `Alert::apply` and `Incident::apply` alone.

mod sqlite;

pub use sqlite::{Depths, SqliteLedger, migrate};
