//! Hours that come again every week, as people write them.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use muster_core::domain::weekly::WeeklySpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::view::invalid::Invalid;

/// Most spans of one list, or of several together: two for each day.
pub(crate) const SPANS_MAX: usize = 14;
/// Days, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Some hours of some days.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeeklySpanShape {
    /// On which days it begins: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`.
    pub days: Vec<String>,
    /// When it begins, `HH:MM`.
    #[schema(example = "22:00")]
    pub from: String,
    /// When it ends, `HH:MM`; on the next day unless later than `from`.
    #[schema(example = "07:00")]
    pub to: String,
}

/// The zone is one that this server knows.
pub(crate) fn check_zone(zone: &str) -> Result<(), Invalid> {
    let why = "a name such as Europe/Berlin expected";
    TimeZone::get(zone)
        .map(drop)
        .map_err(|_unknown| Invalid::new("zone", why))
}

/// Checks every value; `field` names the list.
pub(crate) fn spans(field: &str, shapes: &[WeeklySpanShape]) -> Result<Vec<WeeklySpan>, Invalid> {
    shapes.iter().map(|shape| span(field, shape)).collect()
}

fn span(field: &str, shape: &WeeklySpanShape) -> Result<WeeklySpan, Invalid> {
    let wrong = |part: &str, why: &str| Invalid::new(&format!("{field}.{part}"), why);
    let mut days = 0;
    for day in &shape.days {
        let at = DAYS.iter().position(|known| known == day);
        let at = at.ok_or_else(|| wrong("days", "mon to sun expected"))?;
        days |= 1 << at;
    }
    if days == 0 {
        return Err(wrong("days", "at least one day expected"));
    }
    Ok(WeeklySpan {
        days,
        from: minutes(&shape.from).ok_or_else(|| wrong("from", "HH:MM expected"))?,
        to: minutes(&shape.to).ok_or_else(|| wrong("to", "HH:MM expected"))?,
    })
}

fn minutes(text: &str) -> Option<u16> {
    let time = Time::strptime("%H:%M", text).ok()?;
    let part = |n: i8| u16::try_from(n).unwrap_or_default();
    Some(part(time.hour()) * 60 + part(time.minute()))
}

impl From<WeeklySpan> for WeeklySpanShape {
    fn from(span: WeeklySpan) -> Self {
        let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        Self {
            days: (0_u8..)
                .zip(DAYS)
                .filter(|(day, _)| span.begins_on(*day))
                .map(|(_, name)| name.to_owned())
                .collect(),
            from: text(span.from),
            to: text(span.to),
        }
    }
}
