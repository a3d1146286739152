//! Whether those on their way are at the address, as their positions come.
//!
//! A node knows of those whose incident it decided about since it started. What it does not know is
//! not seen: then nobody is said to be at an address, and silence is doubted as ever.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Dispatch;
use crate::domain::alert::Alert;
use crate::domain::event::Actor;
use crate::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use crate::domain::incident::Command;
use crate::domain::place::Point;
use crate::domain::presence::{Change, Presence};
use crate::domain::responder::Fix;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::Stored;

/// No node follows more people on their way; those beyond are not seen to be at an address.
const FOLLOWED_MAX: usize = 65_536;

/// Where there is no more room, whoever said yes longer ago than this makes some: another node may
/// have let them go, which this one does not see.
const FOLLOWED_FOR: Millis = Millis::from_s(4 * 3600);

/// Somebody on their way.
struct Coming {
    org: OrgNo,
    incident: IncidentId,
    alert: AlertId,
    place: Point,
    /// When they said yes.
    since: Timestamp,
    presence: Presence,
}

/// Those on their way, by their number.
#[derive(Default)]
pub(super) struct Engaged(Mutex<HashMap<ResponderNo, Coming>>);

impl Engaged {
    /// Takes a decision into account: who is coming now, and to where.
    pub(super) fn follow(&self, stored: &Stored) {
        let said_yes = |a: &&Alert| a.accepted_at.is_some();
        let mut alerts = stored.incident.alerts.iter().filter(said_yes).peekable();
        if alerts.peek().is_none() {
            return;
        }
        let place = stored.private.as_ref().map(|p| p.location.point);
        let newest = alerts.clone().filter_map(|alert| alert.accepted_at).max();
        let mut coming = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(newest) = newest.filter(|_| coming.len() >= FOLLOWED_MAX) {
            coming.retain(|_, known| newest - known.since < FOLLOWED_FOR);
        }
        for alert in alerts {
            let has_room = coming.len() < FOLLOWED_MAX;
            let known = coming.get_mut(&alert.responder);
            match (place, known) {
                (Some(place), Some(known)) if known.alert == alert.id => {
                    if alert.state.is_coming() {
                        known.place = place;
                        known.presence.set(alert.at_address);
                    } else {
                        coming.remove(&alert.responder);
                    }
                }
                (Some(place), _) if alert.state.is_coming() && has_room => {
                    coming.insert(alert.responder, Coming::of(stored, alert, place));
                }
                _ => {}
            }
        }
    }

    /// Whether a position begins or ends somebody's presence at an address.
    fn take(&self, who: ResponderNo, fix: &Fix) -> Option<(OrgNo, IncidentId, Command)> {
        let mut coming = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = coming.get_mut(&who)?;
        let change = known.presence.follow(fix, known.place)?;
        let command = Command::Presence(known.alert.clone(), change == Change::Arrived);
        Some((known.org, known.incident.clone(), command))
    }
}

impl Coming {
    fn of(stored: &Stored, alert: &Alert, place: Point) -> Self {
        let mut presence = Presence::default();
        presence.set(alert.at_address);
        Self {
            org: stored.incident.opening.org,
            incident: stored.incident.opening.id.clone(),
            alert: alert.id.clone(),
            place,
            since: alert.accepted_at.unwrap_or(alert.created_at),
            presence,
        }
    }
}

impl Dispatch {
    /// A position of somebody came. Should the decision fail, the next visit is seen again.
    pub(super) async fn follow_presence(&self, who: ResponderNo, fix: &Fix) {
        if let Some((org, incident, command)) = self.tracks.engaged.take(who, fix) {
            drop(
                self.decide(org, &incident, Actor::timer(), vec![command])
                    .await,
            );
        }
    }
}
