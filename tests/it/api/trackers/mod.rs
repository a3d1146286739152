//! Other apps that report a responder's position, with credentials that a coordinator makes.

mod credentials;
mod flood;
mod messages;
mod owntracks;
mod replay;
mod traccar;

use muster_stand::clock;
use muster_stand::geo::LatLon;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::{HOME, Phone, Reply, World, call, text};

/// A credential as a coordinator was shown it.
struct Credential {
    id: String,
    secret: String,
    /// What the owner enters as device identifier.
    device: String,
}

/// Ready to be asked, but for a position.
async fn located_nowhere(world: &World, id: &str) -> Phone {
    let phone = world.enrolled(id, &json!({})).await;
    world.verify(&phone).await;
    phone.register().await;
    phone
}

/// A responder without a position, and a credential for a tracker of theirs.
async fn tracked(world: &World, id: &str) -> (Phone, Credential) {
    let phone = located_nowhere(world, id).await;
    (phone, make(world, id).await)
}

/// A new credential of this responder.
async fn make(world: &World, responder: &str) -> Credential {
    let path = format!("/v1/responders/{responder}/trackers");
    let made = world.coordinator.post(&path, &json!({})).await.expect(201);
    Credential {
        id: text(&made, "id").to_owned(),
        secret: text(&made, "secret").to_owned(),
        device: text(&made["traccar"], "device_identifier").to_owned(),
    }
}

/// A request to OwnTracks' address, as the app makes it.
fn owntracks(world: &World, who: &Credential) -> RequestBuilder {
    let request = world.anonymous().request("POST", "/v1/owntracks");
    request
        .basic_auth(&who.id, Some(&who.secret))
        .header("X-Limit-U", "anna")
        .header("X-Limit-D", "phone")
}

async fn says(world: &World, who: &Credential, message: &Value) -> Reply {
    world
        .anonymous()
        .send(owntracks(world, who).json(message))
        .await
}

/// A request with this query to Traccar Client's address.
async fn asks(world: &World, method: &str, query: &str) -> Reply {
    let anybody = world.anonymous();
    let path = format!("/v1/traccar?{query}");
    anybody.send(anybody.request(method, &path)).await
}

fn location(place: LatLon, age_s: i64) -> Value {
    let tst = clock::now().as_second() - age_s;
    json!({"_type": "location", "lat": place.lat, "lon": place.lon, "tst": tst, "acc": 5,
           "tid": "an", "batt": 77, "conn": "m", "t": "u", "m": 1})
}

/// The responder's alert of a call from [`HOME`], which is closed again; null when they are not
/// asked.
async fn asked(world: &World, phone: &Phone) -> Value {
    asked_at(world, phone, HOME).await
}

/// The same of a call from anywhere.
async fn asked_at(world: &World, phone: &Phone, place: LatLon) -> Value {
    let mut call = call();
    call["location"] = json!({"lat": place.lat, "lon": place.lon});
    let raised = world.desk.raised(&call).await;
    world.desk.close(text(&raised, "id"), "completed").await;
    let alerts = raised["alerts"].as_array().unwrap();
    let own = alerts
        .iter()
        .find(|alert| alert["responder_id"] == *phone.id);
    own.cloned().unwrap_or(Value::Null)
}

/// What a counter of rejected positions says.
async fn rejected(world: &World, code: &str) -> u64 {
    let metrics = world.anonymous().get("/metrics").await.text;
    let sample = format!("muster_fixes_rejected_total{{code=\"{code}\"}} ");
    let value = metrics.lines().find_map(|line| line.strip_prefix(&sample));
    value.expect("every code has its counter").parse().unwrap()
}
