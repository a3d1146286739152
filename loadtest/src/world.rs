//! A whole simulated world: stand-in, server, phones. Demo, replay and measurements start here.

use crate::phones::{Fleet, FleetConfig, Gaps, Observer, Running, Trace};
use crate::plans::Plans;
use crate::seed::{self, Crowd};
use muster_stand::client::{Api, Nodes};
use muster_stand::engines::{Postgres, Redis};
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::process::{Server, ServerConfig, find_binary};
use muster_stand::say::say;
use muster_stand::standin::{Delivery, StandIn, StandInConfig};
use muster_stand::tokens::Tokens;
use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// The organisation of every simulated run.
pub const ORG: &str = "sim-town";
/// Deliveries on their way to the phones; a fleet takes them at once.
const DELIVERIES: usize = 10_000;
/// Servers of the scaled world.
const NODES: usize = 3;
/// Between two looks at another process's stand-in.
const POLL: Duration = Duration::from_millis(50);

/// What stands behind the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Kind {
    /// One node and nothing beside it.
    #[default]
    Embedded,
    /// Three nodes over PostgreSQL and Redis, all of them our own.
    Scaled,
}

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
    /// What stands behind the servers.
    pub kind: Kind,
    /// The (first) server's address; port 0 takes a free one.
    pub listen: String,
    /// Durations of plans and people are divided by this.
    pub speed: f64,
    /// The phones' ways.
    pub traces: Vec<Trace>,
    /// Everybody, the phones first, put into the data before the servers start; the phones are
    /// registered over HTTP otherwise. Nobody of a crowd reports by themselves while idle.
    pub crowd: Option<Crowd>,
    /// Who has no network when; absent is nobody ever.
    pub gaps: Option<Gaps>,
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
    /// The servers, when they are ours.
    pub servers: Vec<Server>,
    /// Mints tokens for them.
    pub tokens: Tokens,
    /// A call handler.
    pub desk: Nodes,
    /// The phones.
    pub fleet: Arc<Fleet>,
    running: Running,
    engines: Option<Engines>,
}

/// What the scaled world keeps its data in.
struct Engines {
    redis: Redis,
    postgres: Postgres,
    database: String,
}

/// A process of a running world.
#[derive(Debug, Clone)]
pub struct Process {
    /// What it is.
    pub name: String,
    /// Its process id.
    pub pid: u32,
    /// Whether its children are counted with it.
    pub with_children: bool,
}

impl World {
    /// Starts everything and registers the phones.
    pub async fn start(config: WorldConfig, observer: Arc<dyn Observer>) -> Outcome<Self> {
        std::fs::create_dir_all(&config.dir).doing("making the run's folder")?;
        let binary = find_binary(config.binary.as_deref())?;
        let engines = match config.kind {
            Kind::Embedded => None,
            Kind::Scaled => Some(Engines::start().await?),
        };
        let (standin, servers, tokens, urls) = if let Some(there) = &config.elsewhere {
            let tokens = Tokens::new(&binary, &there.data_dir, ORG, &config.env);
            (None, Vec::new(), tokens, vec![there.server.clone()])
        } else {
            if let Some(crowd) = &config.crowd {
                sow(&config, crowd, engines.as_ref()).await?;
            }
            let standin = StandIn::start(StandInConfig::default(), &config.dir).await?;
            let servers = start_servers(&config, &binary, &standin, engines.as_ref()).await?;
            let urls: Vec<_> = servers.iter().map(|s| s.base_url().to_owned()).collect();
            let tokens = servers.first().map(|server| server.tokens(ORG));
            let tokens = tokens.ok_or_else(|| Failure::new("no server was started"))?;
            (Some(standin), servers, tokens, urls)
        };
        let (first, others) = urls
            .split_first()
            .ok_or_else(|| Failure::new("there is no server"))?;
        let desk_token = tokens.mint("call_handler", "sim-desk").await?;
        let desk = Api::new(first, &desk_token).doing("building a client")?;
        refuse_real(&desk).await?;
        let desk = Nodes::new(desk, others);
        let coordinator = tokens.mint("coordinator", "sim-coordinator").await?;
        let coordinator = desk.as_other(&coordinator, 0);

        let deliveries = match (&standin, &config.elsewhere) {
            (Some(standin), _) => standin.subscribe(DELIVERIES),
            (None, Some(there)) => poll(&there.standin_control).await?,
            (None, None) => return Err(Failure::new("there is no push stand-in")),
        };
        let mut phones = FleetConfig::new(config.seed, config.speed);
        phones.gaps = config.gaps;
        phones.browsers = standin.as_ref().map(StandIn::browsers);
        let fleet = if let Some(crowd) = config.crowd {
            phones.fixes_per_s = 0.0;
            let subs: Vec<_> = (0..config.traces.len()).map(Crowd::id).collect();
            let minted = tokens.mint_many("responder", &subs).await?;
            let people = minted.into_iter().zip(config.traces);
            Fleet::adopt(&desk, crowd, people, phones, observer)
        } else {
            phones.fixes_per_s = config.fixes_per_s.max(1.0);
            say(format!(
                "registering {} phones at {} …",
                config.traces.len(),
                urls.join(", ")
            ));
            let with = (observer, progress(Instant::now()));
            Fleet::register(&coordinator, &tokens, config.traces, phones, with).await?
        };
        let running = fleet.run(deliveries);
        Ok(Self {
            standin,
            servers,
            tokens,
            desk,
            fleet,
            running,
            engines,
        })
    }

