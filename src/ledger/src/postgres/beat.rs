//! The heartbeat of a node: who is alive, whose pushes are whose, and what time it is.

use std::time::Duration;

use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::LedgerError;
use tokio::time::Instant;

use super::PostgresLedger;
use crate::queue::Lane;
use crate::sql::db::{Db, Sql, args};
use crate::sql::events::NEWEST;
use crate::sql::fault::{Done, Fault};
use crate::sql::lease::adopt;

/// A node that was silent for so long is dead.
const SILENCE: Millis = Millis::from_s(4);

macro_rules! now {
    () => {
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
    };
}

const fn postgres(text: &'static str) -> Sql {
    Sql {
        sqlite: "",
        postgres: text,
    }
}

const RENEW: Sql = postgres(concat!(
    "UPDATE node SET beat_at = ",
    now!(),
    " WHERE no = $1 RETURNING no"
));
/// Asked last, so that half the round trip is the most by which the answer is late.
const CLOCK: Sql = postgres(concat!("SELECT ", now!()));
const JOIN: Sql = postgres(concat!(
    "INSERT INTO node (beat_at) VALUES (",
    now!(),
    ") RETURNING no"
));
/// Another node that buries the same dead is not waited for.
const DEAD: Sql = postgres(concat!(
    "SELECT no FROM node WHERE beat_at < ",
    now!(),
    " - $1 ORDER BY no FOR UPDATE SKIP LOCKED"
));
const BURY: Sql = postgres("DELETE FROM node WHERE no = ANY($1)");

/// What a heartbeat learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The database's clock when its answer left, carried on by this process's own to the return
    /// of [`PostgresLedger::beat`]. Half of `asked_for` is the likely way back, and not in it.
    pub database_now: Timestamp,
    /// From the question to the answer.
    pub asked_for: Duration,
    /// So many rows of the outbox that dead nodes had are due now.
    pub adopted: usize,
    /// Number of the newest event that may be shown.
    pub newest: u64,
}

struct Pulse {
    node: i64,
    clock: i64,
    answered: Instant,
    beat: Beat,
}

fn pulse(db: &dyn Db, node: i64) -> Done<Pulse> {
    let [renewed, dead, newest] = db.query([
        (RENEW, args![node]),
        (DEAD, args![SILENCE.0]),
        (NEWEST, &[]),
    ])?;
    let dead = dead.ints()?;
    let mut adopted = 0;
    if !dead.is_empty() {
        db.execute(BURY, args![&dead])?;
        adopted = adopt(db, &dead)?;
    }
    let node = match renewed.first() {
        Some(row) => row.int(0)?,
        // declared dead: the old number is never used again
        None => join(db)?,
    };
    let asked = Instant::now();
    let clock = db.query_one(CLOCK, &[])?;
    let answered = Instant::now();
    let clock = clock.first().ok_or_else(|| Fault::broken("no clock"))?;
    Ok(Pulse {
        node,
        clock: clock.int(0)?,
        answered,
        beat: Beat {
            database_now: Timestamp(0),
            asked_for: answered - asked,
            adopted,
            newest: newest.first().map_or(Ok(0), |row| row.nat(0))?,
        },
    })
}

/// Takes a node number that was never used.
pub(super) fn join(db: &dyn Db) -> Done<i64> {
    let rows = db.query_one(JOIN, &[])?;
    rows.first()
        .ok_or_else(|| Fault::broken("no number for this node"))?
        .int(0)
}

/// Gives the number back: its pushes are due at once on any other node.
pub(super) fn leave(db: &dyn Db) -> Done<()> {
    let own = vec![db.node()];
    db.execute(BURY, args![&own])?;
    adopt(db, &own)?;
    Ok(())
}

impl PostgresLedger {
    /// Says that this node is alive, makes the pushes of dead nodes due, and tells the database's
    /// time. To be called each second; a node that was silent for four is dead to the others, and
    /// goes on under a new number with its next beat.
    pub async fn beat(&self) -> Result<Beat, LedgerError> {
        let node = self.engine.shared.node();
        let pulse = self
            .write(Lane::Emergency, move |db| pulse(db, node))
            .await?;
        self.engine.shared.rename(node, pulse.node);
        let since = i64::try_from(pulse.answered.elapsed().as_millis()).unwrap_or(0);
        Ok(Beat {
            database_now: Timestamp(pulse.clock) + Millis(since),
            ..pulse.beat
        })
    }
}
