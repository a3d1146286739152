//! Where responders usually are at given hours.

use async_trait::async_trait;

use super::LedgerError;
use crate::domain::ids::ResponderNo;
use crate::domain::time::Timestamp;
use crate::domain::usual_places::{Neighbourhood, UsualPlaces};

/// Where somebody is now by their hours. No `Debug`: positions never reach a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Whereabouts {
    /// Who.
    pub responder: ResponderNo,
    /// The first of their places whose hours run; `None` outside of all.
    pub place: Option<Neighbourhood>,
}

/// Usual places of responders.
#[async_trait]
pub trait PlaceTimes: Send + Sync {
    /// Somebody's usual places.
    async fn places_of(&self, who: ResponderNo) -> Result<Option<UsualPlaces>, LedgerError>;
    /// Keeps usual places; none ends them, and where they were last seen by their hours is
    /// forgotten. Returns where their hours say that they are now.
    async fn set_places(
        &self,
        who: ResponderNo,
        places: Option<UsualPlaces>,
        now: Timestamp,
    ) -> Result<Whereabouts, LedgerError>;
    /// People whose places are to be looked at by now, the longest due first, at most `limit`.
    /// When to look again is on disk with the same commit, so that of several nodes one looks:
    /// [`crate::domain::usual_places::CONFIRM_EVERY`] later while hours run, earlier at each beginning
    /// and end. Of whoever has left all their places it is forgotten that they were last seen at
    /// one. Nothing is written, and next to nothing read, while nobody is due.
    async fn due_places(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Whereabouts>, LedgerError>;
    /// Makes everybody due, for an index that may have lost what it was told last.
    async fn look_again(&self) -> Result<(), LedgerError>;
}
