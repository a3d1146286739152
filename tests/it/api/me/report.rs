//! What a responder tells afterwards.

use crate::support::{Caller, ORG, World, call, text};
use serde_json::{Value, json};

#[tokio::test]
async fn whoever_was_there_tells_and_a_coordinator_reads() {
    let world = World::with(|settings| settings.secret("she was so young")).await;
    let (anna, ben) = (
        world.phone("anna", 140.0).await,
        world.phone("ben", 150.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let alert = anna.receives("alert", &id).await;
    let path = format!("/v1/me/alerts/{alert}/report");
    let report = json!({"cpr": true, "aed_used": false, "patient": "handed_over",
                        "text": "she was so young", "welfare": "shaken", "call_me": true});
    anna.post(&path, &report).await.problem(409, "not_accepted");
    for verb in ["accept", "arrive", "finish"] {
        anna.does(&alert, verb).await;
    }
    ben.post(&path, &report).await.problem(404, "not_found");
    anna.post(&path, &json!({"welfare": "sad"}))
        .await
        .problem(400, "invalid");
    assert_eq!(anna.post(&path, &json!({})).await.status, 204);
    assert_eq!(
        anna.post(&path, &report).await.status,
        204,
        "again replaces"
    );
    world.desk.close(&id, "completed").await;
    assert_eq!(
        anna.post(&path, &report).await.status,
        204,
        "after the end too"
    );

    let list = format!("/v1/incidents/{id}/reports");
    let read = world.coordinator.get(&list).await.expect(200);
    let items = read["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    let facts = json!({"alert_id": alert, "responder_id": "anna", "at": items[0]["at"],
        "cpr": true, "aed_used": false, "patient": "handed_over", "readable": false,
        "care": {"state": "open", "by": null, "taken_at": null, "done_at": null}});
    assert_eq!(items[0], facts, "what was said is for whoever takes it");
    world.desk.get(&list).await.problem(403, "forbidden");
    let elsewhere = world.caller("coordinator", "org-2", "c").await;
    elsewhere.get(&list).await.problem(404, "not_found");
    whoever_takes_it_reads_it_and_nobody_else(&world, &alert, &list).await;
    let ledger = std::fs::read(world.data_dir().join("muster.db")).unwrap();
    let log = std::fs::read(world.data_dir().join("muster.db-wal")).unwrap_or_default();
    for bytes in [ledger, log] {
        let words = b"so young";
        assert!(
            !bytes.windows(words.len()).any(|w| w == words),
            "sealed on disk"
        );
    }
    world.finish().await;
}

async fn only_report(reader: &Caller, list: &str) -> Value {
    let read = reader.get(list).await.expect(200);
    read["items"][0].clone()
}

async fn whoever_takes_it_reads_it_and_nobody_else(world: &World, alert: &str, list: &str) {
    let ann = world.caller("coordinator", ORG, "ann").await;
    let bob = world.caller("admin", ORG, "bob").await;
    let page = ann.get("/v1/follow-ups").await.expect(200);
    assert_eq!((&page["waiting"], &page["mine"]), (&json!(1), &json!(0)));
    let one = &page["items"][0];
    assert_eq!(
        (text(one, "name"), text(one, "alert_id")),
        ("Name Of anna", alert)
    );
    assert!(!page.to_string().contains("young") && !page.to_string().contains("shaken"));
    let handler = world.desk.get("/v1/follow-ups").await;
    handler.problem(403, "forbidden");
    let path = |verb: &str| format!("/v1/follow-ups/{alert}/{verb}");
    let none = json!({});
    let early = ann.post(&path("done"), &none).await;
    early.problem(409, "follow_up_not_yours");
    let taken = ann.post(&path("take"), &none).await.expect(200);
    assert_eq!(
        (text(&taken["care"], "state"), text(&taken["care"], "by")),
        ("taken", "ann")
    );
    let read = only_report(&ann, list).await;
    assert_eq!(
        (
            text(&read, "text"),
            text(&read, "welfare"),
            &read["call_me"]
        ),
        ("she was so young", "shaken", &json!(true))
    );
    let read = only_report(&bob, list).await;
    assert_eq!((&read["readable"], read.get("text")), (&json!(false), None));
    assert_eq!(text(&read["care"], "by"), "ann");
    let refused = bob.post(&path("take"), &none).await;
    refused.problem(409, "follow_up_taken");
    let wrong = bob
        .post(&path("take"), &json!({"from": "ann", "why": "x"}))
        .await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    let over = bob.post(&path("take"), &json!({"from": "ann"})).await;
    over.expect(200);
    assert_eq!(
        text(&only_report(&bob, list).await, "text"),
        "she was so young"
    );
    assert_eq!(only_report(&ann, list).await["readable"], false);
    let done = bob.post(&path("done"), &none).await.expect(200);
    assert_eq!(text(&done["care"], "state"), "done");
    let page = bob.get("/v1/follow-ups").await.expect(200);
    assert_eq!((&page["waiting"], &page["items"]), (&json!(0), &json!([])));
    let unknown = ann.post("/v1/follow-ups/nothing/take", &none).await;
    unknown.problem(404, "not_found");
    let cursor = ann.get("/v1/follow-ups?after=x").await;
    cursor.problem(400, "invalid");
}
