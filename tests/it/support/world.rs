//! The server, the stand-in, and the first people.

use super::http::Shared;
use super::{Caller, Desk, HOME, Phone, Settings, text};
use muster_stand::geo::LatLon;
use muster_stand::process::{Server, ServerConfig, find_binary};
use muster_stand::standin::{StandIn, StandInConfig};
use muster_stand::tokens::Tokens;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A running world. Dropping it kills the server by pid and checks what was logged so far.
pub(crate) struct World {
    /// A call handler.
    pub(crate) desk: Desk,
    /// A coordinator.
    pub(crate) coordinator: Desk,
    shared: Arc<Shared>,
    config: ServerConfig,
    server: Option<Server>,
    org: String,
    expected_errors: Vec<String>,
    secrets: Mutex<Vec<String>>,
    dir: TempDir,
}

impl World {
    /// The built-in plans (with a quick recheck), nothing special.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A world with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new();
        change(&mut settings);
        let dir = tempfile::tempdir().unwrap();
        let standin = StandIn::start(StandInConfig::default(), dir.path())
            .await
            .unwrap();
        let plans = dir.path().join("plans.toml");
        settings.write_plans(&plans);
        let mut config = ServerConfig::new(&binary(), dir.path())
            .with_standin(&standin)
            .with_plans(&plans)
            .with("MUSTER__WORKERS", "2");
        config.env.extend(settings.env);
        if let Some(dir) = settings.data_dir {
            config.data_dir = dir;
        }
        let server = Server::start(config.clone()).await.unwrap();
        let shared = Shared::new(server.base_url(), standin);
        let tokens = server.tokens(&settings.org);
        let (desk, coordinator) = tokio::join!(
            tokens.mint("call_handler", "desk-1"),
            tokens.mint("coordinator", "coordinator-1")
        );
        let (desk, coordinator) = (desk.unwrap(), coordinator.unwrap());
        Self {
            desk: Desk(Caller::new(&shared, &desk)),
            coordinator: Desk(Caller::new(&shared, &coordinator)),
            shared,
            config,
            server: Some(server),
            org: settings.org,
            expected_errors: settings.expected_errors,
            secrets: Mutex::new(settings.secrets),
            dir,
        }
    }

    /// The push stand-in, for its faults, messages and counts.
    pub(crate) fn standin(&self) -> &StandIn {
        &self.shared.standin
    }

    /// The running server (its pid, signals).
    pub(crate) fn server(&self) -> &Server {
        self.server.as_ref().expect("the server was stopped")
    }

    /// `http://127.0.0.1:PORT` as it is now.
    pub(crate) fn base_url(&self) -> String {
        self.shared.base.read().unwrap().clone()
    }

    /// The server's data directory.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.config.data_dir
    }

    /// A folder that lives as long as the world.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Mints tokens of an organisation.
    pub(crate) fn tokens(&self, org: &str) -> Tokens {
        self.config.tokens(org)
    }

    /// Somebody of any role in any organisation.
    pub(crate) async fn caller(&self, role: &str, org: &str, sub: &str) -> Caller {
        let token = self.tokens(org).mint(role, sub).await.unwrap();
        self.caller_with(&token)
    }

    /// Somebody with this token.
    pub(crate) fn caller_with(&self, token: &str) -> Caller {
        Caller::new(&self.shared, token)
    }

    /// Somebody without a token.
    pub(crate) fn anonymous(&self) -> Caller {
        Caller::anonymous(&self.shared)
    }

    /// A desk of another organisation.
    pub(crate) async fn desk_of(&self, org: &str) -> Desk {
        Desk(self.caller("call_handler", org, "desk-1").await)
    }

    /// A verified responder on duty with a phone, so many metres north of [`HOME`], on foot.
    pub(crate) async fn phone(&self, id: &str, north_m: f64) -> Phone {
        self.phone_at(id, HOME.offset_m(north_m, 0.0)).await
    }

    /// The same at any place.
    pub(crate) async fn phone_at(&self, id: &str, place: LatLon) -> Phone {
        let phone = self.enrolled(id, &json!({})).await;
        self.verify(&phone).await;
        phone.register().await;
        phone.duty(true).await;
        phone.stands_at(place).await;
        phone
    }

    /// A responder who is enrolled and nothing else. `more` replaces fields of the enrolment.
    pub(crate) async fn enrolled(&self, id: &str, more: &Value) -> Phone {
        let mut body = json!({"id": id, "name": format!("Name Of {id}"), "phone": "+49170000001",
                              "skills": ["bls"], "travel": "foot"});
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        let enrol = self.coordinator.post("/v1/responders", &body).await;
        assert_eq!(text(&enrol.expect(201), "state"), "pending");
        let phone = Phone::new(self.caller("responder", &self.org, id).await, id);
        let mut secrets = self.secrets.lock().unwrap();
        secrets.push(phone.address.clone());
        secrets.push(format!("Name Of {id}"));
        drop(secrets);
        phone
    }

    /// A coordinator verifies the responder.
    pub(crate) async fn verify(&self, phone: &Phone) {
        let path = format!("/v1/responders/{}/verify", phone.id);
        self.coordinator.post(&path, &json!({})).await.expect(200);
    }

    /// A coordinator suspends the responder.
    pub(crate) async fn suspend(&self, phone: &Phone) {
        let path = format!("/v1/responders/{}/suspend", phone.id);
        self.coordinator.post(&path, &json!({})).await.expect(200);
    }

    /// SIGKILL: as a crash. [`World::restart`] starts it again on the same data.
    pub(crate) async fn crash(&mut self) {
        self.server.take().expect("running").kill().await.unwrap();
    }

    /// SIGTERM and the end of the process.
    pub(crate) async fn stop(&mut self) {
        let ended = self.server.take().expect("running").stop().await.unwrap();
        assert!(ended.success(), "the server ended with {ended}");
    }

    /// Starts the server again on the same data, on another port; all actors find it there.
    pub(crate) async fn restart(&mut self) {
        let server = Server::start(self.config.clone()).await.unwrap();
        server
            .base_url()
            .clone_into(&mut self.shared.base.write().unwrap());
        self.server = Some(server);
    }

    /// Everything that all starts of the server logged.
    pub(crate) fn log_text(&self) -> String {
        std::fs::read_to_string(&self.config.log_file).unwrap_or_default()
    }

    /// The log must not hold this text.
    pub(crate) fn keeps_secret(&self, text: &str) {
        self.secrets.lock().unwrap().push(text.to_owned());
    }

    /// Stops the server politely; then the log must hold no ERROR and nothing secret.
    pub(crate) async fn finish(mut self) {
        if self.server.is_some() {
            self.stop().await;
        }
    }

    fn check_log(&self) {
        let log = self.log_text();
        for line in log
            .lines()
            .filter(|line| line.contains("\"ERROR\"") || line.contains("panicked"))
        {
            let expected = self
                .expected_errors
                .iter()
                .any(|words| line.contains(words.as_str()));
            assert!(expected, "an error in the log: {line}");
        }
        for secret in self.secrets.lock().unwrap().iter() {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert!(line.is_none(), "`{secret}` stands in the log: {line:?}");
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // kills it by pid, if it still runs
        drop(self.server.take());
        if std::thread::panicking() {
            return;
        }
        self.check_log();
    }
}

/// The built `muster`; `make test` builds it before the tests.
pub(crate) fn binary() -> PathBuf {
    find_binary(None).unwrap()
}
