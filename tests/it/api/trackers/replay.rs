//! Messages as the apps send them: first as they were recorded, then with the time of now and the
//! place of somebody who is looked for there.
//!
//! `MUSTER_PHONE_MESSAGES=file.jsonl` replays that file as well: one message a line, with
//! `protocol` (`owntracks` or another), `method`, `path`, `body`, and `expect`: `position`,
//! `accepted_no_fix`, or `no_position` for one that names nobody.

use muster_stand::clock;
use muster_stand::geo::LatLon;
use reqwest::Url;
use serde_json::{Value, json};

use super::{Credential, asked_at, messages, tracked};
use crate::support::{Reply, World, text};

#[tokio::test]
async fn messages_of_the_apps_are_taken_as_they_are() {
    let mut all = messages::all();
    if let Some(file) = std::env::var_os("MUSTER_PHONE_MESSAGES") {
        let lines = std::fs::read_to_string(file).unwrap();
        let read = |line| serde_json::from_str::<Value>(line).unwrap();
        all.extend(
            lines
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(read),
        );
    }
    // everybody is found wherever they are
    let world = World::with(|settings| settings.plan(|plan| plan.wanted = 1)).await;
    for (n, message) in all.iter().enumerate() {
        let (who, app) = tracked(&world, &format!("r{n}")).await;
        let expect = text(message, "expect");
        let recorded = sent(&world, message, &app, Time::AsRecorded).await;
        let status = if expect == "no_position" { 401 } else { 200 };
        assert_eq!(recorded.status, status, "{message}: {}", recorded.text);
        let fresh = sent(&world, message, &app, Time::OfNow).await;
        assert_eq!(fresh.status, status, "{message}: {}", fresh.text);
        if let Some(place) = place_of(message).filter(|_| expect == "position") {
            let alert = asked_at(&world, &who, place).await;
            let here = alert["distance_m"].as_f64().is_some_and(|m| m < 0.1);
            assert!(here, "{message}: {alert}");
            let age = alert["fix_age_s"].as_u64();
            assert!(age.is_some_and(|s| s < 10), "{message}: {alert}");
        }
        world.suspend(&who).await;
    }
    world.finish().await;
}

/// What to do with the time of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    AsRecorded,
    OfNow,
}

/// Sends the message with this credential where its device identifier was; its time stays, or
/// becomes now in the same spelling.
async fn sent(world: &World, message: &Value, who: &Credential, time: Time) -> Reply {
    let anybody = world.anonymous();
    let method = text(message, "method");
    let body = message["body"].as_str();
    let mut json: Option<Value> = body.map(|body| serde_json::from_str(body).unwrap());
    if message["protocol"] == "owntracks" {
        if let (Some(json), Time::OfNow) = (&mut json, time) {
            json["tst"] = clock::now().as_second().into();
        }
        let request = anybody.request(method, "/v1/owntracks");
        let request = request.basic_auth(&who.id, Some(&who.secret));
        return anybody.send(request.body(json.unwrap().to_string())).await;
    }
    let url = Url::parse(&format!("http://x{}", text(message, "path"))).unwrap();
    let mut query = Url::parse("http://x").unwrap();
    for (name, value) in url.query_pairs() {
        let value = match (&*name, time) {
            ("id" | "deviceid", _) => who.device.clone(),
            ("timestamp", Time::OfNow) => like(&value),
            _ => value.into_owned(),
        };
        query.query_pairs_mut().append_pair(&name, &value);
    }
    let path = format!("/v1/traccar?{}", query.query().unwrap_or_default());
    let mut request = anybody.request(method, &path);
    if let Some(json) = &mut json {
        json["device_id"] = json!(who.device);
        if time == Time::OfNow {
            json["location"]["timestamp"] = json!(clock::now_text());
        }
        request = request.body(json.to_string());
    }
    if let Some(kind) = message["content_type"].as_str() {
        request = request.header("content-type", kind);
    }
    anybody.send(request).await
}

/// Now, spelled as this time is.
fn like(recorded: &str) -> String {
    let now = clock::now();
    if recorded.bytes().all(|b| b.is_ascii_digit()) {
        let ms = recorded.len() > 11;
        let number = if ms {
            now.as_millisecond()
        } else {
            now.as_second()
        };
        return number.to_string();
    }
    let pattern = if recorded.contains('T') {
        "%Y-%m-%dT%H:%M:%SZ"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    now.strftime(pattern).to_string()
}

/// The place that a message tells, read by another way than the server's.
fn place_of(message: &Value) -> Option<LatLon> {
    if let Some(body) = message["body"].as_str() {
        let json: Value = serde_json::from_str(body).unwrap();
        let coords = &json["location"]["coords"];
        let either = |own: &str, other: &str| json[own].as_f64().or(coords[other].as_f64());
        let (lat, lon) = (either("lat", "latitude")?, either("lon", "longitude")?);
        return Some(LatLon { lat, lon });
    }
    let url = Url::parse(&format!("http://x{}", text(message, "path"))).unwrap();
    let find = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(known, value)| (known == name).then(|| value.into_owned()))
    };
    let both = find("location").or_else(|| Some(format!("{},{}", find("lat")?, find("lon")?)))?;
    let (lat, lon) = both.split_once(',')?;
    let (lat, lon) = (lat.parse().ok()?, lon.parse().ok()?);
    Some(LatLon { lat, lon })
}
