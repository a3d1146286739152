//! The body of a message, per platform. Borrowed from the message and written in one go.
//!
//! It holds names of things and times, nothing about a person: the phone asks this server for the
//! rest.

use std::fmt;

use bytes::Bytes;
use muster_core::domain::push::{Platform, PushAddress, PushKind, PushMessage};
use muster_core::domain::time::Timestamp;
use serde::Serialize;

use crate::payload::{Data, Text, data};

/// FCM keeps a message four weeks at most.
const LONGEST_TTL_S: i64 = 28 * 24 * 3600;
/// APNs refuses a longer `apns-collapse-id`.
const LONGEST_COLLAPSE_ID: usize = 64;
/// A body is about 700 bytes plus the address; one allocation does.
const BODY_CAPACITY: usize = 1536;
/// The sound file in the app's bundle that wakes people.
const ALARM: &str = "alarm.caf";

/// Whether a message of that kind goes ahead of the others.
pub(super) fn is_urgent(kind: PushKind) -> bool {
    matches!(kind, PushKind::Alert | PushKind::Danger)
}

/// The body for that message, or a stable word why FCM cannot carry it.
pub(super) fn body(push: &PushMessage) -> Result<Bytes, &'static str> {
    let (token, fid) = match &push.address {
        PushAddress::FcmToken(token) => (Some(&**token), None),
        PushAddress::FcmFid(fid) => (None, Some(&**fid)),
        PushAddress::Webpush { .. } => return Err("no_sender_for_webpush"),
    };
    let expires_in_s = (push.expires_at - push.sent_at).as_s().max(0);
    let ttl_s = expires_in_s.min(LONGEST_TTL_S);
    let on = |platform| push.platform == platform;
    write(&Request {
        validate_only: false,
        message: Message {
            token,
            fid,
            topic: None,
            data: Some(data(push, expires_in_s)),
            android: on(Platform::Android).then(|| android(push.kind, ttl_s)),
            apns: on(Platform::Ios).then(|| apns(push)),
            webpush: on(Platform::Web).then(|| webpush(push.kind, ttl_s)),
        },
    })
}

/// A message FCM only checks: opens a connection and proves the credentials, wakes nobody.
pub(super) fn warming_body() -> Result<Bytes, &'static str> {
    write(&Request {
        validate_only: true,
        message: Message {
            topic: Some("muster-warm"),
            ..Message::default()
        },
    })
}

fn write(request: &Request<'_>) -> Result<Bytes, &'static str> {
    let mut body = Vec::with_capacity(BODY_CAPACITY);
    match serde_json::to_writer(&mut body, request) {
        Ok(()) => Ok(body.into()),
        Err(_) => Err("unwritable_message"),
    }
}

/// Data-only, so that the app itself decides how to ring. No `collapse_key`: a phone keeps four, and
/// a fifth incident would drop one.
fn android(kind: PushKind, ttl_s: i64) -> Android {
    let wakes = !kind.can_wait();
    Android {
        priority: if wakes { "HIGH" } else { "NORMAL" },
        ttl: Text(Seconds(ttl_s)),
        direct_boot_ok: true,
    }
}

/// A visible alert, because iOS holds data-only messages back. Repeats replace each other.
fn apns(push: &PushMessage) -> Apns<'_> {
    let critical = is_urgent(push.kind) && !push.exercise;
    let alert = push.alert.as_str();
    Apns {
        headers: ApnsHeaders {
            priority: "10",
            push_type: "alert",
            expiration: Text(epoch_s(push.expires_at)),
            collapse_id: (alert.len() <= LONGEST_COLLAPSE_ID).then_some(alert),
        },
        payload: ApnsPayload {
            aps: Aps {
                alert: texts(push.kind, push.exercise),
                sound: sound(push.kind, critical),
                interruption_level: if critical {
                    "critical"
                } else {
                    "time-sensitive"
                },
                mutable_content: 1,
                category: category(push.kind),
                thread_id: push.incident.as_str(),
            },
        },
    }
}

fn webpush(kind: PushKind, ttl_s: i64) -> Webpush {
    let wakes = !kind.can_wait();
    Webpush {
        headers: WebpushHeaders {
            ttl: Text(ttl_s),
            urgency: if wakes { "high" } else { "normal" },
        },
    }
}

