//! Responders, their phones, duty and positions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as KEY;
use muster_core::domain::ids::{DeviceId, ResponderId};
use muster_core::domain::push::{Platform, PushAddress};
use muster_core::domain::responder::{Skill, Travel};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Device, Enrolment, PersonChange, Responder};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use web_push_native::p256::PublicKey;

use super::{Invalid, WireTime, next_local, text};

/// Longest id that an outsider gives, characters.
const ID_MAX: usize = 128;
/// Longest name of a person, characters.
const PERSON_MAX: usize = 200;
/// Longest telephone number, characters.
const PHONE_MAX: usize = 40;
/// Longest push token or endpoint, characters.
const PUSH_MAX: usize = 4096;

/// An id that an outsider gives: it stands in paths, so no slash and nothing invisible.
pub(crate) fn id(field: &str, value: String) -> Result<String, Invalid> {
    let value = text(field, value, ID_MAX)?;
    if value
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '/')
    {
        return Err(Invalid::new(
            field,
            "no spaces, slashes or control characters",
        ));
    }
    Ok(value)
}

/// Somebody to be enrolled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolResponder {
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
    pub fn check(self, fresh: impl FnOnce() -> String) -> Result<Enrolment, Invalid> {
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
pub struct AmendResponder {
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
    pub fn check(self) -> Result<PersonChange, Invalid> {
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
pub struct ResponderView {
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
pub struct ResponderItems {
    /// The responders.
    pub items: Vec<ResponderView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A phone to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutDevice {
    /// `android`, `ios` or `web`.
    #[schema(value_type = String)]
    pub platform: Platform,
    /// Where pushes go.
    pub push: PushIn,
}

/// Where pushes go: one of these.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PushIn {
    /// FCM registration token.
    FcmToken(String),
    /// Firebase installation id.
    FcmFid(String),
    /// A browser's subscription.
    Webpush(WebpushIn),
}

/// A browser's push subscription.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebpushIn {
    /// The push service's URL for this browser.
    pub endpoint: String,
    /// The browser's public key, a point of P-256: base64url, or ordinary base64.
    pub p256dh: String,
    /// The shared secret, 16 bytes: base64url, or ordinary base64.
    pub auth: String,
}

impl PushIn {
    fn address(self) -> Result<PushAddress, Invalid> {
        Ok(match self {
            Self::FcmToken(token) => {
                PushAddress::FcmToken(text("push.fcm_token", token, PUSH_MAX)?)
            }
            Self::FcmFid(fid) => PushAddress::FcmFid(text("push.fcm_fid", fid, PUSH_MAX)?),
            Self::Webpush(push) => {
                let endpoint = text("push.webpush.endpoint", push.endpoint, PUSH_MAX)?;
                // in the clear to this machine alone, where a simulated server has its push service
                let clear = ["http://127.0.0.1:", "http://localhost:"];
                let secure = endpoint.starts_with("https://");
                if !secure && !clear.iter().any(|host| endpoint.starts_with(host)) {
                    return Err(Invalid::new("push.webpush.endpoint", "https:// expected"));
                }
                PushAddress::Webpush {
                    endpoint,
                    p256dh: key(
                        "push.webpush.p256dh",
                        push.p256dh,
                        "a point of P-256 in base64url expected",
                        |bytes| PublicKey::from_sec1_bytes(bytes).is_ok(),
                    )?,
                    auth: key(
                        "push.webpush.auth",
                        push.auth,
                        "16 bytes in base64url expected",
                        |bytes| bytes.len() == 16,
                    )?,
                }
            }
        })
    }
}

/// A key of a subscription as it is kept, in base64url without padding. Pages write it so, scripts
/// with `btoa` in the other alphabet, either with or without padding. With a key that is none every
/// alert would fail, so it is refused when it comes.
fn key(
    field: &str,
    value: String,
    expected: &str,
    is_key: impl Fn(&[u8]) -> bool,
) -> Result<String, Invalid> {
    let value = text(field, value, ID_MAX)?
        .replace('+', "-")
        .replace('/', "_");
    let bytes = KEY.decode(value.trim_end_matches('='));
    let key = bytes.ok().filter(|bytes| is_key(bytes));
    key.map(|bytes| KEY.encode(bytes))
        .ok_or_else(|| Invalid::new(field, expected))
}

impl PutDevice {
    /// Checks every value.
    pub fn check(self, device: String) -> Result<Device, Invalid> {
        Ok(Device {
            id: DeviceId(id("device_id", device)?),
            platform: self.platform,
            address: self.push.address()?,
        })
    }
}

/// A registered phone. The push address is not repeated.
#[derive(Serialize, ToSchema)]
pub struct DeviceView {
    /// As the phone names itself.
    pub device_id: String,
    /// What it runs on.
    pub platform: &'static str,
}

/// Whether alerts are wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DutyIn {
    /// Wanted now.
    pub on: bool,
    /// When that turns by itself into its opposite.
    pub until: Option<WireTime>,
    /// The same as a time of day, `HH:MM`: the next one on the clocks of `zone`.
    #[schema(example = "07:00")]
    pub until_local: Option<String>,
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
}

impl DutyIn {
    /// When it turns by itself, if it does.
    pub fn end(&self, now: Timestamp) -> Result<Option<Timestamp>, Invalid> {
        let end = match (&self.until, &self.until_local, &self.zone) {
            (until, None, None) => until.map(|until| until.0),
            (None, Some(time), Some(zone)) => Some(next_local(time, zone, now)?),
            (Some(_), ..) => return Err(Invalid::new("until_local", "not beside until")),
            (None, ..) => return Err(Invalid::new("zone", "until_local and zone go together")),
        };
        match end {
            Some(end) if end <= now => Err(Invalid::new("until", "a time to come expected")),
            end => Ok(end),
        }
    }
}

/// Whether alerts are wanted.
#[derive(Serialize, ToSchema)]
pub struct DutyView {
    /// Wanted now.
    pub on: bool,
    /// When that turns by itself into its opposite.
    pub until: Option<WireTime>,
}

/// A position on the phone's own clock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixIn {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub accuracy_m: f64,
    /// When, by the phone's clock.
    pub at: WireTime,
}

/// A message of positions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixesIn {
    /// Which phone.
    pub device_id: String,
    /// When the message left, by the phone's clock.
    pub sent_at: WireTime,
    /// At most 100; the newest counts.
    pub fixes: Vec<FixIn>,
}

