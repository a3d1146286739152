//! Just enough geography for phones that walk about.

use serde::{Deserialize, Serialize};

/// Mean radius of the earth in metres.
const EARTH_M: f64 = 6_371_007.2;

/// A position in degrees, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LatLon {
    /// Latitude.
    pub lat: f64,
    /// Longitude.
    pub lon: f64,
}

impl LatLon {
    /// A position.
    pub fn new(lat: f64, lon: f64) -> Self {
        Self { lat, lon }
    }

    /// Great-circle distance in metres.
    pub fn distance_m(self, other: Self) -> f64 {
        let (a, b) = (self.lat.to_radians(), other.lat.to_radians());
        let half_lat = (b - a) / 2.0;
        let half_lon = (other.lon - self.lon).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + a.cos() * b.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_M * h.sqrt().min(1.0).asin()
    }

    /// The position that many metres to the north and east (fine for a town, not for a continent).
    #[must_use]
    pub fn offset_m(self, north: f64, east: f64) -> Self {
        let lat = self.lat + (north / EARTH_M).to_degrees();
        let lon = self.lon + (east / (EARTH_M * self.lat.to_radians().cos())).to_degrees();
        Self { lat, lon }
    }

    /// The position a share of the way to another.
    #[must_use]
    pub fn towards(self, other: Self, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        Self {
            lat: self.lat + (other.lat - self.lat) * share,
            lon: self.lon + (other.lon - self.lon) * share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_as_far_as_it_says() {
        let a = LatLon::new(36.85, -75.97);
        let b = a.offset_m(300.0, 400.0);
        assert!((a.distance_m(b) - 500.0).abs() < 1.0);
        assert!((a.distance_m(a.towards(b, 0.5)) - 250.0).abs() < 1.0);
    }
}
