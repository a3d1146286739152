//! How many moves a second each way takes, and what a move costs.

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use muster_core::domain::place::Point;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::counters::{cpu_us, own_cpu_us};
use super::geo::Geo;
use super::postgis::PostGis;
use crate::bench::figures::round;
use crate::bench::places;
use muster_stand::failure::Outcome;
use muster_stand::rng::Rng;

/// Moves under way at a time.
pub(super) const IN_FLIGHT: usize = 1_024;
/// A step of somebody walking, metres.
const STEP_M: f64 = 30.0;
/// Connections of PostgreSQL that share the moves.
const CONNECTIONS: u32 = 8;
/// Moves of one statement, where many go together.
const BATCH: usize = 500;
/// Connections that share those.
const BATCH_CONNECTIONS: u32 = 2;

/// Somebody and where they go.
pub(super) type Step = (u32, Point);

/// Takes steps.
#[async_trait(?Send)]
pub(super) trait Mover {
    /// One step, or a few of different people; returns when it is taken.
    async fn shift(&self, steps: &[Step]) -> Outcome<()>;
    /// The processes that answer.
    fn servers(&self) -> Vec<u32>;
    /// Steps to hand over together.
    fn together(&self) -> usize {
        1
    }
}

/// What a way does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) per_s: f64,
    /// Processor time of the server per step, microseconds.
    pub(super) server_us: f64,
    /// Processor time of this thread per step, microseconds.
    pub(super) client_us: f64,
}

impl Rate {
    pub(super) fn json(self) -> Value {
        json!({"per_s": self.per_s.round(), "server_cpu_us": round(self.server_us),
               "client_cpu_us": round(self.client_us)})
    }
}

/// Random people take steps, one after the other; their places move along.
pub(super) fn steps(places: &mut [Point], count: usize, rng: &mut Rng) -> Outcome<Vec<Step>> {
    let mut steps = Vec::with_capacity(count);
    for _ in 0..count {
        let who = rng.below(places.len());
        let to = places::step(places[who], STEP_M, rng)?;
        steps.push((u32::try_from(who).unwrap_or_default(), to));
        places[who] = to;
    }
    Ok(steps)
}

/// All steps as fast as they are taken.
pub(super) async fn rate(steps: &[Step], in_flight: usize, mover: &dyn Mover) -> Outcome<Rate> {
    let servers = mover.servers();
    let of_servers = || servers.iter().map(|pid| cpu_us(*pid)).sum::<Outcome<f64>>();
    let (server, client) = (of_servers()?, own_cpu_us()?);
    let start = Instant::now();
    stream::iter(steps.chunks(mover.together()))
        .map(|steps| mover.shift(steps))
        .buffer_unordered(in_flight)
        .try_collect::<()>()
        .await?;
    let seconds = start.elapsed().as_secs_f64();
    let count = steps.len() as f64;
    Ok(Rate {
        per_s: count / seconds,
        server_us: (of_servers()? - server) / count,
        client_us: (own_cpu_us()? - client) / count,
    })
}

#[async_trait(?Send)]
impl Mover for Geo {
    async fn shift(&self, steps: &[Step]) -> Outcome<()> {
        self.add(steps).await
    }

    fn servers(&self) -> Vec<u32> {
        vec![self.server]
    }
}

/// PostGIS over several connections, each with its own share of the people, so that steps of one
/// person stay in order and nobody waits for another's lock.
pub(super) struct Shared {
    connections: Vec<PostGis>,
    batches: bool,
}

impl Shared {
    /// A statement and a transaction for each step.
    pub(super) async fn singly(url: &str) -> Outcome<Self> {
        Self::over(url, CONNECTIONS, false).await
    }

    /// Many steps in one statement.
    pub(super) async fn in_batches(url: &str) -> Outcome<Self> {
        Self::over(url, BATCH_CONNECTIONS, true).await
    }

    async fn over(url: &str, count: u32, batches: bool) -> Outcome<Self> {
        let mut connections = Vec::new();
        for _ in 0..count {
            connections.push(PostGis::again(url).await?);
        }
        Ok(Self {
            connections,
            batches,
        })
    }

    /// The connection of somebody.
    fn of(&self, who: u32) -> usize {
        who as usize % self.connections.len()
    }
}

#[async_trait(?Send)]
impl Mover for Shared {
    async fn shift(&self, steps: &[Step]) -> Outcome<()> {
        if !self.batches {
            for (who, to) in steps {
                self.connections[self.of(*who)].shift(*who, *to).await?;
            }
            return Ok(());
        }
        let shares = self.connections.iter().enumerate().map(|(at, connection)| {
            let share = steps.iter().filter(|(who, _)| self.of(*who) == at);
            let mut share: Vec<Step> = share.copied().collect();
            // the last step of each person
            share.reverse();
            share.sort_by_key(|(who, _)| *who);
            share.dedup_by_key(|(who, _)| *who);
            async move { connection.shift_many(&share).await }
        });
        futures_util::future::try_join_all(shares).await.map(drop)
    }

    fn servers(&self) -> Vec<u32> {
        let connections = self.connections.iter();
        connections.map(|connection| connection.pid).collect()
    }

    fn together(&self) -> usize {
        if self.batches {
            BATCH * self.connections.len()
        } else {
            1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_end_where_their_last_step_led() {
        let mut rng = Rng::new(1);
        let start = Point::new(52.0, 13.0).unwrap();
        let mut places = vec![start; 10];
        let steps = steps(&mut places, 100, &mut rng).unwrap();
        for (who, place) in (0_u32..).zip(&places) {
            let last = steps.iter().rev().find(|(other, _)| *other == who);
            assert_eq!(last.map_or(start, |(_, to)| *to), *place);
        }
    }
}
