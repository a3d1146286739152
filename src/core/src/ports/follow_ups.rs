//! Whoever wants to be called after an incident, or was shaken by it, and who sees to it.

use async_trait::async_trait;

use super::LedgerError;
use crate::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId};
use crate::domain::time::Timestamp;

/// Somebody to be called. What they said stands in their report alone. No `Debug`: it holds a name
/// and a number.
#[derive(Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The alert that they reported on: its name.
    pub alert: AlertId,
    /// After which incident.
    pub incident: IncidentId,
    /// What kind of incident.
    pub kind: String,
    /// When that incident was raised.
    pub raised_at: Timestamp,
    /// Whom to call.
    pub responder: ResponderId,
    /// The person's name.
    pub name: String,
    /// The person's telephone.
    pub phone: Option<String>,
    /// When they asked.
    pub asked_at: Timestamp,
    /// Who sees to it.
    pub care: Care,
}

/// Who sees to it, and how far they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Care {
    /// Who took it, by the `sub` of their token, and when.
    pub taken: Option<(String, Timestamp)>,
    /// When they said that it is done.
    pub done_at: Option<Timestamp>,
}

impl Care {
    /// Whether this coordinator took it, and so may read what was said.
    pub fn is_of(&self, who: &str) -> bool {
        self.taken.as_ref().is_some_and(|(by, _)| by == who)
    }
}

/// A page of those that are not done, the longest waiting first.
pub struct FollowUps {
    /// The page.
    pub items: Vec<FollowUp>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many nobody has taken.
    pub waiting: u64,
    /// How many the reader has taken and not done.
    pub mine: u64,
}

/// What coordinators do for those who came back from an incident.
///
/// Contract: an open or taken one stays until it is done, also when its incident's private part,
/// and with it what was said, is gone; a done one is forgotten as long after it was done as private
/// parts are kept.
#[async_trait]
pub trait FollowUpDesk: Send + Sync {
    /// Those that are not done; `NotFound` for a cursor that is none.
    async fn follow_ups(
        &self,
        org: OrgNo,
        reader: String,
        after: Option<String>,
        limit: usize,
    ) -> Result<FollowUps, LedgerError>;
    /// Makes it this coordinator's. Of somebody else's only with their name in `from`, `NotYours`
    /// otherwise. A report that asks for nothing can be taken too, so that somebody may read it.
    async fn take_follow_up(
        &self,
        org: OrgNo,
        alert: &AlertId,
        by: String,
        from: Option<String>,
        now: Timestamp,
    ) -> Result<FollowUp, LedgerError>;
    /// Says that it is done; `NotYours` for whoever has not taken it.
    async fn finish_follow_up(
        &self,
        org: OrgNo,
        alert: &AlertId,
        by: String,
        now: Timestamp,
    ) -> Result<FollowUp, LedgerError>;
}
