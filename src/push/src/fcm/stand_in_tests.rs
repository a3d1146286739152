//! A stand-in for Google in this process: a token endpoint and a send endpoint, over plain HTTP.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::domain::time::Timestamp;
use muster_core::ports::Clock;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{Fcm, FcmSettings};

/// A private key for all tests of this process; never written to the repository.
static KEY: LazyLock<String> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = pair.as_der().expect("DER");
    let text = STANDARD.encode(der.as_ref());
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    )
});

/// 2026-11-22T10:00:00Z, for ever.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_341_600_000)
    }
}

/// That clock.
pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(Still)
}

/// A prepared answer to a send.
#[derive(Clone)]
pub(super) struct Canned {
    pub(super) status: u16,
    pub(super) retry_after: Option<&'static str>,
    pub(super) body: String,
}

impl Canned {
    pub(super) fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            retry_after: None,
            body: body.to_owned(),
        }
    }
}

/// What the stand-in saw and what it will say.
pub(super) struct Seen {
    /// Answers to the next sends; a success when empty.
    pub(super) answers: Mutex<VecDeque<Canned>>,
    /// Each send's `Authorization` and body.
    pub(super) sends: Mutex<Vec<(String, Value)>>,
    /// Each token request's form.
    pub(super) forms: Mutex<Vec<String>>,
    /// One permit lets one token request be answered.
    pub(super) token_gate: Semaphore,
    /// Counts token requests as they come in.
    pub(super) token_asked: Semaphore,
    /// What the token endpoint answers instead of a token.
    pub(super) token_refusal: Mutex<Option<Canned>>,
    granted: AtomicUsize,
}

/// The stand-in; stops on drop.
pub(super) struct StandIn {
    pub(super) seen: Arc<Seen>,
    /// `http://127.0.0.1:<port>`.
    pub(super) url: String,
    folder: TempDir,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl StandIn {
    /// Starts; the token endpoint answers at once, for ever.
    pub(super) fn start() -> Self {
        let seen = Arc::new(Seen {
            answers: Mutex::default(),
            sends: Mutex::default(),
            forms: Mutex::default(),
            token_gate: Semaphore::new(1000),
            token_asked: Semaphore::new(0),
            token_refusal: Mutex::default(),
            granted: AtomicUsize::new(0),
        });
        let shared = web::Data::from(Arc::clone(&seen));
        let app = move || {
            App::new()
                .app_data(shared.clone())
                .route("/token", web::post().to(token))
                .route("/v1/projects/demo-1/messages:send", web::post().to(send))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.bind(("127.0.0.1", 0)).expect("a port");
        let url = format!("http://{}", server.addrs()[0]);
        let folder = tempfile::tempdir().expect("a folder");
        let stand_in = Self {
            seen,
            url,
            folder,
            server: tokio::spawn(server.run()),
        };
        stand_in.write_key(&KEY);
        stand_in
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("key.json")
    }

    /// Writes the key file with that private key.
    pub(super) fn write_key(&self, private_key: &str) {
        let key = json!({
            "type": "service_account", "project_id": "demo-1", "private_key_id": "kid-1",
            "private_key": private_key, "client_email": "muster@demo-1.example",
            "token_uri": format!("{}/token", self.url),
        });
        std::fs::write(self.key_file(), key.to_string()).expect("the key file");
    }

    /// Settings pointing here.
    pub(super) fn settings(&self) -> FcmSettings {
        FcmSettings {
            base_url: self.url.clone(),
            connections: 2,
            simulated: true,
            ..FcmSettings::new(self.key_file())
        }
    }

    /// A sender pointing here.
    pub(super) fn open(&self) -> Fcm {
        Fcm::open(&self.settings(), clock()).expect("a sender")
    }

    /// Says that next.
    pub(super) fn next(&self, answer: Canned) {
        self.seen.answers.lock().push_back(answer);
    }

    /// The sends that were meant, not only checked.
    pub(super) fn real_sends(&self) -> Vec<(String, Value)> {
        let sends = self.seen.sends.lock();
        sends
            .iter()
            .filter(|(_, body)| body["validate_only"] != true)
            .cloned()
            .collect()
    }
}

async fn token(seen: web::Data<Seen>, form: String) -> HttpResponse {
    seen.forms.lock().push(form);
    seen.token_asked.add_permits(1);
    seen.token_gate
        .acquire()
        .await
        .expect("never closed")
        .forget();
    if let Some(refusal) = seen.token_refusal.lock().clone() {
        return HttpResponse::build(status(&refusal)).body(refusal.body);
    }
    let serial = seen.granted.fetch_add(1, Ordering::Relaxed) + 1;
    HttpResponse::Ok().json(json!({
        "access_token": format!("access-{serial}"), "expires_in": 3600, "token_type": "Bearer",
    }))
}

async fn send(seen: web::Data<Seen>, request: HttpRequest, body: web::Json<Value>) -> HttpResponse {
    let bearer = request.headers().get("authorization").expect("a bearer");
    let bearer = bearer.to_str().expect("text").to_owned();
    let only_checked = body["validate_only"] == true;
    seen.sends.lock().push((bearer, body.into_inner()));
    let canned = if only_checked {
        None
    } else {
        seen.answers.lock().pop_front()
    };
    let Some(canned) = canned else {
        return HttpResponse::Ok().json(json!({"name": "projects/demo-1/messages/1"}));
    };
    let mut answer = HttpResponse::build(status(&canned));
    if let Some(wait) = canned.retry_after {
        answer.insert_header(("retry-after", wait));
    }
    answer.body(canned.body)
}

fn status(canned: &Canned) -> StatusCode {
    StatusCode::from_u16(canned.status).expect("a status")
}
