//! A record in 41 bytes, as it stands in a cell and in a stream.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0 | format, 2 |
//! | 1..7 | number of the responder |
//! | 7..15 | version of the profile; all ones for somebody removed for good |
//! | 15 | flags: travel (2 bits), exercises, available |
//! | 16..20, 20..22 | organisation, skills |
//! | 22..29 | order of the position: rank in ms, live, left (one bit each); 0 for none |
//! | 29..33, 33..37 | latitude, longitude, 1e-7 degrees (about a centimetre) |
//! | 37..41 | accuracy, metres, IEEE 754 |
//!
//! All big-endian. The profile is bytes 7..22 and the position 22..41, so that the script of the
//! writer takes each from the record in which it is newer, by one comparison of numbers.

use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::LIVE_FIRST;
use muster_core::domain::responder::{Fix, Profile, Skills, Source, Travel};
use muster_core::domain::time::Timestamp;

use crate::record::{Position, Record, Who};

/// Length of a packed record.
pub(super) const LEN: usize = 41;

/// A packed record.
pub(super) type Packed = [u8; LEN];

const FORMAT: u8 = 2;
const GONE: u64 = u64::MAX;

const TRAVEL: u8 = 0b11;
const EXERCISES: u8 = 1 << 2;
const AVAILABLE: u8 = 1 << 3;

const LEFT: u64 = 1;
const LIVE: u64 = 1 << 1;

const PER_DEGREE: f64 = 1e7;

pub(super) fn pack(record: &Record) -> Packed {
    let mut out = [0; LEN];
    let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &[FORMAT]);
    put(1, &record.responder.0.to_be_bytes()[2..]);
    match &record.who {
        Who::Gone => put(7, &GONE.to_be_bytes()),
        Who::Known(profile) => {
            put(7, &profile.version.to_be_bytes());
            put(15, &[flags(profile)]);
            put(16, &profile.org.0.to_be_bytes());
            put(20, &profile.skills.0.to_be_bytes());
        }
    }
    put(22, &order(&record.position).to_be_bytes()[1..]);
    if let Position::At(fix) = &record.position {
        put(29, &e7(fix.point.lat()).to_be_bytes());
        put(33, &e7(fix.point.lon()).to_be_bytes());
        put(37, &fix.accuracy_m.to_be_bytes());
    }
    out
}

/// `None` for anything that no version of this program wrote.
pub(super) fn unpack(bytes: &[u8]) -> Option<Record> {
    let bytes: &Packed = bytes.try_into().ok()?;
    if bytes[0] != FORMAT {
        return None;
    }
    let responder = ResponderNo(number(&bytes[1..7]));
    let version = number(&bytes[7..15]);
    let who = if version == GONE {
        Who::Gone
    } else {
        Who::Known(Profile {
            responder,
            org: OrgNo(u32::from_be_bytes(take(bytes, 16))),
            skills: Skills(u16::from_be_bytes(take(bytes, 20))),
            travel: match bytes[15] & TRAVEL {
                2 => Travel::Car,
                1 => Travel::Bike,
                _ => Travel::Foot,
            },
            exercises: bytes[15] & EXERCISES != 0,
            available: bytes[15] & AVAILABLE != 0,
            version,
        })
    };
    Some(Record {
        responder,
        who,
        position: position(bytes)?,
    })
}

/// The fix as it comes back from Redis: on a grid of 1e-7 degrees, never at (0, 0).
pub(super) fn on_grid(fix: Fix) -> Fix {
    let (lat, lon) = (e7(fix.point.lat()), e7(fix.point.lon()));
    let lat = if lat == 0 && lon == 0 { 1 } else { lat };
    let point = Point::new(degrees(lat), degrees(lon)).unwrap_or(fix.point);
    Fix {
        point,
        at: Timestamp(fix.at.0.max(0)),
        ..fix
    }
}

fn flags(profile: &Profile) -> u8 {
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
    flags
}

/// Grows with [`Position::order`]. A place counts as half an hour older than it is: that much is
/// added, so that nothing since 1970 is negative, and one more, so that nothing is as low as none.
fn order(position: &Position) -> u64 {
    let Some((rank, source, left)) = position.order() else {
        return 0;
    };
    let rank = (rank + LIVE_FIRST).0.max(0).unsigned_abs() + 1;
    let live = if source == Source::Live { LIVE } else { 0 };
    rank << 2 | live | if left { LEFT } else { 0 }
}

fn position(bytes: &Packed) -> Option<Position> {
    let order = number(&bytes[22..29]);
    if order == 0 {
        return Some(Position::Unknown);
    }
    let ranked = Timestamp(i64::try_from((order >> 2) - 1).ok()?);
    let (source, at) = if order & LIVE != 0 {
        (Source::Live, ranked - LIVE_FIRST)
    } else {
        (Source::Place, ranked)
    };
    if order & LEFT != 0 {
        return Some(Position::Left(at));
    }
    let lat = degrees(i32::from_be_bytes(take(bytes, 29)));
    let lon = degrees(i32::from_be_bytes(take(bytes, 33)));
    Some(Position::At(Fix {
        point: Point::new(lat, lon).ok()?,
        accuracy_m: f32::from_be_bytes(take(bytes, 37)),
        at,
        source,
    }))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 180 degrees times 1e7, which is below 2^31"
)]
fn e7(degrees: f64) -> i32 {
    (degrees * PER_DEGREE).round() as i32
}

fn degrees(e7: i32) -> f64 {
    f64::from(e7) / PER_DEGREE
}

/// At most eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte))
}

fn take<const N: usize>(bytes: &Packed, at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::tests::word;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(word in word()) {
            let word = Record {
                position: match word.position {
                    Position::At(fix) => Position::At(on_grid(fix)),
                    other => other,
                },
                ..word
            };
            prop_assert_eq!(unpack(&pack(&word)), Some(word));
        }

        #[test]
        fn the_packed_order_is_the_order(a in word(), b in word()) {
            let (a, b) = (a.position, b.position);
            prop_assert_eq!(order(&a).cmp(&order(&b)), a.order().cmp(&b.order()));
        }

        #[test]
        fn what_no_node_wrote_is_no_record(mut bytes in prop::collection::vec(any::<u8>(), 0..50)) {
            if bytes.first() == Some(&FORMAT) {
                bytes[0] = 1;
            }
            prop_assert_eq!(unpack(&bytes), None);
        }
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
