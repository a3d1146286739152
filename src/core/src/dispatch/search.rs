//! From a place to people who could be asked.

use super::Dispatch;
use crate::domain::approach::whole_seconds;
use crate::domain::incident::{Incident, Want};
use crate::domain::place::Point;
use crate::domain::selection::Candidate;
use crate::domain::time::Timestamp;
use crate::domain::usual_places::HOLDS;
use crate::ports::Search;

/// Proposed beyond what is wanted, because the ledger will bar some of them.
const OVER_FETCH: usize = 8;

/// Proposed beyond that while asks wait for a service that takes nothing: somebody on another one
/// is found behind a street of people on the same.
const BEHIND_WAITING: usize = 256;

/// No search proposes more: the ledger reads each inside its transaction.
const PROPOSED_MAX: usize = 1024;

impl Dispatch {
    /// People in reach, over-fetched, with the time each would need. The second value says
    /// whether the index had to guess.
    pub(super) async fn candidates(
        &self,
        incident: &Incident,
        place: Point,
        want: Want,
        now: Timestamp,
    ) -> (Vec<Candidate>, bool) {
        let plan = &incident.opening.plan;
        // whoever was asked is still in reach, and in the way
        let mut limit = want.places as usize * 2 + incident.alerts.len() + OVER_FETCH;
        if incident.waiting() > 0 {
            limit += BEHIND_WAITING;
        }
        let search = Search {
            centre: place,
            orgs: vec![incident.opening.org],
            radius_m: want.radius_m,
            limit: limit.min(PROPOSED_MAX),
            weighing: plan.weighing(now),
            skills: plan.skill_set(),
            not_before: now - plan.oldest_fix(),
            places: Some(now - HOLDS),
            exercise: incident.opening.exercise,
        };
        let nearest = self.index.nearest(&search).await;
        let from: Vec<_> = nearest
            .found
            .iter()
            .map(|found| (found.fix.point, found.profile.travel))
            .collect();
        let etas = self.travel.eta_s(&from, place).await;
        let candidates = nearest
            .found
            .iter()
            .zip(etas)
            .map(|(found, eta_s)| Candidate {
                responder: found.profile.responder,
                skills: found.profile.skills,
                travel: found.profile.travel,
                distance_m: found.distance_m,
                eta_s: whole_seconds(eta_s),
                accuracy_m: f64::from(found.fix.accuracy_m),
                fix_at: found.fix.at,
                source: found.fix.source,
            })
            .collect();
        (candidates, nearest.degraded)
    }
}
