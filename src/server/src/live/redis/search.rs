//! Cells outward from a point, nearest first, until nobody unread can be better placed.
//!
//! The first round trip reads the own cell, the cells around it and the bitmaps of the regions at
//! hand. From then on only occupied cells are read, those that may hold somebody nearer first,
//! as many at a time as the density seen so far lets expect to be enough; it ends when the last of
//! those wanted is, by weighed distance, nearer than anybody unread can be. No cell says how old
//! the positions in it are, so where all are stale, a search reads all in its reach.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use h3o::{CellIndex, Resolution};
use muster_core::ports::Search;
use tokio::time::Instant;

use super::bits::{any_bit, bit_is_set};
use super::found::{Located, People};
use super::ground::{From, REGION, Spot, marker};
use super::keys::{Tag, bitmap, people};
use super::record::Entry;
use super::stats::SearchCost;
use super::store::{Ask, Lane, Store, Value, cmd};

/// Regions that may hold somebody as near as this are looked at in the first round trip, metres. A
/// radius of 30 km touches some 25 of them, and most searches end among the nearest few.
const AT_HAND_M: f64 = 5_000.0;

/// No search looks at more regions (some 600 km around).
const REGIONS_MAX: usize = 4096;

/// Cells, parts and bitmaps read in one round trip.
const AT_LEAST: usize = 4;
const AT_MOST: usize = 96;

/// Parts of a crowd read before anything is known of how many are in one: it may be a thousand.
const FIRST_PARTS: usize = 2;

/// Parts read in one round trip, when each may hold somebody better placed.
const PARTS_AT_MOST: usize = 8;

/// A step of the walk, of which more can be said once it is taken.
enum Step {
    /// Read the bitmap of a region.
    Region(CellIndex),
    /// Look which cells below are occupied: the bits of this cell begin at `start`.
    Below {
        map: usize,
        cell: CellIndex,
        start: u64,
    },
    /// Read the hash of a cell.
    Cell { region: CellIndex, cell: CellIndex },
    /// Read the hash of a part of a split cell.
    Part(Spot),
}

/// What is asked for in a round trip.
enum Reading {
    Bitmap(CellIndex),
    Cell { region: CellIndex, cell: CellIndex },
    Part(Spot),
}

/// How far a search came.
pub(super) struct Walked {
    pub(super) people: People,
    /// Regions that are not known to the index.
    pub(super) unknown: Vec<CellIndex>,
    /// Regions that could not be read in full.
    pub(super) unread: Vec<CellIndex>,
    /// Nothing answers, or not in time: regions in reach were not even looked at.
    pub(super) gave_up: bool,
    pub(super) cost: SearchCost,
}

struct Walk<'a> {
    search: &'a Search,
    from: From,
    resolution: Resolution,
    /// Nearest possible distance as bits (floats that are not negative sort like their bits), and
    /// the step.
    queue: BinaryHeap<Reverse<(u64, usize)>>,
    steps: Vec<Step>,
    maps: Vec<Vec<u8>>,
    taken: HashSet<CellIndex>,
    /// Cells read again because a part was empty.
    merged: HashSet<CellIndex>,
    /// Cells read in which somebody was, and people in them.
    cells: Seen,
    /// The same for parts.
    parts: Seen,
    walked: Walked,
}

#[derive(Default)]
struct Seen {
    hashes: usize,
    people: usize,
}

impl Seen {
    /// So many hashes are likely to hold so many people.
    fn enough_for(&self, people: usize) -> usize {
        people.saturating_mul(self.hashes.max(1)) / self.people.max(1)
    }
}

