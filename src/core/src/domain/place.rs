//! Positions on the earth, and what may be said of them before acceptance.

use h3o::{CellIndex, LatLng, Resolution};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Resolution of the cell that stands for an incident's place before acceptance (about 0.7 km²).
pub const DISCLOSED_RESOLUTION: Resolution = Resolution::Eight;

/// Edge length of a resolution-8 cell, which is also the radius of its outer circle, in metres
/// (H3's table of average edge lengths).
pub const DISCLOSED_RADIUS_M: f64 = 531.0;

/// Mean radius of the earth in metres, as H3 uses it for great-circle distances.
pub const EARTH_RADIUS_M: f64 = 6_371_007.180_918_475;

/// A position that can exist: latitude −90..=90, longitude −180..=180, degrees WGS 84, not (0, 0).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    lat: f64,
    lon: f64,
}

/// Why a pair of numbers is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a position on the earth")]
pub struct ImpossiblePoint;

impl Point {
    /// Checks the pair. (0, 0) is what broken receivers report, so it is refused too.
    pub fn new(lat: f64, lon: f64) -> Result<Self, ImpossiblePoint> {
        let possible =
            lat.is_finite() && lon.is_finite() && lat.abs() <= 90.0 && lon.abs() <= 180.0;
        if !possible || (lat == 0.0 && lon == 0.0) {
            return Err(ImpossiblePoint);
        }
        Ok(Self { lat, lon })
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// The H3 cell the point stands in.
    pub fn cell(self, resolution: Resolution) -> CellIndex {
        self.lat_lng().to_cell(resolution)
    }

    /// Great-circle distance in metres.
    pub fn distance_m(self, other: Self) -> f64 {
        self.lat_lng().distance_m(other.lat_lng())
    }

    /// The centre of the resolution-8 cell: all that anyone learns before accepting, the same
    /// for everybody, so that many answers together give nothing more away.
    #[must_use]
    pub fn approximate(self) -> Self {
        Self::centre_of(self.cell(DISCLOSED_RESOLUTION))
    }

    /// The centre of a cell.
    pub fn centre_of(cell: CellIndex) -> Self {
        let centre = LatLng::from(cell);
        Self {
            lat: centre.lat(),
            lon: centre.lng(),
        }
    }

    fn lat_lng(self) -> LatLng {
        LatLng::new(self.lat, self.lon).expect("checked finite by Point::new")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_null_island_and_the_impossible_are_refused() {
        for (lat, lon) in [(0.0, 0.0), (90.1, 0.0), (0.0, -180.5), (f64::NAN, 1.0)] {
            assert_eq!(Point::new(lat, lon), Err(ImpossiblePoint), "{lat} {lon}");
        }
        assert!(Point::new(0.0, 1.0).is_ok());
    }

    #[test]
    fn a_degree_of_latitude_is_about_111_km() {
        let (a, b) = (
            Point::new(50.0, 8.0).unwrap(),
            Point::new(51.0, 8.0).unwrap(),
        );
        assert!((a.distance_m(b) - 111_195.0).abs() < 5.0);
    }

    #[test]
    fn the_approximate_place_is_shared_by_the_whole_cell() {
        let a = Point::new(36.8529, -75.9780).unwrap();
        let near = Point::new(36.8530, -75.9781).unwrap();
        assert_eq!(a.approximate(), near.approximate());
        assert!(a.distance_m(a.approximate()) <= DISCLOSED_RADIUS_M * 1.2);
    }
}
