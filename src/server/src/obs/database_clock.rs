//! The clock of the scaled world: the database's, carried on by this machine's monotonic clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use muster_core::domain::time::Timestamp;
use muster_core::ports::Clock;
use tokio::time::Instant;

use super::SystemClock;

/// The database's time, as last measured. Before the first measurement it is this machine's.
#[derive(Debug)]
pub struct DatabaseClock {
    began: Instant,
    /// Database time at `began`, milliseconds.
    base: AtomicI64,
}

impl DatabaseClock {
    /// A clock that has not met the database yet.
    pub fn new() -> Self {
        Self {
            began: Instant::now(),
            base: AtomicI64::new(SystemClock.now().0),
        }
    }

    /// Sets the clock by an answer of the database that took `round_trip`: it is taken to have
    /// been written half-way, so it is wrong by half a round trip at most. Within that, the clock
    /// stays as it is, so that a slow answer does not shake it. Returns the step in milliseconds.
    pub fn measured(&self, database_now: Timestamp, round_trip: Duration) -> i64 {
        let half = millis(round_trip / 2);
        let step = database_now.0.saturating_add(half) - self.now().0;
        if step.abs() <= half.max(1) {
            return 0;
        }
        self.base.fetch_add(step, Ordering::Relaxed);
        step
    }
}

impl Default for DatabaseClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.base.load(Ordering::Relaxed) + millis(self.began.elapsed()))
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_by_the_database_whatever_the_machine_says() {
        let clock = DatabaseClock::new();
        let database = Timestamp(clock.now().0 + 60_000);
        assert_eq!(clock.measured(database, Duration::ZERO), 60_000);
        tokio::time::advance(Duration::from_millis(250)).await;
        assert_eq!(clock.now(), Timestamp(database.0 + 250));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_half_way_through_a_slow_round_trip_moves_nothing() {
        let clock = DatabaseClock::new();
        let now = clock.now();
        let slow = Duration::from_millis(80);
        assert_eq!(clock.measured(Timestamp(now.0 - 70), slow), 0);
        assert_eq!(clock.measured(Timestamp(now.0 - 81), slow), -41);
    }
}
