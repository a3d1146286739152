//! One node: a counter that watchers wait on, and the bells of its connected phones.

use std::sync::Arc;

use muster_core::domain::ids::ResponderNo;
use muster_core::ports::Bus;
use tokio::sync::watch;

use super::phones::Phones;
use crate::auth::sessions::Sessions;

/// Watchers see that the number grew and read the feed from their own cursor; a watcher that
/// missed ten changes wakes once. Nothing is queued, so nothing can overflow. News ring at the
/// connected phones, and sessions that ended are asked about again.
pub struct LocalBus {
    changes: watch::Sender<u64>,
    /// Who is connected here.
    pub(crate) phones: Arc<Phones>,
    /// Sessions that were seen to stand.
    pub(crate) sessions: Arc<Sessions>,
}

impl LocalBus {
    /// A bus that nobody watches yet.
    pub(crate) fn new() -> Self {
        Self {
            changes: watch::Sender::new(0),
            phones: Arc::default(),
            sessions: Arc::default(),
        }
    }

    /// Hints may have been lost: everybody looks again.
    pub(crate) fn missed(&self) {
        self.changed();
        self.sessions.doubt_all();
        self.phones.ring_all();
    }

    /// Wakes at each change from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

impl Bus for LocalBus {
    fn changed(&self) {
        self.changes.send_modify(|n| *n = n.wrapping_add(1));
    }

    fn news(&self, of: &[ResponderNo]) {
        self.phones.ring(of);
    }

    fn signed_out(&self, of: &[ResponderNo]) {
        // before the phones ask
        self.sessions.doubt(of);
        self.phones.signed_out(of);
    }

    fn connected(&self, of: ResponderNo) -> bool {
        self.phones.has(of)
    }
}
