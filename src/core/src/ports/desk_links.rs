//! Links that sign a desk in, once.

use async_trait::async_trait;

use super::LedgerError;
use crate::domain::ids::{OrgId, OrgNo};
use crate::domain::time::Timestamp;

/// A link to be kept. Only the hash of its code leaves memory.
#[derive(Clone)]
pub struct NewLink {
    /// SHA-256 of the code, in hex.
    pub hash: String,
    /// What whoever opens it may do.
    pub role: String,
    /// Who that is.
    pub sub: String,
    /// When it is good no more.
    pub expires_at: Timestamp,
}

/// Whom a link was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// In which organisation.
    pub org: OrgId,
    /// What they may do.
    pub role: String,
    /// Who they are.
    pub sub: String,
}

/// Sign-in of desks by a link.
#[async_trait]
pub trait DeskLinks: Send + Sync {
    /// Keeps a link. Those that are too old go, and the oldest when an organisation has too many.
    async fn put_link(&self, org: OrgNo, link: NewLink, now: Timestamp) -> Result<(), LedgerError>;
    /// Uses a link up; `NotFound` for one that is unknown, used or too old.
    async fn use_link(&self, hash: &str, now: Timestamp) -> Result<Linked, LedgerError>;
}
