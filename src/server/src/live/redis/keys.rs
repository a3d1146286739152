//! Every key of the index.
//!
//! | key | type | what |
//! | --- | --- | --- |
//! | `c:{P}C` | hash | people in cell `C`: number (8 bytes, big-endian) → 40 bytes; and one pointer for each part of a split cell |
//! | `c:{P}L` | hash | people in part `L` (H3 resolution 11) of a split cell |
//! | `o:{P}R` | string | bitmap of the occupied cells of resolution `R` in `P`, one bit for each in the order of H3's child positions, then the marker: `P` is known |
//! | `u:B` | hash | records of the responders with numbers `B * 100 ..= B * 100 + 99` |
//! | `k:upkeep` | string | which node does the upkeep, with an expiry |
//!
//! `P` is the H3 cell of resolution 5 above, in hexadecimal, and the hash tag: what belongs to a
//! region of about 250 km² is in one slot, and a town spreads over several.

use std::fmt::Write as _;

use h3o::{CellIndex, Resolution};

/// Records are kept in hashes of so many: small hashes are stored as one flat list, which takes a
/// quarter of the memory of a key each.
const BUCKET: u64 = 100;

/// Commands with the same tag are in the same slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// A region: an H3 cell of resolution 5.
    Region(u64),
    /// A bucket of records.
    Bucket(u64),
    /// The lock of the upkeep.
    Upkeep,
}

impl Tag {
    /// A key in the slot of the tag.
    pub fn any_key(self) -> String {
        match self {
            Self::Region(region) => format!("o:{{{region:x}}}"),
            Self::Bucket(bucket) => format!("u:{bucket}"),
            Self::Upkeep => UPKEEP.to_owned(),
        }
    }
}

/// Which node does the upkeep.
pub const UPKEEP: &str = "k:upkeep";

/// All bitmaps, as a pattern.
pub const ALL_BITMAPS: &str = "o:*";

/// All buckets of records, as a pattern.
pub const ALL_BUCKETS: &str = "u:*";

/// People in a cell, or in a part of one; `region` is the cell of resolution 5 above it.
pub fn people(region: CellIndex, cell: CellIndex) -> String {
    let mut key = String::with_capacity(36);
    // writing to a string cannot fail
    if write!(key, "c:{{{:x}}}{:x}", u64::from(region), u64::from(cell)).is_err() {
        key.clear();
    }
    key
}

/// The bitmap of a region for cells of `resolution`.
pub fn bitmap(region: CellIndex, resolution: Resolution) -> String {
    format!("o:{{{:x}}}{}", u64::from(region), u8::from(resolution))
}

/// The region and resolution of a bitmap.
pub fn parse_bitmap(key: &[u8]) -> Option<(CellIndex, Resolution)> {
    let text = std::str::from_utf8(key).ok()?;
    let (region, resolution) = text.strip_prefix("o:{")?.split_once('}')?;
    let region = CellIndex::try_from(u64::from_str_radix(region, 16).ok()?).ok()?;
    let resolution = Resolution::try_from(resolution.parse::<u8>().ok()?).ok()?;
    Some((region, resolution))
}

/// The bucket of a responder's record.
pub fn bucket_of(number: u64) -> u64 {
    number / BUCKET
}

/// The records of a bucket.
pub fn records(bucket: u64) -> String {
    format!("u:{bucket}")
}

/// The bucket of a key.
pub fn parse_records(key: &[u8]) -> Option<u64> {
    std::str::from_utf8(key)
        .ok()?
        .strip_prefix("u:")?
        .parse()
        .ok()
}

/// A responder inside a hash.
pub fn field(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_shares_its_hash_tag_and_keys_can_be_read_back() {
        let region = CellIndex::try_from(0x0851_fb46_7fff_ffff).unwrap();
        let cell = CellIndex::try_from(0x0891_fb46_6257_ffff).unwrap();
        assert_eq!(people(region, cell), "c:{851fb467fffffff}891fb466257ffff");
        let key = bitmap(region, Resolution::Nine);
        assert_eq!(key, "o:{851fb467fffffff}9");
        assert_eq!(
            parse_bitmap(key.as_bytes()),
            Some((region, Resolution::Nine))
        );
        assert_eq!(parse_bitmap(b"o:{zz}9"), None);
        assert!(
            Tag::Region(region.into())
                .any_key()
                .contains("{851fb467fffffff}")
        );
        assert_eq!(parse_records(records(bucket_of(1234)).as_bytes()), Some(12));
    }
}
