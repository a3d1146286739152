//! The composition root: settings become adapters, adapters become the service. The only file
//! that knows every adapter.

use std::fs;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::OrgId;
use muster_core::domain::time::Millis;
use muster_core::ports::{Bus, Clock, Ledger, LiveIndex, PushGateway};
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::auth::{Issuer, Principal, Role};
use crate::bus::local::LocalBus;
use crate::config::{Backend, Config};
use crate::http::{self, Dependency, Hints, Parts, Readiness, Web};
use crate::ledger::{self, SqliteLedger};
use crate::live::memory::MemoryIndex;
use crate::obs::{Metrics, SystemClock, TimeOrderedIds, start_logs};
use crate::push::NoPush;
use crate::push::fcm::{Fcm, FcmSettings};
use crate::travel::crow::Crow;
use crate::worker::{Chores, NodeLoops, Pushes, Timers, upkeep};

/// Says in the data directory that its data are simulated; a real server never uses them.
const SIMULATED_MARK: &str = "simulated";

/// What loops in flight may take to finish before the process ends anyway: a push attempt is
/// bounded by ten seconds.
const DRAIN_MAX: Duration = Duration::from_secs(12);

/// Why the service cannot run; each is a sentence for the operator.
#[derive(Debug, Error)]
pub enum AppError {
    /// This build has no adapters for it.
    #[error("the scaled world (redis_urls, postgres_url) is not in this version")]
    NotInThisVersion,
    /// Real and simulated data must not mix.
    #[error("{0}")]
    Simulated(String),
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
    http::openapi().to_pretty_json().map_err(|e| e.to_string())
}

/// Brings the ledger's schema up to date.
pub fn migrate(config: &Config) -> Result<(), AppError> {
    let dir = data_dir(config)?;
    ledger::migrate(dir).map_err(adapter)
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
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(io("the async runtime"))?;
    runtime.block_on(async {
        let listener = TcpListener::bind(config.listen).map_err(io(config.listen))?;
        run(config, listener, stop_signal()).await
    })
}

/// The adapters of the embedded world, and the use-cases over them.
struct House {
    ledger: Arc<SqliteLedger>,
    index: Arc<MemoryIndex>,
    gateway: Arc<dyn PushGateway>,
    bus: Arc<LocalBus>,
    loops: Arc<NodeLoops>,
    dispatch: Dispatch,
}

impl House {
    /// Opens every adapter and loads the index; nothing runs yet.
    async fn open(config: &Config, dir: &Path) -> Result<Self, AppError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ledger = SqliteLedger::open(dir, Arc::clone(&clock)).map_err(adapter)?;
        let slots = dir.join("positions.slots");
        let index = Arc::new(MemoryIndex::open(Some(slots)).map_err(io("slot file"))?);
        let gateway = gateway(config, &clock)?;
        let bus = Arc::new(LocalBus::new());
        let timers = Arc::new(Timers::new());
        let loops = Arc::new(NodeLoops {
            pushes: Arc::new(Pushes::new(Arc::clone(&timers))),
            timers,
        });
        if config.valhalla_url.is_some() {
            warn!("travel.valhalla_url is set, but this version estimates as the crow flies");
        }
        let dispatch = Dispatch {
            ledger: Arc::clone(&ledger) as Arc<dyn Ledger>,
            roster: Arc::clone(&ledger) as _,
            agenda: Arc::clone(&ledger) as _,
            feed: Arc::clone(&ledger) as _,
            index: Arc::clone(&index) as Arc<dyn LiveIndex>,
            travel: Arc::new(Crow),
            bus: Arc::clone(&bus) as Arc<dyn Bus>,
            loops: Arc::clone(&loops) as _,
            clock,
            ids: Arc::new(TimeOrderedIds),
            plans: Arc::new(config.plans.clone()),
        };
        let enrolled = dispatch.load_index().await.map_err(adapter)?;
        let positions = index.positions();
        info!(enrolled, positions, simulated = config.simulated, "loaded");
        Ok(Self {
            ledger,
            index,
            gateway,
            bus,
            loops,
            dispatch,
        })
    }

    fn web(
        &self,
        config: &Config,
        dir: &Path,
        shutdown: watch::Receiver<bool>,
    ) -> Result<Web, AppError> {
        let parts = Parts {
            verifier: Arc::new(Issuer::open(dir).map_err(adapter)?.verifier()),
            hints: Box::new(Watched(Arc::clone(&self.bus))),
            readiness: Box::new(Embedded {
                ledger: Arc::clone(&self.ledger),
                index: Arc::clone(&self.index),
                gateway: Arc::clone(&self.gateway),
            }),
            metrics: rendered(&self.ledger),
            simulated: config.simulated,
            shutdown,
        };
        Ok(Web::new(self.dispatch.clone(), parts))
    }

    fn start_loops(&self, config: &Config, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let flushed = Arc::clone(&self.index);
        let aged = Arc::clone(&self.index);
        let chores = Chores {
            flush: Arc::new(move || flushed.flush()),
            drop_older: Arc::new(move |t| aged.drop_older_than(t)),
            fix_age_max: Millis::from_s(i64::from(config.retention.fix_s)),
            private_kept: Millis::from_s(i64::from(config.retention.private_h) * 3600),
        };
        let timers = Arc::clone(&self.loops.timers);
        let (dispatch, timers_stop) = (self.dispatch.clone(), stop.clone());
        let warming = Arc::clone(&self.gateway);
        let pushes = Arc::clone(&self.loops.pushes).run(
            Arc::clone(&self.gateway),
            self.dispatch.clone(),
            stop.clone(),
        );
        vec![
            tokio::spawn(pushes),
            tokio::spawn(async move { timers.run(dispatch, timers_stop).await }),
            tokio::spawn(upkeep(self.dispatch.clone(), chores, stop.clone())),
            tokio::spawn(async move { warming.warm().await }),
        ]
    }
}

