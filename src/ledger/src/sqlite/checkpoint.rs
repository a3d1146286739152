//! Checkpoints beside the writer (what is in the log goes into the file), so that no emergency waits for
//! one.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::file;
use crate::sql::fault::Done;

/// One after so many transactions: a storm of them writes some megabytes.
const EVERY: u32 = 32;
/// While the writer goes on, each try leaves less in the log than the one before. Once nothing is
/// left, the writer begins the log anew.
const TRIES: usize = 8;

/// The writer's side: counts its transactions.
pub(super) struct Checkpoints {
    due: Option<SyncSender<()>>,
    written: u32,
    /// Held during a checkpoint.
    running: Arc<Mutex<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(super) fn start(dir: &Path) -> Done<Self> {
        let db = file::open_checkpointer(dir)?;
        let (due, signals) = sync_channel(1);
        let running = Arc::new(Mutex::new(()));
        let held = Arc::clone(&running);
        let thread = std::thread::Builder::new()
            .name("ledger-checkpoint".to_owned())
            .spawn(move || run(&db, &signals, &held))?;
        Ok(Self {
            due: Some(due),
            written: 0,
            running,
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
        if let Some(due) = &self.due {
            // full: it was told and has yet to look
            let (Ok(()) | Err(_)) = due.try_send(());
        }
    }

    /// Does something while no checkpoint runs.
    pub(super) fn between(&self, work: impl FnOnce()) {
        let _held = self.running.lock();
        work();
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.due = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of checkpoints did not end well");
        }
    }
}

/// Until the writer is gone.
fn run(db: &Connection, signals: &Receiver<()>, running: &Mutex<()>) {
    while signals.recv().is_ok() {
        let _held = running.lock();
        if let Err(error) = checkpoint(db) {
            tracing::warn!(%error, "a checkpoint failed; the log grows until one succeeds");
        }
    }
}

fn checkpoint(db: &Connection) -> rusqlite::Result<()> {
    for _ in 0..TRIES {
        let whole = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
            let (in_log, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok(in_log == moved)
        })?;
        if whole {
            break;
        }
    }
    Ok(())
}
