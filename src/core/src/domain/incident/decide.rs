//! What a command means for an incident. Nothing is changed here: events say what happens.

use thiserror::Error;

use super::{Incident, Opening, REOPEN_WINDOW, State};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Event, FreeText, Outcome, Recorded, WhyStoodDown};
use crate::domain::ids::{AlertId, IncidentId, ResponderId, ResponderNo};
use crate::domain::plan::Scene;
use crate::domain::responder::{Claim, Eligibility};
use crate::domain::selection::{Candidate, Passed, PassedOver, Role, rank};
use crate::domain::time::Timestamp;

/// At most so many people who were not asked are named in one event, the nearest of them.
const PASSED_OVER_MAX: usize = 32;

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
}

/// What somebody wants of an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask the best of these; what the ledger says of each is beside it.
    Ask {
        /// In reach, in any order, each with the ledger's word.
        candidates: Vec<(Candidate, Eligibility)>,
    },
    /// Start a held incident.
    Release(FreeText),
    /// Next wave now, unless it already is past this one.
    Widen {
        /// The wave the person saw.
        from_wave: u32,
    },
    /// Yes. `claim` is what holds the responder now, in this incident or elsewhere.
    Accept(AlertId, Option<Claim>),
    /// No, or not any more.
    Decline(AlertId, FreeText),
    /// On my way.
    Depart(AlertId),
    /// I am here.
    Arrive(AlertId),
    /// I am done.
    Finish(AlertId),
    /// I am not safe.
    Unsafe(AlertId, FreeText),
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
    /// A new place, with the new distance (m) and time (s) of each open alert.
    Move(Vec<(AlertId, f64, u32)>),
    /// New address or access notes.
    SetAddress,
    /// A new estimate for the ambulance.
    SetEmsEta(Option<Timestamp>),
    /// A note for the log.
    Note(FreeText),
    /// A message to those who accepted.
    Message(FreeText),
    /// End it.
    Close(Outcome, Option<IncidentId>),
    /// Open it again.
    Reopen(FreeText),
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
    /// Somebody changed it since.
    #[error("the version is stale")]
    Stale,
}

/// A copy that takes each event as it is decided, so that the next sees its effect.
struct Draft {
    incident: Incident,
    events: Vec<Event>,
    now: Timestamp,
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
            self.emit_for(
                |a| a.state.is_unanswered() || a.state.is_silent(),
                |alert| Event::StoodDown {
                    alert,
                    why: WhyStoodDown::EnoughAccepted,
                },
            );
        }
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
        };
        draft.incident.version = self.version_after(command);
        match command {
            Command::Ask { candidates } => draft.ask(candidates),
            Command::Wake { lost, heard } => draft.wake(lost, heard),
            Command::Accept(alert, claim) => draft.accept(alert, claim.as_ref())?,
            Command::Decline(alert, reason) => draft.decline(alert, reason)?,
            Command::Depart(alert) => {
                draft.progress(alert, AlertState::EnRoute, |alert| Event::Departed {
                    alert,
                })?;
            }
            Command::Arrive(alert) => {
                draft.progress(alert, AlertState::OnScene, |alert| Event::Arrived { alert })?;
            }
            Command::Finish(alert) => {
                draft.progress(alert, AlertState::Finished, |alert| Event::Finished {
                    alert,
                })?;
            }
            Command::Unsafe(alert, reason) => draft.in_danger(alert, reason)?,
            Command::Dismiss(responder) => draft.emit_for(
                |a| a.responder == *responder && a.state.is_open(),
                |alert| Event::StoodDown {
                    alert,
                    why: WhyStoodDown::NoLongerEligible,
                },
            ),
            _ => draft.administer(command)?,
        }
        draft.settle();
        Ok(draft.events)
    }
}

