//! Redis flushed, dead, hung, away at the start: last known cells answer, and then it is as before.

use std::time::Duration;

use muster_core::domain::responder::Profile;
use muster_core::ports::{LiveIndex as _, Search};
use tokio::time::Instant;

use super::given::{no, who};
use super::{Given, Kind, around, fix, profile};

/// The time limit of these tests: short, as it is waited for.
const LIMIT: Duration = Duration::from_millis(250);

/// An answer may take the time limit of Redis and that of the ledger, on a busy machine.
const BOUND: Duration = Duration::from_secs(3);

pub(super) async fn impatient(kind: Kind) -> Given {
    Given::set_up(kind, |settings| settings.timeout = LIMIT).await
}

/// Twenty people, whose last known cells are in the ledger.
async fn twenty(given: &Given) -> Search {
    let people: Vec<_> = (1..=20)
        .map(|n| (profile(n, 1), fix(50.0 + 0.0005 * n as f64, 8.0, 1)))
        .collect();
    given.place(&people).await;
    given
        .eventually("last known cells are written down", || async {
            (1..=20).all(|number| given.people.seen(number).is_some())
        })
        .await;
    around(50.0, 8.0)
}

async fn guessed(given: &Given, search: &Search) {
    let began = Instant::now();
    let nearest = given.nearest(search).await;
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert!(nearest.degraded);
    let mut numbers = who(&nearest.found);
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    for found in &nearest.found {
        // no better than the cell
        assert!(found.fix.accuracy_m > 200.0);
        let exact = fix(50.0 + 0.0005 * found.profile.responder.0 as f64, 8.0, 1);
        assert!(exact.point.distance_m(found.fix.point) < f64::from(found.fix.accuracy_m));
    }
}

