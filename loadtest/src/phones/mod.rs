//! Virtual phones: registered like real ones, moving along traces, answering as people did.
//!
//! A [`Fleet`] is fed by the stand-in's deliveries. Each alert lives in its own task; one more task
//! reports positions. Everything that happens is counted ([`Counts`]) and told to an [`Observer`].

mod adopt;
mod alert;
mod counts;
mod fleet;
mod gaps;
mod habits;
mod moves;
mod register;
mod town;
mod traces;

pub use counts::{Counts, Totals};
pub use fleet::{Fleet, FleetConfig, Running};
pub use gaps::Gaps;
pub use habits::{Decision, Habits, Intent};
pub(crate) use register::again;
pub use town::Town;
pub(crate) use traces::open;
pub use traces::{Trace, read_moves};

use tokio::time::Instant;

/// What happened on a phone.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The push arrived for the first time.
    Pushed,
    /// The receipt was taken by the server.
    Received,
    /// Somebody looked.
    Seen,
    /// Accepted, at that distance.
    Accepted {
        /// As told after acceptance.
        distance_m: Option<f64>,
    },
    /// Wanted to accept and was told why not (the problem's code).
    Refused(String),
    /// Said no.
    Declined,
    /// Said no after having accepted.
    Withdrawn,
    /// Set off.
    Departed,
    /// Is there.
    Arrived,
    /// Is done.
    Finished,
    /// Was told that it is no longer needed.
    StoodDown,
    /// An answer did not get through for good.
    Failed(String),
}

/// Something that happened on a phone.
#[derive(Debug, Clone)]
pub struct PhoneEvent {
    /// The incident it is about.
    pub incident_id: String,
    /// The alert it is about.
    pub alert_id: String,
    /// Whose phone.
    pub responder_id: String,
    /// What happened.
    pub what: What,
    /// When the phone began to say so; for a push, when the provider took it.
    pub began: Instant,
    /// When it was so.
    pub at: Instant,
}

/// Hears everything that happens on the phones; must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn on(&self, event: &PhoneEvent);
}
