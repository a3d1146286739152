//! Loops that wake and call a use-case: pushes, timers, duties, places with hours, upkeep.
//!
//! Every loop ends when its `shutdown` says so, and leaves nothing half done: what it was about
//! to do is on disk and due again at the next start.

mod alarm;
mod duty;
mod places;
mod positions;
mod pushes;
mod timers;
mod upkeep;

pub use duty::follow_duty;
pub use places::follow_places;
pub use positions::{Positions, keep_positions};
pub use pushes::Pushes;
pub use timers::Timers;
pub use upkeep::upkeep;

use std::sync::Arc;

use muster_core::domain::time::Timestamp;
use muster_core::ports::{Loops, Outgoing};

/// The loops of this node, as the use-cases see them.
pub struct NodeLoops {
    /// Sends pushes.
    pub pushes: Arc<Pushes>,
    /// Wakes incidents.
    pub timers: Arc<Timers>,
}

impl Loops for NodeLoops {
    fn send(&self, rows: Vec<Outgoing>) {
        self.pushes.send(rows);
    }

    fn wake_by(&self, at: Timestamp) {
        self.timers.wake_by(at);
    }
}
