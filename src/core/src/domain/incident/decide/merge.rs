//! What it means that an emergency was reported twice.

use std::cmp::Reverse;

use super::Draft;
use crate::domain::alert::Alert;
use crate::domain::event::{Event, Outcome};
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

    /// Whoever went to the incident that stands for this one is not sent home.
    pub(super) fn merge(&mut self, of: &IncidentId, lost: &[AlertId], taken: &[AlertId]) {
        if self.incident.is_closed() {
            return;
        }
        self.let_go_lost(lost, taken);
        self.close(Outcome::Duplicate, Some(of));
    }
}
