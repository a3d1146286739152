//! One dependency gone, as one client sees it.

use std::time::Duration;

use muster_stand::engines::{Postgres, Redis};
use serde_json::{Value, json};

use super::super::{alerts, all_pushed, call_from, id, in_time, one_wave, row};
use crate::support::{HOME, Reply, World, call, eventually};

/// A clear error, or a degraded answer, comes this soon: a fault must not be felt as a hang.
const SOON: Duration = Duration::from_secs(1);

/// One node over a Redis and a PostgreSQL of its own.
struct Scaled {
    world: World,
    redis: Redis,
    postgres: Postgres,
    database: String,
}

impl Scaled {
    async fn start() -> Self {
        let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
        let (redis, postgres) = (redis.unwrap(), postgres.unwrap());
        let database = postgres.create_database().await.unwrap();
        let world = World::with(|settings| {
            settings.env("MUSTER__REDIS_URLS", &redis.url());
            settings.env("MUSTER__POSTGRES_URL", &database);
            settings.plan(|plan| one_wave(plan, 3, 1_000.0));
            settings.expect_error("PostgreSQL");
        })
        .await;
        Self {
            world,
            redis,
            postgres,
            database,
        }
    }

    async fn raise(&self, key: &str) -> Reply {
        let call = call();
        in_time("a raise", self.world.desk.raise_as(key, &call)).await
    }
}

fn degraded(incident: &Value) -> bool {
    let warnings = incident["warnings"].as_array().unwrap();
    warnings.contains(&json!("degraded"))
}

/// Waits until `readyz` says this of a dependency; the whole answer.
async fn readyz_says(world: &World, name: &str, ok: bool) -> Value {
    let what = format!("readyz says {name}: {ok}");
    eventually(&what, async || {
        let ready = world.anonymous().get("/readyz").await.json;
        let all = ready["dependencies"].as_array().unwrap();
        let found = all.iter().find(|one| one["name"] == name);
        found
            .is_some_and(|one| one["ok"] == ok)
            .then(|| ready.clone())
    })
    .await
}

/// The same request until it is answered with this status.
async fn works_again(scaled: &Scaled, key: &str, status: u16) -> Value {
    eventually("work goes on", async || {
        let reply = scaled.raise(key).await;
        (reply.status == status).then_some(reply.json)
    })
    .await
}

#[tokio::test]
async fn postgres_gone_is_a_quick_503_with_retry_after_and_work_goes_on_when_it_is_back() {
    let mut scaled = Scaled::start().await;
    scaled.world.crowd("p", &row(HOME, 3, 20.0)).await;
    let before = scaled.raise("before").await.expect(201);
    all_pushed(&scaled.world, id(&before)).await;
    scaled.postgres.kill().await.unwrap();
    for key in ["during-1", "during-2", "during-3"] {
        let began = tokio::time::Instant::now();
        let reply = tokio::time::timeout(SOON, scaled.raise(key)).await;
        let reply = reply.unwrap_or_else(|_late| panic!("no answer in {:?}", began.elapsed()));
        assert_eq!(reply.header("retry-after"), "1");
        reply.problem(503, "unavailable");
    }
    let reading = scaled.world.desk.get("/v1/incidents").await;
    reading.problem(503, "unavailable");
    let ready = readyz_says(&scaled.world, "ledger", false).await;
    assert_eq!(ready["ready"], false, "{ready}");
    scaled.postgres.restart().await.unwrap();
    let during = works_again(&scaled, "during-1", 201).await;
    assert_ne!(id(&during), id(&before));
    let again = scaled.raise("before").await.expect(200);
    assert_eq!(id(&again), id(&before), "nothing promised is lost");
    readyz_says(&scaled.world, "ledger", true).await;
    scaled.world.finish().await;
}

#[tokio::test]
async fn a_postgres_that_hangs_is_a_503_too() {
    let scaled = Scaled::start().await;
    scaled.postgres.pause().unwrap();
    let reply = scaled.raise("during").await;
    assert_eq!(reply.status, 503, "{}", reply.text);
    assert_eq!(reply.header("retry-after"), "1");
    scaled.postgres.resume().unwrap();
    // it may have taken effect after all: then the key finds it
    eventually("work goes on", async || {
        let status = scaled.raise("during").await.status;
        [200, 201].contains(&status).then_some(())
    })
    .await;
    scaled.world.finish().await;
}

#[tokio::test]
async fn without_redis_raises_go_on_with_what_is_known_and_say_so() {
    let mut scaled = Scaled::start().await;
    scaled.world.crowd("p", &row(HOME, 3, 20.0)).await;
    known(&scaled).await;
    scaled.redis.kill().unwrap();
    let reply = tokio::time::timeout(SOON, scaled.raise("without"));
    let without = reply.await.expect("an answer in a second").expect(201);
    assert_eq!(alerts(&without).len(), 3, "{without:#}");
    all_pushed(&scaled.world, id(&without)).await;
    scaled.world.desk.close(id(&without), "false_alarm").await;
    let ready = readyz_says(&scaled.world, "index", false).await;
    assert_eq!(
        ready["ready"], true,
        "degraded is no reason to stop: {ready}"
    );
    eventually("the answer says that somebody may be missing", async || {
        let raised = raised_and_closed(&scaled).await;
        degraded(&raised).then_some(())
    })
    .await;
    scaled.redis.restart().await.unwrap();
    readyz_says(&scaled.world, "index", true).await;
    let whole = raised_and_closed(&scaled).await;
    assert!(!degraded(&whole), "{whole:#}");
    scaled.world.finish().await;
}

#[tokio::test]
async fn a_redis_that_forgot_everything_is_not_an_empty_town() {
    let scaled = Scaled::start().await;
    scaled.world.crowd("p", &row(HOME, 3, 20.0)).await;
    known(&scaled).await;
    scaled.redis.flush().await.unwrap();
    raised_and_closed(&scaled).await;
    // put back by whoever knows
    eventually("the town is whole again", async || {
        let raised = raised_and_closed(&scaled).await;
        (!degraded(&raised)).then_some(())
    })
    .await;
    scaled.world.finish().await;
}

/// Raised where all three are, who are asked each time, and closed.
async fn raised_and_closed(scaled: &Scaled) -> Value {
    let key = format!("again-{}", crate::support::fresh());
    let raised = scaled.raise(&key).await.expect(201);
    assert_eq!(alerts(&raised).len(), 3, "{raised:#}");
    scaled.world.desk.close(id(&raised), "false_alarm").await;
    raised
}

/// Waits until the ledger knows where everybody was: written behind, in batches.
async fn known(scaled: &Scaled) {
    let elsewhere = call_from(HOME.offset_m(50_000.0, 0.0));
    let nobody = scaled.world.desk.raise_as("nobody", &elsewhere).await;
    assert_eq!(alerts(&nobody.expect(201)).len(), 0);
    eventually("the ledger knows where everybody was", async || {
        let rows = Postgres::ask(&scaled.database, "SELECT count(*) FROM last_known").await;
        (rows.ok()?[0][0].as_deref() == Some("3")).then_some(())
    })
    .await;
}
