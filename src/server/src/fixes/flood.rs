//! How many messages one sender of positions may send, so that its flood slows nobody else.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use muster_core::domain::ids::ResponderNo;
use tokio::time::Instant;

/// Messages at once: a phone that comes back from a tunnel sends its queue, and some apps send
/// each position by itself.
const BURST: u64 = 60;
/// Between two messages in the long run, milliseconds: a phone on an incident sends one every few
/// seconds, the busiest apps one a second.
const APART_MS: u64 = 500;
/// Senders that share a set of slots.
const WAYS: usize = 4;
/// Sets: 2 MB in all, and room for a quarter of a million senders in any half minute. A full
/// bucket is as good as none, so whoever was silent for so long needs no slot.
const SETS: usize = 1 << 16;
/// Bits of a slot that say when its bucket is full again, in milliseconds since the start; the
/// others tell its sender from those it shares the set with.
const TIME_BITS: u32 = 44;
/// Tries against other threads; whoever loses them all is let in.
const TRIES: usize = 8;

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// The phones of a responder, who hold one token: the names they give themselves are free, and
    /// each would have a bucket of its own.
    Phones(ResponderNo),
    /// A tracker, by the number of its credential.
    Tracker(u64),
}

/// A bucket per sender in a table of fixed size, one atomic word each: no lock, no allocation, and
/// nothing that grows with the country. (The library for this keeps a map that does.)
///
/// When a set is full of busy senders, the one whose bucket is nearest to full makes room: a flood
/// cannot wash its own bucket out. Each node counts by itself.
pub(crate) struct Flood {
    slots: Box<[AtomicU64]>,
    began: Instant,
}

impl Default for Flood {
    fn default() -> Self {
        Self {
            slots: std::iter::repeat_with(AtomicU64::default)
                .take(SETS * WAYS)
                .collect(),
            // not the clock of the house: that may be set back
            began: Instant::now(),
        }
    }
}

impl Flood {
    /// Takes one message from the sender's bucket, if one is left.
    pub(crate) fn admits(&self, who: Source) -> bool {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.admits_at(who, now)
    }

    /// A slot holds when its bucket would be full again: the later, the emptier it is.
    fn admits_at(&self, who: Source, now: u64) -> bool {
        let mut hasher = DefaultHasher::new();
        who.hash(&mut hasher);
        let hash = hasher.finish();
        let set = usize::try_from(hash % SETS as u64).unwrap_or_default() * WAYS;
        let slots = &self.slots[set..set + WAYS];
        let tag = hash >> TIME_BITS;
        let full_at = |word: u64| word & ((1 << TIME_BITS) - 1);
        for _ in 0..TRIES {
            let words: [u64; WAYS] = std::array::from_fn(|at| slots[at].load(Ordering::Relaxed));
            let busy = |word: &u64| full_at(*word) > now;
            let own = words
                .iter()
                .position(|word| busy(word) && word >> TIME_BITS == tag);
            let freest = (0..WAYS).min_by_key(|at| full_at(words[*at]));
            let at = own.or(freest).unwrap_or_default();
            let from = if own.is_some() {
                full_at(words[at])
            } else {
                now
            };
            let full_again = from + APART_MS;
            if full_again > now + BURST * APART_MS {
                return false;
            }
            let word = tag << TIME_BITS | full_again;
            let swapped =
                slots[at].compare_exchange(words[at], word, Ordering::Relaxed, Ordering::Relaxed);
            if swapped.is_ok() {
                return true;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn phones(no: u64) -> Source {
        Source::Phones(ResponderNo(no))
    }

    fn admitted(flood: &Flood, who: Source, tries: usize) -> usize {
        (0..tries).filter(|_| flood.admits_at(who, NOW)).count()
    }

    #[test]
    fn a_flood_of_one_sender_is_cut_and_others_are_not() {
        let flood = Flood::default();
        assert_eq!(admitted(&flood, phones(1), 1000), 60);
        assert_eq!(admitted(&flood, Source::Tracker(1), 1), 1);
        assert!(!flood.admits_at(phones(1), NOW + 499));
        assert!(flood.admits_at(phones(1), NOW + 500));
        assert!(!flood.admits_at(phones(1), NOW + 500));
        assert_eq!(
            (0..100)
                .filter(|n| flood.admits_at(phones(1), NOW + 60_000 + n))
                .count(),
            60,
            "rested, it has its burst again"
        );
    }

    #[test]
    fn a_country_that_reports_is_admitted_and_does_not_wash_a_flood_out() {
        let flood = Flood::default();
        assert_eq!(admitted(&flood, phones(0), 100), 60);
        let country = 1..200_000;
        let refused = country
            .filter(|no| !flood.admits_at(phones(*no), NOW))
            .count();
        assert_eq!(refused, 0, "of people who each send one message");
        assert_eq!(
            admitted(&flood, phones(0), 100),
            0,
            "the flood is still known"
        );
    }

    #[test]
    fn a_fixed_rate_within_the_bound_is_never_cut() {
        let flood = Flood::default();
        assert!((0..1000).all(|n| flood.admits_at(phones(5), NOW + n * APART_MS)));
    }

    #[test]
    fn threads_share_one_bucket() {
        let flood = Flood::default();
        let admitted = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| admitted(&flood, phones(1), 500)))
                .collect();
            threads
                .into_iter()
                .map(|t| t.join().unwrap())
                .sum::<usize>()
        });
        // whoever loses the race eight times in a row is let in
        assert!((60..90).contains(&admitted), "{admitted}");
    }
}
