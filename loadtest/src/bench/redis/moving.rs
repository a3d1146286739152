//! Everybody moves: how fast, how near to what Redis can take, and what searches make of it.

use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};

use super::carrying::{Carried, carrying};
use super::cases::Case;
use super::ceiling::{self, Kind};
use super::counters::Counters;
use super::geo::Geo;
use super::monitor::Monitor;
use super::ours::Ours;
use super::postgis::PostGis;
use super::servers::Servers;
use super::updates::{self, IN_FLIGHT, Rate, Shared};
use super::way::Truth;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::rng::Rng;

/// Steps of the ways over Redis, and of PostGIS, whose are slower.
const STEPS: usize = 100_000;
const STEPS_POSTGIS: usize = 40_000;
/// Steps whose commands are listened to.
const HEARD: usize = 4_000;
/// Steps per second while searches are timed; PostGIS gets a tenth.
const CARRIED_PER_S: f64 = 20_000.0;
/// Enough of them for the time that takes.
const CARRIED: usize = 75_000;
/// Batches under way at a time.
const BATCHES: usize = 4;
/// Connections of `redis-benchmark` at its best.
const MANY: usize = 50;

/// What came of it.
pub(super) struct Moving {
    pub(super) ours: Rate,
    pub(super) geo: Rate,
    /// A statement for each step, and many steps in one.
    pub(super) postgis: Rate,
    pub(super) postgis_batches: Rate,
    /// The commands of an update of ours.
    pub(super) kinds: Vec<Kind>,
    /// Commands that Redis reads together.
    pub(super) depth: usize,
    /// Updates per second with the commands of ours: over one connection, and over many.
    pub(super) ceiling: [f64; 2],
    pub(super) carried: Carried,
    pub(super) carried_postgis: Carried,
}

impl Moving {
    /// Moves people by all ways, and leaves nothing in Redis that could be searched.
    pub(super) async fn measure(
        servers: &Servers,
        case: &mut Case,
        ours: &Ours,
        geo: &Geo,
        redis: &mut MultiplexedConnection,
        rng: &mut Rng,
    ) -> Outcome<Self> {
        let steps = updates::steps(&mut case.places, STEPS, rng)?;
        let before = Counters::now(redis).await?;
        let of_ours = updates::rate(&steps, IN_FLIGHT, ours).await?;
        let asked = Counters::now(redis).await?.since(before);
        ours.settle(case, redis).await?;
        Truth::of(case).check(case, ours).await?;
        let of_geo = updates::rate(&steps, IN_FLIGHT, geo).await?;
        let few = steps.get(..STEPS_POSTGIS).unwrap_or(&steps);
        let singly = Shared::singly(&servers.database).await?;
        let postgis = updates::rate(few, IN_FLIGHT, &singly).await?;
        let batches = Shared::in_batches(&servers.database).await?;
        let postgis_batches = updates::rate(few, BATCHES, &batches).await?;
        drop(batches);

        let one = PostGis::again(&servers.database).await?;
        one.vacuum().await?;
        let steps = updates::steps(&mut case.places, CARRIED, rng)?;
        let carried = carrying(case, ours, ours, &steps, CARRIED_PER_S).await?;
        let tenth = CARRIED_PER_S / 10.0;
        let carried_postgis = carrying(case, &one, &singly, &steps, tenth).await?;

        let steps = updates::steps(&mut case.places, HEARD, rng)?;
        let monitor = Monitor::start(servers.redis.port()).await?;
        updates::rate(&steps, IN_FLIGHT, ours).await?;
        let end = format!("end of {}", case.name);
        let mut echo = redis::cmd("ECHO");
        echo.arg(&end).exec_async(redis).await.doing("ECHO")?;
        let kinds = ceiling::kinds(monitor.until_echo(&end).await?, HEARD);
        let each: f64 = kinds.iter().map(|kind| kind.per_update).sum();
        let depth = whole(each * STEPS as f64 / asked.reads);
        let port = servers.redis.port();
        let ceiling = [
            ceiling::per_s(port, &kinds, 1, depth, redis).await?,
            ceiling::per_s(port, &kinds, MANY, depth, redis).await?,
        ];
        Ok(Self {
            ours: of_ours,
            geo: of_geo,
            postgis,
            postgis_batches,
            kinds,
            depth,
            ceiling,
            carried,
            carried_postgis,
        })
    }

    pub(super) fn json(&self) -> Value {
        let kinds: Vec<_> = self
            .kinds
            .iter()
            .map(|kind| json!({"command": kind.name(), "per_update": kind.per_update}))
            .collect();
        json!({"muster": self.ours.json(), "geoadd": self.geo.json(),
               "postgis": self.postgis.json(), "postgis_batches": self.postgis_batches.json(),
               "commands": kinds, "depth": self.depth,
               "redis_benchmark_per_s": self.ceiling.map(f64::round),
               "carrying": {"muster": self.carried.json(),
                            "postgis": self.carried_postgis.json()}})
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "commands of one pipeline: some hundred"
)]
fn whole(depth: f64) -> usize {
    depth.round().max(1.0) as usize
}
