//! Tables without a file, a thread or a queue: the statements as they are, for tests that run them one
//! at a time.

use muster_core::ports::LedgerError;

use super::db::Lite;
use super::file;
use crate::sql::db::Db;
use crate::sql::fault::{Done, Fault};

/// All tables of a ledger in memory.
pub struct MemoryTables(Lite);

impl MemoryTables {
    /// Empty tables, of the newest schema.
    pub fn new() -> Result<Self, LedgerError> {
        let db = file::open_memory().map_err(|Fault(error)| error)?;
        Ok(Self(Lite::writer(db, 0, 0)))
    }

    /// Runs a job in one transaction; its error or its panic undoes it.
    pub fn transaction<T>(&self, job: impl FnOnce(&dyn Db) -> Done<T>) -> Result<T, LedgerError> {
        let run = || -> Done<T> {
            let transaction = self.0.db.unchecked_transaction()?;
            let value = job(&self.0)?;
            transaction.commit()?;
            Ok(value)
        };
        run().map_err(|Fault(error)| error)
    }

    /// How many rows were written since the tables were made.
    pub fn changes(&self) -> u64 {
        self.0.db.total_changes()
    }
}
