//! The scaled world: PostgreSQL and Redis, before the nodes start on them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::SinkExt as _;
use futures_util::stream::{self, StreamExt as _};
use h3o::{CellIndex, Resolution};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::domain::responder::Profile;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock as _, Feed as _, LastKnown, LedgerError, LiveIndex as _, Seen};
use muster_ledger::{PostgresLedger, PostgresSettings};
use muster_live::redis::{RedisIndex, RedisSettings};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, NoTls};

use super::copies::{self, Columns};
use super::crowd::Crowd;
use super::{Now, first};
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::process::Server;

/// All of it takes no longer.
const PATIENCE: Duration = Duration::from_mins(15);
/// A node knows everybody by then.
const LOADED: Duration = Duration::from_mins(5);
/// Between two looks at something that takes a while.
const LOOK: Duration = Duration::from_millis(300);
/// What a node says when its index was told of everybody.
const KNOWS_ALL: &str = "the live index knows every profile";
/// People under way while all are placed.
const AT_ONCE: usize = 1_024;
/// Rows in one piece of a COPY.
const ROWS: usize = 10_000;
/// The index follows its Redis by then.
const WELL_MAX: Duration = Duration::from_mins(1);

/// The rows are right by construction, so keys need no looking up; the last flush stands for all.
const QUICK: &str = "SET session_replication_role = replica; SET synchronous_commit = off;
                     SET work_mem = '256MB'";
const COLUMNS: &str = "SELECT column_name::text FROM information_schema.columns
                       WHERE table_schema = current_schema() AND table_name = $1";

/// Where to put them.
#[derive(Debug, Clone)]
pub struct Engines {
    /// `postgres://…`, an empty database of a superuser (as [`muster_stand::engines::Postgres`] gives
    /// out).
    pub postgres_url: String,
    /// `redis://…`, one or several of a cluster, empty.
    pub redis_urls: Vec<String>,
}

/// Fills both: about two minutes for a million. Tables are made, the database is marked as
/// simulated.
pub async fn seed(engines: &Engines, org: &str, crowd: &Crowd) -> Outcome<()> {
    let done = timeout(PATIENCE, fill(engines, org, crowd)).await;
    done.doing("filling PostgreSQL and Redis")?
}

/// Returns when a node of a seeded world has told its index of everybody. It answers before, but
/// is busy with that.
pub async fn knows_everybody(node: &Server) -> Outcome<()> {
    let until = Instant::now() + LOADED;
    loop {
        let log = tokio::fs::read_to_string(&node.config().log_file).await;
        if log.is_ok_and(|log| log.contains(KNOWS_ALL)) {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(Failure::new("a node does not come to know everybody"));
        }
        sleep(LOOK).await;
    }
}

async fn fill(engines: &Engines, org: &str, crowd: &Crowd) -> Outcome<()> {
    let settings = PostgresSettings {
        url: engines.postgres_url.clone(),
        ca_file: None,
    };
    let ledger = PostgresLedger::open(settings, Arc::new(Now)).await;
    let ledger = ledger.doing("opening the ledger")?;
    let marked = ledger.mark_simulated(true).await;
    marked.doing("marking the database")?;
    let filled = if crowd.is_empty() {
        Ok(())
    } else {
        fill_both(engines, org, crowd, &ledger).await
    };
    ledger.close().await;
    filled
}

async fn fill_both(
    engines: &Engines,
    org: &str,
    crowd: &Crowd,
    ledger: &Arc<PostgresLedger>,
) -> Outcome<()> {
    let one = first::enrol(ledger.as_ref(), org).await?;
    let client = connect(&engines.postgres_url).await?;
    copy(&client, one, crowd.len()).await?;
    place(engines, crowd, ledger, one).await?;
    see(&client, crowd, one).await?;
    // or the server's own housekeeping would do so under a measurement
    for upkeep in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        client.batch_execute(upkeep).await.doing(upkeep)?;
    }
    Ok(())
}

