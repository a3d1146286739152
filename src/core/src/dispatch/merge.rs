//! One emergency that was reported twice: whoever is on the one report goes on with the other.
//!
//! The incident that stands for both takes people over first, with the claim on each, and then the
//! duplicate is closed. Should nothing come after the first half, the duplicate finds by itself that
//! they went elsewhere, and whoever asks again ends it.

use super::Dispatch;
use crate::domain::alert::Alert;
use crate::domain::event::{Actor, Event};
use crate::domain::ids::{AlertId, IncidentId, OrgNo};
use crate::domain::incident::Command;
use crate::domain::responder::{Bar, Eligibility};
use crate::domain::selection::Candidate;
use crate::ports::{Decision, LedgerError, Needs, PrivateChange, Stored};

impl Dispatch {
    /// Ends an incident as a duplicate of `of`, which may ask whoever was only asked before.
    pub(super) async fn merge(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        of: IncidentId,
    ) -> Result<Stored, LedgerError> {
        let taken = self.take_over(org, id, &of, &actor).await?;
        let has_moved = !taken.is_empty();
        let into = of.clone();
        let merged = self
            .commit(Decision {
                org,
                incident: id.clone(),
                actor: actor.clone(),
                now: self.clock.now(),
                needs: Needs {
                    lost_claims: true,
                    ..Needs::default()
                },
                private: PrivateChange::default(),
                rule: Box::new(move |_, facts| {
                    vec![Command::Merge {
                        of: into,
                        lost: facts.lost,
                        taken,
                    }]
                }),
            })
            .await
            .map_err(|error| match error {
                // the other incident has them already
                LedgerError::Unavailable(why) if has_moved => LedgerError::OutcomeUnknown(why),
                error => error,
            })?;
        let other = self.ledger.incident(org, &of).await?;
        // should the search fail, the timer does it again: this one is closed all the same
        drop(self.fill(org, &other, actor).await);
        Ok(merged.stored)
    }

    /// The alerts of `from` whose people `to` has taken over.
    async fn take_over(
        &self,
        org: OrgNo,
        from: &IncidentId,
        to: &IncidentId,
        actor: &Actor,
    ) -> Result<Vec<AlertId>, LedgerError> {
        let target = self.ledger.incident(org, to).await?.incident;
        let source = self.ledger.incident(org, from).await?.incident;
        let is_engaged = |alert: &&Alert| alert.state.is_engaged();
        let engaged: Vec<Alert> = source.alerts.iter().filter(is_engaged).cloned().collect();
        let same = target.opening.exercise == source.opening.exercise;
        if engaged.is_empty() || !same || source.is_closed() || target.is_closed() {
            return Ok(Vec::new());
        }
        let from = from.clone();
        let committed = self
            .commit(Decision {
                org,
                incident: to.clone(),
                actor: actor.clone(),
                now: self.clock.now(),
                needs: Needs {
                    candidates: engaged.iter().map(again).collect(),
                    ..Needs::default()
                },
                private: PrivateChange::default(),
                rule: Box::new(move |_, facts| {
                    let alerts = facts.candidates.iter().filter_map(|(_, person)| {
                        let before = engaged.iter().find(|a| a.responder == person.responder)?;
                        is_still_on(before, person).then(|| before.clone())
                    });
                    vec![Command::TakeOver(from, alerts.collect())]
                }),
            })
            .await?;
        let replaced = |event: &Event| match event {
            Event::TakenOver { alert, .. } => alert.replaces.last().cloned(),
            _ => None,
        };
        let events = committed.events.iter();
        Ok(events
            .filter_map(|recorded| replaced(&recorded.event))
            .collect())
    }
}

/// Somebody on an incident, to be looked at once more.
fn again(alert: &Alert) -> Candidate {
    Candidate {
        responder: alert.responder,
        skills: alert.skills,
        travel: alert.travel,
        distance_m: alert.distance_m,
        eta_s: alert.eta_s,
        accuracy_m: 0.0,
        fix_at: alert.created_at,
        source: alert.position,
    }
}

/// Whether the alert still holds its responder, who may respond at all.
fn is_still_on(alert: &Alert, person: &Eligibility) -> bool {
    let barred = matches!(
        person.barred,
        Some(Bar::NotVerified | Bar::OtherOrganisation)
    );
    !barred && person.held_by.as_ref() == Some(&alert.id)
}
