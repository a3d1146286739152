//! All ways answer the same searches by turns: times, processor time, counts.

use std::hint::black_box;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::cases::Case;
use super::counters::{Counters, Spent};
use super::way::Way;
use crate::bench::figures::{Times, round};
use muster_stand::failure::Outcome;

/// All ways take turns, so that noise falls on all.
const TURNS: usize = 10;
/// Searches of a turn.
const TURN: usize = 100;
/// A slow way asks for less in a turn than this would be.
const TURN_MAX: Duration = Duration::from_millis(200);
/// Searches whose commands and bytes are counted, and the longest that may take.
const COUNTED: usize = 200;
const COUNTED_MAX: Duration = Duration::from_secs(2);

/// What one way needed for one case and limit.
pub(super) struct Measured {
    pub(super) way: &'static str,
    pub(super) times: Times,
    /// Of all searches together.
    spent: Spent,
}

impl Measured {
    pub(super) fn p50_us(&self) -> f64 {
        self.times.us(0.5)
    }

    /// Processor time of the server per search, microseconds.
    pub(super) fn server_us(&self) -> f64 {
        self.spent.server_us / self.times.len() as f64
    }

    /// Processor time of this process per search, microseconds.
    pub(super) fn client_us(&self) -> f64 {
        self.spent.client_us / self.times.len() as f64
    }

    pub(super) fn json(&self) -> Value {
        json!({"way": self.way, "times": self.times.json(),
               "server_cpu_us": round(self.server_us()),
               "client_cpu_us": round(self.client_us())})
    }
}

/// Every way by turns.
pub(super) async fn by_turns(
    case: &Case,
    limit: usize,
    ways: &[&dyn Way],
) -> Outcome<Vec<Measured>> {
    let mut all = Vec::new();
    for way in ways {
        all.push(Measured {
            way: way.name(),
            times: Times::new()?,
            spent: Spent::default(),
        });
    }
    for turn in 0..TURNS {
        for (way, measured) in ways.iter().zip(&mut all) {
            let from = case.from.iter().cycle().skip(turn * TURN).take(TURN);
            let before = Spent::now(way.server())?;
            let begun = Instant::now();
            for from in from {
                let start = Instant::now();
                black_box(way.nearest(*from, limit, case.radius_m).await?);
                measured.times.add(start.elapsed());
                if begun.elapsed() > TURN_MAX {
                    break;
                }
            }
            measured.spent += Spent::now(way.server())?.since(before);
        }
    }
    Ok(all)
}

/// What a search makes Redis do, as Redis counts it.
pub(super) async fn counted(
    case: &Case,
    limit: usize,
    way: &dyn Way,
    redis: &mut MultiplexedConnection,
) -> Outcome<Counters> {
    let before = Counters::now(redis).await?;
    let begun = Instant::now();
    let mut searches = 0.0;
    for from in case.from.iter().take(COUNTED) {
        black_box(way.nearest(*from, limit, case.radius_m).await?);
        searches += 1.0;
        if begun.elapsed() > COUNTED_MAX {
            break;
        }
    }
    let all = Counters::now(redis).await?.since(before);
    Ok(all.over(searches))
}