/// What the desk does.
impl Draft {
    fn administer(&mut self, command: &Command) -> Result<(), Refusal> {
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

    fn must_be_open(&self) -> Result<(), Refusal> {
        if self.incident.is_closed() {
            return Err(Refusal::IncidentClosed);
        }
        Ok(())
    }

    fn closed_or(&self, other: Refusal) -> Refusal {
        self.must_be_open().err().unwrap_or(other)
    }

    /// Whoever is on scene is not sent away.
    fn close(&mut self, outcome: Outcome, of: Option<&IncidentId>) {
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

/// What phones say.
impl Draft {
    fn find(&self, id: &AlertId) -> Result<&Alert, Refusal> {
        self.incident.alert(id).ok_or(Refusal::NoSuchAlert)
    }

    fn accept(&mut self, id: &AlertId, claim: Option<&Claim>) -> Result<(), Refusal> {
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
        self.emit(Event::Accepted { alert: id.clone() });
        Ok(())
    }

    fn decline(&mut self, id: &AlertId, reason: &FreeText) -> Result<(), Refusal> {
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

    fn progress(
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

    fn ended(&self, state: AlertState) -> Refusal {
        match state {
            AlertState::Expired => Refusal::AlertExpired,
            _ => self.closed_or(Refusal::AlertEnded),
        }
    }

    fn in_danger(&mut self, id: &AlertId, reason: &FreeText) -> Result<(), Refusal> {
        let alert = self.find(id)?;
        if !alert.state.is_accepted() {
            return Err(if alert.state.is_open() {
                Refusal::NotAccepted
            } else {
                self.ended(alert.state)
            });
        }
        if !alert.in_danger {
            self.emit(Event::DangerReported {
                alert: id.clone(),
                reason: reason.clone(),
            });
        }
        Ok(())
    }
}

/// What time does.
impl Draft {
    fn wake(&mut self, lost: &[AlertId], heard: &[(ResponderNo, Timestamp)]) {
        let now = self.now;
        self.emit_for(
            |a| a.state.holds_claim() && lost.contains(&a.id),
            |alert| Event::StoodDown {
                alert,
                why: WhyStoodDown::CalledElsewhere,
            },
        );
        self.emit_for(
            |a| (a.state.is_unanswered() || a.state.is_silent()) && now >= a.expires_at,
            |alert| Event::Expired { alert },
        );
        self.emit_for(
            |a| a.state.is_unanswered() && a.received_at.is_none() && now >= a.receipt_by,
            |alert| Event::Unreachable { alert },
        );
        self.emit_for(
            |a| a.state.is_unanswered() && now >= a.answer_by,
            |alert| Event::Lapsed { alert },
        );
        self.watch_engaged(heard);
        if self.incident.is_closed() {
            return;
        }
        let age = now - self.incident.opening.opened_at;
        if age >= self.incident.opening.plan.open_max() {
            self.close(Outcome::Expired, None);
        } else if age >= self.incident.opening.plan.open_warn() && !self.incident.warned {
            self.emit(Event::OpenForLong);
        }
    }

    fn watch_engaged(&mut self, heard: &[(ResponderNo, Timestamp)]) {
        let (still_going, engaged_max) = {
            let plan = &self.incident.opening.plan;
            (plan.still_going(), plan.engaged_max())
        };
        let now = self.now;
        let engaged: Vec<Alert> = self
            .incident
            .alerts
            .iter()
            .filter(|a| a.state.is_engaged())
            .cloned()
            .collect();
        for alert in engaged {
            let last = alert.heard_at.unwrap_or(alert.created_at);
            let fix = heard
                .iter()
                .find(|(who, _)| *who == alert.responder)
                .map(|(_, at)| (*at).min(now));
            let latest = fix.map_or(last, |fix| fix.max(last));
            let silent_for = now - latest;
            let id = alert.id.clone();
            if silent_for >= engaged_max {
                self.emit(if alert.state == AlertState::OnScene {
                    Event::Finished { alert: id }
                } else {
                    Event::Expired { alert: id }
                });
            } else if alert.state == AlertState::OnScene {
                // on scene nobody is hurried; only the longest silence ends it
                if now - last >= engaged_max {
                    self.emit(Event::Heard {
                        alert: id,
                        heard_at: latest,
                    });
                }
            } else if silent_for >= still_going {
                if !alert.doubtful {
                    self.emit(Event::StillGoingAsked { alert: id });
                }
            } else if latest > last && (alert.doubtful || now - last >= still_going) {
                self.emit(Event::Heard {
                    alert: id,
                    heard_at: latest,
                });
            }
        }
    }

    fn ask(&mut self, proposed: &[(Candidate, Eligibility)]) {
        let now = self.now;
        let Some(want) = self.incident.wants(now) else {
            return;
        };
        let stale = self.incident.opening.plan.stale_fix();
        let mut free: Vec<Candidate> = Vec::with_capacity(proposed.len());
        let mut passed: Vec<PassedOver> = Vec::new();
        for (candidate, eligibility) in proposed {
            let why = match eligibility.barred {
                Some(bar) => Some(Passed::Barred(bar)),
                None if self.incident.was_asked(candidate.responder) => Some(Passed::AlreadyAsked),
                None => None,
            };
            match why {
                None => free.push(candidate.clone()),
                // asked before is in the log already, for each of them
                Some(Passed::AlreadyAsked) => {}
                Some(why) => passed.push(PassedOver {
                    responder_id: eligibility.responder_id.clone(),
                    distance_m: candidate.distance_m,
                    why,
                }),
            }
        }
        rank(&mut free, now, stale);
        let named = |who: ResponderNo| -> ResponderId {
            proposed
                .iter()
                .find(|(c, _)| c.responder == who)
                .map_or_else(
                    || ResponderId(String::new()),
                    |(_, e)| e.responder_id.clone(),
                )
        };
        if want.launch {
            self.emit(Event::WaveLaunched {
                wave: want.wave,
                radius_m: want.radius_m,
                considered: u32::try_from(proposed.len()).unwrap_or(u32::MAX),
            });
        }
        let places = want.places as usize;
        for candidate in free.iter().take(places) {
            let alert = self.new_alert(candidate, named(candidate.responder), want.wave);
            self.emit(Event::Alerted {
                alert: Box::new(alert),
            });
        }
        passed.extend(free.iter().skip(places).map(|c| PassedOver {
            responder_id: named(c.responder),
            distance_m: c.distance_m,
            why: Passed::OthersNearer,
        }));
        passed.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        passed.truncate(PASSED_OVER_MAX);
        // a repeated search that asked nobody says nothing new
        if !passed.is_empty() && (want.launch || !free.is_empty()) {
            self.emit(Event::PassedOver { people: passed });
        }
        self.found_too_few(places.saturating_sub(free.len()));
    }

    fn found_too_few(&mut self, missing: usize) {
        if missing > 0 && !self.incident.short {
            self.emit(Event::FoundTooFew {
                missing: u32::try_from(missing).unwrap_or(u32::MAX),
            });
        }
        let nobody_left = missing > 0 && self.incident.unanswered() == 0;
        if nobody_left && self.incident.state == State::Alerting {
            self.emit(Event::Exhausted);
        }
    }

    fn new_alert(&self, candidate: &Candidate, responder_id: ResponderId, wave: u32) -> Alert {
        let plan = &self.incident.opening.plan;
        let now = self.now;
        let age_s = candidate.fix_age(now).as_s();
        Alert {
            id: candidate.alert.clone(),
            responder: candidate.responder,
            responder_id,
            skills: candidate.skills,
            state: AlertState::Queued,
            role: Role::for_skills(candidate.skills),
            wave,
            distance_m: candidate.distance_m,
            eta_s: candidate.eta_s,
            fix_age_s: u32::try_from(age_s).unwrap_or(u32::MAX),
            created_at: now,
            answer_by: now + plan.answer_window(),
            receipt_by: now + plan.receipt_window(),
            expires_at: now + plan.expires(),
            received_at: None,
            seen_at: None,
            accepted_at: None,
            heard_at: None,
            doubtful: false,
            in_danger: false,
            version: self.incident.version,
        }
    }
}
