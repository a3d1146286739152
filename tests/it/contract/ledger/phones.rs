//! Sign-in of phones, what they say of themselves, and what their owners tell.

use muster_core::domain::event::Outcome;
use muster_core::domain::ids::{AlertId, DeviceId, ResponderId};
use muster_core::domain::incident::Command;
use muster_core::domain::push::PushKind;
use muster_core::domain::quiet::QuietHours;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::domain::weekly::WeeklySpan;
use muster_core::ports::{
    Agenda as _, Alarm, Device, LedgerError, NewCode, NewTest, PhoneReport, PhoneSessions as _,
    PhoneStates as _, PositionSource, PushReport, PushResult, QuietTimes as _, Reports as _,
    Roster as _, Told,
};

use super::support::{Engine, T0, device, town};

fn code(hash: &str, expires_at: Timestamp) -> NewCode {
    NewCode {
        hash: hash.to_owned(),
        expires_at,
        sign_out_others: false,
    }
}

pub(super) async fn a_code_is_good_once_until_it_is_old_or_replaced<E: Engine>() {
    let town = town::<E>(1).await;
    let (ledger, anna) = (&town.ledger, ResponderId::from("r000"));
    let phone = DeviceId::from("p-1");
    let end = T0 + Millis::from_s(60);
    ledger
        .put_code(town.org, &anna, code("old", end))
        .await
        .unwrap();
    ledger
        .put_code(town.org, &anna, code("new", end))
        .await
        .unwrap();
    let nobody = ResponderId::from("nobody");
    let refused = ledger.put_code(town.org, &nobody, code("x", end)).await;
    assert_eq!(refused, Err(LedgerError::NotFound));
    for (hash, now) in [("old", T0), ("none", T0), ("new", end)] {
        let refused = ledger.redeem(hash, &phone, now).await;
        assert_eq!(refused, Err(LedgerError::NotFound), "{hash}");
    }
    let no = town.people[0];
    assert!(!ledger.session_stands(no, &phone).await.unwrap());
    let (first, second) = tokio::join!(
        ledger.redeem("new", &phone, T0),
        ledger.redeem("new", &phone, T0)
    );
    let taken = [first, second];
    let good: Vec<_> = taken.iter().filter_map(|r| r.as_ref().ok()).collect();
    assert_eq!(
        good.len(),
        1,
        "two phones with one code do not both sign in"
    );
    assert_eq!(
        (good[0].org.as_str(), good[0].responder.as_str()),
        ("town", "r000")
    );
    assert!(ledger.session_stands(no, &phone).await.unwrap());
    // it never registered a push address
    ledger.delete_device(no, &phone).await.unwrap();
    let again = ledger.delete_device(no, &phone).await;
    assert_eq!(again.err(), Some(LedgerError::NotFound));
    assert!(!ledger.session_stands(no, &phone).await.unwrap());
}

pub(super) async fn a_responder_has_a_bounded_number_of_sessions_and_all_can_be_ended<E: Engine>() {
    let town = town::<E>(1).await;
    let (ledger, anna, no) = (&town.ledger, ResponderId::from("r000"), town.people[0]);
    let name = |n: i64| DeviceId(format!("p-{n}"));
    for n in 0..10 {
        let hash = n.to_string();
        let now = T0 + Millis(n);
        let end = now + Millis::from_s(60);
        ledger
            .put_code(town.org, &anna, code(&hash, end))
            .await
            .unwrap();
        ledger.redeem(&hash, &name(n), now).await.unwrap();
        let registered = Device {
            id: name(n),
            ..device(usize::try_from(100 + n).unwrap())
        };
        ledger.put_device(no, registered).await.unwrap();
    }
    let reached = async || {
        let phones = ledger.phones_of(no).await.unwrap();
        phones
            .into_iter()
            .map(|phone| phone.device.0)
            .collect::<Vec<_>>()
    };
    let mut newest = vec!["phone".to_owned()];
    newest.extend((2..10).map(|n| name(n).0));
    assert_eq!(reached().await, newest, "who made room is woken no more");
    for n in 0..10 {
        let stands = ledger.session_stands(no, &name(n)).await.unwrap();
        assert_eq!(stands, n >= 2, "the newest eight: {n}");
    }
    let all = NewCode {
        sign_out_others: true,
        ..code("lost", T0 + Millis::from_s(60))
    };
    ledger.put_code(town.org, &anna, all).await.unwrap();
    assert!(!ledger.session_stands(no, &name(9)).await.unwrap());
    assert_eq!(
        reached().await,
        [""; 0],
        "nothing wakes a phone that was signed out"
    );
    let told = ledger.duty_changes(T0).await.unwrap();
    let anna = told.iter().find(|profile| profile.responder == no);
    assert!(anna.is_some_and(|profile| !profile.available));
}

