//! Times as outsiders write them.

use muster_core::domain::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

/// An instant on the wire, such as `2026-11-22T10:00:00.000Z`. Any offset is read; UTC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T10:00:00.000Z")]
pub struct WireTime(pub Timestamp);

impl WireTime {
    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        let instant: jiff::Timestamp = text.parse().ok()?;
        Some(Self(Timestamp(instant.as_millisecond())))
    }

    /// Writes RFC 3339 with milliseconds.
    pub fn text(self) -> String {
        let instant = jiff::Timestamp::from_millisecond(self.0.0).unwrap_or(jiff::Timestamp::MAX);
        format!("{instant:.3}")
    }
}

impl From<Timestamp> for WireTime {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("an RFC 3339 time expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        let time = WireTime::parse("2026-11-22T12:00:00.5+02:00").unwrap();
        assert_eq!(time.text(), "2026-11-22T10:00:00.500Z");
        assert_eq!(WireTime(Timestamp(0)).text(), "1970-01-01T00:00:00.000Z");
        assert_eq!(WireTime::parse("yesterday"), None);
        assert_eq!(
            WireTime::parse("2026-11-22T12:00:00"),
            None,
            "no offset, no instant"
        );
    }
}
