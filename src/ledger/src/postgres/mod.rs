//! The engine over PostgreSQL, shared by any number of nodes.
//!
//! Invariants:
//! - no caller waits longer than two bounds together, whatever PostgreSQL does;
//! - a number that a reader was shown is below every number that is committed later;
//! - locks are taken in one order: names without a row, incidents, outbox rows, responders, each
//!   kind by number.

mod beat;
mod fault;
mod link;
mod pool;
mod schema;
mod tls;
mod tx;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use muster_core::ports::{Clock, LedgerError};
use parking_lot::RwLock;
use tokio::time::{Instant, sleep};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::queue::{Depths, Lane};
use super::sql::db::Db;
use super::sql::fault::{Done, Fault};
use super::sql::{Engine, SqlLedger, directory, history};
pub use beat::Beat;
use pool::Pool;
use schema::Identity;
pub use schema::migrate_postgres;
use tx::Mode;

/// Which jobs each writing thread takes: up to this lane. Receipts leave three connections free
/// for emergencies, self-service leaves six.
const WRITERS: [Lane; 8] = [
    Lane::Emergency,
    Lane::Emergency,
    Lane::Emergency,
    Lane::Receipts,
    Lane::Receipts,
    Lane::Receipts,
    Lane::Routine,
    Lane::Routine,
];
/// How many reads run at once.
const READERS: [Lane; 4] = [Lane::Routine; 4];
/// Longer than this nobody waits for the first connections.
const START_MAX: Duration = Duration::from_secs(5);

/// The ledger in PostgreSQL.
pub type PostgresLedger = SqlLedger<Postgres>;

/// Where PostgreSQL is. No `Debug`: the address may hold a password.
#[derive(Clone)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:port/database?sslmode=..`, with `disable`, `prefer` or
    /// `require`. A connection with TLS checks the server's certificate in each case.
    pub url: String,
    /// The authority of the server's certificate, as PEM. Without it there is no TLS.
    pub ca_file: Option<PathBuf>,
}

impl PostgresSettings {
    fn parse(&self) -> Done<(Config, Option<MakeRustlsConnect>)> {
        let config: Config = self.url.parse().map_err(|_quoting| {
            // the driver's own words could quote the password
            Fault::away("the address of PostgreSQL cannot be read")
        })?;
        let tls = tls::checker(&config, self.ca_file.as_ref())?;
        Ok((config, tls))
    }
}

/// What the threads share.
struct Shared {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    node: AtomicI64,
    trips: AtomicU64,
    epoch: RwLock<String>,
}

impl Shared {
    fn node(&self) -> i64 {
        self.node.load(Ordering::Acquire)
    }

    /// Goes on under another number, unless somebody else said so before.
    fn rename(&self, from: i64, to: i64) {
        let _kept = self
            .node
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }

    fn learn(&self, identity: &Identity) {
        if *self.epoch.read() != identity.epoch {
            identity.epoch.clone_into(&mut self.epoch.write());
        }
    }
}

/// Threads that write and threads that read.
pub struct Postgres {
    shared: Arc<Shared>,
    writers: Pool,
    readers: Pool,
}

