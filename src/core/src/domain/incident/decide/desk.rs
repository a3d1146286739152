//! What the desk does.

use super::{Command, Correction, Draft, Refusal};
use crate::domain::alert::AlertState;
use crate::domain::event::{Event, FreeText, HeldReason, Outcome, WhyStoodDown};
use crate::domain::ids::{AlertId, IncidentId};
use crate::domain::incident::{REOPEN_WINDOW, State};
use crate::domain::plan::Scene;

impl Draft {
    pub(super) fn administer(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Release(reason, override_by) => self.release(reason, override_by.as_ref())?,
            Command::Widen { from_wave } => {
                self.must_be_open()?;
                let next = self.incident.opening.plan.wave(self.incident.wave + 1);
                if self.incident.wave <= *from_wave
                    && next.is_some()
                    && !self.incident.widen_requested
                {
                    self.emit(Event::WidenRequested);
                }
            }
            Command::SetScene(scene) => self.set_scene(*scene)?,
            Command::Move {
                distances,
                address_doubtful,
            } => self.relocate(distances, *address_doubtful)?,
            Command::SetAddress => self.record(Event::AddressChanged)?,
            Command::RemoveAddress => self.record(Event::AddressRemoved)?,
            Command::ConfirmAddress => {
                self.must_be_open()?;
                if self.incident.address_doubtful {
                    self.emit(Event::AddressConfirmed);
                }
            }
            Command::SetKind(kind, plan) => {
                self.must_be_open()?;
                if self.incident.opening.kind != *kind || self.incident.opening.plan != **plan {
                    self.emit(Event::KindChanged {
                        kind: kind.clone(),
                        plan: plan.clone(),
                    });
                }
            }
            Command::SetPatient(age_y) => {
                self.must_be_open()?;
                if self.incident.opening.patient_age_y != *age_y {
                    self.emit(Event::PatientChanged { age_y: *age_y });
                }
            }
            Command::SetPlaceKind(place) => {
                self.must_be_open()?;
                if self.incident.opening.place != *place {
                    self.emit(Event::PlaceKindChanged { place: *place });
                }
            }
            Command::StandDown(alert, reason) => self.let_go(alert, reason)?,
            Command::Correct(correction) => self.correct(correction)?,
            Command::SetEmsEta(at) => self.record(Event::EmsEtaChanged { at: *at })?,
            Command::Acknowledge(alarm, by) => self.emit(Event::Acknowledged {
                alarm: *alarm,
                by: by.clone(),
            }),
            Command::Note(text) => self.emit(Event::Noted { text: text.clone() }),
            Command::Message(text) => self.record(Event::MessageSent { text: text.clone() })?,
            Command::Close(outcome, of) => self.close(*outcome, of.as_ref()),
            Command::Reopen(reason) => {
                let Some((closed_at, _)) = self.incident.closed else {
                    return Err(Refusal::NotClosed);
                };
                if self.now - closed_at > REOPEN_WINDOW {
                    return Err(Refusal::TooLateToReopen);
                }
                self.emit(Event::Reopened {
                    reason: reason.clone(),
                });
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn must_be_open(&self) -> Result<(), Refusal> {
        if self.incident.is_closed() {
            return Err(Refusal::IncidentClosed);
        }
        Ok(())
    }

    pub(super) fn closed_or(&self, other: Refusal) -> Refusal {
        self.must_be_open().err().unwrap_or(other)
    }

    fn record(&mut self, event: Event) -> Result<(), Refusal> {
        self.must_be_open()?;
        self.emit(event);
        Ok(())
    }

    fn release(&mut self, reason: &FreeText, override_by: Option<&String>) -> Result<(), Refusal> {
        if self.incident.state != State::Held {
            return Err(self.closed_or(Refusal::NotHeld));
        }
        // where there is no danger there is nothing to override
        let override_by = override_by.filter(|_| self.incident.danger).cloned();
        if self.incident.danger && override_by.is_none() {
            return Err(Refusal::SceneUnsafe);
        }
        self.emit(Event::Released {
            reason: reason.clone(),
            override_by,
        });
        Ok(())
    }

    /// What is known of the scene. Not to know it ends no danger, so that changes nothing while
    /// there is one.
    fn set_scene(&mut self, scene: Scene) -> Result<(), Refusal> {
        self.must_be_open()?;
        let incident = &self.incident;
        let known = incident.opening.scene == scene;
        let says_something = match scene {
            Scene::Unknown => !known && !incident.danger,
            Scene::Safe => !known || incident.danger || incident.has_open_report(),
            Scene::Unsafe => !known || !incident.danger || incident.overridden.is_some(),
        };
        if says_something {
            self.emit(Event::SceneChanged { scene });
        }
        if self.incident.state == State::Held && scene != Scene::Unknown {
            self.hold_anew(scene);
        }
        Ok(())
    }

    /// All reasons to hold as of now. With none left it starts.
    fn hold_anew(&mut self, scene: Scene) {
        let opening = &self.incident.opening;
        let mut reasons = opening.held_reasons(self.now);
        if scene == Scene::Safe && opening.ems_eta_at.is_some_and(|at| at <= self.now) {
            reasons.push(HeldReason::EmsDue);
        }
        if reasons.is_empty() {
            self.emit(Event::Released {
                reason: FreeText::default(),
                override_by: None,
            });
        } else if reasons != self.incident.held_reasons {
            self.emit(Event::StillHeld { reasons });
        }
    }

    fn let_go(&mut self, id: &AlertId, reason: &FreeText) -> Result<(), Refusal> {
        let state = self.find(id)?.state;
        if state == AlertState::StoodDown {
            return Ok(());
        }
        if !state.is_open() {
            return Err(self.ended(state));
        }
        self.emit(Event::StoodDown {
            alert: id.clone(),
            why: WhyStoodDown::ByDesk,
            reason: reason.clone(),
        });
        Ok(())
    }

    /// Only backwards, and only to where they have been: who has not arrived by their word is not
    /// made to have.
    fn correct(&mut self, correction: &Correction) -> Result<(), Refusal> {
        let Correction {
            alert: id,
            to,
            reason,
            claim,
        } = correction;
        let alert = self.find(id)?;
        let from = alert.state;
        if from == *to {
            return Ok(());
        }
        self.must_be_open()?;
        let back = matches!(from, AlertState::OnScene | AlertState::Finished)
            && alert.round == self.incident.round
            && to.is_engaged()
            && *to < from;
        let is_full = !alert.fills_a_place(self.incident.round)
            && self.incident.accepted() >= self.incident.opening.plan.capacity();
        if !back || is_full {
            return Err(Refusal::NotCorrectable);
        }
        if claim.as_ref().is_some_and(|claim| claim.alert != *id) {
            return Err(Refusal::AlreadyEngaged);
        }
        self.emit(Event::Corrected {
            alert: id.clone(),
            from,
            to: *to,
            reason: reason.clone(),
        });
        Ok(())
    }

    /// Whoever is on scene is not sent away.
    pub(super) fn close(&mut self, outcome: Outcome, of: Option<&IncidentId>) {
        if self.incident.is_closed() {
            return;
        }
        self.emit(Event::Closed {
            outcome,
            of: of.cloned(),
        });
        self.stand_down(WhyStoodDown::IncidentClosed, |a| {
            a.state.is_open() && a.state != AlertState::OnScene
        });
    }

    /// People asked who are now out of reach of the running wave are let go; those who accepted
    /// decide for themselves.
    fn relocate(
        &mut self,
        distances: &[(AlertId, f64, u32)],
        address_doubtful: bool,
    ) -> Result<(), Refusal> {
        self.record(Event::Moved {
            distances: distances.to_vec(),
            address_doubtful,
        })?;
        let plan = &self.incident.opening.plan;
        if let Some(reach) = plan.wave(self.incident.wave.max(1)).map(|w| w.radius_m) {
            self.stand_down(WhyStoodDown::PlaceMoved, |a| {
                (a.state.is_unanswered() || a.state.is_silent()) && a.distance_m > reach
            });
        }
        Ok(())
    }
}
