//! Ends of incidents, and opening them again.

use crate::support::{World, alert_of, call};
use serde_json::json;

#[tokio::test]
async fn everybody_is_told_of_the_end_except_whoever_is_on_scene() {
    let world = World::start().await;
    let there = world.phone("there", 50.0).await;
    let (coming, asked) = (
        world.phone("coming", 150.0).await,
        world.phone("asked", 250.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let alert = there.accepts(&id).await;
    there.does(&alert, "arrive").await;
    coming.accepts(&id).await;
    asked.receives("alert", &id).await;
    let closed = world.desk.close(&id, "ems_on_scene").await;
    assert_eq!(
        (&closed["state"], &closed["outcome"]),
        (&json!("closed"), &json!("ems_on_scene"))
    );
    for phone in [&coming, &asked] {
        phone.receives("stand_down", &id).await;
        assert_eq!(alert_of(&closed, phone)["state"], "stood_down");
    }
    assert_eq!(alert_of(&closed, &there)["state"], "on_scene");
    assert_eq!(
        there.alert(&alert).await["address"]["entry_code"],
        "4711",
        "still on it"
    );
    there.does(&alert, "finish").await;
    assert!(!there.has("stand_down", &id), "not sent away");
    assert_eq!(
        world.desk.close(&id, "completed").await["outcome"],
        "ems_on_scene",
        "a repeat"
    );
    world.finish().await;
}

#[tokio::test]
async fn every_outcome_closes_and_no_other_word_does() {
    let world = World::start().await;
    let first = world.desk.raise(&call()).await;
    for outcome in ["stood_down", "ems_on_scene", "completed", "false_alarm"] {
        let id = world.desk.raise(&call()).await;
        assert_eq!(world.desk.close(&id, outcome).await["outcome"], outcome);
    }
    let id = world.desk.raise(&call()).await;
    let duplicate = json!({"outcome": "duplicate", "of": first});
    let closed = world.desk.tell(&id, "close", &duplicate).await.expect(200);
    assert_eq!(closed["outcome"], "duplicate");
    let id = world.desk.raise(&call()).await;
    for body in [
        json!({"outcome": "expired"}),
        json!({"outcome": 1}),
        json!({}),
    ] {
        world
            .desk
            .tell(&id, "close", &body)
            .await
            .problem(400, "invalid");
    }
    let of_nothing = json!({"outcome": "duplicate", "of": "nobody-knows"});
    world
        .desk
        .tell(&id, "close", &of_nothing)
        .await
        .problem(404, "not_found");
    assert_ne!(world.desk.incident(&id).await["state"], "closed");
    world.finish().await;
}

#[tokio::test]
async fn a_closed_incident_can_be_opened_again_and_asks_again() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let id = world.desk.raise(&call()).await;
    let first = anna.receives("alert", &id).await;
    world
        .desk
        .tell(&id, "reopen", &json!({"reason": "x"}))
        .await
        .problem(409, "not_closed");
    world.desk.close(&id, "stood_down").await;
    anna.says(&first, "accept")
        .await
        .problem(409, "incident_closed");
    world
        .desk
        .tell(&id, "reopen", &json!({}))
        .await
        .problem(400, "invalid");
    let opened = world
        .desk
        .tell(&id, "reopen", &json!({"reason": "called again"}))
        .await;
    assert_eq!(opened.expect(200)["state"], "alerting");
    let what = "anna is asked again";
    let again = world
        .desk
        .until(&id, what, |i| alert_of(i, &anna)["id"] != *first)
        .await;
    let again = alert_of(&again, &anna)["id"].as_str().unwrap().to_owned();
    anna.does(&again, "accept").await;
    let line = world.desk.logged(&id, "reopened").await;
    assert_eq!(line["text"], "called again");
    world.finish().await;
}
