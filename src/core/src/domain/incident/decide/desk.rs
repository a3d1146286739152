//! What the desk does.

use super::{Command, Draft, Refusal};
use crate::domain::alert::AlertState;
use crate::domain::event::{Event, Outcome, WhyStoodDown};
use crate::domain::ids::{AlertId, IncidentId};
use crate::domain::incident::{REOPEN_WINDOW, State};
use crate::domain::plan::Scene;

impl Draft {
    pub(super) fn administer(&mut self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Release(reason) => {
                if self.incident.state != State::Held {
                    return Err(self.closed_or(Refusal::NotHeld));
                }
                self.emit(Event::Released {
                    reason: reason.clone(),
                });
            }
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
            Command::SetScene(scene) => {
                self.must_be_open()?;
                // said again, it ends or renews what a responder reported
                let danger = *scene == Scene::Unsafe;
                if self.incident.opening.scene != *scene || self.incident.danger != danger {
                    self.emit(Event::SceneChanged { scene: *scene });
                }
            }
            Command::Move(distances) => self.relocate(distances)?,
            Command::SetAddress => {
                self.must_be_open()?;
                self.emit(Event::AddressChanged);
            }
            Command::SetEmsEta(at) => {
                self.must_be_open()?;
                self.emit(Event::EmsEtaChanged { at: *at });
            }
            Command::Acknowledge(alarm, by) => self.emit(Event::Acknowledged {
                alarm: *alarm,
                by: by.clone(),
            }),
            Command::Note(text) => self.emit(Event::Noted { text: text.clone() }),
            Command::Message(text) => {
                self.must_be_open()?;
                self.emit(Event::MessageSent { text: text.clone() });
            }
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

    /// Whoever is on scene is not sent away.
    pub(super) fn close(&mut self, outcome: Outcome, of: Option<&IncidentId>) {
        if self.incident.is_closed() {
            return;
        }
        self.emit(Event::Closed {
            outcome,
            of: of.cloned(),
        });
        self.emit_for(
            |a| a.state.is_open() && a.state != AlertState::OnScene,
            |alert| Event::StoodDown {
                alert,
                why: WhyStoodDown::IncidentClosed,
            },
        );
    }

    /// People asked who are now out of reach of the running wave are let go; those who accepted
    /// decide for themselves.
    fn relocate(&mut self, distances: &[(AlertId, f64, u32)]) -> Result<(), Refusal> {
        self.must_be_open()?;
        self.emit(Event::Moved {
            distances: distances.to_vec(),
        });
        let plan = &self.incident.opening.plan;
        if let Some(reach) = plan.wave(self.incident.wave.max(1)).map(|w| w.radius_m) {
            self.emit_for(
                |a| (a.state.is_unanswered() || a.state.is_silent()) && a.distance_m > reach,
                |alert| Event::StoodDown {
                    alert,
                    why: WhyStoodDown::PlaceMoved,
                },
            );
        }
        Ok(())
    }
}
