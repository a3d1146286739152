//! How many can be asked in each cell of what the viewers of an organisation look at, counted once
//! for all of them.
//! Counted in `live/memory/density.rs`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use h3o::{CellIndex, LatLng, Resolution};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::OrgNo;
use muster_core::domain::place::Point;
use muster_core::ports::LiveIndex;
use tokio::time::Instant;

use super::events::DensityCell;
use super::viewport::Viewport;

/// Density is counted this often.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Counted again no sooner than so many times as long as it took.
const REST: u32 = 10;

/// A cell and how many stand in it.
pub(crate) struct Cell {
    pub(crate) index: CellIndex,
    pub(crate) count: u32,
    pub(crate) centre: Option<Point>,
    /// As it is sent.
    pub(crate) json: String,
}

/// One count, in one resolution.
pub(crate) struct Counted {
    pub(crate) cells: Vec<Arc<Cell>>,
    /// What was counted.
    boxes: Vec<Bounds>,
    at: Instant,
    took: Duration,
}

impl Counted {
    /// Whether it counted all that this viewer looks at.
    pub(crate) fn holds(&self, viewport: &Viewport) -> bool {
        self.boxes.contains(&viewport.touched())
    }

    /// Whether it is old, or somebody looks at what it did not count.
    fn is_due(&self, boxes: &[Bounds]) -> bool {
        let age = self.at.elapsed();
        let new = boxes.iter().any(|bounds| !self.boxes.contains(bounds));
        let after = if new { Duration::ZERO } else { COUNT_EVERY };
        age >= after.max(self.took * REST)
    }
}

/// The last counts of an organisation, by the size of their cells. Parts that did not change are the
/// same again.
#[derive(Clone, Default)]
pub(super) struct Density(HashMap<Resolution, Arc<Counted>>);

impl Density {
    /// The last count in cells of this size.
    pub(super) fn get(&self, resolution: Resolution) -> Option<&Arc<Counted>> {
        self.0.get(&resolution)
    }

    /// Counts what is due; true when something was.
    pub(super) async fn count(
        &mut self,
        index: &dyn LiveIndex,
        org: OrgNo,
        viewports: &[Viewport],
    ) -> bool {
        let mut boxes: HashMap<Resolution, Vec<Bounds>> = HashMap::new();
        for viewport in viewports {
            let of = boxes.entry(viewport.resolution).or_default();
            let touched = viewport.touched();
            if !of.contains(&touched) {
                of.push(touched);
            }
        }
        self.0
            .retain(|resolution, _| boxes.contains_key(resolution));
        let mut changed = false;
        for (resolution, boxes) in boxes {
            let before = self.0.get(&resolution);
            if before.is_some_and(|counted| !counted.is_due(&boxes)) {
                continue;
            }
            let began = Instant::now();
            let counts = index.density(&[org], resolution.into(), &boxes).await;
            let cells = cells(counts, before.map(|counted| &*counted.cells));
            let counted = Counted {
                cells,
                boxes,
                at: Instant::now(),
                took: began.elapsed(),
            };
            self.0.insert(resolution, Arc::new(counted));
            changed = true;
        }
        changed
    }
}

/// Cells as they are sent; those that did not change are the same again.
fn cells(counts: Vec<(u64, u32)>, before: Option<&[Arc<Cell>]>) -> Vec<Arc<Cell>> {
    let known: HashMap<CellIndex, &Arc<Cell>> = before
        .into_iter()
        .flatten()
        .map(|cell| (cell.index, cell))
        .collect();
    let shown = |(cell, count): (u64, u32)| {
        let cell = CellIndex::try_from(cell).ok()?;
        let same = known.get(&cell).filter(|known| known.count == count);
        if let Some(same) = same {
            return Some(Arc::clone(same));
        }
        let centre = LatLng::from(cell);
        Some(Arc::new(Cell {
            index: cell,
            count,
            centre: Point::new(centre.lat(), centre.lng()).ok(),
            json: serde_json::to_string(&DensityCell::of(cell, count)).ok()?,
        }))
    };
    counts.into_iter().filter_map(shown).collect()
}
