//! All ways answer the same searches by turns: times, and processor time of servers and of this
//! thread, to the nanosecond.

use std::hint::black_box;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::LIMIT;
use super::way::{Set, Way};
use crate::bench::figures::{Times, round};
use muster_stand::failure::{Context as _, Outcome};

/// Searches of a turn; all ways take turns, so that noise falls on all.
const TURN: usize = 500;
/// A slow way asks for less in a turn than this would be.
const TURN_MAX: Duration = Duration::from_millis(200);

/// What one way needed.
pub(super) struct Measured {
    pub(super) way: &'static str,
    pub(super) times: Times,
    /// Processor time of all searches together, microseconds.
    spent: Spent,
}

impl Measured {
    pub(super) fn p50_us(&self) -> f64 {
        self.times.us(0.5)
    }

    /// Processor time of the server for a search, microseconds; nothing if there is no server.
    pub(super) fn server_us(&self) -> Option<f64> {
        let server_us = self.spent.server_us?;
        Some(server_us / self.times.len() as f64)
    }

    /// Processor time of this process for a search, microseconds.
    pub(super) fn client_us(&self) -> f64 {
        self.spent.client_us / self.times.len() as f64
    }

    pub(super) fn json(&self) -> Value {
        json!({"way": self.way, "times": self.times.json(),
               "server_cpu_us": self.server_us().map(round),
               "client_cpu_us": round(self.client_us())})
    }
}

/// Every way by turns.
pub(super) async fn by_turns(set: &Set, ways: &[&dyn Way]) -> Outcome<Vec<Measured>> {
    let mut all = Vec::new();
    for way in ways {
        all.push(Measured {
            way: way.name(),
            times: Times::new()?,
            spent: Spent::default(),
        });
    }
    for turn in set.from.chunks(TURN) {
        for (way, measured) in ways.iter().zip(&mut all) {
            let before = Spent::so_far(way.server())?;
            let begun = Instant::now();
            for from in turn {
                let start = Instant::now();
                black_box(way.nearest(*from, LIMIT, set.radius_m).await?);
                measured.times.add(start.elapsed());
                if begun.elapsed() > TURN_MAX {
                    break;
                }
            }
            measured.spent.add(before, Spent::so_far(way.server())?);
        }
    }
    Ok(all)
}

/// Processor time of a server, if there is one, and of this thread.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    server_us: Option<f64>,
    client_us: f64,
}

impl Spent {
    fn so_far(server: Option<u32>) -> Outcome<Self> {
        let server_us = server.map(|pid| schedstat(&format!("/proc/{pid}/schedstat")));
        Ok(Self {
            server_us: server_us.transpose()?,
            client_us: schedstat("/proc/thread-self/schedstat")?,
        })
    }

    /// What was spent between two looks comes on top.
    fn add(&mut self, before: Self, after: Self) {
        let server_us = after.server_us.zip(before.server_us);
        if let Some((after, before)) = server_us {
            *self.server_us.get_or_insert(0.0) += after - before;
        }
        self.client_us += after.client_us - before.client_us;
    }
}

/// Microseconds on a processor so far: the first number, which is in nanoseconds.
fn schedstat(path: &str) -> Outcome<f64> {
    let text = std::fs::read_to_string(path).doing(format!("reading {path}"))?;
    let ns = text.split_whitespace().next().unwrap_or_default();
    let ns: f64 = ns.parse().doing(format!("reading {path}"))?;
    Ok(ns / 1000.0)
}
