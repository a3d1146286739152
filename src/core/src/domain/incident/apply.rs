//! What each event does to the incident. No decision is made here.

use super::{Acknowledgement, Incident, Override, State};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Alarm, Event, Recorded, WhyStoodDown};
use crate::domain::ids::AlertId;
use crate::domain::plan::Scene;
use crate::domain::push::{PushKind, wakeups};
use crate::domain::time::Timestamp;

impl Incident {
    /// The incident that a history describes; `None` unless it begins with `Raised`.
    pub fn replay<'a>(history: impl IntoIterator<Item = &'a Recorded>) -> Option<Self> {
        let mut history = history.into_iter();
        let first = history.next()?;
        let Event::Raised { opening } = &first.event else {
            return None;
        };
        let held_reasons = opening.held_reasons(opening.opened_at);
        let held = !held_reasons.is_empty();
        let mut incident = Self {
            version: first.version,
            state: if held { State::Held } else { State::Alerting },
            held_reasons,
            round: 1,
            reopened_at: None,
            alerting_since: (!held).then_some(opening.opened_at),
            waves_from: None,
            wave: 0,
            widen_requested: false,
            short: false,
            exhausted: None,
            danger: opening.scene == Scene::Unsafe,
            overridden: None,
            address_doubtful: false,
            warned: false,
            closed: None,
            duplicate_of: None,
            acknowledged: Vec::new(),
            alerts: Vec::new(),
            opening: (**opening).clone(),
        };
        for recorded in history {
            incident.apply(recorded);
        }
        Some(incident)
    }

    /// Makes it so.
    pub fn apply(&mut self, recorded: &Recorded) {
        let Recorded { at, version, event } = recorded;
        self.version = *version;
        match event {
            Event::Released { override_by, .. } => {
                self.state = State::Alerting;
                self.held_reasons.clear();
                self.alerting_since = Some(*at);
                self.overridden = override_by.clone().map(|by| Override { by, at: *at });
            }
            Event::StillHeld { reasons } => self.held_reasons.clone_from(reasons),
            Event::WaveLaunched { wave, .. } => {
                self.wave = *wave;
                self.widen_requested = false;
                self.short = false;
            }
            Event::WaveEmpty { wave } => {
                self.short = false;
                let next = self.opening.plan.wave_after(wave + 1);
                self.waves_from = next.map(|after| *at - after);
            }
            Event::WidenRequested => self.widen_requested = true,
            Event::Alerted { alert } => {
                self.alerts.push((**alert).clone());
                if self.state == State::Exhausted {
                    self.stands(State::Alerting);
                }
            }
            Event::TakenOver { alert, .. } => {
                if alert.in_danger {
                    self.danger = true;
                    self.overridden = None;
                }
                self.alerts.push((**alert).clone());
                if self.state == State::Exhausted {
                    self.stands(State::Alerting);
                }
            }
            Event::FoundTooFew { .. } => self.short = true,
            Event::Exhausted { why } => {
                self.stands(State::Exhausted);
                self.exhausted = Some(*why);
            }
            Event::Covered => self.stands(State::Covered),
            Event::Uncovered => {
                self.stands(State::Alerting);
                self.short = false;
            }
            Event::SceneChanged { scene } => self.apply_scene(*scene, *at, *version),
            Event::OpenForLong => self.warned = true,
            Event::Acknowledged { alarm, by } => {
                self.acknowledged.retain(|known| known.alarm != *alarm);
                self.acknowledged.push(Acknowledgement {
                    alarm: *alarm,
                    by: by.clone(),
                    at: *at,
                });
            }
            Event::Closed { outcome, of } => {
                self.stands(State::Closed);
                self.closed = Some((*at, *outcome));
                self.duplicate_of.clone_from(of);
            }
            Event::Reopened { .. } => self.begin_round(*at),
            // the beginning is made by `replay`; the rest is for the log alone
            Event::Raised { .. }
            | Event::PassedOver { .. }
            | Event::Noted { .. }
            | Event::MessageSent { .. } => {}
            _ => self.apply_to_facts(recorded),
        }
        self.note_told(event, *version);
    }

    /// What is known of the place, the patient and the ambulance.
    fn apply_to_facts(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::EmsEtaChanged { at } => self.opening.ems_eta_at = *at,
            Event::KindChanged { kind, plan } => {
                self.opening.kind.clone_from(kind);
                self.opening.plan = (**plan).clone();
                self.short = false;
            }
            Event::PatientChanged { age_y } => self.opening.patient_age_y = *age_y,
            Event::PlaceKindChanged { place } => self.opening.place = *place,
            Event::Moved {
                distances,
                address_doubtful,
            } => {
                self.address_doubtful |= address_doubtful;
                self.apply_moved(distances, recorded.version);
            }
            Event::AddressChanged | Event::AddressConfirmed | Event::AddressRemoved => {
                self.address_doubtful = false;
            }
            _ => self.apply_to_alert(recorded),
        }
    }

    /// Notes whose phones are woken for more than the ask.
    fn note_told(&mut self, event: &Event, version: u64) {
        if matches!(event, Event::Alerted { .. }) {
            return;
        }
        for wakeup in wakeups(self, event) {
            let told = self.alerts.iter_mut().find(|a| a.id == wakeup.alert);
            // whoever answered on one phone knows; the others only fall silent
            if let Some(alert) = told.filter(|_| !wakeup.others_only) {
                alert.told_version = Some(version);
                if wakeup.kind == PushKind::Danger {
                    alert.hears_of_danger();
                }
            }
        }
    }

    fn stands(&mut self, state: State) {
        self.state = state;
        self.exhausted = None;
    }

    /// Opened again: another round, with a clock and a count of its own. Of those asked before
    /// only they belong to it who are still there.
    fn begin_round(&mut self, at: Timestamp) {
        self.stands(State::Alerting);
        self.round += 1;
        self.reopened_at = Some(at);
        self.alerting_since = Some(at);
        self.waves_from = None;
        self.wave = 0;
        self.widen_requested = false;
        self.short = false;
        self.held_reasons.clear();
        self.overridden = None;
        self.danger = self.opening.scene == Scene::Unsafe || self.has_open_report();
        self.closed = None;
        self.duplicate_of = None;
        self.warned = false;
        // what was known of the last round says nothing of this one
        self.acknowledged
            .retain(|known| known.alarm == Alarm::Danger);
        let round = self.round;
        for alert in self.alerts.iter_mut().filter(|a| a.state.is_engaged()) {
            alert.round = round;
            // no wave of this round asked them
            alert.wave = 0;
        }
    }

    fn apply_scene(&mut self, scene: Scene, at: Timestamp, version: u64) {
        self.opening.scene = scene;
        match scene {
            Scene::Unsafe => {
                self.danger = true;
                self.overridden = None;
            }
            // clears nothing
            Scene::Unknown => {}
            Scene::Safe => {
                self.danger = false;
                self.overridden = None;
                for alert in &mut self.alerts {
                    alert.in_danger = false;
                    if alert.told_danger {
                        alert.told_danger = false;
                        alert.all_clear_at = Some(at);
                        alert.version = version;
                    }
                }
            }
        }
    }

    fn apply_moved(&mut self, distances: &[(AlertId, f64, u32)], version: u64) {
        self.short = false;
        for (id, distance_m, eta_s) in distances {
            if let Some(alert) = self.alerts.iter_mut().find(|a| a.id == *id) {
                alert.distance_m = *distance_m;
                alert.eta_s = *eta_s;
                alert.version = version;
            }
        }
    }

    fn apply_to_alert(&mut self, recorded: &Recorded) {
        let Recorded { at, version, event } = recorded;
        if let Event::DangerReported { .. } = event {
            self.danger = true;
            self.overridden = None;
        }
        let alert = event
            .alert()
            .and_then(|id| self.alerts.iter_mut().find(|a| a.id == *id));
        if let Some(alert) = alert {
            alert.apply(event, *at);
            alert.version = *version;
        }
    }
}

