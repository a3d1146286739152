//! When to look at an incident again.

use super::Incident;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::time::Timestamp;

impl Incident {
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
        let began = self.round_began_at();
        let warn = (!self.warned).then_some(began + plan.open_warn());
        // a wave that is due and asks for nobody must not wake the incident again and again
        let wave = self.next_wave().map(|next| next.at).filter(|at| *at > now);
        let search = self.wants(now).map(|_| {
            if self.short {
                now + plan.recheck()
            } else {
                now
            }
        });
        [alerts, warn, Some(began + plan.open_max()), wave, search]
            .into_iter()
            .flatten()
            .min()
    }

    fn alert_wake_at(&self, alert: &Alert, now: Timestamp) -> Option<Timestamp> {
        let plan = &self.opening.plan;
        let state = alert.state;
        if alert.is_waiting() {
            return Some(alert.expires_at);
        }
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
            heard + alert.doubted_after(plan)
        };
        Some(released.min(doubt))
    }
}
