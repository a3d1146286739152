//! The clocks of the machine, in one place. Durations inside a process are measured with
//! `tokio::time::Instant` instead.

use jiff::{Timestamp, Unit};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// Now, with the precision of the contract (milliseconds).
#[expect(
    clippy::disallowed_methods,
    reason = "the only place of this package that asks the time"
)]
pub fn now() -> Timestamp {
    let now = Timestamp::try_from(std::time::SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH);
    now.round(Unit::Millisecond).unwrap_or(now)
}

/// Now as the contract writes times: RFC 3339, UTC, milliseconds.
pub fn now_text() -> String {
    text(now())
}

/// A time as the contract writes it.
pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The machine's monotonic clock, nanoseconds. All processes of a machine read the same one, so the
/// stamps of two of them can be compared.
pub fn monotonic_ns() -> u64 {
    ns(clock_gettime(ClockId::Monotonic))
}

/// Processor time that this process has used so far, all threads, nanoseconds.
pub fn cpu_ns() -> u64 {
    ns(clock_gettime(ClockId::ProcessCPUTime))
}

fn ns(at: Timespec) -> u64 {
    // neither clock is ever negative
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    part(at.tv_sec) * 1_000_000_000 + part(at.tv_nsec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        let at: Timestamp = "2026-11-22T11:00:00.25+01:00".parse().unwrap();
        assert_eq!(text(at), "2026-11-22T10:00:00.250Z");
    }

    #[test]
    fn the_monotonic_clock_and_that_of_the_processor_go_forward() {
        let (at, used) = (monotonic_ns(), cpu_ns());
        assert!(used > 0 && cpu_ns() >= used);
        assert!(at > 0 && monotonic_ns() >= at);
    }
}
