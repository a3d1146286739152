//! What a queueing simulation is made of: an agenda of what happens when, and stations where jobs
//! wait for one of some servers.
//!
//! Invariant: the same seed gives the same run. Times are whole nanoseconds, and what happens at
//! the same time happens in the order in which it was put down.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use muster_stand::rng::Rng;

/// Nanoseconds since the beginning of a run.
pub(super) type Time = u64;

/// Nanoseconds of so many milliseconds.
pub(super) fn ms(ms: f64) -> Time {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "never negative, and a run is shorter than 500 years"
    )]
    let ns = (ms.max(0.0) * 1e6) as Time;
    ns
}

/// Milliseconds of so many nanoseconds.
pub(super) fn as_ms(time: Time) -> f64 {
    time as f64 / 1e6
}

/// A time with the given mean, exponentially distributed.
pub(super) fn exponential(rng: &mut Rng, mean_ms: f64) -> Time {
    ms(-mean_ms * (1.0 - rng.unit()).ln())
}

/// What happens when.
pub(super) struct Agenda<E> {
    heap: BinaryHeap<Reverse<(Time, u64, Entry<E>)>>,
    count: u64,
    now: Time,
}

/// Something that happens; the order of the agenda never looks inside.
struct Entry<E>(E);

impl<E> PartialEq for Entry<E> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl<E> Agenda<E> {
    pub(super) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            count: 0,
            now: 0,
        }
    }

    /// The time of what happened last.
    pub(super) fn now(&self) -> Time {
        self.now
    }

    /// Something happens after so long.
    pub(super) fn after(&mut self, wait: Time, event: E) {
        self.count += 1;
        self.heap
            .push(Reverse((self.now + wait, self.count, Entry(event))));
    }

    /// What happens next.
    pub(super) fn next(&mut self) -> Option<E> {
        let Reverse((time, _, Entry(event))) = self.heap.pop()?;
        self.now = time;
        Some(event)
    }
}

/// Which queue a job stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    /// Is served first, by any server.
    First,
    /// Is served when nobody of the first rank waits, and by some of the servers only.
    Second,
}

/// Some servers with their queues, first come first served within a rank.
pub(super) struct Station<J> {
    servers: usize,
    /// So many of them take jobs of the second rank.
    second_max: usize,
    busy: usize,
    second_busy: usize,
    first: VecDeque<J>,
    second: VecDeque<J>,
}

impl<J> Station<J> {
    /// A station whose servers take any job.
    pub(super) fn new(servers: usize) -> Self {
        Self::ranked(servers, servers)
    }

    /// A station of which only some servers take jobs of the second rank.
    pub(super) fn ranked(servers: usize, second_max: usize) -> Self {
        Self {
            servers,
            second_max,
            busy: 0,
            second_busy: 0,
            first: VecDeque::new(),
            second: VecDeque::new(),
        }
    }

    /// A job comes; it is returned when a server takes it at once.
    pub(super) fn enter(&mut self, rank: Rank, job: J) -> Option<J> {
        match rank {
            Rank::First => self.first.push_back(job),
            Rank::Second => self.second.push_back(job),
        }
        self.take()
    }

    /// A job of that rank is done; the one that a server takes now is returned.
    pub(super) fn leave(&mut self, rank: Rank) -> Option<J> {
        self.busy -= 1;
        if rank == Rank::Second {
            self.second_busy -= 1;
        }
        self.take()
    }

    fn take(&mut self) -> Option<J> {
        if self.busy >= self.servers {
            return None;
        }
        let job = if let Some(job) = self.first.pop_front() {
            job
        } else if self.second_busy < self.second_max {
            let job = self.second.pop_front()?;
            self.second_busy += 1;
            job
        } else {
            return None;
        };
        self.busy += 1;
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_at_once_happens_in_the_order_it_was_put_down() {
        let mut agenda = Agenda::new();
        agenda.after(5, 'b');
        agenda.after(5, 'c');
        agenda.after(1, 'a');
        let all: String = std::iter::from_fn(|| agenda.next()).collect();
        assert_eq!((all.as_str(), agenda.now()), ("abc", 5));
    }

    #[test]
    fn the_first_rank_goes_before_and_the_second_leaves_a_server_free() {
        let mut station = Station::ranked(2, 1);
        assert_eq!(station.enter(Rank::Second, 1), Some(1));
        assert_eq!(station.enter(Rank::Second, 2), None);
        assert_eq!(station.enter(Rank::First, 3), Some(3));
        assert_eq!(station.enter(Rank::First, 4), None);
        assert_eq!(station.leave(Rank::Second), Some(4));
        assert_eq!(station.leave(Rank::First), Some(2));
    }
}