impl PostgresLedger {
    /// Connects, makes or brings up the tables, and takes a node number. An error names what is
    /// in the way: no connection, a newer schema.
    pub async fn open(
        settings: PostgresSettings,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, LedgerError> {
        migrate_postgres(&settings).await?;
        let engine = Postgres::start(&settings).map_err(|Fault(error)| error)?;
        let begun = Instant::now();
        while !engine.is_complete() {
            if begun.elapsed() > START_MAX {
                return Err(LedgerError::Unavailable(
                    "PostgreSQL does not give as many connections as a node needs".to_owned(),
                ));
            }
            sleep(Duration::from_millis(5)).await;
        }
        let ledger = Self::over(engine, clock);
        let node = ledger.write(Lane::Emergency, beat::join).await?;
        ledger.engine.shared.rename(0, node);
        while ledger.write(Lane::Routine, directory::fill).await? {}
        while ledger.write(Lane::Routine, history::fill).await? {}
        Ok(ledger)
    }

    /// How often a job waited for the database, since the start.
    pub fn round_trips(&self) -> u64 {
        self.engine.shared.trips.load(Ordering::Relaxed)
    }

    /// Number of this node, as the others know it.
    pub fn node(&self) -> i64 {
        self.engine.shared.node()
    }

    /// Says whether the data are simulated. They are so or not for ever, so that no test ever
    /// wakes somebody real: what was said first stands, and the opposite is refused.
    pub async fn mark_simulated(&self, simulated: bool) -> Result<(), LedgerError> {
        let said = self
            .write(Lane::Routine, move |db| {
                schema::say_once(db, "simulated", &simulated.to_string())
            })
            .await?;
        let refusal = match (said == "true", simulated) {
            (true, false) => {
                "the database holds simulated data: set MUSTER__SIMULATED=true or use another one"
            }
            (false, true) => {
                "the database holds real data: a simulated server must use another one"
            }
            (true, true) | (false, false) => return Ok(()),
        };
        Err(LedgerError::Unavailable(refusal.to_owned()))
    }

    /// Says which key signs the installation's tokens. The first node's stands; a node with
    /// another would refuse the tokens of all others, so it is refused itself.
    pub async fn mark_issuer(&self, key_id: &str) -> Result<(), LedgerError> {
        let key = key_id.to_owned();
        let said = self
            .write(Lane::Routine, move |db| {
                schema::say_once(db, "issuer", &key)
            })
            .await?;
        if said == key_id {
            return Ok(());
        }
        Err(LedgerError::Unavailable(
            "this node's signing key is not the installation's: copy it from another node's data \
             directory"
                .to_owned(),
        ))
    }

    /// Makes the pushes of this node due on the others, takes no more jobs, and does those that
    /// wait.
    pub async fn close(&self) {
        if let Err(error) = self.write(Lane::Routine, beat::leave).await {
            tracing::warn!(%error, "the others learn of this node's end by its silence");
        }
        let threads = self.engine.end();
        let ended = tokio::task::spawn_blocking(move || {
            threads.into_iter().all(|thread| thread.join().is_ok())
        });
        if !matches!(ended.await, Ok(true)) {
            tracing::error!("a thread of the ledger did not end well");
        }
    }
}

impl Postgres {
    fn start(settings: &PostgresSettings) -> Done<Self> {
        let (config, tls) = settings.parse()?;
        let shared = Arc::new(Shared {
            config,
            tls,
            node: AtomicI64::new(0),
            trips: AtomicU64::new(0),
            epoch: RwLock::default(),
        });
        Ok(Self {
            writers: Pool::start(&shared, Mode::Write, &WRITERS)?,
            readers: Pool::start(&shared, Mode::Read, &READERS)?,
            shared,
        })
    }

    fn is_complete(&self) -> bool {
        self.writers.connected() == Some(WRITERS.len())
            && self.readers.connected() == Some(READERS.len())
    }

    fn end(&self) -> Vec<std::thread::JoinHandle<()>> {
        let mut threads = self.writers.close();
        threads.extend(self.readers.close());
        threads
    }
}

impl Engine for Postgres {
    async fn write<T, F>(&self, lane: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.writers.submit(lane, job).await
    }

    async fn read<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.readers.submit(Lane::Routine, job).await
    }

    fn epoch(&self) -> String {
        self.shared.epoch.read().clone()
    }

    /// Deleted rows are not shown any more; the server's vacuum takes them off the disk.
    fn wipe(&self) {}

    fn depths(&self) -> Depths {
        self.writers.queue.depths()
    }

    async fn pause(&self, span: Duration) {
        sleep(span).await;
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // bounded: a job in hand ends in less than a second
        for thread in self.end() {
            if thread.join().is_err() {
                tracing::error!("a thread of the ledger did not end well");
            }
        }
    }
}
