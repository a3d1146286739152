//! What the index answered, beside who was asked after it and what a wave that found nobody led to.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Witness, must_not_be_asked};
use super::tables::Tables;
use muster_core::domain::event::{Event, ExhaustedReason, Recorded};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::incident::State;
use muster_core::domain::place::Point;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Found, Nearest, Search, Stored};

/// One answer of the index.
struct Picture {
    at: Timestamp,
    radius_m: f64,
    /// Everybody whom it could have named, beyond the limit of the search too; `None` when it
    /// answered twice at that instant.
    found: Option<Vec<Found>>,
    /// It said that somebody may be there whom it cannot show.
    degraded: bool,
}

/// The last answer of the index about each place.
#[derive(Default)]
pub(super) struct Pictures(BTreeMap<(u64, u64), Picture>);

fn by_place(point: Point) -> (u64, u64) {
    (point.lat().to_bits(), point.lon().to_bits())
}

impl Pictures {
    /// A search was answered. `found` is everybody in its reach, as far as the node knows.
    pub(super) fn take(&mut self, search: &Search, found: Vec<Found>, answer: &Nearest) {
        let place = by_place(search.centre);
        let at = search.weighing.now;
        let again = self.0.get(&place).is_some_and(|known| known.at == at);
        let picture = Picture {
            at,
            radius_m: search.radius_m,
            found: (!again).then_some(found),
            degraded: answer.degraded,
        };
        self.0.insert(place, picture);
    }

    /// The answer that a decision at that instant followed.
    fn of(&self, stored: &Stored, at: Timestamp) -> Option<(&Picture, &[Found])> {
        let place = by_place(stored.private.as_ref()?.location.point);
        let picture = self.0.get(&place).filter(|picture| picture.at == at)?;
        Some((picture, picture.found.as_deref()?))
    }
}

impl Witness {
    /// Everybody in reach who could have been asked, and how far they weigh, when the index
    /// answered from what it knows.
    fn askable(&self, tables: &Tables, stored: &Stored, at: Timestamp) -> Option<Vec<&Found>> {
        let (_, found) = self.pictures.of(stored, at)?;
        let incident = &stored.incident;
        let story = self.story(&incident.opening.id);
        let free = |found: &&Found| {
            let who = found.profile.responder;
            story.is_none_or(|story| story.may_ask(who))
                && must_not_be_asked(tables, incident, who, at).is_none()
        };
        Some(found.iter().filter(free).collect())
    }

    /// Nobody who is not asked is better placed than somebody who is.
    pub(super) fn best_are_asked(&mut self, tables: &Tables, stored: &Stored, events: &[Recorded]) {
        let asked = events.iter().filter_map(|recorded| match &recorded.event {
            Event::Alerted { alert } => Some((alert.responder, recorded.at)),
            _ => None,
        });
        let asked: BTreeMap<ResponderNo, Timestamp> = asked.collect();
        let Some(now) = asked.values().next() else {
            return;
        };
        let Some((_, found)) = self.pictures.of(stored, *now) else {
            return;
        };
        let by = stored.incident.opening.plan.weighing(*now);
        let weighed_m = |found: &Found| by.weighed_m(found.distance_m, &found.fix);
        let is_asked = |found: &&Found| asked.contains_key(&found.profile.responder);
        let worst_m = found.iter().filter(is_asked).map(weighed_m);
        let worst_m = worst_m.fold(0.0, f64::max);
        let free = self.askable(tables, stored, *now).unwrap_or_default();
        let better = free
            .into_iter()
            .find(|found| weighed_m(found) < worst_m && !is_asked(found));
        if let Some(better) = better.map(|found| found.profile.responder) {
            let what = format!("{better:?} is better placed than somebody who was asked");
            self.broke("P6-best-asked", &what);
        }
    }

    /// A wave that finds nobody begins the next at once, and no other does; nobody is left to ask
    /// only when nobody is.
    pub(super) fn empty_waves(&mut self, tables: &Tables, stored: &Stored, events: &[Recorded]) {
        let Some(at) = events.first().map(|recorded| recorded.at) else {
            return;
        };
        let Some((picture, _)) = self.pictures.of(stored, at) else {
            return;
        };
        let (degraded, radius_m) = (picture.degraded, picture.radius_m);
        let free: BTreeSet<ResponderNo> = self
            .askable(tables, stored, at)
            .unwrap_or_default()
            .into_iter()
            .map(|found| found.profile.responder)
            .collect();
        let plan = &stored.incident.opening.plan;
        let is = |event: &dyn Fn(&Event) -> bool| events.iter().any(|r| event(&r.event));
        let is_empty = is(&|e| matches!(e, Event::WaveEmpty { .. }));
        let nobody_left = is(&|e| {
            let why = ExhaustedReason::NobodyInReach;
            *e == Event::Exhausted { why }
        });
        let asks = matches!(stored.incident.state, State::Alerting | State::Exhausted);
        let begun = events.iter().find_map(|r| match &r.event {
            Event::WaveLaunched {
                wave, radius_m: of, ..
            } if *of <= radius_m => Some(*wave),
            _ => None,
        });
        let goes_on = begun.is_some_and(|wave| plan.wave(wave + 1).is_some());
        let must_go_on = goes_on && asks && !degraded && !plan.wait_when_empty && free.is_empty();
        let reach = plan.wave(stored.incident.wave).map(|wave| wave.radius_m);
        let wrong = if (is_empty || nobody_left) && reach.is_some_and(|reach| reach > radius_m) {
            Some("nobody is there, though it was not searched so far")
        } else if (is_empty || nobody_left) && degraded {
            Some("nobody is there, by an index that cannot know")
        } else if (is_empty || nobody_left) && !free.is_empty() {
            Some("nobody is there, though somebody could be asked")
        } else if must_go_on && !is_empty {
            Some("a wave that found nobody is waited out")
        } else {
            None
        };
        if let Some(what) = wrong {
            let id = &stored.incident.opening.id;
            self.broke("D6-empty-wave", &format!("{id}: {what}: {free:?}"));
        }
    }
}
