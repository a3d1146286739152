//! What coordinators and call handlers do with an incident.

use super::Dispatch;
use crate::domain::alert::AlertState;
use crate::domain::approach::whole_seconds;
use crate::domain::event::{Actor, Alarm, FreeText, Outcome};
use crate::domain::ids::{AlertId, IncidentId, OrgNo};
use crate::domain::incident::{Command, Correction, PlaceKind};
use crate::domain::kind;
use crate::domain::plan::Scene;
use crate::domain::time::Millis;
use crate::ports::{
    Address, Decision, LedgerError, Location, Needs, Private, PrivateChange, Stored,
};

/// What becomes of the address.
pub enum AddressChange {
    /// A new one, whole.
    Set(Address),
    /// There is none.
    Remove,
    /// The one of the old place is right for the new one, too.
    Confirm,
}

/// Any of these at once; what is absent stays as it is.
#[derive(Default)]
pub struct Change {
    /// Another kind of emergency, in the sender's word.
    pub kind: Option<String>,
    /// A new place: selection runs again from there.
    pub location: Option<Location>,
    /// What becomes of the address.
    pub address: Option<AddressChange>,
    /// The patient's age in years, or that it is not known.
    #[expect(
        clippy::option_option,
        reason = "absent, removed and new are three things"
    )]
    pub patient_age_y: Option<Option<u16>>,
    /// What kind of place it is.
    pub place: Option<PlaceKind>,
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

/// A place that moved no further than this, or than the old one was uncertain, is the same place,
/// better known; metres.
const SAME_PLACE_M: f64 = 50.0;

/// Whether an address that was known for `private` may be wrong at the new place.
fn is_doubtful(private: &Private, to: Location) -> bool {
    let from = private.location;
    let same = from.uncertainty_m.unwrap_or_default().max(SAME_PLACE_M);
    !private.address.is_empty() && from.point.distance_m(to.point) > same
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
        let kind = change.kind.map(|kind| {
            let (kind, word) = kind::public(kind, &self.plans);
            let plan = self.plans.of_kind(&kind).0.clone();
            (Command::SetKind(kind, Box::new(plan)), word)
        });
        let (kind, word) = kind.unzip();
        let location = change.location;
        let (address, about_address) = match change.address {
            None => (None, None),
            Some(AddressChange::Set(address)) => (Some(address), Some(Command::SetAddress)),
            Some(AddressChange::Remove) => (Some(Address::default()), Some(Command::RemoveAddress)),
            Some(AddressChange::Confirm) => (None, Some(Command::ConfirmAddress)),
        };
        let message = change.message.clone();
        // danger first: nobody is told a new address before being told to stay away
        let first: Vec<Command> = change.scene.map(Command::SetScene).into_iter().collect();
        let keeps_address = about_address.is_none();
        let then = [
            about_address,
            kind,
            change.patient_age_y.map(Command::SetPatient),
            change.place.map(Command::SetPlaceKind),
            change
                .ems_eta
                .map(|eta| Command::SetEmsEta(Some(now + eta))),
            change.note.map(|text| Command::Note(FreeText(text))),
            change.message.map(|text| Command::Message(FreeText(text))),
        ];
        let committed = self
            .commit(Decision {
                org,
                incident: id.clone(),
                actor: actor.clone(),
                now,
                needs: Needs {
                    if_match: change.if_match,
                    private: location.is_some(),
                    ..Needs::default()
                },
                private: PrivateChange {
                    location,
                    address,
                    message,
                    kind: word,
                },
                rule: Box::new(move |_, facts| {
                    let moves = location.map(|to| Command::Move {
                        distances,
                        address_doubtful: keeps_address
                            && facts.private.is_some_and(|old| is_doubtful(&old, to)),
                    });
                    let then = then.into_iter().flatten();
                    first.into_iter().chain(moves).chain(then).collect()
                }),
            })
            .await?;
        self.filled(org, committed.stored, actor).await
    }

    /// Starts a held incident. `override_scene` lets people be asked although the scene is unsafe;
    /// the log names whose decision that was.
    pub async fn release(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        (reason, override_scene): (String, bool),
    ) -> Result<Stored, LedgerError> {
        let by = override_scene.then(|| actor.subject.clone());
        let commands = vec![Command::Release(FreeText(reason), by)];
        let committed = self.decide(org, id, actor.clone(), commands).await?;
        self.filled(org, committed.stored, actor).await
    }

    /// One person is not needed any more.
    pub async fn stand_down(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        (alert, reason): (AlertId, String),
    ) -> Result<Stored, LedgerError> {
        let commands = vec![Command::StandDown(alert, FreeText(reason))];
        let committed = self.decide(org, id, actor.clone(), commands).await?;
        self.filled(org, committed.stored, actor).await
    }

    /// Takes back a mistaken arrival or end: `to` is where somebody really stands.
    pub async fn correct(
        &self,
        org: OrgNo,
        id: &IncidentId,
        actor: Actor,
        (alert, to, reason): (AlertId, AlertState, String),
    ) -> Result<Stored, LedgerError> {
        let committed = self
            .commit(Decision {
                org,
                incident: id.clone(),
                actor: actor.clone(),
                now: self.clock.now(),
                needs: Needs {
                    claim_for: Some(alert.clone()),
                    ..Needs::default()
                },
                private: PrivateChange::default(),
                rule: Box::new(move |_, facts| {
                    vec![Command::Correct(Correction {
                        alert,
                        to,
                        reason: FreeText(reason),
                        claim: facts.claim,
                    })]
                }),
            })
            .await?;
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
        if let Some(of) = of {
            return self.merge(org, id, actor, of).await;
        }
        let commands = vec![Command::Close(outcome, None)];
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
        place: Location,
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
            let alert = open.iter().find(|alert| alert.responder == responder);
            // whoever is on the way is not where they usually are
            let alert = alert.filter(|alert| fix.source.is_live() || !alert.state.is_engaged());
            let Some(alert) = alert else {
                continue;
            };
            let from = [(fix.point, alert.travel)];
            if let Some(eta_s) = self.travel.eta_s(&from, place.point).await.first() {
                let metres = fix.point.distance_m(place.point);
                distances.push((alert.id.clone(), metres, whole_seconds(*eta_s)));
            }
        }
        Ok(distances)
    }
}
