//! Who is on an open incident of one organisation: read once, then followed by the events.

use std::collections::{BTreeMap, BTreeSet};

use h3o::{CellIndex, LatLng};
use muster_core::domain::ids::{IncidentId, OrgNo};
use muster_core::domain::place::Point;
use muster_core::ports::{Engaged, Feed};
use tokio::sync::watch;

use crate::view::deadline::read;
use crate::view::error::ApiError;

/// Steps read at once.
const BATCH: usize = 1024;
/// Batches read at a time; the rest is read a second later.
const BATCHES_MAX: usize = 16;
/// Incidents looked up at once.
const LOOKED_UP_MAX: usize = 512;

/// Whoever is on one incident.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) who: Engaged,
    /// Where the incident is, as far as anybody may know.
    pub(crate) near: Option<Point>,
}

/// What changed since it was last taken.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) all: bool,
    pub(crate) some: BTreeSet<IncidentId>,
}

/// Everybody who is on an open incident of an organisation.
pub(crate) struct Everybody {
    org: OrgNo,
    /// The last step that was read; nothing was read yet without one.
    seq: Option<u64>,
    people: BTreeMap<IncidentId, Vec<Person>>,
    /// Incidents to be looked up.
    due: BTreeSet<IncidentId>,
    /// Incidents of which anything changed; all of them, when nobody knows which.
    touched: Touched,
    hints: watch::Receiver<u64>,
}

impl Everybody {
    pub(crate) fn of(hints: watch::Receiver<u64>, org: OrgNo) -> Self {
        Self {
            org,
            seq: None,
            people: BTreeMap::new(),
            due: BTreeSet::new(),
            touched: Touched::default(),
            hints,
        }
    }

    pub(crate) fn people(&self) -> &BTreeMap<IncidentId, Vec<Person>> {
        &self.people
    }

    /// What changed since this was last asked, whoever is on it.
    pub(crate) fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }

    /// Brings it up to date; after an error it is as it was, and the next time goes on.
    pub(crate) async fn follow(&mut self, feed: &dyn Feed) -> Result<(), ApiError> {
        let Some(mut seq) = self.seq else {
            self.hints.borrow_and_update();
            // before the people: what happens in between is read again
            let head = read(feed.head()).await?;
            self.put(read(feed.engaged(self.org, None)).await?);
            self.seq = Some(head);
            return Ok(());
        };
        // without a hint there is nothing to read
        if self.hints.has_changed().unwrap_or(true) {
            self.hints.borrow_and_update();
            for batch in 0..BATCHES_MAX {
                let steps = read(feed.after(Some(self.org), seq, BATCH)).await;
                let steps = steps.inspect_err(|_ledger| self.hints.mark_changed())?;
                let Some(steps) = steps else {
                    // another history
                    self.forget();
                    return Ok(());
                };
                seq = steps.last().map_or(seq, |last| last.seq);
                self.seq = Some(seq);
                let all = steps.len() < BATCH;
                let touched = steps.iter().map(|step| step.incident.clone());
                self.touched.some.extend(touched);
                let moved = steps.into_iter().filter(|step| engages(&step.change));
                self.due.extend(moved.map(|step| step.incident));
                if all {
                    break;
                }
                if batch + 1 == BATCHES_MAX {
                    self.hints.mark_changed();
                }
            }
        }
        while !self.due.is_empty() {
            let ids: Vec<_> = self.due.iter().take(LOOKED_UP_MAX).cloned().collect();
            let found = read(feed.engaged(self.org, Some(&ids))).await?;
            for id in &ids {
                self.due.remove(id);
                self.people.remove(id);
            }
            self.put(found);
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.seq = None;
        self.touched.all = true;
        self.people.clear();
        self.due.clear();
    }

    fn put(&mut self, found: Vec<Engaged>) {
        for who in found {
            let cell = who.cell.and_then(|cell| CellIndex::try_from(cell).ok());
            let near = cell.map(LatLng::from);
            let near = near.and_then(|centre| Point::new(centre.lat(), centre.lng()).ok());
            let on = self.people.entry(who.incident.clone()).or_default();
            on.push(Person { who, near });
        }
    }
}

/// Whether an event of this type changes who is on the incident, or where it is. Every other
/// leaves both as they are; an unknown one may not.
fn engages(change: &str) -> bool {
    !matches!(
        change,
        "raised"
            | "released"
            | "wave_launched"
            | "widen_requested"
            | "alerted"
            | "passed_over"
            | "found_too_few"
            | "exhausted"
            | "wave_empty"
            | "still_held"
            | "sent"
            | "received"
            | "seen"
            | "confirmed"
            | "push_put_off"
            | "push_failed"
            | "declined"
            | "reached_patient"
            | "lapsed"
            | "unreachable"
            | "still_going_asked"
            | "heard"
            | "danger_reported"
            | "covered"
            | "uncovered"
            | "scene_changed"
            | "address_changed"
            | "address_removed"
            | "address_confirmed"
            | "kind_changed"
            | "patient_changed"
            | "place_kind_changed"
            | "danger_ended"
            | "at_address"
            | "left_address"
            | "ems_eta_changed"
            | "acknowledged"
            | "noted"
            | "message_sent"
            | "open_for_long"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_says_yes_or_leaves_is_looked_up() {
        for change in [
            "accepted",
            "departed",
            "arrived",
            "finished",
            "withdrawn",
            "stood_down",
            "expired",
            "moved",
            "closed",
            "reopened",
            "something new",
        ] {
            assert!(engages(change), "{change}");
        }
        assert!(!engages("received"));
    }
}
