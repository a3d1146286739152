//! The ledger: what must never be lost.
//!
//! The statements and what is done with their rows are in `sql`, once. An engine runs them:
//! [`SqliteLedger`] is one file, one writer thread with group commit, a few readers;
//! [`PostgresLedger`] is a few threads with a connection each. Both implement the traits of
//! `muster_core::ports` that need durability: `Ledger`, `Agenda`, `Feed`, `Roster`, `LastKnown`.
//!
//! Invariants:
//! - what was answered with `Ok` is on disk;
//! - events, outbox and idempotency rows hold no address, exact place, name or free text: those
//!   are sealed under one key per incident, which is destroyed at retention;
//! - no rule of dispatch lives here: states change by `Alert::apply` and `Incident::apply` alone.

mod postgres;
mod queue;
mod sql;
mod sqlite;

/// What an engine is made of: for tests that put faults between the statements and their tables.
pub mod engine {
    pub use super::queue::{Depths, Lane};
    pub use super::sql::db::{Arg, Db, Row, Rows, Sql, Statement, Value};
    pub use super::sql::fault::{Done, Fault};
    pub use super::sql::lease::adopt;
    pub use super::sql::{Engine, SqlLedger};
    pub use super::sqlite::MemoryTables;
}

pub use postgres::{Beat, PostgresLedger, PostgresSettings, migrate_postgres};
pub use queue::Depths;
pub use sqlite::{SqliteLedger, migrate};
