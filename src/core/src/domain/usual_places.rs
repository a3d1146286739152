//! Where volunteers usually are at given hours, by their own word: what stands in for a position
//! that a page cannot report in the background.
//!
//! Invariant: nothing here holds more of a place than its neighbourhood, a hexagon of about 130 m.
//! No `Debug` on what says where somebody lives: positions never reach a log.

use h3o::{CellIndex, Resolution};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::place::Point;
use super::responder::{Fix, Source};
use super::time::{Millis, Timestamp};
use super::weekly::WeeklySpan;

/// Most places of one responder: home, work and two more.
pub const PLACES_MAX: usize = 4;

/// While its hours run a place is confirmed this often: seldom enough to cost nothing, and often
/// enough that [`HOLDS`] can be short.
pub const CONFIRM_EVERY: Millis = Millis::from_s(15 * 60);

/// So long after it was last confirmed a place counts, whatever a plan says of the age of
/// positions: five minutes longer than between two confirmations, so that a late one leaves no
/// gap. When a node dies or the index is away as the hours end, nobody is found there for longer.
pub const HOLDS: Millis = Millis::from_s(20 * 60);

/// From the centre of a neighbourhood to its corners, metres (H3's table of average edge lengths).
const RADIUS_M: f32 = 76.0;

const KEPT: Resolution = Resolution::Ten;

/// All that is ever known of a place that somebody named: the H3 cell of resolution 10 around it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Neighbourhood(CellIndex);

/// The number is that of no neighbourhood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no cell of resolution 10")]
pub struct NoNeighbourhood;

impl Neighbourhood {
    /// That of a point.
    pub fn of(point: Point) -> Self {
        Self(point.cell(KEPT))
    }

    /// Its centre: the same for everybody who lives in it.
    pub fn centre(self) -> Point {
        Point::centre_of(self.0)
    }

    /// Where somebody is taken to be whose hours run at `now`.
    pub fn fix(self, now: Timestamp) -> Fix {
        Fix {
            point: self.centre(),
            accuracy_m: RADIUS_M,
            at: now,
            source: Source::Place,
        }
    }
}

impl From<Neighbourhood> for u64 {
    fn from(place: Neighbourhood) -> Self {
        place.0.into()
    }
}

impl TryFrom<u64> for Neighbourhood {
    type Error = NoNeighbourhood;

    fn try_from(number: u64) -> Result<Self, NoNeighbourhood> {
        let cell = CellIndex::try_from(number).map_err(|_none| NoNeighbourhood)?;
        if cell.resolution() == KEPT {
            Ok(Self(cell))
        } else {
            Err(NoNeighbourhood)
        }
    }
}

/// What somebody calls a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Where they live.
    Home,
    /// Where they work.
    Work,
    /// Anything else.
    Other,
}

impl Label {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Work => "work",
            Self::Other => "other",
        }
    }

    /// The label of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Home, Self::Work, Self::Other]
            .into_iter()
            .find(|label| label.as_str() == word)
    }
}

/// Where somebody usually is at some hours of the week.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualPlace {
    /// What they call it.
    pub label: Label,
    /// Where, as far as anybody needs to know.
    pub place: Neighbourhood,
    /// When; in any order, they may overlap.
    pub hours: Vec<WeeklySpan>,
}

/// All usual places of somebody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsualPlaces {
    /// A name of the IANA time zone database.
    pub zone: String,
    /// Where the hours of several run, the first of them counts.
    pub places: Vec<UsualPlace>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::responder::LIVE_FIRST;
    use super::*;

    fn fix(at_s: i64, source: Source) -> Fix {
        Fix {
            point: Point::new(50.0, 8.0).unwrap(),
            accuracy_m: 5.0,
            at: Timestamp(at_s * 1000),
            source,
        }
    }

    proptest! {
        #[test]
        fn what_is_kept_is_near_and_gives_no_house_away(
            lat in -85.0..=85.0_f64, lon in -180.0..=180.0_f64,
        ) {
            let home = Point::new(lat, lon).unwrap();
            let kept = Neighbourhood::of(home);
            // cells differ in size: the largest are a quarter wider than the average
            prop_assert!(kept.centre().distance_m(home) < f64::from(RADIUS_M) * 1.3);
            // said again from what was kept, it is the same
            prop_assert!(Neighbourhood::of(kept.centre()) == kept);
            prop_assert!(Neighbourhood::try_from(u64::from(kept)) == Ok(kept));
            let coarser = u64::from(home.cell(Resolution::Nine));
            prop_assert!(Neighbourhood::try_from(coarser) == Err(NoNeighbourhood));
        }

        #[test]
        fn of_any_positions_the_same_one_remains_in_any_order(
            said in prop::collection::vec((0..4_000_i64, prop::bool::ANY), 1..8).prop_shuffle(),
            turn in 0..8_usize,
        ) {
            let source = |live| if live { Source::Live } else { Source::Place };
            let mut said: Vec<Fix> =
                said.into_iter().map(|(at, live)| fix(at, source(live))).collect();
            let last = |said: &[Fix]| {
                said.iter().copied().reduce(|held, new| if new.replaces(&held) { new } else { held })
            };
            let before = last(&said);
            let turn = turn % said.len();
            said.rotate_left(turn);
            prop_assert_eq!(last(&said), before);
        }
    }

    #[test]
    fn a_place_waits_until_a_live_position_is_half_an_hour_old() {
        let live = fix(10_000, Source::Live);
        let place = |at_s| fix(at_s, Source::Place);
        let half = LIVE_FIRST.as_s();
        assert!(!place(10_000).replaces(&live));
        assert!(!place(10_000 + half).replaces(&live));
        assert!(place(10_001 + half).replaces(&live));
        // a live position replaces a place, even one that was taken before it was confirmed
        assert!(live.replaces(&place(10_000)));
        assert!(live.replaces(&place(10_000 + half)));
        assert!(!live.replaces(&place(10_001 + half)));
        assert!(place(10_001).replaces(&place(10_000)));
        assert!(!place(10_000).replaces(&place(10_001)));
    }

    #[test]
    fn every_label_parses_back() {
        for label in [Label::Home, Label::Work, Label::Other] {
            assert_eq!(Label::parse(label.as_str()), Some(label));
        }
    }
}