    /// The processes that are ours, without this one.
    pub fn processes(&self) -> Outcome<Vec<Process>> {
        let process = |name: String, pid, with_children| Process {
            name,
            pid,
            with_children,
        };
        let servers = self.servers.iter().enumerate();
        let mut all: Vec<_> = servers
            .map(|(n, server)| process(format!("muster {}", n + 1), server.pid(), false))
            .collect();
        if let Some(engines) = &self.engines {
            all.push(process("redis".to_owned(), engines.redis.pid()?, false));
            let postgres = engines.postgres.pid()?;
            all.push(process("postgres".to_owned(), postgres, true));
        }
        Ok(all)
    }

    /// Stops the phones, then the servers by their pids, then what is behind them and the stand-in.
    pub async fn stop(self) -> Outcome<()> {
        drop(self.running);
        for server in self.servers {
            let ended = server.stop().await?;
            if !ended.success() {
                return Err(Failure::new(format!("a server ended with {ended}")));
            }
        }
        drop(self.engines);
        Ok(())
    }
}

impl Engines {
    async fn start() -> Outcome<Self> {
        say("starting PostgreSQL and Redis …");
        let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
        let (redis, postgres) = (redis?, postgres?);
        let database = postgres.create_database().await?;
        Ok(Self {
            redis,
            postgres,
            database,
        })
    }
}

/// Hears how many phones are registered, and says so now and then.
fn progress(start: Instant) -> impl Fn(usize, usize) {
    let spoken = Mutex::new(start);
    move |done: usize, total: usize| {
        let mut spoken = spoken.lock();
        if spoken.elapsed() > Duration::from_secs(2) || done == total {
            *spoken = Instant::now();
            say(format!(
                "  {done}/{total} phones, {:.1} s",
                start.elapsed().as_secs_f64()
            ));
        }
    }
}

/// Puts everybody where the servers will find them.
async fn sow(config: &WorldConfig, crowd: &Crowd, engines: Option<&Engines>) -> Outcome<()> {
    let start = Instant::now();
    say(format!("enrolling {} responders …", crowd.len()));
    match engines {
        None => seed::embedded::seed(&config.dir.join("data"), ORG, crowd).await?,
        Some(engines) => {
            let into = seed::scaled::Engines {
                postgres_url: engines.database.clone(),
                redis_urls: vec![engines.redis.url()],
            };
            seed::scaled::seed(&into, ORG, crowd).await?;
        }
    }
    say(format!("  {:.1} s", start.elapsed().as_secs_f64()));
    Ok(())
}

/// `NAME=VALUE` of the command line.
pub(crate) fn variable(pair: &str) -> Outcome<(String, String)> {
    let split = pair
        .split_once('=')
        .map(|(n, v)| (n.to_owned(), v.to_owned()));
    split.ok_or_else(|| Failure::new(format!("--env {pair} is not NAME=VALUE")))
}

async fn start_servers(
    config: &WorldConfig,
    binary: &Path,
    standin: &StandIn,
    engines: Option<&Engines>,
) -> Outcome<Vec<Server>> {
    let plans = config.dir.join("plans.toml");
    let text = Plans::real().scaled(config.speed).to_toml();
    std::fs::write(&plans, text).doing("writing the plans")?;
    let mut first = ServerConfig::new(binary, &config.dir)
        .with_standin(standin)
        .with_plans(&plans);
    first.listen.clone_from(&config.listen);
    first.env.extend(config.env.iter().cloned());
    let Some(engines) = engines else {
        return Ok(vec![Server::start(first).await?]);
    };
    first = first
        .with("MUSTER__REDIS_URLS", engines.redis.url())
        .with("MUSTER__POSTGRES_URL", &engines.database);
    let mut servers = Vec::new();
    // One after the other: the first makes the issuer's key, and the others sign with the same.
    for n in 0..NODES {
        let mut node = first.clone();
        if n > 0 {
            "127.0.0.1:0".clone_into(&mut node.listen);
        }
        node.log_file = config.dir.join(format!("muster-{n}.log"));
        servers.push(Server::start(node).await?);
    }
    if config.crowd.is_some() {
        for server in &servers {
            seed::scaled::knows_everybody(server).await?;
        }
    }
    Ok(servers)
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
