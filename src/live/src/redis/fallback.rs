//! Last known cells that stand in where the tree of this node may not be up to date, those around
//! the search first.
//!
//! Searches need them when machines are busy. Were everybody in reach read for each, that alone
//! could keep the machines busy: so no more is read than the search has use for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use h3o::{CellIndex, LatLng, Resolution};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Profile};
use muster_core::ports::{Clock, Found, LastKnown, Nearest, Search, Seen};
use tokio::time::{Instant, timeout_at};

use super::cell_distance::{From, reach_m};
use super::keys::Shard;
use super::shards::Shards;
use crate::memory::MemoryIndex;

/// What is read around the search, one after the other, until it has whom it wants: rings of
/// cells around its own. They are 5, 27, 190 and 1,300 km² and hold whoever is within about 300 m,
/// 1.8 km, 5 km and 13 km. All cells in reach come last.
const AREAS: [(Resolution, u32); 4] = [
    (Resolution::Eight, 1),
    (Resolution::Eight, 3),
    (Resolution::Seven, 3),
    (Resolution::Six, 3),
];

/// At most so many are read at a time, the newest.
const AT_MOST: usize = 5_000;

/// At most so many cells of 250 km² are looked at: 600 km around.
const CELLS_MAX: usize = 4_096;

/// The ledger has so long to answer a search, for all that is read.
const DEADLINE: Duration = Duration::from_secs(1);

/// Reads last known cells.
pub(super) struct Fallback {
    pub(super) last_known: Arc<dyn LastKnown>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Fallback {
    /// Whether a shard that holds a cell in reach of the search may not be up to date.
    pub(super) fn is_needed(search: &Search, shards: &Shards) -> bool {
        let cells = From::here(search.centre).cells_within(search.radius_m, CELLS_MAX);
        cells
            .iter()
            .any(|cell| !shards.is_current(Shard::of(*cell)))
    }

    /// Adds to those whom the tree found whoever was last known to be better placed, in cells of
    /// shards of which this node may not know the latest. Always `degraded`.
    pub(super) async fn answer(
        &self,
        search: &Search,
        tree: &MemoryIndex,
        shards: &Shards,
        found: Vec<Found>,
    ) -> Nearest {
        let mut answer = Answer {
            search,
            tree,
            from: From::here(search.centre),
            found: found
                .into_iter()
                .map(|f| (f.profile.responder, f))
                .collect(),
        };
        // a ledger that falls silent leaves what was added before
        let whole = self.add_to(&mut answer, shards).await;
        if whole.is_none() {
            metrics::counter!("muster_live_stand_in_silent_total").increment(1);
        }
        let mut found: Vec<Found> = answer.found.into_values().collect();
        search.best(&mut found);
        Nearest {
            found,
            degraded: true,
        }
    }

    /// `None` when the ledger does not answer, or not in time.
    async fn add_to(&self, answer: &mut Answer<'_>, shards: &Shards) -> Option<()> {
        let until = Instant::now() + DEADLINE;
        let doubtful = |cell: &CellIndex| {
            let above = cell.parent(Resolution::Five);
            above.is_some_and(|above| !shards.is_current(Shard::of(above)))
        };
        for (resolution, rings) in AREAS {
            let (mut area, outside_m) = answer.from.around(resolution, rings);
            area.retain(doubtful);
            let complete = self.read(answer, area, until).await?;
            // where too many are, a wider area only holds more of them
            if !complete || outside_m >= answer.cutoff_m() {
                return Some(());
            }
        }
        let mut rest = answer.from.cells_within(answer.cutoff_m(), CELLS_MAX);
        rest.retain(doubtful);
        self.read(answer, rest, until).await.map(|_complete| ())
    }

    /// Whether nobody was left out.
    async fn read(
        &self,
        answer: &mut Answer<'_>,
        mut cells: Vec<CellIndex>,
        until: Instant,
    ) -> Option<bool> {
        let cutoff_m = answer.cutoff_m();
        cells.retain(|cell| answer.from.nearest_m(*cell) <= cutoff_m);
        if cells.is_empty() {
            return Some(true);
        }
        let read = self.last_known.inside(&cells, self.clock.now(), AT_MOST);
        match timeout_at(until, read).await.ok()? {
            Ok(seen) => {
                let complete = seen.len() < AT_MOST;
                for (profile, seen) in seen {
                    answer.add(profile, &seen);
                }
                Some(complete)
            }
            Err(error) => {
                tracing::warn!(%error, "last known cells could not be read");
                None
            }
        }
    }
}

/// The answer of a search, to which last known positions are added.
struct Answer<'a> {
    search: &'a Search,
    tree: &'a MemoryIndex,
    from: From,
    found: HashMap<ResponderNo, Found>,
}

impl Answer<'_> {
    fn add(&mut self, profile: Profile, seen: &Seen) {
        let Some(fix) = blurred(seen) else {
            return;
        };
        let held = self.tree.record(profile.responder);
        let known = held.and_then(|held| held.position.order());
        // of the same rank the last known cell is the blurred image of what is held
        if known.is_some_and(|known| (known.0, known.1) >= seen.rank()) {
            return;
        }
        if let Some(found) = self.wanted(profile, fix) {
            self.found.insert(profile.responder, found);
        }
    }

    /// Somebody there, if the search asks for them.
    fn wanted(&self, profile: Profile, fix: Fix) -> Option<Found> {
        let search = self.search;
        let distance_m = self.from.distance_m(fix.point);
        let asked_for = profile.available
            && search.orgs.contains(&profile.org)
            && (search.skills.is_empty() || search.skills.meets(profile.skills))
            && (!search.exercise || profile.exercises)
            && search.takes(&fix)
            && distance_m <= search.radius_m;
        asked_for.then_some(Found {
            profile,
            fix,
            distance_m,
        })
    }

    /// How far away somebody unread may be and still be better than the last of those wanted: as
    /// far as that one is by weighed distance, and no farther than the radius.
    fn cutoff_m(&self) -> f64 {
        let found = self.found.values();
        let mut weighed: Vec<f64> = found.map(|found| self.search.weighed_m(found)).collect();
        let limit = self.search.limit;
        if limit == 0 || weighed.len() < limit {
            return self.search.radius_m;
        }
        let (_, last, _) = weighed.select_nth_unstable_by(limit - 1, f64::total_cmp);
        last.min(self.search.radius_m)
    }
}

/// In the middle of the cell, and no better than the cell.
pub(super) fn blurred(seen: &Seen) -> Option<Fix> {
    let centre = LatLng::from(seen.cell);
    #[expect(clippy::cast_possible_truncation, reason = "some hundred metres")]
    let accuracy_m = reach_m(seen.cell.resolution()) as f32;
    Some(Fix {
        point: Point::new(centre.lat(), centre.lng()).ok()?,
        accuracy_m,
        at: seen.at,
        source: seen.source,
    })
}
