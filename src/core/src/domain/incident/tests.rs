//! The life-cycle rules one by one, on an incident that is driven as the ledger drives it.

mod after;
mod danger;
mod doubt;
mod held;
mod merge;
mod properties;
mod rounds;
mod truth;
mod waves;

use super::*;
use crate::domain::event::{Event, FinishReason, FreeText, Recorded, WhyStoodDown};
use crate::domain::ids::ResponderId;
use crate::domain::plan::{Plans, WAVES_MAX};
use crate::domain::responder::{Bar, Claim, Eligibility, Skills, Source, Travel};
use crate::domain::selection::Candidate;

const START: Timestamp = Timestamp(1_800_000_000_000);

fn opening(change: impl FnOnce(&mut Opening)) -> Opening {
    let mut opening = Opening {
        id: IncidentId::from("i1"),
        org: OrgNo(1),
        kind: "cardiac_arrest".to_owned(),
        plan: Plans::built_in().of_kind("cardiac_arrest").0.clone(),
        exercise: false,
        scene: Scene::Unknown,
        place: PlaceKind::Unknown,
        patient_age_y: None,
        called_at: None,
        ems_eta_at: None,
        opened_at: START,
    };
    change(&mut opening);
    opening
}

/// An incident with its history, driven as the ledger drives it.
#[derive(Clone)]
struct Town {
    incident: Incident,
    history: Vec<Recorded>,
    now: Timestamp,
    distance_limit: f64,
}

impl Town {
    fn new(opening: Opening) -> Self {
        let (incident, raised) = Incident::raise(opening);
        Self {
            incident,
            history: vec![raised],
            now: START,
            distance_limit: 10_000.0,
        }
    }

    fn act(&mut self, command: &Command) -> Result<usize, Refusal> {
        let events = self.incident.decide(command, self.now)?;
        let version = self.incident.version_after(command);
        let count = events.len();
        for event in events {
            let recorded = Recorded {
                at: self.now,
                version,
                event,
            };
            self.incident.apply(&recorded);
            self.history.push(recorded);
        }
        Ok(count)
    }

    fn pass(&mut self, s: i64) {
        self.now = self.now + Millis::from_s(s);
        self.wake();
    }

    fn wake(&mut self) {
        self.act(&Command::Wake {
            lost: vec![],
            heard: vec![],
        })
        .unwrap();
    }

    /// Offers people 100 m apart, numbers 1 to `people`.
    fn offer(&mut self, people: u64) {
        let Some(want) = self.incident.wants(self.now) else {
            return;
        };
        let reach = want.radius_m.min(self.distance_limit);
        let candidates = (1..=people)
            .filter(|no| *no as f64 * 100.0 <= reach)
            .map(|no| self.candidate(no))
            .collect();
        self.act(&Command::Ask {
            candidates,
            complete: true,
        })
        .unwrap();
    }

    /// As the timers do: lets time pass, and asks as long as a wave finds nobody.
    fn look(&mut self, people: u64) {
        self.wake();
        for _ in 0..WAVES_MAX {
            let before = self.history.len();
            self.offer(people);
            let is_empty = |r: &Recorded| matches!(r.event, Event::WaveEmpty { .. });
            if !self.history[before..].iter().any(is_empty) {
                break;
            }
        }
    }

    /// A sign of life of this responder.
    fn hear(&mut self, no: u64) {
        let heard = vec![(ResponderNo(no), self.now)];
        self.act(&Command::Wake {
            lost: vec![],
            heard,
        })
        .unwrap();
    }

    fn says(&mut self, command: &Command) {
        self.act(command).unwrap();
    }

    /// Who the alerts of the current round were sent to.
    fn asked_in_round(&self) -> Vec<u64> {
        let round = self.incident.round;
        let alerts = self.incident.alerts.iter().filter(|a| a.round == round);
        alerts.map(|a| a.responder.0).collect()
    }

    fn candidate(&mut self, no: u64) -> (Candidate, Eligibility) {
        let candidate = Candidate {
            responder: ResponderNo(no),
            skills: Skills::default(),
            travel: Travel::default(),
            distance_m: no as f64 * 100.0,
            eta_s: 60,
            accuracy_m: 5.0,
            fix_at: self.now,
            source: Source::Live,
        };
        let eligibility = Eligibility {
            responder: ResponderNo(no),
            responder_id: ResponderId(format!("r{no}")),
            skills: Skills::default(),
            barred: None,
            held_by: None,
        };
        (candidate, eligibility)
    }

    fn id(&self, at: usize) -> AlertId {
        self.incident.alerts[at].id.clone()
    }

