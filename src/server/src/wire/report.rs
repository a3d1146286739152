//! What a responder tells after an incident.

use muster_core::ports::KeptReport;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, WireTime, text};

/// Longest text, characters.
const TEXT_MAX: usize = 2_000;

/// What became of the patient, as the responder saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PatientOutcome {
    /// Given over to the ambulance.
    HandedOver,
    /// No help was needed or wanted.
    NotNeeded,
    /// Nobody was found.
    NotFound,
}

/// How the responder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Welfare {
    /// Does not say.
    #[default]
    Unsaid,
    /// Fine.
    Fine,
    /// Not fine.
    Shaken,
}

/// A short report; every field may be left out.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutReport {
    /// Chest compressions were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpr: Option<bool>,
    /// A defibrillator was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aed_used: Option<bool>,
    /// `handed_over`, `not_needed` or `not_found`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientOutcome>,
    /// In words, up to 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `fine`, `shaken` or `unsaid`.
    #[serde(default)]
    pub welfare: Welfare,
    /// Wants to be called.
    #[serde(default)]
    pub call_me: bool,
}

impl PutReport {
    /// Checks every value; the JSON to be kept.
    pub fn check(mut self) -> Result<String, Invalid> {
        let said = self.text.filter(|said| !said.trim().is_empty());
        self.text = said.map(|said| text("text", said, TEXT_MAX)).transpose()?;
        // texts and truth values always have a JSON form
        Ok(serde_json::to_string(&self).unwrap_or_default())
    }
}

/// A report as a coordinator reads it.
#[derive(Serialize, ToSchema)]
pub struct ReportView {
    /// Of which alert.
    pub alert_id: String,
    /// By whom.
    pub responder_id: String,
    /// When it was told last.
    pub at: WireTime,
    /// What was told.
    #[serde(flatten)]
    pub told: PutReport,
}

impl ReportView {
    /// From what is kept; `None` for what an older version wrote in another shape.
    pub fn of(kept: KeptReport) -> Option<Self> {
        Some(Self {
            alert_id: kept.alert.0,
            responder_id: kept.responder.0,
            at: kept.at.into(),
            told: serde_json::from_str(&kept.told).ok()?,
        })
    }
}

/// The reports of one incident.
#[derive(Serialize, ToSchema)]
pub struct ReportItems {
    /// Oldest first; none once the incident's private part was destroyed.
    pub items: Vec<ReportView>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_report_is_a_report_and_a_novel_is_none() {
        let read = |text: &str| serde_json::from_str::<PutReport>(text);
        let kept = read("{}").unwrap().check().unwrap();
        assert_eq!(kept, r#"{"welfare":"unsaid","call_me":false}"#);
        let blank = read(r#"{"text": "  ", "welfare": "shaken", "call_me": true}"#).unwrap();
        let kept = blank.check().unwrap();
        assert_eq!(kept, r#"{"welfare":"shaken","call_me":true}"#);
        assert!(read(&kept).is_ok(), "what is kept is read again");
        assert!(read(r#"{"welfare": "sad"}"#).is_err());
        assert!(read(r#"{"mood": 1}"#).is_err());
        let novel = serde_json::json!({"text": "x".repeat(2_001)}).to_string();
        assert_eq!(read(&novel).unwrap().check().unwrap_err().field, "text");
    }
}