/// A connection to PostgreSQL.
pub(crate) async fn connect(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .doing("connecting to PostgreSQL")?;
    // it ends when the client is dropped; an error reaches whoever waits for an answer
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

async fn copy(client: &Client, one: ResponderNo, people: usize) -> Outcome<()> {
    client.batch_execute(QUICK).await.doing(QUICK)?;
    let columns = Columns {
        responder: columns(client, "responder").await?,
        device: columns(client, "device").await?,
    };
    if people > 1 {
        for statement in copies::statements(&columns, one, people) {
            client
                .batch_execute(&statement)
                .await
                .doing("copying people")?;
        }
    }
    let counts = client.query_one(&copies::check(one), &[]).await;
    let counts = counts.doing("counting people")?;
    copies::judged((counts.get(0), counts.get(1), counts.get(2)), people)?;
    // how many there are decides how the next question is answered
    client.batch_execute("ANALYZE").await.doing("ANALYZE")
}

async fn columns(client: &Client, table: &str) -> Outcome<Vec<String>> {
    let rows = client.query(COLUMNS, &[&table]).await;
    let rows = rows.doing("asking for columns")?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Writes down where everybody was last seen, as the nodes would have.
async fn see(client: &Client, crowd: &Crowd, one: ResponderNo) -> Outcome<()> {
    let copy = client.copy_in::<_, Bytes>("COPY last_known (responder_no, cell, at) FROM STDIN");
    let copy = copy.await.doing("COPY")?;
    let mut copy = std::pin::pin!(copy);
    let now = Now.now().0;
    let mut numbers = one.0..;
    for some in crowd.points().chunks(ROWS) {
        let lines = numbers.by_ref().zip(some).map(|(number, point)| {
            let cell = u64::from(seen_in(*point));
            format!("{number}\t{cell}\t{now}\n")
        });
        let lines = Bytes::from(lines.collect::<String>());
        copy.send(lines).await.doing("COPY")?;
    }
    copy.finish().await.map(drop).doing("COPY")
}

fn seen_in(point: Point) -> CellIndex {
    point.cell(Resolution::Nine)
}

/// Puts everybody into the live index, as a node does with those who report.
async fn place(
    engines: &Engines,
    crowd: &Crowd,
    ledger: &Arc<PostgresLedger>,
    one: ResponderNo,
) -> Outcome<()> {
    let settings = RedisSettings::at(
        engines.redis_urls.clone(),
        ledger.epoch(),
        "seed".to_owned(),
    );
    let (nobody, roster) = (Arc::new(Nobody), Arc::clone(ledger) as _);
    let index = RedisIndex::open(settings, nobody, roster, Arc::new(Now));
    let index = index.doing("opening the live index")?;
    let (running, shutdown) = watch::channel(false);
    let work = tokio::spawn(Arc::clone(&index).run(shutdown));
    let placed = async {
        well(&index).await?;
        report_all(&index, crowd, ledger, one).await?;
        well(&index).await
    };
    let placed = placed.await;
    running.send_replace(true);
    work.await.doing("ending the work of the index")?;
    placed
}

/// Returns when the index follows its Redis, which takes changes.
pub(crate) async fn well(index: &RedisIndex) -> Outcome<()> {
    let until = Instant::now() + WELL_MAX;
    while let Err(why) = index.health() {
        if Instant::now() > until {
            return Err(Failure::new(format!("the live index: {why}")));
        }
        sleep(LOOK).await;
    }
    Ok(())
}

async fn report_all(
    index: &RedisIndex,
    crowd: &Crowd,
    ledger: &Arc<PostgresLedger>,
    one: ResponderNo,
) -> Outcome<()> {
    let mut after = ResponderNo(one.0.saturating_sub(1));
    loop {
        let page = first::profiles(ledger.as_ref(), after).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.responder;
        let refused = stream::iter(page)
            .map(|profile| report(index, crowd, one, profile))
            .buffer_unordered(AT_ONCE)
            .filter(|taken| std::future::ready(!taken));
        let refused = refused.count().await;
        if refused > 0 {
            return Err(Failure::new(format!("{refused} positions were not taken")));
        }
    }
}

async fn report(index: &RedisIndex, crowd: &Crowd, one: ResponderNo, who: Profile) -> bool {
    let number = usize::try_from(who.responder.0 - one.0);
    let Some(fix) = number.ok().and_then(|number| crowd.fix(number)) else {
        return false;
    };
    let responder = who.responder;
    index.admit(who).await;
    index.report(responder, fix).await
}

/// A ledger that saw nobody yet: sightings are written down for all at once, not one by one.
pub(crate) struct Nobody;

#[async_trait]
impl LastKnown for Nobody {
    async fn keep(&self, _: Vec<Seen>) -> Result<(), LedgerError> {
        Ok(())
    }

    async fn inside(
        &self,
        _: &[CellIndex],
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<(Profile, Seen)>, LedgerError> {
        Ok(Vec::new())
    }

    async fn forget_seen(&self, _: Timestamp) -> Result<usize, LedgerError> {
        Ok(0)
    }
}
