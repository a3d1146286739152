//! How long until a search finds a new position, seen from outside.
//!
//! A probe is a responder far from everybody else. It reports a place three kilometres from its
//! last one, and as soon as that is answered an incident is raised there: nobody else is near, so
//! its 201 names the probe if the search saw the new place, and nobody if it did not. Then it is
//! raised again. The time runs from when the report was due to the 201 that names the probe, so it
//! holds a whole raise; how many needed a second one is counted.

use super::incidents::{Book, Caller};
use super::land::{PROBES, probe};
use crate::client::{NewFix, Nodes};
use crate::clock;
use crate::failure::Outcome;
use crate::geo::LatLon;
use crate::phones::again;
use crate::report::Point;
use crate::seed::{Crowd, DEVICE};
use crate::tokens::Tokens;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Between two probes. Each of them has its turn after all others, and is free again by then.
const EVERY: Duration = Duration::from_secs(2);
/// Raises of one turn.
const TRIES: u32 = 5;
/// Between two places of a probe: more than the radius in which its alert looks.
const STEP_M: f64 = 3_000.0;
/// Metres.
const ACCURACY_M: f64 = 10.0;

/// What the probes saw.
pub(super) struct Seen {
    pub(super) points: Vec<Point>,
    /// Found by the first search after the answer.
    pub(super) at_once: u64,
    /// Not found by any.
    pub(super) never: u64,
}

/// The probes of a run.
pub(super) struct Probes {
    phones: Vec<Nodes>,
    caller: Caller,
    book: Arc<Book>,
    pub(super) seen: Arc<Mutex<Seen>>,
}

impl Probes {
    /// `first` is the number of the first of them in the crowd.
    pub(super) async fn new(
        first: usize,
        tokens: &Tokens,
        (anybody, caller, book): (&Nodes, Caller, &Arc<Book>),
    ) -> Outcome<Self> {
        let subs: Vec<_> = (first..first + PROBES).map(Crowd::id).collect();
        let minted = tokens.mint_many("responder", &subs).await?;
        let phones = minted.iter().enumerate();
        Ok(Self {
            phones: phones.map(|(n, jwt)| anybody.as_other(jwt, n)).collect(),
            caller,
            book: Arc::clone(book),
            seen: Arc::new(Mutex::new(Seen {
                points: Vec::new(),
                at_once: 0,
                never: 0,
            })),
        })
    }

    /// One turn after the other, from `start` on, until it is `over`; what is due from
    /// `count_from` on is counted.
    pub(super) async fn run(
        self,
        (start, count_from): (Instant, Instant),
        mut over: watch::Receiver<bool>,
    ) {
        let mut due = start + EVERY;
        for turn in 0_usize.. {
            if timeout_at(due, over.wait_for(|over| *over)).await.is_ok() {
                return;
            }
            if let Some((took, tries)) = self.turn(turn, due).await
                && due >= count_from
            {
                let mut seen = self.seen.lock();
                seen.at_once += u64::from(tries == 1);
                seen.points.push(Point::new(due, count_from, took));
            } else if due >= count_from {
                self.seen.lock().never += 1;
            }
            due += EVERY;
        }
    }

    /// The time, and how many raises it took; nothing when the probe was not found.
    async fn turn(&self, turn: usize, due: Instant) -> Option<(Duration, u32)> {
        let n = turn % self.phones.len();
        let place = place(n, turn / self.phones.len());
        let phone = &self.phones[n];
        let fix = || NewFix {
            lat: place.lat,
            lon: place.lon,
            accuracy_m: ACCURACY_M,
            at: clock::now_text(),
        };
        let told = again(|| async { phone.any().fixes(DEVICE, &[fix()]).await }).await;
        told.ok()?;
        for tries in 1..=TRIES {
            let line = self.caller.raise(place, due, true).await;
            let found = self.book.get(line).and_then(|one| {
                let found = !one.first.is_empty();
                one.answered.filter(|_| found)
            });
            self.caller.close(line).await;
            if let Some(answered) = found {
                return Some((answered.saturating_duration_since(due), tries));
            }
        }
        None
    }
}

/// Corners of a square, one after the other, the home of the probe being the first.
fn place(n: usize, round: usize) -> LatLon {
    let (north, east) = [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)][round % 4];
    probe(n).offset_m(STEP_M * north, STEP_M * east)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_never_where_it_was() {
        for round in 1..9 {
            let (before, now) = (place(3, round - 1), place(3, round));
            assert!(before.distance_m(now) > 0.9 * STEP_M);
        }
        assert!(place(3, 0).distance_m(probe(3)) > 0.9 * STEP_M);
    }
}
