//! Whoever asks to be called is called by somebody, and what they said is read by them alone.

use muster_core::domain::event::Outcome;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Command;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Agenda as _, FollowUp, FollowUpDesk as _, FollowUps, LedgerError, Reports as _, Told,
};

use super::support::{Engine, T0, Town, town};

struct Case {
    incident: IncidentId,
    alerts: Vec<(AlertId, ResponderNo)>,
}

/// Everybody of a town said yes to one incident.
async fn accepted<E: Engine>(people: usize) -> (Town<E>, Case) {
    let town = town::<E>(people).await;
    let stored = town.raise(town.raise_of(&town.people, false)).await.stored;
    let incident = stored.incident.opening.id.clone();
    let mut alerts = Vec::new();
    for alert in &stored.incident.alerts {
        town.accept(&incident, &alert.id, T0).await.unwrap();
        alerts.push((alert.id.clone(), alert.responder));
    }
    (town, Case { incident, alerts })
}

fn told(text: &str, asks: bool) -> Told {
    Told {
        json: format!(r#"{{"text":"{text}"}}"#),
        asks,
    }
}

fn at(seconds: i64) -> Timestamp {
    T0 + Millis::from_s(seconds)
}

async fn open<E: Engine>(town: &Town<E>, reader: &str) -> FollowUps {
    let page = town
        .ledger
        .follow_ups(town.org, reader.to_owned(), None, 10);
    page.await.unwrap()
}

async fn counts<E: Engine>(town: &Town<E>, reader: &str) -> (u64, u64, usize) {
    let page = open(town, reader).await;
    (page.waiting, page.mine, page.items.len())
}

/// Three reported, the last of them first; the first two want to be called.
async fn reported<E: Engine>() -> (Town<E>, Case) {
    let (town, case) = accepted::<E>(3).await;
    for (n, (alert, who)) in case.alerts.iter().enumerate() {
        let now = at(10 - i64::try_from(n).unwrap());
        let put = town.ledger.put_report(*who, alert, told("x", n < 2), now);
        put.await.unwrap();
    }
    (town, case)
}

async fn taken<E: Engine>(
    town: &Town<E>,
    alert: &AlertId,
    (by, from): (&str, Option<&str>),
) -> Result<FollowUp, LedgerError> {
    let (by, from) = (by.to_owned(), from.map(str::to_owned));
    town.ledger
        .take_follow_up(town.org, alert, by, from, at(20))
        .await
}

async fn done<E: Engine>(
    town: &Town<E>,
    alert: &AlertId,
    by: &str,
    seconds: i64,
) -> Result<FollowUp, LedgerError> {
    let (by, now) = (by.to_owned(), at(seconds));
    town.ledger.finish_follow_up(town.org, alert, by, now).await
}

fn is_refused(answer: &Result<FollowUp, LedgerError>) -> bool {
    matches!(answer, Err(LedgerError::NotYours))
}

pub(super) async fn who_asks_waits_and_is_counted<E: Engine>() {
    let (town, case) = reported::<E>().await;
    let page = open(&town, "ann").await;
    let counts = (page.waiting, page.mine);
    assert_eq!(counts, (2, 0), "who does not ask is not counted");
    let first = &page.items[0];
    assert_eq!(first.alert, case.alerts[1].0, "the longest waiting first");
    assert_eq!((&first.incident, first.asked_at), (&case.incident, at(9)));
    assert_eq!(
        (&*first.name, first.responder.as_str()),
        ("Person 1", "r001")
    );
    let elsewhere = OrgNo(town.org.0 + 1);
    let foreign = town
        .ledger
        .follow_ups(elsewhere, "ann".to_owned(), None, 10)
        .await;
    let foreign = foreign.unwrap();
    assert_eq!((foreign.items.len(), foreign.waiting), (0, 0));
}

pub(super) async fn one_coordinator_takes_it_and_says_that_it_is_done<E: Engine>() {
    let (town, case) = reported::<E>().await;
    let one = &case.alerts[0].0;
    assert!(is_refused(&done(&town, one, "ann", 30).await), "nobody's");
    let first = taken(&town, one, ("ann", None)).await.unwrap();
    assert_eq!(first.care.taken, Some(("ann".to_owned(), at(20))));
    let again = taken(&town, one, ("ann", None)).await.unwrap();
    assert!(again == first, "again is the same");
    assert_eq!(
        (counts(&town, "ann").await, counts(&town, "bob").await),
        ((1, 1, 2), (1, 0, 2))
    );
    // somebody else's is taken over by their name only, and finished by its owner only
    for from in [None, Some("cleo")] {
        assert!(is_refused(&taken(&town, one, ("bob", from)).await));
    }
    assert!(is_refused(&done(&town, one, "bob", 30).await));
    taken(&town, one, ("bob", Some("ann"))).await.unwrap();
    assert!(is_refused(&done(&town, one, "ann", 30).await));
    let finished = done(&town, one, "bob", 30).await.unwrap();
    assert_eq!(finished.care.done_at, Some(at(30)));
    let again = done(&town, one, "bob", 31).await.unwrap();
    assert!(again == finished, "again is the same");
    assert_eq!(counts(&town, "bob").await, (1, 0, 1));
    // a mistaken tick is taken back by taking it again
    taken(&town, one, ("ann", None)).await.unwrap();
    assert_eq!(counts(&town, "ann").await, (1, 1, 2));
    for (org, alert) in [
        (town.org, AlertId::from("none")),
        (OrgNo(town.org.0 + 1), one.clone()),
    ] {
        let by = "ann".to_owned();
        let none = town.ledger.take_follow_up(org, &alert, by, None, at(20));
        assert!(matches!(none.await, Err(LedgerError::NotFound)));
    }
}

pub(super) async fn whoever_asks_for_nothing_can_be_read_too<E: Engine>() {
    let (town, case) = reported::<E>().await;
    taken(&town, &case.alerts[2].0, ("ann", None))
        .await
        .unwrap();
    assert_eq!(counts(&town, "ann").await, (2, 1, 3));
    let page = |after| {
        let reader = "ann".to_owned();
        town.ledger.follow_ups(town.org, reader, after, 2)
    };
    let first = page(None).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let rest = page(first.next).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    let lost = page(Some("x".to_owned())).await;
    assert!(matches!(lost, Err(LedgerError::NotFound)));
}

pub(super) async fn what_is_told_again_asks_again_only_when_it_is_new<E: Engine>() {
    let (town, case) = accepted::<E>(1).await;
    let (ledger, org) = (&town.ledger, town.org);
    let (alert, who) = &case.alerts[0];
    let tell = |text: &'static str, asks, seconds| {
        ledger.put_report(*who, alert, told(text, asks), at(seconds))
    };
    let take = || ledger.take_follow_up(org, alert, "ann".to_owned(), None, at(20));
    let done = || ledger.finish_follow_up(org, alert, "ann".to_owned(), at(30));
    let state = async || {
        let page = open(&town, "ann").await;
        page.items
            .first()
            .map(|one| (one.asked_at, one.care.taken.is_some()))
    };
    tell("a", true, 1).await.unwrap();
    tell("b", true, 2).await.unwrap();
    assert_eq!(
        state().await,
        Some((at(1), false)),
        "waits since the first time"
    );
    tell("c", false, 3).await.unwrap();
    assert_eq!(state().await, None, "nobody had begun");
    tell("d", true, 4).await.unwrap();
    take().await.unwrap();
    tell("e", false, 5).await.unwrap();
    assert_eq!(
        state().await,
        Some((at(4), true)),
        "whoever has begun finishes"
    );
    tell("f", true, 6).await.unwrap();
    done().await.unwrap();
    tell("f", true, 7).await.unwrap();
    assert_eq!(
        state().await,
        None,
        "a repeat of the same asks for nothing new"
    );
    tell("g", true, 8).await.unwrap();
    assert_eq!(state().await, Some((at(8), false)), "something new does");
}

