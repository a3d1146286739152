//! The push stand-in: a TLS + HTTP/2 server that behaves as FCM v1 and its token endpoint do, and
//! as the push services of browsers.
//!
//! What it takes is recorded (bounded) and handed to whoever simulates the phones. Faults are set
//! in process ([`StandIn::faults`]) or over HTTP ([`StandIn::control_url`]); the second port is
//! plain HTTP and stays up while the push port is "down".

mod account;
mod answer;
mod browser;
mod cert;
mod control;
mod faults;
mod record;
mod send;
mod serve;
mod token;

#[cfg(test)]
mod tests;

use crate::failure::{Context as _, Outcome};
pub use browser::Subscription;
pub use faults::{Fault, FaultOrder, Faults, Rule};
pub use record::{Delivery, Stats};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How a stand-in behaves when nothing is wrong.
#[derive(Debug, Clone)]
pub struct StandInConfig {
    /// Where the push port listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The project that its service account belongs to; another one is refused with 403.
    pub project: String,
    /// Time between taking a message and acknowledging it.
    pub ack_latency: Duration,
    /// Life of the access tokens it issues.
    pub access_token_s: u64,
    /// How many messages it remembers; the oldest are forgotten first.
    pub keep: usize,
    /// HTTP/2 streams per connection: 100, as observed at Google in 2023.
    pub streams: u32,
}

impl Default for StandInConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            project: "muster-standin".to_owned(),
            ack_latency: Duration::ZERO,
            access_token_s: 3_600,
            keep: 50_000,
            streams: 100,
        }
    }
}

/// What every connection of a stand-in shares.
#[derive(Debug)]
struct Shared {
    config: StandInConfig,
    faults: Faults,
    record: record::Record,
    tokens: token::Tokens,
    browsers: browser::Browsers,
    base_url: String,
}

/// Makes browsers of a stand-in, for whoever does not hold it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Browsers(Arc<Shared>);

impl Browsers {
    /// A browser subscribes under a name; it takes pushes of any server.
    pub fn subscribe(&self, name: &str) -> Subscription {
        let shared = &self.0;
        shared.browsers.subscribe(&shared.base_url, name, None)
    }
}

/// A running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct StandIn {
    shared: Arc<Shared>,
    base_url: String,
    control_url: String,
    ca_file: PathBuf,
    service_account_file: PathBuf,
    tasks: Vec<JoinHandle<()>>,
}

impl StandIn {
    /// Makes keys and certificates in `dir` and starts listening.
    pub async fn start(config: StandInConfig, dir: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(dir).doing("making the stand-in's folder")?;
        let listener = TcpListener::bind(config.listen)
            .await
            .doing("binding the stand-in")?;
        let local = listener.local_addr().doing("asking the stand-in's port")?;
        let control = TcpListener::bind(("127.0.0.1", 0))
            .await
            .doing("binding the control port")?;
        let control_at = control.local_addr().doing("asking the control port")?;
        let base_url = format!("https://{local}");

        let authority = cert::Authority::new()?;
        let ca_file = dir.join("standin-ca.pem");
        std::fs::write(&ca_file, authority.ca_pem()).doing("writing the CA")?;
        let account = account::Account::generate(&config.project, &format!("{base_url}/token"))?;
        let service_account_file = dir.join("service-account.json");
        std::fs::write(&service_account_file, account.key_file()).doing("writing the account")?;

        let tls = authority.server_config()?;
        let shared = Arc::new(Shared {
            faults: Faults::default(),
            record: record::Record::new(config.keep),
            tokens: token::Tokens::new(account, config.access_token_s),
            browsers: browser::Browsers::default(),
            base_url: base_url.clone(),
            config,
        });
        let tasks = vec![
            tokio::spawn(serve::push_port(listener, tls, Arc::clone(&shared))),
            tokio::spawn(serve::control_port(control, Arc::clone(&shared))),
        ];
        let control_url = format!("http://{control_at}");
        Ok(Self {
            shared,
            base_url,
            control_url,
            ca_file,
            service_account_file,
            tasks,
        })
    }

    /// `https://127.0.0.1:PORT`, for `MUSTER__FCM__BASE_URL`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// `http://127.0.0.1:PORT`: `POST /control/faults`, `POST /control/token`,
    /// `POST /control/subscribe {"name", "server_key"?}`,
    /// `GET /control/messages?after=N`, `GET /control/arrivals?after=N`, `GET /control/stats`.
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// The CA as PEM, for `MUSTER__TLS_CA_FILE`.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// The key file, for `MUSTER__FCM__SERVICE_ACCOUNT`; its `token_uri` points here.
    pub fn service_account_file(&self) -> &Path {
        &self.service_account_file
    }

    /// A browser subscribes under a name, which is its address in what is recorded; with a server's
    /// public key it takes pushes of that server alone.
    pub fn browser(&self, name: &str, server_key: Option<String>) -> Subscription {
        let browsers = &self.shared.browsers;
        browsers.subscribe(&self.base_url, name, server_key)
    }

    /// Makes browsers without holding the stand-in.
    pub fn browsers(&self) -> Browsers {
        Browsers(Arc::clone(&self.shared))
    }

    /// The browser's subscription ends: 410 from now on.
    pub fn end_browser(&self, name: &str) {
        self.shared.browsers.unsubscribe(name);
    }

    /// The faults to come; thread-safe.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Everything taken from now on, in order. A full channel holds up the acknowledgement (as a
    /// slow provider would) rather than dropping; a dropped receiver is forgotten.
    pub fn subscribe(&self, bound: usize) -> mpsc::Receiver<Delivery> {
        self.shared.record.subscribe(bound)
    }

    /// The messages taken with a number above `after` that are still remembered, oldest first.
    pub fn messages(&self, after: u64) -> Vec<Delivery> {
        self.shared.record.after(after)
    }

    /// How many requests were answered how.
    pub fn stats(&self) -> Stats {
        self.shared.record.stats()
    }

    /// Forgets every access token, so that the next send meets 401.
    pub fn revoke_access_tokens(&self) {
        self.shared.tokens.revoke();
    }

    /// What an outside test needs to know, as one JSON line.
    pub fn describe(&self) -> String {
        json!({"base_url": self.base_url, "control_url": self.control_url,
               "ca_file": self.ca_file, "service_account_file": self.service_account_file})
        .to_string()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // Connections end as well: they watch the faults' switch.
        self.shared.faults.close_for_good();
        for task in &self.tasks {
            task.abort();
        }
    }
}
