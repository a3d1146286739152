//! Brings what this node learns into Redis, from where the other nodes learn it.
//!
//! Changes of concurrent callers are grouped: one script for each shard, all scripts together. A
//! lone change goes out at once; under load a flush begins no sooner than a little after the one
//! before, so that many changes share its commands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use h3o::CellIndex;
use muster_core::domain::ids::ResponderNo;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::connections::Lane;
use super::keys::{Shard, cell_of};
use super::packed::{pack, unpack};
use super::scripts::{self, Ask, Change, Kind};
use super::store::{Store, Value};
use crate::memory::MemoryIndex;
use crate::record::{Position, Record};

/// Changes that wait; what comes on top is made up for later.
const WAITING_MAX: usize = 32_768;

/// At most so many in one flush.
const FLUSH_MAX: usize = 4096;

/// Lua passes at most some 8,000 values to a command: two for each change.
const SCRIPT_MAX: usize = 1024;

/// A flush begins no sooner after the one before.
const APART: Duration = Duration::from_millis(10);

/// People whose changes did not reach Redis; beyond that the next loading finds them.
const OWED_MAX: usize = 1_000_000;

/// People whose changes are tried again at a time: they share flushes.
const AT_ONCE: usize = 1024;

/// How a change went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Written {
    /// It holds.
    Holds,
    /// Redis has something newer, which is this.
    Newer(Record),
    /// Redis did not answer or refused: it is made up for later.
    Owed,
}

struct Pending {
    change: Change,
    done: Option<oneshot::Sender<Written>>,
}

/// Where changes go in.
pub(super) struct Writer {
    tree: Arc<MemoryIndex>,
    queue: mpsc::Sender<Pending>,
    /// Whose changes Redis does not have, and the cells in which they may have left something.
    owed: Mutex<BTreeMap<ResponderNo, BTreeSet<CellIndex>>>,
}

impl Writer {
    /// Starts the loop, which ends when the writer is dropped.
    pub(super) fn start(store: Arc<Store>, tree: Arc<MemoryIndex>, life: Duration) -> Arc<Self> {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        drop(tokio::spawn(write(store, waiting, life)));
        Arc::new(Self {
            tree,
            queue,
            owed: Mutex::default(),
        })
    }

    /// Writes down what is held of somebody who may still stand in the cell `before`.
    ///
    /// The new cell has them before the old one loses them, so that nobody who reads both, in
    /// whatever order, misses them.
    pub(super) async fn write(&self, record: Record, before: Option<CellIndex>) -> Written {
        let (put, leave) = changes(&record, before);
        let outcome = match put {
            Some(change) => self.make(change).await,
            None => Written::Holds,
        };
        if outcome == Written::Owed {
            self.owe(record.responder, before.into_iter().chain(cell(&record)));
            return outcome;
        }
        if let Some(change) = leave
            && !self.enqueue(change, None)
        {
            self.owe(record.responder, [change.cell]);
        }
        outcome
    }

    /// Changes that nobody waits for.
    pub(super) fn write_later(&self, change: Change, whose: ResponderNo) {
        if !self.enqueue(change, None) {
            self.owe(whose, [change.cell]);
        }
    }

    /// Tries again what did not reach Redis: after an outage that may be everybody who moved.
    pub(super) async fn retry(&self) {
        let owed = std::mem::take(&mut *self.owed.lock());
        let again = owed.into_iter().map(|(responder, cells)| async move {
            let Some(record) = self.tree.record(responder) else {
                return;
            };
            // where they are now, and then every cell in which they may still stand
            let here = cell(&record);
            if self.write(record, here).await == Written::Owed {
                self.owe(responder, cells);
                return;
            }
            for before in cells.into_iter().filter(|before| Some(*before) != here) {
                self.write(record, Some(before)).await;
            }
        });
        let mut again = futures_util::stream::iter(again).buffer_unordered(AT_ONCE);
        while again.next().await.is_some() {}
    }

    async fn make(&self, change: Change) -> Written {
        let (done, outcome) = oneshot::channel();
        if !self.enqueue(change, Some(done)) {
            metrics::counter!("muster_live_changes_refused_total").increment(1);
            return Written::Owed;
        }
        outcome.await.unwrap_or(Written::Owed)
    }

