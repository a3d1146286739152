//! What responders tell after an incident: sealed with the incident's key, and gone with it. That
//! somebody asks to be called is not: see [`FollowUpDesk`](super::FollowUpDesk).

use async_trait::async_trait;

use super::{Care, LedgerError};
use crate::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};
use crate::domain::time::Timestamp;

/// A report as it was told. No `Debug`: it holds what a person wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptReport {
    /// Of which alert.
    pub alert: AlertId,
    /// By whom.
    pub responder: ResponderId,
    /// When it was told last.
    pub at: Timestamp,
    /// What, as JSON.
    pub told: String,
    /// Who sees to whoever told it, if anybody asked for that or took it.
    pub care: Option<Care>,
}

/// A report to be kept. No `Debug`: it holds what a person wrote.
#[derive(Clone)]
pub struct Told {
    /// What was told, as JSON.
    pub json: String,
    /// Whoever tells it wants to be called, or is not well: a coordinator is to see to them.
    pub asks: bool,
}

/// Reports of responders.
#[async_trait]
pub trait Reports: Send + Sync {
    /// Keeps a report in place of an earlier one. Only whoever said yes has something to tell;
    /// `NotFound` when the incident's key was destroyed.
    async fn put_report(
        &self,
        who: ResponderNo,
        alert: &AlertId,
        told: Told,
        now: Timestamp,
    ) -> Result<(), LedgerError>;
    /// The reports of one incident, oldest first; none once its key was destroyed.
    async fn reports_of(
        &self,
        org: OrgNo,
        incident: &IncidentId,
    ) -> Result<Vec<KeptReport>, LedgerError>;
}
