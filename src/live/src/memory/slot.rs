//! What is held of one responder, in 40 bytes, and where it is kept.

use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::responder::{Fix, Profile, Skills, Source, Travel, rank};
use muster_core::domain::time::Timestamp;

use super::grid::GridPoint;
use super::quality::Quality;
use crate::record::{Order, Position, Record, Who};

/// Numbers from here on are refused: the ledger gives them densely, so such a number is an error
/// and would cost memory for all below it.
const LIMIT: u32 = 1 << 27;

/// Slots are allocated so many at a time: growing never copies, and wastes no more than this.
const CHUNK: usize = 4096;

/// The version of somebody who was removed for good.
const GONE: u64 = u64::MAX;

const TRAVEL: u8 = 0b11;
const EXERCISES: u8 = 1 << 2;
const AVAILABLE: u8 = 1 << 3;
const KNOWN: u8 = 1 << 4;
const PLACED: u8 = 1 << 5;
const DIRTY: u8 = 1 << 6;
const BY_HOURS: u8 = 1 << 7;

/// A fix with its place on the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fixed {
    pub(super) place: GridPoint,
    pub(super) accuracy_m: f32,
    pub(super) at: Timestamp,
    pub(super) source: Source,
}

impl Fixed {
    pub(super) fn of(fix: &Fix) -> Self {
        Self {
            place: GridPoint::of(fix.point),
            accuracy_m: fix.accuracy_m,
            at: fix.at,
            source: fix.source,
        }
    }
}

/// One responder: profile, last fix, and whether the file lags behind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slot {
    at: i64,
    version: u64,
    place: GridPoint,
    accuracy_m: f32,
    org: u32,
    skills: u16,
    flags: u8,
}

impl Slot {
    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn set(&mut self, flag: u8, on: bool) {
        self.flags = if on {
            self.flags | flag
        } else {
            self.flags & !flag
        };
    }

    /// Whether `admit` has named them.
    pub(super) fn known(&self) -> bool {
        self.has(KNOWN)
    }

    /// Whether they were removed for good.
    pub(super) fn gone(&self) -> bool {
        !self.has(KNOWN) && self.version == GONE
    }

    /// Rank of the position, or of the end of one.
    pub(super) fn order(&self) -> Option<Order> {
        let (at, source) = (Timestamp(self.at), self.source());
        if self.has(PLACED) {
            let (at, source) = rank(at, source);
            Some((at, source, false))
        } else if self.has(BY_HOURS) {
            Position::Left(at).order()
        } else {
            None
        }
    }

    /// All that is held of them.
    pub(super) fn record(&self, responder: u32) -> Option<Record> {
        let who = if self.known() {
            Who::Known(self.profile(responder))
        } else if self.gone() {
            Who::Gone
        } else {
            return None;
        };
        let position = match self.fix() {
            Some(fix) => Position::At(fix),
            None if self.has(BY_HOURS) => Position::Left(Timestamp(self.at)),
            None => Position::Unknown,
        };
        Some(Record {
            responder: ResponderNo(u64::from(responder)),
            who,
            position,
        })
    }