    /// False when too many wait.
    fn enqueue(&self, change: Change, done: Option<oneshot::Sender<Written>>) -> bool {
        self.queue.try_send(Pending { change, done }).is_ok()
    }

    fn owe(&self, responder: ResponderNo, cells: impl IntoIterator<Item = CellIndex>) {
        let mut owed = self.owed.lock();
        if owed.len() >= OWED_MAX && !owed.contains_key(&responder) {
            metrics::counter!("muster_live_changes_lost_total").increment(1);
            return;
        }
        owed.entry(responder).or_default().extend(cells);
    }
}

/// The cell in which somebody stands.
pub(super) fn cell(record: &Record) -> Option<CellIndex> {
    record.position.fix().map(|fix| cell_of(fix.point))
}

/// What must be written of somebody who may still stand in the cell `before`: where they are, and
/// that they are not there any more. Whoever is nowhere is that in the cell where they were.
fn changes(record: &Record, before: Option<CellIndex>) -> (Option<Change>, Option<Change>) {
    let change = |cell, kind| Change {
        cell,
        kind,
        record: pack(record),
    };
    let here = match record.position {
        Position::At(_) => cell(record),
        Position::Unknown | Position::Left(_) => before,
    };
    let left = before.filter(|before| Some(*before) != here);
    (
        here.map(|cell| change(cell, Kind::Put)),
        left.map(|cell| change(cell, Kind::Leave)),
    )
}

async fn write(store: Arc<Store>, mut waiting: mpsc::Receiver<Pending>, life: Duration) {
    let mut batch = Vec::new();
    let mut next = Instant::now();
    while waiting.recv_many(&mut batch, FLUSH_MAX).await > 0 {
        if Instant::now() < next {
            sleep_until(next).await;
            while batch.len() < FLUSH_MAX
                && let Ok(pending) = waiting.try_recv()
            {
                batch.push(pending);
            }
        }
        next = Instant::now() + APART;
        flush(&store, std::mem::take(&mut batch), life).await;
    }
}

async fn flush(store: &Arc<Store>, batch: Vec<Pending>, life: Duration) {
    metrics::counter!("muster_live_changes_total").increment(batch.len() as u64);
    metrics::counter!("muster_live_flushes_total").increment(1);
    let mut shards: BTreeMap<Shard, Vec<Pending>> = BTreeMap::new();
    for pending in batch {
        let shard = Shard::of(pending.change.cell);
        shards.entry(shard).or_default().push(pending);
    }
    let mut asks = Vec::new();
    let mut asked: Vec<Vec<Option<oneshot::Sender<Written>>>> = Vec::new();
    for (shard, pending) in shards {
        let (changes, waiting): (Vec<Change>, Vec<_>) = pending
            .into_iter()
            .map(|pending| (pending.change, pending.done))
            .unzip();
        let mut waiting = waiting.into_iter();
        for part in changes.chunks(SCRIPT_MAX) {
            asks.push(scripts::apply(shard, life, part));
            asked.push(waiting.by_ref().take(part.len()).collect());
        }
    }
    for (answer, waiting) in store.ask(Lane::Live, asks).await.into_iter().zip(asked) {
        let mut outcomes = outcomes(answer).into_iter();
        for done in waiting {
            let outcome = outcomes.next().unwrap_or(Written::Owed);
            // whoever does not wait any more has what they need
            if let Some(done) = done {
                done.send(outcome).ok();
            }
        }
    }
}

/// How each change of a script went; none when the script was not answered.
fn outcomes(answer: Option<Value>) -> Vec<Written> {
    let Some(Value::Array(answers)) = answer else {
        return Vec::new();
    };
    let outcome = |answer: Value| match answer {
        Value::Int(_) => Written::Holds,
        Value::BulkString(bytes) => unpack(&bytes).map_or(Written::Owed, Written::Newer),
        _ => Written::Owed,
    };
    answers.into_iter().map(outcome).collect()
}

/// Makes changes of one shard at once, past the queue: for loading and upkeep. Whether they reached
/// Redis.
pub(super) async fn bulk(
    store: &Arc<Store>,
    shard: Shard,
    life: Duration,
    changes: &[Change],
) -> bool {
    for part in changes.chunks(SCRIPT_MAX) {
        let ask: Ask = scripts::apply(shard, life, part);
        if store.one(Lane::Bulk, ask).await.is_none() {
            return false;
        }
    }
    true
}
