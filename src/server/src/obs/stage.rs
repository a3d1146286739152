//! Where the time of an emergency goes, from the search to the provider's answer.

use std::time::Duration;

/// The metric; its label `stage` is [`Stage::name`].
pub(super) const METRIC: &str = "muster_stage_seconds";

/// Bucket bounds in seconds, finer than those of everything else: this is what is made faster.
pub(super) const SECONDS: [f64; 22] = [
    0.000_05, 0.000_1, 0.000_2, 0.000_3, 0.000_5, 0.000_7, 0.001, 0.001_5, 0.002, 0.003, 0.004,
    0.006, 0.008, 0.012, 0.016, 0.024, 0.032, 0.064, 0.125, 0.25, 1.0, 4.0,
];

/// A stage between the call and the woken phone, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding who is near.
    Search,
    /// Waiting for the ledger, in the lane of emergencies.
    Queue,
    /// Reading, deciding and writing, without the flush.
    Decide,
    /// Until all of it is on disk.
    Commit,
    /// From the commit until an alert's or danger's push is handed to its sender.
    PushQueue,
    /// Until the provider has answered; waiting for a free place on a connection is in it.
    Push,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Queue => "queue",
            Self::Decide => "decide",
            Self::Commit => "commit",
            Self::PushQueue => "push_queue",
            Self::Push => "push",
        }
    }

    /// Counts one passage.
    pub fn took(self, span: Duration) {
        metrics::histogram!(METRIC, "stage" => self.name()).record(span.as_secs_f64());
    }
}
