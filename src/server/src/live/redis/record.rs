//! One responder in 40 bytes: the same bytes in a cell and in the records, so that a record says
//! what must be in which cell.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0 | format, 1 |
//! | 1..7 | number |
//! | 7 | flags: travel (2 bits), exercises, available, has a fix, the fix is that of a place |
//! | 8..14 | when the fix was taken, ms |
//! | 14..22 | version of the profile |
//! | 22..26, 26..30 | latitude, longitude, 1e-7 degrees (about a centimetre) |
//! | 30..34 | accuracy, metres, IEEE 754 |
//! | 34..38 | organisation |
//! | 38..40 | skills |
//!
//! All big-endian. A version that does not know the last flag takes such a fix for a live one, so
//! while nodes of both run, people at a place may be shown without the word. A pointer to a part of a split cell is 9 bytes: format 2 and the part.

use h3o::{CellIndex, Resolution};
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Profile, Skills, Source, Travel};
use muster_core::domain::time::Timestamp;

use super::ground::Spot;

/// Length of a packed record.
pub(super) const LEN: usize = 40;

/// A packed record.
pub(super) type Packed = [u8; LEN];

const FORMAT: u8 = 1;
const POINTER: u8 = 2;

const TRAVEL: u8 = 0b11;
const EXERCISES: u8 = 1 << 2;
const AVAILABLE: u8 = 1 << 3;
const FIX: u8 = 1 << 4;
const BY_HOURS: u8 = 1 << 5;

const PER_DEGREE: f64 = 1e7;

/// What is known of one responder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Record {
    pub(super) profile: Profile,
    /// On the grid of [`on_grid`].
    pub(super) fix: Option<Fix>,
}

/// What a hash of people may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Entry {
    Person(Record),
    Pointer(CellIndex),
}

impl Record {
    /// Where a search finds them, when it may.
    pub(super) fn spot(&self, resolution: Resolution) -> Option<Spot> {
        let fix = self.fix.filter(|_| self.profile.available)?;
        Some(Spot::of(fix.point, resolution))
    }

    /// The rank of the fix and the version of the profile: of two records of the same responder
    /// the greater one is newer.
    pub(super) fn age(&self) -> (Option<(Timestamp, Source)>, u64) {
        (self.rank(), self.profile.version)
    }

    /// The rank of the fix: nothing is less than none.
    pub(super) fn rank(&self) -> Option<(Timestamp, Source)> {
        self.fix.map(|fix| fix.rank())
    }

    /// Whether they are at a place whose hours were last seen to run at `at` or before.
    pub(super) fn is_at_place_by(&self, at: Timestamp) -> bool {
        let fix = self.fix.filter(|fix| fix.source == Source::Place);
        fix.is_some_and(|fix| fix.at <= at)
    }

    /// Whether this was so before `other`: nothing of it is newer, and something is older. What is
    /// as old is not: it may be about to replace `other`.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        let ((rank, version), (other_rank, other_version)) = (self.age(), other.age());
        rank <= other_rank && version <= other_version && self.age() != other.age()
    }

    pub(super) fn pack(&self) -> Packed {
        let mut out = [0; LEN];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        let profile = &self.profile;
        let mut flags = match profile.travel {
            Travel::Foot => 0,
            Travel::Bike => 1,
            Travel::Car => 2,
        };
        if profile.exercises {
            flags |= EXERCISES;
        }
        if profile.available {
            flags |= AVAILABLE;
        }
        put(0, &[FORMAT]);
        put(1, &profile.responder.0.to_be_bytes()[2..]);
        put(14, &profile.version.to_be_bytes());
        put(34, &profile.org.0.to_be_bytes());
        put(38, &profile.skills.0.to_be_bytes());
        if let Some(fix) = self.fix {
            flags |= FIX;
            if fix.source == Source::Place {
                flags |= BY_HOURS;
            }
            put(8, &fix.at.0.max(0).to_be_bytes()[2..]);
            put(22, &e7(fix.point.lat()).to_be_bytes());
            put(26, &e7(fix.point.lon()).to_be_bytes());
            put(30, &fix.accuracy_m.to_be_bytes());
        }
        put(7, &[flags]);
        out
    }

    /// `None` for anything that no version of this program wrote.
    pub(super) fn unpack(bytes: &[u8]) -> Option<Self> {
        let bytes: &Packed = bytes.try_into().ok()?;
        if bytes[0] != FORMAT {
            return None;
        }
        let flags = bytes[7];
        let fix = (flags & FIX != 0).then(|| {
            let degrees = |at| f64::from(i32::from_be_bytes(take(bytes, at))) / PER_DEGREE;
            Some(Fix {
                point: Point::new(degrees(22), degrees(26)).ok()?,
                accuracy_m: f32::from_be_bytes(take(bytes, 30)),
                at: Timestamp(i64::from_be_bytes(six(bytes, 8))),
                source: if flags & BY_HOURS != 0 {
                    Source::Place
                } else {
                    Source::Live
                },
            })
        });
        Some(Self {
            profile: Profile {
                responder: ResponderNo(u64::from_be_bytes(six(bytes, 1))),
                org: OrgNo(u32::from_be_bytes(take(bytes, 34))),
                skills: Skills(u16::from_be_bytes(take(bytes, 38))),
                travel: match flags & TRAVEL {
                    2 => Travel::Car,
                    1 => Travel::Bike,
                    _ => Travel::Foot,
                },
                exercises: flags & EXERCISES != 0,
                available: flags & AVAILABLE != 0,
                version: u64::from_be_bytes(take(bytes, 14)),
            },
            fix: fix.flatten(),
        })
    }
}