    fn accept(&mut self, at: usize) -> Result<usize, Refusal> {
        let id = self.id(at);
        self.act(&yes(id, None))
    }

    fn states(&self) -> Vec<&'static str> {
        self.incident
            .alerts
            .iter()
            .map(|a| a.state.as_str())
            .collect()
    }
}

fn yes(alert: AlertId, claim: Option<Claim>) -> Command {
    Command::Accept {
        alert,
        claim,
        knowing: false,
    }
}

fn cardiac(people: u64) -> Town {
    let mut town = Town::new(opening(|_| {}));
    town.offer(people);
    town
}

#[test]
fn the_seven_nearest_are_asked_at_once() {
    let town = cardiac(30);
    assert_eq!(town.incident.alerts.len(), 7);
    assert_eq!(town.incident.alerts[6].responder, ResponderNo(7));
    assert_eq!(
        (town.incident.state, town.incident.wave),
        (State::Alerting, 1)
    );
}

#[test]
fn a_fix_that_came_late_does_not_make_the_incident_due_again_and_again() {
    let mut town = cardiac(1);
    town.accept(0).unwrap();
    let plan = town.incident.opening.plan.clone();
    town.pass(150);
    assert!(town.incident.alerts[0].doubtful);
    // the phone was without a network and reports where it was ten minutes after the yes
    let heard = vec![(ResponderNo(1), START + Millis::from_s(600))];
    town.now = START + plan.engaged_max();
    town.act(&Command::Wake {
        lost: vec![],
        heard,
    })
    .unwrap();
    assert!(town.incident.alerts[0].doubtful);
    assert!(town.incident.wake_at(town.now) > Some(town.now));
}

#[test]
fn somebody_found_in_two_places_is_asked_once() {
    let mut town = Town::new(opening(|_| {}));
    let candidates = vec![town.candidate(1), town.candidate(2), town.candidate(1)];
    town.act(&Command::Ask {
        candidates,
        complete: true,
    })
    .unwrap();
    let asked: Vec<u64> = town.incident.alerts.iter().map(|a| a.responder.0).collect();
    assert_eq!(asked, [1, 2]);
}

#[test]
fn a_decline_is_replaced_by_the_next_nearest() {
    let mut town = cardiac(30);
    let id = town.id(2);
    town.act(&Command::Decline(id, FreeText::default()))
        .unwrap();
    assert_eq!(town.incident.wake_at(town.now), Some(town.now));
    town.offer(30);
    assert_eq!(town.incident.alerts[7].responder, ResponderNo(8));
}

#[test]
fn silence_lapses_and_is_replaced_but_a_late_yes_is_welcome() {
    let mut town = cardiac(30);
    for at in 0..7 {
        town.incident.alerts[at].received_at = Some(town.now);
    }
    town.pass(30);
    assert_eq!(town.states(), ["lapsed"; 7]);
    town.offer(10);
    assert_eq!(town.incident.unanswered(), 3);
    town.accept(0).unwrap();
    assert_eq!(town.incident.accepted(), 1);
}

#[test]
fn no_receipt_means_unreachable_before_the_answer_window_ends() {
    let mut town = cardiac(3);
    town.pass(12);
    assert_eq!(town.states(), ["unreachable"; 3]);
}

#[test]
fn three_cover_a_fourth_fits_and_the_rest_are_stood_down() {
    let mut town = cardiac(30);
    for at in 0..3 {
        town.accept(at).unwrap();
    }
    assert_eq!(town.incident.state, State::Covered);
    assert_eq!(town.incident.unanswered(), 4);
    town.accept(3).unwrap();
    assert_eq!(town.states()[4..], ["stood_down"; 3]);
    assert_eq!(town.accept(4), Err(Refusal::AlreadyCovered));
}

#[test]
fn a_withdrawal_reopens_the_place_and_the_stood_down_may_be_asked_again() {
    let mut town = cardiac(7);
    for at in 0..4 {
        town.accept(at).unwrap();
    }
    for at in 0..2 {
        let id = town.id(at);
        town.act(&Command::Decline(id, FreeText::default()))
            .unwrap();
    }
    assert_eq!(town.incident.state, State::Alerting);
    assert_eq!(town.states()[..2], ["withdrawn"; 2]);
    town.offer(7);
    let asked_again: Vec<u64> = town.incident.alerts[7..]
        .iter()
        .map(|a| a.responder.0)
        .collect();
    assert_eq!(asked_again, [5, 6, 7]);
    assert_eq!(town.accept(4), Err(Refusal::AlertEnded));
}