pub(super) async fn the_first_push_key_is_everybodys<E: Engine>() {
    let town = town::<E>(0).await;
    let first = town.ledger.push_key("one".to_owned()).await.unwrap();
    let second = town.ledger.push_key("two".to_owned()).await;
    assert_eq!((first.as_str(), second.unwrap().as_str()), ("one", "one"));
}

fn report(alarm: Alarm, position: PositionSource) -> PhoneReport {
    PhoneReport {
        alarm,
        position,
        whole: "{}".to_owned(),
    }
}

pub(super) async fn what_a_phone_says_is_kept_as_long_as_the_phone<E: Engine>() {
    let town = town::<E>(4).await;
    let (ledger, phone) = (&town.ledger, DeviceId::from("phone"));
    let [anna, ben, cleo, dora] = town.people[..] else {
        panic!("four people");
    };
    let loud = report(Alarm::Loud, PositionSource::Live);
    let elsewhere = DeviceId::from("other");
    let refused = ledger.put_state(anna, &elsewhere, loud.clone(), T0).await;
    assert_eq!(refused, Err(LedgerError::NotFound));
    ledger.had_alert(anna, &elsewhere, T0).await.unwrap();
    ledger
        .put_state(anna, &phone, loud.clone(), T0)
        .await
        .unwrap();
    let later = T0 + Millis::from_s(5);
    ledger.had_alert(anna, &phone, later).await.unwrap();
    let quiet = report(Alarm::Quiet, PositionSource::None);
    ledger.put_state(ben, &phone, quiet, T0).await.unwrap();
    let known = ledger.phones_of(anna).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].report, Some((loud, T0)));
    assert_eq!(known[0].received_at, Some(later));
    // cleo's phone is gone, dora is off duty until then
    ledger.delete_device(cleo, &phone).await.unwrap();
    let until = T0 + Millis::from_s(60);
    ledger.set_duty(dora, false, Some(until)).await.unwrap();
    let (verified, on_duty) = ledger.on_duty(town.org, T0).await.unwrap();
    assert_eq!((verified, on_duty.len()), (4, 3));
    assert_eq!(
        (on_duty[0].alarm, on_duty[0].heard_at),
        (Alarm::Loud, Some(later))
    );
    assert_eq!(on_duty[1].position, PositionSource::None);
    let reachable: Vec<bool> = on_duty.iter().map(|one| one.reachable).collect();
    assert_eq!(reachable, [true, true, false]);
    let (_, on_duty) = ledger.on_duty(town.org, until).await.unwrap();
    assert_eq!(on_duty.len(), 4, "duty came back by itself");
    ledger.delete_device(anna, &phone).await.unwrap();
    ledger.put_device(anna, device(0)).await.unwrap();
    let anew = ledger.phones_of(anna).await.unwrap();
    assert_eq!((&anew[0].report, anew[0].received_at), (&None, None));
}

fn test(id: &str, now: Timestamp) -> NewTest {
    NewTest {
        id: AlertId::from(id),
        expires_at: now + Millis::from_s(120),
        not_after: now - Millis::from_s(30),
    }
}

pub(super) async fn a_test_goes_the_way_of_a_push_and_is_settled_like_one<E: Engine>() {
    let town = town::<E>(2).await;
    let (ledger, anna) = (&town.ledger, town.people[0]);
    let phone = DeviceId::from("phone");
    let rows = ledger
        .begin_test(anna, test("t-1", T0), T0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(rows.len(), 1);
    let message = &rows[0].message;
    assert_eq!(
        (message.kind, message.alert.as_str()),
        (PushKind::Test, "t-1")
    );
    let soon = T0 + Millis::from_s(29);
    assert_eq!(
        ledger
            .begin_test(anna, test("t-2", soon), soon)
            .await
            .unwrap(),
        None
    );
    // put off, leased again, taken
    let id = rows[0].id;
    let settle = |result| vec![PushReport { id, result }];
    let back = T0 + Millis::from_s(1);
    ledger
        .settle_outgoing(settle(PushResult::Later(back)), T0)
        .await
        .unwrap();
    let again = ledger.lease_outgoing(back, 10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].message.kind, again[0].id), (PushKind::Test, id));
    ledger
        .settle_outgoing(settle(PushResult::Taken), back)
        .await
        .unwrap();
    assert_eq!(ledger.next_outgoing().await.unwrap(), None);
    let wrong = ledger
        .test_received(anna, &phone, &AlertId::from("t-0"), back)
        .await;
    assert_eq!(wrong, Err(LedgerError::NotFound));
    for now in [back, soon] {
        ledger
            .test_received(anna, &phone, &AlertId::from("t-1"), now)
            .await
            .unwrap();
    }
    let known = ledger.phones_of(anna).await.unwrap();
    let known = known[0].test.clone().unwrap();
    assert_eq!(
        (known.sent_at, known.received_at),
        (T0, Some(back)),
        "the first word counts"
    );
}