impl Alert {
    /// Makes an event about this alert so. Receipts that come late are recorded without moving
    /// the state back.
    pub fn apply(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::PushPutOff { .. } if self.state == AlertState::Queued => {
                self.push_waiting_since.get_or_insert(at);
            }
            Event::Sent { .. } => {
                self.handed_over(at);
                self.rise(AlertState::Sent);
            }
            Event::Received { .. } => {
                self.handed_over(at);
                self.received_at.get_or_insert(at);
                self.rise(AlertState::Received);
            }
            Event::Seen { .. } => {
                self.handed_over(at);
                self.received_at.get_or_insert(at);
                self.seen_at.get_or_insert(at);
                self.rise(AlertState::Seen);
            }
            Event::Confirmed { shown, .. } => {
                self.confirmed_version = self.confirmed_version.max(Some(*shown));
            }
            Event::PushFailed { last: true, .. } => {
                // nothing is kept that a provider could still take
                self.push_waiting_since = None;
                self.receipt_by = self.receipt_by.min(at);
            }
            Event::Accepted { .. } => {
                self.state = AlertState::Accepted;
                self.accepted_at = Some(at);
                self.heard_from(at);
            }
            Event::Declined { .. } => self.state = AlertState::Declined,
            Event::Withdrawn { .. } => self.state = AlertState::Withdrawn,
            Event::Departed { .. } => {
                self.state = AlertState::EnRoute;
                self.heard_from(at);
            }
            Event::Arrived { .. } => {
                self.state = AlertState::OnScene;
                self.heard_from(at);
            }
            Event::Lapsed { .. } => self.state = AlertState::Lapsed,
            Event::Unreachable { .. } => self.state = AlertState::Unreachable,
            Event::Expired { .. } => self.state = AlertState::Expired,
            Event::StoodDown { why, .. } => {
                self.state = AlertState::StoodDown;
                self.stood_down_because = Some(*why);
                // what they reported goes with them
                self.in_danger &= *why != WhyStoodDown::Merged;
            }
            _ => self.apply_engaged(event, at),
        }
    }

    /// What becomes of somebody who said yes.
    fn apply_engaged(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::ReachedPatient { .. } => {
                self.with_patient_at.get_or_insert(at);
                self.heard_from(at);
            }
            Event::Finished { why, .. } => {
                self.state = AlertState::Finished;
                self.finished = Some((at, *why));
                self.at_address = false;
                self.heard_from(at);
            }
            Event::Corrected { to, .. } => {
                self.state = *to;
                self.finished = None;
                if *to != AlertState::OnScene {
                    self.with_patient_at = None;
                }
                self.heard_from(at);
            }
            Event::AtAddress { .. } => {
                self.at_address = true;
                self.heard_from(at);
            }
            Event::LeftAddress { .. } => {
                self.at_address = false;
                self.heard_from(at);
            }
            Event::StillGoingAsked { .. } => {
                self.doubtful = true;
                // whoever is asked whether they are still coming is not said to be there
                self.at_address = false;
            }
            Event::Heard { heard_at, .. } => self.heard_from(*heard_at),
            Event::DangerReported { .. } => {
                self.in_danger = true;
                self.danger_at = Some(at);
                self.hears_of_danger();
                self.heard_from(at);
            }
            Event::DangerEnded { .. } => {
                self.in_danger = false;
                self.heard_from(at);
            }
            _ => {}
        }
    }

    fn hears_of_danger(&mut self) {
        self.told_danger = true;
        self.all_clear_at = None;
    }

    /// It is on its way after all: the windows of whoever waited begin now.
    fn handed_over(&mut self, at: Timestamp) {
        if self.is_waiting() {
            let waited = at - self.created_at;
            self.answer_by = (self.answer_by + waited).min(self.expires_at);
            self.receipt_by = (self.receipt_by + waited).min(self.expires_at);
        }
        self.push_waiting_since = None;
    }

    fn rise(&mut self, to: AlertState) {
        if self.state.is_unanswered() && self.state < to {
            self.state = to;
        }
    }

    fn heard_from(&mut self, at: Timestamp) {
        self.heard_at = self.heard_at.max(Some(at));
        self.doubtful = false;
    }
}
