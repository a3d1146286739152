//! What it means that an emergency was reported twice.

use std::cmp::Reverse;

use super::Draft;
use crate::domain::alert::Alert;
use crate::domain::event::{Event, Outcome, WhyStoodDown};
use crate::domain::ids::{AlertId, IncidentId};

impl Draft {
    /// All of them, also beyond the places: whoever said yes and is going there is not told to stop
    /// because of a second report. First those who are there, then those who are there soonest. An
    /// incident that is over takes nobody over.
    pub(super) fn take_over(&mut self, from: &IncidentId, alerts: &[Alert]) {
        if self.incident.is_closed() {
            return;
        }
        let mut alerts: Vec<&Alert> = alerts.iter().collect();
        alerts.sort_by_key(|alert| (Reverse(alert.state), alert.eta_s));
        for alert in alerts {
            let incident = &self.incident;
            let id = AlertId::at(&incident.opening.id, incident.alerts.len());
            let alert = Alert {
                // no wave of this incident asked them
                wave: 0,
                round: incident.round,
                for_doubt: false,
                // the places may differ; their next positions say
                at_address: false,
                told_danger: incident.danger || alert.in_danger,
                all_clear_at: None,
                version: incident.version,
                told_version: None,
                confirmed_version: None,
                ..alert.renamed(id)
            };
            self.emit(Event::TakenOver {
                from: from.clone(),
                alert: Box::new(alert),
            });
        }
    }

    /// Those of `lost` are held by another incident now; `taken` are known to be on another report of
    /// the same. Nobody who said yes to an emergency is called away from it, so of those another
    /// report has taken over all, also when the word that it did was lost.
    pub(super) fn let_go_lost(&mut self, lost: &[AlertId], taken: &[AlertId]) {
        let is_exercise = self.incident.opening.exercise;
        self.stand_down(WhyStoodDown::Merged, |a| {
            a.state.is_engaged() && lost.contains(&a.id) && (!is_exercise || taken.contains(&a.id))
        });
        self.stand_down(WhyStoodDown::CalledElsewhere, |a| {
            a.state.holds_claim() && lost.contains(&a.id)
        });
    }

    /// Whoever went to the incident that stands for this one is not sent home.
    pub(super) fn merge(&mut self, of: &IncidentId, lost: &[AlertId], taken: &[AlertId]) {
        if self.incident.is_closed() {
            return;
        }
        self.let_go_lost(lost, taken);
        self.close(Outcome::Duplicate, Some(of));
    }
}
