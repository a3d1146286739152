//! What phones say about an alert.

use super::Dispatch;
use crate::domain::alert::Alert;
use crate::domain::event::{Actor, FinishReason, FreeText};
use crate::domain::ids::{AlertId, OrgNo, ResponderNo};
use crate::domain::incident::{Command, Receipt};
use crate::ports::{Decision, LedgerError, Needs, PrivateChange, Stored};

/// An answer that is decided under the incident's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes; `knowing` that the scene is unsafe, where people are asked all the same.
    Accept {
        /// They were told, and said yes a second time.
        knowing: bool,
    },
    /// No, or not any more.
    Decline,
    /// On my way.
    Depart,
    /// I am here.
    Arrive,
    /// I am with the patient.
    WithPatient,
    /// I am done, and perhaps why.
    Finish(Option<FinishReason>),
    /// I am not safe.
    Unsafe,
    /// I am safe now.
    Safe,
}

/// Who answers what.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The responder's organisation.
    pub org: OrgNo,
    /// The responder.
    pub responder: ResponderNo,
    /// Role, subject and device for the log.
    pub actor: Actor,
    /// Which alert.
    pub alert: AlertId,
    /// What they add in words.
    pub reason: FreeText,
}

impl Dispatch {
    /// Decides an answer. Returns the incident as it is now and the alert that was answered: that of
    /// the other report when the emergency was reported twice and they went on with that one, which
    /// a phone without a line does not know.
    pub async fn answer(
        &self,
        reply: Reply,
        answer: Answer,
    ) -> Result<(Stored, AlertId), LedgerError> {
        let named = reply.alert.clone();
        let stored = self.answer_one(&reply, named.clone(), answer, true).await?;
        if !stored.incident.alert(&named).is_some_and(Alert::is_merged) {
            return Ok((stored, named));
        }
        // where they are done there, too, it is of the one that they named
        let next = self.goes_on_as(reply.responder, &named).await?;
        let alert = next.unwrap_or(named);
        let stored = self
            .answer_one(&reply, alert.clone(), answer, false)
            .await?;
        Ok((stored, alert))
    }

    /// Decides an answer to this alert. With `goes_on` nothing is decided where another report has
    /// the responder.
    async fn answer_one(
        &self,
        reply: &Reply,
        alert: AlertId,
        answer: Answer,
        goes_on: bool,
    ) -> Result<Stored, LedgerError> {
        let incident = self.ledger.incident_of(reply.responder, &alert).await?;
        let reason = reply.reason.clone();
        let committed = self
            .commit(Decision {
                org: reply.org,
                incident,
                actor: reply.actor.clone(),
                now: self.clock.now(),
                needs: Needs {
                    claim_for: matches!(answer, Answer::Accept { .. }).then(|| alert.clone()),
                    ..Needs::default()
                },
                private: PrivateChange::default(),
                rule: Box::new(move |incident, facts| {
                    if goes_on && incident.alert(&alert).is_some_and(Alert::is_merged) {
                        return Vec::new();
                    }
                    vec![match answer {
                        Answer::Accept { knowing } => Command::Accept {
                            alert,
                            claim: facts.claim,
                            knowing,
                        },
                        Answer::Decline => Command::Decline(alert, reason),
                        Answer::Depart => Command::Depart(alert),
                        Answer::Arrive => Command::Arrive(alert),
                        Answer::WithPatient => Command::WithPatient(alert),
                        Answer::Finish(why) => Command::Finish(alert, why),
                        Answer::Unsafe => Command::Unsafe(alert, reason),
                        Answer::Safe => Command::Safe(alert),
                    }]
                }),
            })
            .await?;
        Ok(committed.stored)
    }

    /// The open alert of another report that goes on for this one.
    async fn goes_on_as(
        &self,
        responder: ResponderNo,
        alert: &AlertId,
    ) -> Result<Option<AlertId>, LedgerError> {
        let open = self.ledger.alerts_of(responder).await?;
        let mut alerts = open.iter().flat_map(|stored| &stored.incident.alerts);
        let next = alerts
            .find(|a| a.responder == responder && a.state.is_open() && a.replaces.contains(alert));
        Ok(next.map(|a| a.id.clone()))
    }

    /// Records a phone's proof. Touches the alert alone. Returns the incident as it is now.
    pub async fn receipt(&self, reply: Reply, receipt: Receipt) -> Result<Stored, LedgerError> {
        let now = self.clock.now();
        let incident = self
            .ledger
            .receipt(reply.responder, &reply.alert, receipt, reply.actor, now)
            .await?;
        self.bus.changed();
        self.ledger.incident(reply.org, &incident).await
    }
}
