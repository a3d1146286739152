//! Keeps the positions of a node that holds them itself: to the slot file, and not for ever.

use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::Clock;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{info, warn};

/// Positions reach the slot file this often: a restart may forget so much movement.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Old positions are forgotten every so many ticks.
const DROP_EVERY: u32 = 60;

/// What the live index of this node wants done.
pub struct Positions {
    /// Writes changed positions to disk; returns how many.
    pub flush: Arc<dyn Fn() -> std::io::Result<usize> + Send + Sync>,
    /// Drops positions taken before the instant; returns how many.
    pub drop_older: Arc<dyn Fn(Timestamp) -> usize + Send + Sync>,
    /// Positions older than this are dropped.
    pub age_max: Millis,
}

/// Runs until shutdown, with one last flush.
pub async fn keep_positions(
    positions: Positions,
    clock: Arc<dyn Clock>,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval_at(Instant::now() + FLUSH_EVERY, FLUSH_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tick: u32 = 0;
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = shutdown.wait_for(|down| *down) => break,
        }
        tick = tick.wrapping_add(1);
        flush(&positions).await;
        if tick.is_multiple_of(DROP_EVERY) {
            let dropped = (positions.drop_older)(clock.now() - positions.age_max);
            if dropped > 0 {
                info!(dropped, "positions reached their age limit");
            }
        }
    }
    flush(&positions).await;
}

async fn flush(positions: &Positions) {
    let flush = Arc::clone(&positions.flush);
    match tokio::task::spawn_blocking(move || flush()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            metrics::counter!("muster_slot_file_errors_total").increment(1);
            warn!(%error, "positions could not be written to the slot file");
        }
        Err(error) => warn!(%error, "the flush of the slot file ended early"),
    }
}
