//! Sends to the stand-in and nothing else: the floor of a fan-out. And when what was sent arrived.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::try_join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use muster_stand::clock;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::standin::{Delivery, StandIn};

/// Messages that one connection carries at a time, as Google's do.
const STREAMS: u32 = 100;

/// Alerts that the stand-in took, by incident: how many, and when the last one arrived.
#[derive(Clone, Default)]
pub(super) struct Arrivals(Arc<Mutex<HashMap<String, (u32, Instant)>>>);

impl Arrivals {
    /// Counts until the stand-in ends.
    pub(super) fn listen(&self, mut deliveries: mpsc::Receiver<Delivery>) -> JoinHandle<()> {
        let arrivals = self.clone();
        tokio::spawn(async move {
            while let Some(delivery) = deliveries.recv().await {
                if delivery.datum("type") != "alert" {
                    continue;
                }
                let mut seen = arrivals.0.lock();
                let incident = delivery.datum("incident_id").to_owned();
                let entry = seen.entry(incident).or_insert((0, delivery.arrived));
                entry.0 += 1;
                entry.1 = entry.1.max(delivery.arrived);
            }
        })
    }

    /// When the last of so many arrived, if all did.
    pub(super) fn complete(&self, incident: &str, asked: u32) -> Option<Instant> {
        let seen = self.0.lock();
        let (count, last) = seen.get(incident)?;
        (*count >= asked).then_some(*last)
    }
}

/// Warm connections, as few as carry all messages of one incident at once.
pub(super) struct Sender {
    connections: Vec<reqwest::Client>,
    url: String,
    token: String,
}

impl Sender {
    pub(super) async fn connect(standin: &StandIn, asked: u32) -> Outcome<Self> {
        let pem = std::fs::read(standin.ca_file()).doing("reading the CA")?;
        let ca = reqwest::Certificate::from_pem(&pem).doing("reading the CA")?;
        let client = |_| {
            let builder = reqwest::Client::builder().tls_certs_merge([ca.clone()]);
            let builder = builder.http2_prior_knowledge().tcp_nodelay(true);
            builder.build().doing("building a client")
        };
        let connections: Outcome<Vec<_>> =
            (0..asked.div_ceil(STREAMS).max(1)).map(client).collect();
        let connections = connections?;
        let text = std::fs::read(standin.service_account_file()).doing("reading the account")?;
        let account: Value = serde_json::from_slice(&text).doing("reading the account")?;
        let token = access_token(&connections[0], &account).await?;
        let project = account["project_id"].as_str().unwrap_or_default();
        let url = format!("{}/v1/projects/{project}/messages:send", standin.base_url());
        Ok(Self {
            connections,
            url,
            token,
        })
    }

    /// Sends so many under one name; when it began. [`Arrivals`] has when the last arrived.
    pub(super) async fn send(&self, name: &str, asked: u32) -> Outcome<Instant> {
        let bodies: Vec<String> = (0..asked).map(|number| message(name, number)).collect();
        let start = Instant::now();
        let connections = self.connections.iter().cycle();
        let sends = bodies
            .into_iter()
            .zip(connections)
            .map(|(body, http)| async {
                let request = http.post(&self.url).bearer_auth(&self.token);
                let request = request
                    .header("content-type", "application/json")
                    .body(body);
                request.send().await?.error_for_status()?.bytes().await
            });
        try_join_all(sends).await.doing("sending to the stand-in")?;
        Ok(start)
    }
}

async fn access_token(http: &reqwest::Client, account: &Value) -> Outcome<String> {
    let field = |name: &str| account[name].as_str().unwrap_or_default().to_owned();
    let key = EncodingKey::from_rsa_pem(field("private_key").as_bytes()).doing("its key")?;
    let now = clock::now().as_second();
    let claims = json!({"iss": field("client_email"), "aud": field("token_uri"), "iat": now,
        "exp": now + 3600, "scope": "https://www.googleapis.com/auth/firebase.messaging"});
    let assertion = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key);
    let assertion = assertion.doing("signing")?;
    let form = format!(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
    );
    let asked = http
        .post(field("token_uri"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send();
    let answer = asked.await.doing("asking for a token")?;
    let answer: Value = answer.json().await.doing("a token")?;
    Ok(answer["access_token"]
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

/// A message of the size that muster sends.
fn message(name: &str, number: u32) -> String {
    json!({"message": {
        "token": format!("floor-{number}-{}", "x".repeat(140)),
        "android": {"priority": "HIGH", "ttl": "600s"},
        "data": {"type": "alert", "incident_id": name, "alert_id": "0".repeat(32), "version": "1",
            "sent_at": "2026-11-22T10:00:00.000Z", "expires_at": "2026-11-22T10:10:00.000Z",
            "expires_in_s": "600", "role": "cpr", "exercise": "false"}}})
    .to_string()
}
