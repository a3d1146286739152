//! Positions from phones and trackers, and what is counted of them.

use muster_core::dispatch::{Dispatch, FixMessage, RejectedFix};
use muster_core::domain::fix::{Rejected, ReportedFix, Sender};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::time::Timestamp;

use crate::fixes::flood::{Flood, Source};
use crate::view::error::{ApiError, Code};

const REJECTED: &str = "muster_fixes_rejected_total";
const ACCEPTED: &str = "muster_fixes_accepted_total";
const LIMITED: &str = "muster_fix_messages_limited_total";

/// Takes the positions of this node.
pub(crate) struct Intake {
    dispatch: Dispatch,
    flood: Flood,
}

impl Intake {
    /// Shows every counter from the start, so that one that grows is seen to grow.
    pub(crate) fn new(dispatch: Dispatch) -> Self {
        for why in Rejected::ALL {
            metrics::counter!(REJECTED, "code" => why.as_str()).increment(0);
        }
        for counter in [ACCEPTED, LIMITED, "muster_fixes_mocked_total"] {
            metrics::counter!(counter).increment(0);
        }
        Self {
            dispatch,
            flood: Flood::default(),
        }
    }

    /// The time at which an undated position is taken.
    pub(crate) fn now(&self) -> Timestamp {
        self.dispatch.clock.now()
    }

    /// Lets in what is no flood.
    pub(crate) fn admit(&self, source: Source) -> Result<(), ApiError> {
        if self.flood.admits(source) {
            return Ok(());
        }
        metrics::counter!(LIMITED).increment(1);
        Err(Code::TooManyRequests.into())
    }

    /// Takes positions, and counts what became of them.
    pub(crate) async fn take(
        &self,
        responder: ResponderNo,
        sender: Sender,
        sent_at: Option<Timestamp>,
        fixes: &[ReportedFix],
    ) -> Vec<RejectedFix> {
        let message = FixMessage {
            responder,
            sender,
            sent_at,
            fixes,
        };
        let rejected = self.dispatch.report_fixes(&message).await;
        for rejected in &rejected {
            metrics::counter!(REJECTED, "code" => rejected.why.as_str()).increment(1);
        }
        let accepted = fixes.len().saturating_sub(rejected.len());
        metrics::counter!(ACCEPTED).increment(accepted as u64);
        rejected
    }
}
