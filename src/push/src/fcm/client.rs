//! The sender.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use muster_core::domain::push::PushMessage;
use muster_core::domain::time::Millis;
use muster_core::ports::Clock;
use muster_core::ports::{Later, PushGateway, SendResult};
use reqwest::{Certificate, Client, redirect};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::connection::{Connection, Target};
use super::error::{FcmError, chain};
use super::message::{body, is_urgent, warming_body};
use super::pool::Pool;
use super::response::CONNECT;
use super::settings::{FcmSettings, ServiceAccount};
use super::token::{Token, Tokens};
use super::transport::Transport;
use super::verdict::{Verdict, later, refused, retry_after, verdict};

/// One attempt, with everything: a place on a connection, the answer, a renewed token.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Opening every connection at start.
const WARM: Duration = Duration::from_secs(15);
/// Idle connections are used this often, so that Google does not close them.
const KEEP_WARM: Duration = Duration::from_mins(3);
/// How long a message waits for the first token before the outbox has it back.
const FIRST_TOKEN: Duration = Duration::from_secs(2);
/// When the outbox should ask again in that case.
const NO_TOKEN_WAIT: Millis = Millis::from_s(1);
/// So many sends in a row without any answer mean that FCM cannot be reached.
const MISSES: u32 = 5;

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
        let oauth = client(&roots)?;
        let transports: Vec<_> = if url.scheme() == "https" {
            let target = Target::new(url.as_str(), tls(roots)?);
            let target = Arc::new(target.map_err(|cause| FcmError::Url {
                setting: "base_url",
                cause,
            })?);
            let link = || Transport::Http2(Connection::new(Arc::clone(&target)));
            (0..connections).map(|_| link()).collect()
        } else {
            let transport = || Transport::Clear(oauth.clone(), url.clone());
            (0..connections).map(|_| transport()).collect()
        };
        let tokens = Arc::new(Tokens::new(account, oauth, Arc::clone(&clock)));
        tokens.assertion().map_err(|error| FcmError::KeyFile {
            file: settings.service_account.clone(),
            cause: error.to_string(),
        })?;
        let sender = Arc::new(Sender {
            pool: Pool::new(transports),
            tokens: Arc::clone(&tokens),
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
    async fn send(&self, message: &PushMessage) -> SendResult {
        let began = Instant::now();
        let outcome = match body(message) {
            Ok(body) => {
                self.sender
                    .within_deadline(body, is_urgent(message.kind))
                    .await
            }
            Err(reason) => refused(reason, None, reason != "no_sender_for_webpush"),
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

fn record(outcome: &SendResult, began: Instant) {
    let word = match outcome {
        SendResult::Taken { .. } => "taken",
        SendResult::Gone { .. } => "gone",
        SendResult::Later(Later { refused: true, .. }) => "refused",
        SendResult::Later(_) => "later",
    };
    metrics::counter!("muster_push_total", "outcome" => word).increment(1);
    let span = began.elapsed().as_secs_f64();
    metrics::histogram!("muster_stage_seconds", "stage" => "push").record(span);
}

fn roots(settings: &FcmSettings) -> Result<Vec<CertificateDer<'static>>, FcmError> {
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
    let roots = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let roots = roots.map_err(|error| wrong(error.to_string()))?;
    if roots.is_empty() {
        return Err(wrong("it holds no certificate".to_owned()));
    }
    Ok(roots)
}

/// Trusts whom the machine trusts, and these.
fn tls(roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, FcmError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(http)?;
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(versions
        .map_err(http)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// For access tokens, and for messages to a stand-in in the clear.
fn client(roots: &[CertificateDer<'static>]) -> Result<Client, FcmError> {
    let roots = roots.iter().map(|root| Certificate::from_der(root));
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .pool_idle_timeout(None)
        .tls_certs_merge(roots.collect::<Result<Vec<_>, _>>().map_err(http)?);
    builder.build().map_err(http)
}

fn http(error: impl std::error::Error) -> FcmError {
    FcmError::Http {
        cause: chain(&error),
    }
}

/// Everything but the tasks.
pub(super) struct Sender {
    pool: Pool,
    pub(super) tokens: Arc<Tokens>,
    clock: Arc<dyn Clock>,
    /// Sends in a row without any answer.
    misses: AtomicU32,
    /// FCM refused even a fresh token, or our project.
    disowned: AtomicBool,
}

impl Sender {
    async fn within_deadline(&self, body: Bytes, urgent: bool) -> SendResult {
        timeout(ATTEMPT, self.attempt(body, urgent))
            .await
            .unwrap_or_else(|_| {
                self.misses.fetch_add(1, Ordering::Relaxed);
                later("timeout", None)
            })
    }

    async fn attempt(&self, body: Bytes, urgent: bool) -> SendResult {
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

    fn disown(&self) -> SendResult {
        self.disowned.store(true, Ordering::Relaxed);
        refused("unauthenticated", None, true)
    }

    async fn post(&self, token: &Token, body: Bytes, urgent: bool) -> Result<Verdict, SendResult> {
        let Some(slot) = self.pool.slot(urgent).await else {
            return Err(later("no_connection", None));
        };
        self.post_on(slot.transport, token, body).await
    }

    async fn post_on(
        &self,
        transport: &Transport,
        token: &Token,
        body: Bytes,
    ) -> Result<Verdict, SendResult> {
        let answer = transport.post(&token.bearer, body).await.map_err(|error| {
            self.misses.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%error, "FCM did not answer");
            later(error.word(), None)
        })?;
        self.misses.store(0, Ordering::Relaxed);
        let wait = answer
            .retry_after
            .and_then(|header| retry_after(header.to_str().ok()?, self.clock.now()));
        let verdict = verdict(answer.status, wait, &answer.text);
        if let Verdict::Done(outcome) = &verdict {
            self.remember(outcome);
        }
        Ok(verdict)
    }

    /// Whether FCM knows us is seen in every answer, also to messages of the warming.
    fn remember(&self, outcome: &SendResult) {
        match outcome {
            SendResult::Taken { .. } | SendResult::Gone { .. } => {
                self.disowned.store(false, Ordering::Relaxed);
            }
            SendResult::Later(Later {
                reason: "permission_denied" | "not_found",
                ..
            }) => self.disowned.store(true, Ordering::Relaxed),
            SendResult::Later(_) => {}
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
            of = self.pool.transports().count(),
            "FCM connections are warm"
        );
    }

    /// One checked-only message per connection; how many were answered.
    async fn open_connections(&self, token: &Token) -> usize {
        let Ok(body) = warming_body() else { return 0 };
        let tries = self.pool.transports().map(|transport| {
            let one = self.post_on(transport, token, body.clone());
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
