//! The one writer: many jobs in one transaction, one flush, then all the answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use muster_core::ports::LedgerError;
use rusqlite::Connection;
use tokio::time::Instant;

use super::checkpoint::Checkpoints;
use super::db::Lite;
use crate::queue::{Call, Lane, Queue, Work};
use crate::sql::fault::{Done, Fault};

/// Most jobs in one transaction.
const BATCH_MAX: usize = 64;
/// How many of them each lane may take before the next lane has its turn.
const SHARE: [usize; 3] = [44, 14, 6];
/// No further job begins in a transaction that took so many times as long as a flush: to wait for
/// more would save little of the flushes and keep everybody in it waiting.
const SPAN_IN_FLUSHES: u32 = 3;
/// But one may always be so old,
const SPAN_MIN: Duration = Duration::from_millis(2);
/// and however slow the disk is, none is older.
const SPAN_MAX: Duration = Duration::from_millis(20);

/// Works until the queue is closed and drained.
pub(super) fn run(lite: &Lite, queue: &Arc<Queue>, mut checkpoints: Checkpoints) {
    let mut flush = Flush(SPAN_MAX);
    loop {
        match queue.next(Lane::Routine, None) {
            Call::Work(lane, first) => {
                guarded_batch(lite, queue, (lane, first), &mut flush);
                checkpoints.wrote();
            }
            Call::Wipe => checkpoints.between(|| wipe(&lite.db)),
            Call::Nothing => {}
            Call::End => break,
        }
    }
    drop(checkpoints);
    if let Err(error) = lite.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "the last checkpoint failed; the next start makes up for it");
    }
}

/// The writer outlives its own mistakes: callers of a batch that broke are told by their dropped
/// reply.
fn guarded_batch(lite: &Lite, queue: &Queue, first: First, flush: &mut Flush) {
    if catch_unwind(AssertUnwindSafe(|| batch(lite, queue, first, flush))).is_ok() {
        return;
    }
    tracing::error!("a batch panicked");
    roll_back(&lite.db);
}

fn roll_back(db: &Connection) {
    if !db.is_autocommit()
        && let Err(error) = db.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "rollback failed");
    }
}

/// Checkpoints and cuts the log, without waiting for readers: they end soon, and the
/// next time does it.
fn wipe(db: &Connection) {
    let sql =
        "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = 2000";
    if let Err(error) = db.execute_batch(sql) {
        tracing::warn!(%error, "the log could not be emptied yet");
    }
}

/// How long a flush takes here, by the last few.
struct Flush(Duration);

impl Flush {
    fn took(&mut self, time: Duration) {
        self.0 = (self.0 * 3 + time) / 4;
    }

    /// How long jobs may be gathered before the next one.
    fn span(&self) -> Duration {
        (self.0 * SPAN_IN_FLUSHES).clamp(SPAN_MIN, SPAN_MAX)
    }
}

/// The lane of the first job of a batch, and the job.
type First = (usize, Box<dyn Work>);

fn batch(lite: &Lite, queue: &Queue, first: First, flush: &mut Flush) {
    let mut done: Vec<Box<dyn Work>> = Vec::with_capacity(BATCH_MAX);
    let lost = fill(lite, queue, (first, flush.span()), &mut done)
        .and_then(|()| {
            let began = Instant::now();
            lite.db.prepare_cached("COMMIT")?.execute([])?;
            flush.took(began.elapsed());
            Ok(())
        })
        .err()
        .map(|Fault(error)| unavailable(&error));
    if lost.is_some() {
        roll_back(&lite.db);
    }
    if let Some(error) = &lost {
        tracing::error!(%error, jobs = done.len(), "nothing of a batch is on disk");
    }
    for work in done {
        work.answer(lost.clone());
    }
}

/// Runs jobs in a new transaction; an error means that the transaction is gone.
fn fill(
    lite: &Lite,
    queue: &Queue,
    ((lane, first), span): (First, Duration),
    done: &mut Vec<Box<dyn Work>>,
) -> Done<()> {
    let mut taken = [0; 3];
    done.push(first);
    taken[lane] += 1;
    begin(&lite.db)?;
    let began = Instant::now();
    // whether anything stands in the transaction
    let mut stands = false;
    loop {
        if let Some(work) = done.last_mut() {
            stands |= step(lite, work.as_mut(), stands)?;
        }
        if done.len() >= BATCH_MAX || began.elapsed() >= span {
            return Ok(());
        }
        let Some((lane, next)) = queue.pop(taken, SHARE) else {
            return Ok(());
        };
        taken[lane] += 1;
        done.push(next);
    }
}

fn begin(db: &Connection) -> Done<()> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    Ok(())
}

/// One job; a job that fails undoes itself alone. What comes first in a transaction is undone with
/// it, and what comes later has a savepoint, for which the engine copies each page that it changes.
/// Returns whether the job stands.
fn step(lite: &Lite, work: &mut dyn Work, behind_others: bool) -> Done<bool> {
    let db = &lite.db;
    if behind_others {
        db.prepare_cached("SAVEPOINT job")?.execute([])?;
    }
    let failed = work.run(lite).err();
    if let Some(Fault(error)) = &failed {
        // a full disk takes the whole transaction with it
        if db.is_autocommit() {
            return Err(Fault(error.clone()));
        }
        if behind_others {
            db.prepare_cached("ROLLBACK TO job")?.execute([])?;
        } else {
            db.prepare_cached("ROLLBACK")?.execute([])?;
            begin(db)?;
        }
    }
    if behind_others {
        db.prepare_cached("RELEASE job")?.execute([])?;
    }
    Ok(failed.is_none())
}

fn unavailable(error: &LedgerError) -> LedgerError {
    match error {
        LedgerError::Unavailable(_) => error.clone(),
        other => LedgerError::Unavailable(other.to_string()),
    }
}
