//! A phone at one node, a decision at another.

use crate::support::{Channel, Settings, World, call};
use muster::phone::proto::news::Why;
use muster::phone::proto::say::What;
use muster_stand::engines::{Postgres, Redis};
use std::path::Path;

#[tokio::test]
async fn a_phone_hears_of_what_another_node_decided() {
    let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
    let (redis, postgres) = (redis.unwrap(), postgres.unwrap());
    let database = postgres.create_database().await.unwrap();
    let node = |settings: &mut Settings, data: Option<&Path>| {
        settings.env("MUSTER__REDIS_URLS", &redis.url());
        settings.env("MUSTER__POSTGRES_URL", &database);
        if let Some(data) = data {
            // the key that signs tokens
            settings.data_in(data);
        }
    };
    let first = World::with(|settings| node(settings, None)).await;
    let second = World::with(|settings| node(settings, Some(first.data_dir()))).await;
    let anna = first.phone("anna", 140.0).await;
    let there = second.caller_with(anna.token());
    let (mut line, _) = Channel::enter(&there, &anna.device).await;
    let id = first.desk.raise(&call()).await;
    // nothing but the bus tells this node whose phones have news
    let alert = line.hears(Why::Alert).await;
    assert_eq!(alert.incident_id, id);
    assert_eq!(
        line.says(&alert.id, What::Accept).await.unwrap().state,
        "accepted"
    );
    first.desk.close(&id, "stood_down").await;
    assert_eq!(line.hears(Why::StandDown).await.state, "stood_down");
    drop(line);
    second.finish().await;
    first.finish().await;
}
