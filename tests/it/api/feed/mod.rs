//! The live feed: nothing missing, nothing twice, nothing of others.

mod approach;
mod beat;
mod sight;

use crate::support::{Event, Feed, World, call, text};
use serde_json::json;
use std::collections::BTreeSet;

fn noted(text: &'static str) -> impl Fn(&Event) -> bool {
    move |event| event.data["change"] == "noted" && event.data["message"] == text
}

#[tokio::test]
async fn incidents_and_alerts_arrive_whole_and_with_ids() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let page = world.desk.get("/v1/incidents").await.expect(200);
    let path = format!("/v1/feed?after={}", text(&page, "feed_cursor"));
    let mut feed = Feed::open(&world.coordinator, &path, None).await;
    let id = world.desk.raise(&call()).await;
    anna.accepts(&id).await;
    let accepted = |e: &Event| e.name == "alert" && e.data["state"] == "accepted";
    let events = feed.until(accepted).await;
    let incident = events
        .iter()
        .find(|event| event.name == "incident")
        .unwrap();
    assert_eq!(incident.data["id"], *id);
    assert_eq!(
        incident.data["address"]["line"], "1 Main Street",
        "the full object"
    );
    let alert = events.last().unwrap();
    assert!(alert.id.is_some(), "a place to go on from");
    assert_eq!(alert.data["responder_id"], "anna");
    for field in [
        "id",
        "state",
        "role",
        "distance_m",
        "eta_s",
        "fix_age_s",
        "wave",
    ] {
        assert!(alert.data.get(field).is_some(), "{field}: {}", alert.data);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_resumed_feed_has_no_gap_and_no_repeat() {
    let world = World::start().await;
    let page = world.desk.get("/v1/incidents").await.expect(200);
    let path = format!("/v1/feed?after={}", text(&page, "feed_cursor"));
    let id = world.desk.raise(&call()).await;
    let notes = 12;
    for _ in 0..notes {
        world.desk.patch(&id, &json!({"note": "n"})).await;
    }
    world.desk.patch(&id, &json!({"message": "the end"})).await;
    let end = |event: &Event| event.data["change"] == "message_sent";
    let whole: Vec<_> = Feed::open(&world.desk, &path, None).await.until(end).await;
    let whole: Vec<_> = whole.into_iter().filter_map(|event| event.id).collect();
    let unique: BTreeSet<_> = whole.iter().collect();
    assert_eq!(unique.len(), whole.len(), "no id twice: {whole:?}");
    assert!(whole.len() > notes, "every change: {whole:?}");

    // a browser that loses the line after every event
    let mut pieces = Vec::new();
    let mut last = text(&page, "feed_cursor").to_owned();
    while pieces.len() < whole.len() {
        let mut feed = Feed::open(&world.desk, "/v1/feed", Some(&last)).await;
        let mut events = feed.until(|event| event.id.is_some()).await;
        pieces.push(events.pop().unwrap().id.unwrap());
        last = feed.last_id.unwrap();
    }
    assert_eq!(pieces, whole);
    world.finish().await;
}

/// An incident holds all its alerts: fifty asked at once are not fifty incidents on the line.
#[tokio::test]
async fn what_happened_together_shows_the_incident_once() {
    let world = World::start().await;
    for (name, metres) in [("anna", 100.0), ("ben", 120.0), ("cleo", 140.0)] {
        world.phone(name, metres).await;
    }
    let page = world.desk.get("/v1/incidents").await.expect(200);
    let path = format!("/v1/feed?after={}", text(&page, "feed_cursor"));
    let id = world.desk.raise(&call()).await;
    world.desk.patch(&id, &json!({"message": "the end"})).await;
    let end = |event: &Event| event.data["change"] == "message_sent";
    let events = Feed::open(&world.desk, &path, None).await.until(end).await;
    let asked = events.iter().filter(|event| event.name == "alert").count();
    assert!(asked >= 3, "{events:?}");
    let with_an_alert = events
        .iter()
        .filter(|event| event.name == "incident" && event.id.is_none());
    assert!(with_an_alert.count() <= 1, "{events:?}");
    assert_eq!(
        events.last().unwrap().data["alerts"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    world.finish().await;
}

#[tokio::test]
async fn a_cursor_of_another_history_is_answered_with_reset() {
    let world = World::start().await;
    let first = world.desk.raise(&call()).await;
    // nothing comes of it any more
    world.desk.logged(&first, "exhausted").await;
    let page = world.desk.get("/v1/incidents").await.expect(200);
    let (epoch, _) = text(&page, "feed_cursor").rsplit_once('-').unwrap();
    let ahead = format!("{epoch}-999999");
    for cursor in ["nonsense", "other-epoch-1", ahead.as_str()] {
        let mut feed = Feed::open(&world.desk, "/v1/feed", Some(cursor)).await;
        assert_eq!(feed.next().await.name, "reset", "{cursor}");
        let id = world.desk.raise(&call()).await;
        let event = feed.next().await;
        assert_eq!(
            (event.name.as_str(), &event.data["id"]),
            ("incident", &json!(id))
        );
        world.desk.logged(&id, "exhausted").await;
    }
    world.finish().await;
}

#[tokio::test]
async fn another_organisation_sees_nothing_of_it() {
    let world = World::start().await;
    let others = world.desk_of("org-2").await;
    let mut feed = Feed::open(&others, "/v1/feed", None).await;
    world.phone("anna", 100.0).await;
    world.desk.raise(&call()).await;
    let own = others.raise(&call()).await;
    let first = feed.next().await;
    assert_eq!(
        first.data["id"], *own,
        "the first thing they see is their own"
    );
    others
        .patch(&own, &json!({"message": "hello", "note": "n"}))
        .await;
    for event in feed.until(noted("hello")).await {
        assert_eq!(event.data["id"], *own);
    }
    world.finish().await;
}
