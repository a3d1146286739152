//! One node: a counter that watchers wait on, and a bell for its connected phones.

use std::sync::OnceLock;

use muster_core::domain::ids::ResponderNo;
use muster_core::ports::Bus;
use tokio::sync::watch;

/// Makes connected phones of this node look: those of these responders, or all of them.
pub trait Bells: Send + Sync {
    /// Rings for these responders. Returns at once.
    fn ring(&self, of: &[ResponderNo]);
    /// Phones of these responders were signed out. Returns at once.
    fn signed_out(&self, of: &[ResponderNo]);
    /// Rings for everybody, because hints may have been lost.
    fn ring_all(&self);
    /// Whether a phone of this responder would hear it.
    fn hangs_at(&self, of: ResponderNo) -> bool;
}

/// Watchers see that the number grew and read the feed from their own cursor; a watcher that
/// missed ten changes wakes once. Nothing is queued, so nothing can overflow.
pub struct LocalBus {
    changes: watch::Sender<u64>,
    bells: OnceLock<Box<dyn Bells>>,
}

impl LocalBus {
    /// A bus that nobody watches yet.
    pub fn new() -> Self {
        Self {
            changes: watch::Sender::new(0),
            bells: OnceLock::new(),
        }
    }

    /// Says whose bells news ring; the first word counts.
    pub fn hang(&self, bells: Box<dyn Bells>) {
        // a second set would ring nothing: there is one house behind a bus
        drop(self.bells.set(bells));
    }

    /// Hints may have been lost: everybody looks again.
    pub fn missed(&self) {
        self.changed();
        if let Some(bells) = self.bells.get() {
            bells.ring_all();
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

    fn news(&self, of: &[ResponderNo]) {
        if let Some(bells) = self.bells.get() {
            bells.ring(of);
        }
    }

    fn signed_out(&self, of: &[ResponderNo]) {
        if let Some(bells) = self.bells.get() {
            bells.signed_out(of);
        }
    }

    fn connected(&self, of: ResponderNo) -> bool {
        self.bells.get().is_some_and(|bells| bells.hangs_at(of))
    }
}
