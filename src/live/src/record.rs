//! What is held of one responder, and what two words about the same one come to, in whatever order they arrive.

use muster_core::domain::ids::ResponderNo;
use muster_core::domain::responder::{Fix, Profile, Source, rank};
use muster_core::domain::time::Timestamp;

/// What a node knows of a responder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// Of whom.
    pub responder: ResponderNo,
    /// Who they are.
    pub who: Who,
    /// Where they are.
    pub position: Position,
}

/// Who somebody is; the one with the higher version is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Who {
    /// Somebody who is enrolled.
    Known(Profile),
    /// Removed for good, whatever else is said. Kept as long as a position may live, so that a
    /// late word about them does not bring them back; [`Position::Left`] says since when.
    Gone,
}

/// Where somebody is; the one of the greater rank is believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Position {
    /// Nobody said where they are.
    Unknown,
    /// They left the place where their hours had them. Whatever was said of a place at this
    /// instant or before does not hold any more.
    Left(Timestamp),
    /// They were last here.
    At(Fix),
}

impl Who {
    /// The greater is believed.
    fn version(&self) -> u64 {
        match self {
            Self::Known(profile) => profile.version,
            Self::Gone => u64::MAX,
        }
    }
}

/// Rank of a position, and whether it is the end of one.
pub(crate) type Order = (Timestamp, Source, bool);

impl Position {
    /// The greater is believed; nothing is less than no position.
    pub(crate) fn order(&self) -> Option<Order> {
        let (ranked, left) = match self {
            Self::Unknown => return None,
            Self::Left(at) => (rank(*at, Source::Place), true),
            Self::At(fix) => (fix.rank(), false),
        };
        Some((ranked.0, ranked.1, left))
    }

    /// The fix, when there is one.
    pub(crate) fn fix(&self) -> Option<Fix> {
        match self {
            Self::At(fix) => Some(*fix),
            Self::Unknown | Self::Left(_) => None,
        }
    }
}

impl Record {
    /// What both say together: profile and position each by itself, but for somebody who is gone. Of
    /// equals the later word, `other`, counts: phones and networks keep their order.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        match (self.who, other.who) {
            (Who::Gone, Who::Known(_)) => return self,
            (Who::Known(_), Who::Gone) => return other,
            _ => {}
        }
        let who = if other.who.version() >= self.who.version() {
            other.who
        } else {
            self.who
        };
        let position = if other.position.order() >= self.position.order() {
            other.position
        } else {
            self.position
        };
        Self {
            responder: self.responder,
            who,
            position,
        }
    }

    /// Whether the profile or the position of this one is newer than that of `other`.
    pub fn says_more_than(&self, other: &Self) -> bool {
        self.who.version() > other.who.version() || self.position.order() > other.position.order()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use muster_core::domain::ids::OrgNo;
    use muster_core::domain::place::Point;
    use muster_core::domain::responder::LIVE_FIRST;
    use muster_core::domain::responder::{Skills, Travel};
    use proptest::prelude::*;

    use super::*;

    /// Words about one responder: each version and each rank says one thing only.
    pub(crate) fn word() -> impl Strategy<Value = Record> {
        let who = prop_oneof![
            4 => (1..6_u64).prop_map(|version| Who::Known(profile(version))),
            1 => Just(Who::Gone),
        ];
        let position = prop_oneof![
            Just(Position::Unknown),
            (0..9_i64).prop_map(|at| Position::At(fix(at, Source::Live))),
            (0..9_i64).prop_map(|at| Position::At(fix(at + LIVE_FIRST.0, Source::Place))),
            (0..9_i64).prop_map(|at| Position::Left(Timestamp(at) + LIVE_FIRST)),
        ];
        (who, position).prop_map(|(who, position)| Record {
            responder: ResponderNo(1),
            who,
            position: match position {
                Position::At(fix) if who == Who::Gone => Position::Left(fix.at),
                position => position,
            },
        })
    }

    fn profile(version: u64) -> Profile {
        Profile {
            responder: ResponderNo(1),
            org: OrgNo(1),
            skills: Skills(u16::try_from(version).unwrap()),
            travel: Travel::Foot,
            exercises: false,
            available: version.is_multiple_of(2),
            version,
        }
    }

    fn fix(at: i64, source: Source) -> Fix {
        #[expect(clippy::cast_precision_loss, reason = "a few milliseconds")]
        let lat = 50.0 + (at % 1_000) as f64 / 1e3;
        Fix {
            point: Point::new(lat, 8.0).unwrap(),
            accuracy_m: 1.0,
            at: Timestamp(at),
            source,
        }
    }

    proptest! {
        #[test]
        fn words_end_the_same_in_any_order(
            words in prop::collection::vec(word(), 1..8), turn in 0..8_usize,
        ) {
            let all = |words: &[Record]| words.iter().copied().reduce(Record::merged).unwrap();
            let mut turned = words.clone();
            turned.rotate_left(turn % words.len());
            prop_assert_eq!(all(&words), all(&turned));
            turned.reverse();
            prop_assert_eq!(all(&words), all(&turned));
            // said twice is said once
            let mut twice = words.clone();
            twice.extend(&words);
            prop_assert_eq!(all(&words), all(&twice));
        }
    }
}
