//! Weekly quiet hours, as people write them.

use muster_core::domain::quiet::QuietHours;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::phone::weekly::{SPANS_MAX, WeeklySpanShape, check_zone, spans};
use crate::view::invalid::Invalid;

/// When no alerts are wanted, every week.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuietShape {
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Berlin")]
    pub zone: String,
    /// At most 14; none ends all quiet hours.
    pub hours: Vec<WeeklySpanShape>,
}

impl QuietShape {
    /// Checks every value; `None` for no quiet hours at all.
    pub(crate) fn check(self) -> Result<Option<QuietHours>, Invalid> {
        check_zone(&self.zone)?;
        if self.hours.len() > SPANS_MAX {
            return Err(Invalid::new("hours", "at most 14 expected"));
        }
        let spans = spans("hours", &self.hours)?;
        let zone = self.zone;
        Ok((!spans.is_empty()).then_some(QuietHours { zone, spans }))
    }
}

impl From<QuietHours> for QuietShape {
    fn from(hours: QuietHours) -> Self {
        Self {
            hours: hours.spans.into_iter().map(WeeklySpanShape::from).collect(),
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
