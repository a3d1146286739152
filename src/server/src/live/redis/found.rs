//! Whom a search met: who matches, who is best placed, who was met twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use h3o::CellIndex;
use muster_core::domain::ids::OrgNo;
use muster_core::ports::{Found, Search};

use super::ground::From;
use super::record::Record;

/// In which hash somebody was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) region: CellIndex,
    pub(super) cell: CellIndex,
    pub(super) part: Option<CellIndex>,
}

struct Met {
    record: Record,
    at: Located,
    /// How far, when the search asks for them.
    distance_m: Option<f64>,
}

impl Met {
    fn found(&self) -> Option<Found> {
        Some(Found {
            profile: self.record.profile,
            fix: self.record.fix?,
            distance_m: self.distance_m?,
        })
    }
}

/// An entry of somebody, and where it was.
pub(super) type At = (Record, Located);

/// Everybody met so far.
pub(super) struct People {
    search: Search,
    met: HashMap<u64, Met>,
    twice: Vec<(At, At)>,
}

impl People {
    pub(super) fn of(search: &Search) -> Self {
        let mut search = search.clone();
        search.orgs.sort_unstable();
        Self {
            search,
            met: HashMap::new(),
            twice: Vec::new(),
        }
    }

    /// Of somebody met twice the newer fix is believed. Who is met again where they were is met
    /// once.
    pub(super) fn meet(&mut self, record: Record, at: Located, from: &From) {
        let distance_m = wanted(&self.search, &record, from);
        let met = Met {
            record,
            at,
            distance_m,
        };
        match self.met.entry(record.profile.responder.0) {
            Slot::Vacant(slot) => {
                slot.insert(met);
            }
            Slot::Occupied(slot) if slot.get().at == at && slot.get().record == record => {}
            Slot::Occupied(mut slot) => {
                let older = if record.age() > slot.get().record.age() {
                    slot.insert(met)
                } else {
                    met
                };
                let newer = slot.get();
                let twice = ((older.record, older.at), (newer.record, newer.at));
                self.twice.push(twice);
            }
        }
    }

    /// Whether somebody was met, with this fix or a newer one.
    pub(super) fn knows(&self, record: &Record) -> bool {
        let met = self.met.get(&record.profile.responder.0);
        met.is_some_and(|met| met.record.rank() >= record.rank())
    }

    /// How far somebody is whom the search asks for; `None` for others.
    pub(super) fn wants(&self, record: &Record, from: &From) -> Option<f64> {
        wanted(&self.search, record, from)
    }

    /// How many were met whom the search asks for.
    pub(super) fn matching(&self) -> usize {
        self.met
            .values()
            .filter(|met| met.distance_m.is_some())
            .count()
    }

    /// Nobody farther than this is of interest any more.
    pub(super) fn cutoff_m(&self) -> f64 {
        let found = self.met.values().filter_map(Met::found);
        cutoff_m(&self.search, found)
    }

    /// Those whom the search asks for, in any order.
    pub(super) fn found(&self) -> Vec<Found> {
        self.met.values().filter_map(Met::found).collect()
    }

    /// Who was met twice.
    pub(super) fn twice(self) -> Vec<(At, At)> {
        self.twice
    }
}

/// How far away somebody unread may be and still be better than the last of those wanted, of the
/// people found: as far as that one is by weighed distance, and no farther than the radius.
pub(super) fn cutoff_m(search: &Search, found: impl Iterator<Item = Found>) -> f64 {
    let mut weighed: Vec<f64> = found.map(|found| search.weighed_m(&found)).collect();
    let limit = search.limit;
    if limit == 0 || weighed.len() < limit {
        return search.radius_m;
    }
    let (_, last, _) = weighed.select_nth_unstable_by(limit - 1, f64::total_cmp);
    last.min(search.radius_m)
}

/// How far somebody is whom the search asks for.
fn wanted(search: &Search, record: &Record, from: &From) -> Option<f64> {
    let profile = &record.profile;
    let asked_for = profile.available
        && search.orgs.binary_search(&OrgNo(profile.org.0)).is_ok()
        && (search.skills.is_empty() || search.skills.meets(profile.skills))
        && (!search.exercise || profile.exercises);
    let fix = record.fix.filter(|fix| asked_for && search.takes(fix))?;
    let distance_m = from.distance_m(fix.point);
    (distance_m <= search.radius_m).then_some(distance_m)
}
