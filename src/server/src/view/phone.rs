//! What a phone said of itself, as its owner and coordinators see it.

use muster_core::domain::failing_phone::Failing;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Alarm, PhoneReport, PhoneState, PositionSource};
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::invalid::{Invalid, text};
use crate::view::time::WireTime;

/// One registered phone.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhoneView {
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

/// A test of one phone.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestView {
    /// Its name.
    pub id: String,
    /// When it was sent.
    pub sent_at: WireTime,
    /// When the phone had it; `null` while it has not.
    pub received_at: Option<WireTime>,
}

impl PhoneView {
    /// All phones of one responder.
    pub(crate) fn all(phones: Vec<PhoneState>, now: Timestamp) -> Vec<Self> {
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

/// Longest name of an app's version, characters.
const APP_MAX: usize = 64;

/// What a phone says of itself: can it wake its owner, and does it know where it is?
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PutReadiness {
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
    pub(crate) fn check(self) -> Result<PhoneReport, Invalid> {
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
