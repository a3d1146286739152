//! Rings that find too few, nobody, or all they may ask.

use super::*;
use crate::domain::event::ExhaustedReason;

impl Town {
    /// Searches as the timers do, among people from `nearest` to 60 times 100 m away.
    pub(super) fn search(&mut self, nearest: u64, complete: bool) {
        for _ in 0..WAVES_MAX {
            let Some(want) = self.incident.wants(self.now) else {
                return;
            };
            let candidates = (nearest..=60)
                .filter(|no| *no as f64 * 100.0 <= want.radius_m)
                .map(|no| self.candidate(no))
                .collect();
            let before = self.history.len();
            self.says(&Command::Ask {
                candidates,
                complete,
            });
            let is_empty = |r: &Recorded| matches!(r.event, Event::WaveEmpty { .. });
            if !self.history[before..].iter().any(is_empty) {
                return;
            }
        }
    }
}

#[test]
fn an_empty_ring_is_not_waited_out_and_later_ones_count_from_there() {
    let mut town = Town::new(opening(|_| {}));
    town.now = START + Millis::from_s(5);
    town.search(15, true);
    assert_eq!(town.incident.wave, 2);
    assert_eq!(town.incident.alerts[0].responder, ResponderNo(15));
    let plan = &town.incident.opening.plan;
    let between = plan.wave_after(3).unwrap().0 - plan.wave_after(2).unwrap().0;
    let next = town.incident.next_wave().unwrap();
    assert_eq!((next.wave, next.at), (3, town.now + Millis(between)));
}

#[test]
fn nothing_is_skipped_while_the_index_may_not_show_everybody() {
    let mut town = Town::new(opening(|_| {}));
    town.search(33, false);
    assert_eq!(town.incident.wave, 1);
    assert_ne!(town.incident.state, State::Exhausted);
    town.search(33, true);
    assert_eq!(town.incident.wave, 3);
}

#[test]
fn a_plan_may_wait_when_a_ring_is_empty() {
    let mut town = Town::new(opening(|o| o.plan.wait_when_empty = true));
    town.search(33, true);
    assert_eq!((town.incident.wave, town.incident.alerts.len()), (1, 0));
}

#[test]
fn a_ring_in_which_somebody_was_asked_is_not_empty() {
    let mut town = Town::new(opening(|_| {}));
    town.offer(2);
    for at in 0..2 {
        let id = town.id(at);
        town.says(&Command::Decline(id, FreeText::default()));
    }
    town.search(33, true);
    assert_eq!(town.incident.wave, 1);
    let next = town.incident.next_wave().unwrap();
    assert_eq!(
        next.at,
        START + town.incident.opening.plan.wave_after(2).unwrap()
    );
}

#[test]
fn exhausted_means_that_the_last_ring_was_searched_and_nobody_may_still_answer() {
    let mut town = cardiac(0);
    town.look(0);
    assert_eq!(town.incident.state, State::Exhausted);
    assert_eq!(
        town.incident.exhausted,
        Some(ExhaustedReason::NobodyInReach)
    );
    assert_eq!(town.incident.next_wave(), None);
    // whoever comes into reach is still asked
    town.pass(10);
    town.offer(1);
    assert_eq!(town.incident.state, State::Alerting);
    assert_eq!(town.incident.exhausted, None);
    for wave in 2..=3 {
        town.says(&Command::Widen {
            from_wave: wave - 1,
        });
        town.offer(1);
        assert_eq!(town.incident.state, State::Alerting, "one may still answer");
    }
    let id = town.id(0);
    town.says(&Command::Decline(id, FreeText::default()));
    town.look(1);
    assert_eq!(town.incident.state, State::Exhausted);
}

#[test]
fn a_search_that_finds_nobody_again_writes_nothing() {
    let mut town = cardiac(0);
    town.look(0);
    let before = town.history.len();
    town.pass(10);
    town.look(0);
    assert_eq!(town.history.len(), before);
}

#[test]
fn as_many_asked_as_allowed_is_said_and_not_silent() {
    let mut town = Town::new(opening(|o| o.plan.max_asked = 3));
    town.offer(30);
    for at in 0..3 {
        assert_eq!(town.incident.state, State::Alerting);
        let id = town.id(at);
        town.says(&Command::Decline(id, FreeText::default()));
    }
    assert_eq!(town.incident.state, State::Exhausted);
    assert_eq!(town.incident.exhausted, Some(ExhaustedReason::MaxAsked));
}

#[test]
fn a_plan_that_replaces_nobody_is_exhausted_when_all_have_declined() {
    let mut town = Town::new(opening(|o| {
        o.plan.replace_on_decline = false;
        o.plan.waves.truncate(1);
    }));
    town.offer(30);
    for at in 0..7 {
        let id = town.id(at);
        town.says(&Command::Decline(id, FreeText::default()));
    }
    assert_eq!(
        town.incident.exhausted,
        Some(ExhaustedReason::NoReplacement)
    );
}

#[test]
fn another_kind_changes_only_who_is_asked_from_then_on() {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    let mut plan = Plans::built_in().of_kind("fall").0.clone();
    plan.hold = true;
    plan.waves.truncate(1);
    let before = town.states();
    town.says(&Command::SetKind("fall".to_owned(), Box::new(plan)));
    assert_eq!(town.states(), before);
    assert_ne!(town.incident.state, State::Held);
    assert_eq!(town.incident.opening.kind, "fall");
    town.pass(3600);
    assert!(
        town.incident
            .wants(town.now)
            .is_none_or(|want| want.wave == 1)
    );
}
