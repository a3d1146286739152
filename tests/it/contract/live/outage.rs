//! Redis flushed, dead, hung, full, away at the start: searches go on with what is known, say when
//! somebody may be missing, and afterwards it is as before.

use std::time::Duration;

use muster_core::domain::responder::Profile;
use muster_core::ports::{LiveIndex, Search};
use tokio::time::Instant;

use super::given::{Engine, no, who};
use super::{Given, Kind, around, fix, is_well, profile};

/// The time limit of these tests: short, as it is waited for.
const LIMIT: Duration = Duration::from_millis(250);

/// No search waits for Redis; a busy machine may hold it up all the same.
const BOUND: Duration = Duration::from_millis(500);

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

fn numbers(nearest: &[muster_core::ports::Found]) -> Vec<u64> {
    let mut numbers = who(nearest);
    numbers.sort_unstable();
    numbers
}

/// All twenty are found, each where they are.
async fn exact(index: &dyn LiveIndex, search: &Search) -> bool {
    let began = Instant::now();
    let nearest = index.nearest(search).await;
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert_eq!(numbers(&nearest.found), (1..=20).collect::<Vec<_>>());
    assert!(
        nearest
            .found
            .iter()
            .all(|found| found.fix.accuracy_m < 20.0)
    );
    nearest.degraded
}

async fn becomes_degraded(given: &Given, search: &Search) {
    given
        .eventually("the answer says that somebody may be missing", || async {
            exact(&*given.index, search).await
        })
        .await;
}

