//! Everything that is in the index, region by region: for upkeep and the map.

use std::collections::BTreeSet;
use std::sync::Arc;

use h3o::{CellIndex, Resolution};

use super::bits::bit_is_set;
use super::ground::{PART, Spot, bit};
use super::keys::{self, ALL_BITMAPS, Tag, bitmap, people};
use super::record::Entry;
use super::store::{Ask, Cursor, Lane, Store, Value, cmd};

/// Hashes read at a time.
const STEP: usize = 128;

/// An occupied cell, or a part of one.
pub(super) struct Occupied {
    /// The cell; `part` says which part of it, or any part when this is the hash of the cell.
    pub(super) spot: Spot,
    pub(super) is_part: bool,
    pub(super) entries: Vec<Entry>,
}

/// Regions with a bitmap, in order; `None` when not all of Redis answers.
pub(super) async fn regions(
    store: &Arc<Store>,
    resolution: Resolution,
) -> Option<BTreeSet<CellIndex>> {
    let mut regions = BTreeSet::new();
    let mut cursor = Cursor::default();
    loop {
        let page = store.scan(ALL_BITMAPS, cursor).await?;
        let found = page.keys.iter().filter_map(|key| keys::parse_bitmap(key));
        regions.extend(
            found
                .filter(|(_, r)| *r == resolution)
                .map(|(region, _)| region),
        );
        match page.next {
            Some(next) => cursor = next,
            None => return Some(regions),
        }
    }
}

/// All that is in a region; `None` when not all of it can be read.
pub(super) async fn occupied(
    store: &Arc<Store>,
    region: CellIndex,
    resolution: Resolution,
) -> Option<Vec<Occupied>> {
    let mut read = cmd("GET");
    read.arg(bitmap(region, resolution));
    let tag = Tag::Region(region.into());
    let Value::BulkString(map) = store.one(Lane::Work, Ask::new(tag, read)).await? else {
        return Some(Vec::new());
    };
    let cells: Vec<Spot> = region
        .children(resolution)
        .filter(|cell| bit_is_set(&map, bit(*cell)))
        .map(|cell| Spot {
            region,
            cell,
            part: cell.center_child(PART).unwrap_or(cell),
        })
        .collect();
    let mut all = Vec::new();
    let mut parts = Vec::new();
    for step in cells.chunks(STEP) {
        for (spot, entries) in read_all(store, step, false).await? {
            for entry in &entries {
                if let Entry::Pointer(part) = entry {
                    parts.push(Spot {
                        part: *part,
                        ..spot
                    });
                }
            }
            all.push(Occupied {
                spot,
                is_part: false,
                entries,
            });
        }
    }
    for step in parts.chunks(STEP) {
        for (spot, entries) in read_all(store, step, true).await? {
            all.push(Occupied {
                spot,
                is_part: true,
                entries,
            });
        }
    }
    Some(all)
}

async fn read_all(
    store: &Arc<Store>,
    spots: &[Spot],
    part: bool,
) -> Option<Vec<(Spot, Vec<Entry>)>> {
    let asks = spots.iter().map(|spot| {
        let mut read = cmd("HVALS");
        read.arg(people(
            spot.region,
            if part { spot.part } else { spot.cell },
        ));
        Ask::new(Tag::Region(spot.region.into()), read)
    });
    let answers = store.ask(Lane::Work, asks.collect()).await;
    let entries = |value: Value| match value {
        Value::Array(values) => values
            .iter()
            .filter_map(|value| match value {
                Value::BulkString(bytes) => Entry::unpack(bytes),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    spots
        .iter()
        .zip(answers)
        .map(|(spot, answer)| Some((*spot, entries(answer?))))
        .collect()
}
