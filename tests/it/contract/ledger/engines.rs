//! The two engines, each with a database of its own per test.

use std::collections::BTreeMap;
use std::sync::Arc;

use muster_core::ports::LedgerError;
use muster_ledger::{PostgresLedger, PostgresSettings, SqliteLedger};
use muster_stand::engines;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::support::{Engine, stopped};

/// A folder with one file.
pub(super) struct Sqlite {
    dir: TempDir,
}

impl Sqlite {
    /// How many entries the trees of the ledger have, by the name of the table or index.
    pub(super) fn entries(&self) -> BTreeMap<String, i64> {
        let db = rusqlite::Connection::open(self.dir.path().join("muster.db")).unwrap();
        let count = "SELECT name, SUM(ncell) FROM dbstat WHERE pagetype = 'leaf'
              OR (pagetype = 'internal' AND name IN
                (SELECT name FROM sqlite_master WHERE type = 'index'
                 UNION SELECT name FROM pragma_table_list WHERE wr = 1))
            GROUP BY name";
        let mut count = db.prepare(count).unwrap();
        let rows = count.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }
}

impl Engine for Sqlite {
    type Ledger = SqliteLedger;

    async fn start() -> Self {
        Self {
            dir: TempDir::new().unwrap(),
        }
    }

    async fn open(&self) -> Arc<SqliteLedger> {
        SqliteLedger::open(self.dir.path(), stopped()).unwrap()
    }

    /// What a power cut leaves: the files as they are, nothing folded, nothing closed.
    async fn after_crash(&self, _: &SqliteLedger) -> Arc<SqliteLedger> {
        let copy = self.dir.path().join("after");
        std::fs::create_dir(&copy).unwrap();
        for file in ["muster.db", "muster.db-wal"] {
            std::fs::copy(self.dir.path().join(file), copy.join(file)).unwrap();
        }
        SqliteLedger::open(&copy, stopped()).unwrap()
    }

    async fn dump(&self, table: &str) -> String {
        let db = rusqlite::Connection::open(self.dir.path().join("muster.db")).unwrap();
        let mut statement = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut all = String::new();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..width {
                let value: rusqlite::types::Value = row.get(column).unwrap();
                let text = match value {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Blob(bytes) => {
                        String::from_utf8_lossy(&bytes).into_owned()
                    }
                    other => format!("{other:?}"),
                };
                all.push_str(&text);
                all.push('\n');
            }
        }
        all
    }

    async fn run(&self, sql: &str) {
        let db = rusqlite::Connection::open(self.dir.path().join("muster.db")).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
        db.execute_batch(sql).unwrap();
    }

    async fn check(ledger: &SqliteLedger) -> Result<(), LedgerError> {
        ledger.check().await
    }

    async fn close(ledger: &SqliteLedger) {
        ledger.close().await;
    }
}

/// A database in the one server of this process.
pub(super) struct Postgres {
    pub(super) url: String,
}

static SERVER: OnceCell<engines::Postgres> = OnceCell::const_new();

impl Postgres {
    /// A connection beside the ledger's.
    pub(super) async fn client(&self) -> Client {
        connect(&self.url).await
    }

    /// Another node over the same database.
    pub(super) async fn node(&self) -> Arc<PostgresLedger> {
        let settings = PostgresSettings {
            url: self.url.clone(),
            ca_file: None,
        };
        PostgresLedger::open(settings, stopped()).await.unwrap()
    }

    /// How many rows a table has.
    pub(super) async fn count(&self, table: &str) -> usize {
        let count = format!("SELECT COUNT(*) FROM {table}");
        let row = self.client().await.query_one(&count, &[]).await.unwrap();
        usize::try_from(row.get::<_, i64>(0)).unwrap()
    }

    /// Makes a node look as silent as a dead one.
    pub(super) async fn silence(&self, node: i64) {
        let silent = format!("UPDATE node SET beat_at = 0 WHERE no = {node}");
        self.client().await.batch_execute(&silent).await.unwrap();
    }
}

pub(super) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Engine for Postgres {
    type Ledger = PostgresLedger;

    async fn start() -> Self {
        let server = SERVER
            .get_or_init(|| async { engines::Postgres::start().await.unwrap() })
            .await;
        Self {
            url: server.create_database().await.unwrap(),
        }
    }

    async fn open(&self) -> Arc<PostgresLedger> {
        self.node().await
    }

    /// What a dead node leaves is found by its silence.
    async fn after_crash(&self, crashed: &PostgresLedger) -> Arc<PostgresLedger> {
        let other = self.node().await;
        self.silence(crashed.node()).await;
        other.beat().await.unwrap();
        other
    }

    async fn dump(&self, table: &str) -> String {
        let rows = format!("SELECT * FROM {table}");
        let messages = self.client().await.simple_query(&rows).await.unwrap();
        let mut all = String::new();
        for message in messages {
            if let SimpleQueryMessage::Row(row) = message {
                for column in 0..row.len() {
                    all.push_str(row.get(column).unwrap_or("NULL"));
                    all.push('\n');
                }
            }
        }
        all
    }

    async fn run(&self, sql: &str) {
        self.client().await.batch_execute(sql).await.unwrap();
    }

    async fn check(ledger: &PostgresLedger) -> Result<(), LedgerError> {
        ledger.check().await
    }

    async fn close(ledger: &PostgresLedger) {
        ledger.close().await;
    }
}
