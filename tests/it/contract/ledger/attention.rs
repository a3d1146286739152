//! Phones that fail: who is told, how often, and when not.

use muster_core::domain::failing_phone::{
    Attention, Failing, SILENT_AFTER, TEST_MISSED, TOLD_EVERY,
};
use muster_core::domain::ids::{AlertId, DeviceId, ResponderNo};
use muster_core::domain::push::PushKind;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Agenda as _, Alarm, Attended, Device, NewTest, Outgoing, PhoneReport, PhoneStates as _,
    PositionSource, PushReport, PushResult, Roster as _,
};

use super::support::{Engine, T0, Town, device, town};

const TICK: Millis = Millis(1);

fn named(id: &str, n: usize) -> Device {
    Device {
        id: DeviceId::from(id),
        ..device(n)
    }
}

/// Sends a test at `now`; the rows.
async fn tests<E: Engine>(
    town: &Town<E>,
    who: ResponderNo,
    id: &str,
    now: Timestamp,
) -> Vec<Outgoing> {
    let test = NewTest {
        id: AlertId::from(id),
        expires_at: now + Millis::from_s(120),
        not_after: now - Millis::from_s(30),
    };
    let rows = town.ledger.begin_test(who, test, now).await.unwrap();
    rows.unwrap()
}

/// The push to this phone finds no address any more, all others arrive.
async fn dies<E: Engine>(town: &Town<E>, rows: &[Outgoing], phone: &str, now: Timestamp) {
    let settled = rows.iter().map(|row| PushReport {
        id: row.id,
        result: if row.message.device.as_str() == phone {
            PushResult::Gone("unregistered".to_owned())
        } else {
            PushResult::Taken
        },
    });
    let settled = town.ledger.settle_outgoing(settled.collect(), now).await;
    settled.unwrap();
}

/// Which phone is told of which, and why.
fn told(attended: &Attended) -> Vec<(&str, &str, Failing)> {
    let of = |row: &'_ Outgoing| {
        assert_eq!(row.message.kind, PushKind::Attention);
        assert_eq!(row.message.incident.as_str(), "");
    };
    attended.rows.iter().for_each(of);
    let rows = attended.rows.iter().map(|row| {
        let Attention { device, why } = row.message.attention.as_ref().unwrap();
        (row.message.device.as_str(), device.as_str(), *why)
    });
    rows.collect()
}

fn report() -> PhoneReport {
    PhoneReport {
        alarm: Alarm::Loud,
        position: PositionSource::Live,
        whole: "{}".to_owned(),
    }
}

pub(super) async fn a_dead_address_is_told_to_the_other_phones_once<E: Engine>() {
    let town = town::<E>(2).await;
    let (ledger, anna) = (&town.ledger, town.people[0]);
    ledger.put_device(anna, named("tablet", 50)).await.unwrap();
    let nothing = Attended::default();
    assert_eq!(ledger.tell_failing(T0).await.unwrap(), nothing);
    let rows = tests(&town, anna, "t-1", T0).await;
    dies(&town, &rows, "phone", T0).await;
    let attended = ledger.tell_failing(T0).await.unwrap();
    assert_eq!(attended.who, [anna]);
    assert_eq!(told(&attended), [("tablet", "phone", Failing::PushDead)]);
    let id = attended.rows[0].message.alert.clone();
    assert_eq!(ledger.tell_failing(T0).await.unwrap(), nothing, "once");
    // it goes the way of every push
    let later = T0 + Millis::from_s(31);
    let again = ledger.lease_outgoing(later, 10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].message.alert, id);
    assert_eq!(
        again[0].message.attention,
        attended.rows[0].message.attention
    );
    dies(&town, &again, "", later).await;
    assert_eq!(ledger.next_outgoing().await.unwrap(), None);
    let phones = ledger.phones_of(anna).await.unwrap();
    assert_eq!(phones[0].failing(None, later), Some(Failing::PushDead));
    assert_eq!(
        phones[0].signs().stands(None, later).map(|told| &told.id),
        Some(&id)
    );
    // nobody else has lost anything
    let phones = ledger.phones_of(town.people[1]).await.unwrap();
    assert_eq!(phones[0].failing(None, later), None);
}

