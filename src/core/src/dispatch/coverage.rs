//! How many could be where in time: the gaps that a coordinator looks for.

use std::collections::{HashMap, HashSet};

use h3o::{CellIndex, LatLng, Resolution};

use super::Dispatch;
use crate::domain::bounds::Bounds;
use crate::domain::ids::OrgNo;
use crate::domain::place::Point;
use crate::domain::plan::DEFAULT_PLAN;
use crate::domain::responder::{Skills, Travel};
use crate::domain::usual_places::HOLDS;
use crate::ports::Search;

/// Nobody goes further than this in a second, metres as the crow flies: the fastest way to travel
/// with a margin.
const SPEED_MAX_M_PER_S: f64 = 6.5;
/// People are read in tiles of this resolution, about 7 km across, so that no search of the index
/// is long.
const TILE: Resolution = Resolution::Six;
/// People are looked up in cells of this resolution, about 1 km across.
const BUCKET: Resolution = Resolution::Eight;
/// Radius of a circle around any tile, metres.
const TILE_REACH_M: f64 = 5_000.0;
/// Most people of a tile: more cover it many times over.
const TILE_PEOPLE_MAX: usize = 2_000;

/// Who could be where in time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Covered {
    /// Cells that somebody could reach, with how many could within each of the times.
    pub cells: Vec<(CellIndex, Vec<u32>)>,
    /// Somewhere stood more people than were looked at.
    pub partial: bool,
}

impl Dispatch {
    /// How many of those on duty could be at the centre of each cell of `resolution` inside the
    /// box within each of `seconds`, from where they are now. Cells are at most as large as a
    /// tile. Computes for tens of milliseconds at a time without a pause.
    pub async fn coverage(
        &self,
        org: OrgNo,
        within: &Bounds,
        resolution: Resolution,
        seconds: &[u32],
    ) -> Covered {
        let longest = f64::from(seconds.iter().copied().max().unwrap_or(0));
        let reach_m = longest * SPEED_MAX_M_PER_S;
        let around = self.people_around(org, &within.padded(reach_m)).await;
        let rings = rings(BUCKET, reach_m);
        let mut cells = Vec::new();
        for cell in candidates(&around.tiles, within, resolution) {
            let Some(centre) = centre(cell) else { continue };
            let near = centre.cell(BUCKET).grid_disk::<Vec<_>>(rings);
            let near = near.iter().filter_map(|bucket| around.people.get(bucket));
            let people: Vec<(Point, Travel)> = near.flatten().copied().collect();
            if people.is_empty() {
                continue;
            }
            let etas = self.travel.eta_s(&people, centre).await;
            let by = |s: &u32| etas.iter().filter(|eta| **eta <= f64::from(*s)).count();
            let counts: Vec<u32> = seconds
                .iter()
                .map(|s| u32::try_from(by(s)).unwrap_or(u32::MAX))
                .collect();
            if counts.iter().any(|count| *count > 0) {
                cells.push((cell, counts));
            }
        }
        Covered {
            cells,
            partial: around.partial,
        }
    }

    /// Everybody on duty in the box, each once.
    async fn people_around(&self, org: OrgNo, within: &Bounds) -> Around {
        let plan = self.plans.of_kind(DEFAULT_PLAN).0;
        let now = self.clock.now();
        let mut around = Around::default();
        let mut known = HashSet::new();
        let tiles = [within.touched(TILE)];
        for (tile, _) in self.index.density(&[org], TILE.into(), &tiles).await {
            let Ok(tile) = CellIndex::try_from(tile) else {
                continue;
            };
            let Some(centre) = centre(tile) else { continue };
            let search = Search {
                centre,
                orgs: vec![org],
                radius_m: TILE_REACH_M,
                limit: TILE_PEOPLE_MAX,
                weighing: plan.weighing(now),
                skills: Skills::default(),
                not_before: now - plan.oldest_fix(),
                places: Some(now - HOLDS),
                exercise: false,
            };
            let found = self.index.nearest(&search).await.found;
            around.partial |= found.len() == TILE_PEOPLE_MAX;
            around.tiles.extend(tile.grid_disk::<Vec<_>>(1));
            for found in found {
                let point = found.fix.point;
                if within.contains(point) && known.insert(found.profile.responder) {
                    let bucket = around.people.entry(point.cell(BUCKET)).or_default();
                    bucket.push((point, found.profile.travel));
                }
            }
        }
        around
    }
}

/// Whoever is on duty around a box.
#[derive(Default)]
struct Around {
    /// By cell of [`BUCKET`].
    people: HashMap<CellIndex, Vec<(Point, Travel)>>,
    /// Tiles with somebody in them, and the tiles around those: nobody gets further in time.
    tiles: HashSet<CellIndex>,
    /// In some tile were more.
    partial: bool,
}

/// Cells of the answer that somebody might reach.
fn candidates(
    tiles: &HashSet<CellIndex>,
    within: &Bounds,
    resolution: Resolution,
) -> impl Iterator<Item = CellIndex> {
    tiles
        .iter()
        .flat_map(move |tile| tile.children(resolution))
        .filter(|cell| within.has_centre(*cell))
}

/// So many rings of cells around one hold everything within the reach.
fn rings(resolution: Resolution, reach_m: f64) -> u32 {
    // rows of hexagons are at least 1.5 edges apart; cells differ in size by up to a half
    let row_m = resolution.edge_length_m() * 1.5 * 0.75;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 64"
    )]
    let rings = (reach_m / row_m).ceil().clamp(0.0, 64.0) as u32;
    rings + 1
}

fn centre(cell: CellIndex) -> Option<Point> {
    let centre = LatLng::from(cell);
    Point::new(centre.lat(), centre.lng()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rings_hold_everything_in_reach() {
        for resolution in [Resolution::Seven, Resolution::Eight, Resolution::Nine] {
            let own = Point::new(36.85, -75.97).unwrap();
            let reach_m = 3_120.0;
            let disk: HashSet<CellIndex> =
                own.cell(resolution).grid_disk(rings(resolution, reach_m));
            for bearing in 0..72 {
                let angle = f64::from(bearing * 5).to_radians();
                let (north, east) = (angle.cos() * reach_m, angle.sin() * reach_m);
                let lat = own.lat() + north / 111_195.0;
                let lon = own.lon() + east / (111_195.0 * own.lat().to_radians().cos());
                let there = Point::new(lat, lon).unwrap().cell(resolution);
                assert!(disk.contains(&there), "{resolution} {bearing}");
            }
        }
    }
}
