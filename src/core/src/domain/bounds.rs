//! Boxes on the map: what a viewer of the desk looks at.

use h3o::{CellIndex, LatLng, Resolution};
use thiserror::Error;

use super::place::{EARTH_RADIUS_M, Point};

/// Metres in a degree of latitude.
const DEGREE_M: f64 = EARTH_RADIUS_M * std::f64::consts::PI / 180.0;

/// A box between two parallels and two meridians, degrees WGS 84. West may be greater than east:
/// then it lies across the 180th meridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

/// Why four numbers are no box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a box on the earth")]
pub struct ImpossibleBounds;

impl Bounds {
    /// The whole earth.
    pub const EVERYWHERE: Self = Self {
        west: -180.0,
        south: -90.0,
        east: 180.0,
        north: 90.0,
    };

    /// Checks the numbers, in degrees. Maps that were dragged around the earth count on beyond
    /// 180 degrees, so meridians up to 540 are brought back.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, ImpossibleBounds> {
        let known = |lon: f64| lon.is_finite() && lon.abs() <= 540.0;
        let possible = known(west)
            && known(east)
            && west <= east + 360.0
            && south.abs() <= 90.0
            && north.abs() <= 90.0
            && south <= north;
        if !possible {
            return Err(ImpossibleBounds);
        }
        if east - west >= 360.0 {
            return Ok(Self {
                south,
                north,
                ..Self::EVERYWHERE
            });
        }
        Ok(Self {
            west: wrapped(west),
            south,
            east: wrapped(east),
            north,
        })
    }

    /// A box with everything within so many metres of a point.
    pub fn around(point: Point, metres: f64) -> Self {
        Self {
            west: point.lon(),
            south: point.lat(),
            east: point.lon(),
            north: point.lat(),
        }
        .padded(metres)
    }

    /// Its southern edge, degrees.
    pub fn south(&self) -> f64 {
        self.south
    }

    /// Its northern edge, degrees.
    pub fn north(&self) -> f64 {
        self.north
    }

    /// Whether the point lies in it; its edges belong to it.
    pub fn contains(&self, point: Point) -> bool {
        self.has(point.lat(), point.lon())
    }

    /// Whether the centre of the cell lies in it.
    pub fn has_centre(&self, cell: CellIndex) -> bool {
        let centre = LatLng::from(cell);
        self.has(centre.lat(), centre.lng())
    }

    fn has(&self, lat: f64, lon: f64) -> bool {
        let between = if self.west <= self.east {
            self.west <= lon && lon <= self.east
        } else {
            self.west <= lon || lon <= self.east
        };
        between && self.south <= lat && lat <= self.north
    }

    /// The same box, wider by so many metres on each side.
    #[must_use]
    pub fn padded(&self, metres: f64) -> Self {
        let lat = metres / DEGREE_M;
        let (south, north) = ((self.south - lat).max(-90.0), (self.north + lat).min(90.0));
        // meridians are closest where the box is nearest to a pole
        let cos = south.abs().max(north.abs()).to_radians().cos();
        let lon = lat / cos.max(1e-6);
        if self.width() + 2.0 * lon >= 360.0 {
            return Self {
                south,
                north,
                ..Self::EVERYWHERE
            };
        }
        Self {
            west: wrapped(self.west - lon),
            south,
            east: wrapped(self.east + lon),
            north,
        }
    }

    /// The same box, wide enough to hold the centre of every cell of `resolution` that may reach
    /// into it.
    #[must_use]
    pub fn touched(&self, resolution: Resolution) -> Self {
        // edges are averages, and children stick out of their parents a little
        self.padded(resolution.edge_length_m() * 2.0)
    }

    /// Square metres.
    pub fn area_m2(&self) -> f64 {
        let height = self.north.to_radians().sin() - self.south.to_radians().sin();
        EARTH_RADIUS_M * EARTH_RADIUS_M * height * self.width().to_radians()
    }

    /// Degrees from west to east.
    fn width(&self) -> f64 {
        if self.west <= self.east {
            self.east - self.west
        } else {
            360.0 - self.west + self.east
        }
    }
}

/// The same meridian between -180 and 180 degrees.
fn wrapped(lon: f64) -> f64 {
    if lon < -180.0 {
        lon + 360.0
    } else if lon > 180.0 {
        lon - 360.0
    } else {
        lon
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(west: f64, south: f64, east: f64, north: f64) -> Bounds {
        Bounds::new(west, south, east, north).unwrap()
    }

    fn point(lat: f64, lon: f64) -> Point {
        Point::new(lat, lon).unwrap()
    }

    #[test]
    fn what_is_no_box_is_refused() {
        for (w, s, e, n) in [
            (0.0, 2.0, 1.0, 1.0),
            (0.0, -91.0, 1.0, 1.0),
            (f64::NAN, 0.0, 1.0, 1.0),
            (0.0, 0.0, f64::INFINITY, 1.0),
            (0.0, f64::NAN, 1.0, 1.0),
            (0.0, 0.0, 541.0, 1.0),
        ] {
            assert_eq!(Bounds::new(w, s, e, n), Err(ImpossibleBounds));
        }
    }

    #[test]
    fn a_box_across_the_180th_meridian_holds_both_sides_and_nothing_else() {
        for across in [
            bounds(179.0, -1.0, -179.0, 1.0),
            bounds(179.0, -1.0, 181.0, 1.0),
        ] {
            assert!(across.contains(point(0.5, 179.5)) && across.contains(point(0.5, -179.5)));
            assert!(!across.contains(point(0.5, 178.0)) && !across.contains(point(0.5, 0.1)));
            assert!((across.width() - 2.0).abs() < 1e-9);
        }
        assert!(bounds(-200.0, -1.0, 200.0, 1.0).contains(point(0.5, 0.1)));
    }

    #[test]
    fn padding_widens_by_metres_everywhere() {
        let padded = bounds(8.0, 50.0, 8.1, 50.1).padded(1000.0);
        let beside = |metres: f64| {
            point(
                50.05,
                8.1 + metres / (DEGREE_M * 50.05_f64.to_radians().cos()),
            )
        };
        assert!(padded.contains(beside(990.0)) && !padded.contains(beside(1100.0)));
        let above = |metres: f64| point(50.1 + metres / DEGREE_M, 8.05);
        assert!(padded.contains(above(999.0)) && !padded.contains(above(1001.0)));
        assert!((bounds(0.0, 89.0, 1.0, 90.0).padded(1000.0).width() - 360.0).abs() < 1e-9);
    }

    #[test]
    fn the_earth_has_its_area() {
        let whole = Bounds::EVERYWHERE.area_m2() / 1e6;
        assert!((whole - 510_065_621.0).abs() < 1000.0, "{whole}");
    }

    #[test]
    fn whoever_stands_in_the_box_stands_in_a_cell_that_is_touched() {
        let own = bounds(8.0, 50.0, 8.01, 50.01);
        for resolution in [Resolution::Three, Resolution::Six, Resolution::Nine] {
            for (lat, lon) in [(50.0, 8.0), (50.01, 8.0), (50.005, 8.01), (50.01, 8.01)] {
                let cell = point(lat, lon).cell(resolution);
                assert!(own.touched(resolution).has_centre(cell), "{resolution}");
            }
        }
    }
}
