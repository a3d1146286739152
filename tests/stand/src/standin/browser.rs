//! Web Push (RFC 8030, 8291, 8292) as the push services of browsers speak it, and the browsers
//! behind them: what arrives is opened with the subscription's keys, so a message that no phone
//! could read fails here.

use super::Shared;
use super::answer::{Answer, json_answer, of_fault, with_body};
use super::faults::Fault;
use super::record::Delivery;
use crate::clock;
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::{HeaderMap, StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::time::Instant;
use web_push_native::{Auth, decrypt, p256};

/// Where endpoints begin.
const PATH: &str = "/webpush/";
/// Largest body that every push service takes.
const BODY_MAX: usize = 4_096;
/// Letters of a topic.
const TOPIC_MAX: usize = 32;
/// Longest life of a VAPID token, seconds.
const TOKEN_LIFE_MAX_S: i64 = 24 * 3_600;

/// A browser's subscription, as its page hands it to a server.
#[derive(Debug, Clone, Serialize)]
pub struct Subscription {
    /// Where pushes are posted.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The shared secret, base64url.
    pub auth: String,
}

/// What a browser keeps of a subscription.
#[derive(Clone)]
struct Kept {
    secret: p256::SecretKey,
    auth: [u8; 16],
    /// The server's key that it was made for; any when absent.
    server_key: Option<String>,
    /// It ended: 410.
    ended: bool,
}

/// Every subscription of a stand-in.
#[derive(Default)]
pub(super) struct Browsers(Mutex<HashMap<String, Kept>>);

impl std::fmt::Debug for Browsers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browsers(…)")
    }
}

/// What `POST /control/subscribe` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    name: String,
    #[serde(default)]
    server_key: Option<String>,
}

impl Browsers {
    /// Subscribes a browser under a name, which is also its address in what is recorded.
    pub(super) fn subscribe(
        &self,
        base_url: &str,
        name: &str,
        server_key: Option<String>,
    ) -> Subscription {
        let (secret, auth) = loop {
            let (mut key, mut auth) = ([0; 32], [0; 16]);
            if rand::fill(&mut key).and(rand::fill(&mut auth)).is_err() {
                continue;
            }
            // not every number is a key; nearly every one is
            if let Ok(secret) = p256::SecretKey::from_slice(&key) {
                break (secret, auth);
            }
        };
        let public = secret.public_key().to_sec1_bytes();
        let kept = Kept {
            secret,
            auth,
            server_key,
            ended: false,
        };
        self.0.lock().insert(name.to_owned(), kept);
        Subscription {
            endpoint: format!("{base_url}{PATH}{name}"),
            p256dh: URL_SAFE_NO_PAD.encode(public),
            auth: URL_SAFE_NO_PAD.encode(auth),
        }
    }

    /// Ends a subscription, as a browser does whose page was forgotten.
    pub(super) fn unsubscribe(&self, name: &str) {
        if let Some(kept) = self.0.lock().get_mut(name) {
            kept.ended = true;
        }
    }
}

/// `POST /control/subscribe`, for pages that cannot reach a real push service.
pub(super) fn subscribe(shared: &Shared, body: &[u8]) -> Answer {
    match serde_json::from_slice::<Order>(body) {
        Ok(order) => {
            let made = shared
                .browsers
                .subscribe(&shared.base_url, &order.name, order.server_key);
            json_answer(StatusCode::OK, &json!(made))
        }
        Err(e) => json_answer(StatusCode::BAD_REQUEST, &json!({"error": e.to_string()})),
    }
}

