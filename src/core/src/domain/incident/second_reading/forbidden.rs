//! What must not happen to an incident as its history stands.

use super::{AT_ADDRESS_FOR, Person, Stand, Story};
use crate::domain::event::{Event, ExhaustedReason, Outcome, Recorded, WhyStoodDown};
use crate::domain::ids::{AlertId, ResponderNo};
use crate::domain::incident::State;
use crate::domain::plan::Scene;

fn check(wrong: bool, what: &'static str) -> Option<&'static str> {
    wrong.then_some(what)
}

impl Story {
    pub(super) fn must_not(&self, recorded: &Recorded) -> Option<&'static str> {
        let (filled, wanted) = (self.filled(), self.plan.wanted);
        match &recorded.event {
            Event::Alerted { alert } => self.must_not_ask(alert.responder),
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
            Event::WaveEmpty { wave } => {
                let asked = |p: &Person| p.round == self.round && p.wave == *wave;
                let asked = self.people.iter().any(asked);
                check(asked, "a wave that asked somebody was not waited out")
                    .or_else(|| check(self.plan.wait_when_empty, "a wave that waits was not"))
                    .or_else(|| check(*wave >= self.last_wave(), "no wave comes after it"))
            }
            Event::Released { override_by, .. } => {
                let by_scene = self.scene_in == recorded.version;
                let danger = self.danger && override_by.is_none();
                check(danger, "released into danger by nobody").or_else(|| {
                    let held = by_scene && !self.reasons(recorded.at).is_empty();
                    check(held, "started though something holds it")
                })
            }
            Event::StillHeld { reasons } => {
                let other = *reasons != self.reasons(recorded.at);
                check(other, "held for other reasons than there are")
            }
            Event::SceneChanged {
                scene: Scene::Unknown,
            } => check(self.danger, "not to know the scene ended a danger"),
            Event::Closed {
                outcome: Outcome::Expired,
                ..
            } => check(
                recorded.at - self.round_from < self.plan.open_max(),
                "closed by the clock of another round",
            ),
            Event::StoodDown { alert, why, .. } => {
                let corrected = self.kind_in == recorded.version;
                self.must_not_send_home(alert, *why, corrected)
            }
            Event::StillGoingAsked { alert } => {
                let found = self.people.iter().find(|p| p.alert == *alert)?;
                let at_address = found.near && recorded.at - found.heard_at < AT_ADDRESS_FOR;
                check(at_address || found.there, "doubted though they are there")
            }
            _ => None,
        }
    }

    fn must_not_ask(&self, who: ResponderNo) -> Option<&'static str> {
        let (filled, wanted) = (self.filled(), self.plan.wanted);
        let extras = filled.saturating_sub(wanted);
        let told = self.count(|p| p.stand == Stand::Ringing && !p.waits);
        let answered = told + extras >= self.silent();
        check(self.state == State::Closed, "asked after the end")
            .or_else(|| check(self.state == State::Held, "asked while held"))
            .or_else(|| check(self.stopped(), "asked into danger"))
            .or_else(|| {
                let too_many = self.asked() >= self.plan.max_asked;
                check(too_many, "asked more than the plan allows")
            })
            .or_else(|| {
                let covered = filled >= wanted;
                check(covered && answered, "asked for a doubt that is answered")
            })
            .or_else(|| check(!self.may_ask(who), "asked twice in a round"))
    }

    /// `corrected`: by the decision that corrects the kind.
    fn must_not_send_home(
        &self,
        alert: &AlertId,
        why: WhyStoodDown,
        corrected: bool,
    ) -> Option<&'static str> {
        let found = self.people.iter().find(|p| p.alert == *alert)?;
        let for_doubt = found.extra && matches!(found.stand, Stand::Ringing | Stand::Silent);
        let of_another = why == WhyStoodDown::DoubtEnded && !for_doubt;
        let never_engaged = matches!(why, WhyStoodDown::EnoughAccepted | WhyStoodDown::PlaceMoved);
        let sent_home = found.stand == Stand::On && (never_engaged || corrected);
        check(of_another, "sent home for a doubt of another")
            .or_else(|| check(sent_home, "sent home after a yes"))
    }
}
