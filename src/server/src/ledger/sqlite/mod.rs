//! The ledger in one SQLite file.
//!
//! Invariants:
//! - one process owns the file, and in it one thread writes;
//! - `Ok` from a write means that its transaction's flush is done;
//! - a job that fails or panics undoes itself alone; a batch that cannot be flushed undoes all of
//!   its jobs, tells each caller, and the next batch tries anew.

mod agenda;
mod decide;
mod events;
mod fault;
mod incidents;
mod outbox;
mod people;
mod port;
mod private;
mod queue;
mod raise;
mod readers;
mod roster;
mod rows;
mod schema;
mod settle;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use aws_lc_rs::rand;
use muster_core::domain::ids::{OrgId, OrgNo};
use muster_core::ports::{Clock, LedgerError};
use parking_lot::{Mutex, RwLock};
use rusqlite::{Connection, TransactionBehavior};

use fault::{Done, Fault};
use queue::{Lane, Queue};
use readers::{READERS, Readers};
pub use schema::migrate;

/// Longer than this a healthy writer does not take.
const CHECK_MAX: Duration = Duration::from_secs(1);

/// How many writes wait, per lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depths {
    /// Raising and deciding.
    pub emergency: usize,
    /// Receipts, pushes, timers.
    pub receipts: usize,
    /// Self-service.
    pub routine: usize,
}

/// The ledger in one SQLite file.
pub struct SqliteLedger {
    queue: Arc<Queue>,
    readers: Readers,
    writer: Mutex<Option<JoinHandle<()>>>,
    clock: Arc<dyn Clock>,
    orgs: RwLock<HashMap<OrgId, OrgNo>>,
    epoch: String,
    boot: i64,
    /// Held as long as this process owns the file.
    _lock: File,
}

impl SqliteLedger {
    /// Opens `muster.db` in `dir`, makes or brings up its tables, and starts the writer. Pushes
    /// that an earlier process had not finished are due at once.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Arc<Self>, LedgerError> {
        Self::start(dir, clock)
            .map(Arc::new)
            .map_err(|Fault(error)| error)
    }

    fn start(dir: &Path, clock: Arc<dyn Clock>) -> Done<Self> {
        schema::make(dir)?;
        let lock = File::create(dir.join("muster.lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Fault(LedgerError::Unavailable(
                "another process owns this data directory".to_owned(),
            )),
            TryLockError::Error(error) => Fault::from(error),
        })?;
        let mut db = schema::open_writer(dir)?;
        let (boot, epoch) = boot(&mut db)?;
        let readers = (0..READERS)
            .map(|_| schema::open_reader(dir))
            .collect::<Done<Vec<_>>>()?;
        let queue = Arc::new(Queue::default());
        let inbox = Arc::clone(&queue);
        let writer = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || writer::run(&db, &inbox))?;
        Ok(Self {
            queue,
            readers: Readers::new(readers),
            writer: Mutex::new(Some(writer)),
            clock,
            orgs: RwLock::default(),
            epoch,
            boot,
            _lock: lock,
        })
    }

    /// `Ok` when an emergency could be written now: makes a write transaction and waits for its
    /// flush, a second at most.
    pub async fn check(&self) -> Result<(), LedgerError> {
        let now = self.clock.now().0.to_string();
        let write = self.write(Lane::Emergency, move |db| {
            schema::set_meta(db, "checked", &now)
        });
        tokio::time::timeout(CHECK_MAX, write)
            .await
            .unwrap_or_else(|_| {
                Err(LedgerError::Unavailable(
                    "the writer takes longer than a second".to_owned(),
                ))
            })
    }

    /// How many writes wait.
    pub fn queue_depths(&self) -> Depths {
        let [emergency, receipts, routine] = self.queue.depths();
        Depths {
            emergency,
            receipts,
            routine,
        }
    }

    /// Takes no more writes, does those that wait, and folds the log into the file.
    pub async fn close(&self) {
        self.queue.close();
        let writer = self.writer.lock().take();
        if let Some(writer) = writer {
            let joined = tokio::task::spawn_blocking(move || writer.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the writer did not end well");
            }
        }
    }

    async fn write<T, F>(&self, lane: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Done<T> + Send + 'static,
    {
        self.queue.submit(lane, job).await
    }

    async fn read<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Done<T> + Send + 'static,
    {
        self.readers.read(job).await
    }
}

impl Drop for SqliteLedger {
    fn drop(&mut self) {
        self.queue.close();
        // short: what waits is done, and the file is free for whoever opens it next
        if let Some(writer) = self.writer.get_mut().take()
            && writer.join().is_err()
        {
            tracing::error!("the writer did not end well");
        }
    }
}

/// Takes the next boot number, and the name of this history.
fn boot(db: &mut Connection) -> Done<(i64, String)> {
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let last = schema::meta(&change, "boot")?.and_then(|boot| boot.parse().ok());
    let boot = last.unwrap_or(0_i64) + 1;
    schema::set_meta(&change, "boot", &boot.to_string())?;
    let epoch = if let Some(epoch) = schema::meta(&change, "epoch")? {
        epoch
    } else {
        let mut name = [0; 8];
        rand::fill(&mut name)?;
        let epoch = format!("{:016x}", u64::from_be_bytes(name));
        schema::set_meta(&change, "epoch", &epoch)?;
        epoch
    };
    outbox::adopt(&change, boot)?;
    change.commit()?;
    Ok((boot, epoch))
}
