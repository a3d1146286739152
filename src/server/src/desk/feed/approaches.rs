//! How far those who are on an incident still have to go, worked out once for all viewers of their
//! organisation on this node.
//!
//! Invariant: an alert is told at most every [`TOLD_EVERY`], and only when something about it is
//! other than it was told.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo};
use muster_core::domain::responder::Fix;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Engaged, Stored};
use tokio::time::Instant;

use crate::desk::feed::engaged::Touched;
use crate::desk::feed::events::FeedApproach;
use crate::view::deadline::read;

/// A voice that reads a list aloud, and a person who reads it, follow no faster.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// Incidents that are read in one turn; the others wait for the next, a second later.
const READ_MAX: usize = 64;

/// What was told of an alert.
pub(crate) struct ApproachItem {
    /// Grows with each that is told.
    pub(crate) number: u64,
    /// As it is sent.
    pub(crate) json: String,
}

struct Told {
    at: Instant,
    /// The position that it was worked out from.
    fix_at: Timestamp,
    way: Arc<ApproachItem>,
}

/// What was told of everybody in one organisation.
#[derive(Default)]
pub(crate) struct Approaches {
    /// Incidents as they were read, until something about them changes.
    incidents: HashMap<IncidentId, Stored>,
    /// When those who are on it were last asked for.
    asked: HashMap<IncidentId, Instant>,
    told: HashMap<AlertId, Told>,
    number: u64,
}

impl Approaches {
    /// Incidents that are other than they were read.
    pub(crate) fn touched(&mut self, touched: &Touched) {
        if touched.all {
            self.incidents.clear();
            return;
        }
        for id in &touched.some {
            self.incidents.remove(id);
        }
    }

    /// Whether whoever is on it should be asked for, whether or not they are on anybody's map.
    pub(crate) fn is_due(&self, incident: &IncidentId) -> bool {
        let asked = self.asked.get(incident);
        asked.is_none_or(|at| at.elapsed() >= TOLD_EVERY)
    }

    /// Whoever is on it is asked for now.
    pub(crate) fn asked(&mut self, incident: &IncidentId) {
        if self.is_due(incident) {
            self.asked.insert(incident.clone(), Instant::now());
        }
    }

    /// Forgets what is over, and everybody who is not among those; true when somebody was.
    pub(crate) fn keep(
        &mut self,
        is_open: impl Fn(&IncidentId) -> bool,
        on: &HashSet<&AlertId>,
    ) -> bool {
        self.asked.retain(|id, _| is_open(id));
        self.incidents.retain(|id, _| is_open(id));
        let before = self.told.len();
        self.told.retain(|alert, _| on.contains(alert));
        self.told.len() != before
    }

    /// Works out how far these people have to go; true when there is something to tell.
    pub(crate) async fn take(
        &mut self,
        dispatch: &Dispatch,
        org: OrgNo,
        found: &[(Engaged, Fix)],
    ) -> bool {
        let mut news = false;
        let mut reads = 0;
        for (who, fix) in found {
            let known = self.incidents.contains_key(&who.incident);
            let told = self.told.get(&who.alert);
            if told.is_some_and(|told| {
                told.at.elapsed() < TOLD_EVERY || (known && told.fix_at == fix.at)
            }) {
                continue;
            }
            if !known {
                if reads == READ_MAX {
                    continue;
                }
                reads += 1;
                match read(dispatch.ledger.incident(org, &who.incident)).await {
                    Ok(stored) => drop(self.incidents.insert(who.incident.clone(), stored)),
                    Err(error) => {
                        tracing::debug!(%error, "how far people are is as it was");
                        return news;
                    }
                }
            }
            if let Some(json) = self.json(dispatch, who, fix).await {
                news |= self.tell(&who.alert, fix.at, json);
            }
        }
        news
    }

    async fn json(&self, dispatch: &Dispatch, who: &Engaged, fix: &Fix) -> Option<String> {
        let stored = self.incidents.get(&who.incident)?;
        let alert = stored.incident.alert(&who.alert)?;
        if !alert.state.is_engaged() {
            return None;
        }
        let approach = dispatch.approach(stored, alert, fix).await?;
        serde_json::to_string(&FeedApproach::of(who, alert, &approach)).ok()
    }

    /// Keeps it; true when it is other than before.
    fn tell(&mut self, alert: &AlertId, fix_at: Timestamp, json: String) -> bool {
        let at = Instant::now();
        if let Some(told) = self.told.get_mut(alert)
            && told.way.json == json
        {
            (told.at, told.fix_at) = (at, fix_at);
            return false;
        }
        self.number += 1;
        let way = Arc::new(ApproachItem {
            number: self.number,
            json,
        });
        self.told.insert(alert.clone(), Told { at, fix_at, way });
        true
    }

    /// All that was told, by its number.
    pub(crate) fn all(&self) -> Arc<Vec<Arc<ApproachItem>>> {
        let mut all: Vec<_> = self
            .told
            .values()
            .map(|told| Arc::clone(&told.way))
            .collect();
        all.sort_unstable_by_key(|way| way.number);
        Arc::new(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whoever_was_told_is_told_again_when_it_is_other_and_asked_for_every_five_seconds() {
        let mut approaches = Approaches::default();
        let (alert, incident) = (AlertId::from("a1"), IncidentId::from("i1"));
        assert!(approaches.is_due(&incident));
        approaches.asked(&incident);
        assert!(approaches.tell(&alert, Timestamp(1), "near".to_owned()));
        assert!(!approaches.tell(&alert, Timestamp(2), "near".to_owned()));
        assert!(approaches.tell(&alert, Timestamp(3), "nearer".to_owned()));
        let all = approaches.all();
        let told: Vec<_> = all.iter().map(|way| (way.number, &*way.json)).collect();
        assert_eq!(told, [(2, "nearer")]);
        tokio::time::advance(TOLD_EVERY.saturating_sub(Duration::from_millis(1))).await;
        approaches.asked(&incident);
        assert!(
            !approaches.is_due(&incident),
            "asking early changes no turn"
        );
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(approaches.is_due(&incident));

        assert!(
            approaches.keep(|_| false, &HashSet::new()),
            "nobody is on it any more"
        );
        assert!(approaches.all().is_empty() && approaches.is_due(&incident));
    }
}