pub(super) async fn a_test_of_a_phone_that_is_gone_is_dropped<E: Engine>() {
    let town = town::<E>(2).await;
    let (ledger, anna) = (&town.ledger, town.people[0]);
    let phone = DeviceId::from("phone");
    let late = T0 + Millis::from_s(60);
    let rows = ledger
        .begin_test(anna, test("t-3", late), late)
        .await
        .unwrap()
        .unwrap();
    let gone = PushResult::Gone("unregistered".to_owned());
    let settled = vec![PushReport {
        id: rows[0].id,
        result: gone,
    }];
    ledger.settle_outgoing(settled, late).await.unwrap();
    assert_eq!(ledger.next_outgoing().await.unwrap(), None);
    let known = ledger.phones_of(anna).await.unwrap();
    assert_eq!(known[0].dead_reason.as_deref(), Some("unregistered"));
    let ben = town.people[1];
    let rows = ledger
        .begin_test(ben, test("t-4", late), late)
        .await
        .unwrap()
        .unwrap();
    ledger.delete_device(ben, &phone).await.unwrap();
    let settled = vec![PushReport {
        id: rows[0].id,
        result: PushResult::Later(late),
    }];
    ledger.settle_outgoing(settled, late).await.unwrap();
    assert!(ledger.lease_outgoing(late, 10).await.unwrap().is_empty());
    assert_eq!(ledger.next_outgoing().await.unwrap(), None);
}

pub(super) async fn a_report_is_sealed_and_dies_with_its_incident<E: Engine>() {
    let town = town::<E>(2).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let incident = new.stored.incident.opening.id.clone();
    let alert = new.stored.incident.alerts[0].id.clone();
    let (ledger, anna, ben) = (&town.ledger, town.people[0], town.people[1]);
    let said = |json: &str| Told {
        json: json.to_owned(),
        asks: false,
    };
    let told = || said(r#"{"text":"very sad"}"#);
    let early = ledger.put_report(anna, &alert, told(), T0).await;
    assert!(matches!(early, Err(LedgerError::Refused(_))));
    town.accept(&incident, &alert, T0).await.unwrap();
    let foreign = ledger.put_report(ben, &alert, told(), T0).await;
    assert_eq!(foreign, Err(LedgerError::NotFound));
    ledger
        .put_report(anna, &alert, said("{}"), T0)
        .await
        .unwrap();
    let later = T0 + Millis::from_s(9);
    ledger
        .put_report(anna, &alert, told(), later)
        .await
        .unwrap();
    let kept = ledger.reports_of(town.org, &incident).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((&*kept[0].told, kept[0].at), (&*told().json, later));
    assert_eq!(kept[0].responder.as_str(), "r000");
    let dump = town.engine.dump("alert_report").await;
    assert!(!dump.contains("sad"), "{dump}");
    let close = Command::Close(Outcome::Completed, None);
    town.command(&incident, later, close).await.unwrap();
    let forgotten = later + Millis::from_s(1);
    assert_eq!(ledger.forget_private(forgotten).await.unwrap(), 1);
    assert!(
        ledger
            .reports_of(town.org, &incident)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(town.engine.dump("alert_report").await.trim(), "");
}

pub(super) async fn quiet_hours_turn_duty_at_both_ends_and_by_hand_until_then<E: Engine>() {
    let town = town::<E>(1).await;
    let (ledger, anna, id) = (&town.ledger, town.people[0], ResponderId::from("r000"));
    // a zone without clock changes; T0 is 08:00 on a Friday there
    let nights = QuietHours {
        zone: "UTC".to_owned(),
        spans: vec![WeeklySpan {
            days: 0b111_1111,
            from: 22 * 60,
            to: 7 * 60,
        }],
    };
    let hour = |n: i64| T0 + Millis::from_s(n * 3600);
    let until = async || ledger.responder(town.org, &id).await.unwrap().duty_until;
    let set = ledger
        .set_quiet(anna, Some(nights.clone()), T0)
        .await
        .unwrap();
    assert!(set.available);
    assert_eq!(until().await, Some(hour(14)), "off at 22:00");
    assert_eq!(ledger.quiet_of(anna).await.unwrap(), Some(nights));
    let turned = ledger.duty_changes(hour(14)).await.unwrap();
    assert!(turned.iter().any(|p| p.responder == anna && !p.available));
    assert_eq!(until().await, Some(hour(23)), "on again at 07:00");
    let turned = ledger.duty_changes(hour(23)).await.unwrap();
    assert!(turned.iter().any(|p| p.responder == anna && p.available));
    assert_eq!(until().await, Some(hour(38)));
    // by hand: off now means off until the next morning
    ledger.set_duty(anna, false, None).await.unwrap();
    assert_eq!(
        until().await,
        Some(hour(23)),
        "the clock of this ledger stands at T0"
    );
    let none = ledger.set_quiet(anna, None, T0).await.unwrap();
    assert!(none.available, "duty is on");
    assert_eq!(
        (until().await, ledger.quiet_of(anna).await.unwrap()),
        (None, None)
    );
}
