//! The engine over one SQLite file.
//!
//! Invariants:
//! - one process owns the file, and in it one thread writes;
//! - `Ok` from a write means that its transaction's flush is done;
//! - a job that fails or panics undoes itself alone; a batch that cannot be flushed undoes all of
//!   its jobs, tells each caller, and the next batch tries anew.

mod checkpoint;
mod db;
mod file;
mod memory;
mod readers;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use muster_core::ports::{Clock, LedgerError};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::time::sleep;

use super::queue::{Depths, Lane, Queue};
use super::sql::db::{Db, args};
use super::sql::fault::{Done, Fault};
use super::sql::{Engine, SqlLedger, directory, history, lease, schema};
use checkpoint::Checkpoints;
use db::Lite;
pub use file::migrate;
pub use memory::MemoryTables;
use readers::{READERS, Readers};

/// The ledger in one SQLite file.
pub type SqliteLedger = SqlLedger<Sqlite>;

/// One writer, a few readers.
pub struct Sqlite {
    queue: Arc<Queue>,
    readers: Readers,
    writer: Mutex<Option<JoinHandle<()>>>,
    epoch: String,
    /// Held as long as this process owns the file.
    lock: File,
}

impl Sqlite {
    fn start(dir: &Path) -> Done<Self> {
        file::make(dir)?;
        let lock = File::create(dir.join("muster.lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Fault::away("another process owns this data directory"),
            TryLockError::Error(error) => Fault::from(error),
        })?;
        let (lite, epoch) = boot(file::open_writer(dir)?)?;
        let readers = (0..READERS)
            .map(|_| file::open_reader(dir).map(Lite::reader))
            .collect::<Done<Vec<_>>>()?;
        let checkpoints = Checkpoints::start(dir)?;
        let queue = Arc::new(Queue::default());
        let inbox = Arc::clone(&queue);
        let writer = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || writer::run(&lite, &inbox, checkpoints))?;
        Ok(Self {
            queue,
            readers: Readers::new(readers),
            writer: Mutex::new(Some(writer)),
            epoch,
            lock,
        })
    }
}

impl SqliteLedger {
    /// Opens `muster.db` in `dir`, makes or brings up its tables, and starts the writer. Pushes
    /// that an earlier process had not finished are due at once.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Arc<Self>, LedgerError> {
        let engine = Sqlite::start(dir).map_err(|Fault(error)| error)?;
        Ok(Self::over(engine, clock))
    }

    /// Takes no more writes, does those that wait, and makes a last checkpoint.
    pub async fn close(&self) {
        self.engine.queue.close();
        let writer = self.engine.writer.lock().take();
        if let Some(writer) = writer {
            let joined = tokio::task::spawn_blocking(move || writer.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the writer did not end well");
            }
        }
    }
}

impl Engine for Sqlite {
    async fn write<T, F>(&self, lane: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.queue.submit(lane, job).await
    }

    async fn read<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.readers.read(job).await
    }

    fn epoch(&self) -> String {
        self.epoch.clone()
    }

    fn wipe(&self) {
        self.queue.wipe();
    }

    fn depths(&self) -> Depths {
        self.queue.depths()
    }

    async fn pause(&self, span: Duration) {
        sleep(span).await;
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.queue.close();
        // short: what waits is done, and the file is free for whoever opens it next
        if let Some(writer) = self.writer.get_mut().take()
            && writer.join().is_err()
        {
            tracing::error!("the writer did not end well");
        }
        // closing the file is not enough: a child that was forked a moment ago holds a copy of it
        // until it runs its own program, and the lock with it
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the data directory's lock was not given back");
        }
    }
}

/// Takes the next node number, learns the name of this history, and goes on after its largest
/// number. Rows of processes that are gone are due at once.
fn boot(db: Connection) -> Done<(Lite, String)> {
    let lite = Lite::reader(db);
    lite.db.execute_batch("BEGIN IMMEDIATE")?;
    let last = schema::meta(&lite, "boot")?.and_then(|boot| boot.parse().ok());
    let node = last.unwrap_or(0_i64) + 1;
    schema::set_meta(&lite, "boot", &node.to_string())?;
    let epoch = match schema::meta(&lite, "epoch")? {
        Some(epoch) => epoch,
        None => schema::new_epoch(&lite)?,
    };
    lite.execute(lease::ADOPT_ALL, args![node])?;
    let largest = schema::largest(&lite)?;
    while directory::fill(&lite)? || history::fill(&lite)? {}
    lite.db.execute_batch("COMMIT")?;
    Ok((Lite::writer(lite.db, node, largest), epoch))
}