pub(super) async fn it_outlives_what_was_said_and_is_forgotten_once_done<E: Engine>() {
    let (town, case) = accepted::<E>(2).await;
    let (ledger, org) = (&town.ledger, town.org);
    for (alert, who) in &case.alerts {
        ledger
            .put_report(*who, alert, told("very sad", true), at(1))
            .await
            .unwrap();
    }
    let dump = town.engine.dump("follow_up").await;
    assert!(!dump.contains("sad"), "{dump}");
    let [early, late] = [&case.alerts[0].0, &case.alerts[1].0];
    let by = || "ann".to_owned();
    ledger
        .take_follow_up(org, early, by(), None, at(2))
        .await
        .unwrap();
    ledger
        .finish_follow_up(org, early, by(), at(3))
        .await
        .unwrap();
    let close = Command::Close(Outcome::Completed, None);
    town.command(&case.incident, at(4), close).await.unwrap();
    assert_eq!(ledger.forget_private(at(5)).await.unwrap(), 1);
    assert!(
        ledger
            .reports_of(org, &case.incident)
            .await
            .unwrap()
            .is_empty()
    );
    let gone = ledger.take_follow_up(org, early, by(), None, at(6)).await;
    assert!(
        matches!(gone, Err(LedgerError::NotFound)),
        "done and forgotten"
    );
    assert_eq!(
        counts(&town, "ann").await,
        (1, 0, 1),
        "the other still waits"
    );
    ledger
        .take_follow_up(org, late, by(), None, at(6))
        .await
        .unwrap();
    ledger
        .finish_follow_up(org, late, by(), at(7))
        .await
        .unwrap();
    ledger.forget_private(at(7)).await.unwrap();
    assert!(town.engine.dump("follow_up").await.contains("ann"));
    ledger.forget_private(at(8)).await.unwrap();
    assert_eq!(town.engine.dump("follow_up").await.trim(), "");
}
