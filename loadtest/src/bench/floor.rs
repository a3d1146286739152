//! What the machine itself needs, taken in the same run and under the same load: one flush to the
//! disk, one search, one HTTP exchange, ten sends over a warm HTTP/2 connection.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use muster::live::memory::MemoryIndex;
use muster_core::domain::place::Point;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::nearest::search;
use super::town::{ASKED, RADIUS_M};
use super::wire::{Call, Wire};
use crate::clock;
use crate::failure::{Context as _, Failure, Outcome};
use crate::standin::{Delivery, StandIn};

/// What a raise asks the index for: twice the places of its plan, and eight more.
pub(super) const PROPOSED: usize = ASKED as usize * 2 + 8;
/// So many people around, and incidents near each other all find ten who are free.
pub(super) const AROUND: usize = PROPOSED + 60;
const BLOCK: [u8; 4096] = [7; 4096];

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

    /// When the last of ten arrived, if all did.
    pub(super) fn complete(&self, incident: &str) -> Option<Instant> {
        let seen = self.0.lock();
        let (count, last) = seen.get(incident)?;
        (*count >= ASKED).then_some(*last)
    }
}

/// One append and flush of 4 KiB on the disk of the data directory.
pub(super) struct Disk(Arc<Mutex<File>>);

impl Disk {
    pub(super) fn open(dir: &Path) -> Outcome<Self> {
        let file = File::create(dir.join("floor")).doing("making the floor's file")?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    pub(super) async fn flush(&self) -> Outcome<Duration> {
        let file = Arc::clone(&self.0);
        let flushed = tokio::task::spawn_blocking(move || {
            let mut file = file.lock();
            let start = Instant::now();
            file.write_all(&BLOCK)?;
            file.sync_data()?;
            Ok::<_, std::io::Error>(start.elapsed())
        });
        flushed
            .await
            .doing("waiting for the disk")?
            .doing("flushing")
    }
}

/// One search as a raise makes it.
pub(super) fn find(index: &MemoryIndex, from: Point) -> Outcome<Duration> {
    let start = Instant::now();
    let found = index.search(&search(from, PROPOSED, RADIUS_M));
    let took = start.elapsed();
    match found.len() {
        PROPOSED => Ok(took),
        n => Err(Failure::new(format!("only {n} people within 5 km"))),
    }
}

/// How many people there are within reach, up to [`AROUND`].
pub(super) fn people_around(index: &MemoryIndex, from: Point) -> usize {
    index.search(&search(from, AROUND, RADIUS_M)).len()
}

/// One exchange with the bare server.
pub(super) async fn echo(wire: &mut Wire, body: &str) -> Outcome<Duration> {
    let call = Call {
        path: "/echo",
        token: "",
        header: "",
        body,
    };
    let start = Instant::now();
    let status = wire.post(&call).await?;
    let took = start.elapsed();
    match status {
        200 => Ok(took),
        other => Err(Failure::new(format!("the bare server answered {other}"))),
    }
}

/// Sends ten messages at once over one warm connection, and nothing else.
pub(super) struct Sender {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Sender {
    pub(super) async fn connect(standin: &StandIn) -> Outcome<Self> {
        let pem = std::fs::read(standin.ca_file()).doing("reading the CA")?;
        let ca = reqwest::Certificate::from_pem(&pem).doing("reading the CA")?;
        let http = reqwest::Client::builder()
            .tls_certs_merge([ca])
            .http2_prior_knowledge()
            .tcp_nodelay(true)
            .build()
            .doing("building a client")?;
        let text = std::fs::read(standin.service_account_file()).doing("reading the account")?;
        let account: Value = serde_json::from_slice(&text).doing("reading the account")?;
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
        let answer: Value = asked
            .await
            .doing("asking for a token")?
            .json()
            .await
            .doing("a token")?;
        let token = answer["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let project = field("project_id");
        let url = format!("{}/v1/projects/{project}/messages:send", standin.base_url());
        Ok(Self { http, url, token })
    }

    /// Sends ten under one name; when it began. [`Arrivals`] has when the last arrived.
    pub(super) async fn ten(&self, name: &str) -> Outcome<Instant> {
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
