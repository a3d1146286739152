//! What time does.

use super::Draft;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Event, FinishReason, Outcome};
use crate::domain::ids::{AlertId, ResponderNo};
use crate::domain::time::{Millis, Timestamp};

impl Draft {
    pub(super) fn wake(&mut self, lost: &[AlertId], heard: &[(ResponderNo, Timestamp)]) {
        let now = self.now;
        self.let_go_lost(lost, &[]);
        self.emit_for(
            |a| (a.state.is_unanswered() || a.state.is_silent()) && now >= a.expires_at,
            |alert| Event::Expired { alert },
        );
        self.emit_for(
            |a| {
                let silent = a.state.is_unanswered() && a.received_at.is_none();
                silent && !a.is_waiting() && now >= a.receipt_by
            },
            |alert| Event::Unreachable { alert },
        );
        self.emit_for(
            |a| a.state.is_unanswered() && !a.is_waiting() && now >= a.answer_by,
            |alert| Event::Lapsed { alert },
        );
        self.watch_engaged(heard);
        if self.incident.is_closed() {
            return;
        }
        let age = now - self.incident.round_began_at();
        if age >= self.incident.opening.plan.open_max() {
            self.close(Outcome::Expired, None);
        } else if age >= self.incident.opening.plan.open_warn() && !self.incident.warned {
            self.emit(Event::OpenForLong);
        }
    }

    fn watch_engaged(&mut self, heard: &[(ResponderNo, Timestamp)]) {
        let plan = &self.incident.opening.plan;
        let engaged_max = plan.engaged_max();
        let now = self.now;
        // once it is over only their own word says that they are still there: a phone may send
        // positions for days, and they could be asked for nothing else
        let heard = if self.incident.is_closed() {
            &[]
        } else {
            heard
        };
        let engaged: Vec<(Alert, Millis)> = self
            .incident
            .alerts
            .iter()
            .filter(|a| a.state.is_engaged())
            .map(|a| (a.clone(), a.doubted_after(plan)))
            .collect();
        for (alert, doubted_after) in engaged {
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
                    Event::Finished {
                        alert: id,
                        why: Some(FinishReason::Silent),
                    }
                } else {
                    Event::Expired { alert: id }
                });
            } else if alert.state == AlertState::OnScene {
                // whoever is there is not hurried; only the longest silence ends it
                if now - last >= engaged_max {
                    self.emit(Event::Heard {
                        alert: id,
                        heard_at: latest,
                    });
                }
            } else if silent_for >= doubted_after {
                // a fix that came late put off the release: it is written down, or the incident
                // would be due again and again until the fix is as old
                let put_off = now - last >= engaged_max;
                if put_off {
                    self.emit(Event::Heard {
                        alert: id.clone(),
                        heard_at: latest,
                    });
                }
                if put_off || !alert.doubtful {
                    self.emit(Event::StillGoingAsked { alert: id });
                }
            } else if latest > last
                && (alert.doubtful || now - last >= doubted_after.min(engaged_max))
            {
                // a plan may release people before it would doubt them
                self.emit(Event::Heard {
                    alert: id,
                    heard_at: latest,
                });
            }
        }
    }
}
