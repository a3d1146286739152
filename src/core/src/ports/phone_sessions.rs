//! How phones sign in, and what they last said of themselves. No rule of an incident needs it.

use async_trait::async_trait;

use super::LedgerError;
use crate::domain::ids::{DeviceId, OrgId, OrgNo, ResponderId, ResponderNo};
use crate::domain::time::Timestamp;

/// A one-time code to be kept. Only its hash leaves memory.
#[derive(Clone)]
pub struct NewCode {
    /// SHA-256 of the code, in hex.
    pub hash: String,
    /// When it is good no more.
    pub expires_at: Timestamp,
    /// Ends every session that the responder's phones have, and every push address of theirs.
    pub sign_out_others: bool,
}

/// Whom a code was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redeemed {
    /// In which organisation.
    pub org: OrgId,
    /// Who, as the organisation names them.
    pub responder: ResponderId,
}

/// Sign-in of phones.
#[async_trait]
pub trait PhoneSessions: Send + Sync {
    /// The key that phones subscribe with, as it is kept; `fresh` when none is kept yet.
    async fn push_key(&self, fresh: String) -> Result<String, LedgerError>;
    /// Keeps a code for a responder in place of an older one. Returns their number.
    async fn put_code(
        &self,
        org: OrgNo,
        who: &ResponderId,
        code: NewCode,
    ) -> Result<ResponderNo, LedgerError>;
    /// Uses a code up and begins the session of a device; `NotFound` for a code that is unknown,
    /// used or too old. Sessions have a bound for each responder: the oldest makes room, and no
    /// push goes to its phone any more.
    async fn redeem(
        &self,
        hash: &str,
        device: &DeviceId,
        now: Timestamp,
    ) -> Result<Redeemed, LedgerError>;
    /// Whether the session of a device stands.
    async fn session_stands(
        &self,
        who: ResponderNo,
        device: &DeviceId,
    ) -> Result<bool, LedgerError>;
}
