//! What coordinators and call handlers do with an incident.

use super::Dispatch;
use super::search::whole_seconds;
use crate::domain::event::{Actor, Alarm, FreeText, Outcome};
use crate::domain::ids::{AlertId, IncidentId, OrgNo};
use crate::domain::incident::Command;
use crate::domain::plan::Scene;
use crate::domain::time::Millis;
use crate::ports::{Address, Decision, LedgerError, Needs, Place, PrivateChange, Stored};

/// Any of these at once; what is absent stays as it is.
#[derive(Default)]
pub struct Change {
    /// A new place: selection runs again from there.
    pub location: Option<Place>,
    /// A new address, whole.
    pub address: Option<Address>,
    /// What is known of the scene; `Unsafe` stops all waves and warns everybody.
    pub scene: Option<Scene>,
    /// Seconds until the ambulance is there.
    pub ems_eta: Option<Millis>,
    /// For the log only.
    pub note: Option<String>,
    /// To those who accepted.
    pub message: Option<String>,
    /// The version the caller saw.
    pub if_match: Option<u64>,
}

impl Dispatch {
    /// Changes an open incident.
    pub async fn change(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        change: Change,
    ) -> Result<Stored, LedgerError> {
        let now = self.clock.now();
        let distances = match change.location {
            Some(place) => self.distances(org, id, place).await?,
            None => Vec::new(),
        };
        let mut commands = Vec::new();
        // danger first: nobody is told a new address before being told to stay away
        commands.extend(change.scene.map(Command::SetScene));
        commands.extend(change.location.map(|_| Command::Move(distances)));
        commands.extend(change.address.as_ref().map(|_| Command::SetAddress));
        commands.extend(
            change
                .ems_eta
                .map(|eta| Command::SetEmsEta(Some(now + eta))),
        );
        commands.extend(change.note.map(|text| Command::Note(FreeText(text))));
        let message = change.message.clone();
        commands.extend(change.message.map(|text| Command::Message(FreeText(text))));
        let committed = self
            .commit(Decision {
                org,
                incident: id.clone(),
                actor: actor.clone(),
                now,
                needs: Needs {
                    if_match: change.if_match,
                    ..Needs::default()
                },
                private: PrivateChange {
                    location: change.location,
                    address: change.address,
                    message,
                },
                rule: Box::new(move |_, _| commands),
            })
            .await?;
        self.filled(org, committed.stored, actor).await
    }

    /// Starts a held incident.
    pub async fn release(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        reason: String,
    ) -> Result<Stored, LedgerError> {
        let commands = vec![Command::Release(FreeText(reason))];
        let committed = self.decide(org, id, actor.clone(), commands).await?;
        self.filled(org, committed.stored, actor).await
    }

    /// Next wave now, unless it already is past `from_wave`.
    pub async fn widen(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        from_wave: u32,
    ) -> Result<Stored, LedgerError> {
        let commands = vec![Command::Widen { from_wave }];
        let committed = self.decide(org, id, actor.clone(), commands).await?;
        self.filled(org, committed.stored, actor).await
    }

    /// Ends it. A duplicate names the incident that stands for it, in the same organisation.
    pub async fn close(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        (outcome, of): (Outcome, Option<IncidentId>),
    ) -> Result<Stored, LedgerError> {
        if let Some(of) = &of {
            self.ledger.incident(org, of).await?;
        }
        let commands = vec![Command::Close(outcome, of)];
        Ok(self.decide(org, id, actor, commands).await?.stored)
    }

    /// A named person knows of an alarm; an incident that is over may still have one.
    pub async fn acknowledge(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        alarm: Alarm,
    ) -> Result<Stored, LedgerError> {
        let commands = vec![Command::Acknowledge(alarm, actor.subject.clone())];
        Ok(self.decide(org, id, actor, commands).await?.stored)
    }

    /// Opens it again, within 30 minutes.
    pub async fn reopen(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        reason: String,
    ) -> Result<Stored, LedgerError> {
        let commands = vec![Command::Reopen(FreeText(reason))];
        let committed = self.decide(org, id, actor.clone(), commands).await?;
        self.filled(org, committed.stored, actor).await
    }

    /// The incident after the search that a desk's action calls for: a person who acts sees the
    /// effect in the answer. Should the search fail, the timer does it again.
    async fn filled(
        &self,
        org: OrgNo,
        stored: Stored,
        actor: Actor,
    ) -> Result<Stored, LedgerError> {
        if stored.incident.wants(self.clock.now()).is_none() {
            return Ok(stored);
        }
        self.fill(org, &stored, actor).await?;
        self.ledger.incident(org, &stored.incident.opening.id).await
    }

    /// Distance in metres and time in seconds from everybody with an open alert to a new place.
    async fn distances(
        &self,
        org: OrgNo,
        id: &IncidentId,
        place: Place,
    ) -> Result<Vec<(AlertId, f64, u32)>, LedgerError> {
        let stored = self.ledger.incident(org, id).await?;
        let open: Vec<_> = stored
            .incident
            .alerts
            .iter()
            .filter(|alert| alert.state.is_open())
            .collect();
        let responders: Vec<_> = open.iter().map(|alert| alert.responder).collect();
        let mut distances = Vec::with_capacity(open.len());
        for (responder, fix) in self.index.fixes(&responders).await {
            let travel = crate::domain::responder::Travel::default();
            let eta_s = self.travel.eta_s(&[(fix.point, travel)], place.point).await;
            let alert = open.iter().find(|alert| alert.responder == responder);
            // whoever is on the way is not where they usually are
            let alert = alert.filter(|alert| fix.source.is_live() || !alert.state.is_engaged());
            if let (Some(alert), Some(eta_s)) = (alert, eta_s.first()) {
                let metres = fix.point.distance_m(place.point);
                distances.push((alert.id.clone(), metres, whole_seconds(*eta_s)));
            }
        }
        Ok(distances)
    }
}
