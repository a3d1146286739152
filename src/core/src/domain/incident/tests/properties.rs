//! What must hold for every history.

use proptest::prelude::*;

use super::*;

/// Places of a cardiac arrest, the most that any plan of these tests has.
const CARDIAC_CAPACITY: u32 = 4;

/// One random step.
#[derive(Debug, Clone)]
enum Step {
    Pass(i64),
    Offer(u64),
    On(u8, usize),
    Desk(u8),
    Heard(u64),
    Lose(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1_i64..4000).prop_map(Step::Pass),
        (0_u64..40).prop_map(Step::Offer),
        (0_u8..14, 0_usize..24).prop_map(|(what, at)| Step::On(what, at)),
        (0_u8..14).prop_map(Step::Desk),
        (1_u64..40).prop_map(Step::Heard),
        (0_usize..24).prop_map(Step::Lose),
    ];
    proptest::collection::vec(step, 1..80)
}

#[expect(clippy::too_many_lines, reason = "one line a step")]
fn take(town: &mut Town, step: &Step) {
    let text = FreeText::default;
    match step {
        Step::Pass(s) => town.pass(*s),
        Step::Offer(people) => town.offer(*people),
        Step::Heard(no) => {
            let heard = vec![(ResponderNo(*no), town.now)];
            town.act(&Command::Wake {
                lost: vec![],
                heard,
            })
            .unwrap();
        }
        Step::Lose(at) if *at < town.incident.alerts.len() => {
            let lost = vec![town.id(*at)];
            town.act(&Command::Wake {
                lost,
                heard: vec![],
            })
            .unwrap();
        }
        Step::On(what, at) if *at < town.incident.alerts.len() => {
            let id = town.id(*at);
            let command = match what {
                0..=2 => yes(id, None),
                3 => Command::Decline(id, text()),
                4 => Command::Depart(id),
                5 => Command::Arrive(id),
                6 => Command::Finish(id, None),
                7 => Command::WithPatient(id),
                8 => Command::Safe(id),
                9 => Command::Finish(id, Some(FinishReason::HadToLeave)),
                10 => Command::Presence(id, town.now.0 % 2 == 0),
                11 => Command::StandDown(id, text()),
                12 => Command::Correct(Correction {
                    alert: id,
                    to: AlertState::EnRoute,
                    reason: text(),
                    claim: None,
                }),
                _ => Command::Unsafe(id, text()),
            };
            // refusals are part of the game
            let _refused_or_not = town.act(&command);
        }
        Step::Desk(what) => {
            let distances = town
                .incident
                .alerts
                .iter()
                .map(|a| (a.id.clone(), 1500.0, 400))
                .collect();
            let command = match what {
                0 => Command::Release(text(), None),
                1 => Command::Widen {
                    from_wave: town.incident.wave,
                },
                2 => Command::SetScene(Scene::Unsafe),
                3 | 4 => Command::SetScene(Scene::Safe),
                5 => Command::Move {
                    distances,
                    address_doubtful: false,
                },
                6 => Command::Close(Outcome::Completed, None),
                7 => Command::Reopen(text()),
                8 => Command::SetScene(Scene::Unknown),
                9 | 10 => {
                    let kind = if *what == 9 { "cardiac_arrest" } else { "fall" };
                    let plan = Plans::built_in().of_kind(kind).0.clone();
                    Command::SetKind(kind.to_owned(), Box::new(plan))
                }
                11 => Command::Release(text(), Some("ann".to_owned())),
                _ => Command::Dismiss(ResponderNo(3)),
            };
            let _refused_or_not = town.act(&command);
        }
        Step::On(..) | Step::Lose(_) => {}
    }
}

