//! The index of many nodes beside Redis's own GEOSEARCH and beside PostGIS: the same people, the
//! same searches, one connection each, by turns.
//!
//! Every way is asked from one thread that also drives its connection, so that what this process
//! needs for a search can be told from what the server needs. The peers hold a number and a place;
//! ours also filters by organisation, age and skills, and returns who it is.
//!
//! Invariant: nothing is timed before each way agreed with a look at everybody.

mod aims;
mod carrying;
mod cases;
mod ceiling;
mod counters;
mod geo;
mod ledger;
mod monitor;
mod moving;
mod ours;
mod postgis;
mod searches;
mod servers;
mod tables;
mod updates;
mod way;

use redis::aio::MultiplexedConnection;
use serde_json::json;
use tokio::time::Instant;

use super::figures::{Report, Times, round, show_us};
use aims::Aims;
use cases::{Case, Cases, LIMIT};
use counters::{Counters, used_memory};
use geo::Geo;
pub(super) use ledger::ByRule;
use moving::Moving;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::rng::Rng;
use muster_stand::say::say;
use ours::Ours;
use postgis::PostGis;
use searches::{Measured, by_turns, counted};
pub(super) use servers::Servers;
use way::{Truth, Way};

/// Round trips of the floor.
const PINGS: usize = 5_000;

/// A case with everything measured.
struct Figures {
    case: Case,
    /// Bytes of ours, of the sorted set, and of the table.
    bytes: [f64; 3],
    /// People put in per second, by ours.
    load_per_s: f64,
    by_limit: Vec<ByLimit>,
    moving: Option<Moving>,
}

/// All ways for one limit.
struct ByLimit {
    limit: usize,
    /// Ours, GEOSEARCH, PostGIS.
    ways: Vec<Measured>,
    /// What ours asks of Redis for a search, as Redis counts.
    redis: Counters,
    /// The same of GEOSEARCH.
    geo: Counters,
    /// People that ours read for a search, as the index counts.
    entries: f64,
}

/// All cases.
pub(super) async fn run(
    report: &mut Report,
    servers: Servers,
    people: usize,
    seed: u64,
) -> Outcome<()> {
    let versions = servers.versions().await?;
    say(format!("redis: {versions}"));
    // one thread, with nothing else on it
    let measured = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .doing("starting a runtime")?;
        runtime.block_on(measure(&servers, people, seed))
    });
    let (ping, figures) = measured.await.doing("measuring Redis")??;
    tables::show(report, &ping, &figures);
    let mut aims = Aims::default();
    tables::judge(&mut aims, &figures);
    let aims = aims.show(report);
    let all: Vec<_> = figures.iter().map(tables::json).collect();
    report.figure(
        "redis",
        json!({"versions": versions, "ping": ping.json(), "cases": all, "aims": aims}),
    );
    Ok(())
}

async fn measure(servers: &Servers, people: usize, seed: u64) -> Outcome<(Times, Vec<Figures>)> {
    let mut redis = geo::connect(&servers.redis.url()).await?;
    let mut ping = Times::new()?;
    for _ in 0..PINGS {
        let start = Instant::now();
        let ping_ = redis::cmd("PING");
        ping_.exec_async(&mut redis).await.doing("PING")?;
        ping.add(start.elapsed());
    }
    let mut cases = Cases::new(people, seed);
    let mut figures = Vec::new();
    let mut rng = Rng::split(seed, 8);
    while let Some(case) = cases.next()? {
        say(format!("redis: {} …", case.title()));
        let measured = measure_case(servers, case, &mut redis, &mut rng).await?;
        measured.by_limit.iter().for_each(ByLimit::say);
        figures.push(measured);
    }
    Ok((ping, figures))
}

/// One case: all ways are filled, checked, timed and counted.
async fn measure_case(
    servers: &Servers,
    mut case: Case,
    redis: &mut MultiplexedConnection,
    rng: &mut Rng,
) -> Outcome<Figures> {
    let (url, pid) = (servers.redis.url(), servers.redis.pid()?);
    redis::cmd("FLUSHALL")
        .exec_async(redis)
        .await
        .doing("FLUSHALL")?;
    let empty = used_memory(redis).await?;
    let start = Instant::now();
    let ours = Ours::start(&url, pid, case.places.len())?;
    ours.load(&case.places).await?;
    let load_per_s = case.places.len() as f64 / start.elapsed().as_secs_f64();
    ours.settle(&case, redis).await?;
    let with_ours = used_memory(redis).await?;
    let geo = Geo::load(redis.clone(), pid, &case.places).await?;
    let with_geo = used_memory(redis).await?;
    let postgis = PostGis::load(&servers.database, &case.places).await?;
    let bytes = [
        with_ours - empty,
        with_geo - with_ours,
        postgis.bytes().await?,
    ];
    let ways: [&dyn Way; 3] = [&ours, &geo, &postgis];
    let truth = Truth::of(&case);
    for way in ways {
        truth.check(&case, way).await?;
    }
    let mut by_limit = Vec::new();
    for limit in case.limits {
        let measured = by_turns(&case, *limit, &ways).await?;
        let before = ours.index.cost();
        let of_ours = counted(&case, *limit, &ours, redis).await?;
        let after = ours.index.cost();
        let searches = after.searches.saturating_sub(before.searches).max(1) as f64;
        by_limit.push(ByLimit {
            limit: *limit,
            ways: measured,
            redis: of_ours,
            geo: counted(&case, *limit, &geo, redis).await?,
            entries: after.entries.saturating_sub(before.entries) as f64 / searches,
        });
    }
    let moving = if case.whole {
        Some(Moving::measure(servers, &mut case, &ours, &geo, redis, rng).await?)
    } else {
        None
    };
    Ok(Figures {
        case,
        bytes,
        load_per_s,
        by_limit,
        moving,
    })
}

impl Figures {
    /// What was measured for [`LIMIT`].
    fn usual(&self) -> Option<&ByLimit> {
        self.by_limit.iter().find(|by| by.limit == LIMIT)
    }

    /// Bytes of one of somebody.
    fn each(&self, bytes: f64) -> f64 {
        round(bytes / self.case.places.len() as f64)
    }
}

impl ByLimit {
    /// For whoever waits for the tables.
    fn say(&self) {
        let ways = self.ways.iter().map(|way| {
            let (server, client) = (show_us(way.server_us()), show_us(way.client_us()));
            let p50 = show_us(way.p50_us());
            format!("{} {p50} (CPU {server} + {client})", way.way)
        });
        let ways: Vec<_> = ways.collect();
        let limit = self.limit;
        say(format!("  nearest {limit}, p50: {}", ways.join(", ")));
    }

    /// Medians of ours, GEOSEARCH and PostGIS, microseconds.
    fn p50_us(&self) -> Vec<f64> {
        self.ways.iter().map(Measured::p50_us).collect()
    }
}