async fn is_whole_again(given: &Given, search: &Search) {
    is_well(given.redis.as_ref().unwrap()).await;
    assert!(!exact(&*given.index, search).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_flush_the_nodes_put_everybody_back() {
    for kind in [Kind::Redis, Kind::Cluster] {
        let mut given = Given::with(kind).await;
        let other = given.another_node();
        is_well(&other).await;
        let search = twenty(&given).await;
        match &mut given.engine {
            Engine::Cluster(cluster) => cluster.flush().await.unwrap(),
            _ => given.server().flush().await.unwrap(),
        }
        exact(&*given.index, &search).await;
        is_whole_again(&given, &search).await;
        let fresh = given.another_node();
        is_well(&fresh).await;
        assert!(!exact(&*fresh, &search).await);
        is_well(&other).await;
        assert!(!exact(&*other, &search).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_be_alerted_is_not_put_back_as_if_they_might() {
    let mut given = Given::with(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().flush().await.unwrap();
    for number in 1..=20 {
        let off = Profile {
            available: false,
            ..profile(number, 2)
        };
        given.admit(off).await;
    }
    assert!(given.nearest(&search).await.found.is_empty());
    is_well(given.redis.as_ref().unwrap()).await;
    // nor does a fix bring them back
    assert!(given.index.report(no(1), fix(50.0, 8.0, 9)).await);
    let fresh = given.another_node();
    is_well(&fresh).await;
    assert!(fresh.nearest(&search).await.found.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_dead_searches_go_on_and_what_is_learnt_is_made_up_for() {
    let mut given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().kill().unwrap();
    becomes_degraded(&given, &search).await;
    assert!(given.redis.as_ref().unwrap().health().is_err());
    // own fixes count at once, and near and far alike
    assert!(given.index.report(no(1), fix(50.0, 8.0, 9)).await);
    assert!(given.index.report(no(2), fix(50.04, 8.0, 9)).await);
    assert_eq!(given.index.fixes(&[no(1)]).await[0].1, fix(50.0, 8.0, 9));
    let off = Profile {
        available: false,
        ..profile(20, 2)
    };
    given.admit(off).await;
    given.admit(profile(20, 3)).await;
    given.server().restart().await.unwrap();
    is_whole_again(&given, &search).await;
    let fresh = given.another_node();
    given
        .eventually("a new node knows what was learnt meanwhile", || async {
            let found = fresh.nearest(&search).await.found;
            let all = [(1, 9), (2, 9)];
            let moved = all.iter().all(|(number, ms)| {
                let one = found.iter().find(|f| f.profile.responder.0 == *number);
                one.is_some_and(|f| f.fix.at == super::at(*ms))
            });
            moved && found.iter().any(|f| f.profile == profile(20, 3))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_outage_thousands_who_moved_are_made_up_for() {
    const MOVED: u64 = 5_000;
    let mut given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().kill().unwrap();
    becomes_degraded(&given, &search).await;
    let moved: Vec<_> = (100..100 + MOVED)
        .map(|n| (profile(n, 1), fix(51.0 + 1e-5 * n as f64, 8.0, 5)))
        .collect();
    given.place(&moved).await;
    given.server().restart().await.unwrap();
    let fresh = given.another_node();
    let there: Vec<_> = moved.iter().map(|(profile, _)| profile.responder).collect();
    given
        .eventually("another node knows all of them", || async {
            fresh.fixes(&there).await.len() == there.len()
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_search_waits_for_a_redis_that_hangs() {
    let given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    let Engine::One(server) = &given.engine else {
        panic!("one server");
    };
    server.pause().unwrap();
    becomes_degraded(&given, &search).await;
    server.resume().unwrap();
    is_whole_again(&given, &search).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_refuses_changes_is_noticed_and_said() {
    let mut given = Given::with(Kind::Redis).await;
    let search = twenty(&given).await;
    let set = ["CONFIG", "SET", "maxmemory"];
    given
        .server()
        .ask(&[set[0], set[1], set[2], "1"])
        .await
        .unwrap();
    assert!(given.index.report(no(1), fix(50.0, 8.0, 9)).await);
    let why = given.redis.as_ref().unwrap().health().unwrap_err();
    assert!(why.contains("OOM"), "in Redis's own word: {why}");
    assert_eq!(numbers(&given.nearest(&search).await.found).len(), 20);
    given
        .server()
        .ask(&[set[0], set[1], set[2], "0"])
        .await
        .unwrap();
    is_well(given.redis.as_ref().unwrap()).await;
    let fresh = given.another_node();
    given
        .eventually("what was refused is made up for", || async {
            let fixes = fresh.fixes(&[no(1)]).await;
            fixes
                .first()
                .is_some_and(|(_, held)| *held == fix(50.0, 8.0, 9))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_would_drop_people_is_said() {
    let mut given = Given::with(Kind::Redis).await;
    for setting in [["maxmemory", "100mb"], ["maxmemory-policy", "allkeys-lru"]] {
        let [name, value] = setting;
        let command = ["CONFIG", "SET", name, value];
        given.server().ask(&command).await.unwrap();
    }
    let fresh = given.another_node();
    given
        .eventually("it is said", || async {
            fresh.health().is_err_and(|why| why.contains("allkeys-lru"))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_and_ledger_the_answer_is_empty_and_says_so() {
    let mut given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().kill().unwrap();
    given.people.answers(false);
    let node = given.another_node();
    let nearest = node.nearest(&search).await;
    assert!(nearest.degraded && nearest.found.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_without_redis_answers_from_last_known_cells_and_heals_by_itself() {
    let mut given = impatient(Kind::Redis).await;
    let search = twenty(&given).await;
    given.server().kill().unwrap();
    let node = given.another_node();
    let nearest = node.nearest(&search).await;
    assert!(nearest.degraded);
    assert_eq!(numbers(&nearest.found), (1..=20).collect::<Vec<_>>());
    for found in &nearest.found {
        // no better than the cell
        assert!(found.fix.accuracy_m > 200.0);
        let exact = fix(50.0 + 0.0005 * found.profile.responder.0 as f64, 8.0, 1);
        assert!(exact.point.distance_m(found.fix.point) < f64::from(found.fix.accuracy_m));
    }
    given.server().restart().await.unwrap();
    is_well(&node).await;
    assert!(!exact(&*node, &search).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_position_asks_the_ledger_who_that_is() {
    let given = Given::with(Kind::Redis).await;
    given.people.enrol(profile(1, 3));
    assert!(given.index.report(no(1), fix(50.0, 8.0, 2)).await);
    let found = given.find(&around(50.0, 8.0)).await;
    assert_eq!(found[0].profile, profile(1, 3));
    given.people.answers(false);
    assert!(!given.index.report(no(2), fix(50.0, 8.0, 3)).await);
    assert!(given.index.report(no(1), fix(50.0, 8.0, 4)).await, "known");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_primary_of_the_cluster_dies_the_rest_answers_and_its_replica_takes_over() {
    let mut given = impatient(Kind::Cluster).await;
    let search = twenty(&given).await;
    for shard in 0..3 {
        let Engine::Cluster(cluster) = &mut given.engine else {
            panic!("a cluster");
        };
        let node = cluster.kill_primary(shard).await.unwrap();
        exact(&*given.index, &search).await;
        let Engine::Cluster(cluster) = &mut given.engine else {
            panic!("a cluster");
        };
        cluster.wait_ok().await.unwrap();
        is_whole_again(&given, &search).await;
        for number in 1..=20 {
            let lat = 50.0 + 0.0005 * f64::from(number);
            let place = fix(lat, 8.0, 10 + i64::try_from(shard).unwrap());
            let number = u64::try_from(number).unwrap();
            assert!(given.index.report(no(number), place).await);
        }
        // connections to the dead one may break a while later
        given
            .eventually("all are found, and nobody may be missing", || async {
                !exact(&*given.index, &search).await
            })
            .await;
        let Engine::Cluster(cluster) = &mut given.engine else {
            panic!("a cluster");
        };
        cluster.restart(node).await.unwrap();
        cluster.wait_ok().await.unwrap();
    }
}
