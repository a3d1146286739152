//! What a command means for an incident. Nothing is changed here: events say what happens.

mod answers;
mod ask;
mod desk;
mod lost;
mod merge;
mod time;

use thiserror::Error;

use super::{Incident, Opening, PlaceKind, State};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Alarm, Event, FinishReason, FreeText, Outcome, Recorded, WhyStoodDown};
use crate::domain::ids::{AlertId, IncidentId, ResponderNo};
use crate::domain::plan::{Plan, Scene};
use crate::domain::responder::{Claim, Eligibility};
use crate::domain::selection::Candidate;
use crate::domain::time::Timestamp;

/// A phone's proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// A provider took the push.
    Sent,
    /// The phone has it.
    Received {
        /// Priority asked for, as the phone saw it.
        priority_original: Option<String>,
        /// Priority it arrived with.
        priority_delivered: Option<String>,
    },
    /// A person looked at it.
    Seen,
    /// The phone shows all that was said up to this version of the incident.
    Confirmed(u64),
}

/// What somebody wants of an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask the best of these; what the ledger says of each is beside it.
    Ask {
        /// In reach, in any order, each with the ledger's word.
        candidates: Vec<(Candidate, Eligibility)>,
        /// The index answered fully: whoever is not among them is not in reach.
        complete: bool,
    },
    /// Start a held incident, for that reason. The subject of a coordinator lets people be asked
    /// although there is danger.
    Release(FreeText, Option<String>),
    /// Next wave now, unless it already is past this one.
    Widen {
        /// The wave the person saw.
        from_wave: u32,
    },
    /// Yes.
    Accept {
        /// Which alert.
        alert: AlertId,
        /// What holds the responder now, in this incident or elsewhere.
        claim: Option<Claim>,
        /// They know that the scene is unsafe, where people are asked all the same.
        knowing: bool,
    },
    /// No, or not any more.
    Decline(AlertId, FreeText),
    /// On my way.
    Depart(AlertId),
    /// I am here.
    Arrive(AlertId),
    /// I am with the patient, and so there.
    WithPatient(AlertId),
    /// I am done.
    Finish(AlertId, Option<FinishReason>),
    /// I am not safe.
    Unsafe(AlertId, FreeText),
    /// I am safe now.
    Safe(AlertId),
    /// Positions show that somebody is at the place, or not any more.
    Presence(AlertId, bool),
    /// Look whether an instant has come.
    Wake {
        /// Open alerts whose responder went to another incident.
        lost: Vec<AlertId>,
        /// Last fix of each engaged responder.
        heard: Vec<(ResponderNo, Timestamp)>,
    },
    /// A responder must not be on it any more.
    Dismiss(ResponderNo),
    /// What is known of the scene.
    SetScene(Scene),
    /// A new place.
    Move {
        /// The new distance (m) and time (s) of each open alert.
        distances: Vec<(AlertId, f64, u32)>,
        /// The known address is that of the old place.
        address_doubtful: bool,
    },
    /// New address or access notes.
    SetAddress,
    /// There is no address.
    RemoveAddress,
    /// A doubtful address is right for the new place, too.
    ConfirmAddress,
    /// What kind of emergency it is, with its plan.
    SetKind(String, Box<Plan>),
    /// The patient's age in years.
    SetPatient(Option<u16>),
    /// What kind of place it is.
    SetPlaceKind(PlaceKind),
    /// One person is not needed any more.
    StandDown(AlertId, FreeText),
    /// Take back a mistaken arrival or end.
    Correct(Correction),
    /// A new estimate for the ambulance.
    SetEmsEta(Option<Timestamp>),
    /// The person of this subject knows of an alarm.
    Acknowledge(Alarm, String),
    /// A note for the log.
    Note(FreeText),
    /// A message to those who accepted.
    Message(FreeText),
    /// Those on another incident, which this one stands for, are on this one now. Each alert is as
    /// it was there, under a new name, and names those that it goes on for.
    TakeOver(IncidentId, Vec<Alert>),
    /// End it.
    Close(Outcome, Option<IncidentId>),
    /// End it as a duplicate.
    Merge {
        /// Of which.
        of: IncidentId,
        /// Open alerts whose responder another incident holds.
        lost: Vec<AlertId>,
        /// Those of them that are known to be on the other report.
        taken: Vec<AlertId>,
    },
    /// Open it again.
    Reopen(FreeText),
}

