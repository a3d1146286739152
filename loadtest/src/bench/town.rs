//! A city of responders, and the worlds that serve it: one server over its own folder, or several
//! nodes over PostgreSQL and Redis. Filled before the servers start, each its own process; the push
//! stand-in is in this one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_core::domain::place::Point;
use muster_live::memory::MemoryIndex;
use tokio::time::Instant;

use super::machine;
use super::nearest::index_of;
use super::places::Area;
use crate::plans::Plans;
use crate::seed::{self, Crowd};
use crate::stages::Stages;
use muster_stand::engines::{Postgres, Redis};
use muster_stand::failure::{Failure, Outcome};
use muster_stand::geo::LatLon;
use muster_stand::process::{Server, ServerConfig, find_binary};
use muster_stand::rng::Rng;
use muster_stand::say::say;
use muster_stand::standin::{StandIn, StandInConfig};

/// The organisation of the bench.
pub(super) const ORG: &str = "bench";
/// Responders whose phones report; each has a token of its own.
const REPORTING: usize = 20_000;
/// Asked at once by each incident.
pub(super) const ASKED: u32 = 50;
/// No plan of the bench looks further, metres.
pub(super) const RADIUS_M: f64 = 5_000.0;
/// PostgreSQL on a machine that it shares: the tables of a million fit its memory, and no
/// checkpoint falls into a measurement because of size.
const POSTGRES: [(&str, &str); 2] = [("shared_buffers", "1GB"), ("max_wal_size", "8GB")];

/// What the town is made of.
pub(super) struct TownConfig {
    pub(super) people: usize,
    pub(super) seed: u64,
    pub(super) muster: Option<PathBuf>,
    /// Where everything goes; on a disk.
    pub(super) dir: PathBuf,
}

/// The people, and who takes their pushes.
pub(super) struct Town {
    pub(super) standin: StandIn,
    pub(super) crowd: Crowd,
    /// Everybody where they were at first, in this process.
    pub(super) index: Arc<MemoryIndex>,
    binary: PathBuf,
    plans: PathBuf,
    dir: PathBuf,
}

/// A filled world, without servers.
pub(super) struct World {
    /// As people call it.
    pub(super) name: &'static str,
    pub(super) config: ServerConfig,
    /// One token each for the first of the responders.
    pub(super) phones: Arc<Vec<Phone>>,
    pub(super) desk: String,
    /// What several nodes share; nothing for the embedded world.
    pub(super) engines: Option<Engines>,
}

/// PostgreSQL and Redis of our own. Dropping it ends both.
pub(super) struct Engines {
    pub(super) redis: Redis,
    pub(super) postgres: Postgres,
    /// Bytes that everybody takes in Redis.
    pub(super) redis_bytes: f64,
}

/// Somebody who reports.
pub(super) struct Phone {
    pub(super) token: String,
    pub(super) place: Point,
}

/// Running servers. Dropping it kills them.
pub(super) struct Nodes(Vec<Server>);

impl Town {
    /// Draws the people and starts the stand-in.
    pub(super) async fn new(config: &TownConfig) -> Outcome<Self> {
        let binary = find_binary(config.muster.as_deref())?;
        std::fs::create_dir_all(&config.dir).map_err(|e| Failure::new(e.to_string()))?;
        let dir = config.dir.clone();
        let standin = StandIn::start(StandInConfig::default(), &dir.join("standin")).await?;
        let plans = dir.join("plans.toml");
        machine::write(&plans, &plans_of_bench().to_toml())?;
        let mut rng = Rng::split(config.seed, 2);
        let places = Area::city(&mut rng).many(config.people, &mut rng)?;
        let places = places.iter().map(|at| LatLon::new(at.lat(), at.lon()));
        let crowd = Crowd::at(places)?;
        Ok(Self {
            standin,
            index: Arc::new(index_of(crowd.points()).await),
            crowd,
            binary,
            plans,
            dir,
        })
    }

    /// How many they are.
    pub(super) fn people(&self) -> usize {
        self.crowd.len()
    }

    fn config(&self, dir: &Path) -> ServerConfig {
        ServerConfig::new(&self.binary, dir)
            .with_standin(&self.standin)
            .with_plans(&self.plans)
    }

    /// A server over a folder without anybody, to compare with.
    pub(super) fn nobody(&self) -> ServerConfig {
        self.config(&self.dir.join("nobody"))
    }

    /// Everybody in the folder of one server.
    pub(super) async fn embedded(&self) -> Outcome<World> {
        let config = self.config(&self.dir.join("embedded"));
        let start = self.begin("embedded");
        seed::embedded::seed(&config.data_dir, ORG, &self.crowd).await?;
        took(start);
        self.world("embedded", config, None).await
    }

