//! Something happened.

use super::Dispatch;
use crate::domain::event::Actor;
use crate::domain::ids::OrgNo;
use crate::domain::incident::{Incident, Opening, PlaceKind};
use crate::domain::kind;
use crate::domain::plan::Scene;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{LedgerError, Private, Raise, Raised, Source};

/// What a call handler, or the control room's software, says.
pub struct Report {
    /// Whose incident it is.
    pub org: OrgNo,
    /// Who says so.
    pub actor: Actor,
    /// What happened, in the sender's word.
    pub kind: String,
    /// Where, and how to find it.
    pub private: Private,
    /// The sender's name for it.
    pub source: Option<Source>,
    /// When the call began.
    pub called_at: Option<Timestamp>,
    /// The patient's age in years.
    pub patient_age_y: Option<u16>,
    /// What is known of the scene.
    pub scene: Scene,
    /// What kind of place it is.
    pub place: PlaceKind,
    /// Seconds until the ambulance is there.
    pub ems_eta: Option<Millis>,
    /// Not a real emergency.
    pub exercise: bool,
    /// The sender's key and the canonical form of its body.
    pub idempotency: (String, Vec<u8>),
}

impl Dispatch {
    /// Raises an incident and alerts the nearest. The second value warns that positions were
    /// guessed because the live index could not be asked. The index has yet to be told of the
    /// profiles that it gives: see [`Self::tell_index`].
    pub async fn raise(&self, mut report: Report) -> Result<(Raised, bool), LedgerError> {
        let now = self.clock.now();
        let (kind, word) = kind::public(report.kind, &self.plans);
        report.private.kind = word;
        let opening = Opening {
            id: self.ids.incident(),
            org: report.org,
            plan: self.plans.of_kind(&kind).0.clone(),
            kind,
            exercise: report.exercise,
            scene: report.scene,
            place: report.place,
            patient_age_y: report.patient_age_y,
            called_at: report.called_at,
            ems_eta_at: report.ems_eta.map(|eta| now + eta),
            opened_at: now,
        };
        let (incident, _) = Incident::raise(opening);
        let (candidates, degraded) = match incident.wants(now) {
            Some(want) => {
                self.candidates(&incident, report.private.location.point, want, now)
                    .await
            }
            None => (Vec::new(), false),
        };
        let mut raised = self
            .ledger
            .raise(Raise {
                actor: report.actor,
                opening: incident.opening,
                private: report.private,
                source: report.source,
                idempotency: report.idempotency,
                candidates,
                complete: !degraded,
            })
            .await?;
        // whoever answers has handed the pushes on, whether it was this raise or one before it
        self.announce(raised.committed());
        Ok((raised, degraded))
    }
}
