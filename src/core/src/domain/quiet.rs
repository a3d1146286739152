//! Weekly hours in which somebody wants no alerts, as they read on the clocks where they live.

use serde::{Deserialize, Serialize};

/// Minutes of a day.
pub const DAY_MIN: u16 = 24 * 60;

/// Some hours of some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietSpan {
    /// On which days it begins: bit 0 is Monday.
    pub days: u8,
    /// When it begins, minutes after midnight.
    pub from: u16,
    /// When it ends, minutes after midnight; on the next day unless later than `from`.
    pub to: u16,
}

impl QuietSpan {
    /// Whether it begins on this day of the week, Monday is 0.
    pub fn begins_on(self, day: u8) -> bool {
        day < 7 && self.days & (1 << day) != 0
    }

    /// Whether it ends on the day after.
    pub fn ends_next_day(self) -> bool {
        self.to <= self.from
    }
}

/// All of somebody's quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// A name of the IANA time zone database.
    pub zone: String,
    /// In any order; they may overlap.
    pub spans: Vec<QuietSpan>,
}
