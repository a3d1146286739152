//! A position in eight bytes, and as a spot in space.
//!
//! Searches work on straight-line distance through the earth, which grows with great-circle
//! distance: neither poles nor the antimeridian are special.

use muster_core::domain::place::{EARTH_RADIUS_M, Point};

/// Coordinates from the centre of the earth in centimetres, moved so that none is negative;
/// each below 2^31.
pub(super) type Spot = [u32; 3];

/// What is added to each coordinate to make it positive: more than the earth's radius.
const SHIFT_CM: f64 = (1_u32 << 30) as f64;

const CM_PER_M: f64 = 100.0;

const PER_DEGREE: f64 = 1e7;

/// Latitude and longitude in ten-millionths of a degree (about a centimetre).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct GridPoint {
    pub(super) lat_e7: i32,
    pub(super) lon_e7: i32,
}

impl GridPoint {
    /// The nearest place on the grid; never (0, 0), which no [`Point`] can be.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 180 degrees times 1e7, which is below 2^31"
    )]
    pub(super) fn of(point: Point) -> Self {
        let lat_e7 = (point.lat() * PER_DEGREE).round() as i32;
        let lon_e7 = (point.lon() * PER_DEGREE).round() as i32;
        if lat_e7 == 0 && lon_e7 == 0 {
            return Self { lat_e7: 1, lon_e7 };
        }
        Self { lat_e7, lon_e7 }
    }

    /// As the domain writes it; `None` when it is no position, which only a damaged file can hold.
    pub(super) fn point(self) -> Option<Point> {
        let degrees = |e7: i32| f64::from(e7) / PER_DEGREE;
        Point::new(degrees(self.lat_e7), degrees(self.lon_e7)).ok()
    }

    /// The same place in space. Always the same spot for the same place, so that an entry of the
    /// tree is found again from the slot alone.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the shift makes it positive and it stays below 2^31"
    )]
    pub(super) fn spot(self) -> Spot {
        let radians = |e7: i32| (f64::from(e7) / PER_DEGREE).to_radians();
        let (sin_lat, cos_lat) = radians(self.lat_e7).sin_cos();
        let (sin_lon, cos_lon) = radians(self.lon_e7).sin_cos();
        [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
            .map(|unit| (unit * EARTH_RADIUS_M * CM_PER_M + SHIFT_CM).round() as u32)
    }
}

/// Great-circle distances from one point to many, in metres: what [`Point::distance_m`] says, to
/// less than a millimetre, in a third of its time, as half of the work is done once. A search
/// spends a quarter of its time on distances otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ruler {
    lat: f64,
    lon: f64,
    cos_lat: f64,
}

impl Ruler {
    pub(super) fn at(centre: Point) -> Self {
        let lat = centre.lat().to_radians();
        Self {
            lat,
            lon: centre.lon().to_radians(),
            cos_lat: lat.cos(),
        }
    }

    pub(super) fn distance_m(&self, to: Point) -> f64 {
        let lat = to.lat().to_radians();
        let sin_lat = ((lat - self.lat) / 2.0).sin();
        let sin_lon = ((to.lon().to_radians() - self.lon) / 2.0).sin();
        let haversine = sin_lat * sin_lat + self.cos_lat * lat.cos() * sin_lon * sin_lon;
        2.0 * EARTH_RADIUS_M * haversine.min(1.0).sqrt().asin()
    }
}

/// The squared straight-line distance in cm² that is certain to hold everything within `radius_m`
/// metres great-circle; 0 for a radius that is no distance.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and at most the square of the earth's diameter in cm, below 2^61"
)]
pub(super) fn reach_cm2(radius_m: f64) -> u64 {
    // Spots are rounded to the centimetre on three axes at both ends.
    const ROUNDING_CM: f64 = 4.0;
    let half_angle = (radius_m / EARTH_RADIUS_M / 2.0).clamp(0.0, std::f64::consts::FRAC_PI_2);
    let chord_cm = 2.0 * EARTH_RADIUS_M * CM_PER_M * half_angle.sin() + ROUNDING_CM;
    (chord_cm * chord_cm).ceil() as u64
}

/// The great-circle distance in centimetres of a squared straight line through the earth.
pub(super) fn arc_cm(apart_cm2: u64) -> f64 {
    const DIAMETER_CM: f64 = 2.0 * EARTH_RADIUS_M * CM_PER_M;
    let chord_cm = (apart_cm2 as f64).sqrt();
    let sin = chord_cm / DIAMETER_CM;
    if sin < 0.05 {
        // the first terms of the arc sine, which is slow: what is left out is less than a
        // millimetre within 600 km
        let square = sin * sin;
        return chord_cm * (1.0 + square * (1.0 / 6.0 + square * (3.0 / 40.0)));
    }
    DIAMETER_CM * sin.min(1.0).asin()
}

/// Squared straight-line distance in cm².
pub(super) fn apart_cm2(a: Spot, b: Spot) -> u64 {
    let square = |axis: usize| {
        let d = u64::from(a[axis].abs_diff(b[axis]));
        d * d
    };
    square(0) + square(1) + square(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_within_a_centimetre() {
        for (lat, lon) in [
            (50.123_456_78, 8.5),
            (-90.0, 180.0),
            (89.999, -180.0),
            (1e-9, 0.0),
        ] {
            let point = Point::new(lat, lon).unwrap();
            let back = GridPoint::of(point).point().unwrap();
            assert!(point.distance_m(back) < 0.02, "{lat} {lon}");
        }
    }

    #[test]
    fn both_sides_of_the_antimeridian_are_the_same_spot() {
        let east = GridPoint::of(Point::new(12.0, 180.0).unwrap()).spot();
        let west = GridPoint::of(Point::new(12.0, -180.0).unwrap()).spot();
        assert!(apart_cm2(east, west) <= 3);
    }

    #[test]
    fn the_ruler_says_what_the_domain_says() {
        let centre = Point::new(52.0, 179.99).unwrap();
        for (lat, lon) in [
            (52.001, 179.991),
            (52.0, -179.99),
            (-52.0, 10.0),
            (90.0, 0.0),
        ] {
            let point = Point::new(lat, lon).unwrap();
            let apart = centre.distance_m(point);
            assert!(
                (Ruler::at(centre).distance_m(point) - apart).abs() < 1e-3,
                "{lat} {lon}"
            );
        }
    }

    #[test]
    fn the_arc_is_the_distance_over_ground() {
        let a = Point::new(60.0, 10.0).unwrap();
        for (lat, lon) in [
            (60.0001, 10.0),
            (60.3, 11.0),
            (63.0, 18.0),
            (65.0, 20.0),
            (-60.0, -170.0),
        ] {
            let b = Point::new(lat, lon).unwrap();
            let apart = apart_cm2(GridPoint::of(a).spot(), GridPoint::of(b).spot());
            let error_cm = arc_cm(apart) - a.distance_m(b) * CM_PER_M;
            assert!(error_cm.abs() < 4.0, "{lat} {lon}: {error_cm}");
        }
    }

    #[test]
    fn the_reach_holds_the_whole_radius_and_little_more() {
        let a = Point::new(60.0, 10.0).unwrap();
        let b = Point::new(60.4, 11.0).unwrap();
        let apart = apart_cm2(GridPoint::of(a).spot(), GridPoint::of(b).spot());
        assert!(apart <= reach_cm2(a.distance_m(b)));
        assert!(apart > reach_cm2(a.distance_m(b) - 0.2));
    }
}
