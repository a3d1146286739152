//! The history of an incident, read a second time: what its events say, without the code that made
//! them. The rules of decision 6 are stated here once more, so that a mistake in the incident is
//! not its own judge.

use crate::domain::alert::AlertState;
use crate::domain::event::{Event, ExhaustedReason, Outcome, Recorded, WhyStoodDown};
use crate::domain::ids::{AlertId, ResponderNo};
use crate::domain::incident::{Incident, State};
use crate::domain::plan::{Plan, Scene};
use crate::domain::time::Timestamp;

/// Where somebody who was asked stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// May still answer, and is waited for.
    Ringing,
    /// Did not answer in time; a late yes is welcome.
    Silent,
    /// Said yes.
    On,
    /// Is done, and the patient needs nobody in their place.
    Done,
    /// Left before somebody else was there.
    LeftEarly,
    /// Said no, is too late, or is not needed.
    Off,
    /// Was sent home without having answered, and may be asked again.
    SentHome,
}

#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that come and go independently of each other"
)]
struct Person {
    alert: AlertId,
    who: ResponderNo,
    stand: Stand,
    round: u32,
    /// Asked while enough had said yes.
    extra: bool,
    silent: bool,
    in_danger: bool,
    /// Was told of a danger that is not over.
    warned: bool,
}

/// An incident as its events tell it.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    plan: Plan,
    /// When the last event was decided.
    at: Timestamp,
    round: u32,
    round_from: Timestamp,
    state: State,
    scene: Scene,
    danger: bool,
    overridden: bool,
    wave: u32,
    people: Vec<Person>,
}

impl Story {
    /// Its beginning; `None` when the event is none.
    pub(crate) fn of(first: &Recorded) -> Option<Self> {
        let Event::Raised { opening } = &first.event else {
            return None;
        };
        let held = !opening.held_reasons(first.at).is_empty();
        Some(Self {
            plan: opening.plan.clone(),
            at: first.at,
            round: 1,
            round_from: first.at,
            state: if held { State::Held } else { State::Alerting },
            scene: opening.scene,
            danger: opening.scene == Scene::Unsafe,
            overridden: false,
            wave: 0,
            people: Vec::new(),
        })
    }

    fn count(&self, class: impl Fn(&Person) -> bool) -> u32 {
        u32::try_from(self.people.iter().filter(|p| class(p)).count()).unwrap_or(u32::MAX)
    }

    fn ringing(&self) -> u32 {
        self.count(|p| p.stand == Stand::Ringing)
    }

    fn filled(&self) -> u32 {
        let done = |p: &Person| p.stand == Stand::Done && p.round == self.round;
        self.count(|p| p.stand == Stand::On || done(p))
    }

    fn silent(&self) -> u32 {
        self.count(|p| p.stand == Stand::On && p.silent)
    }

    fn asked(&self) -> u32 {
        self.count(|p| p.round == self.round)
    }

    fn last_wave(&self) -> u32 {
        u32::try_from(self.plan.waves.len()).unwrap_or(u32::MAX)
    }

    fn person(&mut self, alert: &AlertId) -> Option<&mut Person> {
        self.people.iter_mut().find(|p| p.alert == *alert)
    }

