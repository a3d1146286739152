//! Cells, and how near anybody in one can be: for the last known cells that stand in.

use h3o::{CellIndex, LatLng, Resolution};
use muster_core::domain::place::{EARTH_RADIUS_M, Point};

use super::keys::cell_of;

/// Half the way round the earth, metres: nothing is farther.
const ANTIPODE_M: f64 = 20_015_200.0;

/// H3's table of average edge lengths, metres, by resolution.
const EDGE_M: [f64; 10] = [
    1_281_256.0,
    483_056.8,
    182_512.96,
    68_979.22,
    26_071.76,
    9_854.09,
    3_724.53,
    1_406.48,
    531.41,
    200.79,
];

/// The farthest point of a cell, cells below it included, is at most this many average edges from
/// its centre. For equal hexagons it is 1.06: each step down moves the centre by at most √3/√7 of
/// the smaller edge. The rest is what the projection stretches; a test measures it.
const STRETCH: f64 = 1.45;

/// No point of the cell is farther from its centre, metres.
pub(super) fn reach_m(resolution: Resolution) -> f64 {
    EDGE_M
        .get(usize::from(u8::from(resolution)))
        .map_or(ANTIPODE_M, |edge| edge * STRETCH)
}

/// Distances from one point, metres.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    centre: Point,
    lat: f64,
    lon: f64,
    cos_lat: f64,
}

impl From {
    pub(super) fn here(centre: Point) -> Self {
        let lat = centre.lat().to_radians();
        Self {
            centre,
            lat,
            lon: centre.lon().to_radians(),
            cos_lat: lat.cos(),
        }
    }

    /// Great-circle distance as the domain counts it.
    pub(super) fn distance_m(&self, point: Point) -> f64 {
        self.centre.distance_m(point)
    }

    /// Nobody in the cell is nearer than this.
    pub(super) fn nearest_m(&self, cell: CellIndex) -> f64 {
        let centre = LatLng::from(cell);
        let (lat, lon) = (centre.lat_radians(), centre.lng_radians());
        // haversine, as in H3
        let (dlat, dlon) = ((lat - self.lat) / 2.0, (lon - self.lon) / 2.0);
        let a = dlat.sin().powi(2) + self.cos_lat * lat.cos() * dlon.sin().powi(2);
        let apart = 2.0 * a.sqrt().min(1.0).asin() * EARTH_RADIUS_M;
        (apart - reach_m(cell.resolution())).max(0.0)
    }

    /// The own cell and so many rings around it, and how near anybody outside can be, metres.
    pub(super) fn around(&self, resolution: Resolution, rings: u32) -> (Vec<CellIndex>, f64) {
        let own = self.centre.cell(resolution);
        let (inside, next): (Vec<_>, Vec<_>) = own
            .grid_disk_distances::<Vec<_>>(rings + 1)
            .into_iter()
            .partition(|(_, ring)| *ring <= rings);
        let outside_m = next.iter().map(|(cell, _)| self.nearest_m(*cell));
        let outside_m = outside_m.fold(ANTIPODE_M, f64::min);
        (
            inside.into_iter().map(|(cell, _)| cell).collect(),
            outside_m,
        )
    }

    /// Cells of resolution 5 that may hold somebody within `radius_m`, at most `limit`, the nearest.
    pub(super) fn cells_within(&self, radius_m: f64, limit: usize) -> Vec<CellIndex> {
        // centres of neighbours are √3 edges apart; cells shrink to 0.7 of the average edge near
        // the pentagons
        let step = EDGE_M[5] * 1.1;
        let rings = ((radius_m + reach_m(Resolution::Five)) / step).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and 64"
        )]
        let rings = rings.clamp(1.0, 64.0) as u32;
        let around = cell_of(self.centre).grid_disk::<Vec<_>>(rings).into_iter();
        let mut cells: Vec<(f64, CellIndex)> = around
            .map(|cell| (self.nearest_m(cell), cell))
            .filter(|&(nearest, _)| nearest <= radius_m)
            .collect();
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        cells.truncate(limit);
        cells.into_iter().map(|(_, cell)| cell).collect()
    }
}

#[cfg(test)]
#[path = "cell_distance_tests.rs"]
mod tests;
