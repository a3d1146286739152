//! Defibrillators that anybody may fetch.

use super::place::Point;

/// One defibrillator, as its register describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Aed {
    /// Its name in the register.
    pub id: String,
    /// Where it hangs.
    pub point: Point,
    /// What it is called, or in which house it hangs.
    pub name: Option<String>,
    /// How to get at it.
    pub access: Option<String>,
    /// When one can get at it.
    pub hours: Option<String>,
}

/// Nobody is sent further for one, metres: fetching it must not cost more than it gives.
const REACH_M: f64 = 1_000.0;
/// Degrees of latitude that are certainly further, so that most of a register costs a subtraction.
const REACH_DEG: f64 = 0.01;

/// The one nearest to a place, and how far it is in metres; `None` when all are out of reach.
pub fn nearest(aeds: &[Aed], place: Point) -> Option<(&Aed, f64)> {
    aeds.iter()
        .filter(|aed| (aed.point.lat() - place.lat()).abs() < REACH_DEG)
        .map(|aed| (aed, aed.point.distance_m(place)))
        .filter(|(_, distance_m)| *distance_m <= REACH_M)
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_within_reach_is_fetched() {
        let at = |id: &str, lat, lon| Aed {
            id: id.to_owned(),
            point: Point::new(lat, lon).unwrap(),
            name: None,
            access: None,
            hours: None,
        };
        let place = Point::new(60.0, 10.0).unwrap();
        // at this latitude a degree of longitude is half as long
        let aeds = [
            at("north", 60.004, 10.0),
            at("east", 60.0, 10.006),
            at("far", 60.02, 10.0),
        ];
        let (found, distance_m) = nearest(&aeds, place).unwrap();
        assert_eq!(found.id, "east");
        assert!((distance_m - 333.0).abs() < 3.0, "{distance_m}");
        assert!(nearest(&aeds[2..], place).is_none());
        let edge = [at("edge", 60.008_9, 10.0)];
        assert!(nearest(&edge, place).is_some(), "989 m");
    }
}
