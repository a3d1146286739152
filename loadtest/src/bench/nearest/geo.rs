//! Redis's own way: one sorted set, GEOADD and GEOSEARCH.

use async_trait::async_trait;
use muster_core::domain::place::{EARTH_RADIUS_M, Point};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};

use super::way::{Near, Way};
use muster_stand::failure::{Context as _, Outcome};

/// The only key.
const KEY: &str = "geo";
/// Places in one command of a load.
const LOAD: usize = 5_000;
/// The radius of the earth that Redis reckons with, metres (`geohash_helper.c`).
const REDIS_RADIUS_M: f64 = 6_372_797.560_856;

/// A connection as every Redis client of the bench uses it, without a limit on answers: some
/// take a tenth of a second.
pub(in crate::bench) async fn connect(url: &str) -> Outcome<MultiplexedConnection> {
    let client = Client::open(url).doing("reading the address of Redis")?;
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let connection = client.get_multiplexed_async_connection_with_config(&config);
    connection.await.doing("connecting to Redis")
}

/// People in one sorted set, numbered from 0.
pub(super) struct Geo {
    redis: MultiplexedConnection,
    /// The process that answers.
    server: u32,
}

impl Geo {
    /// Puts all of them in.
    pub(super) async fn load(
        redis: MultiplexedConnection,
        server: u32,
        places: &[Point],
    ) -> Outcome<Self> {
        let mut geo = Self { redis, server };
        let mut who = 0_u32..;
        for some in places.chunks(LOAD) {
            let mut add = redis::cmd("GEOADD");
            add.arg(KEY);
            // the places first: the other way round a number is lost at the end of each part
            for (place, who) in some.iter().zip(who.by_ref()) {
                add.arg(place.lon()).arg(place.lat()).arg(who);
            }
            let done = add.exec_async(&mut geo.redis).await;
            done.doing("GEOADD")?;
        }
        Ok(geo)
    }
}

#[async_trait(?Send)]
impl Way for Geo {
    fn name(&self) -> &'static str {
        "GEOSEARCH"
    }

    fn server(&self) -> Option<u32> {
        Some(self.server)
    }

    fn tolerance_m(&self) -> f64 {
        // a place is held in 52 bits: a cell of 0.6 m at the equator
        1.0
    }

    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>> {
        let scale = REDIS_RADIUS_M / EARTH_RADIUS_M;
        let mut search = redis::cmd("GEOSEARCH");
        search
            .arg(KEY)
            .arg(&["FROMLONLAT"])
            .arg(from.lon())
            .arg(from.lat())
            .arg("BYRADIUS")
            .arg(radius_m * scale)
            .arg(&["m", "ASC", "COUNT"])
            .arg(limit)
            .arg("WITHDIST");
        let found: Vec<(u32, f64)> = search
            .query_async(&mut self.redis.clone())
            .await
            .doing("GEOSEARCH")?;
        Ok(found.into_iter().map(|(who, m)| (who, m / scale)).collect())
    }
}
