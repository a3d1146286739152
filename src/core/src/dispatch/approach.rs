//! Where those are who are on an incident, seen from its place.

use std::collections::HashMap;

use super::Dispatch;
use crate::domain::alert::Alert;
use crate::domain::approach::Approach;
use crate::domain::ids::{AlertId, ResponderNo};
use crate::domain::responder::Fix;
use crate::ports::Stored;

/// How far each engaged alert is, as far as a position is known since the yes.
pub type Approaches = HashMap<AlertId, Approach>;

impl Dispatch {
    /// Of everybody who is on one of these incidents, by one question to the index.
    pub async fn approaches<'a>(&self, of: impl IntoIterator<Item = &'a Stored>) -> Approaches {
        let mut engaged: Vec<(&Stored, &Alert)> = Vec::new();
        for stored in of {
            let alerts = stored.incident.alerts.iter();
            engaged.extend(alerts.filter(|a| a.state.is_engaged()).map(|a| (stored, a)));
        }
        if engaged.is_empty() {
            return Approaches::new();
        }
        let responders: Vec<ResponderNo> = engaged.iter().map(|(_, a)| a.responder).collect();
        let fixes: HashMap<ResponderNo, Fix> =
            self.index.fixes(&responders).await.into_iter().collect();
        let mut approaches = Approaches::with_capacity(engaged.len());
        for (stored, alert) in engaged {
            if let Some(fix) = fixes.get(&alert.responder)
                && let Some(approach) = self.approach(stored, alert, fix).await
            {
                approaches.insert(alert.id.clone(), approach);
            }
        }
        approaches
    }

    /// Of one, from a position that is already known.
    pub async fn approach(&self, stored: &Stored, alert: &Alert, fix: &Fix) -> Option<Approach> {
        let place = stored.private.as_ref()?.location.point;
        let from = [(fix.point, alert.travel)];
        let travel_s = *self.travel.eta_s(&from, place).await.first()?;
        Approach::of(alert, fix, place, travel_s, self.clock.now())
    }
}
