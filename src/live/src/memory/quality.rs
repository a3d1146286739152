//! How good a position is, in eight bytes: what the weighing of a search must know of it, and the
//! best of many positions, without which a search would look at every bucket in reach when most
//! of the positions are old.

use muster_core::domain::responder::Source;
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::{Millis, Timestamp};

/// Seconds are counted from 2020-01-01, so that half a word lasts until 2088.
const FROM_S: i64 = 1_577_836_800;

/// The last second that can be told.
const LAST_S: i64 = (u32::MAX >> 1) as i64;

/// The bit of [`Quality::when`] that says that somebody is there by their hours.
const BY_HOURS: u32 = 1;

/// Of one position, or the best of several: the newest live one, whether any is that of a place,
/// the least radius of uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quality {
    /// The second in which the newest live position was taken, doubled, 0 when there is none; and
    /// [`BY_HOURS`].
    when: u32,
    accuracy_m: f32,
}

impl Quality {
    /// Of no position.
    pub(super) const NONE: Self = Self {
        when: 0,
        accuracy_m: f32::INFINITY,
    };

    pub(super) fn of(source: Source, at: Timestamp, accuracy_m: f32) -> Self {
        let when = match source {
            Source::Place => BY_HOURS,
            Source::Live => {
                let second = (Millis(at.0).as_s() - FROM_S).clamp(1, LAST_S);
                u32::try_from(second).unwrap_or(1) << 1
            }
        };
        Self { when, accuracy_m }
    }

    /// The best of two.
    pub(super) fn or(self, other: Self) -> Self {
        let live = (self.when & !BY_HOURS).max(other.when & !BY_HOURS);
        Self {
            when: live | (self.when | other.when) & BY_HOURS,
            accuracy_m: self.accuracy_m.min(other.accuracy_m),
        }
    }

    /// What one position leaves in doubt; of several, no more than any of them does.
    pub(super) fn doubt_m(self, by: &Weighing) -> f64 {
        let accuracy_m = f64::from(self.accuracy_m);
        let mut least = f64::INFINITY;
        if self.when & BY_HOURS != 0 {
            least = by.doubt_m(Source::Place, by.now, accuracy_m);
        }
        let second = i64::from(self.when >> 1);
        if second > 0 {
            let at = Timestamp(Millis::from_s(FROM_S + second).0);
            least = least.min(by.doubt_m(Source::Live, at, accuracy_m));
        }
        least
    }
}

const _: () = assert!(size_of::<Quality>() == 8);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_999);

    fn position() -> impl Strategy<Value = (Source, Timestamp, f32)> {
        let source = prop_oneof![Just(Source::Live), Just(Source::Place)];
        (source, -10_000..5_000_000_i64, 0.0..5_000.0_f32)
            .prop_map(|(source, age, accuracy_m)| (source, NOW - Millis(age), accuracy_m))
    }

    proptest! {
        #[test]
        fn it_weighs_as_the_position_does_and_of_many_no_more_than_the_best(
            positions in prop::collection::vec(position(), 1..20), stale in 0..3_000_000_i64,
        ) {
            let by = Weighing { now: NOW, stale: Millis(stale) };
            let mut best = Quality::NONE;
            let mut least = f64::INFINITY;
            for (source, at, accuracy_m) in positions {
                let quality = Quality::of(source, at, accuracy_m);
                let doubt_m = by.doubt_m(source, at, f64::from(accuracy_m));
                prop_assert_eq!(quality.doubt_m(&by).to_bits(), doubt_m.to_bits());
                best = best.or(quality);
                least = least.min(doubt_m);
            }
            prop_assert!(best.doubt_m(&by) <= least);
        }
    }

    #[test]
    fn nothing_is_better_than_nothing() {
        let by = Weighing {
            now: NOW,
            stale: Millis(1),
        };
        assert!(Quality::NONE.doubt_m(&by).is_infinite());
        let before_its_time = Quality::of(Source::Live, Timestamp(-5), 1.0);
        assert!(before_its_time.doubt_m(&by) < f64::INFINITY);
    }
}
