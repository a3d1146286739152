//! Each push by the sender that its address is for, and what its answer means beside the others.

use std::sync::Arc;

use async_trait::async_trait;
use muster_core::domain::ids::{DeviceId, ResponderNo};
use muster_core::domain::push::{PushAddress, PushMessage};
use muster_core::ports::{Clock, PushGateway, SendResult};
use tokio::time::Instant;

use super::trust::Trusts;

/// One sender for apps, one for browsers.
pub struct ByAddress {
    apps: Arc<dyn PushGateway>,
    browsers: Arc<dyn PushGateway>,
    clock: Arc<dyn Clock>,
    trusts: Trusts,
}

impl ByAddress {
    /// `apps` is for FCM's tokens and installation ids, `browsers` for Web Push subscriptions.
    pub fn new(
        apps: Arc<dyn PushGateway>,
        browsers: Arc<dyn PushGateway>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            apps,
            browsers,
            clock,
            trusts: Trusts::new(),
        }
    }
}

#[async_trait]
impl PushGateway for ByAddress {
    async fn send(&self, message: &PushMessage) -> SendResult {
        let outcome = match message.address {
            PushAddress::FcmToken(_) | PushAddress::FcmFid(_) => self.apps.send(message).await,
            PushAddress::Webpush { .. } => self.browsers.send(message).await,
        };
        let (now, at) = (Instant::now(), self.clock.now());
        self.trusts.judge(message, outcome, now, at)
    }

    async fn warm(&self) {
        tokio::join!(self.apps.warm(), self.browsers.warm());
    }

    fn wronged(&self) -> Vec<(ResponderNo, DeviceId)> {
        self.trusts.wronged()
    }

    fn health(&self) -> Result<(), String> {
        let all = [
            self.apps.health(),
            self.browsers.health(),
            self.trusts.health(),
        ];
        let wrong: Vec<String> = all.into_iter().filter_map(Result::err).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(wrong.join("; "))
    }
}
