//! A server without a push provider: every alert waits, and the operator is told why.

use async_trait::async_trait;
use muster_core::domain::push::PushMessage;
use muster_core::domain::time::Millis;
use muster_core::ports::{Later, PushGateway, SendResult};

/// How long the outbox waits before it asks again whether a provider was configured.
const ASK_AGAIN: Millis = Millis::from_s(30);

/// Stands where a provider should be. Nothing is lost: messages stay in the outbox until they
/// expire.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPush;

#[async_trait]
impl PushGateway for NoPush {
    async fn send(&self, _message: &PushMessage) -> SendResult {
        SendResult::Later(Later {
            reason: "no_push_provider",
            after: Some(ASK_AGAIN),
            refused: true,
            all: true,
        })
    }

    async fn warm(&self) {}

    fn health(&self) -> Result<(), String> {
        Err(
            "no push provider is configured, so no app can be woken, only browsers: set \
             MUSTER__FCM__SERVICE_ACCOUNT to the service account's key file"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_a_provider_tells_the_operator_which_setting_is_missing() {
        let sentence = NoPush.health().unwrap_err();
        assert!(sentence.contains("MUSTER__FCM__SERVICE_ACCOUNT"));
    }
}