    /// The next event. Says what must not happen now, if it must not.
    pub(crate) fn take(&mut self, recorded: &Recorded) -> Option<&'static str> {
        let wrong = self.must_not(recorded);
        self.follow(recorded);
        wrong
    }

    fn must_not(&self, recorded: &Recorded) -> Option<&'static str> {
        let (filled, wanted) = (self.filled(), self.plan.wanted);
        let check = |wrong: bool, what: &'static str| wrong.then_some(what);
        match &recorded.event {
            Event::Alerted { alert } => {
                let extras = filled.saturating_sub(wanted);
                let answered = self.ringing() + extras >= self.silent();
                let again = |p: &Person| {
                    p.who == alert.responder && p.round == self.round && p.stand != Stand::SentHome
                };
                check(self.state == State::Closed, "asked after the end")
                    .or_else(|| check(self.state == State::Held, "asked while held"))
                    .or_else(|| {
                        let stopped = self.danger && !self.overridden;
                        check(stopped, "asked into danger")
                    })
                    .or_else(|| {
                        let too_many = self.asked() >= self.plan.max_asked;
                        check(too_many, "asked more than the plan allows")
                    })
                    .or_else(|| {
                        let covered = filled >= wanted;
                        check(covered && answered, "asked for a doubt that is answered")
                    })
                    .or_else(|| check(self.people.iter().any(again), "asked twice in a round"))
            }
            Event::Covered => check(filled < wanted, "covered by nobody"),
            Event::Uncovered => check(filled >= wanted, "uncovered though enough are there"),
            Event::Accepted { .. } => {
                check(filled >= self.plan.capacity(), "accepted beyond the places")
            }
            Event::Exhausted { why } => {
                let not_all = match why {
                    ExhaustedReason::MaxAsked => self.asked() < self.plan.max_asked,
                    ExhaustedReason::NobodyInReach => self.wave < self.last_wave(),
                    ExhaustedReason::NoReplacement => false,
                };
                check(self.ringing() > 0, "exhausted while somebody may answer")
                    .or_else(|| check(not_all, "exhausted though somebody can be asked"))
            }
            Event::TakenOver { .. } => check(self.state == State::Closed, "joined after the end"),
            Event::Released { override_by, .. } => check(
                self.danger && override_by.is_none(),
                "released into danger by nobody",
            ),
            Event::Closed {
                outcome: Outcome::Expired,
                ..
            } => check(
                recorded.at - self.round_from < self.plan.open_max(),
                "closed by the clock of another round",
            ),
            Event::StoodDown {
                alert,
                why: WhyStoodDown::DoubtEnded,
                ..
            } => {
                let found = self.people.iter().find(|p| p.alert == *alert);
                let asked =
                    |p: &Person| p.extra && matches!(p.stand, Stand::Ringing | Stand::Silent);
                check(
                    !found.is_some_and(asked),
                    "sent home for a doubt of another",
                )
            }
            _ => None,
        }
    }

    fn follow(&mut self, recorded: &Recorded) {
        self.at = recorded.at;
        match &recorded.event {
            Event::Alerted { alert } => {
                let person = Person {
                    alert: alert.id.clone(),
                    who: alert.responder,
                    stand: Stand::Ringing,
                    round: self.round,
                    extra: self.filled() >= self.plan.wanted,
                    silent: false,
                    in_danger: false,
                    warned: self.danger,
                };
                self.people.push(person);
                if self.state == State::Exhausted {
                    self.state = State::Alerting;
                }
            }
            Event::TakenOver { alert, .. } => {
                if alert.in_danger {
                    self.warn();
                }
                let person = Person {
                    alert: alert.id.clone(),
                    who: alert.responder,
                    stand: Stand::On,
                    round: self.round,
                    extra: false,
                    silent: alert.doubtful,
                    in_danger: alert.in_danger,
                    warned: self.danger,
                };
                self.people.push(person);
                if self.state == State::Exhausted {
                    self.state = State::Alerting;
                }
            }
            Event::WaveLaunched { wave, .. } => self.wave = *wave,
            Event::Covered => self.state = State::Covered,
            Event::Uncovered => self.state = State::Alerting,
            Event::Exhausted { .. } => self.state = State::Exhausted,
            Event::Released { override_by, .. } => {
                self.state = State::Alerting;
                self.overridden = override_by.is_some();
            }
            Event::Closed { .. } => self.state = State::Closed,
            Event::KindChanged { plan, .. } => self.plan = (**plan).clone(),
            Event::SceneChanged { scene } => self.scene(*scene),
            Event::DangerReported { alert, .. } => {
                self.warn();
                if let Some(person) = self.person(alert) {
                    person.in_danger = true;
                    person.warned = true;
                    person.silent = false;
                }
            }
            Event::Reopened { .. } => self.reopen(recorded.at),
            event => self.one(event),
        }
    }

    fn warn(&mut self) {
        self.danger = true;
        self.overridden = false;
        for person in &mut self.people {
            person.warned |= matches!(person.stand, Stand::Ringing | Stand::Silent | Stand::On);
        }
    }

    fn scene(&mut self, scene: Scene) {
        self.scene = scene;
        match scene {
            Scene::Unsafe => self.warn(),
            Scene::Unknown => {}
            Scene::Safe => {
                self.danger = false;
                self.overridden = false;
                for person in &mut self.people {
                    person.in_danger = false;
                    person.warned = false;
                }
            }
        }
    }

    fn reopen(&mut self, at: Timestamp) {
        self.round += 1;
        self.round_from = at;
        self.state = State::Alerting;
        self.wave = 0;
        self.overridden = false;
        self.danger = self.scene == Scene::Unsafe || self.people.iter().any(|p| p.in_danger);
        let round = self.round;
        for person in self.people.iter_mut().filter(|p| p.stand == Stand::On) {
            person.round = round;
        }
    }

    fn one(&mut self, event: &Event) {
        let Some(person) = event.alert().and_then(|alert| self.person(alert)) else {
            return;
        };
        let stand = match event {
            Event::Accepted { .. } | Event::Departed { .. } | Event::Arrived { .. } => Stand::On,
            Event::Corrected { to, .. } if to.is_engaged() => Stand::On,
            Event::Finished { why, .. } => match why {
                Some(why) if why.frees_the_place() => Stand::LeftEarly,
                _ => Stand::Done,
            },
            Event::Declined { .. } | Event::Withdrawn { .. } | Event::Expired { .. } => Stand::Off,
            Event::StoodDown { .. } => Stand::SentHome,
            Event::Lapsed { .. } | Event::Unreachable { .. } => Stand::Silent,
            _ => person.stand,
        };
        person.stand = stand;
        match event {
            Event::StillGoingAsked { .. } => person.silent = true,
            Event::DangerEnded { .. } => {
                person.in_danger = false;
                person.silent = false;
            }
            Event::Accepted { .. }
            | Event::Departed { .. }
            | Event::Arrived { .. }
            | Event::ReachedPatient { .. }
            | Event::Corrected { .. }
            | Event::AtAddress { .. }
            | Event::LeftAddress { .. }
            | Event::Finished { .. }
            | Event::Heard { .. } => person.silent = false,
            _ => {}
        }
    }

    /// What the incident says of itself after a decision, and is not so.
    pub(crate) fn contradicts(&self, incident: &Incident) -> Option<&'static str> {
        let ringing = self.ringing();
        let stopped = self.danger && !self.overridden;
        let asks = self.state == State::Alerting && !stopped;
        let idle = asks
            && ringing == 0
            && incident.wants(self.at).is_none()
            && incident.next_wave().is_none();
        let uncalled = self.state == State::Covered && self.silent() == 0;
        let extra = |p: &Person| p.extra && p.stand == Stand::Ringing;
        let cleared = incident.alerts.iter().all(|alert| {
            let told = self.people.iter().find(|p| p.alert == alert.id);
            told.is_some_and(|told| told.warned == alert.told_danger)
        });
        let same_stand = incident.alerts.iter().all(|alert| {
            let told = self.people.iter().find(|p| p.alert == alert.id);
            told.is_some_and(|told| stands(told.stand, alert.state))
        });
        [
            (incident.state != self.state, "its state"),
            (incident.round != self.round, "its round"),
            (incident.danger != self.danger, "whether there is danger"),
            (
                incident.accepted() != self.filled(),
                "how many places are filled",
            ),
            (
                incident.unanswered() != ringing,
                "how many may still answer",
            ),
            (incident.asked() != self.asked(), "how many were asked"),
            (
                incident.exhausted.is_some() != (self.state == State::Exhausted),
                "why nobody is left to ask",
            ),
            (
                self.state == State::Held && incident.held_reasons.is_empty(),
                "held for no reason",
            ),
            (idle, "it says that people are asked, and nobody will be"),
            (
                uncalled && self.people.iter().any(extra),
                "a doubt is over, and somebody still rings for it",
            ),
            (!cleared, "who knows of the danger"),
            (!same_stand, "where somebody stands"),
        ]
        .into_iter()
        .find_map(|(wrong, what)| wrong.then_some(what))
    }
}

fn stands(stand: Stand, state: AlertState) -> bool {
    match stand {
        Stand::Ringing => state.is_unanswered(),
        Stand::Silent => state.is_silent(),
        Stand::On => state.is_engaged(),
        Stand::Done | Stand::LeftEarly => state == AlertState::Finished,
        Stand::Off => matches!(
            state,
            AlertState::Declined | AlertState::Withdrawn | AlertState::Expired
        ),
        Stand::SentHome => state == AlertState::StoodDown,
    }
}
