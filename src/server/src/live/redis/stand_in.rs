//! Last known positions that stand in for what a search could not read, those around it first.
//!
//! Searches need them when machines are busy. Were everybody in reach read for each, that alone
//! could keep the machines busy: so no more is read than the search has use for.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use h3o::{CellIndex, Resolution};
use muster_core::domain::ids::ResponderNo;
use muster_core::ports::{Found, Search};
use tokio::time::{Instant, timeout_at};

use super::found::{People, cutoff_m};
use super::ground::{From, REGION};
use super::guess::{Guesses, LastSeen};
use super::record::Record;

/// What is read around the search, one after the other, until it has whom it wants: rings of
/// cells around its own. They are 5, 27, 190 and 1,300 km² and hold whoever is within about 300 m,
/// 1.8 km, 5 km and 13 km. Regions in reach come last.
const AREAS: [(Resolution, u32); 4] = [
    (Resolution::Eight, 1),
    (Resolution::Eight, 3),
    (Resolution::Seven, 3),
    (Resolution::Six, 3),
];

/// At most so many are read at a time, the newest.
const AT_MOST: usize = 5_000;

/// The ledger has so long to answer a search, for all that is read.
const DEADLINE: Duration = Duration::from_secs(1);

/// The answer of a search, to which last known positions are added.
pub(super) struct StandIn<'a> {
    search: &'a Search,
    met: &'a People,
    from: From,
    found: HashMap<ResponderNo, Found>,
    guessed: HashSet<ResponderNo>,
}

/// The ledger does not answer, or not in time.
pub(super) struct Silent;

impl<'a> StandIn<'a> {
    /// Nobody was added yet to those whom the search met.
    pub(super) fn of(search: &'a Search, met: &'a People) -> Self {
        let found = met.found().into_iter();
        Self {
            search,
            met,
            from: From::here(search.centre),
            found: found.map(|f| (f.profile.responder, f)).collect(),
            guessed: HashSet::new(),
        }
    }

    /// Adds whom the ledger last saw in these regions, as far as they are of interest. Returns
    /// everybody there, when everybody was read. What was added before the ledger fell silent
    /// stays.
    pub(super) async fn read(
        &mut self,
        guesses: &Guesses,
        regions: &[CellIndex],
    ) -> Result<Option<Vec<Record>>, Silent> {
        let until = Instant::now() + DEADLINE;
        for (resolution, rings) in AREAS {
            let (mut area, outside_m) = self.from.around(resolution, rings);
            area.retain(|cell| cell.parent(REGION).is_some_and(|r| regions.contains(&r)));
            let seen = self.step(guesses, area, until).await?;
            // where too many are, a wider area only holds more of them
            if !seen.complete || outside_m >= self.cutoff_m() {
                return Ok(None);
            }
        }
        let of_interest = self.of_interest(regions.to_vec());
        let all = of_interest.len() == regions.len();
        let seen = self.step(guesses, of_interest, until).await?;
        Ok((all && seen.complete).then_some(seen.people))
    }

    /// The answer, in any order, and who in it is where they were last known.
    pub(super) fn answer(self) -> (Vec<Found>, HashSet<ResponderNo>) {
        (self.found.into_values().collect(), self.guessed)
    }

    async fn step(
        &mut self,
        guesses: &Guesses,
        cells: Vec<CellIndex>,
        until: Instant,
    ) -> Result<LastSeen, Silent> {
        let cells = self.of_interest(cells);
        if cells.is_empty() {
            return Ok(LastSeen::nobody());
        }
        let read = timeout_at(until, guesses.read(&cells, AT_MOST)).await;
        let seen = read.ok().flatten().ok_or(Silent)?;
        for record in &seen.people {
            self.add(record);
        }
        Ok(seen)
    }

    fn add(&mut self, record: &Record) {
        if let (Some(distance_m), Some(fix)) = (self.met.wants(record, &self.from), record.fix)
            && !self.met.knows(record)
        {
            let found = Found {
                profile: record.profile,
                fix,
                distance_m,
            };
            self.guessed.insert(record.profile.responder);
            self.found.insert(record.profile.responder, found);
        }
    }

    /// Cells in which somebody may be better placed than those found.
    fn of_interest(&self, mut cells: Vec<CellIndex>) -> Vec<CellIndex> {
        let cutoff_m = self.cutoff_m();
        cells.retain(|cell| self.from.nearest_m(*cell) <= cutoff_m);
        cells
    }

    fn cutoff_m(&self) -> f64 {
        cutoff_m(self.search, self.found.values().copied())
    }
}