/// A position that was not used.
#[derive(Serialize, ToSchema)]
pub struct RejectedView {
    /// Its place in the message, from 0.
    pub index: usize,
    /// `impossible_position`, `zero_island`, `bad_accuracy`, `from_the_future`, `too_old`,
    /// `impossible_jump`, `out_of_order` or `repeated`; see `api/errors.md`.
    pub code: &'static str,
}

/// What became of a message of positions.
#[derive(Serialize, ToSchema)]
pub struct FixesAccepted {
    /// How many were good.
    pub accepted: usize,
    /// The others.
    pub rejected: Vec<RejectedView>,
}

impl FixesAccepted {
    /// Of `sent` positions, these were rejected.
    pub fn of(sent: usize, rejected: Vec<RejectedView>) -> Self {
        Self {
            accepted: sent.saturating_sub(rejected.len()),
            rejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use muster_core::domain::responder::Skills;

    use super::*;

    #[test]
    fn a_device_has_exactly_one_push_address() {
        let read = |text| serde_json::from_str::<PutDevice>(text);
        assert!(read(r#"{"platform": "ios", "push": {"fcm_fid": "f"}}"#).is_ok());
        assert!(read(r#"{"platform": "ios", "push": {}}"#).is_err());
        assert!(
            read(r#"{"platform": "ios", "push": {"fcm_fid": "f", "fcm_token": "t"}}"#).is_err()
        );
        assert!(read(r#"{"platform": "fax", "push": {"fcm_fid": "f"}}"#).is_err());
        let plain = r#"{"platform": "web", "push": {"webpush":
            {"endpoint": "http://push.example", "p256dh": "k", "auth": "a"}}}"#;
        assert!(read(plain).unwrap().check("d".to_owned()).is_err());
    }

    /// The keys of the example of RFC 8291, as its page shows them.
    const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn subscribed(p256dh: &str, auth: &str) -> Result<(String, String), String> {
        let push = WebpushIn {
            endpoint: "https://push.example/1".to_owned(),
            p256dh: p256dh.to_owned(),
            auth: auth.to_owned(),
        };
        match PushIn::Webpush(push).address() {
            Ok(PushAddress::Webpush { p256dh, auth, .. }) => Ok((p256dh, auth)),
            Ok(_) => panic!("another kind of address"),
            Err(invalid) => Err(invalid.field),
        }
    }

    #[test]
    fn keys_in_either_alphabet_with_and_without_padding_are_kept_alike() {
        let kept = Ok((P256DH.to_owned(), AUTH.to_owned()));
        let ordinary = |key: &str| key.replace('-', "+").replace('_', "/");
        let padded = |key: &str| format!("{key}{}", "=".repeat((4 - key.len() % 4) % 4));
        assert_eq!(subscribed(P256DH, AUTH), kept);
        assert_eq!(subscribed(&ordinary(P256DH), &ordinary(AUTH)), kept);
        assert_eq!(subscribed(&padded(P256DH), &padded(AUTH)), kept);
        assert_eq!(
            subscribed(&padded(&ordinary(P256DH)), &padded(&ordinary(AUTH))),
            kept
        );
    }

    #[test]
    fn what_is_no_key_is_refused_and_named() {
        let off_the_curve = KEY.encode([4; 65]);
        let at_infinity = KEY.encode([0]);
        let cut = P256DH.get(..80).unwrap();
        for wrong in ["k", "?", "", cut, AUTH, &off_the_curve, &at_infinity] {
            let field = Err("push.webpush.p256dh".to_owned());
            assert_eq!(subscribed(wrong, AUTH), field, "{wrong}");
        }
        let long = KEY.encode([7; 17]);
        let short = KEY.encode([7; 15]);
        for wrong in ["a", "!", "", P256DH, &long, &short] {
            let field = Err("push.webpush.auth".to_owned());
            assert_eq!(subscribed(P256DH, wrong), field, "{wrong}");
        }
    }

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
