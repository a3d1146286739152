//! Time and names from the outside, so that a run can be replayed.

use crate::domain::ids::IncidentId;
use crate::domain::time::Timestamp;

/// The clock that counts.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// New names, never given twice.
pub trait Ids: Send + Sync {
    /// A new incident's.
    fn incident(&self) -> IncidentId;
    /// A new one of anything else.
    fn name(&self) -> String;
}
