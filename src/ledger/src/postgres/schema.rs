//! Brings the tables up to date, and learns which database this is.

use std::time::Duration;

use muster_core::ports::LedgerError;
use tokio::time::timeout;
use tokio_postgres::{Client, Transaction};

use super::{PostgresSettings, tls};
use crate::sql::db::{Db, Sql, args};
use crate::sql::fault::{Done, Fault};
use crate::sql::schema::{MIGRATIONS, Words, meta};

/// Longer than this nobody waits for the first connection.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// What PostgreSQL calls the things that differ.
const WORDS: Words = Words {
    identity: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    number: "BIGINT PRIMARY KEY",
    name: "TEXT COLLATE \"C\"",
    bytes: "BYTEA",
    clustered: "",
    postgres: "",
};

/// Nodes that start together change the tables one after the other. Any number that no guard of
/// ours uses.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1)";

/// Which history the database holds, and from where it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// Added to the ids of transactions, so that numbers go on growing in another cluster.
    pub(super) base: i64,
    /// Name of the history.
    pub(super) epoch: String,
}

/// Brings the tables of the database up to date.
///
/// A database of a newer muster is refused: this one would not know its rules.
pub async fn migrate_postgres(settings: &PostgresSettings) -> Result<(), LedgerError> {
    let (config, tls) = settings.parse().map_err(|Fault(error)| error)?;
    let bring_up = async {
        let connecting = timeout(CONNECT_MAX, tls::connect(&config, tls)).await;
        let late = || Fault::away("PostgreSQL did not answer in time");
        bring_up(&mut connecting.map_err(|_late| late())??).await
    };
    bring_up.await.map_err(|Fault(error)| error)
}

async fn bring_up(client: &mut Client) -> Done<()> {
    let change = client.transaction().await?;
    change.batch_execute(LOCK).await?;
    change
        .batch_execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")
        .await?;
    let have: i64 = change
        .query_one("SELECT COALESCE(MAX(version), 0) FROM schema_version", &[])
        .await?
        .try_get(0)?;
    let have = usize::try_from(have).unwrap_or(usize::MAX);
    if have > MIGRATIONS.len() {
        return Err(Fault(LedgerError::Unavailable(format!(
            "the database has schema {have}, this muster knows {}",
            MIGRATIONS.len()
        ))));
    }
    for (at, sql) in MIGRATIONS.iter().enumerate().skip(have) {
        change.batch_execute(&WORDS.of(sql)).await?;
        let version = i64::try_from(at + 1).unwrap_or(i64::MAX);
        change
            .execute(
                "INSERT INTO schema_version (version) VALUES ($1)",
                &[&version],
            )
            .await?;
    }
    change.commit().await?;
    Ok(())
}

const IDENTITY: &str = "SELECT CAST(system_identifier AS TEXT),
      (SELECT value FROM meta WHERE name = 'cluster'),
      (SELECT value FROM meta WHERE name = 'base'),
      (SELECT value FROM meta WHERE name = 'epoch')
    FROM pg_control_system()";

/// Above every number that the former cluster gave.
const NEXT_BASE: &str = "SELECT COALESCE(MAX(no), 0) / 65536 + 1 FROM (
      SELECT MAX(last_seq) AS no FROM event UNION ALL SELECT MAX(no) FROM outbox
      UNION ALL SELECT MAX(no) FROM incident) AS numbers";

const SET: &str = "INSERT INTO meta (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Learns which database this is. Data that woke in another cluster, whose transactions count
/// from elsewhere, begin a new history there.
pub(super) async fn identify(client: &mut Client) -> Done<Identity> {
    let row = client.query_one(IDENTITY, &[]).await?;
    let (cluster, known): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    if known.as_ref() == Some(&cluster) {
        return remembered(&row);
    }
    let change = client.transaction().await?;
    change.batch_execute(LOCK).await?;
    let row = change.query_one(IDENTITY, &[]).await?;
    let known: Option<String> = row.try_get(1)?;
    if known.as_ref() == Some(&cluster) {
        return remembered(&row);
    }
    let identity = Identity {
        base: change.query_one(NEXT_BASE, &[]).await?.try_get(0)?,
        epoch: new_name()?,
    };
    set(&change, "cluster", &cluster).await?;
    set(&change, "base", &identity.base.to_string()).await?;
    set(&change, "epoch", &identity.epoch).await?;
    change.commit().await?;
    Ok(identity)
}

async fn set(change: &Transaction<'_>, name: &str, value: &str) -> Done<()> {
    change.execute(SET, &[&name, &value]).await?;
    Ok(())
}

fn remembered(row: &tokio_postgres::Row) -> Done<Identity> {
    let (base, epoch): (Option<String>, Option<String>) = (row.try_get(2)?, row.try_get(3)?);
    let base = base.and_then(|base| base.parse().ok());
    let (Some(base), Some(epoch)) = (base, epoch) else {
        return Err(Fault::broken("the database does not know its own history"));
    };
    Ok(Identity { base, epoch })
}

fn new_name() -> Done<String> {
    let mut name = [0; 8];
    aws_lc_rs::rand::fill(&mut name)?;
    Ok(format!("{:016x}", u64::from_be_bytes(name)))
}

const SAY: Sql = Sql {
    sqlite: "",
    postgres: "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
};

/// What was said first under this name; this, if nobody had said anything.
pub(super) fn say_once(db: &dyn Db, name: &str, value: &str) -> Done<String> {
    db.execute(SAY, args![name, value])?;
    Ok(meta(db, name)?.unwrap_or_default())
}
