//! Folds the log into the file beside the writer, so that no emergency waits for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::file;
use crate::sql::fault::Done;

/// The log is folded after so many transactions: a storm of them writes some megabytes.
const EVERY: u32 = 32;
/// While the writer goes on, each try leaves less to fold than the one before. Once nothing is
/// left, the writer begins the log anew.
const TRIES: usize = 8;

/// The writer's side: counts its transactions.
pub(super) struct Checkpoints {
    bell: Option<SyncSender<()>>,
    written: u32,
    /// Held while the log is folded.
    folding: Arc<Mutex<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn start(dir: &Path) -> Done<Self> {
        let db = file::open_folder(dir)?;
        let (bell, rung) = sync_channel(1);
        let folding = Arc::new(Mutex::new(()));
        let held = Arc::clone(&folding);
        let thread = std::thread::Builder::new()
            .name("ledger-fold".to_owned())
            .spawn(move || run(&db, &rung, &held))?;
        Ok(Self {
            bell: Some(bell),
            written: 0,
            folding,
            thread: Some(thread),
        })
    }

    /// One more transaction is in the log.
    pub(super) fn wrote(&mut self) {
        self.written += 1;
        if self.written < EVERY {
            return;
        }
        self.written = 0;
        if let Some(bell) = &self.bell {
            // full: it was told and has yet to look
            let (Ok(()) | Err(_)) = bell.try_send(());
        }
    }

    /// Does something while nothing is being folded.
    pub(super) fn between(&self, work: impl FnOnce()) {
        let _held = self.folding.lock();
        work();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that folds the log did not end well");
        }
    }
}

/// Until the writer is gone.
fn run(db: &Connection, rung: &Receiver<()>, folding: &Mutex<()>) {
    while rung.recv().is_ok() {
        let _held = folding.lock();
        if let Err(error) = fold(db) {
            tracing::warn!(%error, "the log could not be folded; it grows until it can");
        }
    }
}

fn fold(db: &Connection) -> rusqlite::Result<()> {
    for _ in 0..TRIES {
        let whole = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
            let (in_log, folded): (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok(in_log == folded)
        })?;
        if whole {
            break;
        }
    }
    Ok(())
}
