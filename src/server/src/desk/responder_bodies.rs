//! Responders, as they are enrolled, changed and shown.

use muster_core::domain::ids::ResponderId;
use muster_core::domain::responder::{Skill, Travel};
use muster_core::ports::{Enrolment, PersonChange, Responder};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::view::invalid::{Invalid, id, text};
use crate::view::time::WireTime;

/// Longest name of a person, characters.
const PERSON_MAX: usize = 200;
/// Longest telephone number, characters.
const PHONE_MAX: usize = 40;

/// Somebody to be enrolled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolResponder {
    /// Unique in the organisation; the `sub` of the responder's tokens. Given when absent.
    pub id: Option<String>,
    /// The person's name.
    pub name: String,
    /// The person's telephone.
    pub phone: Option<String>,
    /// `bls`, `first_aid`, `nurse`, `emt`, `paramedic`, `doctor`, `firefighter`, `police`.
    #[schema(value_type = Vec<String>)]
    pub skills: Vec<Skill>,
    /// `foot`, `bike` or `car`.
    #[schema(value_type = String)]
    pub travel: Travel,
    /// Opted in to exercises.
    #[serde(default)]
    pub exercises: bool,
}

impl EnrolResponder {
    /// Checks every value; `fresh` gives an id when none is given.
    pub(crate) fn check(self, fresh: impl FnOnce() -> String) -> Result<Enrolment, Invalid> {
        let given = self.id.map(|value| id("id", value)).transpose()?;
        Ok(Enrolment {
            id: ResponderId(given.unwrap_or_else(fresh)),
            name: text("name", self.name, PERSON_MAX)?,
            phone: self
                .phone
                .map(|phone| text("phone", phone, PHONE_MAX))
                .transpose()?,
            skills: self.skills.into_iter().collect(),
            travel: self.travel,
            exercises: self.exercises,
        })
    }
}

/// A change of a responder; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AmendResponder {
    /// The person's name.
    #[serde(default, deserialize_with = "given")]
    pub name: Option<String>,
    /// The person's telephone; `null` removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(
        clippy::option_option,
        reason = "absent, removed and new are three things"
    )]
    pub phone: Option<Option<String>>,
    /// Everything they can do; the words are those of enrolment.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    pub skills: Option<Vec<Skill>>,
    /// `foot`, `bike` or `car`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub travel: Option<Travel>,
    /// Opted in to exercises.
    #[serde(default, deserialize_with = "given")]
    pub exercises: Option<bool>,
}

/// A value that stands there, so that `null` is not taken for one that is absent.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl AmendResponder {
    /// Checks every value.
    pub(crate) fn check(self) -> Result<PersonChange, Invalid> {
        let phone = |phone: Option<String>| phone.map(|phone| text("phone", phone, PHONE_MAX));
        Ok(PersonChange {
            name: self
                .name
                .map(|name| text("name", name, PERSON_MAX))
                .transpose()?,
            phone: self.phone.map(|it| phone(it).transpose()).transpose()?,
            skills: self.skills.map(|skills| skills.into_iter().collect()),
            travel: self.travel,
            exercises: self.exercises,
        })
    }
}

/// A responder as a coordinator sees them.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResponderView {
    /// Name in the organisation.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The person's telephone.
    pub phone: Option<String>,
    /// What they can do.
    pub skills: Vec<&'static str>,
    /// `foot`, `bike` or `car`.
    pub travel: &'static str,
    /// Opted in to exercises.
    pub exercises: bool,
    /// `pending`, `verified` or `suspended`.
    #[schema(example = "pending")]
    pub state: &'static str,
    /// Wants alerts now.
    pub on_duty: bool,
    /// Until when, if it ends by itself.
    pub duty_until: Option<WireTime>,
}

impl From<Responder> for ResponderView {
    fn from(responder: Responder) -> Self {
        Self {
            id: responder.id.0,
            name: responder.name,
            phone: responder.phone,
            skills: responder.skills.iter().map(Skill::as_str).collect(),
            travel: responder.travel.as_str(),
            exercises: responder.exercises,
            state: responder.standing.as_str(),
            on_duty: responder.on_duty,
            duty_until: responder.duty_until.map(WireTime),
        }
    }
}

/// A page of responders, by name.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResponderItems {
    /// The responders.
    pub items: Vec<ResponderView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use muster_core::domain::responder::Skills;

    use super::*;

    #[test]
    fn a_change_holds_what_is_given_and_null_removes_a_telephone_only() {
        let read = |text| serde_json::from_str::<AmendResponder>(text);
        let checked = |text| read(text).unwrap().check();
        let none = checked("{}").ok().unwrap();
        assert!(none.name.is_none() && none.phone.is_none() && none.skills.is_none());
        let gone = checked(r#"{"phone": null, "skills": []}"#).ok().unwrap();
        assert_eq!(gone.phone, Some(None));
        assert!(gone.skills.is_some_and(Skills::is_empty));
        for none in [
            r#"{"name": null}"#,
            r#"{"skills": null}"#,
            r#"{"travel": null}"#,
            r#"{"exercises": null}"#,
        ] {
            assert!(read(none).is_err(), "{none}");
        }
        assert!(read(r#"{"state": "verified"}"#).is_err());
        assert!(read(r#"{"skills": ["juggler"]}"#).is_err());
        for (text, field) in [(r#"{"name": " "}"#, "name"), (r#"{"phone": ""}"#, "phone")] {
            assert_eq!(checked(text).err().unwrap().field, field);
        }
    }

    #[test]
    fn enrolment_refuses_unknown_skills_and_gives_an_id_when_none_is_given() {
        let read = |text| serde_json::from_str::<EnrolResponder>(text);
        assert!(read(r#"{"name": "A", "skills": ["juggler"], "travel": "foot"}"#).is_err());
        let who = read(r#"{"name": "A", "skills": ["bls"], "travel": "bike"}"#).unwrap();
        assert_eq!(who.check(|| "fresh".to_owned()).ok().unwrap().id.0, "fresh");
        let bad = read(r#"{"id": "a/b", "name": "A", "skills": [], "travel": "car"}"#).unwrap();
        assert_eq!(bad.check(String::new).err().unwrap().field, "id");
    }
}
