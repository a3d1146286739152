//! `messages:send`: what FCM checks, then what the script says, then the message is taken.

use super::Shared;
use super::answer::{Answer, bad_field, error, json_answer, of_fault, unauthenticated};
use super::faults::{Fault, Verdict};
use super::record::Delivery;
use hyper::StatusCode;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Keys and values of `data` together.
const MOST_DATA_BYTES: usize = 4_096;
const TARGETS: [&str; 4] = ["token", "fid", "topic", "condition"];

/// The fields of FCM v1 (Google's discovery document), in their JSON spelling; both spellings parse.
const REQUEST: &[&str] = &["message", "validateOnly"];
const MESSAGE: &[&str] = &[
    "android",
    "androidV2",
    "apns",
    "condition",
    "data",
    "fcmOptions",
    "fid",
    "name",
    "notification",
    "token",
    "topic",
    "webpush",
];
const ANDROID: &[&str] = &[
    "bandwidthConstrainedOk",
    "collapseKey",
    "data",
    "directBootOk",
    "fcmOptions",
    "notification",
    "priority",
    "restrictedPackageName",
    "restrictedSatelliteOk",
    "ttl",
];
const APNS: &[&str] = &["fcmOptions", "headers", "liveActivityToken", "payload"];
const WEBPUSH: &[&str] = &["data", "fcmOptions", "headers", "notification"];

/// Whom a checked message is for, and what it carries.
struct Checked {
    address: String,
    data: BTreeMap<String, String>,
    message: Value,
    validate_only: bool,
}

/// Answers a send; `None` is no answer at all.
pub(super) async fn answer(
    shared: &Shared,
    project: &str,
    bearer: Option<&str>,
    body: &[u8],
) -> Option<Answer> {
    if !shared.tokens.admits(bearer) {
        return Some(unauthenticated());
    }
    if project != shared.config.project {
        let words = "The caller does not have permission";
        return Some(error(
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            words,
            &json!([]),
        ));
    }
    let checked = match check(body) {
        Ok(checked) => checked,
        Err(refusal) => return Some(*refusal),
    };
    let verdict = shared.faults.on_send(&checked.address);
    if !verdict.latency.is_zero() {
        tokio::time::sleep(verdict.latency).await;
    }
    take(shared, project, checked, verdict).await
}

async fn take(
    shared: &Shared,
    project: &str,
    checked: Checked,
    verdict: Verdict,
) -> Option<Answer> {
    match verdict.error {
        None | Some(Fault::TakeThenDrop) => {}
        Some(Fault::Hang) => std::future::pending().await,
        Some(fault) => return Some(of_fault(fault, verdict.retry_after_s)),
    }
    if checked.validate_only {
        let name = format!("projects/{project}/messages/fake_message_id");
        return Some(json_answer(StatusCode::OK, &json!({"name": name})));
    }
    let delivery = Delivery {
        seq: 0,
        address: checked.address,
        project: project.to_owned(),
        data: checked.data,
        arrived: Instant::now(),
        message: Arc::new(checked.message),
    };
    let seq = shared.record.take(delivery).await;
    if verdict.error.is_some() {
        return None;
    }
    if !shared.config.ack_latency.is_zero() {
        tokio::time::sleep(shared.config.ack_latency).await;
    }
    let name = format!("projects/{project}/messages/0:{seq}%standin");
    Some(json_answer(StatusCode::OK, &json!({"name": name})))
}

fn check(body: &[u8]) -> Result<Checked, Box<Answer>> {
    let bad = |field: &str, words: &str| Box::new(bad_field(field, words));
    let mut request: Value = serde_json::from_slice(body)
        .map_err(|e| bad("", &format!("Invalid JSON payload received. {e}")))?;
    known(request.as_object(), "", REQUEST)?;
    let Some(message) = request.get("message").and_then(Value::as_object) else {
        return Err(bad("message", "The message is not an object"));
    };
    known(Some(message), "message", MESSAGE)?;
    for (part, fields) in [("android", ANDROID), ("apns", APNS), ("webpush", WEBPUSH)] {
        known(message.get(part).and_then(Value::as_object), part, fields)?;
    }
    let mut targets = TARGETS
        .iter()
        .filter_map(|name| message.get(*name).map(|v| (*name, v)));
    let (Some((field, target)), None) = (targets.next(), targets.next()) else {
        return Err(bad(
            "message",
            "Exactly one of token, fid, topic and condition is needed",
        ));
    };
    let address = target.as_str().filter(|text| !text.is_empty());
    let Some(address) = address else {
        return Err(bad(
            &format!("message.{field}"),
            "Invalid registration token",
        ));
    };
    if let Some(ttl) = message
        .get("android")
        .and_then(|android| android.get("ttl"))
    {
        let seconds = ttl
            .as_str()
            .and_then(|t| t.strip_suffix('s'))
            .map(str::parse::<f64>);
        if !matches!(seconds, Some(Ok(s)) if (0.0..=2_419_200.0).contains(&s)) {
            return Err(bad("message.android.ttl", "Invalid TTL"));
        }
    }
    let (address, data) = (address.to_owned(), data(message)?);
    let validate_only = ["validate_only", "validateOnly"];
    let validate_only = validate_only
        .iter()
        .any(|n| request[n] == Value::Bool(true));
    Ok(Checked {
        address,
        data,
        validate_only,
        // taken out, not copied: what a message costs here is not what is measured
        message: request["message"].take(),
    })
}

/// Refuses fields that FCM does not know, in either spelling.
fn known(part: Option<&Map<String, Value>>, at: &str, fields: &[&str]) -> Result<(), Box<Answer>> {
    let Some(part) = part else { return Ok(()) };
    for name in part.keys() {
        if !fields.contains(&&*camel(name)) {
            let words = format!("Invalid JSON payload received. Unknown name \"{name}\" at '{at}'");
            return Err(Box::new(bad_field(at, &words)));
        }
    }
    Ok(())
}

fn camel(name: &str) -> Cow<'_, str> {
    if !name.contains('_') {
        return Cow::Borrowed(name);
    }
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    Cow::Owned(out)
}

fn data(message: &Map<String, Value>) -> Result<BTreeMap<String, String>, Box<Answer>> {
    let bad = |words: &str| Box::new(bad_field("message.data", words));
    let Some(data) = message.get("data") else {
        return Ok(BTreeMap::new());
    };
    let Some(data) = data.as_object() else {
        return Err(bad("The data is not a map"));
    };
    let mut out = BTreeMap::new();
    let mut bytes = 0;
    for (key, value) in data {
        let Some(value) = value.as_str() else {
            return Err(bad(&format!("The value of \"{key}\" is not a string")));
        };
        let reserved = ["from", "message_type"].contains(&key.as_str());
        if reserved || key.starts_with("google") || key.starts_with("gcm") {
            return Err(bad(&format!("Invalid data payload key: {key}")));
        }
        bytes += key.len() + value.len();
        out.insert(key.clone(), value.to_owned());
    }
    if bytes > MOST_DATA_BYTES {
        return Err(bad("Android message is too big"));
    }
    Ok(out)
}
