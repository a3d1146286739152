//! Whether somebody is on duty: a function of the last word and of their weekly hours, evaluated
//! whenever it is asked. Nothing toggles, so it does not matter how long nobody looked.

use muster_core::domain::quiet::QuietHours;
use muster_core::domain::time::Timestamp;

use super::db::Row;
use super::fault::Done;
use super::quiet::{is_quiet, next_turn};
use super::rows::instant;

/// The last word, and until when it holds: then it is the opposite, as if that had been said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) on: bool,
    pub(super) until: Option<Timestamp>,
}

impl Duty {
    /// As of `now`, from three columns of a responder: the word, its end, the hours.
    pub(super) fn of(row: Row<'_>, at: usize, now: Timestamp) -> Done<Self> {
        let kept = Self {
            on: row.flag(at)?,
            until: instant(row.opt_int(at + 1)?),
        };
        let hours = row.opt_text(at + 2)?.map(serde_json::from_str);
        Ok(kept.at(hours.transpose()?.as_ref(), now))
    }

    /// A word that holds until the hours turn it.
    pub(super) fn said(on: bool, hours: Option<&QuietHours>, now: Timestamp) -> Self {
        let until = hours.and_then(|hours| next_turn(hours, on, now));
        Self { on, until }
    }

    /// What the hours say.
    pub(super) fn by_hours(hours: Option<&QuietHours>, now: Timestamp) -> Self {
        let quiet = hours.is_some_and(|hours| is_quiet(hours, now));
        Self::said(!quiet, hours, now)
    }

