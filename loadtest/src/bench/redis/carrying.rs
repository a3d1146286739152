//! Searches while updates come in at a steady rate.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::cases::{Case, LIMIT};
use super::updates::{Mover, Step};
use super::way::Way;
use crate::bench::figures::Times;
use muster_stand::failure::Outcome;

/// A search each so often.
const EVERY: Duration = Duration::from_millis(5);
/// How long.
const LASTS: Duration = Duration::from_secs(3);
/// Updates are handed over this often.
const TICK: Duration = Duration::from_millis(2);

/// What came of it.
pub(super) struct Carried {
    pub(super) times: Times,
    /// Updates taken in a second.
    pub(super) per_s: f64,
}

impl Carried {
    pub(super) fn json(&self) -> Value {
        json!({"times": self.times.json(), "updates_per_s": self.per_s.round()})
    }
}

/// Updates at a rate and searches by the clock, whatever became of those before.
pub(super) async fn carrying(
    case: &Case,
    way: &dyn Way,
    mover: &dyn Mover,
    steps: &[Step],
    per_s: f64,
) -> Outcome<Carried> {
    let end = Instant::now() + LASTS;
    let updates = async {
        let mut under_way = FuturesUnordered::new();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (start, mut given, mut taken) = (Instant::now(), 0_usize, 0_usize);
        while Instant::now() < end {
            tokio::select! {
                _ = ticks.tick() => {
                    let due = whole(start.elapsed().as_secs_f64() * per_s).min(steps.len());
                    let together = mover.together();
                    while due.saturating_sub(given) >= together {
                        under_way.push(mover.shift(&steps[given..given + together]));
                        given += together;
                    }
                }
                // one that is not taken in time counts as none
                Some(done) = under_way.next() => {
                    taken += if done.is_ok() { mover.together() } else { 0 };
                }
            }
        }
        Ok(taken as f64 / start.elapsed().as_secs_f64())
    };
    let searches = async {
        let mut times = Times::new()?;
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for from in case.from.iter().cycle() {
            ticks.tick().await;
            if Instant::now() > end {
                break;
            }
            let start = Instant::now();
            way.nearest(*from, LIMIT, case.radius_m).await?;
            times.add(start.elapsed());
        }
        Ok(times)
    };
    let (per_s, times) = futures_util::future::try_join(updates, searches).await?;
    Ok(Carried { times, per_s })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of some thousands"
)]
fn whole(count: f64) -> usize {
    count as usize
}
