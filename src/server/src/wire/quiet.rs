//! Weekly quiet hours, as people write them.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use muster_core::domain::quiet::{QuietHours, QuietSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Invalid;

/// Most spans: two for each day.
const SPANS_MAX: usize = 14;
/// Days, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When no alerts are wanted, every week.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietShape {
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// At most 14; none ends all quiet hours.
    pub hours: Vec<QuietSpanShape>,
}

/// Some hours of some days.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietSpanShape {
    /// On which days it begins: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`.
    pub days: Vec<String>,
    /// When it begins, `HH:MM`.
    #[schema(example = "22:00")]
    pub from: String,
    /// When it ends, `HH:MM`; on the next day unless later than `from`.
    #[schema(example = "07:00")]
    pub to: String,
}

impl QuietShape {
    /// Checks every value; `None` for no quiet hours at all.
    pub fn check(self) -> Result<Option<QuietHours>, Invalid> {
        let why = "a name such as Europe/Berlin expected";
        TimeZone::get(&self.zone).map_err(|_unknown| Invalid::new("zone", why))?;
        if self.hours.len() > SPANS_MAX {
            return Err(Invalid::new("hours", "at most 14 expected"));
        }
        let spans: Vec<QuietSpan> = self.hours.iter().map(span).collect::<Result<_, _>>()?;
        let zone = self.zone;
        Ok((!spans.is_empty()).then_some(QuietHours { zone, spans }))
    }
}

fn span(shape: &QuietSpanShape) -> Result<QuietSpan, Invalid> {
    let mut days = 0;
    for day in &shape.days {
        let at = DAYS.iter().position(|known| known == day);
        let at = at.ok_or_else(|| Invalid::new("hours.days", "mon to sun expected"))?;
        days |= 1 << at;
    }
    if days == 0 {
        return Err(Invalid::new("hours.days", "at least one day expected"));
    }
    Ok(QuietSpan {
        days,
        from: minutes("hours.from", &shape.from)?,
        to: minutes("hours.to", &shape.to)?,
    })
}

fn minutes(field: &str, text: &str) -> Result<u16, Invalid> {
    let time =
        Time::strptime("%H:%M", text).map_err(|_why| Invalid::new(field, "HH:MM expected"))?;
    let part = |n: i8| u16::try_from(n).unwrap_or_default();
    Ok(part(time.hour()) * 60 + part(time.minute()))
}

impl From<QuietHours> for QuietShape {
    fn from(hours: QuietHours) -> Self {
        let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let spans = hours.spans.into_iter().map(|span| QuietSpanShape {
            days: (0_u8..)
                .zip(DAYS)
                .filter(|(day, _)| span.begins_on(*day))
                .map(|(_, name)| name.to_owned())
                .collect(),
            from: text(span.from),
            to: text(span.to),
        });
        Self {
            hours: spans.collect(),
            zone: hours.zone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> QuietShape {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn quiet_hours_are_read_and_written_alike() {
        let text = r#"{"zone":"Europe/Berlin","hours":[{"days":["mon","sun"],"from":"22:00","to":"07:05"}]}"#;
        let hours = read(text).check().unwrap().unwrap();
        assert_eq!(hours.spans[0].days, 0b100_0001);
        assert_eq!((hours.spans[0].from, hours.spans[0].to), (1320, 425));
        let shape = QuietShape::from(hours);
        assert_eq!(serde_json::to_string(&shape).unwrap(), text);
        assert!(
            read(r#"{"zone":"UTC","hours":[]}"#)
                .check()
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        let span = |days: &str, from: &str| {
            format!(
                r#"{{"zone":"UTC","hours":[{{"days":[{days}],"from":"{from}","to":"07:00"}}]}}"#
            )
        };
        for (text, field) in [
            (span("", "22:00"), "hours.days"),
            (span("\"someday\"", "22:00"), "hours.days"),
            (span("\"mon\"", "24:00"), "hours.from"),
            (r#"{"zone":"Mars","hours":[]}"#.to_owned(), "zone"),
        ] {
            assert_eq!(read(&text).check().unwrap_err().field, field, "{text}");
        }
    }
}
