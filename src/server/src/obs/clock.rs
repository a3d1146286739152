//! The real clock and real names: the only place that reads either.

use std::time::{SystemTime, UNIX_EPOCH};

use muster_core::domain::ids::IncidentId;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, Ids};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the clock port meets the machine"
        )]
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// UUIDs of version 7: new rows land at the end of the ledger's trees.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimeOrderedIds;

impl Ids for TimeOrderedIds {
    fn incident(&self) -> IncidentId {
        IncidentId(fresh_name())
    }

    fn name(&self) -> String {
        fresh_name()
    }
}

/// A name that nothing else has.
fn fresh_name() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where names meet randomness"
    )]
    let id = uuid::Uuid::now_v7();
    id.simple().to_string()
}
