//! Several nodes over one PostgreSQL.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::alert::AlertState;
use muster_core::domain::event::Event;
use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, OrgId, ResponderNo};
use muster_core::domain::incident::Receipt;
use muster_core::domain::time::Millis;
use muster_core::ports::{
    Agenda as _, Feed as _, Ledger as _, LedgerError, LogLine, PushId, PushReport, PushResult,
    Raised, Roster as _,
};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_postgres::Client;

use super::engines::Postgres;
use super::support::{T0, Town, desk, device, town};

/// A transaction beside the ledger that appended an event, of a type that nobody here knows, and has not
/// committed.
const OPEN: &str = "BEGIN;
    INSERT INTO event (last_seq, first_seq, incident_id, org_no, at, version, schema_version, actor,
      body)
    SELECT own.seq, own.seq, i.id, i.org_no, 0, 1, 1, '{}', '[{\"type\":\"something_new\"}]'
    FROM incident i, (SELECT (value::bigint + pg_current_xact_id()::text::bigint) * 65536 AS seq
      FROM meta WHERE name = 'base') own LIMIT 1";

/// The largest number of a committed event.
async fn newest(town: &Town<Postgres>) -> u64 {
    let client = town.engine.client().await;
    let row = client
        .query_one("SELECT MAX(last_seq) FROM event", &[])
        .await;
    row.unwrap().get::<_, i64>(0).cast_unsigned()
}

