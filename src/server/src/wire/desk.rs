//! What the desk says about an incident. Read strictly.

use muster_core::domain::event::{Alarm, Outcome};
use muster_core::domain::ids::IncidentId;
use muster_core::domain::place::Point;
use muster_core::domain::plan::Scene;
use muster_core::domain::time::Millis;
use muster_core::ports::{Address, Place};
use serde::Deserialize;
use utoipa::ToSchema;

use super::raise::{ADDRESS_MAX, EMS_ETA_MAX_S, span};
use super::{Invalid, text};

/// Longest reason, characters.
pub(super) const REASON_MAX: usize = 500;
/// Longest note or message, characters.
const TEXT_MAX: usize = 2000;

/// A place as an outsider names it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationIn {
    /// Degrees, WGS 84.
    #[schema(example = 36.8529)]
    pub lat: f64,
    /// Degrees, WGS 84.
    #[schema(example = -75.978)]
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub uncertainty_m: Option<f64>,
}

impl LocationIn {
    fn place(self) -> Result<Place, Invalid> {
        if self
            .uncertainty_m
            .is_some_and(|m| !(m >= 0.0 && m.is_finite()))
        {
            return Err(Invalid::new(
                "location.uncertainty_m",
                "metres, 0 or more, expected",
            ));
        }
        let point = Point::new(self.lat, self.lon)
            .map_err(|_impossible| Invalid::new("location", "no such place on the earth"))?;
        Ok(Place {
            point,
            uncertainty_m: self.uncertainty_m,
        })
    }
}

/// How to find the patient.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressIn {
    /// Street and number.
    pub line: Option<String>,
    /// Name of the building.
    pub place_name: Option<String>,
    /// A grid or three-word reference, shown as text.
    pub grid: Option<String>,
    /// Which floor.
    pub floor: Option<String>,
    /// Code of the door.
    pub entry_code: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
}

impl AddressIn {
    fn address(self) -> Result<Address, Invalid> {
        let part = |name: &str, value: Option<String>| {
            let value = value.filter(|value| !value.trim().is_empty());
            value
                .map(|value| text(&format!("address.{name}"), value, ADDRESS_MAX))
                .transpose()
        };
        Ok(Address {
            line: part("line", self.line)?,
            place_name: part("place_name", self.place_name)?,
            grid: part("grid", self.grid)?,
            floor: part("floor", self.floor)?,
            entry_code: part("entry_code", self.entry_code)?,
            notes: part("notes", self.notes)?,
        })
    }
}

/// A change of an incident; what is absent stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchIncident {
    /// A new place: selection runs again from there.
    pub location: Option<LocationIn>,
    /// A new address, whole.
    pub address: Option<AddressIn>,
    /// `safe`, `unsafe` or `unknown`; `unsafe` stops all waves and warns everybody.
    #[schema(value_type = Option<String>)]
    pub scene: Option<Scene>,
    /// Seconds until the ambulance is there.
    pub ems_eta_s: Option<f64>,
    /// For the log only.
    pub note: Option<String>,
    /// To those who accepted.
    pub message: Option<String>,
}

/// [`PatchIncident`] in the domain's words.
#[derive(Default)]
pub struct Patch {
    /// A new place.
    pub location: Option<Place>,
    /// A new address.
    pub address: Option<Address>,
    /// What is known of the scene.
    pub scene: Option<Scene>,
    /// Until the ambulance is there.
    pub ems_eta: Option<Millis>,
    /// For the log.
    pub note: Option<String>,
    /// To those who accepted.
    pub message: Option<String>,
}

impl PatchIncident {
    /// Checks every value.
    pub fn check(self) -> Result<Patch, Invalid> {
        let eta = self.ems_eta_s;
        if eta.is_some_and(|s| !(0.0..=EMS_ETA_MAX_S).contains(&s)) {
            return Err(Invalid::new("ems_eta_s", "seconds, 0 to 86400, expected"));
        }
        Ok(Patch {
            location: self.location.map(LocationIn::place).transpose()?,
            address: self.address.map(AddressIn::address).transpose()?,
            scene: self.scene,
            ems_eta: eta.map(span),
            note: self
                .note
                .map(|note| text("note", note, TEXT_MAX))
                .transpose()?,
            message: self
                .message
                .map(|message| text("message", message, TEXT_MAX))
                .transpose()?,
        })
    }
}

/// Why somebody does something.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonIn {
    /// In words, up to 500 characters.
    pub reason: String,
}

impl ReasonIn {
    /// The reason, if it has one.
    pub fn check(self) -> Result<String, Invalid> {
        text("reason", self.reason, REASON_MAX)
    }
}

/// Next wave now.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WidenIncident {
    /// The wave that the person saw; a later one is left as it is.
    pub from_wave: u32,
}

/// A person knows of an alarm.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeAlarm {
    /// `nobody_coming`, `exhausted`, `unsafe` or `danger`.
    pub alarm: String,
}

impl AcknowledgeAlarm {
    /// The alarm, if there is one of that word.
    pub fn check(self) -> Result<Alarm, Invalid> {
        Alarm::parse(&self.alarm).ok_or_else(|| {
            let why = "nobody_coming, exhausted, unsafe or danger expected";
            Invalid::new("alarm", why)
        })
    }
}

/// The end of an incident.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseIncident {
    /// `stood_down`, `ems_on_scene`, `completed`, `false_alarm` or `duplicate`.
    pub outcome: String,
    /// The incident that stands for a duplicate.
    pub of: Option<String>,
}

impl CloseIncident {
    /// Checks the outcome of the incident `id`.
    pub fn check(self, id: &IncidentId) -> Result<(Outcome, Option<IncidentId>), Invalid> {
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
        ] {
            let patch: PatchIncident = serde_json::from_str(body).unwrap();
            assert_eq!(patch.check().err().unwrap().field, field);
        }
        assert!(serde_json::from_str::<PatchIncident>(r#"{"scene": "fine"}"#).is_err());
        assert!(serde_json::from_str::<PatchIncident>(r#"{"colour": "red"}"#).is_err());
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
