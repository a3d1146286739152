//! A dead line and a stale picture are told apart from a quiet night.

use std::time::Duration;

use jiff::Timestamp;
use muster_stand::engines::{Postgres, Redis};
use serde_json::Value;
use tokio_postgres::NoTls;

use crate::support::{Event, Feed, World, call};

/// What the contract promises between two beats.
const BEAT_MAX: Duration = Duration::from_secs(2);

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// Events up to the first beat that no `stale` stands before, or that one does.
async fn until_stale(feed: &mut Feed, wanted: bool) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let event = feed.any().await;
        let stale = events.last().is_some_and(|last| last.name == "stale");
        let found = event.name == "beat" && stale == wanted;
        events.push(event);
        if found {
            return events;
        }
    }
}

#[tokio::test]
async fn a_quiet_feed_beats_and_is_not_stale() {
    let world = World::start().await;
    let mut feed = Feed::open(&world.desk, "/v1/feed", None).await;
    let mut beats = Vec::new();
    while beats.len() < 6 {
        let event = feed.any().await;
        assert_eq!(event.name, "beat", "{}", event.data);
        assert!(event.id.is_none(), "the cursor stays where it is");
        beats.push(time(&event.data["at"]));
    }
    let took = beats[5].duration_since(beats[0]).unsigned_abs();
    // on the whole: a machine that is busy with other things may miss one
    assert!(took <= BEAT_MAX * 5, "{beats:?}");
    world.finish().await;
}

/// PostgreSQL shows a feed nothing that is younger than the oldest transaction of the whole
/// server: one that somebody left open in another database holds it.
#[tokio::test]
async fn a_feed_that_is_held_back_says_that_it_is_stale_and_goes_on_beating() {
    let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
    let (redis, postgres) = (redis.unwrap(), postgres.unwrap());
    let (own, others) = tokio::join!(postgres.create_database(), postgres.create_database());
    let world = World::with(|settings| {
        settings.env("MUSTER__REDIS_URLS", &redis.url());
        settings.env("MUSTER__POSTGRES_URL", &own.unwrap());
    })
    .await;
    let (client, connection) = tokio_postgres::connect(&others.unwrap(), NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut feed = Feed::open(&world.desk, "/v1/feed", None).await;
    until_stale(&mut feed, false).await;

    let begin = "BEGIN; SELECT pg_current_xact_id()";
    client.batch_execute(begin).await.unwrap();
    let id = world.desk.raise(&call()).await;
    let opened_at = time(&world.desk.incident(&id).await["opened_at"]);
    let events = until_stale(&mut feed, true).await;
    assert!(
        events.iter().all(|event| event.name != "incident"),
        "nothing of it was shown"
    );
    let since = time(&events[events.len() - 2].data["since"]);
    assert!(since <= opened_at, "{since} {opened_at}");

    client.batch_execute("COMMIT").await.unwrap();
    let shown = feed.until(|event| event.data["id"] == *id).await;
    assert!(!shown.is_empty());
    until_stale(&mut feed, false).await;

    // a ledger that cannot be asked
    postgres.pause().unwrap();
    let events = until_stale(&mut feed, true).await;
    let since = time(&events[events.len() - 2].data["since"]);
    assert!(since >= opened_at, "{since} {opened_at}");
    postgres.resume().unwrap();
    until_stale(&mut feed, false).await;
    world.finish().await;
}
