//! The access token: changed for a signed assertion, kept fresh in the background.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use muster_core::ports::Clock;
use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, sleep, timeout};

use super::error::chain;
use super::settings::ServiceAccount;

/// The right to send messages, and no other.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// The grant of RFC 7523, ready for a form; a JWT's own letters need no escaping.
const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
/// Google's clock may be behind ours.
const SKEW_S: i64 = 10;
/// The longest life Google grants an assertion.
const ASSERTION_LIFE_S: i64 = 3600;
/// No access token lives longer than a day.
const LONGEST_LIFE: Duration = Duration::from_hours(24);
/// One exchange.
const EXCHANGE: Duration = Duration::from_secs(10);
/// After a failed exchange, doubled up to [`LAST_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_mins(1);
/// How often the token's age is published and the plan looked at.
const TICK: Duration = Duration::from_secs(15);
/// Refused tokens are renewed no more often than this, so that dead credentials do not become a
/// storm on the token endpoint.
const FORCED_GAP: Duration = Duration::from_secs(5);

/// Why there is no new token.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenError {
    #[error("the assertion could not be signed: {0}")]
    Sign(String),
    #[error("the token endpoint did not answer: {0}")]
    Network(String),
    #[error("the token endpoint did not answer within {} s", EXCHANGE.as_secs())]
    Late,
    #[error("the token endpoint answered {status}{word}")]
    Status { status: u16, word: String },
    #[error("the token endpoint's answer holds no usable token")]
    Answer,
    #[error("a refused token was renewed only a moment ago")]
    TooSoon,
}

/// One access token.
pub(super) struct Token {
    /// The `Authorization` header, marked sensitive.
    pub(super) bearer: HeaderValue,
    /// Counts tokens, from 1.
    pub(super) serial: u64,
    asked_at: Instant,
    life: Duration,
}

impl Token {
    fn is_live(&self, now: Instant) -> bool {
        now < self.asked_at + self.life
    }