impl Entry {
    /// `None` for anything that no version of this program wrote.
    pub(super) fn unpack(bytes: &[u8]) -> Option<Self> {
        if bytes.first() == Some(&POINTER) {
            let part = u64::from_be_bytes(bytes.get(1..9)?.try_into().ok()?);
            return CellIndex::try_from(part).ok().map(Self::Pointer);
        }
        Record::unpack(bytes).map(Self::Person)
    }
}

/// A pointer to a part of a split cell; its own field in the hash of the cell, too.
pub(super) fn pointer(part: CellIndex) -> [u8; 9] {
    let mut out = [POINTER; 9];
    out[1..].copy_from_slice(&u64::from(part).to_be_bytes());
    out
}

/// The fix as it comes back from Redis: on a grid of 1e-7 degrees, never at (0, 0).
pub(super) fn on_grid(fix: Fix) -> Fix {
    let (lat, lon) = (e7(fix.point.lat()), e7(fix.point.lon()));
    let lat = if lat == 0 && lon == 0 { 1 } else { lat };
    let degrees = |e7: i32| f64::from(e7) / PER_DEGREE;
    let point = Point::new(degrees(lat), degrees(lon)).unwrap_or(fix.point);
    Fix {
        point,
        at: Timestamp(fix.at.0.max(0)),
        ..fix
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 180 degrees times 1e7, which is below 2^31"
)]
fn e7(degrees: f64) -> i32 {
    (degrees * PER_DEGREE).round() as i32
}

fn take<const N: usize>(bytes: &Packed, at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

fn six(bytes: &Packed, at: usize) -> [u8; 8] {
    let mut out = [0; 8];
    out[2..].copy_from_slice(&bytes[at..at + 6]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            number in 0_u64..1 << 48, org: u32, skills: u16, version: u64, flags in 0_u8..32,
            fix in prop::option::of((-90.0..=90.0_f64, -180.0..=180.0_f64, 0.0..20_000.0_f32, 0_i64..1 << 47)),
        ) {
            let record = Record {
                profile: Profile {
                    responder: ResponderNo(number),
                    org: OrgNo(org),
                    skills: Skills(skills),
                    travel: [Travel::Foot, Travel::Bike, Travel::Car][usize::from(flags % 3)],
                    exercises: flags & 4 != 0,
                    available: flags & 8 != 0,
                    version,
                },
                fix: fix.map(|(lat, lon, accuracy_m, at)| on_grid(Fix {
                    point: Point::new(lat, lon).unwrap(),
                    accuracy_m,
                    at: Timestamp(at),
                    source: if flags & 16 == 0 { Source::Live } else { Source::Place },
                })),
            };
            let packed = record.pack();
            prop_assert_eq!(Record::unpack(&packed), Some(record));
            prop_assert_eq!(Entry::unpack(&packed), Some(Entry::Person(record)));
            prop_assert_eq!(Record::unpack(&packed[1..]), None);
        }
    }

    #[test]
    fn a_record_of_the_first_version_is_read_as_a_live_one_and_written_the_same() {
        let bytes = [
            1, 0, 0, 0, 0, 0, 9, 0b1_1101, 1, 0x97, 0x74, 0x20, 0xdc, 1, 0, 0, 0, 0, 0, 0, 0, 3,
            0x1d, 0xcd, 0x65, 0, 4, 0xc4, 0xb4, 0, 0x41, 0x28, 0, 0, 0, 0, 0, 2, 0, 5,
        ];
        let record = Record::unpack(&bytes).unwrap();
        let fix = record.fix.unwrap();
        assert_eq!((fix.source, fix.accuracy_m), (Source::Live, 10.5));
        assert_eq!((fix.point.lat(), fix.point.lon()), (50.0, 8.0));
        assert_eq!(fix.at, Timestamp(1_750_000_000_001));
        assert!(record.profile.available && record.profile.exercises);
        assert_eq!(record.pack(), bytes);
    }

    #[test]
    fn a_pointer_is_no_person() {
        let part = Point::new(50.0, 8.0).unwrap().cell(Resolution::Eleven);
        let packed = pointer(part);
        assert_eq!(Entry::unpack(&packed), Some(Entry::Pointer(part)));
        assert_eq!(Record::unpack(&packed), None);
        assert_eq!(Entry::unpack(&[]), None);
    }

    #[test]
    fn nobody_is_put_on_the_null_island() {
        let fix = Fix {
            point: Point::new(1e-9, 0.0).unwrap(),
            accuracy_m: 1.0,
            at: Timestamp(-5),
            source: Source::Live,
        };
        let fix = on_grid(fix);
        assert_eq!((fix.point.lat(), fix.at), (1e-7, Timestamp(0)));
    }
}
