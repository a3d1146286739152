//! Weekly hours in which somebody wants no alerts.

use serde::{Deserialize, Serialize};

use super::weekly::WeeklySpan;

/// All of somebody's quiet hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// A name of the IANA time zone database.
    pub zone: String,
    /// In any order; they may overlap.
    pub spans: Vec<WeeklySpan>,
}