    /// Everybody in PostgreSQL and Redis.
    pub(super) async fn scaled(&self) -> Outcome<World> {
        let (redis, postgres) = tokio::join!(Redis::start(), Postgres::with(&POSTGRES));
        let (redis, postgres) = (redis?, postgres?);
        let database = postgres.create_database().await?;
        let config = self
            .config(&self.dir.join("scaled"))
            .with("MUSTER__REDIS_URLS", redis.url())
            .with("MUSTER__POSTGRES_URL", &database);
        let start = self.begin("scaled");
        let there = seed::scaled::Engines {
            postgres_url: database,
            redis_urls: vec![redis.url()],
        };
        let empty = used_memory(&redis).await?;
        seed::scaled::seed(&there, ORG, &self.crowd).await?;
        let redis_bytes = used_memory(&redis).await? - empty;
        took(start);
        let engines = Engines {
            redis,
            postgres,
            redis_bytes,
        };
        self.world("scaled", config, Some(engines)).await
    }

    fn begin(&self, world: &str) -> Instant {
        say(format!("{world} world: {} responders …", self.people()));
        Instant::now()
    }

    async fn world(
        &self,
        name: &'static str,
        config: ServerConfig,
        engines: Option<Engines>,
    ) -> Outcome<World> {
        let tokens = config.tokens(ORG);
        let subs: Vec<String> = (0..self.people().min(REPORTING)).map(Crowd::id).collect();
        let minted = tokens.mint_many("responder", &subs).await?;
        let phones = minted.into_iter().zip(self.crowd.points().iter());
        let phones = phones.map(|(token, place)| Phone {
            token,
            place: *place,
        });
        Ok(World {
            name,
            phones: Arc::new(phones.collect()),
            desk: tokens.mint("call_handler", "desk").await?,
            config,
            engines,
        })
    }
}

impl World {
    /// Starts so many nodes, one after the other, and waits until they know everybody.
    pub(super) async fn start(&self, nodes: usize) -> Outcome<Nodes> {
        let start = Instant::now();
        let mut servers = Vec::new();
        for number in 0..nodes {
            let mut config = self.config.clone();
            // a log of its own, also among those of earlier nodes of the same world
            let log = format!("muster-{nodes}-{number}.log");
            config.log_file.set_file_name(log);
            let server = Server::start(config).await?;
            if self.engines.is_some() {
                seed::scaled::knows_everybody(&server).await?;
            }
            servers.push(server);
        }
        say(format!(
            "{} world: {nodes} up, {:.1} s",
            self.name,
            start.elapsed().as_secs_f64()
        ));
        Ok(Nodes(servers))
    }

    /// Processes behind the servers, which use the machine for them.
    pub(super) fn engine_pids(&self) -> Outcome<Vec<u32>> {
        let engines = self.engines.iter();
        let pids = engines.flat_map(|both| [both.redis.pid(), both.postgres.pid()]);
        pids.collect()
    }
}

impl Nodes {
    pub(super) fn urls(&self) -> Vec<String> {
        let urls = self.0.iter().map(|server| server.base_url().to_owned());
        urls.collect()
    }

    pub(super) fn pids(&self) -> Vec<u32> {
        self.0.iter().map(Server::pid).collect()
    }

    /// What their stages took so far.
    pub(super) async fn stages(&self) -> Outcome<Stages> {
        Stages::of(&self.urls()).await
    }

    /// Stops the servers by their pids; an error when one does not end well.
    pub(super) async fn stop(self) -> Outcome<()> {
        for server in self.0 {
            let ended = server.stop().await?;
            if !ended.success() {
                return Err(Failure::new(format!("a server ended with {ended}")));
            }
        }
        Ok(())
    }
}

/// Bytes that Redis says it uses.
async fn used_memory(redis: &Redis) -> Outcome<f64> {
    let info = redis.ask(&["INFO", "memory"]).await?;
    let line = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    line.and_then(|bytes| bytes.trim().parse().ok())
        .ok_or_else(|| Failure::new("Redis does not say what it uses"))
}

fn took(start: Instant) {
    say(format!("  {:.1} s", start.elapsed().as_secs_f64()));
}

/// Everybody wanted is asked at once, nobody further than 5 km, and nothing happens by itself while
/// the bench runs: whatever the kind of the incident.
fn plans_of_bench() -> Plans {
    let mut plans = Plans::real();
    for plan in &mut plans.plan {
        plan.answer_window_s = 600.0;
        plan.receipt_window_s = 600.0;
        plan.max_asked = plan.max_asked.max(ASKED);
        plan.waves.truncate(1);
        for wave in &mut plan.waves {
            wave.radius_m = RADIUS_M;
            wave.at_once = ASKED;
        }
    }
    plans
}
