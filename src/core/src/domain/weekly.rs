//! Hours that come again every week, as they read on the clocks where somebody lives.

use serde::{Deserialize, Serialize};

/// Some hours of some days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklySpan {
    /// On which days it begins: bit 0 is Monday.
    pub days: u8,
    /// When it begins, minutes after midnight.
    pub from: u16,
    /// When it ends, minutes after midnight; on the next day unless later than `from`.
    pub to: u16,
}

impl WeeklySpan {
    /// Whether it begins on this day of the week, Monday is 0.
    pub fn begins_on(self, day: u8) -> bool {
        day < 7 && self.days & (1 << day) != 0
    }

    /// Whether it ends on the day after.
    pub fn ends_next_day(self) -> bool {
        self.to <= self.from
    }
}
