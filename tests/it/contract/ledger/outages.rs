//! PostgreSQL goes away and comes back.

use std::time::Duration;

use muster_core::domain::ids::ResponderNo;
use muster_core::ports::{Ledger as _, LedgerError, Raised, Which};
use muster_ledger::{PostgresLedger, PostgresSettings};
use muster_stand::engines;
use tokio::time::timeout;

use super::engines::{Postgres, connect};
use super::support::{Engine as _, Town, stopped, town, town_in};
use crate::support::eventually;

/// A server of its own, because it is going to be hurt.
async fn alone(people: usize) -> (engines::Postgres, Town<Postgres>) {
    let server = engines::Postgres::start().await.unwrap();
    let url = server.create_database().await.unwrap();
    let town = town_in(Postgres { url }, people).await;
    (server, town)
}

/// Raises with the same key until it is known what became of it.
async fn raise_at_last(town: &Town<Postgres>, key: &str) -> Raised {
    raise_of_at_last(town, &town.people, key).await
}

/// The same, with these people to be asked.
async fn raise_of_at_last(town: &Town<Postgres>, people: &[ResponderNo], key: &str) -> Raised {
    let known = async || {
        let mut raise = town.raise_of(people, false);
        raise.idempotency = (key.to_owned(), b"body".to_vec());
        match town.ledger.raise(raise).await {
            Ok(raised) => Some(raised),
            Err(LedgerError::Unavailable(_) | LedgerError::OutcomeUnknown(_)) => None,
            Err(other) => panic!("{other}"),
        }
    };
    eventually("raised at last", known).await
}

async fn is_away(ledger: &PostgresLedger) -> bool {
    // generous: what is tested is that it ends
    let answer = timeout(Duration::from_secs(10), ledger.check()).await;
    matches!(
        answer.expect("an answer"),
        Err(LedgerError::Unavailable(_) | LedgerError::OutcomeUnknown(_))
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_server_costs_errors_and_loses_nothing() {
    let (mut server, town) = alone(3).await;
    let Raised::New(first) = raise_at_last(&town, "first").await else {
        panic!("known")
    };
    server.kill().await.unwrap();
    assert!(is_away(&town.ledger).await);
    server.restart().await.unwrap();
    assert!(matches!(
        raise_at_last(&town, "first").await,
        Raised::Repeated(_)
    ));
    let Raised::New(second) = raise_at_last(&town, "second").await else {
        panic!("known")
    };
    for new in [first, second] {
        let id = &new.stored.incident.opening.id;
        let known = eventually("read", async || {
            town.ledger.incident(town.org, id).await.ok()
        });
        assert_eq!(known.await.incident.alerts, new.stored.incident.alerts);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_keeps_nobody_waiting() {
    let (server, town) = alone(1).await;
    server.pause().unwrap();
    for _ in 0..3 {
        assert!(is_away(&town.ledger).await);
        let read = town.ledger.incidents(town.org, Which::Open, None, 1);
        let read = timeout(Duration::from_secs(10), read)
            .await
            .expect("an end");
        assert!(matches!(read.err(), Some(LedgerError::Unavailable(_))));
    }
    server.resume().unwrap();
    raise_at_last(&town, "after").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_the_connection_in_a_commit_finds_out_by_the_key() {
    let town = town::<Postgres>(20).await;
    let killer = connect(&town.engine.url).await;
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'muster' AND state <> 'idle'";
    for n in 0..20 {
        let (key, person) = (format!("key-{n}"), &town.people[n..=n]);
        let killing = async {
            for _ in 0..8 {
                killer.query(others, &[]).await.unwrap();
            }
        };
        let (mut raised, ()) = tokio::join!(raise_of_at_last(&town, person, &key), killing);
        // whoever answers hands the pushes on, also those of an attempt whose end nobody saw
        assert_eq!(raised.committed().outgoing.len(), 1, "{key}");
    }
    // each key made one incident, and each incident is whole
    assert_eq!(town.engine.count("incident").await, 20);
    assert_eq!(town.engine.count("idempotency").await, 20);
    let client = town.engine.client().await;
    let halves = "SELECT COUNT(*) FROM incident i WHERE NOT EXISTS
        (SELECT 1 FROM event e WHERE e.incident_id = i.id AND e.body LIKE '[{\"type\":\"raised\"%')";
    let halves = client.query_one(halves, &[]).await.unwrap();
    assert_eq!(halves.get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_server_that_is_not_there_and_a_newer_schema_are_named() {
    let settings = |url: String| PostgresSettings { url, ca_file: None };
    let nobody = settings("postgres://muster@127.0.0.1:1/muster".to_owned());
    let error = PostgresLedger::open(nobody, stopped()).await.err().unwrap();
    assert!(matches!(error, LedgerError::Unavailable(_)));
    let postgres = Postgres::start().await;
    postgres.node().await.close().await;
    let client = postgres.client().await;
    let newer = "INSERT INTO schema_version (version) VALUES (99)";
    client.batch_execute(newer).await.unwrap();
    let newer = PostgresLedger::open(settings(postgres.url.clone()), stopped()).await;
    let error = newer.err().unwrap().to_string();
    assert!(error.contains("schema 99"), "{error}");
}
