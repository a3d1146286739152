//! Feeds the ledger's last known cells from the fixes that pass through this node.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use h3o::{CellIndex, Resolution};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::responder::Fix;
use muster_core::ports::{LastKnown, Seen};
use parking_lot::Mutex;
use tokio::time::Instant;

/// Somebody who stays in a cell is written down again after so long: their sighting must not look
/// older than it is by more than this.
const REFRESH: Duration = Duration::from_mins(10);

/// Of so many people this node remembers what it wrote down; beyond that it begins anew, which
/// costs a few writes.
const REMEMBERED: usize = 500_000;

/// Sightings that wait; beyond that people keep the cell they had.
const WAITING_MAX: usize = 100_000;

/// At most so many in one write.
const BATCH_MAX: usize = 2_000;

/// Sightings on their way to the ledger.
pub(super) struct Keeper {
    last_known: Arc<dyn LastKnown>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    kept: HashMap<u64, (CellIndex, Instant)>,
    waiting: HashMap<u64, Seen>,
}

impl Keeper {
    pub(super) fn new(last_known: Arc<dyn LastKnown>) -> Self {
        Self {
            last_known,
            memory: Mutex::default(),
        }
    }

    /// Notes a fix if it says something new.
    pub(super) fn note(&self, responder: ResponderNo, fix: &Fix) {
        let cell = fix.point.cell(Resolution::Nine);
        let mut memory = self.memory.lock();
        let known = memory
            .kept
            .get(&responder.0)
            .is_some_and(|(kept, when)| *kept == cell && when.elapsed() < REFRESH);
        let newer = memory
            .waiting
            .get(&responder.0)
            .is_none_or(|waiting| waiting.rank() <= fix.rank());
        let waits = memory.waiting.contains_key(&responder.0);
        if (known && !waits) || !newer {
            return;
        }
        if !waits && memory.waiting.len() >= WAITING_MAX {
            metrics::counter!("muster_live_sightings_lost_total").increment(1);
            return;
        }
        let seen = Seen {
            responder,
            cell,
            at: fix.at,
            source: fix.source,
        };
        memory.waiting.insert(responder.0, seen);
    }

    /// Drops what waits of somebody who is not at a place any more.
    pub(super) fn leave_place(&self, responder: ResponderNo) {
        let mut memory = self.memory.lock();
        let waiting = memory.waiting.get(&responder.0);
        if waiting.is_some_and(|seen| !seen.source.is_live()) {
            memory.waiting.remove(&responder.0);
        }
        // whatever is kept of them, the next fix is news
        memory.kept.remove(&responder.0);
    }

    /// Drops what waits for somebody who is forgotten.
    pub(super) fn forget(&self, responder: ResponderNo) {
        let mut memory = self.memory.lock();
        memory.waiting.remove(&responder.0);
        memory.kept.remove(&responder.0);
    }

    /// Writes down what waits, batch by batch; stops at the first batch that fails and keeps it
    /// for the next time.
    pub(super) async fn write(&self) {
        loop {
            let batch: Vec<Seen> = {
                let memory = self.memory.lock();
                memory.waiting.values().copied().take(BATCH_MAX).collect()
            };
            if batch.is_empty() {
                return;
            }
            if let Err(error) = self.last_known.keep(batch.clone()).await {
                tracing::warn!(%error, "last known cells could not be written");
                return;
            }
            let now = Instant::now();
            let mut memory = self.memory.lock();
            if memory.kept.len() > REMEMBERED {
                memory.kept.clear();
            }
            for seen in batch {
                memory.kept.insert(seen.responder.0, (seen.cell, now));
                if memory.waiting.get(&seen.responder.0) == Some(&seen) {
                    memory.waiting.remove(&seen.responder.0);
                }
            }
        }
    }
}
