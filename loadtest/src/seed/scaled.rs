//! The scaled world: PostgreSQL and Redis, before the nodes start on them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::SinkExt as _;
use futures_util::stream::{self, StreamExt as _};
use h3o::{CellIndex, LatLng, Resolution};
use muster::ledger::{PostgresLedger, PostgresSettings};
use muster::live::redis::{RedisIndex, RedisSettings};
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Profile, Skills};
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Clock as _, LastKnown, LedgerError, LiveIndex as _, Search, Seen};
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
/// Regions of the live index, some 10 km from their middle to their rim.
const REGION: Resolution = Resolution::Five;
/// So far around its middle a search meets a region and all that touch it, metres.
const AROUND_M: f64 = 15_000.0;

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
/// simulated, and every region around somebody is known to the index.
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

/// The index reckons from cells of resolution 11 upwards.
fn seen_in(point: Point) -> CellIndex {
    let cell = point.cell(Resolution::Eleven);
    cell.parent(Resolution::Nine).unwrap_or(cell)
}

/// Puts everybody into the live index, as a node does with those who report.
async fn place(
    engines: &Engines,
    crowd: &Crowd,
    ledger: &Arc<PostgresLedger>,
    one: ResponderNo,
) -> Outcome<()> {
    let settings = RedisSettings::at(engines.redis_urls.clone());
    let (nobody, roster) = (Arc::new(Nobody), Arc::clone(ledger) as _);
    let index = RedisIndex::open(settings, nobody, roster, Arc::new(Now));
    let index = index.doing("opening the live index")?;
    let (running, shutdown) = watch::channel(false);
    let work = tokio::spawn(Arc::clone(&index).run(shutdown));
    let placed = async {
        // first, while there is nobody to load
        explore(&index, crowd, engines).await?;
        report_all(&index, crowd, ledger, one).await?;
        come_to_rest(first_redis(engines)?).await
    };
    let placed = placed.await;
    running.send_replace(true);
    work.await.doing("ending the work of the index")?;
    placed
}

/// Searches everywhere, so that the index marks every region as known.
async fn explore(index: &RedisIndex, crowd: &Crowd, engines: &Engines) -> Outcome<()> {
    let regions = crowd.points().iter().map(|point| point.cell(REGION));
    for region in regions.collect::<HashSet<_>>() {
        let middle = LatLng::from(region);
        let search = Search {
            centre: Point::new(middle.lat(), middle.lng()).doing("the middle of a region")?,
            orgs: vec![OrgNo(1)],
            radius_m: AROUND_M,
            limit: 1,
            weighing: Weighing {
                now: Timestamp(0),
                stale: Millis(0),
            },
            skills: Skills(0),
            not_before: Timestamp(0),
            places: None,
            exercise: false,
        };
        index.nearest(&search).await;
    }
    come_to_rest(first_redis(engines)?).await
}

fn first_redis(engines: &Engines) -> Outcome<&str> {
    let url = engines.redis_urls.first().map(String::as_str);
    url.ok_or_else(|| Failure::new("no address of Redis"))
}

/// Returns when nothing is asked of Redis any more: work behind the answers is done.
pub(crate) async fn come_to_rest(url: &str) -> Outcome<()> {
    let client = redis::Client::open(url).doing("the address of Redis")?;
    let connection = client.get_multiplexed_async_connection().await;
    let mut connection = connection.doing("connecting to Redis")?;
    let mut before = None;
    loop {
        let mut asked = redis::cmd("INFO");
        let info: String = asked
            .arg("stats")
            .query_async(&mut connection)
            .await
            .doing("INFO")?;
        let commands = info
            .lines()
            .find_map(|line| line.strip_prefix("total_commands_processed:"))
            .and_then(|number| number.trim().parse::<u64>().ok());
        let commands = commands.ok_or_else(|| Failure::new("Redis does not count commands"))?;
        // the question itself counts as one
        if before.is_some_and(|before| commands <= before + 1) {
            return Ok(());
        }
        before = Some(commands);
        sleep(LOOK).await;
    }
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
    // together they are one change of the record
    let ((), taken) = tokio::join!(index.admit(who), index.report(responder, fix));
    taken
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
