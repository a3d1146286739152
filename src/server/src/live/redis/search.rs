//! Cells outward from a point, nearest first.
//!
//! The first round trip reads the own cell, the cells around it and the bitmaps of the regions in
//! reach. From then on only occupied cells are read, those that may hold somebody nearer first,
//! as many at a time as the density seen so far lets expect to be enough; it ends when the last of
//! those wanted is nearer than anybody unread can be.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use h3o::{CellIndex, Resolution};
use muster_core::ports::Search;
use tokio::time::Instant;

use super::found::{Located, People};
use super::ground::{From, PART, REGION, Spot, marker};
use super::keys::{Tag, bitmap, people};
use super::record::Entry;
use super::stats::SearchCost;
use super::store::{Ask, Lane, Store, Value, cmd};

/// Bitmaps read in the first round trip; 30 km touch about 25 regions.
const FIRST_REGIONS: usize = 32;

/// No search looks at more regions (some 600 km around).
const REGIONS_MAX: usize = 4096;

/// Cells, parts and bitmaps read in one round trip.
const AT_LEAST: usize = 4;
const AT_MOST: usize = 96;

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
    read_cells: usize,
    walked: Walked,
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
        read_cells: 0,
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
        for (at, (nearest_m, region)) in regions.into_iter().enumerate() {
            if at < FIRST_REGIONS {
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

    /// The next round trip; empty when nobody unread can be nearer than those found.
    fn next(&mut self) -> Vec<Reading> {
        let cutoff_m = self.walked.people.cutoff_m();
        let at_most = self.batch();
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
                    if self.taken.insert(spot.part) {
                        readings.push(Reading::Part(spot));
                    }
                }
            }
        }
        readings
    }

    /// How much to read at once: what the density seen lets expect, and a little more, as one
    /// round trip costs as much as reading some hundred people.
    fn batch(&self) -> usize {
        let missing = self
            .search
            .limit
            .saturating_sub(self.walked.people.matching());
        let read = self.walked.people.read().max(1);
        let cells = missing * self.read_cells.max(1) / read;
        (cells + cells / 2).clamp(AT_LEAST, AT_MOST)
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
        if !values.is_empty() {
            self.read_cells += 1;
        }
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

/// Whether a bit is set, counted as Redis does: the highest of a byte first.
pub(super) fn bit_is_set(map: &[u8], bit: u64) -> bool {
    any_bit(map, bit, bit + 1)
}

/// Whether any bit of `start..end` is set.
fn any_bit(map: &[u8], start: u64, end: u64) -> bool {
    let end = end.min(map.len() as u64 * 8);
    if start >= end {
        return false;
    }
    let (first, last) = (start / 8, (end - 1) / 8);
    (first..=last).any(|at| {
        let mut byte = usize::try_from(at)
            .ok()
            .and_then(|at| map.get(at))
            .copied()
            .unwrap_or(0);
        if at == first {
            byte &= 0xFF_u8 >> (start % 8);
        }
        if at == last {
            byte &= 0xFF_u8 << (7 - (end - 1) % 8);
        }
        byte != 0
    })
}

const _: () = assert!(PART as u8 > REGION as u8, "parts are finer than regions");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bit_is_what_looking_at_each_says(
            map in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => any::<u8>()], 0..12),
            start in 0..100_u64, len in 0..60_u64,
        ) {
            let set = |bit: u64| {
                let byte = map.get(usize::try_from(bit / 8).unwrap()).copied().unwrap_or(0);
                byte & (0x80 >> (bit % 8)) != 0
            };
            let end = start + len;
            prop_assert_eq!(any_bit(&map, start, end), (start..end).any(set));
        }
    }

    #[test]
    fn children_come_in_the_order_of_their_bits() {
        let pentagon = REGION.pentagons().next().unwrap();
        let hexagon = Spot::of(
            muster_core::domain::place::Point::new(50.0, 8.0).unwrap(),
            Resolution::Nine,
        )
        .region;
        for region in [pentagon, hexagon] {
            let mut start = 0;
            for child in region.children(Resolution::Seven) {
                for cell in child.children(Resolution::Nine) {
                    assert_eq!(super::super::ground::bit(cell), start);
                    start += 1;
                }
            }
            assert_eq!(start, region.children_count(Resolution::Nine));
        }
    }
}
