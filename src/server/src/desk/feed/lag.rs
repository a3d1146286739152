//! Whether what a viewer was sent is behind the ledger.
//!
//! Once a second the ledger is asked for the newest number that it holds, by a question of its
//! own: neither a lost hint, nor a reading that hangs, nor a transaction that holds back what may
//! be shown can hide that something is missing. Whoever was sent everything up to that number was
//! level with the ledger at that time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use muster_core::ports::Feed;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use crate::view::deadline::read;

/// The ledger is asked this often while anybody watches.
const EVERY: Duration = Duration::from_secs(1);
/// Whoever was level with the ledger no later than so long ago is not behind: a question a second,
/// and as long again for what is being read.
pub(crate) const BEHIND_AFTER: Duration = Duration::from_secs(2);
/// Answers that are kept; whoever is further behind was level before all of them.
const KEPT: usize = 8;

/// An answer of the ledger.
#[derive(Debug, Clone, Copy)]
struct LedgerHead {
    /// The newest number it held.
    seq: u64,
    /// When it was asked.
    at: Instant,
}

/// The last answers, the oldest first.
#[derive(Default)]
pub(crate) struct LedgerHeads(Mutex<VecDeque<LedgerHead>>);

impl LedgerHeads {
    fn put(&self, head: LedgerHead) {
        let mut heads = self.0.lock();
        if heads.len() == KEPT {
            heads.pop_front();
        }
        heads.push_back(head);
    }

    /// The last instant at which nothing after `seq` was there, as far as was asked.
    pub(crate) fn level(&self, seq: u64) -> Option<Instant> {
        let heads = self.0.lock();
        let level = heads.iter().rev().find(|head| head.seq <= seq);
        level.map(|head| head.at)
    }
}

/// Asks once a second while anybody watches, until the stop.
pub(crate) async fn measure(
    feed: &dyn Feed,
    heads: &LedgerHeads,
    viewers: &AtomicUsize,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|down| *down) => return,
        }
        if viewers.load(Ordering::Relaxed) == 0 {
            continue;
        }
        let at = Instant::now();
        match read(feed.newest()).await {
            Ok(seq) => heads.put(LedgerHead { seq, at }),
            Err(error) => tracing::debug!(%error, "how far the ledger is cannot be told"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_was_level_when_the_ledger_held_no_more_than_it_was_sent() {
        let heads = LedgerHeads::default();
        assert_eq!(heads.level(9), None, "nobody asked yet");
        let begun = Instant::now();
        let at = |s| begun + Duration::from_secs(s);
        for (s, seq) in [(1, 10), (2, 10), (3, 12), (4, 15)] {
            heads.put(LedgerHead { seq, at: at(s) });
        }
        assert_eq!(heads.level(9), None);
        assert_eq!(heads.level(10), Some(at(2)));
        assert_eq!(heads.level(14), Some(at(3)));
        assert_eq!(heads.level(15), Some(at(4)));
        // the ledger was set back
        heads.put(LedgerHead { seq: 4, at: at(5) });
        assert_eq!(heads.level(4), Some(at(5)));
        for s in 6..100 {
            heads.put(LedgerHead { seq: 4, at: at(s) });
        }
        assert_eq!(heads.0.lock().len(), KEPT);
    }
}