/// Reads from `seq` until nothing more comes.
async fn read_on(town: &Town<Postgres>, seq: &mut u64) -> Vec<u64> {
    let mut seen = Vec::new();
    loop {
        let steps = town
            .ledger
            .after(Some(town.org), *seq, 3)
            .await
            .unwrap()
            .unwrap();
        let Some(last) = steps.last() else {
            return seen;
        };
        *seq = last.seq;
        seen.extend(steps.iter().map(|step| step.seq));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_misses_nothing_and_repeats_nothing_when_commits_come_out_of_order() {
    let town = town::<Postgres>(4).await;
    town.raise(town.raise_of(&town.people[..2], false)).await;
    town.shown(newest(&town).await).await;
    let mut seq = 0;
    let mut seen = read_on(&town, &mut seq).await;
    let slow = town.engine.client().await;
    slow.batch_execute(OPEN).await.unwrap();
    let late = town.raise(town.raise_of(&town.people[2..], false)).await;
    // what a transaction that still runs may precede is not shown yet
    assert!(read_on(&town, &mut seq).await.is_empty());
    let head = town.ledger.head().await.unwrap();
    slow.batch_execute("COMMIT").await.unwrap();
    town.shown(newest(&town).await).await;
    let rest = read_on(&town, &mut seq).await;
    assert_eq!(rest.len(), 1 + late.events.len());
    assert!(rest.iter().all(|number| *number > head));
    seen.extend(rest);
    let all = town.engine.client().await;
    let all = all.query(
        "SELECT generate_series(first_seq, last_seq) AS seq FROM event ORDER BY seq",
        &[],
    );
    let all: Vec<u64> = all
        .await
        .unwrap()
        .iter()
        .map(|row| row.get::<_, i64>(0).cast_unsigned())
        .collect();
    assert_eq!(seen, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_follow_a_storm_of_two_nodes_see_every_event_once_and_in_order() {
    let town = Arc::new(town::<Postgres>(40).await);
    let other = town.engine.node().await;
    let mut storm = JoinSet::new();
    for (n, pair) in town.people.chunks(2).enumerate() {
        let ledger = if n % 2 == 0 { &town.ledger } else { &other };
        let (town, ledger, pair) = (Arc::clone(&town), Arc::clone(ledger), pair.to_vec());
        storm.spawn(async move { drop(town.raise_at_last_on(&*ledger, &pair).await) });
    }
    let mut seq = 0;
    let mut seen = Vec::new();
    while let Some(raised) = storm.join_next().await {
        raised.unwrap();
        seen.extend(read_on(&town, &mut seq).await);
    }
    town.shown(newest(&town).await).await;
    seen.extend(read_on(&town, &mut seq).await);
    assert!(seen.is_sorted_by(|a, b| a < b));
    let all = "SELECT SUM(last_seq - first_seq + 1)::bigint FROM event";
    let all = town.engine.client().await.query_one(all, &[]).await;
    let all: i64 = all.unwrap().get(0);
    assert_eq!(seen.len(), usize::try_from(all).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_never_claim_the_same_responder() {
    let town = Arc::new(town::<Postgres>(60).await);
    let other = town.engine.node().await;
    let mut raising = JoinSet::new();
    for n in 0..12 {
        let ledger = Arc::clone(if n % 2 == 0 { &town.ledger } else { &other });
        let town = Arc::clone(&town);
        raising.spawn(async move { town.raise_at_last_on(&*ledger, &town.people).await });
    }
    let mut asked = Vec::new();
    while let Some(raised) = raising.join_next().await {
        let stored = raised.unwrap().committed().stored.clone();
        asked.extend(stored.incident.alerts.iter().map(|a| a.responder));
    }
    assert_eq!(asked.len(), 60);
    assert_eq!(asked.iter().collect::<HashSet<_>>().len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_on_two_nodes_at_once_is_one_incident() {
    let town = Arc::new(town::<Postgres>(3).await);
    let other = town.engine.node().await;
    let mut raising = JoinSet::new();
    for n in 0..8 {
        let town = Arc::clone(&town);
        let ledger = Arc::clone(if n % 2 == 0 { &town.ledger } else { &other });
        raising.spawn(async move {
            // as a control room does: while the ledger is busy, again, with the same key
            loop {
                let mut raise = town.raise_of(&town.people, false);
                raise.idempotency = ("key".to_owned(), b"body".to_vec());
                match ledger.raise(raise).await {
                    Err(LedgerError::Unavailable(_)) => tokio::task::yield_now().await,
                    raised => break raised.unwrap(),
                }
            }
        });
    }
    let (mut new, mut repeated) = (0, 0);
    while let Some(raised) = raising.join_next().await {
        match raised.unwrap() {
            Raised::New(_) => new += 1,
            Raised::Repeated(_) => repeated += 1,
            Raised::SourceOpen(_) => panic!("it has no source"),
        }
    }
    assert_eq!((new, repeated), (1, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_a_repeat_sends_what_the_first_node_may_not_have_sent() {
    let town = town::<Postgres>(3).await;
    let (second, third) = (town.engine.node().await, town.engine.node().await);
    let raise = || {
        let mut raise = town.raise_of(&town.people, false);
        raise.idempotency = ("key".to_owned(), b"body".to_vec());
        raise
    };
    let mut first = town.ledger.raise(raise()).await.unwrap();
    let ids = |raised: &mut Raised| -> BTreeSet<PushId> {
        let outgoing = &raised.committed().outgoing;
        outgoing.iter().map(|push| push.id).collect()
    };
    let all = ids(&mut first);
    assert_eq!(all.len(), 3);
    // the node that has them in hand is not asked to send them twice
    assert!(ids(&mut town.ledger.raise(raise()).await.unwrap()).is_empty());
    for other in [&second, &third] {
        let mut again = other.raise(raise()).await.unwrap();
        assert!(matches!(again, Raised::Repeated(_)));
        assert_eq!(ids(&mut again), all);
    }
    // what the provider took, or put off, is nobody's to send at once
    let mut fates = [
        PushResult::Taken,
        PushResult::Taken,
        PushResult::Later(T0 + Millis(5_000)),
    ]
    .into_iter();
    let settled = all.iter().map(|id| PushReport {
        id: *id,
        result: fates.next().unwrap(),
    });
    third.settle_outgoing(settled.collect(), T0).await.unwrap();
    assert!(ids(&mut second.raise(raise()).await.unwrap()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_nodes_pushes_are_adopted_once_and_its_late_words_put_nothing_off() {
    let town = town::<Postgres>(5).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let (second, third) = (town.engine.node().await, town.engine.node().await);
    let dead = town.ledger.node();
    town.engine.silence(dead).await;
    let (a, b) = tokio::join!(second.beat(), third.beat());
    assert_eq!(a.unwrap().adopted + b.unwrap().adopted, 1, "of one row");
    let (a, b) = tokio::join!(second.lease_outgoing(T0, 3), third.lease_outgoing(T0, 9));
    let (a, b) = (a.unwrap(), b.unwrap());
    let leased: HashSet<i64> = a.iter().chain(&b).map(|push| push.id.no).collect();
    assert_eq!((leased.len(), a.len() + b.len()), (5, 5));
    // the dead one speaks: it goes on under a new number, and its leases are not its own
    let beat = town.ledger.beat().await.unwrap();
    assert!(town.ledger.node() > dead && beat.adopted == 0);
    let later = |id, at| {
        let result = PushResult::Later(at);
        vec![PushReport { id, result }]
    };
    let id = new.outgoing[0].id;
    let due = second.next_outgoing().await.unwrap();
    town.ledger
        .settle_outgoing(later(id, T0), T0)
        .await
        .unwrap();
    assert_eq!(second.next_outgoing().await.unwrap(), due);
    // a fact is a fact, whoever tells it
    let result = PushResult::Taken;
    town.ledger
        .settle_outgoing(vec![PushReport { id, result }], T0)
        .await
        .unwrap();
    let left = "SELECT json_array_length(CAST(recipients AS JSON)) FROM outbox";
    let left = town.engine.client().await.query_one(left, &[]).await;
    assert_eq!(left.unwrap().get::<_, i32>(0), 4);
    let whole = town
        .ledger
        .incident(town.org, &new.stored.incident.opening.id)
        .await
        .unwrap();
    let sent = whole
        .incident
        .alerts
        .iter()
        .filter(|a| a.state == AlertState::Sent);
    assert_eq!(sent.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_beat_tells_the_databases_time_and_the_newest_event() {
    let town = town::<Postgres>(1).await;
    let before = town.ledger.beat().await.unwrap();
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let log = town.ledger.log(town.org, &new.stored.incident.opening.id);
    let last = log.await.unwrap().last().unwrap().seq;
    town.shown(last).await;
    let after = town.ledger.beat().await.unwrap();
    assert_eq!((before.newest, after.newest), (0, last));
    assert!(after.database_now >= before.database_now);
    let clock = town.engine.client().await;
    let clock = clock
        .query_one(
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
            &[],
        )
        .await
        .unwrap();
    assert!(clock.get::<_, i64>(0) >= after.database_now.0 - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_is_few_round_trips_and_a_receipt_fewer() {
    let town = town::<Postgres>(140).await;
    let mut raise = town.raise_of(&town.people[..28], false);
    raise.opening.plan.waves[0].at_once = 10;
    let before = town.ledger.round_trips();
    let new = town.raise(raise).await;
    assert_eq!(new.outgoing.len(), 10);
    let raised = town.ledger.round_trips() - before;
    let alert = &new.stored.incident.alerts[0];
    let receipt = town
        .ledger
        .receipt(alert.responder, &alert.id, Receipt::Seen, desk(), T0);
    receipt.await.unwrap();
    let proved = town.ledger.round_trips() - before - raised;
    // reads, writes with the commit
    assert_eq!((raised, proved), (2, 2));
}

/// Holds the lock of an incident as a decision does, until it is committed.
async fn locked(client: &mut Client, incident: &IncidentId) {
    let lock = "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('$1', 4))";
    let lock = lock.replace("$1", incident.as_str());
    client.batch_execute(&lock).await.unwrap();
}

/// Until so many transactions of this database wait for a lock.
async fn wait_for_locks(client: &Client, many: usize) {
    let waiting = "SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let until = Instant::now() + Duration::from_mins(1);
    while client.query(waiting, &[]).await.unwrap().len() < many {
        assert!(Instant::now() < until, "nobody waits");
        tokio::task::yield_now().await;
    }
}

// in one thread, so that whoever is started has asked before the next answer of PostgreSQL
#[tokio::test]
async fn receipts_of_one_incident_go_together_and_each_gets_its_own_answer() {
    let town = Arc::new(town::<Postgres>(41).await);
    let mut raise = town.raise_of(&town.people[..40], false);
    raise.opening.plan.waves[0].at_once = 40;
    raise.opening.plan.max_asked = 40;
    let new = town.raise(raise).await;
    let id = new.stored.incident.opening.id.clone();
    let alerts = new.stored.incident.alerts;
    assert_eq!(alerts.len(), 40);
    let stranger = town.people[40];
    let says = |who: ResponderNo, alert: &AlertId| {
        let (town, alert) = (Arc::clone(&town), alert.clone());
        tokio::spawn(async move {
            let seen = town.ledger.receipt(who, &alert, Receipt::Seen, desk(), T0);
            seen.await
        })
    };
    let (mut holder, watcher) = (town.engine.client().await, town.engine.client().await);
    locked(&mut holder, &id).await;
    let before = town.ledger.round_trips();
    let first = says(alerts[0].responder, &alerts[0].id);
    wait_for_locks(&watcher, 1).await;
    let others: Vec<_> = alerts[1..20]
        .iter()
        .map(|a| says(a.responder, &a.id))
        .collect();
    let wrong = says(stranger, &alerts[1].id);
    wait_for_locks(&watcher, 1).await;
    holder.batch_execute("COMMIT").await.unwrap();
    for answer in others.into_iter().chain([first]) {
        assert_eq!(answer.await.unwrap(), Ok(id.clone()));
    }
    assert_eq!(wrong.await.unwrap(), Err(LedgerError::NotFound));
    assert_eq!(town.ledger.round_trips() - before, 4, "two transactions");
    // whoever writes goes away: those who wait with it ask again, and nothing is said twice
    locked(&mut holder, &id).await;
    let first = says(alerts[20].responder, &alerts[20].id);
    wait_for_locks(&watcher, 1).await;
    let second = says(alerts[21].responder, &alerts[21].id);
    let third = says(alerts[22].responder, &alerts[22].id);
    wait_for_locks(&watcher, 1).await;
    first.abort();
    assert!(first.await.is_err());
    holder.batch_execute("COMMIT").await.unwrap();
    for answer in [second, third] {
        assert_eq!(answer.await.unwrap(), Ok(id.clone()));
    }
    let log = town.ledger.log(town.org, &id).await.unwrap();
    for alert in &alerts[..23] {
        let seen = |line: &&LogLine| matches!(&line.recorded.event, Event::Seen { alert: of } if *of == alert.id);
        let times = log.iter().filter(seen).count();
        assert!(
            times == 1 || alert.id == alerts[20].id && times == 0,
            "{times}"
        );
    }
}

/// Of two phones one is tried again, while the other's push fails: the first one moves to another row in the
/// middle of the second's transaction, and is a hope all the same.
#[tokio::test]
async fn a_push_that_is_moved_meanwhile_is_still_a_hope_of_its_ask() {
    let town = Arc::new(town::<Postgres>(1).await);
    let mut second = device(70);
    second.id = DeviceId::from("second");
    town.ledger
        .put_device(town.people[0], second)
        .await
        .unwrap();
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let [one, other] = [new.outgoing[0].id, new.outgoing[1].id];
    let says = |id, result| {
        let (town, report) = (Arc::clone(&town), PushReport { id, result });
        tokio::spawn(async move { town.ledger.settle_outgoing(vec![report], T0).await })
    };
    let (holder, watcher) = (town.engine.client().await, town.engine.client().await);
    let rows = "BEGIN; SELECT no FROM outbox FOR UPDATE";
    holder.batch_execute(rows).await.unwrap();
    let later = says(one, PushResult::Later(T0 + Millis(5_000)));
    wait_for_locks(&watcher, 1).await;
    let failed = says(other, PushResult::Expired);
    wait_for_locks(&watcher, 2).await;
    holder.batch_execute("COMMIT").await.unwrap();
    later.await.unwrap().unwrap();
    failed.await.unwrap().unwrap();
    let log = town.ledger.log(town.org, &new.stored.incident.opening.id);
    let log = log.await.unwrap();
    let lost = log.iter().filter_map(|line| match &line.recorded.event {
        Event::PushFailed { last, .. } => Some(*last),
        _ => None,
    });
    assert_eq!(lost.collect::<Vec<_>>(), [false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_are_simulated_or_real_for_ever() {
    let town = town::<Postgres>(0).await;
    town.ledger.mark_simulated(true).await.unwrap();
    let other = town.engine.node().await;
    other.mark_simulated(true).await.unwrap();
    assert!(matches!(
        other.mark_simulated(false).await,
        Err(LedgerError::Unavailable(why)) if why.contains("simulated data")
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_another_signing_key_is_refused() {
    let town = town::<Postgres>(0).await;
    town.ledger.mark_issuer("key-1").await.unwrap();
    let other = town.engine.node().await;
    other.mark_issuer("key-1").await.unwrap();
    assert!(matches!(
        other.mark_issuer("key-2").await,
        Err(LedgerError::Unavailable(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_wakes_in_another_cluster_begins_a_new_history_above_the_old() {
    let town = town::<Postgres>(2).await;
    let old = town.raise(town.raise_of(&town.people[..1], false)).await;
    let (epoch, id) = (town.ledger.epoch(), old.stored.incident.opening.id);
    let last = town.ledger.log(town.org, &id).await.unwrap();
    let last = last.last().unwrap().seq;
    muster_elsewhere(&town).await;
    let ledger = town.engine.node().await;
    assert_ne!(ledger.epoch(), epoch);
    assert_eq!(ledger.org(&OrgId::from("town")).await.unwrap(), town.org);
    let raise = town.raise_of(&town.people[1..], false);
    let Raised::New(new) = ledger.raise(raise).await.unwrap() else {
        panic!("known")
    };
    let id = new.stored.incident.opening.id.clone();
    let log = ledger.log(town.org, &id).await.unwrap();
    assert!(log[0].seq > last);
}

/// As if the data had been copied to a cluster whose transactions count from elsewhere.
async fn muster_elsewhere(town: &Town<Postgres>) {
    let moved = "UPDATE meta SET value = 'another' WHERE name = 'cluster'";
    let client = town.engine.client().await;
    client.batch_execute(moved).await.unwrap();
}
