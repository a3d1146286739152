//! The wall clock, in one place. Durations are measured with `tokio::time::Instant` instead.

use jiff::{Timestamp, Unit};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        let at: Timestamp = "2026-11-22T11:00:00.25+01:00".parse().unwrap();
        assert_eq!(text(at), "2026-11-22T10:00:00.250Z");
    }
}
