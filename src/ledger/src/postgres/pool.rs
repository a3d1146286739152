//! A few threads with a connection each, which take jobs from one queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use muster_core::ports::LedgerError;
use parking_lot::Mutex;
use tokio::time::timeout;

use super::Shared;
use super::link::Link;
use super::tx::{Mode, RUN_MAX, Tx};
use crate::queue::{Call, Lane, Queue, Work};
use crate::sql::db::Db;
use crate::sql::fault::{Done, Fault};

/// Longer than this no job waits for a thread.
const WAIT_MAX: Duration = Duration::from_millis(800);
/// An idle thread looks this often whether its connection still stands.
const LOOK: Duration = Duration::from_secs(1);
/// First pause after a connection could not be had; doubles with each attempt.
const PAUSE_FIRST: Duration = Duration::from_millis(50);
/// Longest pause: PostgreSQL that is back is used again within this.
const PAUSE_MAX: Duration = Duration::from_secs(1);

fn away() -> LedgerError {
    LedgerError::Unavailable("PostgreSQL cannot be reached".to_owned())
}

/// The threads of one kind and their queue.
pub(super) struct Pool {
    pub(super) queue: Arc<Queue>,
    connected: Arc<AtomicUsize>,
    tried: Arc<AtomicUsize>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    size: usize,
}

impl Pool {
    /// Starts one thread per entry; each takes jobs of the lanes up to its own.
    pub(super) fn start(shared: &Arc<Shared>, mode: Mode, lanes: &[Lane]) -> Done<Self> {
        let pool = Self {
            queue: Arc::default(),
            connected: Arc::default(),
            tried: Arc::default(),
            threads: Mutex::default(),
            size: lanes.len(),
        };
        for lane in lanes {
            let seat = Seat {
                shared: Arc::clone(shared),
                queue: Arc::clone(&pool.queue),
                connected: Arc::clone(&pool.connected),
                tried: Arc::clone(&pool.tried),
                mode,
                last: *lane,
            };
            let thread = std::thread::Builder::new()
                .name("ledger-postgres".to_owned())
                .spawn(move || seat.run())?;
            pool.threads.lock().push(thread);
        }
        Ok(pool)
    }

    /// How many threads have a connection; `None` until each has tried to have one.
    pub(super) fn connected(&self) -> Option<usize> {
        let tried = self.tried.load(Ordering::Acquire) >= self.size;
        tried.then(|| self.connected.load(Ordering::Acquire))
    }

    /// Puts a job in a lane and waits for its answer, never longer than the two bounds together
    /// until it is begun. What is begun ends within its own bound, and its answer may hold what
    /// only this node can do.
    pub(super) async fn submit<T, F>(&self, lane: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        if self.connected.load(Ordering::Acquire) == 0 {
            return Err(away());
        }
        let mut waiting = self.queue.put(lane, job)?;
        let answered = match timeout(WAIT_MAX + RUN_MAX, &mut waiting.reply).await {
            Ok(answered) => answered,
            Err(_) if waiting.begun.claim() => {
                let why = "PostgreSQL did not answer in time";
                return Err(LedgerError::Unavailable(why.to_owned()));
            }
            Err(_) => waiting.reply.await,
        };
        answered.unwrap_or_else(|_| Err(LedgerError::Unavailable("a thread is gone".to_owned())))
    }

    /// Takes no more jobs, and gives the threads to be waited for.
    pub(super) fn close(&self) -> Vec<JoinHandle<()>> {
        self.queue.close();
        std::mem::take(&mut self.threads.lock())
    }
}

/// One thread.
struct Seat {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    connected: Arc<AtomicUsize>,
    tried: Arc<AtomicUsize>,
    mode: Mode,
    last: Lane,
}

impl Seat {
    fn run(self) {
        let mut link = self.connect();
        self.tried.fetch_add(1, Ordering::Release);
        let mut pause = PAUSE_FIRST;
        loop {
            if !link.as_ref().is_some_and(Link::is_alive) {
                self.leave(&mut link);
                link = self.connect();
                if link.is_none() {
                    if !self.queue.rest(pause) {
                        break;
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                    continue;
                }
            }
            pause = PAUSE_FIRST;
            match self.queue.next(self.last, Some(LOOK)) {
                Call::Work(_, work) => self.serve(&mut link, work),
                // every row is gone as soon as it is deleted; old versions go with vacuum
                Call::Wipe | Call::Nothing => {}
                Call::End => break,
            }
        }
        self.leave(&mut link);
    }

    fn connect(&self) -> Option<Link> {
        match Link::open(&self.shared) {
            Ok(link) => {
                self.shared.learn(&link.identity);
                self.connected.fetch_add(1, Ordering::AcqRel);
                Some(link)
            }
            Err(Fault(error)) => {
                tracing::warn!(%error, "no connection to PostgreSQL");
                None
            }
        }
    }

    /// Gives a connection up; with the last one, whoever waits is told.
    fn leave(&self, link: &mut Option<Link>) {
        if link.take().is_some() && self.connected.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.queue.fail_all(&away());
        }
    }

    fn serve(&self, link: &mut Option<Link>, mut work: Box<dyn Work>) {
        if work.age() > WAIT_MAX {
            let busy = "too many writes wait";
            return work.answer(Some(LedgerError::Unavailable(busy.to_owned())));
        }
        // it may have been closed while nobody looked, as by a restart of the server
        if !link.as_ref().is_some_and(Link::is_alive) {
            self.leave(link);
            *link = self.connect();
        }
        let Some(link) = link else {
            return work.answer(Some(away()));
        };
        if !work.begin() {
            return;
        }
        let transaction = Tx::new(link, self.mode);
        let ended = work.run(&transaction).map(|()| transaction.commit());
        if !matches!(ended, Ok(Ok(()))) {
            transaction.roll_back();
        }
        // a job that failed by itself tells its own error
        let lost = ended.ok().and_then(Result::err);
        work.answer(lost.map(|Fault(error)| error));
    }
}
