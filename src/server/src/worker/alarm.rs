//! Sleeping until an instant that others may bring forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use muster_core::domain::time::Timestamp;
use tokio::sync::Notify;

/// Nothing sleeps longer, so that a clock that was set back is noticed.
const NAP_MAX: Duration = Duration::from_secs(30);

/// The instant a loop sleeps until. Setting an earlier one wakes it; a later one costs nothing.
#[derive(Debug)]
pub(super) struct Alarm {
    until: AtomicI64,
    earlier: Notify,
}

impl Alarm {
    pub(super) fn new() -> Self {
        Self {
            // due at once: the first look is at what an earlier run left
            until: AtomicI64::new(i64::MIN),
            earlier: Notify::new(),
        }
    }

    /// Ring no later than this.
    pub(super) fn by(&self, at: Timestamp) {
        if at.0 < self.until.fetch_min(at.0, Ordering::AcqRel) {
            self.earlier.notify_one();
        }
    }

    /// Forgets what was set: whoever sets the alarm from now on wants another look.
    pub(super) fn reset(&self) {
        self.until.store(i64::MAX, Ordering::Release);
    }

    /// Sleeps until the earliest instant set since the last reset.
    pub(super) async fn sleep(&self, now: Timestamp) {
        let nap = self.until.load(Ordering::Acquire).saturating_sub(now.0);
        let nap = Duration::from_millis(u64::try_from(nap).unwrap_or(0)).min(NAP_MAX);
        tokio::select! {
            () = tokio::time::sleep(nap) => {}
            () = self.earlier.notified() => {}
        }
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.until.load(Ordering::Acquire) <= now.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_earlier_instant_wakes_a_sleeper_and_a_later_one_does_not() {
        let alarm = Alarm::new();
        alarm.reset();
        alarm.by(Timestamp(20_000));
        let began = tokio::time::Instant::now();
        tokio::join!(alarm.sleep(Timestamp(0)), async {
            alarm.by(Timestamp(25_000));
            tokio::time::sleep(Duration::from_secs(1)).await;
            alarm.by(Timestamp(5_000));
        });
        assert_eq!(began.elapsed().as_secs(), 1);
        assert!(alarm.is_due(Timestamp(5_000)));
    }
}
