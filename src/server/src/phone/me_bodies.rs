//! A responder's own profile and phones, as their page shows them, and who is reachable.

use muster_core::domain::failing::Failing;
use muster_core::domain::responder::Skill;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Alarm, PhoneReport, PhoneState, PositionSource, Responder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, PlacesShape, QuietShape, WireTime, text};

/// Longest name of an app's version, characters.
const APP_MAX: usize = 64;

/// Oneself: also what a badge shows.
#[derive(Serialize, ToSchema)]
pub struct MeView {
    /// Name in the organisation.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// The person's name.
    pub name: String,
    /// What they can do.
    pub skills: Vec<&'static str>,
    /// `foot`, `bike` or `car`.
    pub travel: &'static str,
    /// Opted in to exercises.
    pub exercises: bool,
    /// `pending`, `verified` or `suspended`.
    #[schema(example = "verified")]
    pub state: &'static str,
    /// Wants alerts now.
    pub on_duty: bool,
    /// When that turns by itself into its opposite.
    pub duty_until: Option<WireTime>,
    /// Weekly quiet hours.
    pub quiet: Option<QuietShape>,
    /// Where they usually are at given hours.
    pub places: Option<PlacesShape>,
    /// The device of this session; `null` for a token that belongs to none.
    pub device_id: Option<String>,
    /// When the session ends.
    pub session_expires_at: WireTime,
    /// The control room's telephone, to call with one tap.
    pub control_room_phone: Option<String>,
    /// Every registered phone.
    pub devices: Vec<PhoneView>,
    /// Nobody real is alerted by this server.
    pub simulated: bool,
}

/// What [`MeView`] needs beside the responder.
pub struct MeParts {
    /// The organisation.
    pub org: String,
    /// Weekly quiet hours.
    pub quiet: Option<QuietShape>,
    /// Where they usually are at given hours.
    pub places: Option<PlacesShape>,
    /// The device of this session.
    pub device_id: Option<String>,
    /// When the session ends.
    pub session_expires_at: WireTime,
    /// The control room's telephone.
    pub control_room_phone: Option<String>,
    /// Every registered phone.
    pub devices: Vec<PhoneView>,
    /// Nobody real is alerted by this server.
    pub simulated: bool,
}

impl MeView {
    /// The responder with everything else.
    pub fn of(responder: Responder, parts: MeParts) -> Self {
        Self {
            id: responder.id.0,
            org: parts.org,
            name: responder.name,
            skills: responder.skills.iter().map(Skill::as_str).collect(),
            travel: responder.travel.as_str(),
            exercises: responder.exercises,
            state: responder.standing.as_str(),
            on_duty: responder.on_duty,
            duty_until: responder.duty_until.map(WireTime),
            quiet: parts.quiet,
            places: parts.places,
            device_id: parts.device_id,
            session_expires_at: parts.session_expires_at,
            control_room_phone: parts.control_room_phone,
            devices: parts.devices,
            simulated: parts.simulated,
        }
    }
}

/// One registered phone.
#[derive(Serialize, ToSchema)]
pub struct PhoneView {
    /// As the phone names itself.
    pub device_id: String,
    /// What it runs on.
    pub platform: &'static str,
    /// `ok`, or `dead`: no push reaches it any more, and it must register anew.
    #[schema(example = "ok")]
    pub push: &'static str,
    /// What it last said of itself.
    #[schema(value_type = Option<PutReadiness>)]
    pub readiness: Option<serde_json::Value>,
    /// When it said so.
    pub reported_at: Option<WireTime>,
    /// When it last had an alert.
    pub last_received_at: Option<WireTime>,
    /// Its last test.
    pub last_test: Option<TestView>,
    /// Why it can no longer be counted on: `push_dead`, `test_missed` or `not_heard_from`; `null`
    /// while it can.
    #[schema(example = "push_dead")]
    pub failing: Option<&'static str>,
}

/// The phones of a responder.
#[derive(Serialize, ToSchema)]
pub struct PhoneItems {
    /// In the order in which they were registered.
    pub items: Vec<PhoneView>,
}

/// A test of one phone.
#[derive(Serialize, ToSchema)]
pub struct TestView {
    /// Its name.
    pub id: String,
    /// When it was sent.
    pub sent_at: WireTime,
    /// When the phone had it; `null` while it has not.
    pub received_at: Option<WireTime>,
}

impl PhoneView {
    /// All phones of one responder.
    pub fn all(phones: Vec<PhoneState>, now: Timestamp) -> Vec<Self> {
        let heard_at = PhoneState::last_heard(&phones);
        let of = |state: PhoneState| {
            let failing = state.failing(heard_at, now);
            Self::of(state, failing)
        };
        phones.into_iter().map(of).collect()
    }

    fn of(state: PhoneState, failing: Option<Failing>) -> Self {
        let (report, reported_at) = state.report.unzip();
        Self {
            device_id: state.device.0,
            platform: state.platform.as_str(),
            push: if state.dead_reason.is_none() {
                "ok"
            } else {
                "dead"
            },
            // written by `PutReadiness::check`, so it is read back
            readiness: report.and_then(|report| serde_json::from_str(&report.whole).ok()),
            reported_at: reported_at.map(WireTime),
            last_received_at: state.received_at.map(WireTime),
            last_test: state.test.map(|test| TestView {
                id: test.id.0,
                sent_at: test.sent_at.into(),
                received_at: test.received_at.map(WireTime),
            }),
            failing: failing.map(Failing::as_str),
        }
    }
}

