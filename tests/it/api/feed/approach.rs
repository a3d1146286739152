//! How far whoever said yes still has to go: told without a box, when they were heard from.

use std::time::Duration;

use crate::support::{Event, Feed, World, call, call_at};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Nobody is told of more often; less what a busy machine may take off between two arrivals.
const TOLD_EVERY: Duration = Duration::from_millis(4_500);

fn items(event: &Event) -> &[Value] {
    event.data["items"].as_array().unwrap()
}

async fn next(feed: &mut Feed) -> Value {
    let event = feed.next_of("approach").await;
    assert!(event.id.is_none(), "the cursor stays where it is");
    assert_eq!(items(&event).len(), 1, "{}", event.data);
    items(&event)[0].clone()
}

fn metres(item: &Value) -> f64 {
    item["distance_m"].as_f64().unwrap()
}

#[tokio::test]
async fn whoever_is_on_the_way_is_told_of_as_they_come_nearer() {
    let world = World::with(|settings| {
        settings.plan(|plan| (plan.wanted, plan.overbook) = (1, 0));
    })
    .await;
    let anna = world.phone("anna", 600.0).await;
    let others = world.desk_of("org-2").await;
    let mut feed = Feed::open(&world.desk, "/v1/feed", None).await;
    let mut foreign = Feed::open(&others, "/v1/feed", None).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;

    anna.stands(590.0).await;
    let first = next(&mut feed).await;
    let began = Instant::now();
    assert_eq!(
        (&first["incident_id"], &first["alert_id"], &first["left"]),
        (&json!(id), &json!(alert), &json!(false)),
        "ten metres are nothing: {first}"
    );
    assert!((metres(&first) - 590.0).abs() < 2.0, "{first}");
    assert_eq!(first["presence"], json!(null));
    let answer = world.desk.incident(&id).await;
    let shown = &answer["alerts"][0];
    for field in ["distance_m", "position_at", "left", "presence"] {
        assert_eq!(
            shown[field], first[field],
            "as the incident has it: {field}"
        );
    }

    anna.stands(400.0).await;
    let nearer = next(&mut feed).await;
    assert!(began.elapsed() >= TOLD_EVERY, "{:?}", began.elapsed());
    assert!((metres(&nearer) - 400.0).abs() < 2.0, "{nearer}");
    assert_eq!(nearer["left"], true);
    assert!(
        nearer["eta_s"].as_u64() < first["eta_s"].as_u64(),
        "{nearer}"
    );

    // the place moves: the way is another one, though nobody moved
    let place = &call_at(-100.0)["location"];
    world.desk.patch(&id, &json!({"location": place})).await;
    let moved = next(&mut feed).await;
    assert!((metres(&moved) - 500.0).abs() < 3.0, "{moved}");

    // by now the others have had the time
    let own = others.raise(&call()).await;
    loop {
        let event = foreign.any().await;
        assert_ne!(event.name, "approach", "{}", event.data);
        if event.data["id"] == *own {
            break;
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn whoever_is_asked_or_done_is_told_of_no_more() {
    let world = World::start().await;
    let anna = world.phone("anna", 300.0).await;
    let asked = world.phone("asked", 320.0).await;
    let mut feed = Feed::open(&world.desk, "/v1/feed", None).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;
    asked.stands(200.0).await;
    anna.stands(200.0).await;
    assert_eq!(next(&mut feed).await["alert_id"], *alert);
    anna.says(&alert, "arrive").await;
    anna.says(&alert, "finish").await;
    anna.stands(10.0).await;
    asked.stands(10.0).await;
    // longer than anybody has to wait for their turn
    let mut beats = 0;
    while beats < 7 {
        let event = feed.any().await;
        assert_ne!(event.name, "approach", "{}", event.data);
        beats += usize::from(event.name == "beat");
    }
    world.finish().await;
}
