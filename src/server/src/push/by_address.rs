//! Each push by the sender that its address is for.

use std::sync::Arc;

use async_trait::async_trait;
use muster_core::domain::push::{PushAddress, PushMessage};
use muster_core::ports::{Outcome, PushGateway};

/// One sender for apps, one for browsers.
pub struct ByAddress {
    /// For FCM's tokens and installation ids.
    pub apps: Arc<dyn PushGateway>,
    /// For Web Push subscriptions.
    pub browsers: Arc<dyn PushGateway>,
}

#[async_trait]
impl PushGateway for ByAddress {
    async fn send(&self, message: &PushMessage) -> Outcome {
        match message.address {
            PushAddress::FcmToken(_) | PushAddress::FcmFid(_) => self.apps.send(message).await,
            PushAddress::Webpush { .. } => self.browsers.send(message).await,
        }
    }

    async fn warm(&self) {
        tokio::join!(self.apps.warm(), self.browsers.warm());
    }

    fn health(&self) -> Result<(), String> {
        match (self.apps.health(), self.browsers.health()) {
            (Err(apps), Err(browsers)) => Err(format!("{apps}; {browsers}")),
            (apps, browsers) => apps.and(browsers),
        }
    }
}
