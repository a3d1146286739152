//! The one error inside this room; each engine adds how its driver's error becomes the ledger's.

use muster_core::domain::incident::Refusal;
use muster_core::ports::LedgerError;

/// Wraps [`LedgerError`], so that `?` works on every driver's error. No message holds a value of
/// a row.
#[derive(Debug)]
pub struct Fault(pub LedgerError);

/// What a job gives.
pub type Done<T> = Result<T, Fault>;

impl Fault {
    /// A mistake of ours.
    pub fn broken(what: &str) -> Self {
        Self(LedgerError::Broken(what.to_owned()))
    }

    /// Nothing was changed; try again later.
    pub fn away(why: &str) -> Self {
        Self(LedgerError::Unavailable(why.to_owned()))
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self(LedgerError::Refused(refusal))
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        // the driver's own words may quote a value
        Self(LedgerError::Broken(format!(
            "unreadable JSON at column {} ({:?})",
            error.column(),
            error.classify()
        )))
    }
}

impl From<aws_lc_rs::error::Unspecified> for Fault {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::broken("a sealed part could not be sealed or opened")
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self(LedgerError::Unavailable(error.to_string()))
    }
}
