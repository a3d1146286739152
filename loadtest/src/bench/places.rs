//! Where people are: a dense city, an empty country.

use muster_core::domain::place::Point;

use muster_stand::failure::{Context as _, Outcome};
use muster_stand::geo::LatLon;
use muster_stand::rng::Rng;

/// The middle of every set.
const MIDDLE: LatLon = LatLon {
    lat: 52.0,
    lon: 13.0,
};
/// Half of a city's side, metres.
const CITY_HALF_M: f64 = 30_000.0;
/// Half of a country's side, metres.
const COUNTRY_HALF_M: f64 = 300_000.0;
const SUB_CENTRES: usize = 20;

/// Where people live.
pub(super) enum Area {
    /// 60 by 60 km: 40 % around one core of 3 km, 15 % anywhere, the rest around 20 sub-centres.
    City(Vec<LatLon>),
    /// 600 by 600 km, evenly.
    Country,
}

impl Area {
    pub(super) fn city(rng: &mut Rng) -> Self {
        let half = CITY_HALF_M * 0.8;
        let sub = |_| MIDDLE.offset_m(rng.between(-half, half), rng.between(-half, half));
        Self::City((0..SUB_CENTRES).map(sub).collect())
    }

    /// One place.
    fn draw(&self, rng: &mut Rng) -> LatLon {
        match self {
            Self::City(subs) => {
                let kind = rng.unit();
                if kind < 0.15 {
                    return even(rng, CITY_HALF_M);
                }
                let (centre, sigma) = if kind < 0.55 {
                    (MIDDLE, 3_000.0)
                } else {
                    (subs[rng.below(subs.len())], 1_500.0)
                };
                centre.offset_m(rng.normal() * sigma, rng.normal() * sigma)
            }
            Self::Country => even(rng, COUNTRY_HALF_M),
        }
    }

    pub(super) fn many(&self, count: usize, rng: &mut Rng) -> Outcome<Vec<Point>> {
        (0..count).map(|_| point(self.draw(rng))).collect()
    }
}

fn even(rng: &mut Rng, half: f64) -> LatLon {
    MIDDLE.offset_m(rng.between(-half, half), rng.between(-half, half))
}

/// As the index holds it: 1e-7 degrees, so that all who are compared hold the same places.
fn point(place: LatLon) -> Outcome<Point> {
    let held = |degrees: f64| (degrees * 1e7).round() / 1e7;
    Point::new(held(place.lat), held(place.lon)).doing("making up a place")
}

/// A step of some metres in any direction.
pub(super) fn step(from: Point, metres: f64, rng: &mut Rng) -> Outcome<Point> {
    let (north, east) = (rng.normal() * metres, rng.normal() * metres);
    point(LatLon::new(from.lat(), from.lon()).offset_m(north, east))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_denser_in_its_middle_than_a_country() {
        let near = |area: &Area| {
            let mut rng = Rng::new(1);
            let all: Vec<_> = (0..1000).map(|_| area.draw(&mut rng)).collect();
            all.iter()
                .filter(|place| place.distance_m(MIDDLE) < 6_000.0)
                .count()
        };
        assert!(near(&Area::city(&mut Rng::new(2))) > 300);
        assert!(near(&Area::Country) < 10);
    }
}
