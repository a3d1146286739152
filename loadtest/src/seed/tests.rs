//! Whoever was seeded can be found, under their own name, in both worlds.

use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::ids::{OrgId, ResponderId, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Skills, Standing};
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::Millis;
use muster_core::ports::{Clock as _, Feed as _, LiveIndex as _, Nearest, Roster, Search};
use muster_ledger::{PostgresLedger, PostgresSettings, SqliteLedger};
use muster_live::memory::MemoryIndex;
use muster_live::redis::{RedisIndex, RedisSettings};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::scaled::Engines;
use super::{Crowd, Now, embedded, scaled};
use muster_stand::engines::{Postgres, Redis};
use muster_stand::geo::LatLon;

const PEOPLE: usize = 30;

fn crowd() -> Crowd {
    let middle = LatLon::new(52.0, 13.0);
    let place = |n: usize| middle.offset_m(n as f64 * 100.0, 7.0);
    Crowd::at((0..PEOPLE).map(place)).unwrap()
}

/// Everybody is findable, and the last one is who they should be.
async fn look_at(roster: &dyn Roster) {
    let profiles = roster.profiles(ResponderNo(0), 2 * PEOPLE).await.unwrap();
    assert_eq!(profiles.len(), PEOPLE);
    let like_the_first = |p: &&muster_core::domain::responder::Profile| {
        p.available && (p.version, p.skills) == (profiles[0].version, profiles[0].skills)
    };
    assert_eq!(profiles.iter().filter(like_the_first).count(), PEOPLE);
    let org = roster.org(&OrgId::from("town")).await.unwrap();
    let last = ResponderId(Crowd::id(PEOPLE - 1));
    let last = roster.responder(org, &last).await.unwrap();
    assert_eq!(last.no, profiles[PEOPLE - 1].responder);
    assert_eq!(last.standing, Standing::Verified);
    assert!(last.on_duty);
}

/// Everybody, as a node finds them.
async fn nearest(redis: &Redis, ledger: &Arc<PostgresLedger>) -> Nearest {
    let settings = RedisSettings::at(vec![redis.url()], ledger.epoch(), "tests".to_owned());
    let (last_known, roster) = (Arc::clone(ledger) as _, Arc::clone(ledger) as _);
    let index = RedisIndex::open(settings, last_known, roster, Arc::new(Now)).unwrap();
    let org = ledger.org(&OrgId::from("town")).await.unwrap();
    let search = Search {
        centre: Point::new(52.0, 13.0).unwrap(),
        orgs: vec![org],
        radius_m: 10_000.0,
        limit: 2 * PEOPLE,
        weighing: Weighing {
            now: Now.now(),
            stale: Millis::from_s(60),
        },
        skills: Skills(0),
        not_before: Now.now() - Millis::from_s(60),
        places: None,
        exercise: false,
    };
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(Arc::clone(&index).run(stopped));
    let until = Instant::now() + Duration::from_secs(30);
    while index.health().is_err() {
        assert!(Instant::now() < until, "{:?}", index.health());
        sleep(Duration::from_millis(10)).await;
    }
    let nearest = index.nearest(&search).await;
    stop.send_replace(true);
    running.await.unwrap();
    nearest
}

#[test]
fn an_address_is_its_owners() {
    let crowd = crowd();
    let one = crowd.get(17).unwrap();
    assert_eq!(crowd.number(&one.push_address), Some(17));
    assert_eq!(crowd.number(&Crowd::push_address(PEOPLE)), None);
    assert_eq!(crowd.number("somebody"), None);
    assert!(crowd.get(PEOPLE).is_none());
}

#[tokio::test]
async fn the_embedded_world_knows_everybody_and_where_they_are() {
    let (dir, crowd) = (tempfile::tempdir().unwrap(), crowd());
    embedded::seed(dir.path(), "town", &crowd).await.unwrap();
    let ledger = SqliteLedger::open(dir.path(), Arc::new(Now)).unwrap();
    look_at(ledger.as_ref()).await;
    let index = MemoryIndex::open(Some(dir.path().join("positions.slots"))).unwrap();
    assert_eq!(index.positions(), PEOPLE);
    ledger.close().await;
    let again = embedded::seed(dir.path(), "town", &crowd).await;
    assert!(again.is_err(), "the folder is in use");
}

#[tokio::test]
async fn the_scaled_world_knows_everybody_and_where_they_are() {
    let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
    let (redis, postgres) = (redis.unwrap(), postgres.unwrap());
    let engines = Engines {
        postgres_url: postgres.create_database().await.unwrap(),
        redis_urls: vec![redis.url()],
    };
    scaled::seed(&engines, "town", &crowd()).await.unwrap();
    let settings = PostgresSettings {
        url: engines.postgres_url.clone(),
        ca_file: None,
    };
    let ledger = PostgresLedger::open(settings, Arc::new(Now)).await.unwrap();
    look_at(ledger.as_ref()).await;
    let nearest = nearest(&redis, &ledger).await;
    assert_eq!((nearest.found.len(), nearest.degraded), (PEOPLE, false));
    ledger.close().await;
    let seen = Postgres::ask(&engines.postgres_url, "SELECT count(*) FROM last_known").await;
    assert_eq!(seen.unwrap()[0][0].as_deref(), Some("30"));
}