/// Where somebody really stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Which alert.
    pub alert: AlertId,
    /// Accepted, on the way, or there.
    pub to: AlertState,
    /// Why.
    pub reason: FreeText,
    /// What holds the responder now, in this incident or elsewhere.
    pub claim: Option<Claim>,
}

/// Why a command has no effect. Decided anew at each try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No such alert on this incident.
    #[error("no such alert")]
    NoSuchAlert,
    /// Enough others accepted.
    #[error("enough others accepted")]
    AlreadyCovered,
    /// It is over.
    #[error("the incident is closed")]
    IncidentClosed,
    /// The responder is on another incident.
    #[error("already on another incident")]
    AlreadyEngaged,
    /// The alert came to another end.
    #[error("the alert has ended")]
    AlertEnded,
    /// Too late.
    #[error("the alert has expired")]
    AlertExpired,
    /// Only somebody who accepted can do that.
    #[error("not accepted yet")]
    NotAccepted,
    /// Only a held incident can be released.
    #[error("the incident is not held")]
    NotHeld,
    /// Only a closed incident can be reopened.
    #[error("the incident is not closed")]
    NotClosed,
    /// Closed for too long.
    #[error("closed for longer than 30 minutes")]
    TooLateToReopen,
    /// The scene is unsafe, and nobody said that they know.
    #[error("the scene is unsafe")]
    SceneUnsafe,
    /// It never stood there, or the place is taken.
    #[error("that cannot be corrected")]
    NotCorrectable,
    /// Somebody changed it since.
    #[error("the version is stale")]
    Stale,
}

/// A copy that takes each event as it is decided, so that the next sees its effect.
struct Draft {
    incident: Incident,
    events: Vec<Event>,
    now: Timestamp,
    /// How many were missing before.
    missing: u32,
}

impl Draft {
    fn emit(&mut self, event: Event) {
        self.incident.apply(&Recorded {
            at: self.now,
            version: self.incident.version,
            event: event.clone(),
        });
        self.events.push(event);
    }

    fn emit_for(&mut self, class: impl Fn(&Alert) -> bool, event: impl Fn(AlertId) -> Event) {
        let ids: Vec<AlertId> = self
            .incident
            .alerts
            .iter()
            .filter(|a| class(a))
            .map(|a| a.id.clone())
            .collect();
        for id in ids {
            self.emit(event(id));
        }
    }

    /// What follows from how many have accepted.
    fn settle(&mut self) {
        let plan = &self.incident.opening.plan;
        let (accepted, wanted, capacity) = (self.incident.accepted(), plan.wanted, plan.capacity());
        match self.incident.state {
            State::Alerting | State::Exhausted if accepted >= wanted => self.emit(Event::Covered),
            State::Covered if accepted < wanted => self.emit(Event::Uncovered),
            _ => {}
        }
        if accepted >= capacity && !self.incident.is_closed() {
            self.stand_down(WhyStoodDown::EnoughAccepted, |a| {
                a.state.is_unanswered() || a.state.is_silent()
            });
        }
        self.end_doubt();
        if let Some(why) = self.incident.is_spent(self.now) {
            self.emit(Event::Exhausted { why });
        }
    }