    /// At 80 % of its life.
    fn due(&self) -> Instant {
        self.asked_at + self.life / 5 * 4
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    scope: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
}

/// Exchanges are one at a time; the lock also remembers the last forced one.
#[derive(Default)]
struct Flight {
    forced_at: Option<Instant>,
}

/// Holds the token and knows how to get the next.
pub(super) struct Tokens {
    account: ServiceAccount,
    http: Client,
    clock: Arc<dyn Clock>,
    held: ArcSwapOption<Token>,
    trouble: ArcSwapOption<String>,
    flight: Mutex<Flight>,
    arrived: Notify,
}

impl Tokens {
    pub(super) fn new(account: ServiceAccount, http: Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            account,
            http,
            clock,
            held: ArcSwapOption::empty(),
            trouble: ArcSwapOption::empty(),
            flight: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// The token, if one is held and not expired.
    pub(super) fn live(&self) -> Option<Arc<Token>> {
        self.held
            .load_full()
            .filter(|token| token.is_live(Instant::now()))
    }

    /// The token; waits for the background to bring one. Never asks for one itself.
    pub(super) async fn wait(&self, at_most: Duration) -> Option<Arc<Token>> {
        if let Some(token) = self.live() {
            return Some(token);
        }
        let coming = async {
            loop {
                let arrived = self.arrived.notified();
                if let Some(token) = self.live() {
                    return token;
                }
                arrived.await;
            }
        };
        timeout(at_most, coming).await.ok()
    }

    /// `Ok` while a token is held, else a sentence.
    pub(super) fn health(&self) -> Result<(), String> {
        if self.live().is_some() {
            return Ok(());
        }
        Err(match self.trouble.load_full() {
            Some(trouble) => format!("no access token for FCM: {trouble}"),
            None => "no access token for FCM yet".to_owned(),
        })
    }

    fn serial(&self) -> u64 {
        self.held.load().as_ref().map_or(0, |token| token.serial)
    }

    /// A new token, unless there is a newer one than `seen` by now.
    pub(super) async fn renew(&self, seen: u64) -> Result<(), TokenError> {
        let _flight = self.flight.lock().await;
        self.exchange_unless_newer(seen).await
    }

    /// A new token because FCM refused the one of that serial.
    pub(super) async fn renew_refused(&self, seen: u64) -> Result<(), TokenError> {
        let mut flight = self.flight.lock().await;
        if self.serial() != seen {
            return Ok(());
        }
        if flight.forced_at.is_some_and(|at| at.elapsed() < FORCED_GAP) {
            return Err(TokenError::TooSoon);
        }
        flight.forced_at = Some(Instant::now());
        self.exchange_unless_newer(seen).await
    }

    async fn exchange_unless_newer(&self, seen: u64) -> Result<(), TokenError> {
        if self.serial() != seen {
            return Ok(());
        }
        let token = match timeout(EXCHANGE, self.exchange(seen + 1)).await {
            Ok(answer) => answer,
            Err(_) => Err(TokenError::Late),
        };
        match token {
            Ok(token) => {
                self.held.store(Some(Arc::new(token)));
                self.trouble.store(None);
                self.arrived.notify_waiters();
                Ok(())
            }
            Err(error) => {
                self.trouble.store(Some(Arc::new(error.to_string())));
                Err(error)
            }
        }
    }

    /// An assertion, signed now.
    pub(super) fn assertion(&self) -> Result<SecretString, TokenError> {
        let sign = |error: jsonwebtoken::errors::Error| TokenError::Sign(error.to_string());
        let key = EncodingKey::from_rsa_pem(self.account.private_key.expose_secret().as_bytes())
            .map_err(sign)?;
        let header = Header {
            kid: Some(self.account.private_key_id.clone()),
            ..Header::new(Algorithm::RS256)
        };
        let iat = self.clock.now().0.div_euclid(1000) - SKEW_S;
        let claims = Claims {
            iss: &self.account.client_email,
            scope: SCOPE,
            aud: self.account.token_uri.as_str(),
            iat,
            exp: iat + ASSERTION_LIFE_S,
        };
        jsonwebtoken::encode(&header, &claims, &key)
            .map(SecretString::from)
            .map_err(sign)
    }

    async fn exchange(&self, serial: u64) -> Result<Token, TokenError> {
        let asked_at = Instant::now();
        let form = format!("{GRANT}{}", self.assertion()?.expose_secret());
        let answer = self
            .http
            .post(self.account.token_uri.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .map_err(|error| TokenError::Network(chain(&error.without_url())))?;
        let status = answer.status().as_u16();
        let body = answer
            .bytes()
            .await
            .map_err(|error| TokenError::Network(chain(&error.without_url())))?;
        if status != 200 {
            return Err(TokenError::Status {
                status,
                word: denied(&body),
            });
        }
        // The body holds the token: whatever is wrong with it, it is not quoted.
        let Ok(granted) = serde_json::from_slice::<Granted>(&body) else {
            return Err(TokenError::Answer);
        };
        let bearer = SecretString::from(format!("Bearer {}", granted.access_token));
        let Ok(mut bearer) = HeaderValue::from_str(bearer.expose_secret()) else {
            return Err(TokenError::Answer);
        };
        bearer.set_sensitive(true);
        Ok(Token {
            bearer,
            serial,
            asked_at,
            life: Duration::from_secs(granted.expires_in).min(LONGEST_LIFE),
        })
    }

    /// Keeps the token fresh for ever. A failing renewal leaves the old token in place.
    pub(super) async fn keep_fresh(self: Arc<Self>) {
        let mut pause = FIRST_RETRY;
        loop {
            let held = self.held.load_full();
            if let Some(token) = &held {
                let age = token.asked_at.elapsed().as_secs_f64();
                metrics::gauge!("muster_push_token_age_seconds").set(age);
                let left = token.due().saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    sleep(left.min(TICK)).await;
                    continue;
                }
            }
            if let Err(error) = self.renew(held.map_or(0, |token| token.serial)).await {
                tracing::warn!(%error, retry_in_s = pause.as_secs(), "no new FCM token");
                metrics::counter!("muster_push_token_failures_total").increment(1);
                sleep(pause).await;
                pause = (pause * 2).min(LAST_RETRY);
            } else {
                tracing::debug!("a new FCM token");
                pause = FIRST_RETRY;
                // A token that is due at once must not become a storm.
                sleep(FIRST_RETRY).await;
            }
        }
    }
}

/// OAuth's own word for the refusal, such as `invalid_grant`, if it looks like one.
fn denied(body: &[u8]) -> String {
    match serde_json::from_slice::<Denied>(body) {
        Ok(Denied { error })
            if error.len() <= 40 && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') =>
        {
            format!(" ({error})")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_due_at_four_fifths_of_its_life_and_dead_at_its_end() {
        let asked_at = Instant::now();
        let token = Token {
            bearer: HeaderValue::from_static("x"),
            serial: 1,
            asked_at,
            life: Duration::from_hours(1),
        };
        assert_eq!(token.due() - asked_at, Duration::from_mins(48));
        assert!(token.is_live(asked_at + Duration::from_secs(3599)));
        assert!(!token.is_live(asked_at + Duration::from_hours(1)));
    }

    #[test]
    fn only_a_plain_word_of_a_refusal_reaches_the_log() {
        assert_eq!(denied(br#"{"error":"invalid_grant"}"#), " (invalid_grant)");
        assert_eq!(denied(br#"{"error":"ya29.SECRET"}"#), "");
        assert_eq!(denied(b"<html>"), "");
    }
}
