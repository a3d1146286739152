//! Handing pushes to a provider.

use async_trait::async_trait;

use crate::domain::push::PushMessage;
use crate::domain::time::Millis;

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it, under this name. Not delivery: only a phone's receipt is.
    Taken {
        /// The provider's name for the message.
        name: String,
    },
    /// The address is dead: the device leaves the ledger's reachable devices.
    Gone {
        /// Stable word for the log, such as `unregistered`.
        reason: &'static str,
    },
    /// The provider will never take this message; the address may be fine.
    Refused {
        /// Stable word for the log, such as `invalid_argument`.
        reason: &'static str,
        /// Somebody must look: a payload bug or dead credentials, not one bad phone.
        page: bool,
    },
    /// Not now. Try again after the span, or by the caller's own back-off when `None`.
    Later {
        /// Stable word for the log, such as `unavailable`.
        reason: &'static str,
        /// The provider's own wish (`Retry-After`).
        after: Option<Millis>,
    },
}

/// Sends one push. Never retries on its own: the outbox does, because only it knows whether the
/// alert still stands.
#[async_trait]
pub trait PushGateway: Send + Sync {
    /// One attempt, bounded in time by the adapter (10 s at most).
    async fn send(&self, message: &PushMessage) -> Outcome;
    /// Opens connections and fetches credentials before the first alert needs them.
    async fn warm(&self);
    /// `Ok` when an alert sent now would probably be taken; else a sentence for the operator.
    fn health(&self) -> Result<(), String>;
}
