//! Alarms that a named person knows of, and the people whom the desk may call.

use crate::support::{Feed, World, call, text};
use serde_json::{Value, json};

#[tokio::test]
async fn an_alarm_is_acknowledged_by_a_named_person_for_every_desk() {
    let world = World::start().await;
    let id = world.desk.raise(&call()).await;
    assert_eq!(world.desk.incident(&id).await["acknowledged"], json!([]));
    let page = world.desk.get("/v1/incidents").await.expect(200);
    let path = format!("/v1/feed?after={}", text(&page, "feed_cursor"));
    let mut feed = Feed::open(&world.coordinator, &path, None).await;

    let nobody = json!({"alarm": "nobody_coming"});
    let shown = world
        .desk
        .tell(&id, "acknowledge", &nobody)
        .await
        .expect(200);
    let known = &shown["acknowledged"][0];
    assert_eq!(
        (&known["alarm"], &known["by"]),
        (&json!("nobody_coming"), &json!("desk-1"))
    );
    let events = feed.until(|e| e.data["change"] == "acknowledged").await;
    assert_eq!(
        events.last().unwrap().data["acknowledged"],
        shown["acknowledged"]
    );

    let danger = json!({"alarm": "danger"});
    world
        .desk
        .tell(&id, "acknowledge", &danger)
        .await
        .expect(200);
    let again = world
        .coordinator
        .tell(&id, "acknowledge", &nobody)
        .await
        .expect(200);
    let all = again["acknowledged"].as_array().unwrap();
    let by = |alarm: &str| -> Vec<&Value> {
        let of = all.iter().filter(|known| known["alarm"] == alarm);
        of.map(|known| &known["by"]).collect()
    };
    assert_eq!(
        by("nobody_coming"),
        ["coordinator-1"],
        "the latest of each kind"
    );
    assert_eq!(by("danger"), ["desk-1"]);

    let line = world.desk.logged(&id, "acknowledged").await;
    assert_eq!(line["actor"]["subject"], "desk-1");
    assert_eq!(line["detail"]["alarm"], "nobody_coming");

    world.desk.close(&id, "completed").await;
    world
        .desk
        .tell(&id, "acknowledge", &danger)
        .await
        .expect(200);
    for wrong in [
        json!({}),
        json!({"alarm": "fire"}),
        json!({"alarm": "danger", "x": 1}),
    ] {
        let answer = world.desk.tell(&id, "acknowledge", &wrong).await;
        answer.problem(400, "invalid");
    }
    let nothing = world.desk.tell("nothing", "acknowledge", &danger).await;
    nothing.problem(404, "not_found");
    world.finish().await;
}

#[tokio::test]
async fn an_acknowledgement_outlives_the_process() {
    let mut world = World::start().await;
    let id = world.desk.raise(&call()).await;
    let alarm = json!({"alarm": "exhausted"});
    let before = world
        .desk
        .tell(&id, "acknowledge", &alarm)
        .await
        .expect(200);
    world.crash().await;
    world.restart().await;
    let after = world.desk.incident(&id).await;
    assert_eq!(after["acknowledged"], before["acknowledged"]);
    world.finish().await;
}

#[tokio::test]
async fn whoever_was_asked_has_a_name_and_a_telephone_only_while_they_are_on_it() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    world.phone("otto", 200.0).await;
    world.phone("unasked", 50_000.0).await;
    let id = world.desk.raise(&call()).await;
    let path = format!("/v1/incidents/{id}/people");
    let people = async || {
        let people = world.desk.get(&path).await.expect(200);
        let mut items = people["items"].as_array().unwrap().clone();
        items.sort_by_key(|item| item["responder_id"].to_string());
        items
    };
    let person = |id: &str, phone: Value| json!({"responder_id": id, "name": format!("Name Of {id}"), "phone": phone});
    let silent = [person("anna", Value::Null), person("otto", Value::Null)];
    assert_eq!(people().await, silent);
    let alert = anna.accepts(&id).await;
    let number = json!("+49170000001");
    let on_it = [person("anna", number), person("otto", Value::Null)];
    assert_eq!(people().await, on_it);
    anna.does(&alert, "arrive").await;
    assert_eq!(people().await, on_it);
    anna.does(&alert, "finish").await;
    assert_eq!(people().await, silent);
    let nothing = world.desk.get("/v1/incidents/nothing/people").await;
    nothing.problem(404, "not_found");
    world.finish().await;
}
