//! What a responder tells after an incident.

use muster_core::ports::{KeptReport, Told};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CareView, Invalid, WireTime, text};

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
    /// Checks every value; what is to be kept.
    pub fn check(mut self) -> Result<Told, Invalid> {
        let said = self.text.filter(|said| !said.trim().is_empty());
        self.text = said.map(|said| text("text", said, TEXT_MAX)).transpose()?;
        Ok(Told {
            asks: self.call_me || self.welfare == Welfare::Shaken,
            // texts and truth values always have a JSON form
            json: serde_json::to_string(&self).unwrap_or_default(),
        })
    }
}

/// A report as a coordinator reads it. What was said of themselves is for whoever took it.
#[derive(Serialize, ToSchema)]
pub struct ReportView {
    /// Of which alert.
    pub alert_id: String,
    /// By whom.
    pub responder_id: String,
    /// When it was told last.
    pub at: WireTime,
    /// Chest compressions were given.
    pub cpr: Option<bool>,
    /// A defibrillator was used.
    pub aed_used: Option<bool>,
    /// What became of the patient.
    pub patient: Option<PatientOutcome>,
    /// You took it: the three below are there as they were told.
    pub readable: bool,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How the responder is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welfare: Option<Welfare>,
    /// Wants to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_me: Option<bool>,
    /// Who sees to them; null when they did not ask and nobody took it.
    pub care: Option<CareView>,
}

impl ReportView {
    /// As this coordinator may read it; `None` for what an older version wrote in another shape.
    pub fn of(kept: KeptReport, reader: &str) -> Option<Self> {
        let told: PutReport = serde_json::from_str(&kept.told).ok()?;
        let readable = kept.care.as_ref().is_some_and(|care| care.is_of(reader));
        Some(Self {
            alert_id: kept.alert.0,
            responder_id: kept.responder.0,
            at: kept.at.into(),
            cpr: told.cpr,
            aed_used: told.aed_used,
            patient: told.patient,
            readable,
            text: told.text.filter(|_| readable),
            welfare: readable.then_some(told.welfare),
            call_me: readable.then_some(told.call_me),
            care: kept.care.map(CareView::from),
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
        let kept = read("{}").unwrap().check().ok().unwrap();
        assert_eq!(kept.json, r#"{"welfare":"unsaid","call_me":false}"#);
        assert!(!kept.asks);
        let blank = read(r#"{"text": "  ", "welfare": "shaken", "call_me": true}"#).unwrap();
        let kept = blank.check().ok().unwrap();
        assert_eq!(kept.json, r#"{"welfare":"shaken","call_me":true}"#);
        assert!(read(&kept.json).is_ok(), "what is kept is read again");
        for (text, asks) in [
            (r#"{"welfare": "shaken"}"#, true),
            (r#"{"call_me": true}"#, true),
            (r#"{"welfare": "fine", "text": "call me"}"#, false),
        ] {
            assert_eq!(
                read(text).unwrap().check().ok().unwrap().asks,
                asks,
                "{text}"
            );
        }
        assert!(read(r#"{"welfare": "sad"}"#).is_err());
        assert!(read(r#"{"mood": 1}"#).is_err());
        let novel = serde_json::json!({"text": "x".repeat(2_001)}).to_string();
        assert_eq!(read(&novel).unwrap().check().err().unwrap().field, "text");
    }
}
