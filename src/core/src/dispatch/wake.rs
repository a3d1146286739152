//! An instant came: look whether it means something for this incident.

use std::borrow::Cow;

use super::Dispatch;
use crate::domain::event::{Actor, Event, Recorded};
use crate::domain::ids::{IncidentId, OrgNo};
use crate::domain::incident::{Command, Incident, Want};
use crate::domain::plan::WAVES_MAX;
use crate::domain::time::Timestamp;
use crate::ports::{Decision, LedgerError, Needs, PrivateChange, Stored};

impl Dispatch {
    /// Lets time pass for an incident, then asks more people if too few are coming.
    pub async fn wake(&self, org: OrgNo, id: &IncidentId) -> Result<(), LedgerError> {
        let before = self.ledger.incident(org, id).await?;
        let engaged: Vec<_> = before
            .incident
            .alerts
            .iter()
            .filter(|alert| alert.state.is_engaged())
            .map(|alert| alert.responder)
            .collect();
        let heard: Vec<_> = self
            .index
            .fixes(&engaged)
            .await
            .into_iter()
            // hours that run are no sign of life
            .filter(|(_, fix)| fix.source.is_live())
            .map(|(responder, fix)| (responder, fix.at))
            .collect();
        let committed = self
            .commit(Decision {
                org,
                incident: id.clone(),
                actor: Actor::timer(),
                now: self.clock.now(),
                needs: Needs {
                    lost_claims: true,
                    ..Needs::default()
                },
                private: PrivateChange::default(),
                rule: Box::new(move |_, facts| {
                    vec![Command::Wake {
                        lost: facts.lost,
                        heard,
                    }]
                }),
            })
            .await?;
        self.fill(org, &committed.stored, Actor::timer()).await
    }

    /// Searches and asks, if the incident wants somebody asked now, and searches further at once
    /// where a wave finds nobody. A search says nothing of a wave that looks further: when another
    /// look has begun one meanwhile, nobody is asked for it before it was searched as well.
    pub(super) async fn fill(
        &self,
        org: OrgNo,
        stored: &Stored,
        actor: Actor,
    ) -> Result<(), LedgerError> {
        let now = self.clock.now();
        let mut stored = Cow::Borrowed(stored);
        for _ in 0..WAVES_MAX {
            let (Some(want), Some(private)) = (stored.incident.wants(now), &stored.private) else {
                break;
            };
            let place = private.location.point;
            let (candidates, degraded) = self.candidates(&stored.incident, place, want, now).await;
            let committed = self
                .commit(Decision {
                    org,
                    incident: stored.incident.opening.id.clone(),
                    actor: actor.clone(),
                    now,
                    needs: Needs {
                        connected: candidates
                            .iter()
                            .map(|candidate| candidate.responder)
                            .filter(|of| self.bus.connected(*of))
                            .collect(),
                        candidates,
                        ..Needs::default()
                    },
                    private: PrivateChange::default(),
                    rule: Box::new(move |incident, facts| {
                        if wants_further(incident, want, now) {
                            return Vec::new();
                        }
                        vec![Command::Ask {
                            candidates: facts.candidates,
                            complete: !degraded,
                        }]
                    }),
                })
                .await?;
            let is_empty = |r: &Recorded| matches!(r.event, Event::WaveEmpty { .. });
            let is_empty = committed.events.iter().any(is_empty);
            if !is_empty && !wants_further(&committed.stored.incident, want, now) {
                break;
            }
            stored = Cow::Owned(committed.stored);
        }
        Ok(())
    }
}

/// Whether people are wanted from further away than was searched.
fn wants_further(incident: &Incident, searched: Want, now: Timestamp) -> bool {
    let wants = incident.wants(now);
    wants.is_some_and(|want| want.radius_m > searched.radius_m)
}
