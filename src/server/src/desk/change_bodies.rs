//! What the desk sends to change an incident.

use muster_core::dispatch::{AddressChange, Change};
use muster_core::domain::alert::AlertState;
use muster_core::domain::event::{Alarm, Outcome};
use muster_core::domain::ids::IncidentId;
use muster_core::domain::incident::PlaceKind;
use muster_core::domain::plan::Scene;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::desk::place_bodies::{AddressIn, LocationIn};
use crate::desk::raise::{AGE_MAX_Y, EMS_ETA_MAX_S, KIND_MAX, span};
use crate::view::invalid::{Invalid, text};
use crate::view::reason::{REASON_MAX, overrides};

/// Longest note or message, characters.
const TEXT_MAX: usize = 2000;

/// What is known of the patient.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatientPatch {
    /// Age in years; `null` when it is not known.
    pub age_y: Option<f64>,
}

/// A change of an incident; what is absent stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchIncident {
    /// Another kind of emergency: whoever is asked from now on is asked by its plan.
    pub kind: Option<String>,
    /// A new place: selection runs again from there. Further away than 50 m, or than the old one
    /// was uncertain, it makes the known address doubtful.
    pub location: Option<LocationIn>,
    /// A new address, whole; `null` removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<AddressIn>)]
    #[expect(
        clippy::option_option,
        reason = "absent, removed and new are three things"
    )]
    pub address: Option<Option<AddressIn>>,
    /// The address is right for the new place, too.
    #[serde(default)]
    pub address_confirmed: bool,
    /// What is known of the patient; `null` when nothing is.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<PatientPatch>)]
    #[expect(
        clippy::option_option,
        reason = "absent, removed and new are three things"
    )]
    pub patient: Option<Option<PatientPatch>>,
    /// `private`, `public`, `care` or `unknown`.
    #[schema(value_type = Option<String>)]
    pub place: Option<PlaceKind>,
    /// `safe`, `unsafe` or `unknown`. `unsafe` stops all waves and warns everybody; `safe` ends
    /// that, and starts an incident that nothing else holds; `unknown` ends nothing.
    #[schema(value_type = Option<String>)]
    pub scene: Option<Scene>,
    /// Seconds until the ambulance is there.
    pub ems_eta_s: Option<f64>,
    /// For the log only.
    pub note: Option<String>,
    /// To those who accepted.
    pub message: Option<String>,
}

/// Tells `null` from absent.
#[expect(
    clippy::option_option,
    reason = "absent, removed and new are three things"
)]
pub(crate) fn given<'de, D, T>(value: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(value).map(Some)
}

impl PatchIncident {
    /// Checks every value.
    pub(crate) fn check(self, if_match: Option<u64>) -> Result<Change, Invalid> {
        let eta = self.ems_eta_s;
        if eta.is_some_and(|s| !(0.0..=EMS_ETA_MAX_S).contains(&s)) {
            return Err(Invalid::new("ems_eta_s", "seconds, 0 to 86400, expected"));
        }
        let address = match (self.address, self.address_confirmed) {
            (Some(_), true) => {
                let why = "an address is either new or still right";
                return Err(Invalid::new("address_confirmed", why));
            }
            (Some(Some(address)), false) => Some(AddressChange::Set(address.address()?)),
            (Some(None), false) => Some(AddressChange::Remove),
            (None, true) => Some(AddressChange::Confirm),
            (None, false) => None,
        };
        let checked = |field: &str, value: Option<String>, most: usize| {
            value.map(|value| text(field, value, most)).transpose()
        };
        Ok(Change {
            kind: checked("kind", self.kind, KIND_MAX)?,
            location: self.location.map(LocationIn::place).transpose()?,
            address,
            patient_age_y: self
                .patient
                .map(|patient| {
                    patient
                        .and_then(|patient| patient.age_y)
                        .map(age_y)
                        .transpose()
                })
                .transpose()?,
            place: self.place,
            scene: self.scene,
            ems_eta: eta.map(span),
            note: checked("note", self.note, TEXT_MAX)?,
            message: checked("message", self.message, TEXT_MAX)?,
            if_match,
        })
    }
}

fn age_y(years: f64) -> Result<u16, Invalid> {
    if !(0.0..=AGE_MAX_Y).contains(&years) {
        return Err(Invalid::new("patient.age_y", "years, 0 to 150, expected"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be between 0 and 150"
    )]
    let years = years as u16;
    Ok(years)
}

/// Why somebody does something.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonIn {
    /// In words, up to 500 characters.
    pub reason: String,
}

impl ReasonIn {
    /// The reason, if it has one.
    pub(crate) fn check(self) -> Result<String, Invalid> {
        text("reason", self.reason, REASON_MAX)
    }
}

/// Starts a held incident.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseIncident {
    /// Why, in words, up to 500 characters.
    pub reason: String,
    /// `scene_unsafe`: people are asked although the scene is unsafe. Coordinators only.
    #[serde(rename = "override")]
    #[schema(example = "scene_unsafe")]
    pub override_scene: Option<String>,
}

impl ReleaseIncident {
    /// The reason, and whether people are asked although the scene is unsafe.
    pub(crate) fn check(self) -> Result<(String, bool), Invalid> {
        let override_scene = overrides(self.override_scene.as_deref())?;
        Ok((text("reason", self.reason, REASON_MAX)?, override_scene))
    }
}

