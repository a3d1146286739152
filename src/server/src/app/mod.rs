//! The composition root: settings become adapters, adapters become the service. The only room
//! that knows every adapter.

mod embedded;
mod openapi;
mod private;
mod routes;
mod scaled;
mod server;
mod services;
mod stores;

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::time::Duration;

use muster_core::domain::ids::OrgId;
use muster_core::ports::Clock as _;
use muster_ledger::PostgresSettings;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::auth::{Issuer, Principal, Role};
use crate::config::{Backend, Config};
use crate::obs::{SystemClock, start_logs};
pub use private::make_private;
use stores::Stores;

/// What loops in flight may take to finish before the process ends anyway: a push attempt is
/// bounded by ten seconds.
const DRAIN_MAX: Duration = Duration::from_secs(12);

/// Why the service cannot run; each is a sentence for the operator.
#[derive(Debug, Error)]
pub enum AppError {
    /// Real and simulated data must not mix.
    #[error("{0}")]
    Simulated(String),
    /// What only the server may read can be read by others.
    #[error("{0}")]
    Readable(String),
    /// A file or socket.
    #[error("{what}: {cause}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        cause: std::io::Error,
    },
    /// An adapter refused to start.
    #[error("{0}")]
    Adapter(String),
}

fn io(what: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> AppError {
    let what = what.to_string();
    move |cause| AppError::Io { what, cause }
}

fn adapter(error: impl std::fmt::Display) -> AppError {
    AppError::Adapter(error.to_string())
}

/// The description of the HTTP API, pretty-printed.
pub fn openapi() -> Result<String, String> {
    openapi::openapi()
        .to_pretty_json()
        .map_err(|e| e.to_string())
}

/// Reads and opens what the settings name as far as that can be done without running.
pub fn check(config: &Config) -> Result<(), AppError> {
    services::map(config).map(|_unused| ())
}

/// Brings the ledger's schema up to date.
pub fn migrate(config: &Config) -> Result<(), AppError> {
    private::keep_private(&config.data_dir)?;
    match &config.backend {
        Backend::Embedded { data_dir } => muster_ledger::migrate(data_dir).map_err(adapter),
        Backend::Scaled { postgres_url, .. } => runtime()?
            .block_on(muster_ledger::migrate_postgres(&postgres(
                config,
                postgres_url,
            )))
            .map_err(adapter),
    }
}

fn postgres(config: &Config, url: &str) -> PostgresSettings {
    PostgresSettings {
        url: url.to_owned(),
        ca_file: config.tls_ca_file.clone(),
    }
}

/// Tokens for each subject, signed by the local issuer; works beside a running server.
pub fn tokens(
    config: &Config,
    role: &str,
    org: &str,
    subs: &[String],
    ttl_s: u32,
) -> Result<Vec<String>, String> {
    let role = Role::parse(role).ok_or_else(|| {
        format!("`{role}` is no role: call_handler, responder, coordinator or admin")
    })?;
    let issuer = Issuer::open(&config.data_dir).map_err(|e| e.to_string())?;
    let now = SystemClock.now();
    subs.iter()
        .map(|sub| {
            let who = Principal {
                role,
                org: OrgId::from(org),
                sub: sub.clone(),
                device: None,
                renewable_until: None,
            };
            issuer.mint(&who, ttl_s, now).map_err(|e| e.to_string())
        })
        .collect()
}

/// Runs the service until SIGTERM or Ctrl-C.
pub fn serve(config: Config) -> Result<(), AppError> {
    start_logs(&config.log);
    // a second install (tests in one process) keeps the first
    let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
    runtime()?.block_on(async {
        let listener = TcpListener::bind(config.listen).map_err(io(config.listen))?;
        run(config, listener, stop_signal()).await
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, AppError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(io("the async runtime"))
}

/// Runs the service on a bound listener until `stop` resolves.
pub async fn run(
    config: Config,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<(), AppError> {
    private::keep_private(&config.data_dir)?;
    let services = match &config.backend {
        Backend::Embedded { data_dir } => embedded::open(&config, data_dir).await?,
        Backend::Scaled {
            redis_urls,
            postgres_url,
        } => scaled::open(&config, redis_urls, postgres_url).await?,
    };
    let (loops_down, loops_stop) = watch::channel(false);
    let running = services.start_loops(&config, &loops_stop);
    let document = openapi::openapi().to_json().map_err(adapter)?;
    let (closing, http_stop) = watch::channel(false);
    let stores = Stores::new(&services, &config, http_stop, document)?;
    let address = listener.local_addr().map_err(io("listener"))?;
    let workers = config
        .workers
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
    let mut running = running;
    let feed = stores.feed.clone();
    running.push(tokio::spawn(async move { feed.run(loops_stop).await }));
    let server = server::serve(listener, stores, workers).map_err(io(address))?;
    let handle = server.handle();
    let serving = tokio::spawn(server);
    info!(listening = %address, "muster answers");

    stop.await;
    info!("stopping: requests under way are finished, then loops, then the ledger");
    closing.send_replace(true);
    handle.stop(true).await;
    if let Ok(Err(error)) = serving.await {
        error!(%error, "the HTTP server ended badly");
    }
    loops_down.send_replace(true);
    let finished = tokio::time::timeout(DRAIN_MAX, finish(running)).await;
    if finished.is_err() {
        warn!("a loop did not finish in time; what it was doing is on disk");
    }
    services.world.close().await;
    info!("stopped");
    Ok(())
}

async fn finish(running: Vec<JoinHandle<()>>) {
    for task in running {
        if let Err(error) = task.await {
            error!(%error, "a loop ended badly");
        }
    }
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            warn!(%error, "SIGTERM cannot be watched; Ctrl-C can");
            drop(tokio::signal::ctrl_c().await);
        }
    }
}