#[test]
fn waves_widen_while_too_few_have_accepted() {
    let mut town = cardiac(30);
    town.pass(60);
    let want = town.incident.wants(town.now).unwrap();
    assert_eq!((want.wave, want.launch, want.radius_m), (2, true, 2000.0));
    town.offer(30);
    town.pass(60);
    town.offer(60);
    assert_eq!(town.incident.wave, 3);
}

#[test]
fn widening_past_the_wave_seen_changes_nothing() {
    let mut town = cardiac(30);
    assert_eq!(town.act(&Command::Widen { from_wave: 1 }), Ok(1));
    town.offer(30);
    assert_eq!(town.incident.wave, 2);
    assert_eq!(town.incident.alerts.len(), 14);
    assert_eq!(town.act(&Command::Widen { from_wave: 1 }), Ok(0));
}

#[test]
fn closing_leaves_people_on_scene_alone() {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    town.accept(1).unwrap();
    let (there, coming) = (town.id(0), town.id(1));
    town.act(&Command::Arrive(there.clone())).unwrap();
    town.act(&Command::Close(Outcome::EmsOnScene, None))
        .unwrap();
    assert_eq!(
        town.incident.alert(&there).unwrap().state,
        AlertState::OnScene
    );
    assert_eq!(
        town.incident.alert(&coming).unwrap().state,
        AlertState::StoodDown
    );
    town.act(&Command::Finish(there.clone(), None)).unwrap();
    assert_eq!(
        town.incident.alert(&there).unwrap().state,
        AlertState::Finished
    );
    assert_eq!(town.accept(5), Err(Refusal::IncidentClosed));
}

#[test]
fn an_engagement_without_a_word_for_two_hours_ends_by_itself() {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    town.accept(1).unwrap();
    let there = town.id(0);
    town.act(&Command::Arrive(there)).unwrap();
    town.pass(7200);
    assert_eq!(town.states()[..2], ["finished", "expired"]);
}

#[test]
fn an_open_incident_warns_and_then_closes_by_itself() {
    let mut town = cardiac(3);
    town.pass(7200);
    assert!(town.incident.warned);
    town.pass(7200);
    assert_eq!(town.incident.closed.unwrap().1, Outcome::Expired);
    assert_eq!(town.incident.wake_at(town.now), None);
}

#[test]
fn engaged_elsewhere_cannot_accept_unless_that_was_an_exercise() {
    let mut town = cardiac(30);
    let claim = |exercise| {
        Some(Claim {
            alert: AlertId::from("elsewhere"),
            engaged: true,
            exercise,
        })
    };
    let id = town.id(0);
    assert_eq!(
        town.act(&yes(id.clone(), claim(false))),
        Err(Refusal::AlreadyEngaged)
    );
    assert_eq!(town.act(&yes(id, claim(true))), Ok(1));
}

#[test]
fn a_lost_claim_stands_the_responder_down_and_is_replaced() {
    let mut town = cardiac(30);
    let lost = vec![town.id(0)];
    town.act(&Command::Wake {
        lost,
        heard: vec![],
    })
    .unwrap();
    let newest = &town.history.last().unwrap().event;
    assert!(matches!(
        newest,
        Event::StoodDown {
            why: WhyStoodDown::CalledElsewhere,
            ..
        }
    ));
    assert_eq!(town.incident.wants(town.now).unwrap().places, 1);
}

#[test]
fn whoever_is_now_out_of_reach_of_a_moved_place_is_let_go() {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    let distances = (0..7)
        .map(|at| (town.id(at), if at < 2 { 4000.0 } else { 300.0 }, 200))
        .collect();
    town.act(&Command::Move {
        distances,
        address_doubtful: false,
    })
    .unwrap();
    assert_eq!(town.states()[..3], ["accepted", "stood_down", "queued"]);
}

#[test]
fn the_barred_are_passed_over_with_the_reason() {
    let mut town = Town::new(opening(|_| {}));
    let (candidate, mut eligibility) = town.candidate(1);
    eligibility.barred = Some(Bar::OffDuty);
    town.act(&Command::Ask {
        candidates: vec![(candidate, eligibility)],
        complete: true,
    })
    .unwrap();
    assert!(town.incident.alerts.is_empty());
    let named = town.history.iter().any(|r| {
        matches!(&r.event, Event::PassedOver { people } if people[0].responder_id.as_str() == "r1")
    });
    assert!(named);
}

#[test]
fn a_repeat_of_a_success_answers_the_same_and_changes_nothing() {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    assert_eq!(town.accept(0), Ok(0));
    let id = town.id(0);
    town.act(&Command::Arrive(id.clone())).unwrap();
    assert_eq!(town.act(&Command::Depart(id)), Ok(0));
}
