//! What searches and updates cost, in counts: for tests, benchmarks and the metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counted since the start of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Searches answered.
    pub searches: u64,
    /// Answers in which last known positions stood in.
    pub degraded: u64,
    /// Round trips of all searches.
    pub round_trips: u64,
    /// Keys read by all searches.
    pub keys: u64,
    /// People read by all searches, whether they matched or not.
    pub entries: u64,
    /// Changes written (fixes and profiles).
    pub changes: u64,
    /// Flushes that wrote them.
    pub flushes: u64,
    /// Commands of all flushes.
    pub commands: u64,
    /// Older entries of people met twice.
    pub duplicates: u64,
}

/// The counters behind [`Cost`].
#[derive(Debug, Default)]
pub(super) struct Stats {
    searches: AtomicU64,
    degraded: AtomicU64,
    round_trips: AtomicU64,
    keys: AtomicU64,
    entries: AtomicU64,
    changes: AtomicU64,
    flushes: AtomicU64,
    commands: AtomicU64,
    duplicates: AtomicU64,
}

/// One search.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SearchCost {
    pub(super) round_trips: u64,
    pub(super) keys: u64,
    pub(super) entries: u64,
    pub(super) duplicates: u64,
}

impl Stats {
    pub(super) fn searched(&self, cost: SearchCost, degraded: bool) {
        self.searches.fetch_add(1, Relaxed);
        self.round_trips.fetch_add(cost.round_trips, Relaxed);
        self.keys.fetch_add(cost.keys, Relaxed);
        self.entries.fetch_add(cost.entries, Relaxed);
        self.duplicates.fetch_add(cost.duplicates, Relaxed);
        metrics::counter!("muster_live_searches_total").increment(1);
        metrics::counter!("muster_live_round_trips_total").increment(cost.round_trips);
        metrics::counter!("muster_live_keys_total").increment(cost.keys);
        metrics::counter!("muster_live_entries_total").increment(cost.entries);
        metrics::counter!("muster_live_duplicates_total").increment(cost.duplicates);
        if degraded {
            self.degraded.fetch_add(1, Relaxed);
            metrics::counter!("muster_live_degraded_total").increment(1);
        }
    }

    pub(super) fn flushed(&self, changes: usize) {
        self.changes.fetch_add(changes as u64, Relaxed);
        self.flushes.fetch_add(1, Relaxed);
        metrics::counter!("muster_live_changes_total").increment(changes as u64);
        metrics::counter!("muster_live_flushes_total").increment(1);
    }

    pub(super) fn wrote(&self, commands: usize) {
        self.commands.fetch_add(commands as u64, Relaxed);
    }

    pub(super) fn cost(&self) -> Cost {
        Cost {
            searches: self.searches.load(Relaxed),
            degraded: self.degraded.load(Relaxed),
            round_trips: self.round_trips.load(Relaxed),
            keys: self.keys.load(Relaxed),
            entries: self.entries.load(Relaxed),
            changes: self.changes.load(Relaxed),
            flushes: self.flushes.load(Relaxed),
            commands: self.commands.load(Relaxed),
            duplicates: self.duplicates.load(Relaxed),
        }
    }
}
