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
            let alert = Alert {
                wave: incident.wave,
                round: incident.round,
                for_doubt: false,
                told_danger: incident.danger || alert.in_danger,
                all_clear_at: None,
                version: incident.version,
                told_version: None,
                confirmed_version: None,
                ..alert.clone()
            };
            self.emit(Event::TakenOver {
                from: from.clone(),
                alert: Box::new(alert),
            });
        }
    }

    /// Whoever went to the incident that stands for this one is not sent home.
    pub(super) fn merge(&mut self, of: &IncidentId, moved: &[AlertId]) {
        if self.incident.is_closed() {
            return;
        }
        self.stand_down(WhyStoodDown::Merged, |a| {
            a.state.is_open() && moved.contains(&a.id)
        });
        self.close(Outcome::Duplicate, Some(of));
    }
}
