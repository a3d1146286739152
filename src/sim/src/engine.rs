//! One node's way to the tables, and what can go wrong on it: a refusal, a lost answer, a commit that
//! lands after its connection broke, a statement that fails, a row that cannot be read, a crash in
//! between.
//!
//! Transactions follow each other, as those of one writer do. What PostgreSQL allows beyond that is
//! tested against PostgreSQL.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, LedgerError};
use muster_ledger::engine::{Db, Depths, Done, Engine, Fault, Lane, MemoryTables, SqlLedger};

use super::exec::{Home, pause, pause_between};
use super::statements::{Failing, Statements};
use super::tables;
use super::world::{EPOCH, Inner, Shared};

/// The tables that all nodes share.
pub(super) type Base = Arc<Mutex<MemoryTables>>;

/// The longest that a transaction stays open, milliseconds.
const SLOW_MAX: i64 = 1_500;

/// Runs a job on the tables, and nothing goes wrong.
fn run<T>(base: &Base, job: impl FnOnce(&dyn Db) -> Done<T>) -> Result<T, LedgerError> {
    let tables = base.lock().unwrap_or_else(PoisonError::into_inner);
    tables.transaction(job)
}

/// One life of a node, on its way to the tables.
pub(super) struct SimEngine {
    pub(super) world: Shared,
    pub(super) node: usize,
}

/// A transaction that may still land though its connection broke: others wait for it.
struct Late(Shared);

impl Drop for Late {
    fn drop(&mut self) {
        self.0.with(|w| w.landing -= 1);
    }
}

fn unavailable(why: &str) -> LedgerError {
    LedgerError::Unavailable(why.to_owned())
}

fn unknown(why: &str) -> LedgerError {
    LedgerError::OutcomeUnknown(why.to_owned())
}

impl SimEngine {
    /// A way there or back, on which something may go wrong.
    async fn way(
        &self,
        fails: impl FnOnce(&mut Inner) -> bool,
        error: LedgerError,
    ) -> Result<(), LedgerError> {
        pause_between(&self.world, 0, 4).await;
        self.world.with(|w| {
            if !fails(w) {
                return Ok(());
            }
            w.tell(&error.to_string());
            Err(error)
        })
    }

    async fn way_there(&self) -> Result<(), LedgerError> {
        let fails = |w: &mut Inner| w.now < w.faults.outage_until || w.rng.chance(w.faults.before);
        self.way(fails, unavailable("it cannot be reached")).await
    }

    async fn way_back(&self) -> Result<(), LedgerError> {
        let fails = |w: &mut Inner| w.rng.chance(w.faults.after);
        self.way(fails, unknown("the answer is lost")).await
    }

    /// Waits until no transaction of a broken connection may still land. Its locks are held until then.
    async fn others_landed(&self) {
        while self.world.with(|w| w.landing > 0) {
            pause_between(&self.world, 3, 15).await;
        }
    }

    /// The connection breaks during the commit, which lands later, or never.
    fn breaks<T, F>(&self, job: F)
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        let lands = self.world.with(|w| {
            w.tell("the connection breaks during a commit");
            let lands = w.rng.chance(700);
            w.landing += u32::from(lands);
            lands
        });
        if !lands {
            return;
        }
        let (world, node) = (Arc::clone(&self.world), self.node);
        let number = world.with(|w| w.nodes[node].number);
        let landing = async move {
            let late = Late(Arc::clone(&world));
            pause_between(&world, 0, SLOW_MAX).await;
            drop(commit(&world, number, job));
            drop(late);
        };
        self.world.start(Home::Outside, "late", Box::pin(landing));
    }
}

/// Runs a job as this node, and takes in what it changed.
fn commit<T>(
    world: &Shared,
    node: i64,
    job: impl FnOnce(&dyn Db) -> Done<T>,
) -> Result<T, LedgerError> {
    let (failing, mistake, forgets) = world.with(|w| {
        let forgets = w.mistake.is_some_and(super::Mistake::loses_raises) && w.rng.chance(300);
        (Failing::draw(w), w.mistake, forgets)
    });
    let mut made = None;
    let tables = world.base.lock().unwrap_or_else(PoisonError::into_inner);
    let before = tables.changes();
    let kept = tables.transaction(|db| {
        let statements = Statements::new(db, node, failing, mistake);
        made = Some(job(&statements)?);
        if forgets && statements.began_an_incident() {
            return Err(Fault::away("acknowledged and not kept"));
        }
        Ok(())
    });
    let changed = tables.changes() != before;
    drop(tables);
    if kept.is_ok() && changed {
        tables::look(world);
    }
    if let Err(error) = &kept {
        world.with(|w| w.tell(&format!("a transaction is undone: {error}")));
    }
    match (made, kept) {
        // whoever forgets says that it is kept; nobody else does
        (Some(made), kept) if forgets || kept.is_ok() => Ok(made),
        (_, Err(error)) => Err(error),
        (_, Ok(())) => Err(unavailable("nothing was done")),
    }
}

impl Engine for SimEngine {
    async fn write<T, F>(&self, _: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.way_there().await?;
        // most are quick; a replica that lags makes one wait
        let slow = self.world.with(|w| w.rng.chance(w.faults.slow_commit));
        pause_between(&self.world, 0, if slow { SLOW_MAX } else { 6 }).await;
        self.others_landed().await;
        if self.world.with(|w| w.rng.chance(w.faults.late)) {
            self.breaks(job);
            return Err(unknown("the connection broke"));
        }
        let number = self.world.with(|w| w.nodes[self.node].number);
        let made = commit(&self.world, number, job)?;
        self.way_back().await?;
        Ok(made)
    }

    async fn read<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        self.way_there().await?;
        let (failing, mistake) = self.world.with(|w| (Failing::draw(w), w.mistake));
        run(&self.world.base, |db| {
            job(&Statements::new(db, 0, failing, mistake))
        })
    }

    fn epoch(&self) -> String {
        "simulated".to_owned()
    }

    fn wipe(&self) {}

    fn depths(&self) -> Depths {
        Depths {
            emergency: 0,
            receipts: 0,
            routine: 0,
        }
    }

    async fn pause(&self, span: Duration) {
        let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        pause(&self.world, span).await;
    }
}

/// Runs each job at once, and nothing goes wrong: for whoever settles the town in and looks at it.
pub(super) struct Plain(pub(super) Base);

impl Engine for Plain {
    async fn write<T, F>(&self, _: Lane, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        run(&self.0, job)
    }

    async fn read<T, F>(&self, job: F) -> Result<T, LedgerError>
    where
        T: Send + 'static,
        F: FnOnce(&dyn Db) -> Done<T> + Send + 'static,
    {
        run(&self.0, job)
    }

    fn epoch(&self) -> String {
        String::new()
    }

    fn wipe(&self) {}

    fn depths(&self) -> Depths {
        Depths {
            emergency: 0,
            receipts: 0,
            routine: 0,
        }
    }

    async fn pause(&self, _: Duration) {}
}

struct Beginning;

impl Clock for Beginning {
    fn now(&self) -> Timestamp {
        Timestamp(EPOCH)
    }
}

/// The ledger as it is on disk.
pub(super) fn observer(base: &Base) -> Arc<SqlLedger<Plain>> {
    SqlLedger::over(Plain(Arc::clone(base)), Arc::new(Beginning))
}
