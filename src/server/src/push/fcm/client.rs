//! The sender.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use muster_core::domain::push::PushMessage;
use muster_core::domain::time::Millis;
use muster_core::ports::Clock;
use muster_core::ports::{Outcome, PushGateway};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Url, redirect};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::error::{FcmError, Verdict, chain, later, retry_after, verdict};
use super::lanes::Wires;
use super::message::{body, is_urgent, warming_body};
use super::settings::{FcmSettings, ServiceAccount};
use super::token::{Token, Tokens};
use crate::obs::Stage;

/// One attempt, with everything: a place on a connection, the answer, a renewed token.
const ATTEMPT: Duration = Duration::from_secs(10);
/// TCP and TLS.
const CONNECT: Duration = Duration::from_secs(5);
/// Pings on an idle connection, so that a dead one is noticed before an incident.
const PING: Duration = Duration::from_secs(20);
const PING_ANSWER: Duration = Duration::from_secs(5);
/// Opening every connection at start.
const WARM: Duration = Duration::from_secs(15);
/// Idle connections are used this often, so that Google does not close them.
const KEEP_WARM: Duration = Duration::from_mins(3);
/// How long a message waits for the first token before the outbox has it back.
const FIRST_TOKEN: Duration = Duration::from_secs(2);
/// When the outbox should ask again in that case.
const NO_TOKEN_WAIT: Millis = Millis::from_s(1);
/// An answer longer than this is not FCM's.
const LONGEST_ANSWER: usize = 64 * 1024;
/// So many sends in a row without any answer mean that FCM cannot be reached.
const MISSES: u32 = 5;
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=UTF-8");

/// The FCM sender. Owns the tasks that keep its token and its connections alive.
pub struct Fcm {
    pub(super) sender: Arc<Sender>,
    tasks: [JoinHandle<()>; 2],
}

impl Fcm {
    /// Reads the key file, builds the clients and starts fetching a token. Does not wait for it.
    pub fn open(settings: &FcmSettings, clock: Arc<dyn Clock>) -> Result<Self, FcmError> {
        let Ok(runtime) = Handle::try_current() else {
            return Err(FcmError::NoRuntime);
        };
        let connections = settings.checked_connections()?;
        // Looked at before the key file: the gravest mistake is reported first.
        settings.checked_url("base_url", &settings.base_url)?;
        let account = ServiceAccount::read(settings)?;
        let url = settings.send_url(&account.project_id)?;
        let roots = roots(settings)?;
        let http2 = url.scheme() == "https";
        let clients = (0..connections)
            .map(|_| client(&roots, http2))
            .collect::<Result<Vec<_>, _>>()?;
        let oauth = client(&roots, false)?;
        let tokens = Arc::new(Tokens::new(account, oauth, Arc::clone(&clock)));
        tokens.assertion().map_err(|error| FcmError::KeyFile {
            file: settings.service_account.clone(),
            cause: error.to_string(),
        })?;
        let sender = Arc::new(Sender {
            wires: Wires::new(clients),
            tokens: Arc::clone(&tokens),
            url,
            clock,
            misses: AtomicU32::new(0),
            disowned: AtomicBool::new(false),
        });
        let tasks = [
            runtime.spawn(tokens.keep_fresh()),
            runtime.spawn(Arc::clone(&sender).keep_warm()),
        ];
        Ok(Self { sender, tasks })
    }
}

impl std::fmt::Debug for Fcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fcm").finish_non_exhaustive()
    }
}

impl Drop for Fcm {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

#[async_trait]
impl PushGateway for Fcm {
    async fn send(&self, message: &PushMessage) -> Outcome {
        let began = Instant::now();
        let outcome = match body(message) {
            Ok(body) => {
                self.sender
                    .within_deadline(body, is_urgent(message.kind))
                    .await
            }
            Err(reason) => Outcome::Refused {
                reason,
                page: reason != "no_sender_for_webpush",
            },
        };
        record(&outcome, began);
        outcome
    }

