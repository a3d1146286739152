//! Which incidents are listed, and those that are closed, to be found and read again.

use async_trait::async_trait;

use super::{LedgerError, Page};
use crate::domain::bounds::Bounds;
use crate::domain::event::Outcome;
use crate::domain::ids::OrgNo;
use crate::domain::incident::Incident;
use crate::domain::time::Timestamp;

/// Which incidents a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// Those that are not closed.
    Open,
    /// Closed ones of which a report of danger rings still: see
    /// [`Incident::has_unheard_report`].
    Unheard,
}

impl Which {
    /// Whether it holds this one.
    pub fn holds(self, incident: &Incident) -> bool {
        match self {
            Self::All => true,
            Self::Open => !incident.is_closed(),
            Self::Unheard => incident.is_closed() && incident.has_unheard_report(),
        }
    }
}

/// Which closed incidents, the latest raised first.
#[derive(Debug, Clone, Default)]
pub struct HistoryQuery {
    /// Raised at that instant or later.
    pub from: Option<Timestamp>,
    /// Raised before that instant.
    pub until: Option<Timestamp>,
    /// Of this kind.
    pub kind: Option<String>,
    /// With this end.
    pub outcome: Option<Outcome>,
    /// Exercises only, or none.
    pub exercise: Option<bool>,
    /// Whose cell, the one that anybody may know, may reach into this box. An incident whose
    /// private part is gone has none and is not found so.
    pub bounds: Option<Bounds>,
    /// Which the raising system calls this.
    pub source: Option<String>,
    /// Whatever comes after this cursor; `NotFound` when it is none.
    pub after: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// Closed incidents.
#[async_trait]
pub trait History: Send + Sync {
    /// A page. It may hold fewer than asked for while there are more: so many are looked at for
    /// one page and no more.
    async fn closed(&self, org: OrgNo, asked: HistoryQuery) -> Result<Page, LedgerError>;
}
