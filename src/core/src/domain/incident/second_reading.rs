//! The history of an incident, read a second time: what its events say, without the code that made
//! them. The rules of decision 6 are stated here once more, so that a mistake in the incident is
//! not its own judge.

mod contradiction;
mod forbidden;

use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Event, FinishReason, HeldReason, Recorded, WhyStoodDown};
use crate::domain::ids::{AlertId, ResponderNo};
use crate::domain::incident::State;
use crate::domain::plan::{Plan, Scene};
use crate::domain::time::{Millis, Timestamp};

/// So long after their last sign of life somebody may be said to be at the address.
const AT_ADDRESS_FOR: Millis = Millis::from_s(600);

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
    wave: u32,
    /// There, by their word.
    there: bool,
    /// At the address, as their positions say.
    near: bool,
    /// Asked while enough had said yes.
    extra: bool,
    silent: bool,
    /// No provider takes the ask.
    waits: bool,
    /// The last sign of life that is in the history.
    heard_at: Timestamp,
    in_danger: bool,
    /// Was told of a danger that is not over.
    warned: bool,
}

impl Person {
    /// May still come, or is there.
    fn is_on_it(&self) -> bool {
        matches!(self.stand, Stand::Ringing | Stand::Silent | Stand::On)
    }

    fn heard(&mut self, at: Timestamp) {
        self.silent = false;
        self.heard_at = self.heard_at.max(at);
    }
}

/// An incident as its events tell it.
#[derive(Debug, Clone)]
pub struct Story {
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
    /// Waves count from here.
    waves_from: Option<Timestamp>,
    called_at: Option<Timestamp>,
    ems_eta_at: Option<Timestamp>,
    age_y: Option<u16>,
    /// Why it waits.
    held: Vec<HeldReason>,
    /// The decision in which the scene was last said to be so or so, and that in which the kind was
    /// last corrected.
    scene_in: u64,
    kind_in: u64,
    people: Vec<Person>,
}

impl Story {
    /// Its beginning; `None` when the event is none.
    pub fn of(first: &Recorded) -> Option<Self> {
        let Event::Raised { opening } = &first.event else {
            return None;
        };
        let mut story = Self {
            plan: opening.plan.clone(),
            at: first.at,
            round: 1,
            round_from: first.at,
            state: State::Alerting,
            scene: opening.scene,
            danger: opening.scene == Scene::Unsafe,
            overridden: false,
            wave: 0,
            waves_from: None,
            called_at: opening.called_at,
            ems_eta_at: opening.ems_eta_at,
            age_y: opening.patient_age_y,
            held: Vec::new(),
            scene_in: 0,
            kind_in: 0,
            people: Vec::new(),
        };
        story.held = story.reasons(first.at);
        // when the ambulance comes is no reason at the beginning
        story.held.retain(|why| *why != HeldReason::EmsDue);
        if story.held.is_empty() {
            story.waves_from = Some(first.at);
        } else {
            story.state = State::Held;
        }
        Some(story)
    }

    /// Why nobody may be asked, said anew at `at`.
    fn reasons(&self, at: Timestamp) -> Vec<HeldReason> {
        let plan = &self.plan;
        let is_unsafe = self.scene == Scene::Unsafe;
        let age = |called: Timestamp| at.0 - called.0;
        let too_old = |called| age(called) as f64 > plan.max_call_age_s * 1000.0;
        let too_young = |least| self.age_y.is_some_and(|age| age < least);
        let due = self.scene == Scene::Safe && self.ems_eta_at.is_some_and(|due| due <= at);
        [
            (plan.hold, HeldReason::PlanHolds),
            (is_unsafe, HeldReason::SceneUnsafe),
            (
                !is_unsafe && !plan.scene.contains(&self.scene),
                HeldReason::SceneNotCleared,
            ),
            (self.called_at.is_some_and(too_old), HeldReason::CallTooOld),
            (
                plan.min_patient_age_y.is_some_and(too_young),
                HeldReason::PatientTooYoung,
            ),
            (due, HeldReason::EmsDue),
        ]
        .into_iter()
        .filter_map(|(holds, why)| holds.then_some(why))
        .collect()
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

    /// Whether this round may ask them, as far as their earlier answers go.
    pub fn may_ask(&self, who: ResponderNo) -> bool {
        let answered = |p: &Person| p.round == self.round && p.stand != Stand::SentHome;
        let of = self.people.iter().filter(|p| p.who == who);
        !of.into_iter().any(|p| p.is_on_it() || answered(p))
    }

    /// Everybody who may still come or is there, and whether they know of a danger.
    pub fn on_it(&self) -> impl Iterator<Item = (&AlertId, ResponderNo, bool)> {
        let on_it = self.people.iter().filter(|p| p.is_on_it());
        on_it.map(|p| (&p.alert, p.who, p.warned))
    }

    fn stopped(&self) -> bool {
        self.danger && !self.overridden
    }

    /// The wave that comes by itself, and when.
    fn next(&self) -> Option<(u32, Timestamp)> {
        let (filled, wanted) = (self.filled(), self.plan.wanted);
        let asks = match self.state {
            State::Alerting | State::Exhausted => true,
            State::Covered => filled - self.silent() < wanted && filled < self.plan.capacity(),
            State::Held | State::Closed => false,
        };
        if !asks || self.stopped() || self.asked() >= self.plan.max_asked {
            return None;
        }
        // a kind that was corrected may have fewer waves
        let number = self.wave.min(self.last_wave()) + 1;
        let after = self.plan.wave_after(number)?;
        Some((number, self.waves_from? + after))
    }

    fn person(&mut self, alert: &AlertId) -> Option<&mut Person> {
        self.people.iter_mut().find(|p| p.alert == *alert)
    }

    /// The next event. Says what must not happen now, if it must not.
    pub fn take(&mut self, recorded: &Recorded) -> Option<&'static str> {
        let wrong = self.must_not(recorded);
        self.follow(recorded);
        wrong
    }

