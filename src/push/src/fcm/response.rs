//! What a provider answers, and why it may not.

use std::time::Duration;

use http::header::HeaderValue;

/// TCP and TLS.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// An answer longer than this is not FCM's.
pub(super) const LONGEST_ANSWER: usize = 64 * 1024;

pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=UTF-8");

/// What FCM said.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<HeaderValue>,
    /// Cut at [`LONGEST_ANSWER`].
    pub(super) text: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("no connection within {} s", CONNECT.as_secs())]
    Late,
    #[error("{0}")]
    Network(String),
}

impl Unanswered {
    /// The word for the outbox.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Late => "timeout",
            Self::Network(_) => "network",
        }
    }
}
