//! What goes wrong: one file per fault, each against the built binary.

mod clocks;
mod disk;
mod floods;
mod kill;
mod outage;
mod provider;
mod races;
mod refusals;
mod rivals;
mod scaled;
mod shutdown;

use std::time::Duration;

use muster_core::domain::plan::{Plan, Wave};
use muster_stand::geo::LatLon;
use muster_stand::standin::Delivery;
use serde_json::{Value, json};

use crate::support::{Phone, Settings, World, call, eventually, text};

/// "Milliseconds or a clear error": the server's own deadline is five seconds.
const ANSWER: Duration = Duration::from_secs(6);

/// Fails unless it ends in the time that an answer may take.
async fn in_time<T>(what: &str, call: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(ANSWER, call).await;
    done.unwrap_or_else(|_late| panic!("{what} took longer than {ANSWER:?}"))
}

/// One wave that asks so many within so many metres.
fn one_wave(plan: &mut Plan, at_once: u32, radius_m: f64) {
    plan.waves = vec![Wave {
        after_s: 0.0,
        radius_m,
        at_once,
    }];
}

/// Few connections to the provider, so that they are all warm soon; see [`warm`].
fn few_connections(settings: &mut Settings) {
    settings.env("MUSTER__FCM__CONNECTIONS", "2");
}

/// Waits until a token was fetched and each of the [`few_connections`] carried a message: from
/// here on the stand-in's script is the test's alone.
async fn warm(world: &World) {
    eventually("the connections to the provider are warm", async || {
        let stats = world.standin().stats();
        let good = stats.by_status.get(&200).copied().unwrap_or(0);
        (good >= stats.tokens + 2).then_some(())
    })
    .await;
}

/// The call of the contract, from any place.
fn call_from(place: LatLon) -> Value {
    let mut call = call();
    call["location"] = json!({"lat": place.lat, "lon": place.lon});
    call
}

/// So many places in a row to the east, the first at `from`.
fn row(from: LatLon, count: u32, step_m: f64) -> Vec<LatLon> {
    (0..count)
        .map(|n| from.offset_m(0.0, step_m * f64::from(n)))
        .collect()
}

/// Raises within the time that an answer may take; it must be new.
async fn raise(world: &World, key: &str, place: LatLon) -> Value {
    let reply = in_time("a raise", world.desk.raise_as(key, &call_from(place))).await;
    reply.expect(201)
}

fn id(value: &Value) -> &str {
    text(value, "id")
}

fn alerts(incident: &Value) -> &[Value] {
    incident["alerts"].as_array().unwrap()
}

/// Alerts in one of these states.
fn in_state<'a>(incident: &'a Value, states: &[&str]) -> Vec<&'a Value> {
    let alerts = alerts(incident).iter();
    alerts
        .filter(|alert| states.contains(&text(alert, "state")))
        .collect()
}

/// Asked, without an answer yet.
const UNANSWERED: &[&str] = &["queued", "sent", "received", "seen"];

/// Every push of this alert that the provider took.
fn pushes_of(world: &World, alert: &str) -> Vec<Delivery> {
    let mut all = world.standin().messages(0);
    all.retain(|push| push.datum("type") == "alert" && push.datum("alert_id") == alert);
    all
}

/// Waits until every alert of the incident was taken by the provider; the incident then.
async fn all_pushed(world: &World, incident: &str) -> Value {
    eventually("every alert of the incident is pushed", async || {
        let now = world.desk.incident(incident).await;
        let pushed = alerts(&now)
            .iter()
            .all(|a| !pushes_of(world, id(a)).is_empty());
        pushed.then_some(now)
    })
    .await
}

/// Every alert was pushed, or the log says why not.
async fn assert_explained(world: &World, incident: &str) {
    let now = world.desk.incident(incident).await;
    let log = world.desk.log(incident).await;
    for alert in alerts(&now) {
        let failed = |line: &Value| line["type"] == "push_failed" && line["alert_id"] == *id(alert);
        let known = !pushes_of(world, id(alert)).is_empty() || log.iter().any(failed);
        assert!(
            known,
            "neither pushed nor explained: {alert}; the log: {log:#?}"
        );
    }
}

/// Every incident of the organisation, page by page.
async fn incidents(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = "/v1/incidents?limit=50".to_owned();
    loop {
        let page = world.desk.get(&path).await.expect(200);
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else {
            return all;
        };
        path = format!("/v1/incidents?limit=50&after={next}");
    }
}

/// The phone of that responder.
fn phone_of<'a>(phones: &'a [Phone], alert: &Value) -> &'a Phone {
    let found = phones
        .iter()
        .find(|phone| alert["responder_id"] == *phone.id);
    found.unwrap_or_else(|| panic!("nobody of ours was asked: {alert}"))
}
