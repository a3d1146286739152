//! The last position of each responder, as far as this node heard of it, for the rules that
//! compare two.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::presence::Engaged;
use crate::domain::fix::{Last, Rejected, Step};
use crate::domain::ids::ResponderNo;
use crate::domain::responder::Fix;
use crate::domain::time::Timestamp;

/// Locks, so that the threads of the server do not queue for one.
const SHARDS: usize = 16;
/// Responders remembered per lock; about 40 MB in all.
const REMEMBERED_MAX: usize = 16_384;

/// The same order in every run, so that a simulation can be replayed.
type Hasher = BuildHasherDefault<DefaultHasher>;
type Shard = Mutex<HashMap<ResponderNo, Last, Hasher>>;

/// Remembers at most a quarter of a million responders, one position each. A hint: what is
/// forgotten, or was heard by another node, only makes the rules blind for one position, and the
/// index still refuses what is older. Asking the index instead would cost every position a round
/// trip.
#[derive(Default)]
pub struct Tracks {
    shards: [Shard; SHARDS],
    /// Those on their way, and whether their positions are at the place.
    pub(super) engaged: Engaged,
}

impl Tracks {
    /// Takes the step, or says why not.
    pub fn follow(&self, who: ResponderNo, step: &Step, now: Timestamp) -> Result<Fix, Rejected> {
        let number = usize::try_from(who.0 % SHARDS as u64).unwrap_or_default();
        let mut shard = held(&self.shards[number]);
        let mut last = shard.get(&who).copied();
        if last.is_none() && shard.len() >= REMEMBERED_MAX {
            // a full memory starts anew: that costs less than keeping an order of use
            shard.clear();
        }
        let verdict = Last::follow(&mut last, step, now);
        if let Some(last) = last {
            shard.insert(who, last);
        }
        verdict
    }

    /// Forgets positions taken before `t`.
    pub fn drop_older_than(&self, t: Timestamp) {
        for shard in &self.shards {
            held(shard).retain(|_, last| last.at() >= t);
        }
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.shards.iter().map(|shard| held(shard).len()).sum()
    }
}

/// Nothing that holds the lock can leave half of a change behind.
fn held(shard: &Shard) -> MutexGuard<'_, HashMap<ResponderNo, Last, Hasher>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fix::Sender;
    use crate::domain::place::Point;
    use crate::domain::responder::Source;

    fn step(at: i64) -> Step {
        Step {
            fix: Fix {
                point: Point::new(50.0, 8.0).unwrap(),
                accuracy_m: 5.0,
                at: Timestamp(at),
                source: Source::Live,
            },
            sender: Sender::app("phone"),
            taken_at: Timestamp(at),
            sent_at: Timestamp(at),
            dated: true,
        }
    }

    #[test]
    fn memory_has_a_bound_and_an_age() {
        let tracks = Tracks::default();
        for who in 0..(SHARDS * REMEMBERED_MAX + SHARDS) as u64 {
            assert!(
                tracks
                    .follow(ResponderNo(who), &step(5), Timestamp(5))
                    .is_ok()
            );
            assert!(tracks.count_at_most(who), "{who}");
        }
        assert_eq!(tracks.count(), SHARDS, "each started anew");
        tracks.drop_older_than(Timestamp(5));
        assert_eq!(tracks.count(), SHARDS);
        tracks.drop_older_than(Timestamp(6));
        assert_eq!(tracks.count(), 0);
    }

    impl Tracks {
        fn count_at_most(&self, who: u64) -> bool {
            // counting takes long: now and then is enough
            !who.is_multiple_of(65_536) || self.count() <= SHARDS * REMEMBERED_MAX
        }
    }

    #[test]
    fn each_responder_is_judged_by_their_own_last_position() {
        let tracks = Tracks::default();
        let follow = |who| tracks.follow(ResponderNo(who), &step(5), Timestamp(5));
        assert!(follow(1).is_ok() && follow(17).is_ok());
        assert_eq!(follow(1), Err(Rejected::Repeated));
    }
}
