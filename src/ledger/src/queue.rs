//! Jobs, and the three bounded lanes in which they wait for an engine's threads.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use muster_core::ports::LedgerError;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::sql::db::Db;
use crate::sql::fault::{Done, Fault};

/// Most jobs that may wait in each lane; beyond it the caller is told at once.
const WAITING_MAX: [usize; 3] = [4096, 8192, 2048];

/// Which jobs go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Raising and deciding.
    Emergency = 0,
    /// Receipts, outbox, timers.
    Receipts = 1,
    /// Self-service.
    Routine = 2,
}

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

/// A job, whatever it returns.
pub(super) trait Work: Send {
    /// Does it; an error undoes what it did.
    fn run(&mut self, db: &dyn Db) -> Result<(), Fault>;
    /// Tells the caller; `lost` when nothing of it is on disk.
    fn answer(self: Box<Self>, lost: Option<LedgerError>);
    /// How long it has been waiting.
    fn age(&self) -> Duration;
    /// Whoever does it says so first; false when nobody waits for it any more. From then on its
    /// answer is waited for, so that what was committed is never lost on its way.
    fn begin(&self) -> bool;
}

/// Counts how long an emergency was at a stage of its way to the disk.
fn took(stage: &'static str, span: Duration) {
    metrics::histogram!("muster_stage_seconds", "stage" => stage).record(span.as_secs_f64());
}

/// A job with its answer.
struct Task<T, F> {
    job: Option<F>,
    result: Option<Result<T, LedgerError>>,
    reply: oneshot::Sender<Result<T, LedgerError>>,
    begun: Begun,
    born: Instant,
    /// An emergency, whose time is measured.
    urgent: bool,
    decided: Option<Instant>,
}

impl<T, F> Work for Task<T, F>
where
    T: Send,
    F: FnOnce(&dyn Db) -> Done<T> + Send,
{
    fn run(&mut self, db: &dyn Db) -> Result<(), Fault> {
        let Some(job) = self.job.take() else {
            return Err(Fault::broken("a job ran twice"));
        };
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| job(db)))
            .unwrap_or_else(|_| Err(Fault::broken("a job panicked")));
        if self.urgent {
            let decided = Instant::now();
            took("queue", began - self.born);
            took("decide", decided - began);
            self.decided = Some(decided);
        }
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
        if let Some(decided) = self.decided {
            took("commit", decided.elapsed());
        }
        let result = match (lost, self.result) {
            (Some(error), _) => Err(error),
            (None, Some(result)) => result,
            (None, None) => Err(LedgerError::Broken("a job did not run".to_owned())),
        };
        // whoever went away does not want the answer; the work stands
        drop(self.reply.send(result));
    }

    fn age(&self) -> Duration {
        self.born.elapsed()
    }

    fn begin(&self) -> bool {
        !self.reply.is_closed() && self.begun.claim()
    }
}

#[derive(Default)]
struct Lanes {
    waiting: [VecDeque<Box<dyn Work>>; 3],
    closed: bool,
    /// Keys were destroyed: the engine must not keep them beside the tables.
    wipe: bool,
}

/// What a thread is to do.
pub(super) enum Call {
    /// A job, and the number of its lane.
    Work(usize, Box<dyn Work>),
    /// Forget what was destroyed.
    Wipe,
    /// Nothing came in time.
    Nothing,
    /// Closed and drained.
    End,
}

/// Whether a job was begun, or given up by whoever waited: one of both comes first.
#[derive(Clone, Default)]
pub(super) struct Begun(Arc<AtomicBool>);

impl Begun {
    /// True for the first who asks.
    pub(super) fn claim(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// The answer to a job that waits.
pub(super) struct Answer<T> {
    pub(super) reply: oneshot::Receiver<Result<T, LedgerError>>,
    pub(super) begun: Begun,
}

/// The lanes and the bells that wake threads.
#[derive(Default)]
pub(super) struct Queue {
    lanes: Mutex<Lanes>,
    /// One per kind of thread: those that take from the first lane only, from two, from all.
    bells: [Condvar; 3],
    /// For threads that rest.
    rest: Condvar,
}

impl Queue {
    /// Puts a job in a lane.
    pub(super) fn put<T, F>(&self, lane: Lane, job: F) -> Result<Answer<T>, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let begun = Begun::default();
        let task = Task {
            job: Some(job),
            result: None,
            reply,
            begun: begun.clone(),
            born: Instant::now(),
            urgent: lane == Lane::Emergency,
            decided: None,
        };
        let mut lanes = self.lanes.lock();
        if lanes.closed {
            return Err(LedgerError::Unavailable("the ledger is closed".to_owned()));
        }
        let waiting = &mut lanes.waiting[lane as usize];
        if waiting.len() >= WAITING_MAX[lane as usize] {
            return Err(LedgerError::Unavailable("too many writes wait".to_owned()));
        }
        waiting.push_back(Box::new(task));
        // the most specialised thread that is free; with none free the next one to finish looks
        let _woken = self.bells[lane as usize..].iter().any(Condvar::notify_one);
        Ok(Answer {
            reply: answer,
            begun,
        })
    }

    /// Puts a job in a lane and waits for its answer.
    pub(super) async fn submit<T, F>(&self, lane: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        let answer = self.put(lane, job)?;
        answer
            .reply
            .await
            .unwrap_or_else(|_| Err(LedgerError::Unavailable("the writer is gone".to_owned())))
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

    /// Blocks until there is something to do in the lanes up to `last`, or `patience` is over.
    pub(super) fn next(&self, last: Lane, patience: Option<Duration>) -> Call {
        let mut lanes = self.lanes.lock();
        loop {
            for lane in 0..=(last as usize) {
                if let Some(work) = lanes.waiting[lane].pop_front() {
                    return Call::Work(lane, work);
                }
            }
            if std::mem::take(&mut lanes.wipe) {
                return Call::Wipe;
            }
            if lanes.closed {
                return Call::End;
            }
            let bell = &self.bells[last as usize];
            match patience {
                None => bell.wait(&mut lanes),
                Some(patience) => {
                    if bell.wait_for(&mut lanes, patience).timed_out() {
                        return Call::Nothing;
                    }
                }
            }
        }
    }

    /// Rests for so long; false when the queue was closed.
    pub(super) fn rest(&self, pause: Duration) -> bool {
        let mut lanes = self.lanes.lock();
        if !lanes.closed {
            self.rest.wait_for(&mut lanes, pause);
        }
        !lanes.closed
    }

    /// Tells everybody who waits that nothing will be done.
    pub(super) fn fail_all(&self, error: &LedgerError) {
        let waiting = std::mem::take(&mut self.lanes.lock().waiting);
        for work in waiting.into_iter().flatten() {
            work.answer(Some(error.clone()));
        }
    }

    /// Asks for what was destroyed to be forgotten as soon as nobody waits.
    pub(super) fn wipe(&self) {
        self.lanes.lock().wipe = true;
        self.ring();
    }

    /// Takes no more jobs; those that wait are still done.
    pub(super) fn close(&self) {
        self.lanes.lock().closed = true;
        self.ring();
        self.rest.notify_all();
    }

    fn ring(&self) {
        for bell in &self.bells {
            bell.notify_all();
        }
    }

    /// How many jobs wait in each lane.
    pub(super) fn depths(&self) -> Depths {
        let lanes = self.lanes.lock();
        let [emergency, receipts, routine] = [0, 1, 2].map(|lane| lanes.waiting[lane].len());
        Depths {
            emergency,
            receipts,
            routine,
        }
    }
}
