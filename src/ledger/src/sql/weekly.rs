//! Hours that come again every week, as they read on the clocks of a zone, turned into instants.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use muster_core::domain::time::Timestamp;
use muster_core::domain::weekly::WeeklySpan;

/// One time that a span covers.
pub(super) struct Stretch {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Stretch {
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// Every stretch that touches a week from `now` on: the night before, and a day more, so that
/// nothing within the week ends uncovered only because the next day was not looked at. `None` for
/// a zone that this server does not know.
pub(super) fn stretches(zone: &str, spans: &[WeeklySpan], now: Timestamp) -> Option<Vec<Stretch>> {
    let zone = TimeZone::get(zone).ok()?;
    let instant = jiff::Timestamp::from_millisecond(now.0).ok()?;
    let mut day = instant.to_zoned(zone.clone()).date().yesterday().ok()?;
    let mut found = Vec::new();
    for _ in 0..10 {
        let weekday = u8::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        let begins = spans.iter().filter(|span| span.begins_on(weekday));
        for span in begins {
            found.extend(stretch(&zone, day, *span));
        }
        day = day.tomorrow().ok()?;
    }
    Some(found)
}

/// Whether this server knows the zone.
pub(super) fn knows(zone: &str) -> bool {
    TimeZone::get(zone).is_ok()
}

fn stretch(zone: &TimeZone, day: Date, span: WeeklySpan) -> Option<Stretch> {
    let end = if span.ends_next_day() {
        day.tomorrow().ok()?
    } else {
        day
    };
    let stretch = Stretch {
        from: instant(zone, at(day, span.from)?)?,
        to: instant(zone, at(end, span.to)?)?,
    };
    (stretch.from < stretch.to).then_some(stretch)
}

fn at(day: Date, minutes: u16) -> Option<DateTime> {
    let hour = i8::try_from(minutes / 60).ok()?;
    let minute = i8::try_from(minutes % 60).ok()?;
    Some(day.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
}

/// A time that the clock skips is as much later; of one that comes twice it is the first.
fn instant(zone: &TimeZone, shown: DateTime) -> Option<Timestamp> {
    let zoned = zone.to_ambiguous_zoned(shown).compatible().ok()?;
    Some(Timestamp(zoned.timestamp().as_millisecond()))
}
