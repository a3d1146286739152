//! Cells, and how near anybody in one can be.
//!
//! H3's cells nest by their numbers but not exactly on the ground. So that one part of the ground
//! belongs to one cell of every size, a point is placed by its cell of resolution 11 and the cells
//! above that one.

use h3o::{CellIndex, LatLng, Resolution};
use muster_core::domain::place::{EARTH_RADIUS_M, Point};

/// Parts of a split cell have this resolution: about 2,150 m².
pub(super) const PART: Resolution = Resolution::Eleven;

/// Regions have this resolution: about 250 km².
pub(super) const REGION: Resolution = Resolution::Five;

/// Half the way round the earth, metres: nothing is farther.
pub(super) const ANTIPODE_M: f64 = 20_015_200.0;

/// H3's table of average edge lengths, metres, by resolution.
const EDGE_M: [f64; 12] = [
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
    75.86,
    28.66,
];

/// The farthest point of a cell, its parts included, is at most this many average edges from its
/// centre. For equal hexagons it is 1.06: each step down moves the centre by at most √3/√7 of the
/// smaller edge. The rest is what the projection stretches; a test measures it.
const STRETCH: f64 = 1.45;

/// The same for a part and its own corners, where only the bend of its sides is left.
const PART_SLACK: f64 = 1.02;

/// Where in the index a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    pub(super) region: CellIndex,
    pub(super) cell: CellIndex,
    pub(super) part: CellIndex,
}

impl Spot {
    /// The spot of a point, with cells of `resolution`.
    pub(super) fn of(point: Point, resolution: Resolution) -> Self {
        let part = point.cell(PART);
        let above = |resolution| part.parent(resolution).unwrap_or(part);
        Self {
            region: above(REGION),
            cell: above(resolution),
            part,
        }
    }
}

/// No point of the cell is farther from its centre, metres.
pub(super) fn reach_m(resolution: Resolution) -> f64 {
    EDGE_M
        .get(usize::from(u8::from(resolution)))
        .map_or(ANTIPODE_M, |edge| edge * STRETCH)
}

/// The bit of a cell in the bitmap of its region.
pub(super) fn bit(cell: CellIndex) -> u64 {
    cell.child_position(REGION).unwrap_or_default()
}

/// The bit that says that the region is known: after those of all its cells.
pub(super) fn marker(resolution: Resolution) -> u64 {
    7_u64.pow(u32::from(u8::from(resolution) - u8::from(REGION)))
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

    /// Nobody in the region is nearer than this. The circle around a region reaches far into its
    /// neighbours; those around the cells one step below do not.
    fn nearest_region_m(&self, region: CellIndex) -> f64 {
        let coarse = self.nearest_m(region);
        let below = REGION.succ().filter(|_| coarse < reach_m(REGION));
        below.map_or(coarse, |finer| {
            let cells = region.children(finer);
            cells
                .map(|cell| self.nearest_m(cell))
                .fold(f64::MAX, f64::min)
        })
    }

    /// Nobody in this part is nearer than this: by its own shape, which is nearer to the truth than
    /// [`Self::nearest_m`] and takes ten times as long. Nothing sticks out of a part, and the
    /// farthest point of a polygon from its centre is a corner.
    pub(super) fn nearest_part_m(&self, part: CellIndex) -> f64 {
        let centre = LatLng::from(part);
        let corners = part.boundary();
        let reach_m = corners
            .iter()
            .map(|corner| centre.distance_m(*corner))
            .fold(0.0, f64::max);
        let Ok(middle) = Point::new(centre.lat(), centre.lng()) else {
            return 0.0;
        };
        // sides are bent a little where the grid's faces meet
        (self.distance_m(middle) - reach_m * PART_SLACK).max(0.0)
    }

    /// The own cell and so many rings around it, and how near anybody outside can be, metres.
    pub(super) fn around(&self, resolution: Resolution, rings: u32) -> (Vec<CellIndex>, f64) {
        let own = Spot::of(self.centre, resolution).cell;
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

    /// Regions that may hold somebody within `radius_m`, nearest first, at most `limit`.
    pub(super) fn regions(&self, radius_m: f64, limit: usize) -> Vec<(f64, CellIndex)> {
        let own = self.centre.cell(PART).parent(REGION);
        let Some(own) = own else {
            return Vec::new();
        };
        // centres of neighbours are √3 edges apart; cells shrink to 0.7 of the average edge near
        // the pentagons
        let step = EDGE_M[5] * 1.1;
        let k = ((radius_m + reach_m(REGION)) / step).ceil().min(64.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and 64"
        )]
        let k = k.max(1.0) as u32;
        let mut regions: Vec<(f64, CellIndex)> = own
            .grid_disk::<Vec<_>>(k)
            .into_iter()
            .map(|region| (self.nearest_region_m(region), region))
            .filter(|&(nearest, _)| nearest <= radius_m)
            .collect();
        regions.sort_by(|a, b| a.0.total_cmp(&b.0));
        regions.truncate(limit);
        regions
    }
}

#[cfg(test)]
#[path = "ground_tests.rs"]
mod tests;
