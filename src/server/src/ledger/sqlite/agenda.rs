//! Timers, retention, and the `Agenda` port.

use async_trait::async_trait;
use futures_util::future::try_join_all;
use muster_core::domain::ids::{IncidentId, OrgNo};
use muster_core::domain::responder::Profile;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Agenda, LedgerError, Outgoing, Settled};
use rusqlite::{Connection, params};

use super::fault::Done;
use super::queue::Lane;
use super::rows::{bound, instant};
use super::{SqliteLedger, outbox, people, settle};

/// So long a woken incident has until it is woken again.
const WAKE_LEASE: Millis = Millis::from_s(5);
/// Idempotency keys are remembered for at least so long.
const KEYS_KEPT: Millis = Millis::from_s(24 * 3600);
/// Most incidents that lose their private part in one job: an emergency waits for no longer.
const FORGET_MAX: usize = 50;
/// Most such jobs in one call.
const FORGET_JOBS: usize = 10;
/// Most old idempotency keys forgotten in one job.
const KEYS_MAX: i64 = 500;
/// Most responders whose duty changes in one job.
const CHANGES_MAX: i64 = 200;
/// Most rows of one kind that one job leases or settles.
const ROWS_MAX: usize = 64;

fn due(db: &Connection, now: Timestamp, limit: usize) -> Done<Vec<(OrgNo, IncidentId)>> {
    let due = db
        .prepare_cached(
            "SELECT org_no, id FROM incident WHERE wake_at IS NOT NULL AND wake_at <= $1
             ORDER BY wake_at, no LIMIT $2",
        )?
        .query_map(params![now.0, bound(limit)], |row| {
            Ok((OrgNo(row.get(0)?), IncidentId(row.get(1)?)))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut lease = db.prepare_cached("UPDATE incident SET wake_at = $1 WHERE id = $2")?;
    for (_, id) in &due {
        lease.execute(params![(now + WAKE_LEASE).0, id.as_str()])?;
    }
    Ok(due)
}

fn earliest(db: &Connection, sql: &str) -> Done<Option<Timestamp>> {
    Ok(instant(
        db.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
    ))
}

const NEXT_WAKE: &str = "SELECT MIN(wake_at) FROM incident WHERE wake_at IS NOT NULL";
const NEXT_PUSH: &str = "SELECT MIN(due_at) FROM outbox";
/// 0 while the live index has yet to hear of a change: that is due at once.
const NEXT_DUTY: &str =
    "SELECT MIN(at) FROM (SELECT MIN(duty_until) AS at FROM responder WHERE duty_until IS NOT NULL
     UNION ALL SELECT MIN(0 * no) AS at FROM responder WHERE dirty = 1) AS changes";

fn forget(db: &Connection, before: Timestamp, keys_before: Timestamp) -> Done<usize> {
    let ids = db
        .prepare_cached(
            "SELECT i.id FROM incident i JOIN incident_key k ON k.incident_id = i.id
             WHERE i.closed_at IS NOT NULL AND i.closed_at < $1 ORDER BY i.closed_at LIMIT $2",
        )?
        .query_map(params![before.0, bound(FORGET_MAX)], |row| {
            row.get::<_, String>(0)
        })?
        .collect::<Result<Vec<_>, _>>()?;
    for id in &ids {
        for sql in [
            "DELETE FROM incident_key WHERE incident_id = $1",
            "DELETE FROM incident_private WHERE incident_id = $1",
            "DELETE FROM incident_text WHERE incident_id = $1",
            "DELETE FROM idempotency WHERE incident_id = $1",
            "UPDATE incident SET cell = NULL WHERE id = $1",
        ] {
            db.prepare_cached(sql)?.execute(params![id])?;
        }
    }
    db.prepare_cached(
        "DELETE FROM idempotency WHERE (org_no, key) IN
           (SELECT org_no, key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2)",
    )?
    .execute(params![keys_before.0, KEYS_MAX])?;
    Ok(ids.len())
}

#[async_trait]
impl Agenda for SqliteLedger {
    async fn due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(OrgNo, IncidentId)>, LedgerError> {
        // looking costs no flush
        if self.next_wake().await?.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        let limit = limit.min(ROWS_MAX);
        self.write(Lane::Receipts, move |db| due(db, now, limit))
            .await
    }

    async fn next_wake(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read(|db| earliest(db, NEXT_WAKE)).await
    }

    async fn lease_outgoing(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outgoing>, LedgerError> {
        if self.next_outgoing().await?.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        let (boot, limit) = (self.boot, limit.min(ROWS_MAX));
        self.write(Lane::Receipts, move |db| {
            outbox::lease(db, boot, now, limit)
        })
        .await
    }

    async fn next_outgoing(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read(|db| earliest(db, NEXT_PUSH)).await
    }

    async fn settle_outgoing(
        &self,
        settled: Vec<Settled>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        // rows are independent and settling one twice is harmless, so a long list is several
        // jobs, which still share a flush
        let jobs = settled.chunks(ROWS_MAX).map(|rows| {
            let rows = rows.to_vec();
            self.write(Lane::Receipts, move |db| settle::settle(db, rows, now))
        });
        try_join_all(jobs).await.map(drop)
    }

    async fn forget_private(&self, before: Timestamp) -> Result<usize, LedgerError> {
        let keys_before = self.clock.now() - KEYS_KEPT;
        let mut forgotten = 0;
        for _ in 0..FORGET_JOBS {
            let some = self
                .write(Lane::Routine, move |db| forget(db, before, keys_before))
                .await?;
            forgotten += some;
            if some < FORGET_MAX {
                break;
            }
        }
        if forgotten > 0 {
            self.queue.wipe();
        }
        Ok(forgotten)
    }

    async fn duty_changes(&self, now: Timestamp) -> Result<Vec<Profile>, LedgerError> {
        let next = self.read(|db| earliest(db, NEXT_DUTY)).await?;
        if next.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        self.write(Lane::Receipts, move |db| {
            settle::drain_changed(db, now, CHANGES_MAX)?
                .into_iter()
                .map(|no| people::profile(db, no, now))
                .collect()
        })
        .await
    }
}
