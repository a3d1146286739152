//! Pushes and receipts, in good order and in bad.

use muster_core::domain::alert::AlertState;
use muster_core::domain::event::{Actor, Event, Outcome};
use muster_core::domain::ids::DeviceId;
use muster_core::domain::incident::{Command, Receipt};
use muster_core::domain::push::{Platform, PushKind};
use muster_core::domain::responder::Bar;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Agenda as _, Device, Ledger as _, LogLine, Outgoing, PushId, PushReport, PushResult, PutOff,
    Roster as _,
};

use super::support::{Engine, T0, address, candidates, desk, device, town};

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
    let ids = |all: &[Outgoing]| all.iter().map(|o| o.id).collect::<Vec<_>>();
    assert_eq!(ids(&left), ids(&new.outgoing));
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
    let gone = PushResult::Gone("unregistered".to_owned());
    let settled = vec![PushReport {
        id: new.outgoing[0].id,
        result: gone,
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
    town.ledger
        .revive(vec![(town.people[0], device(0).id)])
        .await
        .unwrap();
    let changed = town.ledger.duty_changes(later).await.unwrap();
    assert!(
        changed
            .iter()
            .any(|p| p.responder == town.people[0] && p.available),
        "brought back"
    );
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
    let id = new.outgoing[0].id;
    town.ledger
        .put_device(town.people[0], device(77))
        .await
        .unwrap();
    let gone = |id| {
        vec![PushReport {
            id,
            result: PushResult::Gone("unregistered".to_owned()),
        }]
    };
    town.ledger.settle_outgoing(gone(id), T0).await.unwrap();
    let again = town.ledger.lease_outgoing(T0, 10).await.unwrap();
    assert_eq!(again.len(), 1);
    let new_id = again[0].id;
    assert!(new_id.no == id.no && again[0].message.address == address(77));
    // once more of the old one, by a node that is slow, while the new one is under way
    town.ledger.settle_outgoing(gone(id), T0).await.unwrap();
    let log = town.ledger.log(town.org, &again[0].message.incident);
    let failed = |line: &LogLine| matches!(line.recorded.event, Event::PushFailed { .. });
    assert!(!log.await.unwrap().iter().any(failed));
    town.ledger.settle_outgoing(gone(new_id), T0).await.unwrap();
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

fn put_off(id: PushId, until: Timestamp, all: bool) -> PushReport {
    let result = PushResult::PutOff(PutOff {
        until: Some(until),
        why: "permission_denied".to_owned(),
        all,
    });
    PushReport { id, result }
}

pub(super) async fn an_ask_that_nobody_takes_waits_until_somebody_does<E: Engine>() {
    let town = town::<E>(2).await;
    let new = town.raise(town.raise_of(&town.people[..1], false)).await;
    let incident = &new.stored.incident.opening.id;
    let id = new.outgoing[0].id;
    let (at, again) = (T0 + Millis(100), T0 + Millis(700));
    let settled = vec![put_off(id, again, true)];
    town.ledger.settle_outgoing(settled, at).await.unwrap();
    assert_eq!(town.ledger.next_outgoing().await.unwrap(), Some(again));
    assert_eq!(town.ledger.next_wake().await.unwrap(), Some(at));
    let waits = town.wake(incident, at).await.stored.incident;
    assert!(waits.alerts[0].is_waiting());
    assert_eq!(waits.alerts[0].push_waiting_since, Some(at));
    // past every window, and said again: it waits, and once is enough
    let late = T0 + Millis::from_s(300);
    let settled = vec![put_off(id, late, true)];
    town.ledger.settle_outgoing(settled, again).await.unwrap();
    let waits = town.wake(incident, late).await.stored.incident;
    assert!(waits.alerts[0].is_waiting());
    let log = town.ledger.log(town.org, incident).await.unwrap();
    let said = |l: &&LogLine| matches!(&l.recorded.event, Event::PushPutOff { .. });
    assert_eq!(log.iter().filter(said).count(), 1);
    // a provider takes it
    let leased = town.ledger.lease_outgoing(late, 10).await.unwrap();
    assert_eq!(leased.iter().map(|o| o.id).collect::<Vec<_>>(), [id]);
    let result = PushResult::Taken;
    let settled = vec![PushReport { id, result }];
    town.ledger.settle_outgoing(settled, late).await.unwrap();
    assert_eq!(town.ledger.next_wake().await.unwrap(), Some(late));
    let sent = town.wake(incident, late).await.stored.incident;
    let (alert, plan) = (&sent.alerts[0], &sent.opening.plan);
    assert_eq!(alert.state, AlertState::Sent);
    assert_eq!(alert.answer_by, late + plan.answer_window());
    assert_eq!(alert.receipt_by, late + plan.receipt_window());
}

pub(super) async fn of_two_phones_both_must_be_put_off_or_lost_before_an_ask_waits<E: Engine>() {
    for last_is_gone in [false, true] {
        let town = town::<E>(1).await;
        let mut second = device(70);
        second.id = DeviceId::from("second");
        town.ledger
            .put_device(town.people[0], second)
            .await
            .unwrap();
        let new = town.raise(town.raise_of(&town.people, false)).await;
        let id = &new.stored.incident.opening.id;
        let ids: Vec<PushId> = new.outgoing.iter().map(|o| o.id).collect();
        assert_eq!(ids.len(), 2);
        let again = T0 + Millis(700);
        let settle = |one: PushReport| town.ledger.settle_outgoing(vec![one], T0);
        settle(put_off(ids[0], again, true)).await.unwrap();
        let hopes = town.wake(id, T0).await.stored.incident;
        assert!(!hopes.alerts[0].is_waiting(), "the other is under way");
        let result = PushResult::Gone("unregistered".to_owned());
        let last = if last_is_gone {
            PushReport { id: ids[1], result }
        } else {
            put_off(ids[1], again, false)
        };
        settle(last).await.unwrap();
        let waits = town.wake(id, T0).await.stored.incident;
        assert!(waits.alerts[0].is_waiting(), "gone: {last_is_gone}");
        assert_eq!(waits.alerts[0].state, AlertState::Queued);
    }
}

pub(super) async fn nobody_is_asked_through_what_others_wait_for<E: Engine>() {
    let town = town::<E>(5).await;
    let new = town.raise(town.raise_of(&town.people[..1], false)).await;
    let incident = &new.stored.incident.opening.id;
    let id = new.outgoing[0].id;
    // the same service, another, both, and the same with an open channel
    let [_, same, other, both, connected] = *town.people else {
        panic!("five people")
    };
    let ios = |name: &str, n| Device {
        id: DeviceId::from(name),
        platform: Platform::Ios,
        address: address(n),
    };
    town.ledger
        .put_device(other, ios("phone", 80))
        .await
        .unwrap();
    town.ledger
        .put_device(both, ios("second", 81))
        .await
        .unwrap();
    let barred = async |all| {
        let settled = vec![put_off(id, T0 + Millis(700), all)];
        town.ledger.settle_outgoing(settled, T0).await.unwrap();
        let candidates = candidates(&town.people[1..]);
        let (told, hears) = std::sync::mpsc::channel();
        let mut decision = town.decision(
            incident,
            T0,
            Box::new(move |_, facts| {
                for (candidate, word) in facts.candidates {
                    told.send((candidate.responder, word.barred)).unwrap();
                }
                Vec::new()
            }),
        );
        decision.needs.candidates = candidates;
        decision.needs.connected = [connected].into();
        town.ledger.decide(decision).await.unwrap();
        let barred = hears.into_iter().filter(|(_, bar)| bar.is_some());
        barred.collect::<Vec<_>>()
    };
    assert!(
        barred(false).await.is_empty(),
        "one phone's own fault bars nobody"
    );
    assert_eq!(barred(true).await, [(same, Some(Bar::PushWaits))]);
    let result = PushResult::Taken;
    let settled = vec![PushReport { id, result }];
    town.ledger.settle_outgoing(settled, T0).await.unwrap();
    let candidates = candidates(&[same]);
    let mut decision = town.decision(
        incident,
        T0,
        Box::new(|_, facts| {
            assert_eq!(facts.candidates[0].1.barred, None);
            Vec::new()
        }),
    );
    decision.needs.candidates = candidates;
    town.ledger.decide(decision).await.unwrap();
}
