//! Where everybody lives: those with a phone first, then the probes, then those who sleep.

use super::table::{Land, Scenario};
use crate::phones::{Town, Trace, read_moves};
use crate::seed::Crowd;
use h3o::{CellIndex, LatLng, Resolution};
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::geo::LatLon;
use muster_stand::rng::Rng;
use std::path::Path;

/// Everybody's middle, on land.
const MIDDLE: LatLon = LatLon {
    lat: 36.84,
    lon: -76.06,
};
/// Quarters of a city, and how far from the middle they lie (standard deviation), metres.
const QUARTERS: usize = 60;
const CITY_M: f64 = 9_000.0;
/// A million people fill a square of this side, metres.
const COUNTRY_M: f64 = 600_000.0;
const COUNTRY_PEOPLE: f64 = 1_000_000.0;
/// Everybody in the stadium is within this of its middle, metres; a cell of resolution 9 reaches
/// no less far.
const STADIUM_M: f64 = 120.0;
/// Ways from a file are used again, so many seconds later each time.
const LATER_S: f64 = 137.0;
/// Probes, and how far apart they stand, metres: no search meets two of them.
pub(super) const PROBES: usize = 8;
const PROBES_APART_M: f64 = 20_000.0;
/// From the middle to the first probe, metres: nobody else is found there.
const PROBES_AWAY_M: f64 = 500_000.0;

/// Everybody, and how those with a phone move.
pub(super) struct People {
    pub(super) ways: Vec<Trace>,
    pub(super) crowd: Crowd,
}

/// People of a scenario; `moves` are recorded ways instead of made-up ones.
pub(super) fn people(scenario: &Scenario, moves: Option<&Path>, seed: u64) -> Outcome<People> {
    let ways = match moves {
        Some(file) => recorded(&read_moves(file)?, scenario.phones),
        None => made_up(scenario, seed)?,
    };
    let phones = ways.iter().map(|way| way.at(0.0).0);
    let asleep = asleep(scenario, seed);
    let places = phones.chain((0..PROBES).map(probe)).chain(asleep);
    let crowd = Crowd::at(places)?;
    Ok(People { ways, crowd })
}

/// Where the `n`-th probe stands at first.
pub(super) fn probe(n: usize) -> LatLon {
    MIDDLE.offset_m(PROBES_APART_M * n as f64, PROBES_AWAY_M)
}

/// Somewhere in the square of that side in the middle.
pub(super) fn in_square(side_m: f64, rng: &mut Rng) -> LatLon {
    let half = side_m / 2.0;
    MIDDLE.offset_m(rng.between(-half, half), rng.between(-half, half))
}

fn recorded(ways: &[Trace], phones: usize) -> Vec<Trace> {
    let again = ways.iter().cycle().enumerate().take(phones);
    let later = |n: usize| LATER_S * (n / ways.len().max(1)) as f64;
    again
        .map(|(n, way)| way.clone().shifted(later(n)))
        .collect()
}

fn made_up(scenario: &Scenario, seed: u64) -> Outcome<Vec<Trace>> {
    let phones = scenario.phones;
    let mut rng = Rng::split(seed, 3);
    Ok(match scenario.land {
        Land::Town => Town::default_town().traces(phones, seed),
        Land::City => {
            let quarters = (0..QUARTERS)
                .map(|_| MIDDLE.offset_m(CITY_M * rng.normal(), CITY_M * rng.normal()));
            Town::around(&quarters.collect::<Vec<_>>()).traces(phones, seed)
        }
        Land::Country => {
            let side_m = inner_m(phones);
            let home = |_| Trace::still(in_square(side_m, &mut rng));
            (0..phones).map(home).collect()
        }
        Land::Stadium => {
            let middle = middle_of_cell(MIDDLE)?;
            let seat = |_| {
                let reach = STADIUM_M * rng.unit().sqrt();
                let turn = std::f64::consts::TAU * rng.unit();
                Trace::still(middle.offset_m(reach * turn.sin(), reach * turn.cos()))
            };
            (0..phones).map(seat).collect()
        }
    })
}

fn middle_of_cell(place: LatLon) -> Outcome<LatLon> {
    let place = LatLng::new(place.lat, place.lon).doing("naming a cell")?;
    let cell: CellIndex = place.to_cell(Resolution::Nine);
    let middle = LatLng::from(cell);
    Ok(LatLon::new(middle.lat(), middle.lng()))
}

/// Side of the square in which so many live in the country.
fn inner_m(people: usize) -> f64 {
    COUNTRY_M * (people as f64 / COUNTRY_PEOPLE).sqrt()
}

/// Those without a living phone: around those with one, as dense.
fn asleep(scenario: &Scenario, seed: u64) -> impl Iterator<Item = LatLon> {
    let (inner, outer) = (inner_m(scenario.phones), inner_m(scenario.people));
    let mut rng = Rng::split(seed, 4);
    let mut outside = move || {
        loop {
            let half = outer / 2.0;
            let (north, east) = (rng.between(-half, half), rng.between(-half, half));
            if north.abs().max(east.abs()) > inner / 2.0 {
                return MIDDLE.offset_m(north, east);
            }
        }
    };
    (scenario.phones..scenario.people).map(move |_| outside())
}

#[cfg(test)]
mod tests {
    use super::super::table::{TABLE, named};
    use super::*;

    #[test]
    fn everybody_has_a_place_and_probes_stand_alone() {
        for scenario in TABLE.iter().filter(|scenario| scenario.people <= 100_000) {
            let people = people(scenario, None, 1).unwrap();
            assert_eq!(people.ways.len(), scenario.phones);
            assert_eq!(people.crowd.len(), scenario.people + PROBES);
        }
        assert!(probe(0).distance_m(MIDDLE) > 400_000.0);
        assert!(probe(0).distance_m(probe(1)) > 15_000.0);
    }

    #[test]
    fn the_stadium_is_one_cell() {
        let scenario = named("stadium").unwrap();
        let ways = made_up(&scenario, 1).unwrap();
        let cell = |way: &Trace| {
            let place = way.at(0.0).0;
            LatLng::new(place.lat, place.lon)
                .unwrap()
                .to_cell(Resolution::Nine)
        };
        assert!(ways.iter().all(|way| cell(way) == cell(&ways[0])));
    }

    #[test]
    fn the_country_is_as_dense_inside_as_outside() {
        let mut scenario = named("country").unwrap();
        (scenario.people, scenario.phones) = (100_000, 10_000);
        let outside: Vec<_> = asleep(&scenario, 1).collect();
        assert_eq!(outside.len(), 90_000);
        let near = outside
            .iter()
            .filter(|place| place.distance_m(MIDDLE) < inner_m(10_000) / 2.0);
        assert_eq!(near.count(), 0);
    }
}
