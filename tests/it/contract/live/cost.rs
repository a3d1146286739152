//! What a search costs, in counts: it follows what is wanted and how many live around, never how
//! many there are.

use muster::live::redis::Cost;
use muster_core::domain::responder::{Fix, Profile};
use muster_core::ports::Search;
use muster_stand::rng::Rng;

use super::{Given, Kind, around, fix, profile};

/// People per square degree in these tests: 100 in a circle of 2 km.
const PER_DEGREE: f64 = 70_000.0;

/// So many at that density, in a square around a place.
fn spread(people: u64, rng: &mut Rng) -> Vec<(Profile, Fix)> {
    let side = (people as f64 / PER_DEGREE).sqrt();
    (1..=people)
        .map(|number| {
            let lat = 50.0 + rng.between(-side / 2.0, side / 2.0);
            let lon = 8.0 + rng.between(-side / 2.0, side / 2.0) / 0.643;
            (profile(number, 1), fix(lat, lon, 1))
        })
        .collect()
}

/// Cost of so many searches for the fifty nearest.
async fn of_searches(given: &Given, searches: u64, rng: &mut Rng) -> Cost {
    let whole = Search {
        radius_m: 30_000.0,
        limit: 1,
        ..around(50.0, 8.0)
    };
    given.knows_around(&whole).await;
    let before = given.cost();
    for _ in 0..searches {
        let lat = 50.0 + rng.between(-0.05, 0.05);
        let lon = 8.0 + rng.between(-0.05, 0.05);
        assert_eq!(given.find(&around(lat, lon)).await.len(), 50);
    }
    let after = given.cost();
    Cost {
        round_trips: after.round_trips - before.round_trips,
        keys: after.keys - before.keys,
        entries: after.entries - before.entries,
        ..Cost::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_as_many_people_cost_a_search_nothing() {
    const SEARCHES: u64 = 40;
    let mut costs = Vec::new();
    for people in [4_000, 40_000] {
        let given = Given::with(Kind::Redis).await;
        given.place(&spread(people, &mut Rng::new(3))).await;
        costs.push(of_searches(&given, SEARCHES, &mut Rng::new(4)).await);
    }
    let (few, many) = (costs[0], costs[1]);
    let most = |few: u64| few + few / 5;
    assert!(
        many.round_trips <= most(few.round_trips),
        "{few:?} {many:?}"
    );
    assert!(many.keys <= most(few.keys), "{few:?} {many:?}");
    assert!(many.entries <= most(few.entries), "{few:?} {many:?}");
    assert!(many.round_trips <= 5 * SEARCHES, "{many:?}");
    // at that density fifty people stand in some seventy cells
    assert!(many.keys <= 100 * SEARCHES, "{many:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_share_their_round_trips() {
    let given = Given::with(Kind::Redis).await;
    let people = spread(4_000, &mut Rng::new(5));
    given.place(&people).await;
    let cost = given.cost();
    assert_eq!(cost.changes, 8_000);
    assert!(cost.flushes * 20 < cost.changes, "{cost:?}");
    // read, entry, bit, count, record; and for the admission read and record
    assert!(cost.commands <= 7 * 4_000, "{cost:?}");
}
