//! Searches against brute force, in towns, at odd corners of the grid, in empty country, where
//! positions are old.

use h3o::{LatLng, Resolution};
use muster_core::domain::ids::OrgNo;
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Profile, Skills};
use muster_core::ports::Search;
use muster_stand::rng::Rng;

use super::people::{BY, by_hours};
use super::{Given, around, at, fix, point, profile};

/// Whether a search asks for them, but for the distance.
fn wanted(search: &Search, profile: &Profile, fix: &Fix) -> bool {
    profile.available
        && search.orgs.contains(&profile.org)
        && (search.skills.is_empty() || search.skills.meets(profile.skills))
        && search.takes(fix)
        && (!search.exercise || profile.exercises)
}

async fn same_as_force(given: &Given, people: &[(Profile, Fix)], search: &Search) {
    let asked_for = people.iter();
    let asked_for = asked_for.filter(|(profile, fix)| wanted(search, profile, fix));
    let mut forced: Vec<f64> = asked_for
        .map(|(_, fix)| (search.centre.distance_m(fix.point), fix))
        .filter(|(distance_m, _)| *distance_m <= search.radius_m)
        .map(|(distance_m, fix)| search.weighing.weighed_m(distance_m, fix))
        .collect();
    forced.sort_by(f64::total_cmp);
    forced.truncate(search.limit);
    let found = given.find(search).await;
    assert_eq!(found.len(), forced.len(), "{search:?}");
    for (found, forced) in found.iter().zip(forced) {
        let weighed = search.weighed_m(found);
        // positions are held to a centimetre
        assert!(
            (weighed - forced).abs() <= 0.1,
            "{weighed} {forced} {search:?}"
        );
    }
}

struct Dice(Rng);

impl Dice {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0.between(low, high)
    }

    fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    /// Somewhere within about `spread_deg` of a place, on the globe.
    fn near(&mut self, centre: Point, spread_deg: f64) -> Point {
        let lat = centre.lat() + self.between(-spread_deg, spread_deg);
        let shrink = lat.to_radians().cos().abs().max(0.01);
        let lon = centre.lon() + self.between(-spread_deg, spread_deg) / shrink;
        let lon = (lon + 540.0).rem_euclid(360.0) - 180.0;
        point(lat.clamp(-90.0, 90.0), lon)
    }

    fn somebody(&mut self, number: u64, place: Point) -> (Profile, Fix) {
        let profile = Profile {
            org: OrgNo(1 + u32::from(self.below(3) == 0)),
            skills: Skills(1 + u16::try_from(self.below(7)).unwrap()),
            exercises: self.below(2) == 0,
            available: self.below(5) != 0,
            ..profile(number, 1)
        };
        let taken = self.age();
        let placed = match self.below(4) {
            0 => by_hours(place.lat(), place.lon(), taken),
            _ => fix(place.lat(), place.lon(), taken),
        };
        let accuracy_m = [10.5, 40.0, 700.0][self.below(3)];
        (
            profile,
            Fix {
                accuracy_m,
                ..placed
            },
        )
    }

    /// A time of a position: moments ago, within half an hour, within an hour.
    fn age(&mut self) -> i64 {
        let most = [10.0, 1_800_000.0, 3_600_000.0][self.below(3)];
        #[expect(clippy::cast_possible_truncation, reason = "at most an hour")]
        let age = self.between(0.0, most) as i64;
        -age
    }

    fn search(&mut self, centre: Point, radius_m: f64) -> Search {
        Search {
            centre,
            radius_m: self.between(10.0, radius_m),
            limit: 1 + self.below(80),
            weighing: BY,
            skills: Skills(u16::try_from(self.below(8)).unwrap()),
            orgs: [vec![OrgNo(1)], vec![OrgNo(2), OrgNo(1)]][usize::from(self.below(2) == 0)]
                .clone(),
            not_before: at(self.age()),
            places: [None, Some(at(-1_800_000))][usize::from(self.below(2) == 0)],
            exercise: self.below(3) == 0,
        }
    }
}