/// Keys of the app's translations; an exercise has its own, so that nobody takes it for real.
fn texts(kind: PushKind, exercise: bool) -> ApsAlert {
    let (title_loc_key, loc_key) = match (kind, exercise) {
        (PushKind::Alert, false) => ("ALERT_TITLE", "ALERT_BODY"),
        (PushKind::Alert, true) => ("EXERCISE_ALERT_TITLE", "EXERCISE_ALERT_BODY"),
        (PushKind::Update, false) => ("UPDATE_TITLE", "UPDATE_BODY"),
        (PushKind::Update, true) => ("EXERCISE_UPDATE_TITLE", "EXERCISE_UPDATE_BODY"),
        (PushKind::Danger, false) => ("DANGER_TITLE", "DANGER_BODY"),
        (PushKind::Danger, true) => ("EXERCISE_DANGER_TITLE", "EXERCISE_DANGER_BODY"),
        (PushKind::StandDown, false) => ("STAND_DOWN_TITLE", "STAND_DOWN_BODY"),
        (PushKind::StandDown, true) => ("EXERCISE_STAND_DOWN_TITLE", "EXERCISE_STAND_DOWN_BODY"),
        (PushKind::Test, false) => ("TEST_TITLE", "TEST_BODY"),
        (PushKind::Test, true) => ("EXERCISE_TEST_TITLE", "EXERCISE_TEST_BODY"),
        // phones fail in earnest
        (PushKind::Attention, _) => ("ATTENTION_TITLE", "ATTENTION_BODY"),
    };
    ApsAlert {
        title_loc_key,
        loc_key,
    }
}

fn sound(kind: PushKind, critical: bool) -> Sound {
    match (critical, is_urgent(kind)) {
        (true, _) => Sound::Critical {
            critical: 1,
            name: ALARM,
            volume: 1.0,
        },
        (false, true) => Sound::Plain(ALARM),
        (false, false) => Sound::Plain("default"),
    }
}

fn category(kind: PushKind) -> &'static str {
    match kind {
        PushKind::Alert => "RESPONDER_ALERT",
        PushKind::Update => "RESPONDER_UPDATE",
        PushKind::Danger => "RESPONDER_DANGER",
        PushKind::StandDown => "RESPONDER_STAND_DOWN",
        PushKind::Test => "RESPONDER_TEST",
        PushKind::Attention => "RESPONDER_ATTENTION",
    }
}

/// Seconds since 1970, never negative. APNs reads 0 as "now or never".
fn epoch_s(at: Timestamp) -> i64 {
    at.0.div_euclid(1000).max(0)
}

/// A protobuf `Duration`.
struct Seconds(i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

#[derive(Serialize)]
struct Request<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    validate_only: bool,
    message: Message<'a>,
}

#[derive(Serialize, Default)]
struct Message<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    android: Option<Android>,
    #[serde(skip_serializing_if = "Option::is_none")]
    apns: Option<Apns<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webpush: Option<Webpush>,
}

#[derive(Serialize)]
struct Android {
    priority: &'static str,
    ttl: Text<Seconds>,
    direct_boot_ok: bool,
}

#[derive(Serialize)]
struct Apns<'a> {
    headers: ApnsHeaders<'a>,
    payload: ApnsPayload<'a>,
}

#[derive(Serialize)]
struct ApnsHeaders<'a> {
    #[serde(rename = "apns-priority")]
    priority: &'static str,
    #[serde(rename = "apns-push-type")]
    push_type: &'static str,
    #[serde(rename = "apns-expiration")]
    expiration: Text<i64>,
    #[serde(rename = "apns-collapse-id", skip_serializing_if = "Option::is_none")]
    collapse_id: Option<&'a str>,
}

#[derive(Serialize)]
struct ApnsPayload<'a> {
    aps: Aps<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Aps<'a> {
    alert: ApsAlert,
    sound: Sound,
    interruption_level: &'static str,
    mutable_content: u8,
    category: &'static str,
    thread_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ApsAlert {
    title_loc_key: &'static str,
    loc_key: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Sound {
    /// Sounds even when the phone is muted, given the entitlement.
    Critical {
        critical: u8,
        name: &'static str,
        volume: f64,
    },
    Plain(&'static str),
}

#[derive(Serialize)]
struct Webpush {
    headers: WebpushHeaders,
}

#[derive(Serialize)]
struct WebpushHeaders {
    #[serde(rename = "TTL")]
    ttl: Text<i64>,
    #[serde(rename = "Urgency")]
    urgency: &'static str,
}
