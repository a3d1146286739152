//! What happened, for whoever watches.

use async_trait::async_trait;

use super::LedgerError;
use crate::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};

/// One step of the live feed.
#[derive(Debug, Clone)]
pub struct FeedStep {
    /// Number of the event.
    pub seq: u64,
    /// Whose incident.
    pub org: OrgNo,
    /// Which incident changed.
    pub incident: IncidentId,
    /// Which alert changed.
    pub alert: Option<AlertId>,
    /// The event's type.
    pub change: String,
}

/// Somebody who is on an open incident: said yes, and is not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engaged {
    /// On which.
    pub incident: IncidentId,
    /// H3 cell of resolution 8 of its place: what anybody may know.
    pub cell: Option<u64>,
    /// By which alert.
    pub alert: AlertId,
    /// Who, in this installation.
    pub responder: ResponderNo,
    /// Who, as the organisation names them.
    pub responder_id: ResponderId,
}

/// Events for whoever watches.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Name of this history; a cursor of another one is worthless.
    fn epoch(&self) -> String;
    /// Number up to which every event may be shown.
    async fn head(&self) -> Result<u64, LedgerError>;
    /// Number of the newest event that is written, also of one that is not shown yet because an
    /// older one may still come.
    async fn newest(&self) -> Result<u64, LedgerError>;
    /// Steps after `seq` of an organisation, or of every one when none is named, in order, without
    /// gaps; `None` when they are no longer kept.
    async fn after(
        &self,
        org: Option<OrgNo>,
        seq: u64,
        limit: usize,
    ) -> Result<Option<Vec<FeedStep>>, LedgerError>;
    /// Whoever is on these incidents of the organisation, as far as they are open; on any of its
    /// open incidents when none are named. In any order.
    async fn engaged(
        &self,
        org: OrgNo,
        of: Option<&[IncidentId]>,
    ) -> Result<Vec<Engaged>, LedgerError>;
}
