//! The three bounded lanes before the writer.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use muster_core::ports::LedgerError;
use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::fault::{Done, Fault};

/// Most jobs that may wait in each lane; beyond it the caller is told at once.
const WAITING_MAX: [usize; 3] = [4096, 8192, 2048];

/// Which jobs go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Raising and deciding.
    Emergency = 0,
    /// Receipts, outbox, timers.
    Receipts = 1,
    /// Self-service.
    Routine = 2,
}

/// A job of the writer, whatever it returns.
pub(super) trait Work: Send {
    /// Does it; an error undoes what it did.
    fn run(&mut self, db: &Connection) -> Result<(), Fault>;
    /// Tells the caller; `lost` when nothing of the batch is on disk.
    fn answer(self: Box<Self>, lost: Option<LedgerError>);
}

/// A job with its answer.
struct Task<T, F> {
    job: Option<F>,
    result: Option<Result<T, LedgerError>>,
    reply: oneshot::Sender<Result<T, LedgerError>>,
}

impl<T, F> Work for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Done<T> + Send,
{
    fn run(&mut self, db: &Connection) -> Result<(), Fault> {
        let Some(job) = self.job.take() else {
            return Err(Fault::broken("a job ran twice"));
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| job(db)))
            .unwrap_or_else(|_| Err(Fault::broken("a job panicked")));
        match outcome {
            Ok(value) => {
                self.result = Some(Ok(value));
                Ok(())
            }
            Err(Fault(error)) => {
                self.result = Some(Err(error.clone()));
                Err(Fault(error))
            }
        }
    }

    fn answer(self: Box<Self>, lost: Option<LedgerError>) {
        let result = match (lost, self.result) {
            (Some(error), _) => Err(error),
            (None, Some(result)) => result,
            (None, None) => Err(LedgerError::Broken("a job did not run".to_owned())),
        };
        // whoever went away does not want the answer; the work stands
        drop(self.reply.send(result));
    }
}

#[derive(Default)]
struct Lanes {
    waiting: [VecDeque<Box<dyn Work>>; 3],
    closed: bool,
    /// Keys were destroyed: the write-ahead log must not keep them.
    wipe: bool,
}

/// What the writer is to do.
pub(super) enum Call {
    /// Jobs wait.
    Work,
    /// Empty the write-ahead log.
    Wipe,
    /// Closed and drained.
    End,
}

/// The lanes and the bell that wakes the writer.
#[derive(Default)]
pub(super) struct Queue {
    lanes: Mutex<Lanes>,
    bell: Condvar,
}

impl Queue {
    /// Puts a job in a lane and waits for its answer.
    pub(super) async fn submit<T, F>(&self, lane: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Done<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.push(
            lane,
            Box::new(Task {
                job: Some(job),
                result: None,
                reply,
            }),
        )?;
        answer
            .await
            .unwrap_or_else(|_| Err(LedgerError::Unavailable("the writer is gone".to_owned())))
    }

    fn push(&self, lane: Lane, work: Box<dyn Work>) -> Result<(), LedgerError> {
        let mut lanes = self.lanes.lock();
        if lanes.closed {
            return Err(LedgerError::Unavailable("the ledger is closed".to_owned()));
        }
        let waiting = &mut lanes.waiting[lane as usize];
        if waiting.len() >= WAITING_MAX[lane as usize] {
            return Err(LedgerError::Unavailable("too many writes wait".to_owned()));
        }
        waiting.push_back(work);
        drop(lanes);
        self.bell.notify_one();
        Ok(())
    }

    /// The next job: lanes in order as long as they are within their share of the batch, so that
    /// a flood of decisions does not starve receipts; then any. Returns its lane beside it.
    pub(super) fn pop(
        &self,
        taken: [usize; 3],
        share: [usize; 3],
    ) -> Option<(usize, Box<dyn Work>)> {
        let mut lanes = self.lanes.lock();
        let within = (0..3).filter(|lane| taken[*lane] < share[*lane]);
        for lane in within.chain(0..3) {
            if let Some(work) = lanes.waiting[lane].pop_front() {
                return Some((lane, work));
            }
        }
        None
    }

    /// Blocks until there is something to do.
    pub(super) fn wait(&self) -> Call {
        let mut lanes = self.lanes.lock();
        loop {
            if lanes.waiting.iter().any(|lane| !lane.is_empty()) {
                return Call::Work;
            }
            if std::mem::take(&mut lanes.wipe) {
                return Call::Wipe;
            }
            if lanes.closed {
                return Call::End;
            }
            self.bell.wait(&mut lanes);
        }
    }

    /// Asks for the write-ahead log to be emptied as soon as nobody waits.
    pub(super) fn wipe(&self) {
        self.lanes.lock().wipe = true;
        self.bell.notify_one();
    }

    /// Takes no more jobs; those that wait are still done.
    pub(super) fn close(&self) {
        self.lanes.lock().closed = true;
        self.bell.notify_one();
    }

    /// How many jobs wait in each lane.
    pub(super) fn depths(&self) -> [usize; 3] {
        let lanes = self.lanes.lock();
        [0, 1, 2].map(|lane| lanes.waiting[lane].len())
    }
}
