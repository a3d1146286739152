//! Incidents that wait for a person.

use crate::support::{World, call, text};
use jiff::{SignedDuration, Timestamp};
use muster_stand::clock;
use serde_json::{Value, json};

fn ago(minutes: i64) -> Value {
    let then: Timestamp = clock::now() - SignedDuration::from_mins(minutes);
    json!(clock::text(then))
}

#[tokio::test]
async fn nobody_is_alerted_while_an_incident_is_held_and_release_starts_it() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    for (field, value, reason) in [
        ("called_at", ago(16), "call_too_old"),
        ("kind", json!("cat_in_tree"), "scene_not_cleared"),
    ] {
        let mut call = call();
        if field == "kind" {
            call["scene"] = json!("unknown");
        }
        call[field] = value;
        let held = world.desk.raised(&call).await;
        assert_eq!(
            (&held["state"], &held["alerts"]),
            (&json!("held"), &json!([])),
            "{held}"
        );
        assert_eq!(held["held_reasons"], json!([reason]));
        let id = held["id"].as_str().unwrap();
        world
            .desk
            .tell(id, "release", &json!({}))
            .await
            .problem(400, "invalid");
        assert!(!anna.has("alert", id), "nobody was alerted");
        let released = world
            .desk
            .tell(id, "release", &json!({"reason": "police is there"}))
            .await;
        assert_eq!(released.expect(200)["held_reasons"], json!([]));
        anna.receives("alert", id).await;
        let line = world.desk.logged(id, "released").await;
        assert_eq!(
            (&line["text"], &line["actor"]["role"]),
            (&json!("police is there"), &json!("call_handler"))
        );
        world
            .desk
            .tell(id, "release", &json!({"reason": "x"}))
            .await
            .problem(409, "not_held");
        world.desk.close(id, "completed").await;
    }
    world.finish().await;
}

#[tokio::test]
async fn a_scene_that_becomes_safe_starts_what_nothing_else_holds() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let mut call = call();
    call["scene"] = json!("unsafe");
    let held = world.desk.raised(&call).await;
    let id = text(&held, "id");
    assert_eq!(held["held_reasons"], json!(["scene_unsafe"]));
    assert_eq!(held["alerting_since"], Value::Null);
    let why = json!({"reason": "police is there"});
    let refused = world.desk.tell(id, "release", &why).await;
    refused.problem(409, "scene_unsafe");
    let unknown = world.desk.patch(id, &json!({"scene": "unknown"})).await;
    assert_eq!(
        (&unknown["state"], &unknown["danger"]),
        (&json!("held"), &json!(true))
    );
    let safe = world.desk.patch(id, &json!({"scene": "safe"})).await;
    assert_eq!(
        (&safe["state"], &safe["held_reasons"]),
        (&json!("alerting"), &json!([]))
    );
    anna.receives("alert", id).await;

    // a call that has become old meanwhile stays held, and says so
    call.as_object_mut().unwrap().remove("source");
    call["called_at"] = ago(16);
    let id = world.desk.raise(&call).await;
    let still = world.desk.patch(&id, &json!({"scene": "safe"})).await;
    assert_eq!(
        (&still["state"], &still["held_reasons"]),
        (&json!("held"), &json!(["call_too_old"]))
    );
    world.finish().await;
}

#[tokio::test]
async fn an_unsafe_scene_is_overridden_by_a_coordinator_and_accepted_by_a_second_yes() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let mut call = call();
    call["scene"] = json!("unsafe");
    let id = world.desk.raise(&call).await;
    let why = json!({"reason": "the dog is tied up", "override": "scene_unsafe"});
    let refused = world.desk.tell(&id, "release", &why).await;
    refused.problem(403, "forbidden");
    let released = world
        .coordinator
        .tell(&id, "release", &why)
        .await
        .expect(200);
    assert_eq!(released["override"]["by"], "coordinator-1");
    let alert = anna.receives("alert", &id).await;
    let shown = anna.alert(&alert).await;
    assert_eq!(
        (&shown["scene"], &shown["override"]),
        (&json!("unsafe"), &json!(true))
    );
    let path = format!("/v1/me/alerts/{alert}/accept");
    anna.post(&path, &json!({}))
        .await
        .problem(409, "scene_unsafe");
    let wrong = anna.post(&path, &json!({"override": "whatever"})).await;
    wrong.problem(400, "invalid");
    let knowing = anna.post(&path, &json!({"override": "scene_unsafe"})).await;
    assert_eq!(knowing.expect(200)["state"], "accepted");
    world.finish().await;
}

#[tokio::test]
async fn a_young_call_and_an_unknown_scene_do_not_hold_a_cardiac_arrest() {
    let world = World::start().await;
    let mut call = call();
    call["called_at"] = ago(14);
    call.as_object_mut().unwrap().remove("scene");
    let raised = world.desk.raised(&call).await;
    assert_ne!(raised["state"], "held", "{raised}");
    world.finish().await;
}
