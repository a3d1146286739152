//! What an incident says of itself, beside its history as it was read a second time.

use super::{Person, Stand, Story};
use crate::domain::alert::AlertState;
use crate::domain::incident::{Incident, State};

impl Story {
    /// What the incident says of itself after a decision, and is not so.
    pub fn contradicts(&self, incident: &Incident) -> Option<&'static str> {
        let ringing = self.ringing();
        let asks = self.state == State::Alerting && !self.stopped();
        let idle = asks && ringing == 0 && incident.wants(self.at).is_none();
        let next = incident.next_wave().map(|next| (next.wave, next.at));
        let uncalled = self.state == State::Covered && self.silent() == 0;
        let extra = |p: &Person| p.extra && p.stand == Stand::Ringing;
        let waits = self.state == State::Held;
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
            (waits && incident.held_reasons != self.held, "why it waits"),
            (waits && self.held.is_empty(), "it waits for nothing"),
            (next != self.next(), "what comes by itself"),
            (
                idle && next.is_none(),
                "it says that people are asked, and nobody will be",
            ),
            (
                uncalled && self.people.iter().any(extra),
                "a doubt is over, and somebody still rings for it",
            ),
        ]
        .into_iter()
        .find_map(|(wrong, what)| wrong.then_some(what))
        .or_else(|| self.contradicts_people(incident))
        .or_else(|| self.contradicts_numbers(incident))
    }

    fn contradicts_people(&self, incident: &Incident) -> Option<&'static str> {
        incident.alerts.iter().find_map(|alert| {
            let Some(told) = self.people.iter().find(|p| p.alert == alert.id) else {
                return Some("who was asked");
            };
            let there = told.stand == Stand::On && told.there;
            [
                (told.warned != alert.told_danger, "who knows of the danger"),
                (told.in_danger != alert.in_danger, "who is in danger"),
                (!stands(told.stand, alert.state), "where somebody stands"),
                (
                    there != (alert.state == AlertState::OnScene),
                    "who is there",
                ),
                (told.near != alert.at_address, "who is at the address"),
            ]
            .into_iter()
            .find_map(|(wrong, what)| wrong.then_some(what))
        })
    }

    /// What a caller is told of a number of people, while nothing is known of where they are.
    fn contradicts_numbers(&self, incident: &Incident) -> Option<&'static str> {
        let said = incident.summary(|_| None, self.at);
        let on = |p: &Person, there: bool| p.stand == Stand::On && p.there == there;
        let done =
            |p: &Person| matches!(p.stand, Stand::Done | Stand::LeftEarly) && p.round == self.round;
        let wrong = said.on_scene != self.count(|p| on(p, true))
            || said.coming != self.count(|p| on(p, false))
            || said.at_address != self.count(|p| on(p, false) && p.near)
            || said.finished != self.count(done)
            || said.first_eta_s.is_some();
        wrong.then_some("the numbers for the caller")
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
