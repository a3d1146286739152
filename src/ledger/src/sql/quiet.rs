//! Weekly quiet hours: kept as they read on a clock, turned into instants.

use muster_core::domain::ids::ResponderNo;
use muster_core::domain::quiet::QuietHours;
use muster_core::domain::time::{Millis, Timestamp};

use super::db::{Db, Sql, args, sql};
use super::fault::{Done, Fault};
use super::weekly::{self, Stretch};

const PUT: Sql = sql!(
    "INSERT INTO quiet_hours (responder_no, hours) VALUES ($1, $2)
     ON CONFLICT (responder_no) DO UPDATE SET hours = excluded.hours"
);
const DROP: Sql = sql!("DELETE FROM quiet_hours WHERE responder_no = $1");

/// Keeps somebody's quiet hours; none ends them.
pub(super) fn put(db: &dyn Db, who: ResponderNo, hours: Option<&QuietHours>) -> Done<()> {
    match hours {
        Some(hours) => db.execute(PUT, args![who, &serde_json::to_string(hours)?]),
        None => db.execute(DROP, args![who]),
    }
}

/// A week comes again after so long, and an hour more where the clock is set back.
const AGAIN: Millis = Millis::from_s((7 * 24 + 1) * 3600);

fn stretches(hours: &QuietHours, now: Timestamp) -> Option<Vec<Stretch>> {
    weekly::stretches(&hours.zone, &hours.spans, now)
}

/// Whether it is quiet at `now`.
pub(super) fn is_quiet(hours: &QuietHours, now: Timestamp) -> bool {
    let all = stretches(hours, now).unwrap_or_default();
    all.iter().any(|s| s.holds(now))
}

/// When duty turns next by itself: who is on, at the next beginning; who is off, at the next end
/// that another stretch does not cover.
pub(super) fn next_turn(hours: &QuietHours, on: bool, now: Timestamp) -> Option<Timestamp> {
    let all = stretches(hours, now)?;
    let instants = all.iter().map(|s| if on { s.from } else { s.to });
    let covered = |at: Timestamp| all.iter().any(|s| s.holds(at));
    instants
        .filter(|at| *at > now && *at - now <= AGAIN && (on || !covered(*at)))
        .min()
}

/// The zone is one that this server knows.
pub(super) fn check(hours: &QuietHours) -> Done<()> {
    if weekly::knows(&hours.zone) {
        Ok(())
    } else {
        Err(Fault::broken("quiet hours of an unknown zone"))
    }
}

#[cfg(test)]
mod tests {
    use muster_core::domain::weekly::WeeklySpan;

    use super::*;

    const ALL_DAYS: u8 = 0b111_1111;

    fn nights(zone: &str) -> QuietHours {
        QuietHours {
            zone: zone.to_owned(),
            spans: vec![WeeklySpan {
                days: ALL_DAYS,
                from: 22 * 60,
                to: 7 * 60,
            }],
        }
    }

    fn t(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn a_night_crosses_midnight() {
        let hours = nights("Europe/Berlin");
        let turn = |on, now| next_turn(&hours, on, t(now)).unwrap();
        assert_eq!(
            turn(true, "2026-11-23T12:00:00Z"),
            t("2026-11-23T21:00:00Z")
        );
        assert_eq!(
            turn(false, "2026-11-23T21:00:00Z"),
            t("2026-11-24T06:00:00Z")
        );
        assert_eq!(
            turn(false, "2026-11-24T01:00:00Z"),
            t("2026-11-24T06:00:00Z")
        );
        // off by hand in the afternoon: back in the morning; on by hand at night: off next evening
        assert_eq!(
            turn(false, "2026-11-23T14:00:00Z"),
            t("2026-11-24T06:00:00Z")
        );
        assert_eq!(
            turn(true, "2026-11-23T23:00:00Z"),
            t("2026-11-24T21:00:00Z")
        );
        assert!(is_quiet(&hours, t("2026-11-24T05:59:59Z")));
        assert!(!is_quiet(&hours, t("2026-11-24T06:00:00Z")));
        assert!(is_quiet(&hours, t("2026-11-23T21:00:00Z")));
    }

    #[test]
    fn both_clock_changes_move_the_instants_and_not_the_hours() {
        let hours = nights("Europe/Berlin");
        let ends = |now| next_turn(&hours, false, t(now)).unwrap();
        // the night of 29 March is an hour short, that of 25 October an hour long
        assert_eq!(ends("2026-03-28T21:00:00Z"), t("2026-03-29T05:00:00Z"));
        assert_eq!(ends("2026-10-24T20:00:00Z"), t("2026-10-25T06:00:00Z"));
        let starts = |now| next_turn(&hours, true, t(now)).unwrap();
        assert_eq!(starts("2026-03-29T06:00:00Z"), t("2026-03-29T20:00:00Z"));
        assert_eq!(starts("2026-10-25T07:00:00Z"), t("2026-10-25T21:00:00Z"));
    }

    #[test]
    fn days_count_where_the_span_begins_and_overlaps_are_one() {
        let hours = QuietHours {
            zone: "UTC".to_owned(),
            spans: vec![
                // Friday evening to Saturday morning, and Saturday from five to twelve
                WeeklySpan {
                    days: 1 << 4,
                    from: 22 * 60,
                    to: 6 * 60,
                },
                WeeklySpan {
                    days: 1 << 5,
                    from: 5 * 60,
                    to: 12 * 60,
                },
            ],
        };
        // 27 November 2026 is a Friday
        let now = t("2026-11-27T23:00:00Z");
        assert!(is_quiet(&hours, now));
        assert_eq!(
            next_turn(&hours, false, now),
            Some(t("2026-11-28T12:00:00Z"))
        );
        let monday = t("2026-11-23T12:00:00Z");
        assert!(!is_quiet(&hours, t("2026-11-23T23:00:00Z")));
        assert_eq!(
            next_turn(&hours, true, monday),
            Some(t("2026-11-27T22:00:00Z"))
        );
        let whole_day = QuietHours {
            zone: "UTC".to_owned(),
            spans: vec![WeeklySpan {
                days: 1,
                from: 0,
                to: 0,
            }],
        };
        assert_eq!(
            next_turn(&whole_day, false, monday),
            Some(t("2026-11-24T00:00:00Z"))
        );
    }

    #[test]
    fn whoever_is_always_quiet_is_never_turned_on() {
        let always = QuietHours {
            zone: "Europe/Berlin".to_owned(),
            spans: vec![WeeklySpan {
                days: ALL_DAYS,
                from: 0,
                to: 0,
            }],
        };
        for now in [
            "2026-03-28T22:59:59Z",
            "2026-10-25T12:00:00Z",
            "2026-11-23T22:59:59Z",
        ] {
            assert!(is_quiet(&always, t(now)));
            assert_eq!(next_turn(&always, false, t(now)), None, "{now}");
        }
    }

    #[test]
    fn without_spans_nothing_turns_and_an_unknown_zone_is_refused() {
        let none = QuietHours {
            zone: "UTC".to_owned(),
            spans: Vec::new(),
        };
        assert_eq!(next_turn(&none, true, Timestamp(0)), None);
        assert!(check(&nights("Mars/Olympus")).is_err());
    }
}
