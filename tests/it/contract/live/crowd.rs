//! Stadiums and festivals: many people in few cells.

use std::f64::consts::TAU;
use std::time::Duration;

use muster_core::domain::responder::{Fix, Profile};
use muster_core::ports::Search;
use muster_stand::rng::Rng;

use super::given::{no, who};
use super::{Given, Kind, around, at, fix, profile};

/// So many within about `radius_m` of a place.
pub(super) fn gathered(people: u64, radius_m: f64, rng: &mut Rng) -> Vec<(Profile, Fix)> {
    (1..=people)
        .map(|number| {
            let (r, turn) = (radius_m * rng.unit().sqrt(), rng.between(0.0, TAU));
            let lat = 50.0 + r * turn.cos() / 111_195.0;
            let lon = 8.0 + r * turn.sin() / (111_195.0 * 0.643);
            (profile(number, 1), fix(lat, lon, 1))
        })
        .collect()
}

pub(super) async fn nearest_by_force(given: &Given, people: &[(Profile, Fix)], search: &Search) {
    let mut forced: Vec<f64> = people
        .iter()
        .map(|(_, fix)| search.centre.distance_m(fix.point))
        .filter(|distance_m| *distance_m <= search.radius_m)
        .collect();
    forced.sort_by(f64::total_cmp);
    forced.truncate(search.limit);
    let found = given.find(search).await;
    assert_eq!(found.len(), forced.len());
    for (found, forced) in found.iter().zip(forced) {
        assert!((found.distance_m - forced).abs() < 0.05);
    }
}

/// Entries and round trips of one search.
async fn cost_of(given: &Given, search: &Search) -> (u64, u64) {
    let before = given.cost();
    given.find(search).await;
    let after = given.cost();
    (
        after.entries - before.entries,
        after.round_trips - before.round_trips,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_crowd_a_search_reads_the_stand_and_not_the_stadium() {
    let mut given = Given::with(Kind::Redis).await;
    let mut rng = Rng::new(11);
    // 20,000 within 120 m, and the same over about one cell of resolution 8
    for (radius_m, most) in [(120.0, 4_000), (450.0, 2_000)] {
        let people = gathered(20_000, radius_m, &mut rng);
        given.place(&people).await;
        let search = around(50.0, 8.0);
        given.knows_around(&search).await;
        given
            .eventually("the crowd is split", || async {
                cost_of(&given, &search).await.0 <= most
            })
            .await;
        let (entries, round_trips) = cost_of(&given, &search).await;
        assert!(
            round_trips <= 4,
            "{entries} entries, {round_trips} round trips"
        );
        for _ in 0..10 {
            let at = gathered(1, radius_m, &mut rng)[0].1.point;
            let there = Search {
                centre: at,
                ..search.clone()
            };
            nearest_by_force(&given, &people, &there).await;
        }
        let all = Search {
            limit: 30_000,
            ..search
        };
        let mut everybody = who(&given.find(&all).await);
        everybody.sort_unstable();
        assert_eq!(everybody, (1..=20_000).collect::<Vec<_>>());
        given = given.anew().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_do_not_know_of_a_split_lose_and_double_nobody() {
    let mut given = Given::set_up(Kind::Redis, |settings| {
        settings.timeout = Duration::from_secs(5);
        settings.crowd = 40;
    })
    .await;
    let mut rng = Rng::new(12);
    given.place(&gathered(600, 150.0, &mut rng)).await;
    let search = Search {
        limit: 1_000,
        ..around(50.0, 8.0)
    };
    given.knows_around(&search).await;
    let other = given.another_node();
    for round in 2..6_i64 {
        for (profile, fix) in gathered(600, 150.0, &mut rng) {
            let moved = Fix {
                at: at(round),
                ..fix
            };
            let node = if (profile.responder.0 + round.unsigned_abs()).is_multiple_of(2) {
                &*other as &dyn muster_core::ports::LiveIndex
            } else {
                &*given.index
            };
            assert!(node.report(profile.responder, moved).await);
        }
        let found = given.find(&search).await;
        let mut numbers = who(&found);
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=600).collect::<Vec<_>>());
        assert!(found.iter().all(|f| f.fix.at == at(round)));
    }
    // the crowd goes home: nothing is left of it but the three who stay
    for number in 4..=600 {
        given.index.forget(no(number)).await;
        given.people.strike(number);
    }
    given.redis.as_ref().unwrap().drop_older_than(at(0)).await;
    let mut left = given.who(&search).await;
    left.sort_unstable();
    assert_eq!(left, [1, 2, 3]);
    let keys = given.server().ask(&["KEYS", "c:*"]).await.unwrap();
    assert!(keys.matches("c:").count() <= 3, "{keys}");
}
