//! A few read-only connections, used off the runtime's threads.

use std::sync::Arc;
use std::time::Duration;

use muster_core::ports::LedgerError;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::db::Lite;
use crate::sql::db::Db;
use crate::sql::fault::{Done, Fault};

/// How many reads run at once.
pub(super) const READERS: usize = 4;
/// Longer than this nobody waits for a free reader.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// The pool.
pub(super) struct Readers {
    seats: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Lite>>>,
}

/// A connection that returns to the pool, whatever happens.
struct Seat {
    db: Option<Lite>,
    idle: Arc<Mutex<Vec<Lite>>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            self.idle.lock().push(db);
        }
    }
}

impl Readers {
    pub(super) fn new(connections: Vec<Lite>) -> Self {
        Self {
            seats: Arc::new(Semaphore::new(connections.len())),
            idle: Arc::new(Mutex::new(connections)),
        }
    }

    /// Reads in one transaction: everything that was committed before, and nothing later.
    pub(super) async fn read<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        let busy = || LedgerError::Unavailable("too many reads wait".to_owned());
        let Ok(Ok(permit)) = timeout(WAIT_MAX, Arc::clone(&self.seats).acquire_owned()).await
        else {
            return Err(busy());
        };
        let idle = Arc::clone(&self.idle);
        let read = tokio::task::spawn_blocking(move || -> Done<T> {
            // declared first, so that it is given back last
            let _permit = permit;
            let db = idle.lock().pop();
            let seat = Seat { db, idle };
            let Some(db) = &seat.db else {
                return Err(Fault::broken("no reader behind a permit"));
            };
            let _snapshot = db.db.unchecked_transaction()?;
            job(db)
        });
        match read.await {
            Ok(result) => result.map_err(|Fault(error)| error),
            Err(error) => Err(LedgerError::Broken(error.to_string())),
        }
    }
}