/// Runs the service on a bound listener until `stop` resolves.
pub async fn run(
    config: Config,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<(), AppError> {
    let dir = data_dir(&config)?;
    mark_simulated(dir, config.simulated)?;
    let house = House::open(&config, dir).await?;
    let (loops_down, loops_stop) = watch::channel(false);
    let running = house.start_loops(&config, &loops_stop);
    let (closing, http_stop) = watch::channel(false);
    let web = actix_web::web::Data::new(house.web(&config, dir, http_stop)?);
    let address = listener.local_addr().map_err(io("listener"))?;
    let workers = config
        .workers
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZeroUsize::get));
    let server = http::serve(listener, web, workers).map_err(io(address))?;
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
    house.ledger.close().await;
    info!("stopped");
    Ok(())
}

/// Viewers of the feed wait on the bus of this node.
struct Watched(Arc<LocalBus>);

impl Hints for Watched {
    fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// What the embedded world depends on.
struct Embedded {
    ledger: Arc<SqliteLedger>,
    index: Arc<MemoryIndex>,
    gateway: Arc<dyn PushGateway>,
}

#[async_trait]
impl Readiness for Embedded {
    async fn check(&self) -> Vec<Dependency> {
        let ledger = self.ledger.check().await;
        let push = self.gateway.health();
        vec![
            Dependency {
                name: "ledger".to_owned(),
                ok: ledger.is_ok(),
                needed: true,
                detail: ledger.err().map(|_private| "cannot be written".to_owned()),
            },
            Dependency {
                name: "index".to_owned(),
                ok: true,
                needed: true,
                detail: Some(format!("{} findable", self.index.len())),
            },
            Dependency {
                name: "push".to_owned(),
                ok: push.is_ok(),
                needed: false,
                detail: push.err(),
            },
        ]
    }
}

/// The exposition text, with the depths of the ledger's queues as they are now.
fn rendered(ledger: &Arc<SqliteLedger>) -> Box<dyn Fn() -> String + Send + Sync> {
    let ledger = Arc::clone(ledger);
    // a process that already has a registry (tests) renders nothing of its own
    let metrics = Metrics::install().ok();
    Box::new(move || {
        let depths = ledger.queue_depths();
        for (lane, depth) in [
            ("emergency", depths.emergency),
            ("receipts", depths.receipts),
            ("routine", depths.routine),
        ] {
            metrics::gauge!("muster_ledger_queue_depth", "lane" => lane).set(depth as f64);
        }
        metrics.as_ref().map(Metrics::render).unwrap_or_default()
    })
}

async fn finish(running: Vec<JoinHandle<()>>) {
    for task in running {
        if let Err(error) = task.await {
            error!(%error, "a loop ended badly");
        }
    }
}

fn gateway(config: &Config, clock: &Arc<dyn Clock>) -> Result<Arc<dyn PushGateway>, AppError> {
    let Some(key_file) = &config.fcm.service_account else {
        warn!("fcm.service_account is not set: no phone will be woken");
        return Ok(Arc::new(NoPush));
    };
    let settings = FcmSettings {
        service_account: key_file.clone(),
        base_url: config.fcm.base_url.clone(),
        ca_file: config.tls_ca_file.clone(),
        connections: config.fcm.connections,
        simulated: config.simulated,
    };
    let fcm = Fcm::open(&settings, Arc::clone(clock)).map_err(adapter)?;
    Ok(Arc::new(fcm))
}

fn data_dir(config: &Config) -> Result<&Path, AppError> {
    match &config.backend {
        Backend::Embedded { data_dir } => {
            fs::create_dir_all(data_dir).map_err(io(data_dir.display()))?;
            Ok(data_dir)
        }
        Backend::Scaled { .. } => Err(AppError::NotInThisVersion),
    }
}

/// A data directory is simulated or real for ever, so that no test ever wakes somebody real.
fn mark_simulated(dir: &Path, simulated: bool) -> Result<(), AppError> {
    let mark = dir.join(SIMULATED_MARK);
    let used = dir.join("muster.db").exists();
    let shown = dir.display();
    match (mark.exists(), simulated) {
        (true, false) => Err(AppError::Simulated(format!(
            "{shown} holds simulated data: set MUSTER__SIMULATED=true or use another directory"
        ))),
        (false, true) if used => Err(AppError::Simulated(format!(
            "{shown} holds real data: a simulated server must use another directory"
        ))),
        (false, true) => fs::write(&mark, "").map_err(io(mark.display())),
        (true, true) | (false, false) => Ok(()),
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
