//! Follows duties that turn by themselves.

use std::time::Duration;

use muster_core::dispatch::Dispatch;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::warn;

/// The deciding transaction evaluates duty anyway; this makes people known to the index again, in
/// the morning many thousands at once. A look that finds nobody reads two entries of indexes.
const EVERY: Duration = Duration::from_secs(1);
/// Most steps in one look, each of some hundred people; the rest is due again a second later.
const STEPS_MAX: usize = 200;

/// Runs until shutdown, on every node: whose duty turned is taken by one of them.
pub async fn follow_duty(dispatch: Dispatch, mut shutdown: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = shutdown.wait_for(|down| *down) => break,
        }
        for _ in 0..STEPS_MAX {
            match dispatch.follow_duty().await {
                Ok(0) => break,
                Ok(changed) => {
                    metrics::counter!("muster_duties_turned_total").increment(changed as u64);
                }
                Err(error) => {
                    warn!(%error, "changed duties could not be read");
                    break;
                }
            }
            if *shutdown.borrow() {
                break;
            }
        }
    }
}
