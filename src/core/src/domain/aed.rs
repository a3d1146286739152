//! Defibrillators that anybody may fetch.

use super::bounds::Bounds;
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

/// All defibrillators that are known, from south to north, so that a look at a town does not read
/// those of the country.
#[derive(Debug, Clone, Default)]
pub struct Aeds(Vec<Aed>);

impl Aeds {
    /// Puts them in order.
    pub fn new(mut aeds: Vec<Aed>) -> Self {
        aeds.sort_by(|a, b| a.point.lat().total_cmp(&b.point.lat()));
        Self(aeds)
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one nearest to a place, and how far it is in metres; `None` when all are out of reach.
    pub fn nearest(&self, place: Point) -> Option<(&Aed, f64)> {
        self.within(place, REACH_M)
    }

    fn within(&self, from: Point, within_m: f64) -> Option<(&Aed, f64)> {
        self.inside(Bounds::around(from, within_m))
            .map(|aed| (aed, aed.point.distance_m(from)))
            .filter(|(_, metres)| *metres <= within_m)
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// Those in a box, from south to north.
    pub fn inside(&self, within: Bounds) -> impl Iterator<Item = &Aed> {
        let south = self
            .0
            .partition_point(|aed| aed.point.lat() < within.south());
        self.0[south..]
            .iter()
            .take_while(move |aed| aed.point.lat() <= within.north())
            .filter(move |aed| within.contains(aed.point))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at((lat, lon): (f64, f64)) -> Aed {
        Aed {
            id: format!("{lat} {lon}"),
            point: Point::new(lat, lon).unwrap(),
            name: None,
            access: None,
            hours: None,
        }
    }

    proptest! {
        #[test]
        fn a_box_holds_what_reading_them_all_finds(
            places in prop::collection::vec((1_i32..80, -179_i32..180), 0..60),
            (south, height) in (1_i32..80, 0_i32..10),
            (west, width) in (-180_i32..180, 0_i32..200),
        ) {
            // whole degrees, so that some lie on the border
            let places = places.into_iter().map(|(lat, lon)| (f64::from(lat), f64::from(lon)));
            let aeds: Vec<Aed> = places.map(at).collect();
            let within = Bounds::new(
                west.into(), south.into(), (west + width).into(), (south + height).into(),
            ).unwrap();
            let mut all: Vec<&str> = aeds.iter()
                .filter(|aed| within.contains(aed.point))
                .map(|aed| aed.id.as_str())
                .collect();
            let register = Aeds::new(aeds.clone());
            let mut inside: Vec<&str> = register.inside(within).map(|aed| aed.id.as_str()).collect();
            all.sort_unstable();
            inside.sort_unstable();
            prop_assert_eq!(inside, all);
        }

        #[test]
        fn the_nearest_is_that_of_reading_them_all(
            places in prop::collection::vec((-20_i32..20, -20_i32..20), 0..40),
            lat in -85.0_f64..85.0,
            lon in prop_oneof![-179.99_f64..179.99, Just(179.999)],
            within_m in 10.0_f64..2_000.0,
        ) {
            let from = Point::new(lat, lon).unwrap();
            // some hundred metres around
            let around = places.into_iter().filter_map(|(north, east)| {
                let lon = lon + f64::from(east) * 0.001;
                let lon = if lon > 180.0 { lon - 360.0 } else { lon };
                Point::new(lat + f64::from(north) * 0.001, lon).ok()
            });
            let aeds: Vec<Aed> = around.map(|p| at((p.lat(), p.lon()))).collect();
            let expected = aeds.iter()
                .map(|aed| aed.point.distance_m(from))
                .filter(|metres| *metres <= within_m)
                .min_by(f64::total_cmp);
            let found = Aeds::new(aeds.clone()).within(from, within_m).map(|(_, metres)| metres);
            prop_assert_eq!(found, expected);
        }
    }
}
