//! Groups the changes of concurrent callers: while one batch is under way the next collects, so a
//! lone caller waits for nobody and a thousand share the round trips.
//!
//! Two batches are under way at a time, so that this process works on one while Redis works on the
//! other. A responder belongs to one of the two: changes of the same record never race here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::change::{Change, Outcome, Pending};
use super::flush::Flusher;

/// Batches under way at a time.
const BATCHES: usize = 2;

/// Changes that wait for each; what comes on top is refused, as the phone will report again.
const WAITING_MAX: usize = 32_768;

/// At most so many in one batch: about 10 ms of work, so that nobody waits for long.
const BATCH_MAX: usize = 1024;

/// A caller waits no longer. The change may still be made.
const DEADLINE: Duration = Duration::from_secs(2);

/// Changes of profiles that wait for Redis to come back; beyond that the upkeep finds them.
const OWED_MAX: usize = 65_536;

/// Where changes go in.
#[derive(Clone)]
pub(super) struct Writer {
    queues: [mpsc::Sender<Pending>; BATCHES],
    owed: Arc<Mutex<BTreeMap<u64, Change>>>,
}

impl Writer {
    /// Starts the loops, which end when the last writer is dropped.
    pub(super) fn start(flusher: Flusher) -> Self {
        let flusher = Arc::new(flusher);
        let owed = Arc::new(Mutex::new(BTreeMap::new()));
        let queues = [(); BATCHES].map(|()| {
            let (queue, waiting) = mpsc::channel(WAITING_MAX);
            drop(tokio::spawn(write(
                Arc::clone(&flusher),
                waiting,
                Arc::clone(&owed),
            )));
            queue
        });
        Self { queues, owed }
    }

    /// Makes a change, and says how that went.
    pub(super) async fn change(&self, number: u64, change: Change) -> Outcome {
        let (done, waits) = oneshot::channel();
        let pending = Pending {
            number,
            change,
            done: Some(done),
        };
        if !self.put(pending) {
            metrics::counter!("muster_live_changes_refused_total").increment(1);
            self.refused(number, change);
            return Outcome::Failed;
        }
        match tokio::time::timeout(DEADLINE, waits).await {
            Ok(Ok(outcome)) => outcome,
            _ => Outcome::Failed,
        }
    }

    /// Tries again what could not be made; returns how many are still owed.
    pub(super) fn retry(&self) -> usize {
        let owed = std::mem::take(&mut *self.owed.lock());
        for (number, change) in owed {
            let pending = Pending {
                number,
                change,
                done: None,
            };
            if !self.put(pending) {
                owe(&self.owed, number, change);
            }
        }
        self.owed.lock().len()
    }

    /// False when too many wait.
    fn put(&self, pending: Pending) -> bool {
        let queue = pending.number % BATCHES as u64;
        let queue = usize::try_from(queue)
            .ok()
            .and_then(|at| self.queues.get(at));
        queue.is_some_and(|queue| queue.try_send(pending).is_ok())
    }

    fn refused(&self, number: u64, change: Change) {
        if matches!(change, Change::Admit(_) | Change::Forget) {
            owe(&self.owed, number, change);
        }
    }
}

async fn write(
    flusher: Arc<Flusher>,
    mut waiting: mpsc::Receiver<Pending>,
    owed: Arc<Mutex<BTreeMap<u64, Change>>>,
) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, BATCH_MAX).await > 0 {
        for (number, change) in flusher.flush(std::mem::take(&mut batch)).await {
            owe(&owed, number, change);
        }
    }
}

fn owe(owed: &Mutex<BTreeMap<u64, Change>>, number: u64, change: Change) {
    let mut owed = owed.lock();
    if owed.len() >= OWED_MAX && !owed.contains_key(&number) {
        metrics::counter!("muster_live_changes_lost_total").increment(1);
        return;
    }
    let newer = match (owed.get(&number), change) {
        (Some(Change::Admit(held)), Change::Admit(new)) => new.version >= held.version,
        _ => true,
    };
    if newer {
        owed.insert(number, change);
    }
}