    async fn warm(&self) {
        if timeout(WARM, self.sender.warm()).await.is_err() {
            tracing::warn!("FCM could not be warmed in time; the first alert may be slower");
        }
    }

    fn health(&self) -> Result<(), String> {
        self.sender.health()
    }
}

fn record(outcome: &Outcome, began: Instant) {
    let word = match outcome {
        Outcome::Taken { .. } => "taken",
        Outcome::Gone { .. } => "gone",
        Outcome::Refused { .. } => "refused",
        Outcome::Later { .. } => "later",
    };
    metrics::counter!("muster_push_total", "outcome" => word).increment(1);
    Stage::Push.took(began.elapsed());
    if let Outcome::Refused { reason, page: true } = outcome {
        page(reason);
    }
}

/// Somebody must look.
fn page(reason: &'static str) {
    metrics::counter!("muster_push_page_total", "reason" => reason).increment(1);
    tracing::error!(reason, "FCM refuses our messages");
}

fn roots(settings: &FcmSettings) -> Result<Vec<Certificate>, FcmError> {
    let Some(file) = &settings.ca_file else {
        return Ok(Vec::new());
    };
    let pem = std::fs::read(file).map_err(|source| FcmError::Read {
        file: file.clone(),
        source,
    })?;
    let wrong = |cause| FcmError::CaFile {
        file: file.clone(),
        cause,
    };
    let roots = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(chain(error)))?;
    if roots.is_empty() {
        return Err(wrong("it holds no certificate".to_owned()));
    }
    Ok(roots)
}

/// With `http2` the protocol is settled before the first byte, so that a burst on a fresh client
/// shares one connection instead of opening one per message.
fn client(roots: &[Certificate], http2: bool) -> Result<Client, FcmError> {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .pool_idle_timeout(None)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PING_ANSWER)
        .http2_keep_alive_while_idle(true)
        .tls_certs_merge(roots.iter().cloned());
    let builder = if http2 {
        builder.http2_prior_knowledge()
    } else {
        builder
    };
    ClientBuilder::build(builder).map_err(|error| FcmError::Http {
        cause: chain(error),
    })
}

/// Everything but the tasks.
pub(super) struct Sender {
    wires: Wires,
    pub(super) tokens: Arc<Tokens>,
    url: Url,
    clock: Arc<dyn Clock>,
    /// Sends in a row without any answer.
    misses: AtomicU32,
    /// FCM refused even a fresh token, or our project.
    disowned: AtomicBool,
}

impl Sender {
    async fn within_deadline(&self, body: Bytes, urgent: bool) -> Outcome {
        timeout(ATTEMPT, self.attempt(body, urgent))
            .await
            .unwrap_or_else(|_| {
                self.misses.fetch_add(1, Ordering::Relaxed);
                later("timeout", None)
            })
    }

    async fn attempt(&self, body: Bytes, urgent: bool) -> Outcome {
        let Some(token) = self.tokens.wait(FIRST_TOKEN).await else {
            return later("no_token", Some(NO_TOKEN_WAIT));
        };
        match self.post(&token, body.clone(), urgent).await {
            Ok(Verdict::TokenRefused) => {}
            Ok(Verdict::Done(outcome)) | Err(outcome) => return outcome,
        }
        if let Err(error) = self.tokens.renew_refused(token.serial).await {
            tracing::warn!(%error, "FCM refused the token, and there is no other");
            return self.disown();
        }
        let Some(token) = self.tokens.live() else {
            return self.disown();
        };
        match self.post(&token, body, urgent).await {
            Ok(Verdict::Done(outcome)) | Err(outcome) => outcome,
            Ok(Verdict::TokenRefused) => self.disown(),
        }
    }

    fn disown(&self) -> Outcome {
        self.disowned.store(true, Ordering::Relaxed);
        page("unauthenticated");
        later("unauthenticated", None)
    }

