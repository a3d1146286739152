//! Other apps that report a responder's position, each with a credential of its own.

use async_trait::async_trait;

use crate::domain::ids::{OrgNo, ResponderId, ResponderNo, TrackerId};
use crate::domain::time::Timestamp;
use crate::ports::LedgerError;

/// Most credentials of one responder.
pub const TRACKERS_MAX: usize = 5;

/// A credential as coordinators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracker {
    /// Its user name.
    pub id: TrackerId,
    /// What the coordinator calls it.
    pub label: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it: subject of the token.
    pub made_by: String,
}

/// What tells a good secret from a wrong one. No `Debug`: a hash is of no use in a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TrackerKey {
    /// The credential's number in this installation.
    pub no: u64,
    /// Whose positions it reports.
    pub responder: ResponderNo,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
}

/// Credentials of trackers.
///
/// Contract: a credential belongs to one responder; of another organisation's, nothing is found
/// and nothing changed.
#[async_trait]
pub trait Trackers: Send + Sync {
    /// Keeps a new credential. `NotFound` without such a responder, `TooMany` when they have
    /// [`TRACKERS_MAX`], `Taken` when the user name is in use.
    async fn add_tracker(
        &self,
        org: OrgNo,
        responder: &ResponderId,
        tracker: Tracker,
        secret_hash: [u8; 32],
    ) -> Result<(), LedgerError>;
    /// The credentials of one responder, oldest first.
    async fn trackers(
        &self,
        org: OrgNo,
        responder: &ResponderId,
    ) -> Result<Vec<Tracker>, LedgerError>;
    /// Ends a credential of this responder.
    async fn revoke_tracker(
        &self,
        org: OrgNo,
        responder: &ResponderId,
        tracker: &TrackerId,
    ) -> Result<(), LedgerError>;
    /// What a secret must match; `NotFound` when there is no such credential.
    async fn tracker_key(&self, tracker: &TrackerId) -> Result<TrackerKey, LedgerError>;
}
