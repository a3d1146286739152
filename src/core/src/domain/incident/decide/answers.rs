//! What phones say, and whether it still counts: a yes, also a late one, a no, an arrival, an end.

use super::{Draft, Refusal};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Event, FreeText};
use crate::domain::ids::AlertId;
use crate::domain::responder::Claim;

impl Draft {
    pub(super) fn find(&self, id: &AlertId) -> Result<&Alert, Refusal> {
        self.incident.alert(id).ok_or(Refusal::NoSuchAlert)
    }

    /// A yes, also a late one: after the answer window, as long as the ask stands.
    pub(super) fn accept(
        &mut self,
        id: &AlertId,
        claim: Option<&Claim>,
        knowing: bool,
    ) -> Result<(), Refusal> {
        let alert = self.find(id)?;
        let state = alert.state;
        if state.is_accepted() {
            return Ok(());
        }
        let full = self.incident.accepted() >= self.incident.opening.plan.capacity();
        self.must_be_open()?;
        if state == AlertState::Expired || (state.is_open() && self.now >= alert.expires_at) {
            return Err(Refusal::AlertExpired);
        }
        if !state.is_open() {
            let stood_down = state == AlertState::StoodDown && full;
            return Err(if stood_down {
                Refusal::AlreadyCovered
            } else {
                Refusal::AlertEnded
            });
        }
        if full {
            return Err(Refusal::AlreadyCovered);
        }
        let real = !self.incident.opening.exercise;
        if claim.is_some_and(|c| c.alert != *id && c.engaged && !(c.exercise && real)) {
            return Err(Refusal::AlreadyEngaged);
        }
        if self.incident.overridden.is_some() && !knowing {
            return Err(Refusal::SceneUnsafe);
        }
        self.emit(Event::Accepted { alert: id.clone() });
        Ok(())
    }

    pub(super) fn decline(&mut self, id: &AlertId, reason: &FreeText) -> Result<(), Refusal> {
        let state = self.find(id)?.state;
        let (alert, reason) = (id.clone(), reason.clone());
        if matches!(state, AlertState::Declined | AlertState::Withdrawn) {
            return Ok(());
        }
        if !state.is_open() {
            return Err(self.ended(state));
        }
        self.emit(if state.is_engaged() {
            Event::Withdrawn { alert, reason }
        } else {
            Event::Declined { alert, reason }
        });
        Ok(())
    }

    pub(super) fn progress(
        &mut self,
        id: &AlertId,
        to: AlertState,
        event: impl Fn(AlertId) -> Event,
    ) -> Result<(), Refusal> {
        let state = self.find(id)?.state;
        if state.is_accepted() {
            if state < to {
                self.emit(event(id.clone()));
            }
            return Ok(());
        }
        if state.is_terminal() {
            return Err(self.ended(state));
        }
        Err(Refusal::NotAccepted)
    }

    /// Who is with the patient is there, whether they said so or not. After the end it comes too
    /// late to say when that was.
    pub(super) fn with_patient(&mut self, id: &AlertId) -> Result<(), Refusal> {
        self.progress(id, AlertState::OnScene, |alert| Event::Arrived { alert })?;
        let alert = self.find(id)?;
        if alert.state == AlertState::OnScene && alert.with_patient_at.is_none() {
            self.emit(Event::ReachedPatient { alert: id.clone() });
        }
        Ok(())
    }

    pub(super) fn ended(&self, state: AlertState) -> Refusal {
        match state {
            AlertState::Expired => Refusal::AlertExpired,
            _ => self.closed_or(Refusal::AlertEnded),
        }
    }

    /// Each report is told anew. Whoever ever said yes may be in danger there, also after they
    /// turned back or the incident was closed.
    pub(super) fn in_danger(&mut self, id: &AlertId, reason: &FreeText) -> Result<(), Refusal> {
        self.must_have_accepted(id)?;
        self.emit(Event::DangerReported {
            alert: id.clone(),
            reason: reason.clone(),
        });
        Ok(())
    }

    /// Ends the responder's own report and nothing else.
    pub(super) fn out_of_danger(&mut self, id: &AlertId) -> Result<(), Refusal> {
        self.must_have_accepted(id)?;
        if self.find(id)?.in_danger {
            self.emit(Event::DangerEnded { alert: id.clone() });
        }
        Ok(())
    }

    fn must_have_accepted(&self, id: &AlertId) -> Result<(), Refusal> {
        let alert = self.find(id)?;
        if alert.accepted_at.is_some() {
            return Ok(());
        }
        Err(if alert.state.is_open() {
            Refusal::NotAccepted
        } else {
            self.ended(alert.state)
        })
    }

    /// Says nothing of whoever has arrived by their own word, or is not coming.
    pub(super) fn presence(&mut self, id: &AlertId, there: bool) -> Result<(), Refusal> {
        let alert = self.find(id)?;
        if alert.state.is_coming() && alert.at_address != there {
            let alert = id.clone();
            self.emit(if there {
                Event::AtAddress { alert }
            } else {
                Event::LeftAddress { alert }
            });
        }
        Ok(())
    }
}
