//! What each event does to the incident. No decision is made here.

use super::{Acknowledgement, Incident, State};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Event, Recorded};
use crate::domain::ids::AlertId;
use crate::domain::plan::Scene;
use crate::domain::push::wakeups;
use crate::domain::time::Timestamp;

impl Incident {
    /// The incident that a history describes; `None` unless it begins with `Raised`.
    pub fn replay<'a>(history: impl IntoIterator<Item = &'a Recorded>) -> Option<Self> {
        let mut history = history.into_iter();
        let first = history.next()?;
        let Event::Raised { opening } = &first.event else {
            return None;
        };
        let held_reasons = opening.held_reasons();
        let held = !held_reasons.is_empty();
        let mut incident = Self {
            version: first.version,
            state: if held { State::Held } else { State::Alerting },
            held_reasons,
            alerting_since: (!held).then_some(opening.opened_at),
            wave: 0,
            widen_requested: false,
            short: false,
            danger: opening.scene == Scene::Unsafe,
            warned: false,
            closed: None,
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
            Event::Released { .. } => {
                self.state = State::Alerting;
                self.held_reasons.clear();
                self.alerting_since = Some(*at);
            }
            Event::WaveLaunched { wave, .. } => {
                self.wave = *wave;
                self.widen_requested = false;
                self.short = false;
            }
            Event::WidenRequested => self.widen_requested = true,
            Event::Alerted { alert } => {
                self.alerts.push((**alert).clone());
                if self.state == State::Exhausted {
                    self.state = State::Alerting;
                }
            }
            Event::FoundTooFew { .. } => self.short = true,
            Event::Exhausted => self.state = State::Exhausted,
            Event::Covered => self.state = State::Covered,
            Event::Uncovered => {
                self.state = State::Alerting;
                self.short = false;
            }
            Event::SceneChanged { scene } => {
                self.opening.scene = *scene;
                self.danger = *scene == Scene::Unsafe;
            }
            Event::EmsEtaChanged { at } => self.opening.ems_eta_at = *at,
            Event::OpenForLong => self.warned = true,
            Event::Acknowledged { alarm, by } => {
                self.acknowledged.retain(|known| known.alarm != *alarm);
                self.acknowledged.push(Acknowledgement {
                    alarm: *alarm,
                    by: by.clone(),
                    at: *at,
                });
            }
            Event::Closed { outcome, .. } => {
                self.state = State::Closed;
                self.closed = Some((*at, *outcome));
            }
            Event::Reopened { .. } => {
                self.state = State::Alerting;
                self.held_reasons.clear();
                self.alerting_since = Some(*at);
                self.closed = None;
                self.warned = false;
                self.wave = 0;
                self.short = false;
            }
            Event::Moved { distances } => self.apply_moved(distances, *version),
            // the beginning is made by `replay`; the rest is for the log alone
            Event::Raised { .. }
            | Event::PassedOver { .. }
            | Event::AddressChanged
            | Event::Noted { .. }
            | Event::MessageSent { .. } => {}
            _ => self.apply_to_alert(recorded),
        }
        self.note_told(event, *version);
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
            Event::Sent { .. } => self.rise(AlertState::Sent),
            Event::Received { .. } => {
                self.received_at.get_or_insert(at);
                self.rise(AlertState::Received);
            }
            Event::Seen { .. } => {
                self.received_at.get_or_insert(at);
                self.seen_at.get_or_insert(at);
                self.rise(AlertState::Seen);
            }
            Event::Confirmed { shown, .. } => {
                self.confirmed_version = self.confirmed_version.max(Some(*shown));
            }
            Event::PushFailed { last: true, .. } => self.receipt_by = self.receipt_by.min(at),
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
            Event::ReachedPatient { .. } => {
                self.with_patient_at.get_or_insert(at);
                self.heard_from(at);
            }
            Event::Finished { .. } => {
                self.state = AlertState::Finished;
                self.heard_from(at);
            }
            Event::Lapsed { .. } => self.state = AlertState::Lapsed,
            Event::Unreachable { .. } => self.state = AlertState::Unreachable,
            Event::Expired { .. } => self.state = AlertState::Expired,
            Event::StoodDown { .. } => self.state = AlertState::StoodDown,
            Event::StillGoingAsked { .. } => self.doubtful = true,
            Event::Heard { heard_at, .. } => self.heard_from(*heard_at),
            Event::DangerReported { .. } => {
                self.in_danger = true;
                self.heard_from(at);
            }
            _ => {}
        }
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
