//! Positions from phones.

use super::Dispatch;
use crate::domain::ids::ResponderNo;
use crate::domain::place::Point;
use crate::domain::responder::Fix;
use crate::domain::time::{Millis, Timestamp};

/// A fix may be this far ahead of its own message: phones round.
const AHEAD_MAX: Millis = Millis::from_s(2);

/// A fix older than a day says nothing about where somebody is.
const AGE_MAX: Millis = Millis::from_s(24 * 3600);

/// Beyond this radius of uncertainty, metres, a fix is a guess at a region.
const ACCURACY_MAX_M: f64 = 20_000.0;

/// A fix as a phone reported it, on the phone's own clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReportedFix {
    /// Degrees.
    pub lat: f64,
    /// Degrees.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub accuracy_m: f64,
    /// When, by the phone's clock.
    pub at: Timestamp,
}

/// Why a fix was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// No such place, or (0, 0).
    ImpossiblePosition,
    /// Negative, not a number, or over 20 km.
    BadAccuracy,
    /// Later than the message that carries it.
    FromTheFuture,
    /// Older than a day.
    TooOld,
}

impl Rejected {
    /// Stable word for the answer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImpossiblePosition => "impossible_position",
            Self::BadAccuracy => "bad_accuracy",
            Self::FromTheFuture => "from_the_future",
            Self::TooOld => "too_old",
        }
    }
}

/// Which fix was not used, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectedFix {
    /// Its place in the message, from 0.
    pub index: usize,
    /// Why.
    pub why: Rejected,
}

impl Dispatch {
    /// Takes a message of fixes; the newest good one becomes the responder's position. Ages are
    /// `sent_at` − `at`, both by the phone's clock, so that a wrong clock does no harm.
    pub async fn report_fixes(
        &self,
        responder: ResponderNo,
        sent_at: Timestamp,
        fixes: &[ReportedFix],
    ) -> Vec<RejectedFix> {
        let now = self.clock.now();
        let mut rejected = Vec::new();
        let mut newest: Option<Fix> = None;
        for (index, reported) in fixes.iter().enumerate() {
            match check(reported, sent_at, now) {
                Ok(fix) if newest.is_none_or(|held| fix.at >= held.at) => newest = Some(fix),
                Ok(_) => {}
                Err(why) => rejected.push(RejectedFix { index, why }),
            }
        }
        if let Some(fix) = newest {
            self.index.report(responder, fix).await;
        }
        rejected
    }
}

fn check(reported: &ReportedFix, sent_at: Timestamp, now: Timestamp) -> Result<Fix, Rejected> {
    let point = Point::new(reported.lat, reported.lon)
        .map_err(|_impossible| Rejected::ImpossiblePosition)?;
    if !(reported.accuracy_m >= 0.0 && reported.accuracy_m <= ACCURACY_MAX_M) {
        return Err(Rejected::BadAccuracy);
    }
    let age = sent_at - reported.at;
    if age < Millis(-AHEAD_MAX.0) {
        return Err(Rejected::FromTheFuture);
    }
    if age > AGE_MAX {
        return Err(Rejected::TooOld);
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be below 20 km")]
    let accuracy_m = reported.accuracy_m as f32;
    Ok(Fix {
        point,
        accuracy_m,
        at: now - age.max(Millis(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(2_000_000_000_000);

    fn at_phone_time(at: i64) -> ReportedFix {
        ReportedFix {
            lat: 50.0,
            lon: 8.0,
            accuracy_m: 10.0,
            at: Timestamp(at),
        }
    }

    #[test]
    fn a_phone_whose_clock_is_an_hour_wrong_is_placed_in_time_by_its_own_clock() {
        let sent_at = NOW + Millis::from_s(3600);
        let fix = check(&at_phone_time(sent_at.0 - 5000), sent_at, NOW).unwrap();
        assert_eq!(fix.at, NOW - Millis::from_s(5));
    }

    #[test]
    fn what_cannot_be_is_rejected_by_name() {
        let sent = NOW;
        let with = |change: fn(&mut ReportedFix)| {
            let mut fix = at_phone_time(NOW.0);
            change(&mut fix);
            check(&fix, sent, NOW).unwrap_err()
        };
        assert_eq!(with(|f| f.lat = 91.0), Rejected::ImpossiblePosition);
        assert_eq!(
            with(|f| (f.lat, f.lon) = (0.0, 0.0)),
            Rejected::ImpossiblePosition
        );
        assert_eq!(with(|f| f.accuracy_m = -1.0), Rejected::BadAccuracy);
        assert_eq!(with(|f| f.at.0 += 10_000), Rejected::FromTheFuture);
        assert_eq!(with(|f| f.at.0 -= 90_000_000), Rejected::TooOld);
    }
}
