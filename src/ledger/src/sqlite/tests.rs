//! Group commit: shared flushes, separate fates.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, LedgerError};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::SqliteLedger;
use crate::queue::{Lane, Queue};
use crate::sql::db::{Db, Sql, args, sql};
use crate::sql::fault::Fault;
use crate::sql::{directory, schema};

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
}

struct Town {
    ledger: Arc<SqliteLedger>,
    dir: TempDir,
}

fn town() -> Town {
    let dir = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(dir.path(), Arc::new(Stopped)).unwrap();
    Town { ledger, dir }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_and_a_panicking_job_do_not_disturb_their_batch() {
    let town = town();
    let mut jobs = JoinSet::new();
    for n in 0..100_u32 {
        let ledger = Arc::clone(&town.ledger);
        jobs.spawn(async move {
            let job = move |db: &dyn Db| {
                schema::set_meta(db, &format!("job {n}"), "done")?;
                match n % 10 {
                    3 => Err(Fault::from(LedgerError::Taken)),
                    7 => panic!("a mistake"),
                    _ => Ok(n),
                }
            };
            (n, ledger.write(Lane::Emergency, job).await)
        });
    }
    while let Some(job) = jobs.join_next().await {
        let (n, result) = job.unwrap();
        let stands = town
            .ledger
            .read(move |db| schema::meta(db, &format!("job {n}")))
            .await
            .unwrap()
            .is_some();
        match n % 10 {
            3 => assert_eq!(result, Err(LedgerError::Taken)),
            7 => assert!(matches!(result, Err(LedgerError::Broken(_)))),
            _ => assert_eq!(result, Ok(n)),
        }
        assert_eq!(stands, !matches!(n % 10, 3 | 7), "{n}");
    }
}

/// A process that forks has copies of its open files in the child until the child runs its own
/// program; the lock is the open file's, so it would live on there.
#[tokio::test]
async fn a_closed_ledger_is_free_even_while_a_forked_child_holds_its_files() {
    let Town { ledger, dir } = town();
    let refused = SqliteLedger::open(dir.path(), Arc::new(Stopped));
    assert!(refused.is_err(), "two owned one file");
    let inherited = ledger.engine.lock.try_clone().unwrap();
    drop(ledger);
    SqliteLedger::open(dir.path(), Arc::new(Stopped)).unwrap();
    drop(inherited);
}

#[tokio::test]
async fn a_full_disk_is_told_to_the_caller_and_the_ledger_recovers() {
    let town = town();
    let limit = |pages: Sql| {
        town.ledger.write(Lane::Routine, move |db| {
            // the limit never goes below the present size
            db.query_one(pages, &[]).map(drop)
        })
    };
    let write = || {
        town.ledger.write(Lane::Emergency, |db| {
            let big = "x".repeat(1_000_000);
            db.execute(
                sql!("INSERT INTO meta (name, value) VALUES ('big', $1)"),
                args![&big],
            )
        })
    };
    limit(sql!("PRAGMA max_page_count = 1")).await.unwrap();
    assert!(matches!(write().await, Err(LedgerError::Unavailable(_))));
    limit(sql!("PRAGMA max_page_count = 1000000"))
        .await
        .unwrap();
    write().await.unwrap();
    town.ledger.check().await.unwrap();
}

/// Starts it and says whether it has to wait.
async fn waits<F: Future>(mut job: Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(job.as_mut().poll(context).is_pending())).await
}

#[tokio::test]
async fn a_full_lane_refuses_at_once_and_emergencies_go_first() {
    let queue = Queue::default();
    let mut waiting = Vec::new();
    for _ in 0..2048 {
        let mut job = Box::pin(queue.submit(Lane::Routine, |_| Ok(())));
        assert!(waits(job.as_mut()).await);
        waiting.push(job);
    }
    let over = queue.submit(Lane::Routine, |_| Ok(())).await;
    assert!(matches!(over, Err(LedgerError::Unavailable(_))));
    let mut urgent = Box::pin(queue.submit(Lane::Emergency, |_| Ok(())));
    assert!(waits(urgent.as_mut()).await);
    let (lane, _) = queue.pop([0; 3], [44, 14, 6]).unwrap();
    assert_eq!(lane, Lane::Emergency as usize);
    assert_eq!(queue.depths().routine, 2048);
}

#[tokio::test]
async fn a_second_process_is_kept_out_and_migrating_twice_is_harmless() {
    let town = town();
    let second = SqliteLedger::open(town.dir.path(), Arc::new(Stopped));
    assert!(matches!(second.err(), Some(LedgerError::Unavailable(_))));
    crate::migrate(town.dir.path()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_people_reads_one_index_in_order() {
    let town = town();
    let db = rusqlite::Connection::open(town.dir.path().join("muster.db")).unwrap();
    let plan = format!("EXPLAIN QUERY PLAN {}", directory::FIND.sqlite);
    let mut plan = db.prepare(&plan).unwrap();
    let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
    let nothing = rusqlite::params_from_iter(nothing);
    let steps = plan
        .query_map(nothing, |row| row.get::<_, String>(3))
        .unwrap();
    let steps: Vec<String> = steps.map(Result::unwrap).collect();
    let search = steps.iter().find(|step| step.contains("responder_search"));
    assert!(
        search.is_some_and(|step| step.contains("USING COVERING INDEX")),
        "{steps:?}"
    );
}
