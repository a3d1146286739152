//! "Until seven": a time on the clock of the user's own zone.

use jiff::civil::Time;
use jiff::tz::{AmbiguousOffset, TimeZone};
use muster_core::domain::time::Timestamp;

use crate::view::invalid::Invalid;

/// When a clock in `zone` shows `time` (`HH:MM`) next after `now`. A time that the clock skips in
/// spring is as much later as the clock skips; one that comes twice in autumn is the first that is
/// still to come.
pub(super) fn next_local(time: &str, zone: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
    let time = Time::strptime("%H:%M", time)
        .map_err(|_why| Invalid::new("until_local", "HH:MM expected"))?;
    let unknown = || Invalid::new("zone", "a name such as Europe/Berlin expected");
    let zone = TimeZone::get(zone).map_err(|_why| unknown())?;
    let now_there = jiff::Timestamp::from_millisecond(now.0).map_err(|_why| unknown())?;
    let mut day = now_there.to_zoned(zone.clone()).date();
    // today's, tomorrow's, and once more for a day that a zone left out
    for _ in 0..3 {
        let shown = zone.to_ambiguous_zoned(day.to_datetime(time));
        let twice = matches!(shown.offset(), AmbiguousOffset::Fold { .. });
        let instants = if twice {
            [shown.clone().earlier(), shown.later()]
        } else {
            [shown.clone().compatible(), shown.compatible()]
        };
        let found = instants
            .into_iter()
            .filter_map(|at| Some(Timestamp(at.ok()?.timestamp().as_millisecond())))
            .find(|at| *at > now);
        if let Some(found) = found {
            return Ok(found);
        }
        day = day.tomorrow().map_err(|_why| unknown())?;
    }
    Err(unknown())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::time::WireTime;

    fn next(time: &str, zone: &str, now: &str) -> String {
        let now = WireTime::parse(now).unwrap().0;
        WireTime(next_local(time, zone, now).unwrap()).text()
    }

    #[test]
    fn until_seven_is_tomorrow_in_the_evening_and_today_at_night() {
        let berlin = |now| next("07:00", "Europe/Berlin", now);
        assert_eq!(berlin("2026-11-22T21:00:00Z"), "2026-11-23T06:00:00.000Z");
        assert_eq!(berlin("2026-11-23T01:00:00Z"), "2026-11-23T06:00:00.000Z");
        assert_eq!(
            berlin("2026-11-23T06:00:00Z"),
            "2026-11-24T06:00:00.000Z",
            "not now"
        );
        // still yesterday there
        let honolulu = next("07:00", "Pacific/Honolulu", "2026-11-23T08:00:00Z");
        assert_eq!(honolulu, "2026-11-23T17:00:00.000Z");
        let chatham = next("07:00", "Pacific/Chatham", "2026-11-22T12:00:00Z");
        assert_eq!(chatham, "2026-11-22T17:15:00.000Z");
    }

    #[test]
    fn the_night_of_a_clock_change_is_an_hour_shorter_or_longer() {
        let berlin = |time, now| next(time, "Europe/Berlin", now);
        // Saturday 23:00 each time
        assert_eq!(
            berlin("07:00", "2026-03-28T22:00:00Z"),
            "2026-03-29T05:00:00.000Z"
        );
        assert_eq!(
            berlin("07:00", "2026-10-24T21:00:00Z"),
            "2026-10-25T06:00:00.000Z"
        );
        // skipped in spring: an hour later on the clock
        assert_eq!(
            berlin("02:30", "2026-03-28T22:00:00Z"),
            "2026-03-29T01:30:00.000Z"
        );
        // twice in autumn: the first, and once that is over, the second
        assert_eq!(
            berlin("02:30", "2026-10-24T21:00:00Z"),
            "2026-10-25T00:30:00.000Z"
        );
        assert_eq!(
            berlin("02:30", "2026-10-25T00:45:00Z"),
            "2026-10-25T01:30:00.000Z"
        );
        assert_eq!(
            berlin("02:30", "2026-10-25T01:45:00Z"),
            "2026-10-26T01:30:00.000Z"
        );
    }

    #[test]
    fn a_day_that_a_zone_left_out_is_stepped_over() {
        // Samoa had no 30 December 2011
        let apia = next("07:00", "Pacific/Apia", "2011-12-29T20:00:00Z");
        assert_eq!(apia, "2011-12-30T17:00:00.000Z");
    }

    #[test]
    fn what_is_no_time_and_what_is_no_zone_are_named() {
        let now = Timestamp(0);
        for time in ["", "7", "25:00", "07:60", "07:00:00", "tomorrow"] {
            assert_eq!(
                next_local(time, "UTC", now).unwrap_err().field,
                "until_local",
                "{time}"
            );
        }
        for zone in ["", "Mars/Olympus", "+02:00", "../etc/passwd"] {
            assert_eq!(
                next_local("07:00", zone, now).unwrap_err().field,
                "zone",
                "{zone}"
            );
        }
    }
}