pub(super) async fn a_phone_that_dies_again_on_the_same_day_is_told_the_next<E: Engine>() {
    let town = town::<E>(1).await;
    let (ledger, anna) = (&town.ledger, town.people[0]);
    let rows = tests(&town, anna, "t-1", T0).await;
    dies(&town, &rows, "phone", T0).await;
    let first = ledger.tell_failing(T0).await.unwrap();
    assert_eq!(
        (first.who.as_slice(), first.rows.len()),
        (&[anna][..], 0),
        "the only phone is beyond reach; the word stays for its channel"
    );
    ledger.put_device(anna, named("phone", 51)).await.unwrap();
    let phones = ledger.phones_of(anna).await.unwrap();
    assert_eq!(phones[0].signs().stands(None, T0), None, "repaired");
    let later = T0 + Millis::from_s(3600);
    let rows = tests(&town, anna, "t-2", later).await;
    dies(&town, &rows, "phone", later).await;
    let nothing = Attended::default();
    assert_eq!(ledger.tell_failing(later).await.unwrap(), nothing);
    // a report meanwhile does not put it off
    let phone = DeviceId::from("phone");
    ledger
        .put_state(anna, &phone, report(), later)
        .await
        .unwrap();
    let tomorrow = T0 + TOLD_EVERY;
    let early = ledger.tell_failing(tomorrow - TICK).await.unwrap();
    assert_eq!(early, nothing);
    let second = ledger.tell_failing(tomorrow).await.unwrap();
    assert_eq!(second.who, [anna]);
}

pub(super) async fn a_missed_test_is_told_after_a_minute<E: Engine>() {
    let town = town::<E>(2).await;
    let (ledger, anna, ben) = (&town.ledger, town.people[0], town.people[1]);
    let phone = DeviceId::from("phone");
    for (who, id) in [(anna, "t-1"), (ben, "t-2")] {
        let rows = tests(&town, who, id, T0).await;
        dies(&town, &rows, "", T0).await;
        // the page that asked for it reports, and that changes nothing
        ledger.put_state(who, &phone, report(), T0).await.unwrap();
    }
    ledger
        .test_received(ben, &phone, &AlertId::from("t-2"), T0)
        .await
        .unwrap();
    let missed = T0 + TEST_MISSED + TICK;
    assert_eq!(
        ledger.tell_failing(missed - TICK).await.unwrap(),
        Attended::default()
    );
    let attended = ledger.tell_failing(missed).await.unwrap();
    assert_eq!(attended.who, [anna], "not Ben, whose phone has it");
    assert_eq!(
        told(&attended),
        [("phone", "phone", Failing::TestMissed)],
        "its address lives, so it is tried"
    );
}

pub(super) async fn silence_is_told_when_no_phone_of_theirs_speaks<E: Engine>() {
    let town = town::<E>(2).await;
    let (ledger, anna, ben) = (&town.ledger, town.people[0], town.people[1]);
    let (phone, tablet) = (DeviceId::from("phone"), DeviceId::from("tablet"));
    let hour = |n: i64| T0 + Millis::from_s(n * 3600);
    ledger.put_device(anna, named("tablet", 52)).await.unwrap();
    for (who, device, at) in [
        (anna, &tablet, hour(0)),
        (anna, &phone, hour(10)),
        (ben, &phone, hour(0)),
        (ben, &phone, hour(47)),
    ] {
        ledger.put_state(who, device, report(), at).await.unwrap();
    }
    let nothing = Attended::default();
    for at in [hour(48) + TICK, hour(10) + SILENT_AFTER] {
        assert_eq!(ledger.tell_failing(at).await.unwrap(), nothing);
    }
    let silent = hour(10) + SILENT_AFTER + TICK;
    let attended = ledger.tell_failing(silent).await.unwrap();
    assert_eq!(attended.who, [anna], "Ben's phone spoke an hour before");
    assert_eq!(
        told(&attended),
        [
            ("phone", "phone", Failing::NotHeardFrom),
            ("tablet", "phone", Failing::NotHeardFrom)
        ],
        "of the phone that was used last"
    );
    assert_eq!(ledger.tell_failing(hour(94)).await.unwrap(), nothing);
}

pub(super) async fn whoever_wants_no_alerts_is_told_when_they_do<E: Engine>() {
    let town = town::<E>(1).await;
    let (ledger, anna) = (&town.ledger, town.people[0]);
    let until = T0 + Millis::from_s(600);
    ledger.set_duty(anna, false, Some(until)).await.unwrap();
    let rows = tests(&town, anna, "t-1", T0).await;
    dies(&town, &rows, "phone", T0).await;
    for at in [T0, until - TICK] {
        let attended = ledger.tell_failing(at).await.unwrap();
        assert_eq!(attended, Attended::default());
    }
    let attended = ledger.tell_failing(until).await.unwrap();
    assert_eq!(attended.who, [anna]);
}
