//! How many may be found in each H3 cell, kept as people move.
//! How often the desk's map asks: `desk/feed/density.rs`.

use std::collections::HashMap;

use h3o::{CellIndex, Resolution};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::OrgNo;
use parking_lot::Mutex;

use super::grid::GridPoint;

/// The finest resolution that can be asked for.
const FINEST: Resolution = Resolution::Nine;

/// Cells are left out by the hundred in cells of this resolution, about 8 km across.
const REGION: Resolution = Resolution::Five;

/// Cells are spread over so many locks, so that reading the whole map never stops the updates for
/// long.
const SHARDS: usize = 64;

/// Somebody ceased to be findable at one place, or began to be at another, or both.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Change {
    pub(super) from: Option<(OrgNo, GridPoint)>,
    pub(super) to: Option<(OrgNo, GridPoint)>,
}

/// Findable people by cell, in one organisation. Signed: changes are applied after the lock of the
/// index is gone, so one may overtake another and a count dip below nothing for a moment.
type Counts = HashMap<u64, i32>;

/// What lies in some boxes, counted in cells of one resolution.
pub(super) struct Sight<'a> {
    within: &'a [Bounds],
    resolution: Resolution,
    /// The boxes, wide enough for the centre of each region that reaches into them.
    wide: Vec<Bounds>,
    /// Regions that were looked at, and whether they reach into a box.
    regions: HashMap<CellIndex, bool>,
    counts: HashMap<CellIndex, u32>,
}

impl<'a> Sight<'a> {
    pub(super) fn of(within: &'a [Bounds], resolution: Resolution) -> Self {
        Self {
            within,
            resolution,
            wide: within.iter().map(|b| b.touched(REGION)).collect(),
            regions: HashMap::new(),
            counts: HashMap::new(),
        }
    }

    /// Counts people in a cell of [`FINEST`]. Centres cost a hundred times what parents do, so
    /// whole regions are left out at once, and the few cells of the answer are looked at last.
    fn add(&mut self, cell: CellIndex, count: u32) {
        // a cell of the answer that is larger than a region is not in one
        if self.resolution >= REGION {
            let Some(region) = cell.parent(REGION) else {
                return;
            };
            let wide = &self.wide;
            let reaches = || wide.iter().any(|bounds| bounds.has_centre(region));
            if !*self.regions.entry(region).or_insert_with(reaches) {
                return;
            }
        }
        if let Some(parent) = cell.parent(self.resolution) {
            *self.counts.entry(parent).or_default() += count;
        }
    }

    /// The cells whose centre lies in one of the boxes.
    pub(super) fn counts(self) -> Vec<(u64, u32)> {
        let within = self.within;
        let counts = self.counts.into_iter();
        counts
            .filter(|(cell, _)| within.iter().any(|bounds| bounds.has_centre(*cell)))
            .map(|(cell, count)| (cell.into(), count))
            .collect()
    }
}

/// Counts by organisation and cell.
#[derive(Debug)]
pub(super) struct Density {
    shards: Vec<Mutex<HashMap<OrgNo, Counts>>>,
}

impl Density {
    pub(super) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Counts a change. Changes may come in any order.
    pub(super) fn apply(&self, change: Change) {
        if change.from == change.to {
            return;
        }
        let cell = |(org, place): (OrgNo, GridPoint)| {
            let cell = place.point()?.cell(FINEST);
            Some((org, u64::from(cell)))
        };
        let (from, to) = (change.from.and_then(cell), change.to.and_then(cell));
        if from == to {
            return;
        }
        if let Some((org, cell)) = from {
            self.add(org, cell, -1);
        }
        if let Some((org, cell)) = to {
            self.add(org, cell, 1);
        }
    }

    fn add(&self, org: OrgNo, cell: u64, by: i32) {
        let mut shard = self.shards[shard_of(cell)].lock();
        let counts = shard.entry(org).or_default();
        let count = counts.entry(cell).or_default();
        *count += by;
        if *count == 0 {
            counts.remove(&cell);
            // A crowd that has gone home leaves a large table behind.
            if counts.capacity() > 64 && counts.len() < counts.capacity() / 8 {
                counts.shrink_to(counts.len() * 2);
            }
            if counts.is_empty() {
                shard.remove(&org);
            }
        }
    }

    /// How many shards [`Self::shard`] can be asked for.
    pub(super) fn shards() -> usize {
        SHARDS
    }

    /// Adds one shard's counts to what is in sight.
    pub(super) fn shard(&self, shard: usize, orgs: &[OrgNo], sight: &mut Sight<'_>) {
        // Copied first: looking for parents under the lock would hold up the updates.
        let mut counts: Vec<(u64, i32)> = Vec::new();
        {
            let held = self.shards[shard].lock();
            for org in orgs {
                counts.extend(
                    held.get(org)
                        .into_iter()
                        .flatten()
                        .map(|(&cell, &n)| (cell, n)),
                );
            }
        }
        for (cell, count) in counts {
            if let (Ok(cell), Ok(count)) = (CellIndex::try_from(cell), u32::try_from(count)) {
                sight.add(cell, count);
            }
        }
    }

    /// Bytes of heap.
    pub(super) fn heap_bytes(&self) -> usize {
        // Of a hash table at most 7 of 8 places are used, and each has a control byte.
        let table = |capacity: usize, entry: usize| {
            (capacity * 8).div_ceil(7).next_power_of_two() * (entry + 1)
        };
        let shard = |shard: &Mutex<HashMap<OrgNo, Counts>>| {
            let orgs = shard.lock();
            let cells: usize = orgs
                .values()
                .map(|counts| table(counts.capacity(), size_of::<(u64, i32)>()))
                .sum();
            cells + table(orgs.capacity(), size_of::<(OrgNo, Counts)>())
        };
        self.shards.iter().map(shard).sum()
    }
}

/// Fibonacci hashing: neighbouring cells differ in the middle bits only.
fn shard_of(cell: u64) -> usize {
    (cell.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize
}

const _: () = assert!(SHARDS == 64, "shard_of leaves six bits");
