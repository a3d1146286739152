//! How long until a search finds a new position, seen from outside.
//!
//! A probe is a responder far from everybody else. It reports a place three kilometres from its
//! last one, and as soon as that is answered an incident is raised there: nobody else is near, so
//! its 201 names the probe if the search saw the new place, and nobody if it did not. Then the
//! probe reports and somebody raises again. The time runs from when the first report was due to
//! the 201 that names the probe, so it holds a whole raise; how many needed a second is counted.

use super::incidents::{Book, Caller};
use super::land::{PROBES, probe};
use crate::phones::again;
use crate::report::Point;
use crate::seed::{Crowd, DEVICE};
use muster_stand::client::{NewFix, Nodes};
use muster_stand::clock;
use muster_stand::failure::Outcome;
use muster_stand::geo::LatLon;
use muster_stand::tokens::Tokens;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

/// Between two probes. Each of them has its turn after all others, and is free again by then.
const EVERY: Duration = Duration::from_secs(2);
/// A turn ends after so much time or so many raises.
const PATIENCE: Duration = Duration::from_secs(5);
const TRIES: u32 = 40;
/// Between two raises of a turn: a crowd of them would be a load of its own.
const AGAIN: Duration = Duration::from_millis(100);
/// Between two places of a probe: more than the radius in which its alert looks.
const STEP_M: f64 = 3_000.0;
/// Metres.
const ACCURACY_M: f64 = 10.0;

/// How a turn ended.
enum Turn {
    /// After so long, by so many raises.
    Found(Duration, u32),
    NotFound,
    /// The server had to guess, so nothing is known.
    Guessed,
}

/// What the probes saw.
pub(super) struct Seen {
    pub(super) points: Vec<Point>,
    /// Found by the first search after the answer.
    pub(super) at_once: u64,
    /// Not found by any, though the last search did not have to guess.
    pub(super) never: u64,
    /// Not found by any, and the last search had to guess where people are.
    pub(super) guessed: u64,
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
                guessed: 0,
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
            let ended = self.turn(turn, due).await;
            if due >= count_from {
                let mut seen = self.seen.lock();
                match ended {
                    Turn::Found(took, tries) => {
                        seen.at_once += u64::from(tries == 1);
                        seen.points.push(Point::new(due, count_from, took));
                    }
                    Turn::NotFound => seen.never += 1,
                    Turn::Guessed => seen.guessed += 1,
                }
            }
            due += EVERY;
        }
    }

    async fn turn(&self, turn: usize, due: Instant) -> Turn {
        let n = turn % self.phones.len();
        let place = place(n, turn / self.phones.len());
        let mut guessed = false;
        for tries in 1..=TRIES {
            let reported = self.report(n, place).await;
            let line = self.caller.raise(place, due, true).await;
            self.caller.close(line).await;
            let one = self.book.get(line);
            if let Some(one) = &one
                && let (Some(answered), false) = (one.answered, one.first.is_empty())
            {
                return Turn::Found(answered.saturating_duration_since(due), tries);
            }
            // without an answer nothing is known either
            guessed = !reported || one.is_none_or(|one| one.degraded || one.answered.is_none());
            if due.elapsed() > PATIENCE {
                break;
            }
            sleep(AGAIN).await;
        }
        if guessed {
            Turn::Guessed
        } else {
            Turn::NotFound
        }
    }

    /// Whether the server took it.
    async fn report(&self, n: usize, place: LatLon) -> bool {
        let fix = NewFix {
            lat: place.lat,
            lon: place.lon,
            accuracy_m: ACCURACY_M,
            at: clock::now_text(),
        };
        let fixes = [fix];
        let told = again(|| self.phones[n].any().fixes(DEVICE, &fixes)).await;
        told.is_ok_and(|answer| answer["accepted"] == 1)
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
