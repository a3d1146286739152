//! What a responder tells afterwards.

use crate::support::{World, call, text};
use serde_json::json;

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
    assert_eq!(text(&items[0], "responder_id"), "anna");
    assert_eq!(
        (text(&items[0], "alert_id"), text(&items[0], "text")),
        (&*alert, "she was so young")
    );
    assert_eq!(
        (text(&items[0], "welfare"), &items[0]["call_me"]),
        ("shaken", &json!(true))
    );
    world.desk.get(&list).await.problem(403, "forbidden");
    let elsewhere = world.caller("coordinator", "org-2", "c").await;
    elsewhere.get(&list).await.problem(404, "not_found");
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
