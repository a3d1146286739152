//! Closed incidents are found by when, what, how they ended, where and by their source.

use muster_core::domain::bounds::Bounds;
use muster_core::domain::event::Outcome;
use muster_core::domain::ids::{IncidentId, OrgId};
use muster_core::domain::incident::Command;
use muster_core::domain::place::Point;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{
    Agenda as _, History as _, HistoryQuery, LedgerError, Location, Roster as _, Source,
};

use super::support::{Engine, T0, Town, town};

fn at(minutes: i64) -> Timestamp {
    T0 + Millis::from_s(minutes * 60)
}

/// Where incident `n` is: each about 5.5 km from the next.
fn place(n: usize) -> Point {
    Point::new(50.0 + 0.05 * n as f64, 8.0).unwrap()
}

const KINDS: [&str; 3] = ["cardiac_arrest", "fall", "burn"];
const OUTCOMES: [Outcome; 2] = [Outcome::Completed, Outcome::FalseAlarm];

/// Twelve incidents a minute apart, of which the last one stays open.
async fn closed<E: Engine>() -> (Town<E>, Vec<IncidentId>) {
    let town = town::<E>(0).await;
    let mut ids = Vec::new();
    for n in 0..12_usize {
        let minute = i64::try_from(n).unwrap();
        let mut raise = town.raise_of(&[], n % 4 == 3);
        KINDS[n % 3].clone_into(&mut raise.opening.kind);
        raise.opening.opened_at = at(minute);
        raise.private.location = Location {
            point: place(n),
            uncertainty_m: None,
        };
        raise.source = Some(Source {
            system: "cad".to_owned(),
            id: format!("2019-{n}"),
        });
        let id = town.raise(raise).await.stored.incident.opening.id;
        if n < 11 {
            let close = Command::Close(OUTCOMES[n % 2], None);
            town.command(&id, at(20 + minute), close).await.unwrap();
        }
        ids.push(id);
    }
    (town, ids)
}

async fn found<E: Engine>(town: &Town<E>, asked: HistoryQuery) -> Vec<IncidentId> {
    let asked = HistoryQuery {
        limit: 100,
        ..asked
    };
    let page = town.ledger.closed(town.org, asked).await.unwrap();
    assert_eq!(page.next, None);
    page.items
        .into_iter()
        .map(|one| one.incident.opening.id)
        .collect()
}

/// A question, and the numbers of the incidents that answer it.
fn questions() -> Vec<(HistoryQuery, Vec<usize>)> {
    let with = |set: &dyn Fn(&mut HistoryQuery)| {
        let mut asked = HistoryQuery::default();
        set(&mut asked);
        asked
    };
    let near = |asked: &mut HistoryQuery, metres| {
        asked.bounds = Some(Bounds::around(place(4), metres));
    };
    let fall = |asked: &mut HistoryQuery| asked.kind = Some("fall".to_owned());
    let source = |id: &'static str| move |q: &mut HistoryQuery| q.source = Some(id.to_owned());
    vec![
        (with(&|_| ()), (0..11).collect()),
        (
            with(&|q| (q.from, q.until) = (Some(at(3)), Some(at(5)))),
            vec![3, 4],
        ),
        (with(&fall), vec![1, 4, 7, 10]),
        (
            with(&|q| q.outcome = Some(Outcome::FalseAlarm)),
            vec![1, 3, 5, 7, 9],
        ),
        (with(&|q| q.exercise = Some(true)), vec![3, 7]),
        (
            with(&|q| {
                q.exercise = Some(false);
                fall(q);
            }),
            vec![1, 4, 10],
        ),
        (with(&source("2019-1")), vec![1]),
        (with(&source("2019-11")), vec![]),
        (with(&|q| near(q, 50.0)), vec![4]),
        (with(&|q| near(q, 6_000.0)), vec![3, 4, 5]),
        (
            with(&|q| {
                near(q, 6_000.0);
                fall(q);
            }),
            vec![4],
        ),
        (with(&|q| q.kind = Some("nothing".to_owned())), vec![]),
    ]
}

pub(super) async fn closed_incidents_are_found_by_all_that_is_asked<E: Engine>() {
    let (town, ids) = closed::<E>().await;
    for (asked, expected) in questions() {
        let shown = format!("{asked:?}");
        let expected: Vec<_> = expected.iter().rev().map(|n| ids[*n].clone()).collect();
        assert_eq!(found(&town, asked).await, expected, "{shown}");
    }
    let elsewhere = town.ledger.org(&OrgId::from("elsewhere")).await.unwrap();
    let asked = HistoryQuery {
        limit: 10,
        ..HistoryQuery::default()
    };
    let foreign = town.ledger.closed(elsewhere, asked).await.unwrap();
    assert!(foreign.items.is_empty());
}

pub(super) async fn pages_hold_each_closed_one_once<E: Engine>() {
    let (town, _) = closed::<E>().await;
    let page = |bounds, until, after| {
        let asked = HistoryQuery {
            bounds,
            until,
            after,
            limit: 4,
            ..HistoryQuery::default()
        };
        town.ledger.closed(town.org, asked)
    };
    let everything = found(&town, HistoryQuery::default()).await;
    for bounds in [None, Some(Bounds::EVERYWHERE)] {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = page(bounds, None, after).await.unwrap();
            assert!(page.items.len() <= 4);
            all.extend(page.items.into_iter().map(|one| one.incident.opening.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(all, everything);
    }
    // a cursor takes nobody beyond what is asked for
    let first = page(None, None, None).await.unwrap();
    let next = page(None, Some(at(2)), first.next).await.unwrap();
    assert_eq!(next.items.len(), 2);
    let lost = page(None, None, Some("x".to_owned())).await;
    assert!(matches!(lost, Err(LedgerError::NotFound)));
}

pub(super) async fn what_is_reopened_is_no_history_and_a_place_that_is_gone_finds_nothing<
    E: Engine,
>() {
    let (town, ids) = closed::<E>().await;
    let near = || HistoryQuery {
        bounds: Some(Bounds::around(place(4), 50.0)),
        ..HistoryQuery::default()
    };
    let reopen = Command::Reopen(muster_core::domain::event::FreeText::default());
    town.command(&ids[10], at(40), reopen).await.unwrap();
    assert!(
        !found(&town, HistoryQuery::default())
            .await
            .contains(&ids[10])
    );
    town.ledger.forget_private(at(60)).await.unwrap();
    assert!(found(&town, near()).await.is_empty());
    let all = found(&town, HistoryQuery::default()).await;
    assert_eq!(all.len(), 10, "found by everything else");
}

pub(super) async fn what_an_older_version_closed_is_found_by_its_end_after_a_start<E: Engine>() {
    let (town, _) = closed::<E>().await;
    let asked = || HistoryQuery {
        outcome: Some(Outcome::FalseAlarm),
        ..HistoryQuery::default()
    };
    let expected = found(&town, asked()).await;
    town.engine.run("UPDATE incident SET outcome = NULL").await;
    let mut town = town;
    town.ledger = town.engine.after_crash(&town.ledger).await;
    assert_eq!(found(&town, asked()).await, expected);
    assert_eq!(expected.len(), 5);
}