/// Name of the browser whose endpoint this is.
pub(super) fn name_of(path: &str) -> Option<&str> {
    let name = path.strip_prefix(PATH)?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// A refusal in plain text, as push services write it.
fn refuse(status: StatusCode, words: &str) -> Answer {
    with_body(status, "text/plain", words.to_owned())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Answers a push; `None` is no answer at all.
pub(super) async fn answer(
    shared: &Shared,
    name: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<Answer> {
    let kept = shared.browsers.0.lock().get(name).cloned();
    let Some(kept) = kept else {
        return Some(refuse(StatusCode::NOT_FOUND, "no such subscription"));
    };
    if kept.ended {
        return Some(refuse(StatusCode::GONE, "the subscription ended"));
    }
    let message = match check(shared, headers, &kept) {
        Ok(message) => message,
        Err(refusal) => return Some(*refusal),
    };
    if body.len() > BODY_MAX {
        return Some(refuse(StatusCode::PAYLOAD_TOO_LARGE, "over 4096 bytes"));
    }
    let data = match open(&kept, body) {
        Ok(data) => data,
        Err(words) => return Some(refuse(StatusCode::BAD_REQUEST, words)),
    };
    let verdict = shared.faults.on_send(name);
    if !verdict.latency.is_zero() {
        tokio::time::sleep(verdict.latency).await;
    }
    match verdict.error {
        None | Some(Fault::TakeThenDrop) => {}
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Unregistered) => return Some(refuse(StatusCode::GONE, "scripted")),
        Some(fault) => return Some(of_fault(fault, verdict.retry_after_s)),
    }
    let delivery = Delivery {
        seq: 0,
        address: name.to_owned(),
        project: String::new(),
        data,
        arrived: Instant::now(),
        message: Arc::new(message),
    };
    let seq = shared.record.take(delivery).await;
    if verdict.error.is_some() {
        return None;
    }
    if !shared.config.ack_latency.is_zero() {
        tokio::time::sleep(shared.config.ack_latency).await;
    }
    let mut taken = refuse(StatusCode::CREATED, "");
    if let Ok(place) = header::HeaderValue::from_str(&format!("/message/{seq}")) {
        taken.headers_mut().insert(header::LOCATION, place);
    }
    Some(taken)
}

/// What push services look at before they take anything; the headers, for tests of the format.
fn check(shared: &Shared, headers: &HeaderMap, kept: &Kept) -> Result<Value, Box<Answer>> {
    let bad = |words: &str| Box::new(refuse(StatusCode::BAD_REQUEST, words));
    let ttl = text(headers, "ttl").and_then(|ttl| ttl.parse::<u32>().ok());
    let ttl = ttl.ok_or_else(|| bad("TTL is missing"))?;
    if text(headers, "content-encoding") != Some("aes128gcm") {
        return Err(bad("Content-Encoding is not aes128gcm"));
    }
    let urgency = text(headers, "urgency").unwrap_or("normal");
    if !["very-low", "low", "normal", "high"].contains(&urgency) {
        return Err(bad("Urgency is not known"));
    }
    let topic = text(headers, "topic").unwrap_or_default();
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if topic.len() > TOPIC_MAX || !topic.chars().all(letter) {
        return Err(bad("Topic is too long or not base64url"));
    }
    let key = vapid(shared, headers)?;
    if kept.server_key.as_ref().is_some_and(|own| *own != key) {
        let words = "the subscription was made for another key";
        return Err(Box::new(refuse(StatusCode::FORBIDDEN, words)));
    }
    Ok(json!({"webpush": {"ttl": ttl, "urgency": urgency, "topic": topic}}))
}

/// The server's public key, if it proves who it is.
fn vapid(shared: &Shared, headers: &HeaderMap) -> Result<String, Box<Answer>> {
    let refused = |words: &str| Box::new(refuse(StatusCode::UNAUTHORIZED, words));
    let parts = text(headers, "authorization")
        .and_then(|header| header.strip_prefix("vapid t="))
        .and_then(|rest| rest.split_once(", k="));
    let (token, key) = parts.ok_or_else(|| refused("no VAPID"))?;
    let point = URL_SAFE_NO_PAD.decode(key).unwrap_or_default();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[&shared.base_url]);
    rules.set_required_spec_claims(&["aud", "exp"]);
    let claims = jsonwebtoken::decode::<Value>(token, &DecodingKey::from_ec_der(&point), &rules);
    let claims = claims.map_err(|why| refused(&why.to_string()))?.claims;
    let life_s = claims["exp"].as_i64().unwrap_or(i64::MAX) - clock::now().as_second();
    if life_s > TOKEN_LIFE_MAX_S {
        return Err(refused("exp is more than a day away"));
    }
    Ok(key.to_owned())
}

/// The words inside, as the page's service worker reads them.
fn open(kept: &Kept, body: &[u8]) -> Result<BTreeMap<String, String>, &'static str> {
    let auth = Auth::from_slice(&kept.auth);
    let plain = decrypt(body.to_vec(), &kept.secret, auth);
    let plain = plain.map_err(|_why| "the body does not open")?;
    serde_json::from_slice(&plain).map_err(|_why| "the words are no object of strings")
}
