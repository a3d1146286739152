//! When to look at an incident again, and how many people it wants asked.

use super::{Incident, State};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::time::Timestamp;

/// How many people should be asked now, and how far away they may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Want {
    /// The wave they belong to, from 1.
    pub wave: u32,
    /// Whether that wave begins with this search.
    pub launch: bool,
    /// How far away they may be, metres.
    pub radius_m: f64,
    /// How many.
    pub places: u32,
}

impl Incident {
    /// Who should be asked as of `now`; `None` while nobody should.
    pub fn wants(&self, now: Timestamp) -> Option<Want> {
        let plan = &self.opening.plan;
        if self.danger || !self.seeks() {
            return None;
        }
        let since = self.alerting_since?;
        let mut wave = self.wave.max(1);
        if self.widen_requested && plan.wave(self.wave + 1).is_some() {
            wave = self.wave + 1;
        }
        while plan
            .wave_after(wave + 1)
            .is_some_and(|after| since + after <= now)
        {
            wave += 1;
        }
        let asked = u32::try_from(self.alerts.len()).unwrap_or(u32::MAX);
        let places = plan
            .places(wave)
            .saturating_sub(self.occupied())
            .min(plan.max_asked.saturating_sub(asked));
        // a covered incident asks for one more per doubtful responder, not for a whole wave
        let places = if self.state == State::Covered {
            places.min(self.doubtful())
        } else {
            places
        };
        let launch = wave > self.wave;
        (places > 0).then_some(Want {
            wave,
            launch,
            radius_m: plan.wave(wave)?.radius_m,
            places,
        })
    }

    /// Too few are coming: fewer than wanted accepted, or somebody who accepted is doubtful and
    /// there is still room for one more.
    fn seeks(&self) -> bool {
        match self.state {
            State::Alerting | State::Exhausted => true,
            State::Covered => {
                self.going() < self.opening.plan.wanted
                    && self.accepted() < self.opening.plan.capacity()
            }
            State::Held | State::Closed => false,
        }
    }

    /// Accepted and not doubtful.
    fn going(&self) -> u32 {
        self.accepted() - self.doubtful()
    }

    fn doubtful(&self) -> u32 {
        let doubtful = |a: &&Alert| a.state.is_engaged() && a.doubtful;
        u32::try_from(self.alerts.iter().filter(doubtful).count()).unwrap_or(u32::MAX)
    }

    /// Places that nobody else should be asked for.
    fn occupied(&self) -> u32 {
        let plan = &self.opening.plan;
        let mut occupied = self.unanswered() + self.going();
        if !plan.replace_on_decline {
            occupied += self.count(|s| matches!(s, AlertState::Declined | AlertState::Withdrawn));
        }
        if !plan.replace_on_silence {
            occupied += self.count(|s| s.is_silent() || s == AlertState::Expired);
        }
        occupied
    }

    /// When to look again, as seen at `now`; `None` when nothing can happen by itself any more.
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let plan = &self.opening.plan;
        let alerts = self
            .alerts
            .iter()
            .filter_map(|a| self.alert_wake_at(a, now))
            .min();
        if self.is_closed() {
            return alerts;
        }
        let opened = self.opening.opened_at;
        let warn = (!self.warned).then_some(opened + plan.open_warn());
        let wave = (self.seeks() && !self.danger)
            .then(|| self.next_wave_at(now))
            .flatten();
        let search = self.wants(now).map(|_| {
            if self.short {
                now + plan.recheck()
            } else {
                now
            }
        });
        [alerts, warn, Some(opened + plan.open_max()), wave, search]
            .into_iter()
            .flatten()
            .min()
    }

    fn next_wave_at(&self, now: Timestamp) -> Option<Timestamp> {
        let asked = u32::try_from(self.alerts.len()).unwrap_or(u32::MAX);
        if asked >= self.opening.plan.max_asked {
            return None;
        }
        let after = self.opening.plan.wave_after(self.wave.max(1) + 1)?;
        let at = self.alerting_since? + after;
        // a wave that is due and asks for nobody must not wake the incident again and again
        (at > now).then_some(at)
    }

    fn alert_wake_at(&self, alert: &Alert, now: Timestamp) -> Option<Timestamp> {
        let plan = &self.opening.plan;
        let state = alert.state;
        if state.is_unanswered() {
            let receipt = alert.received_at.is_none().then_some(alert.receipt_by);
            return [Some(alert.answer_by), receipt, Some(alert.expires_at)]
                .into_iter()
                .flatten()
                .min();
        }
        if state.is_silent() {
            return Some(alert.expires_at);
        }
        if !state.is_engaged() {
            return None;
        }
        let heard = alert.heard_at.unwrap_or(alert.created_at);
        let released = heard + plan.engaged_max();
        if state == AlertState::OnScene {
            return Some(released);
        }
        let doubt = if alert.doubtful {
            // looks for the sign of life that ends the doubt
            now + plan.recheck()
        } else {
            heard + plan.still_going()
        };
        Some(released.min(doubt))
    }
}