/// Searches until done or until `until`.
pub(super) async fn walk(
    store: &Arc<Store>,
    search: &Search,
    resolution: Resolution,
    until: Instant,
) -> Walked {
    let mut walk = Walk {
        search,
        from: From::here(search.centre),
        resolution,
        queue: BinaryHeap::new(),
        steps: Vec::new(),
        maps: Vec::new(),
        taken: HashSet::new(),
        merged: HashSet::new(),
        cells: Seen::default(),
        parts: Seen::default(),
        walked: Walked {
            people: People::of(search),
            unknown: Vec::new(),
            unread: Vec::new(),
            gave_up: false,
            cost: SearchCost::default(),
        },
    };
    let mut readings = walk.first();
    while !readings.is_empty() {
        if Instant::now() > until {
            walk.walked.gave_up = true;
            break;
        }
        let asks = readings.iter().map(|r| r.ask(resolution)).collect();
        walk.walked.cost.round_trips += 1;
        walk.walked.cost.keys += readings.len() as u64;
        let answers = store.ask(Lane::Search, asks).await;
        if answers.iter().all(Option::is_none) {
            walk.walked.gave_up = true;
            break;
        }
        for (reading, answer) in readings.iter().zip(answers) {
            walk.take(reading, answer);
        }
        readings = walk.next();
    }
    walk.walked.unread.sort_unstable();
    walk.walked.unread.dedup();
    walk.walked
}

/// Regions within the reach of a search, nearest first.
pub(super) fn regions(search: &Search) -> Vec<CellIndex> {
    From::here(search.centre)
        .regions(search.radius_m, REGIONS_MAX)
        .into_iter()
        .map(|(_, region)| region)
        .collect()
}

impl Reading {
    fn region(&self) -> CellIndex {
        match self {
            Self::Bitmap(region) | Self::Cell { region, .. } => *region,
            Self::Part(spot) => spot.region,
        }
    }

    fn ask(&self, resolution: Resolution) -> Ask {
        let command = match self {
            Self::Bitmap(region) => {
                let mut command = cmd("GET");
                command.arg(bitmap(*region, resolution));
                command
            }
            Self::Cell { region, cell } => {
                let mut command = cmd("HVALS");
                command.arg(people(*region, *cell));
                command
            }
            Self::Part(spot) => {
                let mut command = cmd("HVALS");
                command.arg(people(spot.region, spot.part));
                command
            }
        };
        Ask::new(Tag::Region(self.region().into()), command)
    }
}