    fn follow(&mut self, recorded: &Recorded) {
        self.at = recorded.at;
        match &recorded.event {
            Event::Alerted { alert } => self.joins(alert),
            Event::TakenOver { alert, .. } => {
                if alert.in_danger {
                    self.warn();
                }
                self.joins(alert);
            }
            Event::WaveLaunched { wave, .. } => self.wave = *wave,
            Event::WaveEmpty { wave } => {
                let next = self.plan.wave_after(wave + 1).unwrap_or(Millis(0));
                self.waves_from = Some(recorded.at - next);
            }
            Event::EmsEtaChanged { at } => self.ems_eta_at = *at,
            Event::PatientChanged { age_y } => self.age_y = *age_y,
            Event::Covered => self.state = State::Covered,
            Event::Uncovered => self.state = State::Alerting,
            Event::Exhausted { .. } => self.state = State::Exhausted,
            Event::Released { override_by, .. } => {
                self.state = State::Alerting;
                self.waves_from = Some(recorded.at);
                self.overridden = override_by.is_some();
            }
            Event::StillHeld { .. } => self.held = self.reasons(recorded.at),
            Event::Closed { .. } => self.state = State::Closed,
            Event::KindChanged { plan, .. } => {
                self.plan = (**plan).clone();
                self.kind_in = recorded.version;
            }
            Event::SceneChanged { scene } => {
                self.scene(*scene);
                if *scene != Scene::Unknown {
                    self.scene_in = recorded.version;
                    self.held = self.reasons(recorded.at);
                }
            }
            Event::DangerReported { alert, .. } => {
                self.warn();
                if let Some(person) = self.person(alert) {
                    person.in_danger = true;
                    person.warned = true;
                    person.heard(recorded.at);
                }
            }
            Event::Reopened { .. } => self.reopen(recorded.at),
            event => self.one(event),
        }
    }

    /// Somebody is asked, or comes with another report of the same emergency.
    fn joins(&mut self, alert: &Alert) {
        let is_on = alert.state.is_engaged();
        let person = Person {
            alert: alert.id.clone(),
            who: alert.responder,
            stand: if is_on { Stand::On } else { Stand::Ringing },
            round: self.round,
            wave: alert.wave,
            there: alert.state == AlertState::OnScene,
            near: alert.at_address,
            extra: !is_on && self.filled() >= self.plan.wanted,
            silent: alert.doubtful,
            waits: false,
            heard_at: alert.heard_at.unwrap_or(self.at),
            in_danger: alert.in_danger,
            warned: self.danger,
        };
        self.people.push(person);
        if self.state == State::Exhausted {
            self.state = State::Alerting;
        }
    }

    fn warn(&mut self) {
        self.danger = true;
        self.overridden = false;
        for person in &mut self.people {
            person.warned |= person.is_on_it();
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
        self.waves_from = Some(at);
        self.overridden = false;
        self.danger = self.scene == Scene::Unsafe || self.people.iter().any(|p| p.in_danger);
        let round = self.round;
        for person in self.people.iter_mut().filter(|p| p.stand == Stand::On) {
            person.round = round;
            person.wave = 0;
        }
    }

    fn one(&mut self, event: &Event) {
        let at = self.at;
        let Some(person) = event.alert().and_then(|alert| self.person(alert)) else {
            return;
        };
        person.stand = match event {
            Event::Accepted { .. } | Event::Departed { .. } | Event::Arrived { .. } => Stand::On,
            Event::Corrected { to, .. } if to.is_engaged() => Stand::On,
            Event::Finished { why, .. } => match why {
                Some(FinishReason::NoAccess | FinishReason::HadToLeave) => Stand::LeftEarly,
                _ => Stand::Done,
            },
            Event::Declined { .. } | Event::Withdrawn { .. } | Event::Expired { .. } => Stand::Off,
            Event::StoodDown { .. } => Stand::SentHome,
            Event::Lapsed { .. } | Event::Unreachable { .. } => Stand::Silent,
            _ => person.stand,
        };
        match event {
            Event::Arrived { .. } => person.there = true,
            Event::Corrected { to, .. } => person.there = *to == AlertState::OnScene,
            Event::AtAddress { .. } => person.near = true,
            Event::LeftAddress { .. } | Event::Finished { .. } => person.near = false,
            Event::PushPutOff { .. } => person.waits = true,
            Event::Sent { .. } | Event::Received { .. } | Event::Seen { .. } => {
                person.waits = false;
            }
            Event::StillGoingAsked { .. } => {
                person.silent = true;
                person.near = false;
            }
            // what they reported goes with them to the other incident
            Event::DangerEnded { .. }
            | Event::StoodDown {
                why: WhyStoodDown::Merged,
                ..
            } => person.in_danger = false,
            _ => {}
        }
        match event {
            Event::Accepted { .. }
            | Event::Departed { .. }
            | Event::Arrived { .. }
            | Event::ReachedPatient { .. }
            | Event::Corrected { .. }
            | Event::AtAddress { .. }
            | Event::LeftAddress { .. }
            | Event::Finished { .. }
            | Event::DangerEnded { .. } => person.heard(at),
            Event::Heard { heard_at, .. } => person.heard(*heard_at),
            _ => {}
        }
    }
}
