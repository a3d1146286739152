//! A whole simulated world: stand-in, server, phones. Demo, replay and measurements start here.

use crate::client::Api;
use crate::failure::{Context as _, Failure, Outcome};
use crate::phones::{Fleet, FleetConfig, Observer, Running, Trace};
use crate::plans::Plans;
use crate::process::{Server, ServerConfig, find_binary};
use crate::say::say;
use crate::standin::{Delivery, StandIn, StandInConfig};
use crate::tokens::Tokens;
use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The organisation of every simulated run.
pub const ORG: &str = "sim-town";
/// Deliveries on their way to the phones; a fleet takes them at once.
const DELIVERIES: usize = 10_000;
/// Between two looks at another process's stand-in.
const POLL: Duration = Duration::from_millis(50);

/// A server that somebody else started, with the stand-in that it pushes to.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// The server's address.
    pub server: String,
    /// Its data directory, for tokens.
    pub data_dir: PathBuf,
    /// The stand-in's control address.
    pub standin_control: String,
}

/// What world to start.
#[derive(Debug, Clone)]
pub struct WorldConfig {
    /// The `muster` binary; absent is the one beside this executable.
    pub binary: Option<PathBuf>,
    /// Where data, keys and logs go.
    pub dir: PathBuf,
    /// The server's address; port 0 takes a free one.
    pub listen: String,
    /// Durations of plans and people are divided by this.
    pub speed: f64,
    /// The phones' ways.
    pub traces: Vec<Trace>,
    /// Everything random comes from here.
    pub seed: u64,
    /// At most so many idle position reports per second, all phones together.
    pub fixes_per_s: f64,
    /// Further environment of the server.
    pub env: Vec<(String, String)>,
    /// Use this instead of starting a server and a stand-in.
    pub elsewhere: Option<Elsewhere>,
}

/// A running world.
pub struct World {
    /// The stand-in, when it is ours.
    pub standin: Option<StandIn>,
    /// The server, when it is ours.
    pub server: Option<Server>,
    /// Mints tokens for it.
    pub tokens: Tokens,
    /// A call handler.
    pub desk: Api,
    /// A coordinator.
    pub coordinator: Api,
    /// The phones.
    pub fleet: Arc<Fleet>,
    running: Running,
}

impl World {
    /// Starts everything and registers the phones.
    pub async fn start(config: WorldConfig, observer: Arc<dyn Observer>) -> Outcome<Self> {
        std::fs::create_dir_all(&config.dir).doing("making the run's folder")?;
        let binary = find_binary(config.binary.as_deref())?;
        let (standin, server, tokens, base_url) = if let Some(there) = &config.elsewhere {
            let tokens = Tokens::new(&binary, &there.data_dir, ORG, &config.env);
            (None, None, tokens, there.server.clone())
        } else {
            let standin = StandIn::start(StandInConfig::default(), &config.dir).await?;
            let server = start_server(&config, &binary, &standin).await?;
            let (tokens, url) = (server.tokens(ORG), server.base_url().to_owned());
            (Some(standin), Some(server), tokens, url)
        };
        let desk_token = tokens.mint("call_handler", "sim-desk").await?;
        let desk = Api::new(&base_url, &desk_token).doing("building a client")?;
        refuse_real(&desk).await?;
        let coordinator = desk.as_other(&tokens.mint("coordinator", "sim-coordinator").await?);

        let deliveries = match (&standin, &config.elsewhere) {
            (Some(standin), _) => standin.subscribe(DELIVERIES),
            (None, Some(there)) => poll(&there.standin_control).await?,
            (None, None) => return Err(Failure::new("there is no push stand-in")),
        };
        let total = config.traces.len();
        say(format!("registering {total} phones at {base_url} …"));
        let start = Instant::now();
        let spoken = Mutex::new(start);
        let progress = move |done: usize, total: usize| {
            let mut spoken = spoken.lock();
            if spoken.elapsed() > Duration::from_secs(2) || done == total {
                *spoken = Instant::now();
                say(format!(
                    "  {done}/{total} phones, {:.1} s",
                    start.elapsed().as_secs_f64()
                ));
            }
        };
        let mut phones = FleetConfig::new(config.seed, config.speed);
        phones.fixes_per_s = config.fixes_per_s.max(1.0);
        let with = (observer, progress);
        let fleet = Fleet::register(&coordinator, &tokens, config.traces, phones, with).await?;
        let running = fleet.run(deliveries);
        Ok(Self {
            standin,
            server,
            tokens,
            desk,
            coordinator,
            fleet,
            running,
        })
    }

    /// Stops the phones, then the server by its pid, then the stand-in.
    pub async fn stop(self) -> Outcome<()> {
        drop(self.running);
        if let Some(server) = self.server {
            let ended = server.stop().await?;
            if !ended.success() {
                return Err(Failure::new(format!("the server ended with {ended}")));
            }
        }
        Ok(())
    }
}

/// `NAME=VALUE` of the command line.
pub(crate) fn variable(pair: &str) -> Outcome<(String, String)> {
    let split = pair
        .split_once('=')
        .map(|(n, v)| (n.to_owned(), v.to_owned()));
    split.ok_or_else(|| Failure::new(format!("--env {pair} is not NAME=VALUE")))
}

async fn start_server(
    config: &WorldConfig,
    binary: &std::path::Path,
    standin: &StandIn,
) -> Outcome<Server> {
    let plans = config.dir.join("plans.toml");
    let text = Plans::real().scaled(config.speed).to_toml();
    std::fs::write(&plans, text).doing("writing the plans")?;
    let mut server = ServerConfig::new(binary, &config.dir)
        .with_standin(standin)
        .with_plans(&plans);
    server.listen.clone_from(&config.listen);
    server.env.extend(config.env.iter().cloned());
    Server::start(server).await
}

/// Nobody real is ever woken by this package.
async fn refuse_real(api: &Api) -> Outcome<()> {
    if api.is_simulated().await.doing("asking /readyz")? {
        Ok(())
    } else {
        let url = api.base_url();
        Err(Failure::new(format!(
            "{url} does not say `simulated: true` on /readyz; refused"
        )))
    }
}

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    seq: u64,
    address: String,
    project: String,
    data: BTreeMap<String, String>,
    age_ms: u64,
    message: serde_json::Value,
}

/// Follows a stand-in in another process, from now on.
async fn poll(control: &str) -> Outcome<mpsc::Receiver<Delivery>> {
    let api = Api::new(control, "").doing("building a client")?;
    let stats: serde_json::Value = api
        .get("/control/stats")
        .await
        .doing("asking the stand-in")?;
    let mut after = stats["taken"].as_u64().unwrap_or(0);
    let (to, from) = mpsc::channel(DELIVERIES);
    tokio::spawn(async move {
        while !to.is_closed() {
            // A stand-in that is away for a moment is asked again; it remembers.
            let page = api
                .get::<Page>(&format!("/control/messages?after={after}"))
                .await;
            let items = page.map(|p| p.items).unwrap_or_default();
            if items.is_empty() {
                tokio::time::sleep(POLL).await;
            }
            for item in items {
                after = item.seq;
                let now = Instant::now();
                let age = Duration::from_millis(item.age_ms);
                let delivery = Delivery {
                    seq: item.seq,
                    address: item.address,
                    project: item.project,
                    data: item.data,
                    arrived: now.checked_sub(age).unwrap_or(now),
                    message: Arc::new(item.message),
                };
                if to.send(delivery).await.is_err() {
                    return;
                }
            }
        }
    });
    Ok(from)
}
