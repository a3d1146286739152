//! What every push says, whatever carries it: names of things and times, nothing about a person or
//! a place. More is shown by the app when it has asked the server (`phone/disclosure.rs`).

use std::fmt;

use muster_core::domain::push::PushMessage;
use muster_core::domain::time::Timestamp;
use serde::{Serialize, Serializer};

/// The contract with the app; strings only, because FCM carries nothing else.
#[derive(Serialize)]
pub(super) struct Data<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    alert_id: &'a str,
    incident_id: &'a str,
    version: Text<u64>,
    sent_at: Text<Rfc3339>,
    expires_at: Text<Rfc3339>,
    expires_in_s: Text<i64>,
    role: &'static str,
    exercise: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

/// What the app is told; `expires_in_s` is counted from `sent_at`.
pub(super) fn data(push: &PushMessage, expires_in_s: i64) -> Data<'_> {
    Data {
        kind: push.kind.as_str(),
        alert_id: push.alert.as_str(),
        incident_id: push.incident.as_str(),
        version: Text(push.version),
        sent_at: Text(Rfc3339(push.sent_at)),
        expires_at: Text(Rfc3339(push.expires_at)),
        expires_in_s: Text(expires_in_s),
        role: push.role.as_str(),
        exercise: if push.exercise { "true" } else { "false" },
        device_id: push.attention.as_ref().map(|said| said.device.as_str()),
        why: push.attention.as_ref().map(|said| said.why.as_str()),
    }
}

/// Anything printable, as a JSON string, without a `String` in between.
pub(super) struct Text<T>(pub(super) T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// RFC 3339, UTC, milliseconds.
pub(super) struct Rfc3339(pub(super) Timestamp);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Outside jiff's years the instant is a bug elsewhere; the phone still has `expires_in_s`.
        let instant = jiff::Timestamp::from_millisecond(self.0.0).unwrap_or_default();
        write!(f, "{instant:.3}")
    }
}
