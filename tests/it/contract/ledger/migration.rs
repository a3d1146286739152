//! Tables that an earlier version made are brought up to date and hold what they held.

use std::collections::BTreeSet;

use muster_core::domain::alert::Alert;
use muster_core::domain::event::Actor;
use muster_core::domain::ids::{AlertId, IncidentId, OrgId};
use muster_core::domain::incident::Receipt;
use muster_core::domain::push::PushKind;
use muster_core::ports::{Agenda, Feed, Ledger, Outgoing, PushReport, PushResult, Roster};
use muster_ledger::SqliteLedger;
use tempfile::TempDir;

use super::engines::Postgres;
use super::support::{Engine as _, stopped};

/// Those of 0.1.0. Both hold an incident that was closed, and an open one with a note, which is sealed,
/// and a yes.
const SQLITE_9: &str = include_str!("fixtures/tables-9-sqlite.sql");
const POSTGRES_9: &str = include_str!("fixtures/tables-9-postgres.sql");

/// What happened to the open one, and the note.
const TYPES: [&str; 11] = [
    "raised",
    "wave_launched",
    "alerted",
    "alerted",
    "alerted",
    "found_too_few",
    "noted",
    "push_put_off",
    "push_put_off",
    "push_put_off",
    "accepted",
];
const NOTE: &str = "door code is with the neighbour";

/// Reads the open incident from the feed and from its log; its first and last event kept their numbers.
async fn is_whole(ledger: &(impl Ledger + Feed + Roster), open: &str, ends: [u64; 2]) {
    let (org, open) = (
        ledger.org(&OrgId::from("town")).await.unwrap(),
        IncidentId::from(open),
    );
    let steps = ledger.after(Some(org), 0, 100).await.unwrap().unwrap();
    assert!(steps.is_sorted_by(|a, b| a.seq < b.seq));
    assert!(steps.iter().any(|step| step.change == "closed"));
    let own: Vec<_> = steps.iter().filter(|s| s.incident == open).collect();
    let types: Vec<_> = own.iter().map(|step| step.change.as_str()).collect();
    assert_eq!(types, TYPES);
    let log = ledger.log(org, &open).await.unwrap();
    let numbers: Vec<_> = log.iter().map(|line| line.seq).collect();
    assert_eq!(numbers, own.iter().map(|s| s.seq).collect::<Vec<_>>());
    assert_eq!([numbers[0], numbers[TYPES.len() - 1]], ends);
    let texts: Vec<_> = log.iter().filter_map(|line| line.text.as_deref()).collect();
    assert_eq!(texts, [NOTE]);
    let stored = ledger.incident(org, &open).await.unwrap();
    assert_eq!(stored.incident.alerts.len(), 3);
}

/// Sends what waited: the three asks of the open one, which no service took.
async fn is_sent(ledger: &(impl Ledger + Agenda + Roster), open: &str) {
    let due = ledger.next_outgoing().await.unwrap().unwrap();
    let leased = ledger.lease_outgoing(due, 10).await.unwrap();
    let alerts: BTreeSet<&AlertId> = leased.iter().map(|push| &push.message.alert).collect();
    assert_eq!((leased.len(), alerts.len()), (3, 3));
    let open = IncidentId::from(open);
    let is_ask = |push: &Outgoing| {
        push.message.incident == open && push.message.kind == PushKind::Alert && push.attempts == 1
    };
    assert!(leased.iter().all(is_ask));
    let taken = leased.iter().map(|push| PushReport {
        id: push.id,
        result: PushResult::Taken,
    });
    ledger.settle_outgoing(taken.collect(), due).await.unwrap();
    assert_eq!(ledger.next_outgoing().await.unwrap(), None);
    let org = ledger.org(&OrgId::from("town")).await.unwrap();
    let stored = ledger.incident(org, &open).await.unwrap();
    let waits = |alert: &Alert| alert.push_waiting_since.is_some();
    assert!(!stored.incident.alerts.iter().any(waits));
    // their names say nothing of their incident
    let alert = stored.incident.alerts.last().unwrap();
    let (who, id) = (alert.responder, &alert.id);
    assert_eq!(ledger.incident_of(who, id).await.unwrap(), open);
    let seen = ledger.receipt(who, id, Receipt::Seen, Actor::provider(), due);
    assert_eq!(seen.await.unwrap(), open);
    let stored = ledger.incident(org, &open).await.unwrap();
    assert_eq!(stored.incident.alerts.last().unwrap().seen_at, Some(due));
}

#[tokio::test]
async fn the_history_of_0_1_0_is_read_as_it_was_written_in_sqlite() {
    let dir = TempDir::new().unwrap();
    let tables = rusqlite::Connection::open(dir.path().join("muster.db")).unwrap();
    tables.execute_batch(SQLITE_9).unwrap();
    drop(tables);
    let ledger = SqliteLedger::open(dir.path(), stopped()).unwrap();
    let open = "01a2304b5c9b73efb687b779e5d0768e";
    is_whole(&*ledger, open, [2, 24]).await;
    is_sent(&*ledger, open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_0_1_0_is_read_as_it_was_written_in_postgresql() {
    let postgres = Postgres::start().await;
    let tables = postgres.client().await;
    tables.batch_execute(POSTGRES_9).await.unwrap();
    let ledger = postgres.open().await;
    let open = "01a230748fbe712bb2a3545bb58ed920";
    is_whole(&*ledger, open, [48_889_857, 49_217_536]).await;
    is_sent(&*ledger, open).await;
}
