//! What a responder tells after an incident.

use muster_core::ports::Told;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::view::invalid::{Invalid, text};

/// Longest text, characters.
const TEXT_MAX: usize = 2_000;

/// What became of the patient, as the responder saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PatientOutcome {
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
pub(crate) enum Welfare {
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
pub(crate) struct PutReport {
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
    pub(crate) fn check(mut self) -> Result<Told, Invalid> {
        let said = self.text.filter(|said| !said.trim().is_empty());
        self.text = said.map(|said| text("text", said, TEXT_MAX)).transpose()?;
        Ok(Told {
            asks: self.call_me || self.welfare == Welfare::Shaken,
            // texts and truth values always have a JSON form
            json: serde_json::to_string(&self).unwrap_or_default(),
        })
    }
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