    async fn post(&self, token: &Token, body: Bytes, urgent: bool) -> Result<Verdict, Outcome> {
        let Some(slot) = self.wires.slot(urgent).await else {
            return Err(later("no_connection", None));
        };
        self.post_on(slot.http, token, body).await
    }

    async fn post_on(&self, http: &Client, token: &Token, body: Bytes) -> Result<Verdict, Outcome> {
        let answered = async {
            let mut answer = http
                .post(self.url.clone())
                .header(AUTHORIZATION, token.bearer.clone())
                .header(CONTENT_TYPE, JSON)
                .body(body)
                .send()
                .await?;
            let mut text = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                let room = LONGEST_ANSWER - text.len();
                text.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if text.len() == LONGEST_ANSWER {
                    break;
                }
            }
            Ok((answer, text))
        };
        let (answer, text) = answered.await.map_err(|error: reqwest::Error| {
            self.misses.fetch_add(1, Ordering::Relaxed);
            let reason = if error.is_timeout() {
                "timeout"
            } else {
                "network"
            };
            tracing::warn!(error = chain(error), "FCM did not answer");
            later(reason, None)
        })?;
        self.misses.store(0, Ordering::Relaxed);
        let wait = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|header| retry_after(header.to_str().ok()?, self.clock.now()));
        let verdict = verdict(answer.status().as_u16(), wait, &text);
        if let Verdict::Done(outcome) = &verdict {
            self.remember(outcome);
        }
        Ok(verdict)
    }

    /// Whether FCM knows us is seen in every answer, also to messages of the warming.
    fn remember(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Taken { .. } | Outcome::Gone { .. } => {
                self.disowned.store(false, Ordering::Relaxed);
            }
            Outcome::Refused {
                reason: "permission_denied" | "not_found",
                ..
            } => self.disowned.store(true, Ordering::Relaxed),
            Outcome::Refused { .. } | Outcome::Later { .. } => {}
        }
    }

    async fn warm(&self) {
        if let Err(error) = self.tokens.renew(0).await {
            tracing::warn!(%error, "no FCM token to warm the connections with");
            return;
        }
        let Some(token) = self.tokens.live() else {
            return;
        };
        let open = self.open_connections(&token).await;
        tracing::info!(
            open,
            of = self.wires.clients().count(),
            "FCM connections are warm"
        );
    }

    /// One checked-only message per connection; how many were answered.
    async fn open_connections(&self, token: &Token) -> usize {
        let Ok(body) = warming_body() else { return 0 };
        let tries = self.wires.clients().map(|http| {
            let one = self.post_on(http, token, body.clone());
            async { timeout(ATTEMPT, one).await }
        });
        let answers = futures_util::future::join_all(tries).await;
        let refused = |answer: &_| matches!(answer, Ok(Ok(Verdict::TokenRefused)));
        if answers.iter().any(refused) {
            tracing::warn!("FCM refuses the access token of this service account");
            self.disowned.store(true, Ordering::Relaxed);
        }
        answers
            .iter()
            .filter(|answer| matches!(answer, Ok(Ok(_))))
            .count()
    }

    async fn keep_warm(self: Arc<Self>) {
        loop {
            sleep(KEEP_WARM).await;
            if let Some(token) = self.tokens.live() {
                self.open_connections(&token).await;
            }
        }
    }

    fn health(&self) -> Result<(), String> {
        self.tokens.health()?;
        if self.disowned.load(Ordering::Relaxed) {
            return Err(
                "FCM refuses this service account: check that its key is active, that the project \
                 is the right one and that the FCM API is enabled there"
                    .to_owned(),
            );
        }
        let misses = self.misses.load(Ordering::Relaxed);
        if misses >= MISSES {
            return Err(format!("FCM did not answer the last {misses} sends"));
        }
        Ok(())
    }
}
