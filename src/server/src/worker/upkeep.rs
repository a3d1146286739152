//! What has to be done now and then: phones that fail, claims that ended, forgetting.

use std::sync::Arc;
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::domain::time::Millis;
use muster_core::ports::PhoneLedger;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};

/// Claims that ended are forgotten, and owners of phones that fail are told, this often.
const EVERY: Duration = Duration::from_secs(5);
/// Old incidents are forgotten every so many ticks.
const FORGET_EVERY: u32 = 12;
/// A last position no younger than this says nothing about the next one.
const TRACK_KEPT: Millis = Millis::from_s(3600);

/// Runs until shutdown. Private parts of incidents closed for longer than `private_kept` are
/// destroyed.
pub async fn upkeep(
    dispatch: Dispatch,
    phones: Arc<dyn PhoneLedger>,
    private_kept: Millis,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval_at(Instant::now() + EVERY, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tick: u32 = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = shutdown.wait_for(|down| *down) => break,
        }
        tick = tick.wrapping_add(1);
        if let Err(error) = dispatch.agenda.forget_claims().await {
            warn!(%error, "claims of those who were let go could not be forgotten");
        }
        tell_failing(&dispatch, &*phones).await;
        if tick.is_multiple_of(FORGET_EVERY) {
            forget(&dispatch, private_kept).await;
        }
    }
}

/// Tells owners of phones that fail.
async fn tell_failing(dispatch: &Dispatch, phones: &dyn PhoneLedger) {
    match phones.tell_failing(dispatch.clock.now()).await {
        Ok(told) => {
            let count = u64::try_from(told.who.len()).unwrap_or_default();
            metrics::counter!("muster_phones_failing_total").increment(count);
            dispatch.loops.send(told.rows);
            if !told.who.is_empty() {
                dispatch.bus.news(&told.who);
            }
        }
        Err(error) => warn!(%error, "owners of failing phones could not be told"),
    }
}

async fn forget(dispatch: &Dispatch, private_kept: Millis) {
    let now = dispatch.clock.now();
    dispatch.tracks.drop_older_than(now - TRACK_KEPT);
    let before = now - private_kept;
    match dispatch.agenda.forget_private(before).await {
        Ok(0) => {}
        Ok(forgotten) => info!(forgotten, "incidents lost their private part at retention"),
        Err(error) => warn!(%error, "retention could not run"),
    }
}
