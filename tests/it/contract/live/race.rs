//! Searches while crowded cells are split and made whole again: nobody moves, so everybody is
//! found, whatever is read when, and nobody is gone afterwards.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use futures_util::future::join_all;
use muster_core::domain::responder::{Fix, Profile};
use muster_core::ports::{LiveIndex as _, Search};
use muster_stand::rng::Rng;
use tokio::time::Instant;

use super::crowd::{gathered, nearest_by_force};
use super::given::{no, who};
use super::{Given, Kind, around, at};

const PEOPLE: u64 = 1_500;
/// Searches under way at a time.
const SEARCHERS: usize = 8;
/// Scripts that ran do not change for so long when nothing is left to do.
const QUIET: Duration = Duration::from_millis(300);

/// How many scripts the server ran.
async fn scripts(given: &mut Given) -> String {
    let stats = given.server().ask(&["INFO", "commandstats"]).await.unwrap();
    let scripts = stats.split(['\r', '\n', ' ']).filter_map(|line| {
        let (name, rest) = line.split_once(':')?;
        name.contains("cmdstat_eval").then(|| rest.to_owned())
    });
    scripts.collect::<Vec<_>>().join(" ")
}

/// Until nothing happens behind the answers.
async fn comes_to_rest(given: &mut Given) {
    let until = Instant::now() + Duration::from_secs(30);
    let (mut seen, mut since) = (scripts(given).await, Instant::now());
    assert!(!seen.is_empty());
    while since.elapsed() < QUIET {
        assert!(Instant::now() < until, "scripts run on and on");
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = scripts(given).await;
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
    }
}

/// Looks for everybody over and over while something goes on; how often.
async fn found_all_the_while(given: &Given, work: impl Future<Output = ()>) -> usize {
    let all = Search {
        limit: usize::try_from(PEOPLE).unwrap() + 1,
        ..around(50.0, 8.0)
    };
    let over = AtomicBool::new(false);
    let searcher = async || {
        let mut searches = 0;
        while !over.load(SeqCst) {
            let mut found = who(&given.find(&all).await);
            found.sort_unstable();
            let missing: Vec<u64> = (1..=PEOPLE)
                .filter(|n| found.binary_search(n).is_err())
                .collect();
            assert!(missing.is_empty(), "not found: {missing:?}");
            searches += 1;
        }
        searches
    };
    let work = async {
        work.await;
        over.store(true, SeqCst);
    };
    let (seen, ()) = tokio::join!(join_all((0..SEARCHERS).map(|_| searcher())), work);
    seen.iter().sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_cells_are_split_and_merged_nobody_is_missed_and_afterwards_nobody_is_gone() {
    let mut given = Given::set_up(Kind::Redis, |settings| {
        settings.timeout = Duration::from_secs(5);
        settings.crowd = 1_000_000;
    })
    .await;
    let mut rng = Rng::new(21);
    let mut people: Vec<(Profile, Fix)> = gathered(PEOPLE, 250.0, &mut rng);
    given.place(&people).await;
    given.knows_around(&around(50.0, 8.0)).await;
    let whole = given.redis.clone().unwrap();
    given.settings.crowd = 40;
    for round in 2..8_i64 {
        // a node that splits what it writes into, and writes into every cell
        let splits = given.another_node();
        for (_, fix) in people.iter_mut().take(200) {
            fix.at = at(round);
        }
        let reports = people.iter().take(200);
        let searches = found_all_the_while(&given, async {
            for (profile, fix) in reports {
                assert!(splits.report(profile.responder, *fix).await);
            }
        })
        .await;
        assert!(searches >= SEARCHERS);
        comes_to_rest(&mut given).await;
        let searches = found_all_the_while(&given, async {
            whole.drop_older_than(at(0)).await;
        })
        .await;
        assert!(searches >= SEARCHERS);
        comes_to_rest(&mut given).await;
        for centre in gathered(5, 250.0, &mut rng) {
            let search = Search {
                centre: centre.1.point,
                ..around(50.0, 8.0)
            };
            nearest_by_force(&given, &people, &search).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_during_a_rush_into_one_place_cost_nobody_their_entry() {
    let mut given = Given::set_up(Kind::Redis, |settings| {
        settings.timeout = Duration::from_secs(5);
        settings.crowd = 40;
    })
    .await;
    let mut rng = Rng::new(22);
    for _ in 0..3 {
        let people = gathered(6_000, 400.0, &mut rng);
        given.knows_around(&around(50.0, 8.0)).await;
        let over = AtomicBool::new(false);
        let looks = async || {
            while !over.load(SeqCst) {
                let search = Search {
                    limit: 200,
                    ..around(50.0, 8.0)
                };
                given.nearest(&search).await;
            }
        };
        let rush = async {
            given.place(&people).await;
            over.store(true, SeqCst);
        };
        tokio::join!(join_all((0..SEARCHERS).map(|_| looks())), rush);
        comes_to_rest(&mut given).await;
        for (profile, _) in people.iter().step_by(1_000) {
            assert_eq!(given.index.fixes(&[no(profile.responder.0)]).await.len(), 1);
        }
        for centre in gathered(20, 400.0, &mut rng) {
            let search = Search {
                centre: centre.1.point,
                limit: 200,
                ..around(50.0, 8.0)
            };
            nearest_by_force(&given, &people, &search).await;
        }
        given = given.anew().await;
    }
}
