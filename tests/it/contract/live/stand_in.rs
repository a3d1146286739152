//! What last known cells cost while they answer: about what the search needs, however many there
//! are.

use h3o::{LatLng, Resolution};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Profile, Source};
use muster_core::ports::{LastKnown as _, Search, Seen};
use muster_stand::rng::Rng;

use super::given::no;
use super::outage::impatient;
use super::{Given, Kind, People, around, at, point, profile};

/// So many were last seen in a square around a place, just now; one in three must not be alerted.
async fn last_seen(people: &People, count: u64, centre: (f64, f64), side: f64) {
    let just_now = |number| i64::try_from(number).unwrap();
    last_seen_at(people, count, (centre, side), just_now).await;
}

/// The same, each at a time of their own.
async fn last_seen_at(
    people: &People,
    count: u64,
    ((lat, lon), side): ((f64, f64), f64),
    when: impl Fn(u64) -> i64,
) {
    let mut rng = Rng::new(7);
    let mut seen = Vec::new();
    for number in 1..=count {
        people.enrol(Profile {
            available: number % 3 > 0,
            ..profile(number, 1)
        });
        let lat = lat + rng.between(-side / 2.0, side / 2.0);
        let lon = lon + rng.between(-side / 2.0, side / 2.0) / 0.643;
        seen.push(Seen {
            responder: no(number),
            cell: point(lat, lon).cell(Resolution::Nine),
            at: at(when(number)),
            source: Source::Live,
        });
    }
    people.keep(seen).await.unwrap();
}

/// Weighed distances of those whom a search must find, by the middle of the cell of everybody and
/// when they were seen there.
fn by_brute_force(people: &People, count: u64, search: &Search, accuracy_m: f32) -> Vec<f64> {
    let weighed = |number| {
        let seen = people.seen(number)?;
        let middle = LatLng::from(seen.cell);
        let fix = Fix {
            point: Point::new(middle.lat(), middle.lng()).unwrap(),
            accuracy_m,
            at: seen.at,
            source: seen.source,
        };
        let distance_m = search.centre.distance_m(fix.point);
        let near = distance_m <= search.radius_m;
        near.then(|| search.weighing.weighed_m(distance_m, &fix))
    };
    let available = (1..=count).filter(|number| number % 3 > 0);
    let mut all: Vec<f64> = available.filter_map(weighed).collect();
    all.sort_by(f64::total_cmp);
    all.truncate(search.limit);
    all
}

/// Searches without Redis, which finds the best; returns how many last known cells were read.
async fn read_for(given: &Given, count: u64, search: &Search) -> usize {
    let before = given.people.told();
    let nearest = given.nearest(search).await;
    assert!(nearest.degraded);
    let found: Vec<f64> = nearest.found.iter().map(|f| search.weighed_m(f)).collect();
    // as good as the cell
    let accuracy_m = nearest.found.first().map_or(0.0, |f| f.fix.accuracy_m);
    let wanted = by_brute_force(&given.people, count, search, accuracy_m);
    assert_eq!(found.len(), wanted.len(), "{search:?}");
    for (found, wanted) in found.iter().zip(&wanted) {
        assert!((found - wanted).abs() < 0.1, "{found} {wanted} {search:?}");
    }
    given.people.told() - before
}

/// Redis is gone for so long that somebody may be missing.
async fn cut_off(given: &mut Given) {
    given.server().kill().unwrap();
    let given = &*given;
    given
        .eventually("the answer says so", || async {
            given.index.nearest(&the_ten(1.0, 1.0, 1.0)).await.degraded
        })
        .await;
}

fn the_ten(lat: f64, lon: f64, radius_m: f64) -> Search {
    Search {
        radius_m,
        limit: 10,
        ..around(lat, lon)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_reads_few_of_a_town() {
    const TOWN: u64 = 3_000;
    let mut given = impatient(Kind::Redis).await;
    last_seen(&given.people, TOWN, (50.0, 8.0), 0.12).await;
    cut_off(&mut given).await;
    let mut rng = Rng::new(8);
    for _ in 0..20 {
        let (lat, lon) = (rng.between(49.96, 50.04), rng.between(7.94, 8.06));
        for radius_m in [1_000.0, 5_000.0, 30_000.0] {
            let read = read_for(&given, TOWN, &the_ten(lat, lon, radius_m)).await;
            assert!(read <= 400, "{read} were read");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_far_away_is_found_too() {
    let mut given = impatient(Kind::Redis).await;
    last_seen(&given.people, 300, (50.0, 8.0), 0.1).await;
    cut_off(&mut given).await;
    let read = read_for(&given, 300, &the_ten(50.2, 8.0, 30_000.0)).await;
    assert!(read > 0);
    // on the edge of the town, and where nobody is near enough
    read_for(&given, 300, &the_ten(50.06, 8.0, 30_000.0)).await;
    read_for(&given, 300, &the_ten(50.2, 8.0, 5_000.0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_in_thin_country_reads_only_the_regions_that_it_needs() {
    const COUNTRY: u64 = 3_000;
    let mut given = impatient(Kind::Redis).await;
    last_seen(&given.people, COUNTRY, (50.0, 8.0), 1.0).await;
    cut_off(&mut given).await;
    let mut rng = Rng::new(9);
    for limit in [1, 10, 50] {
        for _ in 0..10 {
            let search = Search {
                limit,
                ..the_ten(rng.between(49.9, 50.1), rng.between(7.9, 8.1), 40_000.0)
            };
            let read = read_for(&given, COUNTRY, &search).await;
            assert!(read <= 800, "{read} were read for {limit}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_seen_lately_is_not_hidden_by_those_seen_long_ago() {
    const TOWN: u64 = 1_000;
    let mut given = impatient(Kind::Redis).await;
    let minutes_ago = |number: u64| match number % 20 {
        0 => 0,
        1..5 => -10 * 60_000,
        _ => -40 * 60_000,
    };
    last_seen_at(&given.people, TOWN, ((50.0, 8.0), 0.06), minutes_ago).await;
    cut_off(&mut given).await;
    let mut rng = Rng::new(10);
    for limit in [1, 10, 100, 400] {
        for radius_m in [800.0, 3_000.0, 10_000.0] {
            let search = Search {
                limit,
                radius_m,
                ..around(rng.between(49.97, 50.03), rng.between(7.96, 8.04))
            };
            read_for(&given, TOWN, &search).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_read_up_to_a_bound_and_once() {
    let mut given = impatient(Kind::Redis).await;
    last_seen(&given.people, 6_000, (50.0, 8.0), 0.005).await;
    cut_off(&mut given).await;
    let before = (given.people.asked(), given.people.told());
    let nearest = given.nearest(&the_ten(50.0, 8.0, 30_000.0)).await;
    assert!(nearest.degraded && nearest.found.len() == 10);
    let after = (given.people.asked(), given.people.told());
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 5_000));
}
