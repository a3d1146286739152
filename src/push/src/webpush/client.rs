//! The sender.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use muster_core::domain::push::{PushAddress, PushMessage};
use muster_core::ports::{Clock, Later, PushGateway, SendResult};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Certificate, Client, redirect};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::error::WebpushError;
use super::message::{Sealed, seal};
use super::settings::{Guard, Reach, WebpushSettings};
use super::token::{Tokens, VapidKey};
use super::verdict::{refused, retry_after, verdict};

/// One attempt, with everything.
const ATTEMPT: Duration = Duration::from_secs(10);
/// TCP and TLS.
const CONNECT: Duration = Duration::from_secs(5);
/// Attempts under way, and so connections: endpoints that strangers gave may all be slow.
const AT_ONCE: usize = 256;
/// Connections that are kept for the next alert, for each service.
const IDLE_MAX: usize = 8;
/// For so long.
const IDLE: Duration = Duration::from_mins(10);

/// Sends to browsers.
pub struct Webpush {
    http: Client,
    tokens: Tokens,
    reach: Reach,
    clock: Arc<dyn Clock>,
    room: Semaphore,
}

impl Webpush {
    /// Builds the client. Connects to nobody yet: it is not known where phones subscribe.
    pub fn open(
        settings: &WebpushSettings,
        key: &VapidKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, WebpushError> {
        let reach = Reach::of(settings);
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            // a proxy would look names up behind our back
            .no_proxy()
            .dns_resolver(Guard(reach))
            .connect_timeout(CONNECT)
            .timeout(ATTEMPT)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(IDLE_MAX)
            .pool_idle_timeout(IDLE)
            .tls_certs_merge(roots(settings)?)
            .build()
            .map_err(|error| WebpushError::Http(error.without_url().to_string()))?;
        Ok(Self {
            http,
            tokens: Tokens::new(key, settings.contact.clone())?,
            reach,
            clock,
            room: Semaphore::new(AT_ONCE),
        })
    }

    async fn attempt(&self, push: &PushMessage) -> SendResult {
        let PushAddress::Webpush {
            endpoint,
            p256dh,
            auth,
        } = &push.address
        else {
            return refused("not_a_subscription", None);
        };
        // what can never be sent is as dead as a subscription that ended
        let url = match self.reach.endpoint(endpoint) {
            Ok(url) => url,
            Err(reason) => return SendResult::Gone { reason },
        };
        let sealed = match seal(push, p256dh, auth) {
            Ok(sealed) => sealed,
            Err("bad_key") => return SendResult::Gone { reason: "bad_key" },
            Err(reason) => return refused(reason, None),
        };
        let Sealed { body, ttl_s, topic } = sealed;
        let origin = url.origin().ascii_serialization();
        let Some(authorization) = self.tokens.header(&origin, self.clock.now()) else {
            return refused("unsignable", None);
        };
        let sent = self
            .http
            .post(url)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("TTL", ttl_s)
            .header("Urgency", "high")
            .header("Topic", topic)
            .body(body)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                let wait = answer
                    .headers()
                    .get(RETRY_AFTER)
                    .and_then(|header| retry_after(header.to_str().ok()?, self.clock.now()));
                verdict(answer.status().as_u16(), wait)
            }
            Err(error) => {
                let reason = if error.is_timeout() {
                    "timeout"
                } else {
                    "network"
                };
                // the endpoint is a secret of the phone's
                let error = error.without_url();
                tracing::debug!(%error, "a push service did not answer");
                later(reason)
            }
        }
    }
}

#[async_trait]
impl PushGateway for Webpush {
    async fn send(&self, message: &PushMessage) -> SendResult {
        let attempt = async {
            match self.room.acquire().await {
                Ok(_permit) => self.attempt(message).await,
                Err(_closed) => later("no_connection"),
            }
        };
        let outcome = timeout(ATTEMPT, attempt)
            .await
            .unwrap_or_else(|_elapsed| later("timeout"));
        let word = match outcome {
            SendResult::Taken { .. } => "taken",
            SendResult::Gone { .. } => "gone",
            SendResult::Later(Later { refused: true, .. }) => "refused",
            SendResult::Later(_) => "later",
        };
        metrics::counter!("muster_webpush_total", "outcome" => word).increment(1);
        outcome
    }

    async fn warm(&self) {}

    fn health(&self) -> Result<(), String> {
        // whether services take what we send is seen beside each other, by whoever has them all
        Ok(())
    }
}

fn later(reason: &'static str) -> SendResult {
    SendResult::Later(Later {
        reason,
        after: None,
        refused: false,
        all: false,
    })
}

fn roots(settings: &WebpushSettings) -> Result<Vec<Certificate>, WebpushError> {
    let Some(file) = &settings.ca_file else {
        return Ok(Vec::new());
    };
    let pem = std::fs::read(file).map_err(|why| WebpushError::CaFile(why.to_string()))?;
    Certificate::from_pem_bundle(&pem).map_err(|why| WebpushError::CaFile(why.to_string()))
}
