//! The OAuth token endpoint: a signed assertion for an access token.

use super::Shared;
use super::account::Account;
use super::answer::{Answer, json_answer, of_fault};
use super::faults::Fault;
use crate::rng::Rng;
use hyper::StatusCode;
use jsonwebtoken::{Algorithm, Validation, decode};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
];
/// An assertion lives an hour at most.
const LONGEST_ASSERTION_S: u64 = 3_600;
/// Tokens remembered at once; a sender needs one or two.
const KEEP_TOKENS: usize = 1_000;

#[derive(Deserialize)]
struct Claims {
    iat: u64,
    exp: u64,
    scope: String,
}

/// Issues and checks access tokens.
#[derive(Debug)]
pub(super) struct Tokens {
    account: Account,
    life: Duration,
    issued: Mutex<(Rng, VecDeque<(String, Instant)>)>,
}

impl Tokens {
    pub(super) fn new(account: Account, life_s: u64) -> Self {
        let seed = u64::from(std::process::id());
        let issued = Mutex::new((Rng::new(seed), VecDeque::new()));
        Self {
            account,
            life: Duration::from_secs(life_s),
            issued,
        }
    }

    /// Whether an `Authorization` header names a living token.
    pub(super) fn admits(&self, header: Option<&str>) -> bool {
        let Some(token) = header.and_then(|h| h.strip_prefix("Bearer ")) else {
            return false;
        };
        let now = Instant::now();
        let issued = self.issued.lock();
        issued
            .1
            .iter()
            .any(|(known, until)| known == token && now < *until)
    }

    pub(super) fn revoke(&self) {
        self.issued.lock().1.clear();
    }

    pub(super) fn issue(&self) -> String {
        let mut issued = self.issued.lock();
        let token = format!(
            "ya29.standin-{:016x}{:016x}",
            issued.0.bits(),
            issued.0.bits()
        );
        if issued.1.len() == KEEP_TOKENS {
            issued.1.pop_front();
        }
        issued
            .1
            .push_back((token.clone(), Instant::now() + self.life));
        token
    }

    /// What is wrong with an assertion, if anything.
    fn refuse(&self, assertion: &str) -> Result<(), String> {
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[&self.account.token_uri]);
        rules.set_issuer(&[&self.account.email]);
        rules.set_required_spec_claims(&["exp", "aud", "iss"]);
        let claims = decode::<Claims>(assertion, &self.account.public_key, &rules)
            .map_err(|e| format!("Invalid JWT: {e}"))?
            .claims;
        if claims.exp.saturating_sub(claims.iat) > LONGEST_ASSERTION_S {
            return Err("Invalid JWT: exp is over an hour after iat".to_owned());
        }
        if !claims.scope.split(' ').any(|scope| SCOPES.contains(&scope)) {
            return Err(format!("Invalid scope: {}", claims.scope));
        }
        Ok(())
    }
}

/// Answers `POST /token`; `None` is no answer at all.
pub(super) async fn answer(shared: &Shared, body: &[u8]) -> Option<Answer> {
    let verdict = shared.faults.on_token();
    if !verdict.latency.is_zero() {
        tokio::time::sleep(verdict.latency).await;
    }
    match verdict.error {
        None => {}
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::TakeThenDrop) => return None,
        Some(fault) => return Some(of_fault(fault, verdict.retry_after_s)),
    }
    let form = form(body);
    let field = |name: &str| {
        form.iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v.as_str())
    };
    if field("grant_type") != GRANT {
        return Some(invalid(
            "unsupported_grant_type",
            "the grant type is not jwt-bearer",
        ));
    }
    if let Err(words) = shared.tokens.refuse(field("assertion")) {
        return Some(invalid("invalid_grant", &words));
    }
    shared.record.token_issued();
    let expires_in = shared.config.access_token_s;
    let token = shared.tokens.issue();
    let body = json!({"access_token": token, "expires_in": expires_in, "token_type": "Bearer"});
    Some(json_answer(StatusCode::OK, &body))
}

fn invalid(error: &str, words: &str) -> Answer {
    let body = json!({"error": error, "error_description": words});
    json_answer(StatusCode::BAD_REQUEST, &body)
}

/// Decodes `application/x-www-form-urlencoded`.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (unescape(name), unescape(value)))
        .collect()
}

pub(super) fn unescape(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let plain = match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).unwrap_or(0);
                let (high, low) = (digit(bytes.next()), digit(bytes.next()));
                u8::try_from(high * 16 + low).unwrap_or(b'?')
            }
            other => other,
        };
        out.push(plain);
    }
    String::from_utf8_lossy(&out).into_owned()
}