async fn known_again(given: &Given, search: &Search) {
    given
        .eventually("Redis is asked again", || async {
            let nearest = given.index.nearest(search).await;
            !nearest.degraded && nearest.found.len() == 20
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_flush_last_known_cells_answer_and_are_loaded() {
    for kind in [Kind::Redis, Kind::Cluster] {
        let mut given = Given::with(kind).await;
        let search = twenty(&given).await;
        given.knows_around(&search).await;
        given.find(&search).await;
        match &mut given.engine {
            super::given::Engine::Cluster(cluster) => cluster.flush().await.unwrap(),
            _ => given.server().flush().await.unwrap(),
        }
        guessed(&given, &search).await;
        known_again(&given, &search).await;
        // what is known is not asked for, once all around it is loaded
        given.knows_around(&search).await;
        // an exact fix replaces a guess
        assert!(given.index.report(no(3), fix(50.0, 8.0, 50)).await);
        let found = given.find(&search).await;
        assert_eq!((who(&found)[0], found[0].fix), (3, fix(50.0, 8.0, 50)));
        assert_eq!(found.len(), 20);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_in_which_nobody_is_known_is_no_guess() {
    let given = Given::with(Kind::Redis).await;
    let search = around(10.0, 10.0);
    let nearest = given.nearest(&search).await;
    assert!(nearest.found.is_empty() && !nearest.degraded);
    given.knows_around(&search).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exact_positions_in_an_unknown_region_are_no_guess() {
    let given = Given::with(Kind::Redis).await;
    let search = twenty(&given).await;
    let found = given.find(&search).await;
    assert_eq!(found.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_be_alerted_is_not_guessed() {
    let mut given = Given::with(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().flush().await.unwrap();
    for number in 1..=20 {
        given.people.enrol(Profile {
            available: false,
            ..profile(number, 2)
        });
    }
    let nearest = given.nearest(&search).await;
    assert!(nearest.found.is_empty() && !nearest.degraded);
    // nor does a fix bring them back
    assert!(given.index.report(no(1), fix(50.0, 8.0, 9)).await);
    assert!(given.who(&search).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reporter_whom_redis_forgot_is_looked_up() {
    let mut given = Given::with(Kind::Redis).await;
    given.place(&[(profile(1, 3), fix(50.0, 8.0, 1))]).await;
    given.server().flush().await.unwrap();
    assert!(given.index.report(no(1), fix(50.0, 8.0, 2)).await);
    // a region that is still being loaded would bring them back after the flush
    given.knows_around(&around(50.0, 8.0)).await;
    let found = given.find(&around(50.0, 8.0)).await;
    assert_eq!(found[0].profile, profile(1, 3));
    given.server().flush().await.unwrap();
    given.people.answers(false);
    assert!(!given.index.report(no(1), fix(50.0, 8.0, 3)).await);
    given.people.answers(true);
    assert!(given.index.report(no(1), fix(50.0, 8.0, 4)).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_dead_last_known_cells_answer() {
    let mut given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().kill().unwrap();
    guessed(&given, &search).await;
    assert!(given.redis.as_ref().unwrap().health().is_err());
    assert!(!given.index.report(no(1), fix(50.0, 8.0, 9)).await);
    assert!(given.index.fixes(&[no(1)]).await.is_empty());
    // made up for when it is back
    let off = Profile {
        available: false,
        ..profile(20, 2)
    };
    given.admit(off).await;
    given.admit(profile(20, 3)).await;
    given.server().restart().await.unwrap();
    known_again(&given, &search).await;
    given
        .eventually("the change was made up for", || async {
            let found = given.index.nearest(&search).await.found;
            found.iter().any(|f| f.profile == profile(20, 3))
        })
        .await;
    assert!(given.redis.as_ref().unwrap().health().is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hung_redis_costs_one_time_limit_and_then_nothing() {
    let given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    let super::given::Engine::One(server) = &given.engine else {
        panic!("one server");
    };
    server.pause().unwrap();
    guessed(&given, &search).await;
    // it is known to be down: not asked, so as many round trips as before
    let before = given.cost().keys;
    let began = Instant::now();
    for _ in 0..20 {
        guessed(&given, &search).await;
    }
    let waited = began.elapsed();
    assert!(waited < LIMIT * 20 / 2, "each waits again: {waited:?}");
    assert!(given.cost().keys > before);
    server.resume().unwrap();
    known_again(&given, &search).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_and_ledger_the_answer_is_empty_and_says_so() {
    let mut given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().kill().unwrap();
    given.people.answers(false);
    let nearest = given.nearest(&search).await;
    assert!(nearest.degraded && nearest.found.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_without_redis_heals_by_itself() {
    let mut given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().kill().unwrap();
    let node = given.another_node();
    assert!(node.nearest(&search).await.degraded);
    given.server().restart().await.unwrap();
    given.index = node;
    known_again(&given, &search).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_primary_of_the_cluster_dies_the_rest_answers_and_its_replica_takes_over() {
    let mut given = impatient(Kind::Cluster).await;
    let search = twenty(&given).await;
    given.knows_around(&search).await;
    for shard in 0..3 {
        let super::given::Engine::Cluster(cluster) = &mut given.engine else {
            panic!("a cluster");
        };
        let node = cluster.kill_primary(shard).await.unwrap();
        let began = Instant::now();
        let nearest = given.nearest(&search).await;
        assert!(began.elapsed() < BOUND);
        assert_eq!(nearest.found.len(), 20, "degraded: {}", nearest.degraded);
        let super::given::Engine::Cluster(cluster) = &mut given.engine else {
            panic!("a cluster");
        };
        cluster.wait_ok().await.unwrap();
        known_again(&given, &search).await;
        for number in 1..=20 {
            let place = fix(
                50.0 + 0.0005 * f64::from(number),
                8.0,
                10 + i64::try_from(shard).unwrap(),
            );
            let number = u64::try_from(number).unwrap();
            given
                .eventually("fixes are taken", || given.index.report(no(number), place))
                .await;
        }
        assert_eq!(given.find(&search).await.len(), 20);
        let super::given::Engine::Cluster(cluster) = &mut given.engine else {
            panic!("a cluster");
        };
        cluster.restart(node).await.unwrap();
        cluster.wait_ok().await.unwrap();
    }
}