impl Walk<'_> {
    /// The first round trip.
    fn first(&mut self) -> Vec<Reading> {
        let regions = self.from.regions(self.search.radius_m, REGIONS_MAX);
        let mut readings = Vec::new();
        for (nearest_m, region) in regions {
            if nearest_m <= AT_HAND_M {
                readings.push(Reading::Bitmap(region));
            } else {
                self.push(nearest_m, Step::Region(region));
            }
        }
        let own = Spot::of(self.search.centre, self.resolution).cell;
        for cell in own.grid_disk::<Vec<_>>(1) {
            let region = cell.parent(REGION);
            if let Some(region) = region
                && self.from.nearest_m(cell) <= self.search.radius_m
                && self.taken.insert(cell)
            {
                readings.push(Reading::Cell { region, cell });
            }
        }
        readings
    }

    /// The next round trip; empty when nobody unread can be better placed than those found.
    fn next(&mut self) -> Vec<Reading> {
        let cutoff_m = self.walked.people.cutoff_m();
        let missing = self
            .search
            .limit
            .saturating_sub(self.walked.people.matching());
        // a little more, as one round trip costs as much as reading some hundred people; and twice
        // as many as before, as the density seen may be that of a village and not of the land
        let cells = self.cells.enough_for(missing);
        let least = AT_LEAST << self.walked.cost.round_trips.min(5);
        let at_most = match missing {
            // each may hold somebody better placed than the last of those wanted
            0 => AT_MOST,
            _ => cells
                .saturating_add(cells / 2)
                .clamp(least.min(AT_MOST), AT_MOST),
        };
        let parts_at_most = match (self.parts.hashes, missing) {
            (0, _) => FIRST_PARTS,
            (_, 0) => PARTS_AT_MOST,
            _ => self.parts.enough_for(missing).clamp(FIRST_PARTS, AT_MOST),
        };
        let mut parts = 0;
        let mut readings = Vec::new();
        while readings.len() < at_most
            && let Some(Reverse((nearest, _))) = self.queue.peek()
            && f64::from_bits(*nearest) <= cutoff_m
            && let Some(Reverse((_, step))) = self.queue.pop()
        {
            match self.steps[step] {
                Step::Region(region) => readings.push(Reading::Bitmap(region)),
                Step::Below { map, cell, start } => self.descend(map, cell, start),
                Step::Cell { region, cell } => {
                    if self.taken.insert(cell) {
                        readings.push(Reading::Cell { region, cell });
                    }
                }
                Step::Part(spot) => {
                    // many of these are met and few are read: only now it is worth its while
                    let nearest_m = self.from.nearest_part_m(spot.part);
                    if nearest_m > cutoff_m {
                        // not done with: somebody near may turn out to be elsewhere
                        self.push(nearest_m, Step::Part(spot));
                        continue;
                    }
                    if self.taken.insert(spot.part) {
                        readings.push(Reading::Part(spot));
                        parts += 1;
                    }
                    if parts == parts_at_most {
                        break;
                    }
                }
            }
        }
        readings
    }

    fn take(&mut self, reading: &Reading, answer: Option<Value>) {
        let Some(answer) = answer else {
            self.walked.unread.push(reading.region());
            return;
        };
        match *reading {
            Reading::Bitmap(region) => self.take_bitmap(region, answer),
            Reading::Cell { region, cell } => self.take_people(region, cell, None, answer),
            Reading::Part(spot) => {
                self.take_people(spot.region, spot.cell, Some(spot.part), answer);
            }
        }
    }

    fn take_bitmap(&mut self, region: CellIndex, answer: Value) {
        let map = match answer {
            Value::BulkString(map) => map,
            _ => Vec::new(),
        };
        if !bit_is_set(&map, marker(self.resolution)) {
            self.walked.unknown.push(region);
        }
        self.maps.push(map);
        let map = self.maps.len() - 1;
        self.look(map, region, 0);
    }

    fn take_people(
        &mut self,
        region: CellIndex,
        cell: CellIndex,
        part: Option<CellIndex>,
        answer: Value,
    ) {
        let Value::Array(values) = answer else {
            return;
        };
        let before = self.walked.cost.entries;
        for value in values {
            let Value::BulkString(bytes) = value else {
                continue;
            };
            match Entry::unpack(&bytes) {
                Some(Entry::Person(record)) => {
                    self.walked.cost.entries += 1;
                    let at = Located { region, cell, part };
                    self.walked.people.meet(record, at, &self.from);
                }
                Some(Entry::Pointer(part)) => {
                    let spot = Spot { region, cell, part };
                    self.push(self.from.nearest_m(part), Step::Part(spot));
                }
                None => {}
            }
        }
        let people = self.walked.cost.entries - before;
        if part.is_some() && people == 0 && self.merged.insert(cell) {
            // gone back into the cell, perhaps, after that was read
            self.taken.remove(&cell);
            self.push(self.from.nearest_m(cell), Step::Cell { region, cell });
        }
        let seen = if part.is_some() {
            &mut self.parts
        } else {
            &mut self.cells
        };
        seen.people += usize::try_from(people).unwrap_or(0);
        seen.hashes += usize::from(people > 0);
    }

    /// Looks at a cell between region and cells: puts it in the queue if anybody is below.
    fn look(&mut self, map: usize, cell: CellIndex, start: u64) {
        let end = start + cell.children_count(self.resolution);
        if !any_bit(&self.maps[map], start, end) {
            return;
        }
        let step = if cell.resolution() == self.resolution {
            let Some(region) = cell.parent(REGION) else {
                return;
            };
            if self.taken.contains(&cell) {
                return;
            }
            Step::Cell { region, cell }
        } else {
            Step::Below { map, cell, start }
        };
        let nearest_m = self.from.nearest_m(cell);
        if nearest_m <= self.search.radius_m {
            self.push(nearest_m, step);
        }
    }

    /// The cells below, whose bits follow each other in the order of H3's child positions.
    fn descend(&mut self, map: usize, cell: CellIndex, mut start: u64) {
        let Some(finer) = cell.resolution().succ() else {
            return;
        };
        for child in cell.children(finer) {
            self.look(map, child, start);
            start += child.children_count(self.resolution);
        }
    }

    fn push(&mut self, nearest_m: f64, step: Step) {
        self.steps.push(step);
        let key = (nearest_m.to_bits(), self.steps.len() - 1);
        self.queue.push(Reverse(key));
    }
}
