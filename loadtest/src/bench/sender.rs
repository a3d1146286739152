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

use super::town::ASKED;
use muster_stand::clock;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::standin::{Delivery, StandIn};

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

    /// When the last of all who are asked arrived, if all did.
    pub(super) fn complete(&self, incident: &str) -> Option<Instant> {
        let seen = self.0.lock();
        let (count, last) = seen.get(incident)?;
        (*count >= ASKED).then_some(*last)
    }
}

/// One warm connection: it carries a hundred messages at a time, as Google's do.
pub(super) struct Sender {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Sender {
    pub(super) async fn connect(standin: &StandIn) -> Outcome<Self> {
        let pem = std::fs::read(standin.ca_file()).doing("reading the CA")?;
        let ca = reqwest::Certificate::from_pem(&pem).doing("reading the CA")?;
        let builder = reqwest::Client::builder().tls_certs_merge([ca]);
        let builder = builder.http2_prior_knowledge().tcp_nodelay(true);
        let http = builder.build().doing("building a client")?;
        let text = std::fs::read(standin.service_account_file()).doing("reading the account")?;
        let account: Value = serde_json::from_slice(&text).doing("reading the account")?;
        let token = access_token(&http, &account).await?;
        let project = account["project_id"].as_str().unwrap_or_default();
        let url = format!("{}/v1/projects/{project}/messages:send", standin.base_url());
        Ok(Self { http, url, token })
    }

    /// Sends as many as an incident has under one name; when it began. [`Arrivals`] has when the
    /// last arrived.
    pub(super) async fn send(&self, name: &str) -> Outcome<Instant> {
        let bodies: Vec<String> = (0..ASKED).map(|number| message(name, number)).collect();
        let start = Instant::now();
        let sends = bodies.into_iter().map(|body| async {
            let request = self.http.post(&self.url).bearer_auth(&self.token);
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
