//! Everything of the ledger that is not an engine: the statements, what is done with their rows,
//! and the ports, written once against [`db::Db`].

mod agenda;
mod claims;
pub(super) mod db;
mod decide;
mod desk_links;
pub(super) mod directory;
mod duty;
mod engaged;
pub(super) mod events;
mod failing_phones;
pub(super) mod fault;
mod follow_ups;
pub(super) mod history;
mod incidents;
mod last_known;
pub(super) mod lease;
mod locks;
mod new_incident;
mod outbox;
mod people;
mod phone_rows;
mod phone_sessions;
mod phone_states;
mod phones;
mod places;
mod port;
mod push_results;
mod quiet;
mod quiet_times;
mod raise;
mod receipt_batches;
mod receipts;
mod reports;
mod responder_ids;
mod responders;
mod roster;
mod rows;
pub(super) mod schema;
mod sealed;
mod trackers;
mod wakeups;
mod weekly;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::ids::{OrgId, OrgNo};
use muster_core::ports::{Clock, LedgerError};
use parking_lot::RwLock;

use super::queue::{Depths, Lane};
use db::Db;
use fault::Done;
use receipt_batches::ReceiptBatches;

/// Longer than this a healthy engine does not take.
const CHECK_MAX: Duration = Duration::from_secs(1);

/// Runs jobs, each in one transaction.
///
/// Contract: `Ok` from `write` means that the job is on disk; an error or a panic of a job undoes
/// it alone.
pub trait Engine: Send + Sync + 'static {
    /// Runs a job that may write.
    fn write<T, F>(
        &self,
        lane: Lane,
        job: F,
    ) -> impl Future<Output = Result<T, LedgerError>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static;

    /// Runs a job that reads: everything that was committed before, and nothing later.
    fn read<T, F>(&self, job: F) -> impl Future<Output = Result<T, LedgerError>> + Send
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static;

    /// Name of this history.
    fn epoch(&self) -> String;

    /// Keys were destroyed: what the engine keeps beside the tables must not keep them either.
    fn wipe(&self);

    /// How many writes wait.
    fn depths(&self) -> Depths;

    /// Waits before it is asked again.
    fn pause(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

/// The ledger over one engine.
pub struct SqlLedger<E> {
    pub(super) engine: E,
    clock: Arc<dyn Clock>,
    orgs: RwLock<HashMap<OrgId, OrgNo>>,
    receipt_batches: ReceiptBatches,
}

impl<E: Engine> SqlLedger<E> {
    /// The ledger over this engine.
    pub fn over(engine: E, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            engine,
            clock,
            orgs: RwLock::default(),
            receipt_batches: ReceiptBatches::default(),
        })
    }

    pub(super) async fn write<T, F>(&self, lane: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.engine.write(lane, job).await
    }

    pub(super) async fn read<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.engine.read(job).await
    }

    /// `Ok` when an emergency could be written now: makes a write transaction and waits for its
    /// flush, a second at most.
    pub async fn check(&self) -> Result<(), LedgerError> {
        let now = self.clock.now().0.to_string();
        let write = self.write(Lane::Emergency, move |db| {
            schema::set_meta(db, "checked", &now)
        });
        tokio::time::timeout(CHECK_MAX, write)
            .await
            .unwrap_or_else(|_| {
                Err(LedgerError::Unavailable(
                    "a write takes longer than a second".to_owned(),
                ))
            })
    }

    /// How many writes wait.
    pub fn queue_depths(&self) -> Depths {
        self.engine.depths()
    }
}