    /// The same as of `now`, and until when it is so.
    pub(super) fn at(self, hours: Option<&QuietHours>, now: Timestamp) -> Self {
        let Some(end) = self.until.filter(|end| *end <= now) else {
            return self;
        };
        let turned = Self::said(!self.on, hours, end);
        if turned.until.is_some_and(|end| end <= now) {
            return Self::by_hours(hours, now);
        }
        turned
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use muster_core::domain::time::Millis;
    use muster_core::domain::weekly::WeeklySpan;
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    fn t(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    fn nights() -> QuietHours {
        QuietHours {
            zone: "Europe/Berlin".to_owned(),
            spans: vec![WeeklySpan {
                days: 0b111_1111,
                from: 22 * 60,
                to: 7 * 60,
            }],
        }
    }

    #[test]
    fn whoever_was_not_looked_at_overnight_is_on_duty_in_the_morning() {
        let hours = Some(nights());
        let evening = Duty::said(true, hours.as_ref(), t("2026-11-23T19:00:00Z"));
        let at = |now| evening.at(hours.as_ref(), t(now));
        assert!(at("2026-11-23T20:59:59Z").on);
        assert!(!at("2026-11-23T21:00:00Z").on);
        let morning = at("2026-11-24T08:00:00Z");
        assert_eq!(
            (morning.on, morning.until),
            (true, Some(t("2026-11-24T21:00:00Z")))
        );
        assert!(at("2027-03-01T12:00:00Z").on, "a winter later");
        assert!(!at("2027-03-01T23:00:00Z").on);
    }

    #[test]
    fn a_word_with_an_end_of_its_own_is_followed_by_the_opposite_until_the_hours_turn_it() {
        let hours = Some(nights());
        let lunch = Duty {
            on: false,
            until: Some(t("2026-11-23T13:00:00Z")),
        };
        let at = |now| lunch.at(hours.as_ref(), t(now)).on;
        assert!(!at("2026-11-23T12:59:00Z") && at("2026-11-23T13:00:00Z"));
        assert!(!at("2026-11-23T22:00:00Z") && at("2026-11-24T06:00:00Z"));
        // without hours it is so for good
        assert!(lunch.at(None, t("2029-01-01T00:00:00Z")).on);
        assert_eq!(lunch.at(None, t("2029-01-01T00:00:00Z")).until, None);
    }

    /// What the clock on the wall and the day of the week say, without any instant being computed.
    fn quiet_by_the_clock(hours: &QuietHours, now: Timestamp) -> bool {
        let zone = TimeZone::get(&hours.zone).unwrap();
        let shown = jiff::Timestamp::from_millisecond(now.0)
            .unwrap()
            .to_zoned(zone);
        let minute =
            u16::try_from(shown.hour()).unwrap() * 60 + u16::try_from(shown.minute()).unwrap();
        let today = u8::try_from(shown.weekday().to_monday_zero_offset()).unwrap();
        let yesterday = (today + 6) % 7;
        hours.spans.iter().any(|span| {
            let over_night = span.to <= span.from;
            let begun = span.begins_on(today) && minute >= span.from;
            let of_yesterday = span.begins_on(yesterday) && over_night && minute < span.to;
            (begun && (over_night || minute < span.to)) || of_yesterday
        })
    }

    /// Hours whose ends are at no time that a change of the clock skips or repeats.
    fn hours() -> impl Strategy<Value = QuietHours> {
        let minutes = || prop_oneof![0_u16..=1, 8_u16..=47].prop_map(|half| half * 30);
        let span = (1_u8..128, minutes(), minutes()).prop_map(|(days, from, to)| WeeklySpan {
            days,
            from,
            to,
        });
        let zones = [
            "Europe/Berlin",
            "UTC",
            "America/New_York",
            "Australia/Lord_Howe",
        ];
        let zone = prop::sample::select(zones.to_vec());
        (zone, prop::collection::vec(span, 1..4)).prop_map(|(zone, spans)| QuietHours {
            zone: zone.to_owned(),
            spans,
        })
    }

    /// Days from before one change of the clock to after it, in any of the zones, or a plain week.
    fn instants() -> impl Strategy<Value = Timestamp> {
        let from = prop::sample::select(vec![
            "2026-03-05T00:00:00Z",
            "2026-03-26T00:00:00Z",
            "2026-04-02T00:00:00Z",
            "2026-10-01T00:00:00Z",
            "2026-10-22T00:00:00Z",
            "2026-10-30T00:00:00Z",
            "2026-07-01T00:00:00Z",
        ]);
        (from, 0..6 * DAY / MINUTE).prop_map(|(from, minutes)| t(from) + Millis(minutes * MINUTE))
    }

    /// Somebody says so, so long after the word before, and until when if they say.
    type Word = (bool, i64, Option<i64>);

    fn words() -> impl Strategy<Value = Vec<Word>> {
        let minutes = |most: i64| (1..most).prop_map(|minutes| minutes * MINUTE);
        let word = (
            any::<bool>(),
            minutes(3 * DAY / MINUTE),
            prop::option::of(minutes(2 * DAY / MINUTE)),
        );
        prop::collection::vec(word, 1..5)
    }

    proptest! {
        #[test]
        fn quiet_is_what_the_clock_on_the_wall_says(hours in hours(), now in instants()) {
            prop_assert_eq!(is_quiet(&hours, now), quiet_by_the_clock(&hours, now));
        }

        /// Looked at never, once, or again and again: duty at an instant is the same, and turns
        /// when it says that it will.
        #[test]
        fn it_does_not_matter_when_somebody_looked(
            hours in prop::option::of(hours()),
            begin in instants(),
            words in words(),
            looks in prop::collection::vec(1..4 * DAY / MINUTE, 0..40),
            last in 1..20 * DAY / MINUTE,
        ) {
            let hours = hours.as_ref();
            let mut now = begin;
            let (mut kept, mut looked_at) = (Duty::by_hours(hours, now), Duty::by_hours(hours, now));
            let mut looks = looks.into_iter();
            for (on, after, until) in words {
                let said_at = now + Millis(after);
                for pause in looks.by_ref().take(8) {
                    now = now + Millis(pause * MINUTE);
                    if now >= said_at {
                        break;
                    }
                    looked_at = looked_at.at(hours, now);
                    prop_assert_eq!(looked_at, kept.at(hours, now));
                }
                now = said_at;
                kept = match until {
                    Some(until) => Duty { on, until: Some(now + Millis(until)) },
                    None => Duty::said(on, hours, now),
                };
                looked_at = kept;
            }
            for pause in looks {
                now = now + Millis(pause * MINUTE);
                looked_at = looked_at.at(hours, now);
            }
            now = now + Millis(last * MINUTE);
            let duty = kept.at(hours, now);
            prop_assert_eq!(looked_at.at(hours, now), duty);
            if let Some(turns) = duty.until {
                prop_assert!(turns > now);
                prop_assert_eq!(kept.at(hours, turns - Millis(1)).on, duty.on);
                prop_assert_eq!(kept.at(hours, turns).on, !duty.on);
            }
        }

        /// Once the hours have turned a word, they alone say.
        #[test]
        fn after_a_word_the_hours_say(
            hours in hours(), begin in instants(), on in any::<bool>(), later in 0..20 * DAY / MINUTE,
        ) {
            let said = Duty::said(on, Some(&hours), begin);
            let now = begin + Millis(later * MINUTE);
            let duty = said.at(Some(&hours), now).on;
            match said.until {
                Some(turned) if turned <= now => prop_assert_eq!(duty, !is_quiet(&hours, now)),
                _ => prop_assert_eq!(duty, on),
            }
        }
    }
}
