//! Many at once want the same people and the same places.

use std::collections::HashSet;
use std::sync::Arc;

use muster_core::domain::alert::AlertState;
use muster_core::domain::incident::Refusal;
use muster_core::ports::{Agenda as _, Ledger as _, LedgerError};
use tokio::task::JoinSet;

use super::support::{Engine, T0, Town, town};

pub(super) async fn nobody_has_two_unanswered_alerts_when_fifty_incidents_want_the_same_people<
    E: Engine,
>() {
    let town: Arc<Town<E>> = Arc::new(town::<E>(100).await);
    let mut raising = JoinSet::new();
    for _ in 0..50 {
        let town = Arc::clone(&town);
        raising.spawn(async move { town.raise_at_last(&town.people).await });
    }
    let mut asked = Vec::new();
    while let Some(raised) = raising.join_next().await {
        let stored = raised.unwrap().committed().stored.clone();
        asked.extend(stored.incident.alerts.iter().map(|a| a.responder));
    }
    assert_eq!(asked.len(), 100);
    assert_eq!(asked.iter().collect::<HashSet<_>>().len(), 100);
}

pub(super) async fn two_hundred_answers_at_once_fill_the_places_and_no_more<E: Engine>() {
    let town: Arc<Town<E>> = Arc::new(town::<E>(200).await);
    let mut raise = town.raise_of(&town.people, false);
    raise.opening.plan.waves[0].at_once = 200;
    raise.opening.plan.max_asked = 200;
    let new = town.raise(raise).await;
    let id = new.stored.incident.opening.id.clone();
    assert_eq!(new.stored.incident.alerts.len(), 200);
    let mut answering = JoinSet::new();
    for alert in new.stored.incident.alerts {
        let (town, id) = (Arc::clone(&town), id.clone());
        answering.spawn(async move { town.accept_at_last(&id, &alert.id).await });
    }
    let mut yes = 0;
    while let Some(answer) = answering.join_next().await {
        match answer.unwrap() {
            Ok(()) => yes += 1,
            Err(error) => {
                assert_eq!(error, LedgerError::Refused(Refusal::AlreadyCovered));
            }
        }
    }
    let after = town.ledger.incident(town.org, &id).await.unwrap().incident;
    assert_eq!((yes, after.accepted()), (4, 4));
}

pub(super) async fn an_exercise_yields_to_a_real_incident_and_notices<E: Engine>() {
    let town = town::<E>(3).await;
    let exercise = town.raise(town.raise_of(&town.people, true)).await;
    assert!(exercise.profiles.is_empty());
    let drill = exercise.stored.incident.opening.id.clone();
    let second = town.raise(town.raise_of(&town.people, true)).await;
    assert!(second.stored.incident.alerts.is_empty());
    let real = town.raise(town.raise_of(&town.people[..1], false)).await;
    assert_eq!(real.stored.incident.alerts.len(), 1);
    assert!(real.profiles.len() == 1 && !real.profiles[0].available);
    assert_eq!(town.ledger.next_wake().await.unwrap(), Some(T0));
    let after = town.wake(&drill, T0).await.stored.incident;
    assert_eq!(after.alerts[0].state, AlertState::StoodDown);
    assert_eq!(after.alerts[1].state, AlertState::Queued);
    // letting go of a lost responder does not take them from the real incident
    let id = real.stored.incident.opening.id;
    let yes = town
        .accept(&id, &real.stored.incident.alerts[0].id, T0)
        .await
        .unwrap();
    assert_eq!(yes.stored.incident.accepted(), 1);
    assert!(town.wake(&id, T0).await.events.is_empty());
}
