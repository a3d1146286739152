//! Who is calling, as the extractors look it up.

use std::sync::Arc;

use muster_core::domain::ids::{OrgId, OrgNo, ResponderNo};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, PhoneLedger, Roster};

use super::Verifier;
use super::numbers::{Known, Names};
use super::sessions::Sessions;
use crate::view::error::ApiError;

/// What the extractors need to make a permission of a token.
pub(crate) struct Identities {
    /// Tells good tokens from bad ones.
    pub(crate) verifier: Arc<Verifier>,
    /// Knows the organisations and their responders.
    pub(crate) roster: Arc<dyn Roster>,
    /// Knows the sessions of phones.
    pub(crate) phone_ledger: Arc<dyn PhoneLedger>,
    /// Sessions that were looked up.
    pub(crate) sessions: Arc<Sessions>,
    /// What was looked up before.
    pub(crate) names: Names,
    /// Decides whether a token has expired.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Identities {
    /// The number of an organisation.
    pub(crate) async fn org_no(&self, id: &OrgId) -> Result<OrgNo, ApiError> {
        self.names.org_no(&*self.roster, id).await
    }

    /// A responder by the subject of their token.
    pub(crate) async fn known(&self, org: OrgNo, sub: &str) -> Result<Known, ApiError> {
        self.names.known(&*self.roster, org, sub).await
    }

    /// Whether the session of a device stands.
    pub(crate) async fn stands(&self, no: ResponderNo, device: &str) -> Result<bool, ApiError> {
        let (phone_ledger, now) = (&*self.phone_ledger, self.now());
        self.sessions.stands(phone_ledger, no, device, now).await
    }

    /// The time by which an expiry is decided.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
