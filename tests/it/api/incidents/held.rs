//! Incidents that wait for a person.

use crate::support::{World, call};
use jiff::{SignedDuration, Timestamp};
use muster_loadtest::clock;
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
        ("scene", json!("unsafe"), "scene_unsafe"),
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
        if reason == "scene_unsafe" {
            // released into danger nobody is sent; the scene has to be safe
            world.desk.patch(id, &json!({"scene": "safe"})).await;
        }
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
async fn a_young_call_and_an_unknown_scene_do_not_hold_a_cardiac_arrest() {
    let world = World::start().await;
    let mut call = call();
    call["called_at"] = ago(14);
    call.as_object_mut().unwrap().remove("scene");
    let raised = world.desk.raised(&call).await;
    assert_ne!(raised["state"], "held", "{raised}");
    world.finish().await;
}
