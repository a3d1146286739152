//! Several nodes on one Redis: what one learns all know, and all come to the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use muster_core::domain::responder::LIVE_FIRST;
use muster_core::domain::responder::{Fix, Profile};
use muster_core::ports::{LiveIndex as _, Search};
use muster_live::redis::{RedisIndex, RedisSettings};
use muster_stand::rng::Rng;

use super::given::{no, who};
use super::people::by_hours;
use super::{Given, Kind, around, fix, is_well, profile};

/// People of the random runs.
const PEOPLE: u64 = 12;

fn everybody() -> Search {
    Search {
        radius_m: 200_000.0,
        limit: 1_000,
        ..around(50.0, 8.0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_learns_the_others_know() {
    for kind in [Kind::Redis, Kind::Cluster] {
        let mut given = Given::with(kind).await;
        let other = given.another_node();
        is_well(&other).await;
        given.place(&[(profile(1, 1), fix(50.0, 8.0, 1))]).await;
        let found = |lat| {
            let other = Arc::clone(&other);
            async move {
                let found = other.nearest(&around(lat, 8.0)).await.found;
                found.len() == 1 && found[0].fix.point == fix(lat, 8.0, 0).point
            }
        };
        given.eventually("a first position", || found(50.0)).await;
        // metres, cells, shards
        for (step, lat) in [50.001, 50.2, 51.0].into_iter().enumerate() {
            let at = 2 + i64::try_from(step).unwrap();
            assert!(given.index.report(no(1), fix(lat, 8.0, at)).await);
            given.eventually("a move", || found(lat)).await;
        }
        assert!(other.nearest(&around(50.0, 8.0)).await.found.is_empty());
        let off = Profile {
            available: false,
            ..profile(1, 2)
        };
        given.admit(off).await;
        given
            .eventually("a profile", || async {
                other.nearest(&around(51.0, 8.0)).await.found.is_empty()
            })
            .await;
        given.index.forget(no(1)).await;
        given.people.strike(1);
        given
            .eventually("a removal", || async {
                other.fixes(&[no(1)]).await.is_empty()
            })
            .await;
        assert!(!other.report(no(1), fix(50.0, 8.0, 99)).await);
        let late = given.another_node();
        is_well(&late).await;
        assert!(late.fixes(&[no(1)]).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_knows_everybody() {
    for kind in [Kind::Redis, Kind::Valkey, Kind::Cluster] {
        let mut given = Given::with(kind).await;
        let mut rng = Rng::new(5);
        let people: Vec<_> = (1..=3_000)
            .map(|n| {
                let (lat, lon) = (50.0 + rng.between(-0.9, 0.9), 8.0 + rng.between(-0.9, 0.9));
                (profile(n, 1), fix(lat, lon, 1))
            })
            .collect();
        given.place(&people).await;
        let fresh = given.another_node();
        is_well(&fresh).await;
        let search = Search {
            limit: 4_000,
            ..everybody()
        };
        assert_eq!(
            fresh.nearest(&search).await.found,
            given.nearest(&search).await.found
        );
    }
}

/// One word about somebody.
#[derive(Debug, Clone, Copy)]
enum Word {
    Profile(Profile),
    Position(Fix),
}

/// What all words about somebody come to, by version and by rank; each is said once only.
fn come_to(words: &[(u64, Word)]) -> BTreeMap<u64, (Profile, Option<Fix>)> {
    let mut people: BTreeMap<u64, (Profile, Option<Fix>)> = BTreeMap::new();
    for (number, word) in words {
        let held = people.entry(*number).or_insert((profile(*number, 1), None));
        match word {
            Word::Profile(said) if said.version > held.0.version => held.0 = *said,
            Word::Position(said) if held.1.is_none_or(|h| said.rank() > h.rank()) => {
                held.1 = Some(*said);
            }
            _ => {}
        }
    }
    people
}

fn words(rng: &mut Rng) -> Vec<(u64, Word)> {
    let mut words = Vec::new();
    for number in 1..=PEOPLE {
        for step in 0..24_i64 {
            // near each other, in neighbouring cells, and far away
            let lat = 50.0 + [0.0, 0.0005, 0.1, 1.0][rng.below(4)];
            words.push((
                number,
                match rng.below(4) {
                    0 => Word::Profile(Profile {
                        available: rng.below(4) > 0,
                        ..profile(number, 2 + u64::try_from(step).unwrap())
                    }),
                    1 => Word::Position(by_hours(lat, 8.0, step + LIVE_FIRST.0)),
                    _ => Word::Position(fix(lat, 8.0, step)),
                },
            ));
        }
    }
    for at in (1..words.len()).rev() {
        words.swap(at, rng.below(at + 1));
    }
    words
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_end_the_same_in_any_order_and_from_any_node() {
    let mut given = Given::with(Kind::Redis).await;
    for seed in 0..12 {
        let mut rng = Rng::new(seed);
        let nodes = [
            given.redis.clone().unwrap(),
            given.another_node(),
            given.another_node(),
        ];
        for node in &nodes {
            is_well(node).await;
        }
        let words = words(&mut rng);
        for number in 1..=PEOPLE {
            given.people.enrol(profile(number, 1));
        }
        let expected = come_to(&words);
        let mut shares: Vec<Vec<(u64, Word)>> = vec![Vec::new(); nodes.len()];
        for word in words {
            shares[rng.below(nodes.len())].push(word);
        }
        let say = async |node: &RedisIndex, share: Vec<(u64, Word)>| {
            for (number, word) in share {
                match word {
                    Word::Profile(profile) => node.admit(profile).await,
                    Word::Position(fix) => {
                        node.report(no(number), fix).await;
                    }
                }
            }
        };
        join_all(
            nodes
                .iter()
                .zip(shares)
                .map(|(node, share)| say(node, share)),
        )
        .await;
        let fresh = given.another_node();
        is_well(&fresh).await;
        for node in nodes.iter().chain([&fresh]) {
            for (number, (profile, fix)) in &expected {
                given
                    .eventually("all come to the same", || async {
                        let fixes = node.fixes(&[no(*number)]).await;
                        let found = node.nearest(&everybody()).await.found;
                        let found = found.iter().find(|f| f.profile.responder.0 == *number);
                        let shown = profile.available && fix.is_some();
                        fixes.first().map(|(_, fix)| *fix) == *fix
                            && found.map(|f| f.profile) == shown.then_some(*profile)
                    })
                    .await;
            }
        }
        given = given.anew().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_share_their_commands() {
    const CHANGES: u64 = 20_000;
    let mut given = Given::with(Kind::Redis).await;
    let readers = [given.another_node(), given.another_node()];
    for node in &readers {
        is_well(node).await;
    }
    let people: Vec<_> = (1..=CHANGES / 10)
        .map(|n| (profile(n, 1), fix(50.0 + 1e-5 * n as f64, 8.0, 0)))
        .collect();
    given.place(&people).await;
    let commands = async |given: &mut Given| -> u64 {
        let stats = given.server().ask(&["INFO", "stats"]).await.unwrap();
        let line = stats
            .lines()
            .find_map(|line| line.strip_prefix("total_commands_processed:"));
        line.unwrap().trim().parse().unwrap()
    };
    let before = commands(&mut given).await;
    for round in 1..=10 {
        let moved: Vec<_> = people
            .iter()
            .map(|(profile, fix)| {
                let at = super::at(round);
                (*profile, Fix { at, ..*fix })
            })
            .collect();
        given.place(&moved).await;
    }
    let used = commands(&mut given).await - before;
    assert!(used <= 3 * CHANGES, "{used} commands for {CHANGES} changes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_installation_is_refused_and_changes_nothing() {
    let mut given = Given::with(Kind::Redis).await;
    given.place(&[(profile(1, 1), fix(50.0, 8.0, 1))]).await;
    let ours = given.settings.clone();
    given.settings = RedisSettings {
        owner: "another".to_owned(),
        ..ours.clone()
    };
    let theirs = given.another_node();
    given
        .eventually("it says so", || async {
            theirs
                .health()
                .is_err_and(|why| why.contains("another installation"))
        })
        .await;
    // what is told there is not believed: both number their people from one
    let ours_moves = async |n: i64| {
        let there = fix(50.0 + 1e-4 * n as f64, 8.0, n);
        assert!(given.index.report(no(1), there).await);
    };
    for n in 2..20 {
        ours_moves(n).await;
    }
    given
        .eventually("a beat after the last move", || async {
            theirs.health().is_err() && given.redis.as_ref().unwrap().health().is_ok()
        })
        .await;
    assert!(theirs.fixes(&[no(1)]).await.is_empty());
    assert!(theirs.report(no(1), fix(51.0, 8.0, 9)).await);
    assert!(theirs.nearest(&around(51.0, 8.0)).await.degraded);
    given.settings = ours;
    let fresh = given.another_node();
    is_well(&fresh).await;
    assert_eq!(who(&fresh.nearest(&around(50.0, 8.0)).await.found), [1]);
    assert!(given.redis.as_ref().unwrap().health().is_ok());
}