/// The legal graph: which state may follow which.
fn is_legal(from: AlertState, to: AlertState) -> bool {
    use AlertState as S;
    if from == to {
        return true;
    }
    match from {
        S::Queued | S::Sent | S::Received | S::Seen => {
            (to.is_unanswered() && to > from)
                || matches!(
                    to,
                    S::Accepted
                        | S::Declined
                        | S::Lapsed
                        | S::Unreachable
                        | S::StoodDown
                        | S::Expired
                )
        }
        S::Lapsed | S::Unreachable => {
            matches!(to, S::Accepted | S::Declined | S::StoodDown | S::Expired)
        }
        S::Accepted => matches!(
            to,
            S::EnRoute | S::OnScene | S::Finished | S::Withdrawn | S::StoodDown | S::Expired
        ),
        S::EnRoute => {
            matches!(
                to,
                S::OnScene | S::Finished | S::Withdrawn | S::StoodDown | S::Expired
            )
        }
        // the desk may take back a mistaken arrival or end
        S::OnScene => matches!(to, S::Finished | S::Withdrawn | S::StoodDown | S::EnRoute),
        S::Finished => to == S::EnRoute,
        S::Declined | S::Withdrawn | S::StoodDown | S::Expired => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_the_promises(steps in steps()) {
        let mut town = Town::new(opening(|_| {}));
        town.offer(20);
        for step in &steps {
            let before = town.incident.alerts.clone();
            take(&mut town, step);
            // a kind that was corrected may have fewer places; nobody is sent away for that
            let capacity = town.incident.opening.plan.capacity().max(CARDIAC_CAPACITY);
            prop_assert!(town.incident.accepted() <= capacity, "more accepted than there is room");
            for old in &before {
                let new = town.incident.alert(&old.id).unwrap();
                // one step is one decision, but a decision may pass through two states
                prop_assert!(
                    is_legal(old.state, new.state),
                    "{:?} became {:?} by {step:?}", old.state, new.state
                );
            }
            let mut unanswered: Vec<_> = town.incident.alerts.iter()
                .filter(|a| a.state.holds_claim()).map(|a| a.responder).collect();
            unanswered.sort();
            let people = unanswered.len();
            unanswered.dedup();
            prop_assert_eq!(people, unanswered.len(), "one responder asked twice at once");
            if let Some(at) = town.incident.wake_at(town.now) {
                prop_assert!(at >= START);
            }
        }
        let replayed = Incident::replay(&town.history).unwrap();
        prop_assert_eq!(&replayed, &town.incident);
    }

    #[test]
    fn a_second_look_at_the_same_instant_changes_nothing(steps in steps(), people in 0_u64..30) {
        let mut town = Town::new(opening(|_| {}));
        town.offer(20);
        for step in &steps {
            take(&mut town, step);
            let mut other = town.clone();
            other.look(people);
            let after_one = other.history.len();
            other.look(people);
            let more: Vec<_> = other.history[after_one..].iter().map(|r| &r.event).collect();
            prop_assert!(more.is_empty(), "looked at again: {more:?}");
        }
    }

    #[test]
    fn what_an_incident_says_of_itself_is_so(steps in steps(), people in 0_u64..30) {
        let mut town = Town::new(opening(|_| {}));
        town.look(people);
        for step in &steps {
            take(&mut town, step);
            town.look(people);
            prop_assert_eq!(truth::broken(&town.incident, &town.history), None, "after {:?}", step);
        }
    }

    #[test]
    fn left_alone_every_incident_closes_and_every_alert_ends(steps in steps()) {
        let mut town = Town::new(opening(|_| {}));
        town.offer(20);
        for step in &steps {
            take(&mut town, step);
        }
        // as the timers do: only ever at the instant the incident asked for
        let mut looks = 0;
        while let Some(at) = town.incident.wake_at(town.now) {
            town.now = town.now.max(at);
            town.look(20);
            looks += 1;
            prop_assert!(looks < 5000, "the incident wants to be looked at again and again");
        }
        prop_assert!(town.incident.is_closed());
        prop_assert!(town.incident.alerts.iter().all(|a| a.state.is_terminal()));
    }
}