    /// Holds this and nothing else.
    pub(super) fn set_record(&mut self, record: &Record) {
        match &record.who {
            Who::Known(profile) => self.set_profile(profile),
            Who::Gone => self.set_gone(),
        }
        match &record.position {
            Position::Unknown => self.clear_fix(),
            Position::Left(at) => self.leave(*at),
            Position::At(fix) => self.set_fix(&Fixed::of(fix)),
        }
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The fix, when one is held.
    pub(super) fn fixed(&self) -> Option<Fixed> {
        Some(Fixed {
            place: self.place()?,
            accuracy_m: self.accuracy_m,
            at: Timestamp(self.at),
            source: self.source(),
        })
    }

    /// Where they are, when a fix is held.
    pub(super) fn place(&self) -> Option<GridPoint> {
        self.has(PLACED).then_some(self.place)
    }

    /// Where a search may find them, and for whom.
    pub(super) fn findable(&self) -> Option<(OrgNo, GridPoint)> {
        (self.has(PLACED) && self.has(KNOWN) && self.has(AVAILABLE))
            .then_some((OrgNo(self.org), self.place))
    }

    /// How good the fix is, when one is held.
    pub(super) fn quality(&self) -> Quality {
        Quality::of(self.source(), Timestamp(self.at), self.accuracy_m)
    }

    /// When the fix was taken, if one is held.
    pub(super) fn fixed_at(&self) -> Option<Timestamp> {
        self.has(PLACED).then_some(Timestamp(self.at))
    }

    pub(super) fn fix(&self) -> Option<Fix> {
        let fixed = self.fixed()?;
        Some(Fix {
            point: fixed.place.point()?,
            accuracy_m: fixed.accuracy_m,
            at: fixed.at,
            source: fixed.source,
        })
    }

    fn source(&self) -> Source {
        if self.has(BY_HOURS) {
            Source::Place
        } else {
            Source::Live
        }
    }

    pub(super) fn profile(&self, responder: u32) -> Profile {
        Profile {
            responder: ResponderNo(u64::from(responder)),
            org: OrgNo(self.org),
            skills: Skills(self.skills),
            travel: match self.flags & TRAVEL {
                2 => Travel::Car,
                1 => Travel::Bike,
                _ => Travel::Foot,
            },
            exercises: self.has(EXERCISES),
            available: self.has(AVAILABLE),
            version: self.version,
        }
    }

    pub(super) fn set_profile(&mut self, profile: &Profile) {
        self.org = profile.org.0;
        self.skills = profile.skills.0;
        self.version = profile.version;
        self.flags &= !TRAVEL;
        self.flags |= match profile.travel {
            Travel::Foot => 0,
            Travel::Bike => 1,
            Travel::Car => 2,
        };
        self.set(EXERCISES, profile.exercises);
        self.set(AVAILABLE, profile.available);
        self.set(KNOWN, true);
    }

    pub(super) fn set_fix(&mut self, fix: &Fixed) {
        self.place = fix.place;
        self.accuracy_m = fix.accuracy_m;
        self.at = fix.at.0;
        self.set(PLACED, true);
        self.set(BY_HOURS, fix.source == Source::Place);
    }

    /// Forgets the position and all that belongs to it.
    pub(super) fn clear_fix(&mut self) {
        self.place = GridPoint::default();
        self.accuracy_m = 0.0;
        self.at = 0;
        self.set(PLACED, false);
        self.set(BY_HOURS, false);
    }

    /// Forgets the place where somebody was by their hours until `at`, and remembers only that.
    pub(super) fn leave(&mut self, at: Timestamp) {
        self.clear_fix();
        self.at = at.0;
        self.set(BY_HOURS, true);
    }

    /// Forgets all but that they are gone, and whether the file lags behind.
    pub(super) fn set_gone(&mut self) {
        *self = Self {
            flags: self.flags & DIRTY,
            version: GONE,
            ..Self::default()
        };
    }

    pub(super) fn dirty(&self) -> bool {
        self.has(DIRTY)
    }

    pub(super) fn set_dirty(&mut self, dirty: bool) {
        self.set(DIRTY, dirty);
    }
}

/// The slots, by responder number.
#[derive(Debug, Default)]
pub(super) struct Slots {
    chunks: Vec<Option<Box<[Slot]>>>,
}

impl Slots {
    /// The slot number of a responder; `None` when no ledger can have given that number.
    pub(super) fn number(responder: ResponderNo) -> Option<u32> {
        u32::try_from(responder.0).ok().filter(|&n| n < LIMIT)
    }

    /// One more than the highest number that may be in use.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "numbers are below the limit of 2^27"
    )]
    pub(super) fn end(&self) -> u32 {
        (self.chunks.len() * CHUNK) as u32
    }

    pub(super) fn get(&self, number: u32) -> Option<&Slot> {
        let (chunk, place) = split(number);
        Some(&self.chunks.get(chunk)?.as_ref()?[place])
    }

    /// The slot, made when there is none yet.
    pub(super) fn entry(&mut self, number: u32) -> &mut Slot {
        let (chunk, place) = split(number);
        if chunk >= self.chunks.len() {
            self.chunks.resize_with(chunk + 1, || None);
        }
        let slots = self.chunks[chunk].get_or_insert_with(|| vec![Slot::default(); CHUNK].into());
        &mut slots[place]
    }

    /// Bytes of heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let used = self.chunks.iter().flatten().count();
        used * CHUNK * size_of::<Slot>() + self.chunks.capacity() * size_of::<Option<Box<[Slot]>>>()
    }
}

fn split(number: u32) -> (usize, usize) {
    (number as usize / CHUNK, number as usize % CHUNK)
}

const _: () = assert!(size_of::<Slot>() == 40);
