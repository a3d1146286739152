//! Asks that no provider takes: they wait, hold no place and end with their time alone.

use proptest::prelude::*;

use super::*;
use crate::domain::event::{Event, Recorded};
use crate::domain::ids::ResponderId;
use crate::domain::plan::Plans;
use crate::domain::responder::{Eligibility, Skills, Source, Travel};
use crate::domain::selection::Candidate;
use crate::domain::time::Millis;

const START: Timestamp = Timestamp(1_800_000_000_000);

/// What may happen to somebody's ask, or to all.
#[derive(Debug, Clone)]
enum Step {
    PutOff(usize),
    Taken(usize),
    Received(usize),
    Gone(usize),
    Pass(i64),
    Offer,
}

struct Town {
    incident: Incident,
    now: Timestamp,
    people: u64,
    asked: u32,
}

impl Town {
    fn new() -> Self {
        let opening = Opening {
            id: IncidentId::from("i1"),
            org: OrgNo(1),
            kind: "cardiac_arrest".to_owned(),
            plan: Plans::built_in().of_kind("cardiac_arrest").0.clone(),
            exercise: false,
            scene: Scene::Safe,
            place: PlaceKind::Unknown,
            patient_age_y: None,
            called_at: None,
            ems_eta_at: None,
            opened_at: START,
        };
        let mut town = Self {
            incident: Incident::raise(opening).0,
            now: START,
            people: 0,
            asked: 0,
        };
        town.offer();
        town
    }

    fn apply(&mut self, event: Event) {
        let version = self.incident.version;
        let at = self.now;
        self.incident.apply(&Recorded { at, version, event });
    }

    fn act(&mut self, command: &Command) {
        for event in self.incident.decide(command, self.now).unwrap() {
            self.apply(event);
        }
    }

    fn wake(&mut self) {
        self.act(&Command::Wake {
            lost: vec![],
            heard: vec![],
        });
    }

    /// Offers as many new people as are wanted.
    fn offer(&mut self) {
        let Some(want) = self.incident.wants(self.now) else {
            return;
        };
        let candidates = (0..want.places).map(|_| self.somebody()).collect();
        self.act(&Command::Ask {
            candidates,
            complete: true,
        });
        self.asked += want.places;
    }

    fn somebody(&mut self) -> (Candidate, Eligibility) {
        self.people += 1;
        let responder = ResponderNo(self.people);
        let candidate = Candidate {
            responder,
            skills: Skills::default(),
            travel: Travel::default(),
            distance_m: 100.0,
            eta_s: 60,
            accuracy_m: 5.0,
            fix_at: self.now,
            source: Source::Live,
        };
        let eligibility = Eligibility {
            responder,
            responder_id: ResponderId(format!("r{}", self.people)),
            skills: Skills::default(),
            barred: None,
            held_by: None,
        };
        (candidate, eligibility)
    }

    fn alert(&self, at: usize) -> AlertId {
        let at = at % self.incident.alerts.len();
        self.incident.alerts[at].id.clone()
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::PutOff(at) => self.apply(Event::PushPutOff {
                alert: self.alert(at),
                reason: "permission_denied".to_owned(),
            }),
            Step::Taken(at) => self.apply(Event::Sent {
                alert: self.alert(at),
            }),
            Step::Received(at) => self.apply(Event::Received {
                alert: self.alert(at),
                priority_original: None,
                priority_delivered: None,
            }),
            Step::Gone(at) => self.apply(Event::PushFailed {
                alert: self.alert(at),
                reason: "unregistered".to_owned(),
                last: true,
            }),
            Step::Pass(s) => {
                self.now = self.now + Millis::from_s(s);
                self.wake();
            }
            Step::Offer => self.offer(),
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<usize>().prop_map(Step::PutOff),
        2 => any::<usize>().prop_map(Step::Taken),
        1 => any::<usize>().prop_map(Step::Received),
        1 => any::<usize>().prop_map(Step::Gone),
        4 => (1..90_i64).prop_map(Step::Pass),
        3 => Just(Step::Offer),
    ];
    proptest::collection::vec(step, 1..60)
}

#[test]
fn who_waits_is_replaced_at_once_and_sent_when_a_provider_is_back() {
    let mut town = Town::new();
    let plan = town.incident.opening.plan.clone();
    let first = town.asked;
    for at in 0..first as usize {
        town.take(&Step::PutOff(at));
    }
    assert_eq!(town.incident.waiting(), first);
    assert_eq!(town.incident.wake_at(town.now), Some(town.now), "at once");
    assert_eq!(town.incident.wants(town.now).unwrap().places, first);
    town.take(&Step::Pass(100));
    assert_eq!(town.incident.waiting(), first, "no window ran");
    town.take(&Step::Taken(0));
    let sent = &town.incident.alerts[0];
    assert_eq!(sent.state, AlertState::Sent);
    assert_eq!(sent.answer_by, town.now + plan.answer_window());
    assert_eq!(sent.receipt_by, town.now + plan.receipt_window());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_ask_that_waits_ends_with_its_time_alone_and_holds_no_place(steps in steps()) {
        let mut town = Town::new();
        for step in &steps {
            let before = town.incident.clone();
            town.take(step);
            for old in before.alerts.iter().filter(|alert| alert.is_waiting()) {
                let new = town.incident.alert(&old.id).unwrap();
                prop_assert!(new.expires_at == old.expires_at);
                let is = new.state;
                let over = town.now >= old.expires_at;
                let allowed = match step {
                    Step::Pass(_) if over || before.is_closed() => true,
                    Step::Taken(_) => new.is_waiting() || is == AlertState::Sent,
                    // no push of it is left
                    Step::Gone(_) => true,
                    Step::Received(_) => new.is_waiting() || is == AlertState::Received,
                    _ => new.is_waiting() || town.incident.is_closed(),
                };
                prop_assert!(allowed, "{is:?} by {step:?}");
            }
            for alert in &town.incident.alerts {
                prop_assert!(alert.answer_by <= alert.expires_at && alert.receipt_by <= alert.expires_at);
            }
            // whoever was told holds a place, and nobody else
            let told = town.incident.unanswered() - town.incident.waiting();
            let most = town.incident.opening.plan.places(town.incident.wave.max(1));
            if let Some(want) = town.incident.wants(town.now) && !want.launch {
                let room = town.incident.opening.plan.max_asked.saturating_sub(town.asked);
                prop_assert_eq!(want.places, most.saturating_sub(told).min(room));
            }
            // looked at twice, nothing new
            let now = town.now;
            town.wake();
            let once = town.incident.clone();
            town.wake();
            prop_assert_eq!(&once, &town.incident);
            let wants = town.incident.wants(now).is_some();
            let next = town.incident.wake_at(now);
            prop_assert!(wants || next.is_none_or(|at| at > now), "due again and again");
        }
    }
}