/// One person is not needed any more.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandDownOne {
    /// Why, in words, up to 500 characters.
    pub reason: Option<String>,
}

impl StandDownOne {
    /// The reason; empty when none was given.
    pub(crate) fn check(self) -> Result<String, Invalid> {
        optional_reason(self.reason)
    }
}

/// Takes back a mistaken arrival or end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectAlert {
    /// Where they really stand: `accepted`, `en_route` or `on_scene`.
    pub state: String,
    /// Why, in words, up to 500 characters.
    pub reason: Option<String>,
}

impl CorrectAlert {
    /// Where they stand, and why that is known.
    pub(crate) fn check(self) -> Result<(AlertState, String), Invalid> {
        let state = AlertState::parse(&self.state).filter(|state| state.is_engaged());
        let state = state
            .ok_or_else(|| Invalid::new("state", "accepted, en_route or on_scene expected"))?;
        Ok((state, optional_reason(self.reason)?))
    }
}

fn optional_reason(reason: Option<String>) -> Result<String, Invalid> {
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    let reason = reason.map(|reason| text("reason", reason, REASON_MAX));
    Ok(reason.transpose()?.unwrap_or_default())
}

/// Next wave now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WidenIncident {
    /// The wave that the person saw; a later one is left as it is.
    pub from_wave: u32,
}

/// A person knows of an alarm.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcknowledgeAlarm {
    /// `nobody_coming`, `exhausted`, `unsafe`, `danger`, `left` or `unreachable`.
    pub alarm: String,
}

impl AcknowledgeAlarm {
    /// The alarm, if there is one of that word.
    pub(crate) fn check(self) -> Result<Alarm, Invalid> {
        Alarm::parse(&self.alarm).ok_or_else(|| {
            let why = "nobody_coming, exhausted, unsafe, danger, left or unreachable expected";
            Invalid::new("alarm", why)
        })
    }
}

/// The end of an incident.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseIncident {
    /// `stood_down`, `ems_on_scene`, `completed`, `false_alarm` or `duplicate`.
    pub outcome: String,
    /// The incident that stands for a duplicate.
    pub of: Option<String>,
}

impl CloseIncident {
    /// Checks the outcome of the incident `id`.
    pub(crate) fn check(self, id: &IncidentId) -> Result<(Outcome, Option<IncidentId>), Invalid> {
        let outcome = Outcome::parse(&self.outcome).ok_or_else(|| {
            let why = "stood_down, ems_on_scene, completed, false_alarm or duplicate expected";
            Invalid::new("outcome", why)
        })?;
        let of = self.of.map(IncidentId);
        if of.is_some() && outcome != Outcome::Duplicate {
            return Err(Invalid::new(
                "of",
                "only a duplicate is of another incident",
            ));
        }
        if of.as_ref() == Some(id) {
            return Err(Invalid::new("of", "an incident is not its own duplicate"));
        }
        Ok((outcome, of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_with_a_wrong_value_is_refused_by_name() {
        for (body, field) in [
            (r#"{"location": {"lat": 0, "lon": 0}}"#, "location"),
            (r#"{"ems_eta_s": -1}"#, "ems_eta_s"),
            (r#"{"message": " "}"#, "message"),
            (r#"{"kind": ""}"#, "kind"),
            (r#"{"patient": {"age_y": 151}}"#, "patient.age_y"),
            (
                r#"{"address": null, "address_confirmed": true}"#,
                "address_confirmed",
            ),
        ] {
            let patch: PatchIncident = serde_json::from_str(body).unwrap();
            assert_eq!(patch.check(None).err().unwrap().field, field);
        }
        assert!(serde_json::from_str::<PatchIncident>(r#"{"scene": "fine"}"#).is_err());
        assert!(serde_json::from_str::<PatchIncident>(r#"{"colour": "red"}"#).is_err());
    }

    #[test]
    fn what_is_removed_is_told_from_what_is_left_alone() {
        let change = |body: &str| {
            let patch: PatchIncident = serde_json::from_str(body).unwrap();
            patch.check(None).ok().unwrap()
        };
        let none = change("{}");
        assert!(none.address.is_none() && none.patient_age_y.is_none());
        let gone = change(r#"{"address": null, "patient": null}"#);
        assert!(matches!(gone.address, Some(AddressChange::Remove)));
        assert_eq!(gone.patient_age_y, Some(None));
        let known = change(r#"{"address_confirmed": true, "patient": {"age_y": 61}}"#);
        assert!(matches!(known.address, Some(AddressChange::Confirm)));
        assert_eq!(known.patient_age_y, Some(Some(61)));
    }

    #[test]
    fn nobody_closes_an_incident_as_expired() {
        let close = |outcome: &str, of: Option<&str>| CloseIncident {
            outcome: outcome.to_owned(),
            of: of.map(str::to_owned),
        };
        let id = IncidentId::from("a");
        assert!(close("expired", None).check(&id).is_err());
        assert!(close("duplicate", Some("a")).check(&id).is_err());
        assert!(close("completed", Some("b")).check(&id).is_err());
        assert!(close("duplicate", Some("b")).check(&id).is_ok());
    }
}
