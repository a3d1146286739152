//! One emergency is one incident, however often it is sent.

use crate::support::{World, call, text};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_repeat_is_the_incident_as_it_is_now() {
    let world = World::start().await;
    let first = world.desk.raise_as("key-a", &call()).await.expect(201);
    let id = text(&first, "id");
    world.desk.patch(id, &json!({"note": "called again"})).await;
    let again = world.desk.raise_as("key-a", &call()).await.expect(200);
    assert_eq!(again["id"], *id);
    assert!(
        again["version"].as_u64() > first["version"].as_u64(),
        "as it is now"
    );
    world.desk.close(id, "completed").await;
    let closed = world.desk.raise_as("key-a", &call()).await.expect(200);
    assert_eq!(
        (text(&closed, "id"), text(&closed, "state")),
        (id, "closed")
    );
    world.finish().await;
}

#[tokio::test]
async fn bodies_are_compared_as_json_and_another_body_is_refused() {
    let world = World::start().await;
    let id = world.desk.raise_as("key-b", &call()).await.expect(201)["id"].clone();
    let other_order = r#"{"exercise": false, "ems_eta_s": 540.0, "place": "private",
        "scene": "safe", "patient": {"age_y": 61},
        "address": {"notes": "blue door", "entry_code": "4711", "floor": "3",
            "grid": "///filled.count.soap", "place_name": "Harbour flats", "line": "1 Main Street"},
        "location": {"uncertainty_m": 15, "lon": -75.97800, "lat": 36.8529},
        "kind": "cardiac_arrest"}"#;
    let request = world
        .desk
        .request("POST", "/v1/incidents")
        .header("Idempotency-Key", "key-b");
    let again = world.desk.send(request.body(other_order)).await.expect(200);
    assert_eq!(again["id"], id);
    let mut other = call();
    other["address"]["floor"] = json!("4");
    let refused = world.desk.raise_as("key-b", &other).await;
    refused.problem(422, "idempotency_mismatch");
    let org_2 = world.desk_of("org-2").await;
    let theirs = org_2.raise_as("key-b", &other).await.expect(201);
    assert_ne!(theirs["id"], id, "a key belongs to an organisation");
    world.finish().await;
}

#[tokio::test]
async fn ten_repeats_at_once_raise_one_incident() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let body = call();
    let answers = join_all((0..10).map(|_| world.desk.raise_as("key-c", &body))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1);
    assert!(
        answers
            .iter()
            .all(|answer| [200, 201].contains(&answer.status))
    );
    let ids: BTreeSet<_> = answers
        .iter()
        .map(|answer| text(&answer.json, "id"))
        .collect();
    assert_eq!(ids.len(), 1);
    anna.receives("alert", ids.first().unwrap()).await;
    assert_eq!(anna.pushes().len(), 1);
    let all = world.desk.get("/v1/incidents").await.expect(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_key_is_required_and_at_most_128_characters_long() {
    let world = World::start().await;
    let without = world.desk.post("/v1/incidents", &call()).await;
    without.problem(400, "idempotency_key_missing");
    let long = world.desk.raise_as(&"k".repeat(129), &call()).await;
    assert_eq!(long.status, 400, "{}", long.text);
    world
        .desk
        .raise_as(&"k".repeat(128), &call())
        .await
        .expect(201);
    world.finish().await;
}
