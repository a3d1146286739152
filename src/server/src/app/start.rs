//! What starts at boot, in its order, and how it ends.
//! The loops beside the requests: `loops.rs`.

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use super::error::{AppError, adapter, io};
use super::stores::Stores;
use super::{data_dir, embedded, listen, openapi, scaled};
use crate::config::{Backend, Config};
use crate::obs::start_logs;

/// What loops in flight may take to finish before the process ends anyway: a push attempt is
/// bounded by ten seconds.
const DRAIN_MAX: Duration = Duration::from_secs(12);

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

/// The runtime of the service and of its commands.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, AppError> {
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
    data_dir::keep_private(&config.data_dir)?;
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
    let server = listen::serve(listener, stores, workers).map_err(io(address))?;
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
