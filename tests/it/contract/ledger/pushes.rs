//! Pushes and receipts, in good order and in bad.

use muster_core::domain::alert::AlertState;
use muster_core::domain::event::{Actor, Event, Outcome};
use muster_core::domain::incident::{Command, Receipt};
use muster_core::domain::push::PushKind;
use muster_core::domain::time::Millis;
use muster_core::ports::{Agenda as _, Fate, Ledger as _, Roster as _, Settled};

use super::support::{Engine, T0, address, desk, device, town};

pub(super) async fn pushes_left_by_a_crash_are_leased_again_and_moot_ones_are_dropped<E: Engine>() {
    let town = town::<E>(5).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let id = new.stored.incident.opening.id.clone();
    assert!(
        town.ledger
            .lease_outgoing(T0, 100)
            .await
            .unwrap()
            .is_empty()
    );
    let (ledger, org) = (town.engine.after_crash(&town.ledger).await, town.org);
    let left = ledger.lease_outgoing(T0, 100).await.unwrap();
    let rows = |all: &[muster_core::ports::Outgoing]| all.iter().map(|o| o.row).collect::<Vec<_>>();
    assert_eq!(rows(&left), rows(&new.outgoing));
    assert!(
        left.iter()
            .all(|o| o.attempts == 1 && o.message.kind == PushKind::Alert)
    );
    let late = T0 + Millis::from_s(601);
    assert!(ledger.lease_outgoing(late, 100).await.unwrap().is_empty());
    assert_eq!(ledger.next_outgoing().await.unwrap(), None);
    let log = ledger.log(org, &id).await.unwrap();
    let failed = log
        .iter()
        .filter(|l| format!("{:?}", l.recorded.event).contains("expired"));
    assert_eq!(failed.count(), 5);
    assert_eq!(ledger.due(late, 10).await.unwrap(), [(org, id)]);
    assert!(ledger.due(late, 10).await.unwrap().is_empty());
    assert_eq!(
        ledger.next_wake().await.unwrap(),
        Some(late + Millis::from_s(5))
    );
}

pub(super) async fn the_last_dead_phone_makes_the_incident_look_at_once<E: Engine>() {
    let town = town::<E>(2).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let gone = Fate::Gone("unregistered".to_owned());
    let settled = vec![Settled {
        row: new.outgoing[0].row,
        fate: gone,
    }];
    let later = T0 + Millis::from_s(1);
    town.ledger.settle_outgoing(settled, later).await.unwrap();
    assert_eq!(town.ledger.next_wake().await.unwrap(), Some(later));
    let changed = town.ledger.duty_changes(later).await.unwrap();
    assert!(
        changed
            .iter()
            .any(|p| p.responder == town.people[0] && !p.available)
    );
    assert!(town.ledger.duty_changes(later).await.unwrap().is_empty());
    let id = &new.stored.incident.opening.id;
    let after = town.wake(id, later).await.stored.incident;
    assert_eq!(after.alerts[0].state, AlertState::Unreachable);
    let back = town
        .ledger
        .put_device(town.people[0], device(0))
        .await
        .unwrap();
    assert!(back[0].available);
    let moved = town
        .ledger
        .put_device(town.people[0], device(1))
        .await
        .unwrap();
    assert_eq!(moved.len(), 2);
    assert!(!moved[1].available);
}

pub(super) async fn a_late_word_about_an_old_address_does_not_kill_the_new_one<E: Engine>() {
    let town = town::<E>(1).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let row = new.outgoing[0].row;
    town.ledger
        .put_device(town.people[0], device(77))
        .await
        .unwrap();
    let gone = || {
        vec![Settled {
            row,
            fate: Fate::Gone("unregistered".to_owned()),
        }]
    };
    town.ledger.settle_outgoing(gone(), T0).await.unwrap();
    let again = town.ledger.lease_outgoing(T0, 10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert!(again[0].row == row && again[0].message.address == address(77));
    town.ledger.settle_outgoing(gone(), T0).await.unwrap();
    let log = town
        .ledger
        .log(town.org, &again[0].message.incident)
        .await
        .unwrap();
    let last = log.last().unwrap();
    assert!(matches!(
        &last.recorded.event,
        Event::PushFailed { last: true, .. }
    ));
    assert_eq!(last.actor, Actor::provider());
}

pub(super) async fn a_receipt_after_the_end_is_recorded_and_moves_nothing<E: Engine>() {
    let town = town::<E>(1).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let id = new.stored.incident.opening.id;
    let close = Command::Close(Outcome::FalseAlarm, None);
    let closed = town.command(&id, T0, close).await.unwrap();
    assert!(
        closed
            .outgoing
            .iter()
            .all(|o| o.message.kind == PushKind::StandDown)
    );
    assert!(closed.profiles[0].available);
    let alert = &closed.stored.incident.alerts[0];
    for _ in 0..2 {
        let late = town
            .ledger
            .receipt(alert.responder, &alert.id, Receipt::Seen, desk(), T0);
        late.await.unwrap();
    }
    let after = town.ledger.incident(town.org, &id).await.unwrap().incident;
    assert_eq!(after.alerts[0].state, AlertState::StoodDown);
    assert_eq!(after.alerts[0].seen_at, Some(T0));
    let log = town.ledger.log(town.org, &id).await.unwrap();
    let seen = log
        .iter()
        .filter(|l| matches!(l.recorded.event, Event::Seen { .. }));
    assert_eq!(seen.count(), 1);
    let called_off = T0 + Millis::from_s(31);
    let left = town.ledger.lease_outgoing(called_off, 10).await.unwrap();
    assert!(left.len() == 1 && left[0].message.kind == PushKind::StandDown);
}