/// What a phone says of itself: can it wake its owner, and does it know where it is?
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutReadiness {
    /// `loud`, `quiet` or `unknown`.
    pub alarm: String,
    /// `live`, `place` or `none`.
    pub position: String,
    /// `granted`, `denied` or `default`, as the platform says it.
    pub notifications: Option<String>,
    /// A push subscription is there.
    pub subscribed: Option<bool>,
    /// Charge, 0 to 100.
    pub battery_pct: Option<u8>,
    /// The platform holds this app's work in the background back.
    pub background_limited: Option<bool>,
    /// Version of the app or page.
    pub app: Option<String>,
}

impl PutReadiness {
    /// Checks every value.
    pub fn check(self) -> Result<PhoneReport, Invalid> {
        let alarm = Alarm::parse(&self.alarm)
            .ok_or_else(|| Invalid::new("alarm", "loud, quiet or unknown expected"))?;
        let position = PositionSource::parse(&self.position)
            .ok_or_else(|| Invalid::new("position", "live, place or none expected"))?;
        let words = ["granted", "denied", "default"];
        let notifications = self.notifications.as_deref();
        if notifications.is_some_and(|word| !words.contains(&word)) {
            let why = "granted, denied or default expected";
            return Err(Invalid::new("notifications", why));
        }
        if self.battery_pct.is_some_and(|percent| percent > 100) {
            return Err(Invalid::new("battery_pct", "0 to 100 expected"));
        }
        if let Some(app) = &self.app {
            text("app", app.clone(), APP_MAX)?;
        }
        // strings, numbers and truth values always have a JSON form
        let whole = serde_json::to_string(&self).unwrap_or_default();
        Ok(PhoneReport {
            alarm,
            position,
            whole,
        })
    }
}

/// A test that was sent.
#[derive(Serialize, ToSchema)]
pub struct TestSentView {
    /// Its name; the push carries it as `alert_id`.
    pub id: String,
    /// When it was sent.
    pub sent_at: WireTime,
    /// When it is worth nothing any more.
    pub expires_at: WireTime,
    /// The phones that a push was sent to.
    pub devices: Vec<String>,
}

/// Which phone has its test.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestReceived {
    /// Which.
    pub device_id: String,
}

/// The key that a browser subscribes with.
#[derive(Serialize, ToSchema)]
pub struct PushKeyView {
    /// An uncompressed point of P-256, base64url: `applicationServerKey`.
    pub public_key: String,
}

/// Who of an organisation can be alerted now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadinessView {
    /// Verified responders.
    pub verified: usize,
    /// Of these, who wants alerts now.
    pub on_duty: usize,
    /// Of these, who has a phone that a push reaches.
    pub reachable: usize,
    /// Of these, who has the channel open to the node that answers.
    pub connected: usize,
    /// Of the reachable: will their phone wake them, by its own word?
    pub alarm: AlarmCounts,
    /// Of the reachable: where do their positions come from?
    pub position: PositionCounts,
    /// On duty, but probably not to be reached; at most 200, the longest silent first.
    pub silent: Vec<SilentView>,
    /// When it was counted.
    pub as_of: WireTime,
}

/// How many will be woken.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct AlarmCounts {
    /// It rings.
    pub loud: usize,
    /// It shows, but may be silent.
    pub quiet: usize,
    /// Nobody can tell.
    pub unknown: usize,
}

/// Where positions come from.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PositionCounts {
    /// From the phone, as it moves.
    pub live: usize,
    /// From a place that its owner named.
    pub place: usize,
    /// From nowhere.
    pub none: usize,
}

/// Somebody who wants alerts and will probably not get one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SilentView {
    /// Who.
    pub responder_id: String,
    /// The person's name.
    pub name: String,
    /// When one of their phones last said anything that was kept.
    pub last_heard_at: Option<WireTime>,
    /// `no_phone`, `test_missed` or `not_heard_from`.
    #[schema(example = "no_phone")]
    pub why: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_checked_word_by_word_and_kept_whole() {
        let read = |text: &str| serde_json::from_str::<PutReadiness>(text).unwrap();
        let good = read(r#"{"alarm": "quiet", "position": "none", "battery_pct": 40}"#);
        let report = good.check().unwrap();
        assert_eq!(
            (report.alarm, report.position),
            (Alarm::Quiet, PositionSource::None)
        );
        assert!(report.whole.contains(r#""battery_pct":40"#));
        for (bad, field) in [
            (r#"{"alarm": "shrill", "position": "live"}"#, "alarm"),
            (r#"{"alarm": "loud", "position": "moon"}"#, "position"),
            (
                r#"{"alarm": "loud", "position": "live", "battery_pct": 101}"#,
                "battery_pct",
            ),
            (
                r#"{"alarm": "loud", "position": "live", "notifications": "x"}"#,
                "notifications",
            ),
            (r#"{"alarm": "loud", "position": "live", "app": ""}"#, "app"),
        ] {
            assert_eq!(read(bad).check().unwrap_err().field, field);
        }
    }
}
