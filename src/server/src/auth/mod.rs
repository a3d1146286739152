//! Who is calling: tokens and codes in, a permission out.
//!
//! Invariant: `now` is an argument everywhere, so that an expiry is decided by the clock that
//! counts. A token is verified once and remembered by its hash until it expires.

pub(crate) mod code;
pub(crate) mod cookie;
pub(crate) mod identities;
mod issuer;
pub(crate) mod numbers;
pub(crate) mod permissions;
pub(crate) mod sessions;
mod tokens;
mod tracker;
mod verifier;

pub use issuer::{Issuer, KeyError};
pub use tokens::AuthError;
pub use tracker::{is_secret, is_tracker_name, secret_hash, tracker_name, tracker_secret};
pub use verifier::Verifier;

use muster_core::domain::ids::OrgId;
use muster_core::domain::time::Timestamp;

/// Longest subject or organisation that a token may name, characters.
pub const NAME_MAX: usize = 128;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Raises and leads incidents.
    CallHandler,
    /// Is asked to help.
    Responder,
    /// Watches incidents and verifies responders.
    Coordinator,
    /// May do what a coordinator may, and runs the installation.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [
        Self::CallHandler,
        Self::Responder,
        Self::Coordinator,
        Self::Admin,
    ];

    /// The word in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CallHandler => "call_handler",
            Self::Responder => "responder",
            Self::Coordinator => "coordinator",
            Self::Admin => "admin",
        }
    }

    /// The role of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// A caller whose token was good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What they may do.
    pub role: Role,
    /// In which organisation.
    pub org: OrgId,
    /// Who they are; a responder's own id.
    pub sub: String,
    /// The one device of a session that was made by enrolment; counts while the session stands.
    pub device: Option<String>,
    /// Until when a session with this token may be made longer; never without one.
    pub renewable_until: Option<Timestamp>,
}
