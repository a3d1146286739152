//! The nearest fifty among a million, by every way in one run: ours in process beside an R-tree, ours
//! over Redis beside Redis's own GEOSEARCH and beside PostGIS.
//!
//! All ways answer the same searches by turns, each over one connection if it needs one, from one
//! thread that also drives the connections, so that what this process needs for a search can be
//! told from what the server needs. The peers hold a number and a place; ours also filters by
//! organisation, age and skills, and returns who it is.
//!
//! Invariant: nothing is timed before each way agreed with a look at everybody.

mod geo;
mod in_process;
mod over_redis;
mod postgis;
mod servers;
mod table;
mod tree;
mod turns;
mod way;

use redis::aio::MultiplexedConnection;
use tokio::time::Instant;

use super::figures::{Report, Times};
use super::places::Area;
use geo::Geo;
pub(super) use geo::connect;
use in_process::InProcess;
pub(super) use in_process::{fix, index_of, search};
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::rng::Rng;
use muster_stand::say::say;
use over_redis::OverRedis;
pub(super) use over_redis::{open, report_all};
use postgis::PostGis;
pub(super) use servers::Servers;
use tree::Tree;
use turns::{Measured, by_turns};
use way::{Set, Truth, Way};

/// How many a search asks for.
const LIMIT: usize = 50;
/// As far as a search looks in a city and in the country, metres.
const CITY_M: f64 = 5_000.0;
const COUNTRY_M: f64 = 30_000.0;
/// Places that searches start from.
const STARTS: usize = 5_000;
/// Round trips of the floor.
const PINGS: usize = 5_000;

/// Measures, prints, judges.
pub(super) async fn run(
    report: &mut Report,
    servers: Servers,
    people: usize,
    seed: u64,
) -> Outcome<()> {
    let versions = servers.versions().await?;
    say(format!("nearest: {versions}"));
    // one thread, with nothing else on it
    let measured = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .doing("starting a runtime")?;
        runtime.block_on(measure(&servers, people, seed))
    });
    let (ping, figures) = measured.await.doing("measuring the search")??;
    table::show(report, &versions, &ping, &figures);
    Ok(())
}

/// The floor of whatever goes over a connection, and every set with its ways.
async fn measure(
    servers: &Servers,
    people: usize,
    seed: u64,
) -> Outcome<(Times, Vec<(Set, Vec<Measured>)>)> {
    let mut redis = connect(&servers.redis.url()).await?;
    let mut ping = Times::new()?;
    for _ in 0..PINGS {
        let start = Instant::now();
        let ping_ = redis::cmd("PING");
        ping_.exec_async(&mut redis).await.doing("PING")?;
        ping.add(start.elapsed());
    }
    let mut rng = Rng::split(seed, 7);
    let areas = [
        ("city", Area::city(&mut rng), CITY_M),
        ("country", Area::Country, COUNTRY_M),
    ];
    let mut figures = Vec::new();
    for (name, area, radius_m) in areas {
        let set = Set {
            name,
            places: area.many(people, &mut rng)?,
            from: area.many(STARTS, &mut rng)?,
            radius_m,
        };
        say(format!("nearest: {people} people, {name} …"));
        let ways = one_set(servers, &set, &mut redis).await?;
        figures.push((set, ways));
    }
    Ok((ping, figures))
}

/// All ways are filled, checked, timed.
async fn one_set(
    servers: &Servers,
    set: &Set,
    redis: &mut MultiplexedConnection,
) -> Outcome<Vec<Measured>> {
    let (url, pid) = (servers.redis.url(), servers.redis.pid()?);
    let flush = redis::cmd("FLUSHALL");
    flush.exec_async(redis).await.doing("FLUSHALL")?;
    let in_process = InProcess::of(&set.places).await;
    let each = in_process.heap_bytes() as f64 / set.places.len() as f64;
    say(format!("  {each:.1} B of heap a person, in process"));
    let tree = Tree::of(&set.places);
    let over_redis = OverRedis::load(&url, pid, set).await?;
    let geo = Geo::load(redis.clone(), pid, &set.places).await?;
    let postgis = PostGis::load(&servers.database, &set.places).await?;
    let ways: [&dyn Way; 5] = [&in_process, &tree, &over_redis, &geo, &postgis];
    let truth = Truth::of(set);
    for way in ways {
        truth.check(set, way).await?;
    }
    by_turns(set, &ways).await
}
