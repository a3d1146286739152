//! Lists, duplicates and sources.

use crate::support::{World, call, call_at, text};
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| text(item, "id").to_owned())
        .collect()
}

#[tokio::test]
async fn pages_hold_every_open_incident_once() {
    let world = World::start().await;
    let mut raised = Vec::new();
    for _ in 0..5 {
        raised.push(world.desk.raise(&call()).await);
    }
    let closed = raised.remove(2);
    world.desk.close(&closed, "completed").await;
    let mut seen = Vec::new();
    let mut path = "/v1/incidents?state=open&limit=3".to_owned();
    loop {
        let page = world.desk.get(&path).await.expect(200);
        assert!(ids(&page).len() <= 3);
        assert!(page["feed_cursor"].is_string(), "{page}");
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else {
            assert!(page["next"].is_null());
            break;
        };
        path = format!("/v1/incidents?state=open&limit=3&after={next}");
    }
    seen.sort_unstable();
    raised.sort_unstable();
    assert_eq!(seen, raised);
    let all = world.desk.get("/v1/incidents").await.expect(200);
    assert!(ids(&all).contains(&closed));
    let others = world
        .desk_of("org-2")
        .await
        .get("/v1/incidents")
        .await
        .expect(200);
    assert_eq!(others["items"], json!([]));
    for bad in ["limit=0", "limit=many", "state=ajar", "after=%20nonsense"] {
        let answer = world.desk.get(&format!("/v1/incidents?{bad}")).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.text);
    }
    world.finish().await;
}

#[tokio::test]
async fn what_may_be_the_same_is_named() {
    let world = World::start().await;
    let first = world.desk.raise(&call()).await;
    let second = world.desk.raised(&call_at(20.0)).await;
    assert_eq!(second["possible_duplicates"], json!([first]));
    let elsewhere = world.desk.raised(&call_at(9000.0)).await;
    assert_eq!(elsewhere["possible_duplicates"], json!([]));
    world.finish().await;
}

#[tokio::test]
async fn the_same_source_under_another_key_is_the_open_incident() {
    let world = World::start().await;
    let mut call = call();
    call["source"] = json!({"system": "cad-1", "id": "2019-000123"});
    let first = world.desk.raise(&call).await;
    let again = world.desk.raise_as("another-key", &call).await.expect(200);
    assert_eq!(again["id"], *first);
    assert_eq!(again["warnings"], json!(["source_already_open"]));
    world.desk.close(&first, "completed").await;
    let anew = world.desk.raise_as("a-third-key", &call).await.expect(201);
    assert_ne!(anew["id"], *first);
    world.finish().await;
}
