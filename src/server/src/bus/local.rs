//! One node: a counter that watchers wait on.

use muster_core::ports::Bus;
use tokio::sync::watch;

/// Watchers see that the number grew and read the feed from their own cursor; a watcher that
/// missed ten changes wakes once. Nothing is queued, so nothing can overflow.
#[derive(Debug)]
pub struct LocalBus {
    changes: watch::Sender<u64>,
}

impl LocalBus {
    /// A bus that nobody watches yet.
    pub fn new() -> Self {
        Self {
            changes: watch::Sender::new(0),
        }
    }

    /// Wakes at each change from now on.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl Default for LocalBus {
    fn default() -> Self {
        Self::new()
    }
}

impl Bus for LocalBus {
    fn changed(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }
}
