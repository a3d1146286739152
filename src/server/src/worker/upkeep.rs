//! What has to be done now and then: the slot file, duties that end by themselves, forgetting.

use std::sync::Arc;
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::domain::time::{Millis, Timestamp};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};

/// Positions reach the slot file this often: a restart may forget so much movement.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Duties that ended by themselves are noticed this often. The deciding transaction reads the
/// duty anyway; this only keeps the index tidy.
const DUTY_EVERY: u32 = 5;
/// Old positions and old incidents are forgotten this often, in ticks of a second.
const FORGET_EVERY: u32 = 60;

/// What the live index of this node wants done.
pub struct Chores {
    /// Writes changed positions to disk; returns how many.
    pub flush: Arc<dyn Fn() -> std::io::Result<usize> + Send + Sync>,
    /// Drops positions taken before the instant; returns how many.
    pub drop_older: Arc<dyn Fn(Timestamp) -> usize + Send + Sync>,
    /// Positions older than this are dropped.
    pub fix_age_max: Millis,
    /// Private parts of incidents closed for longer are destroyed.
    pub private_kept: Millis,
}

/// Runs until shutdown, with one last flush.
pub async fn upkeep(dispatch: Dispatch, chores: Chores, mut shutdown: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval_at(Instant::now() + FLUSH_EVERY, FLUSH_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tick: u32 = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = shutdown.wait_for(|down| *down) => break,
        }
        tick = tick.wrapping_add(1);
        flush(&chores).await;
        if tick.is_multiple_of(DUTY_EVERY)
            && let Err(error) = dispatch.follow_duty().await
        {
            warn!(%error, "changed duties could not be read");
        }
        if tick.is_multiple_of(FORGET_EVERY) {
            forget(&dispatch, &chores).await;
        }
    }
    flush(&chores).await;
}

async fn flush(chores: &Chores) {
    let flush = Arc::clone(&chores.flush);
    match tokio::task::spawn_blocking(move || flush()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            metrics::counter!("muster_slot_file_errors_total").increment(1);
            warn!(%error, "positions could not be written to the slot file");
        }
        Err(error) => warn!(%error, "the flush of the slot file ended early"),
    }
}

async fn forget(dispatch: &Dispatch, chores: &Chores) {
    let now = dispatch.clock.now();
    let dropped = (chores.drop_older)(now - chores.fix_age_max);
    if dropped > 0 {
        info!(dropped, "positions reached their age limit");
    }
    match dispatch
        .agenda
        .forget_private(now - chores.private_kept)
        .await
    {
        Ok(0) => {}
        Ok(forgotten) => info!(forgotten, "incidents lost their private part at retention"),
        Err(error) => warn!(%error, "retention could not run"),
    }
}
