//! What the feeds of this node share.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use muster_core::dispatch::Dispatch;
use muster_core::domain::time::Timestamp;
use tokio::sync::watch;

use super::lag::{LedgerHeads, measure};
use super::map::{Viewports, refresh};
use super::recent::RecentSteps;
use crate::bus::local::LocalBus;

/// What the feeds of this node share.
pub(crate) struct Feed {
    /// The use-cases.
    pub(crate) dispatch: Dispatch,
    /// Says when something changed.
    pub(crate) bus: Arc<LocalBus>,
    /// Becomes true when the server must stop.
    pub(crate) shutdown: watch::Receiver<bool>,
    /// How many watch.
    pub(super) viewers: Arc<AtomicUsize>,
    /// What they look at.
    pub(super) viewports: Viewports,
    /// The newest steps, as they are sent.
    pub(super) recent: RecentSteps,
    /// How far the ledger was, and when.
    pub(super) heads: LedgerHeads,
}

impl Feed {
    /// A feed that nobody watches yet.
    pub(crate) fn new(
        dispatch: Dispatch,
        bus: Arc<LocalBus>,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            dispatch,
            bus,
            shutdown,
            viewers: Arc::default(),
            viewports: Viewports::default(),
            recent: RecentSteps::default(),
            heads: LedgerHeads::default(),
        }
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.dispatch.clock.now()
    }

    /// Looks and asks once a second for all viewers of this node, until the stop.
    pub(crate) async fn run(&self, stop: watch::Receiver<bool>) {
        let dispatch = &self.dispatch;
        // neither waits for the other: what is looked at may take long
        tokio::join!(
            measure(&*dispatch.feed, &self.heads, &self.viewers, stop.clone()),
            refresh(dispatch, &self.bus, &self.viewports, stop),
        );
    }
}
