//! Cells with a crowd in them are split into parts of resolution 11, each with a hash of its own
//! and a pointer to it in the hash of the cell, so that a search at a stadium reads the stand and
//! not the stadium.
//!
//! Nothing depends on knowing of a split: who does not know writes into the cell, where everybody
//! looks first; whoever is met in the wrong hash of a cell has been there before, and their writer
//! removes the older entry and learns of the split.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use h3o::{CellIndex, Resolution};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::ground::Spot;
use super::index::Chore;
use super::keys::{Tag, people};
use super::record::{Packed, Record};
use super::scripts;
use super::store::{Ask, Lane, Store, Value, cmd, pairs};

/// A split is believed in for so long after it was last noticed: then it may have been merged.
const BELIEVED: Duration = Duration::from_mins(5);

/// No node writes into more split cells than this; the rest are written to as if whole.
const SPLIT_MAX: usize = 4096;

/// So many people are moved in one step: the server does nothing else meanwhile (about 0.2 ms).
const STEP: usize = 128;

/// The split cells this node knows of.
pub(super) struct Crowds {
    /// When each was last noticed.
    split: Mutex<HashMap<CellIndex, Instant>>,
    /// A cell with more people than this is split.
    bound: usize,
    chores: mpsc::Sender<Chore>,
}

impl Crowds {
    pub(super) fn new(bound: usize, chores: mpsc::Sender<Chore>) -> Self {
        Self {
            split: Mutex::default(),
            bound,
            chores,
        }
    }

    pub(super) fn is_split(&self, cell: CellIndex) -> bool {
        let mut split = self.split.lock();
        match split.get(&cell) {
            None => false,
            Some(noticed) if noticed.elapsed() < BELIEVED => true,
            Some(_) => {
                split.remove(&cell);
                false
            }
        }
    }

    /// Somebody saw that the cell is split.
    pub(super) fn note(&self, cell: CellIndex) {
        let mut split = self.split.lock();
        if split.len() >= SPLIT_MAX {
            split.retain(|_, noticed| noticed.elapsed() < BELIEVED);
        }
        if split.len() < SPLIT_MAX {
            split.insert(cell, Instant::now());
        }
    }

    /// So many are in the hash that somebody was just put into.
    pub(super) fn counted(&self, spot: Spot, len: usize) {
        if len > self.bound && !self.is_split(spot.cell) {
            self.note(spot.cell);
            // a full queue costs nothing but time: the cell is read whole, and noticed again
            if self.chores.try_send(Chore::Split(spot)).is_err() {
                self.split.lock().remove(&spot.cell);
            }
        }
    }

    /// At most so many stay in a cell that was split and is no crowd any more: far below the
    /// bound, so that a cell does not change its mind with every passer-by.
    pub(super) fn small(&self) -> usize {
        self.bound / 4
    }
}

/// Moves everybody in the hash of a cell into its parts. Whoever changes meanwhile stays where
/// their writer put them.
pub(super) async fn split(store: &Arc<Store>, spot: Spot, resolution: Resolution) {
    let mut read = cmd("HGETALL");
    read.arg(people(spot.region, spot.cell));
    let tag = Tag::Region(spot.region.into());
    let Some(value) = store.one(Lane::Work, Ask::new(tag, read)).await else {
        return;
    };
    let mut parts: HashMap<Spot, Vec<([u8; 8], Packed)>> = HashMap::new();
    for (field, bytes) in pairs(value) {
        let (Ok(field), Some(record)) = (field.try_into(), Record::unpack(&bytes)) else {
            continue;
        };
        let spot_of = record.fix.map(|fix| Spot::of(fix.point, resolution));
        if let Some(inside) = spot_of.filter(|inside| inside.cell == spot.cell) {
            parts
                .entry(inside)
                .or_default()
                .push((field, record.pack()));
        }
    }
    let mut moved = 0;
    for (part, people) in parts {
        for step in people.chunks(STEP) {
            let answer = store.one(Lane::Work, scripts::split(part, step)).await;
            if let Some(Value::Int(n)) = answer {
                moved += n;
            }
        }
    }
    metrics::counter!("muster_live_splits_total").increment(1);
    tracing::debug!(moved, "a crowded cell was split");
}
