//! What a token says.

use muster_core::domain::ids::OrgId;
use muster_core::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{NAME_MAX, Principal, Role};
use crate::view::error::{ApiError, Code};

/// The issuer that local tokens name.
pub(super) const ISSUER: &str = "muster";

/// Why a token is not good, or cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AuthError {
    /// Not a token, signed with another key or algorithm, or by somebody else.
    #[error("the token is not valid")]
    Invalid,
    /// Too old.
    #[error("the token has expired")]
    Expired,
    /// The subject or organisation is empty or too long.
    #[error("the subject and the organisation must have 1 to {NAME_MAX} characters")]
    BadName,
    /// The key refuses to sign.
    #[error("the token cannot be signed")]
    Signing,
}

/// The claims, as they stand in the token.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) role: String,
    pub(super) org: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) renewable_until: Option<i64>,
    pub(super) iat: i64,
    pub(super) exp: i64,
}

impl Claims {
    /// Who it is, if the names can be.
    pub(super) fn principal(self) -> Result<Principal, AuthError> {
        let role = Role::parse(&self.role).ok_or(AuthError::Invalid)?;
        check_name(&self.sub)?;
        check_name(&self.org)?;
        Ok(Principal {
            role,
            org: OrgId(self.org),
            sub: self.sub,
            device: self.device,
            renewable_until: self.renewable_until.map(seconds),
        })
    }
}

/// The instant of a claim.
pub(super) fn seconds(claim: i64) -> Timestamp {
    Timestamp(claim.saturating_mul(1000))
}

pub(super) fn check_name(name: &str) -> Result<(), AuthError> {
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(AuthError::BadName);
    }
    Ok(())
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Expired => Self::with_detail(Code::Unauthenticated, "the token has expired"),
            AuthError::Invalid | AuthError::BadName => {
                Self::with_detail(Code::Unauthenticated, "the token is not valid")
            }
            AuthError::Signing => Self::with_cause(Code::Internal, "a token cannot be signed"),
        }
    }
}
