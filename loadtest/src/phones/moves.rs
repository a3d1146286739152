//! Idle phones report where they are, in turn, at a bounded rate.

use super::Fleet;
use futures_util::{StreamExt as _, stream};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};

/// An idle phone reports once in so many of its seconds, when the rate allows it.
const HEARTBEAT_S: f64 = 60.0;
/// Reports under way at once; what does not fit is skipped, as a phone without network would.
const AT_ONCE: usize = 32;
const TICK: Duration = Duration::from_millis(50);

/// Reports for ever.
pub(super) async fn report(fleet: Arc<Fleet>) {
    let phones = fleet.len();
    if phones == 0 || fleet.config.fixes_per_s <= 0.0 {
        return;
    }
    let wanted = phones as f64 * fleet.config.habits.speed / HEARTBEAT_S;
    let per_tick = wanted.min(fleet.config.fixes_per_s) * TICK.as_secs_f64();
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut credit, mut next) = (0.0, 0);
    loop {
        tick.tick().await;
        credit += per_tick;
        while credit >= 1.0 {
            credit -= 1.0;
            let n = next;
            next = (next + 1) % phones;
            if fleet.phones[n].engaged.lock().is_some() || fleet.no_network(n).is_some() {
                continue;
            }
            let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
                fleet.counts.fix("skipped");
                continue;
            };
            let fleet = Arc::clone(&fleet);
            tokio::spawn(async move {
                fleet.report_fix(n).await;
                drop(slot);
            });
        }
    }
}

impl Fleet {
    /// Every phone reports once; done before a run, since registering thousands takes a while and
    /// the first positions have aged.
    pub async fn sweep(&self) {
        let all = stream::iter(0..self.len()).map(|n| self.report_fix(n));
        all.buffer_unordered(AT_ONCE).collect::<()>().await;
    }
}
