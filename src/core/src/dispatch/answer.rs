//! What phones say about an alert.

use super::Dispatch;
use crate::domain::event::{Actor, FreeText};
use crate::domain::ids::{AlertId, OrgNo, ResponderNo};
use crate::domain::incident::{Command, Receipt};
use crate::ports::{Decision, LedgerError, Needs, PrivateChange, Stored};

/// An answer that is decided under the incident's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Accept,
    /// No, or not any more.
    Decline,
    /// On my way.
    Depart,
    /// I am here.
    Arrive,
    /// I am with the patient.
    WithPatient,
    /// I am done.
    Finish,
    /// I am not safe.
    Unsafe,
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
    /// Decides an answer. Returns the incident as it is now.
    pub async fn answer(&self, reply: Reply, answer: Answer) -> Result<Stored, LedgerError> {
        let incident = self
            .ledger
            .incident_of(reply.responder, &reply.alert)
            .await?;
        let alert = reply.alert;
        let reason = reply.reason;
        let committed = self
            .commit(Decision {
                org: reply.org,
                incident,
                actor: reply.actor,
                now: self.clock.now(),
                needs: Needs {
                    claim_for: (answer == Answer::Accept).then(|| alert.clone()),
                    ..Needs::default()
                },
                private: PrivateChange::default(),
                rule: Box::new(move |_, facts| {
                    vec![match answer {
                        Answer::Accept => Command::Accept(alert, facts.claim),
                        Answer::Decline => Command::Decline(alert, reason),
                        Answer::Depart => Command::Depart(alert),
                        Answer::Arrive => Command::Arrive(alert),
                        Answer::WithPatient => Command::WithPatient(alert),
                        Answer::Finish => Command::Finish(alert),
                        Answer::Unsafe => Command::Unsafe(alert, reason),
                    }]
                }),
            })
            .await?;
        Ok(committed.stored)
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