/// A town with a core, suburbs and a crowd on one square.
pub(super) async fn towns(given: &Given) {
    let mut dice = Dice(Rng::new(7));
    let town = point(48.2, 16.37);
    let square = point(48.208, 16.372);
    let mut people = Vec::new();
    for number in 1..=3000 {
        let place = match dice.below(10) {
            0..3 => dice.near(town, 0.01),
            3..7 => dice.near(town, 0.08),
            7..9 => dice.near(square, 0.0006),
            _ => dice.near(town, 0.3),
        };
        people.push(dice.somebody(number, place));
    }
    given.place(&people).await;
    for _ in 0..60 {
        let centre = dice.near(town, 0.1);
        let radius_m = [800.0, 5_000.0, 30_000.0][dice.below(3)];
        let search = dice.search(centre, radius_m);
        same_as_force(given, &people, &search).await;
    }
    same_as_force(given, &people, &dice.search(square, 5_000.0)).await;
}

/// Where cells are pentagons, where longitudes meet, where meridians meet.
pub(super) async fn odd_corners(given: &Given) {
    let mut dice = Dice(Rng::new(8));
    let mut corners = vec![
        point(90.0, 0.0),
        point(-90.0, 0.0),
        point(-16.8, 180.0),
        point(-16.8, -179.999),
    ];
    corners.extend(Resolution::Five.pentagons().step_by(3).map(|cell| {
        let centre = LatLng::from(cell);
        point(centre.lat(), centre.lng())
    }));
    let mut people = Vec::new();
    for corner in &corners {
        for _ in 0..150 {
            let place = dice.near(*corner, 0.1);
            people.push(dice.somebody(people.len() as u64 + 1, place));
        }
    }
    given.place(&people).await;
    for corner in corners {
        for _ in 0..6 {
            let centre = dice.near(corner, 0.1);
            same_as_force(given, &people, &dice.search(centre, 20_000.0)).await;
        }
    }
}

/// Nobody within 15 km, and hardly anybody beyond.
pub(super) async fn empty_country(given: &Given) {
    let mut dice = Dice(Rng::new(9));
    let farm = point(46.6, 9.9);
    let people: Vec<_> = (1..=400)
        .map(|number| {
            let mut place = dice.near(farm, 0.9);
            while place.distance_m(farm) < 15_000.0 {
                place = dice.near(farm, 0.9);
            }
            dice.somebody(number, place)
        })
        .collect();
    given.place(&people).await;
    let whole = Search {
        radius_m: 60_000.0,
        ..around(farm.lat(), farm.lon())
    };
    for limit in [1, 5, 50] {
        let search = Search {
            limit,
            ..whole.clone()
        };
        same_as_force(given, &people, &search).await;
    }
}

/// People with old positions stand in front of those seen lately, and so does a house of people who
/// are at home by their hours.
pub(super) async fn old_positions(given: &Given) {
    const MINUTE: i64 = 60_000;
    let mut dice = Dice(Rng::new(10));
    let town = point(50.0, 8.0);
    let mut placed = Vec::new();
    for _ in 0..60 {
        let (near, far) = (dice.near(town, 0.004), dice.near(town, 0.008));
        let farther = dice.near(town, 0.05);
        placed.push(fix(near.lat(), near.lon(), -40 * MINUTE));
        placed.push(fix(far.lat(), far.lon(), -10 * MINUTE));
        placed.push(by_hours(50.0003, 8.0003, 0));
        placed.push(fix(farther.lat(), farther.lon(), 0));
    }
    let people: Vec<_> = (1..).map(|number| profile(number, 1)).zip(placed).collect();
    given.place(&people).await;
    let whole = Search {
        radius_m: 10_000.0,
        ..around(50.0, 8.0)
    };
    for limit in [1, 5, 22, 60, 150, 1_000] {
        for radius_m in [300.0, 1_500.0, 10_000.0] {
            let search = Search {
                limit,
                radius_m,
                ..whole.clone()
            };
            same_as_force(given, &people, &search).await;
        }
    }
    // nobody whose position is stale, though sixty of those are the nearest
    let best = given.find(&Search { limit: 22, ..whole }).await;
    assert!(best.iter().all(|found| found.fix.at >= at(-10 * MINUTE)));
}
