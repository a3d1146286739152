//! Somebody on an incident goes to another report of the same emergency.

use super::support::{Engine, T0, candidates, town};
use muster_core::domain::alert::AlertState;
use muster_core::domain::event::WhyStoodDown;
use muster_core::domain::ids::AlertId;
use muster_core::domain::incident::{Command, Incident};
use muster_core::domain::responder::Bar;
use muster_core::ports::Ledger as _;
use std::sync::{Arc, Mutex};

/// The claim goes with them: the other incident holds them now, the first finds that it lost them,
/// and a third cannot ask them.
pub(super) async fn the_claim_goes_with_whoever_is_taken_over<E: Engine>() {
    let town = town::<E>(3).await;
    let first = town.raise(town.raise_of(&town.people, false)).await.stored;
    let first_id = first.incident.opening.id.clone();
    let alert = first.incident.alerts[0].id.clone();
    town.accept(&first_id, &alert, T0).await.unwrap();
    let other = town.raise(town.raise_of(&[], false)).await.stored;
    let other_id = other.incident.opening.id.clone();

    let before = town.ledger.incident(town.org, &first_id).await.unwrap();
    let engaged = before.incident.alert(&alert).unwrap().clone();
    let held: Arc<Mutex<Vec<Option<AlertId>>>> = Arc::default();
    let seen = Arc::clone(&held);
    let from = first_id.clone();
    let mut decision = town.decision(
        &other_id,
        T0,
        Box::new(move |_: &Incident, facts| {
            let held = facts
                .candidates
                .iter()
                .map(|(_, word)| word.held_by.clone());
            *seen.lock().unwrap() = held.collect();
            vec![Command::TakeOver(from, vec![engaged])]
        }),
    );
    decision.needs.candidates = candidates(&town.people);
    let taken = town.ledger.decide(decision).await.unwrap();
    let asked = |at: usize| Some(first.incident.alerts[at].id.clone());
    assert_eq!(*held.lock().unwrap(), [asked(0), asked(1), asked(2)]);
    let [mine] = &*taken.stored.incident.alerts else {
        panic!("one alert");
    };
    assert_eq!(
        (mine.state, mine.replaces.last()),
        (AlertState::Accepted, Some(&alert))
    );

    let woken = town.wake(&first_id, T0).await.stored.incident;
    let left = woken.alert(&alert).unwrap();
    assert_eq!(
        (left.state, left.stood_down_because),
        (AlertState::StoodDown, Some(WhyStoodDown::Merged))
    );
    let mut third = town.raise_of(&town.people[..1], false);
    third.complete = true;
    assert!(town.raise(third).await.stored.incident.alerts.is_empty());
    let word = Arc::new(Mutex::new(None));
    let barred = Arc::clone(&word);
    let mut again = town.decision(
        &first_id,
        T0,
        Box::new(move |_, facts| {
            *barred.lock().unwrap() = facts.candidates[0].1.barred;
            Vec::new()
        }),
    );
    again.needs.candidates = candidates(&town.people[..1]);
    town.ledger.decide(again).await.unwrap();
    assert_eq!(*word.lock().unwrap(), Some(Bar::Engaged));
}
