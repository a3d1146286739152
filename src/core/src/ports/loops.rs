//! The loops of this node, as the use-cases see them.

use crate::domain::time::Timestamp;
use crate::ports::Outgoing;

/// Hands work to the loops of this node without waiting. Everything handed over is on disk
/// already: what a full queue refuses here is picked up again when its lease runs out.
pub trait Loops: Send + Sync {
    /// Push these now.
    fn send(&self, rows: Vec<Outgoing>);
    /// Some incident wants to be looked at no later than this.
    fn wake_by(&self, at: Timestamp);
}
