//! Handing pushes to a provider.

use async_trait::async_trait;

use crate::domain::ids::{DeviceId, ResponderNo};
use crate::domain::push::PushMessage;
use crate::domain::time::Millis;

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    /// The provider took it, under this name. Not delivery: only a phone's receipt is.
    Taken {
        /// The provider's name for the message.
        name: String,
    },
    /// The answer named the address, and is believed: the device leaves the ledger's reachable
    /// devices.
    Gone {
        /// Stable word for the log, such as `unregistered`.
        reason: &'static str,
    },
    /// Everything else: the message is kept, and tried again until it expires.
    Later(Later),
}

/// Why a message was not taken, and when to try again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// Stable word for the log, such as `unavailable` or `permission_denied`.
    pub reason: &'static str,
    /// The provider's own wish (`Retry-After`); the caller's own back-off when `None`.
    pub after: Option<Millis>,
    /// It answered no. Otherwise it was busy or silent, and the next try may do.
    pub refused: bool,
    /// Whoever is reached through the same service is met with the same, as far as is known: not
    /// this one address.
    pub all: bool,
}

/// Sends one push. Never retries on its own: the outbox does, because only it knows whether the
/// alert still stands.
#[async_trait]
pub trait PushGateway: Send + Sync {
    /// One attempt, bounded in time by the adapter (10 s at most).
    async fn send(&self, message: &PushMessage) -> SendResult;
    /// Opens connections and fetches credentials before the first alert needs them.
    async fn warm(&self);
    /// Phones that it called gone and does not any more, each once: they are to be counted on again.
    fn wronged(&self) -> Vec<(ResponderNo, DeviceId)> {
        Vec::new()
    }
    /// `Ok` when an alert sent now would probably be taken; else a sentence for the operator.
    fn health(&self) -> Result<(), String>;
}