    /// Whoever was asked because somebody fell silent is not needed once they were heard from. Somebody whose
    /// ask waits for a provider keeps nobody from being asked, and sends nobody home.
    fn end_doubt(&mut self) {
        if self.incident.state != State::Covered {
            return;
        }
        let needed = self.incident.missing();
        let asked = |a: &&Alert| a.for_doubt && a.state.is_unanswered();
        let asked: Vec<&Alert> = self.incident.alerts.iter().filter(asked).collect();
        let (waiting, told): (Vec<&Alert>, Vec<&Alert>) =
            asked.into_iter().partition(|a| a.is_waiting());
        let waiting = waiting.into_iter().filter(|_| needed == 0);
        let surplus = told.into_iter().skip(needed as usize).chain(waiting);
        let surplus: Vec<AlertId> = if needed < self.missing {
            surplus.map(|a| a.id.clone()).collect()
        } else {
            Vec::new()
        };
        let all = self.incident.doubtful() == 0;
        self.stand_down(WhyStoodDown::DoubtEnded, |a| {
            surplus.contains(&a.id) || (all && a.for_doubt && a.state.is_silent())
        });
    }

    fn stand_down(&mut self, why: WhyStoodDown, class: impl Fn(&Alert) -> bool) {
        self.emit_for(class, |alert| Event::StoodDown {
            alert,
            why,
            reason: FreeText::default(),
        });
    }
}

impl Incident {
    /// A new incident and its first event.
    pub fn raise(opening: Opening) -> (Self, Recorded) {
        let raised = Recorded {
            at: opening.opened_at,
            version: 1,
            event: Event::Raised {
                opening: Box::new(opening),
            },
        };
        let incident = Self::replay([&raised]).expect("a history that begins with Raised");
        (incident, raised)
    }

    /// The version that the command's events carry. Raising and the first wave are one decision,
    /// so they share the first version.
    pub fn version_after(&self, command: &Command) -> u64 {
        let raising = matches!(command, Command::Ask { .. }) && self.version == 1 && self.wave == 0;
        if raising {
            self.version
        } else {
            self.version + 1
        }
    }

    /// What the command means at `now`. No events: it is already so.
    pub fn decide(&self, command: &Command, now: Timestamp) -> Result<Vec<Event>, Refusal> {
        let mut draft = Draft {
            incident: self.clone(),
            events: Vec::new(),
            now,
            missing: self.missing(),
        };
        draft.incident.version = self.version_after(command);
        match command {
            Command::Ask {
                candidates,
                complete,
            } => draft.ask(candidates, *complete),
            Command::Wake { lost, heard } => draft.wake(lost, heard),
            Command::Accept {
                alert,
                claim,
                knowing,
            } => draft.accept(alert, claim.as_ref(), *knowing)?,
            Command::Decline(alert, reason) => draft.decline(alert, reason)?,
            Command::Depart(alert) => {
                draft.progress(alert, AlertState::EnRoute, |alert| Event::Departed {
                    alert,
                })?;
            }
            Command::Arrive(alert) => {
                draft.progress(alert, AlertState::OnScene, |alert| Event::Arrived { alert })?;
            }
            Command::WithPatient(alert) => draft.with_patient(alert)?,
            Command::Finish(alert, why) => {
                draft.progress(alert, AlertState::Finished, |alert| Event::Finished {
                    alert,
                    why: *why,
                })?;
            }
            Command::Unsafe(alert, reason) => draft.in_danger(alert, reason)?,
            Command::Safe(alert) => draft.out_of_danger(alert)?,
            Command::Presence(alert, there) => draft.presence(alert, *there)?,
            Command::TakeOver(from, alerts) => draft.take_over(from, alerts),
            Command::Merge { of, lost, taken } => draft.merge(of, lost, taken),
            Command::Dismiss(responder) => draft.stand_down(WhyStoodDown::NoLongerEligible, |a| {
                a.responder == *responder && a.state.is_open()
            }),
            _ => draft.administer(command)?,
        }
        draft.settle();
        Ok(draft.events)
    }
}
