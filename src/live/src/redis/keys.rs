//! Every key of the index, and what is behind it.
//!
//! | key | type | what |
//! | --- | --- | --- |
//! | `cell:{s}:H` | hash | who is in the H3 cell `H` of resolution 5: number → packed record |
//! | `cells:{s}` | hash | occupied cells of the shard; `epoch`, which is gone after a flush; `owner`, who uses this Redis |
//! | `moves:{s}` | stream | what changed in the last minute, and the beats of the nodes |
//! | `sync:{s}` | string | which node puts the shard back after a flush, with an expiry |
//! | `swept:{s}` | string | which node forgot its old positions lately, with an expiry |
//!
//! `s` is the shard, in braces so that all of a shard is in one slot of a cluster.

use h3o::{CellIndex, Resolution};
use muster_core::domain::place::Point;

/// The cell is the unit of loading: about 250 km².
const CELL: Resolution = Resolution::Five;

/// How many shards there are. All nodes of an installation must agree, so it is not a setting.
const SHARDS: u8 = 16;

/// The field of `cells:{s}` with the name that the shard has until it is flushed.
pub(super) const EPOCH: &str = "epoch";

/// The cell in which somebody at this point is kept.
pub(super) fn cell_of(point: Point) -> CellIndex {
    point.cell(CELL)
}

/// The cell with this name, if it is one.
pub(super) fn parse_cell(name: &[u8]) -> Option<CellIndex> {
    let bits = u64::from_str_radix(std::str::from_utf8(name).ok()?, 16).ok()?;
    let cell = CellIndex::try_from(bits).ok()?;
    (cell.resolution() == CELL).then_some(cell)
}

/// Part of the earth whose keys lie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Shard(u8);

impl Shard {
    pub(super) const COUNT: usize = SHARDS as usize;
    pub(super) const FIRST: Self = Self(0);

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..SHARDS).map(Self)
    }

    /// The shard of a cell. Neighbours mostly lie in different ones, so that a city is spread.
    pub(super) fn of(cell: CellIndex) -> Self {
        // the golden ratio's multiplicative hash, of which the upper bits are well mixed
        let mixed = u64::from(cell).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let shard = (mixed >> 60) as u8;
        Self(shard)
    }

    pub(super) fn number(self) -> usize {
        usize::from(self.0)
    }

    pub(super) fn cell(self, cell: CellIndex) -> String {
        format!("cell:{{{}}}:{:x}", self.0, u64::from(cell))
    }

    pub(super) fn cells(self) -> String {
        format!("cells:{{{}}}", self.0)
    }

    pub(super) fn moves(self) -> String {
        format!("moves:{{{}}}", self.0)
    }

    pub(super) fn sync(self) -> String {
        format!("sync:{{{}}}", self.0)
    }

    pub(super) fn swept(self) -> String {
        format!("swept:{{{}}}", self.0)
    }
}

const _: () = assert!(SHARDS == 1 << 4, "as many as four bits can name");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_shares_its_hash_tag_and_a_cell_can_be_read_back() {
        let cell = CellIndex::try_from(0x0851_fb46_7fff_ffff).unwrap();
        let shard = Shard::of(cell);
        let tag = format!("{{{}}}", shard.0);
        for key in [shard.cell(cell), shard.cells(), shard.moves(), shard.sync()] {
            assert!(key.contains(&tag), "{key}");
        }
        assert_eq!(parse_cell(b"851fb467fffffff"), Some(cell));
        assert_eq!(parse_cell(EPOCH.as_bytes()), None);
        assert_eq!(parse_cell(b"891fb466257ffff"), None);
    }

    #[test]
    fn a_city_is_spread_over_the_shards() {
        let city = Point::new(52.52, 13.4).unwrap();
        let cells = cell_of(city).grid_disk::<Vec<_>>(4);
        let mut counts = [0; Shard::COUNT];
        for cell in &cells {
            counts[Shard::of(*cell).number()] += 1;
        }
        assert!(counts.iter().all(|&count| count <= 12), "{counts:?}");
        assert!(counts.iter().filter(|&&count| count > 0).count() >= 12);
    }
}
