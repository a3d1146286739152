//! Looks at places whose hours begin, run or end.

use std::sync::Arc;
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::ports::PhoneLedger;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::warn;

/// Hours begin and end on the minute; nobody minds five seconds. A look that finds nobody due
/// reads one entry of an index, however many people there are.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until shutdown, on every node: who is due is looked at by one of them. What a node wrote
/// down and could not tell the index comes again a quarter of an hour later.
pub async fn follow_places(
    dispatch: Dispatch,
    times: Arc<dyn PhoneLedger>,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = shutdown.wait_for(|down| *down) => break,
        }
        match dispatch.follow_places(&*times).await {
            Ok(looked_at) => {
                metrics::counter!("muster_places_looked_at_total").increment(looked_at as u64);
            }
            Err(error) => warn!(%error, "places with hours could not be looked at"),
        }
    }
}
