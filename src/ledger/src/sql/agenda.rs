//! Timers, retention, and the `Agenda` port.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::future::try_join_all;
use muster_core::domain::ids::{DeviceId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::responder::Profile;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Agenda, LedgerError, Outgoing, PushId, PushReport};

use super::db::{Db, Sql, args, sql};
use super::duty::Duty;
use super::fault::Done;
use super::push_results::{self, Told};
use super::rows::{bound, instant};
use super::{Engine, SqlLedger, claims, follow_ups, lease, people, phones};
use crate::queue::Lane;

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
/// Most follow-ups that were done forgotten in one job.
const FOLLOW_UPS_MAX: i64 = 500;
/// Most responders whose duty changes in one job.
const CHANGES_MAX: i64 = 200;
/// Most claims forgotten in one job: each is a page of a responder, and an emergency waits for no
/// longer than it takes to write them.
const CLAIMS_MAX: usize = 32;
/// Most such jobs in one call.
const CLAIMS_JOBS: usize = 64;
/// Most incidents that one job wakes.
const WOKEN_MAX: usize = 64;

const NEXT_WAKE: Sql = sql!("SELECT MIN(wake_at) FROM incident WHERE wake_at IS NOT NULL");
const NEXT_PUSH: Sql = sql!("SELECT MIN(due_at) FROM outbox");
/// 0 while the live index has yet to hear of a change: that is due at once. One is enough to know,
/// of a million after an import.
const NEXT_DUTY: Sql = sql!(
    "SELECT MIN(at) FROM (SELECT MIN(duty_until) AS at FROM responder WHERE duty_until IS NOT NULL
     UNION ALL SELECT 0 AS at WHERE EXISTS (SELECT 1 FROM responder WHERE dirty = 1)) AS changes"
);
const DUE: Sql = sql!(
    "SELECT no, org_no, id FROM incident WHERE wake_at IS NOT NULL AND wake_at <= $1
     ORDER BY wake_at, no LIMIT $2" [pg " FOR NO KEY UPDATE SKIP LOCKED"]
);
const LEASE: Sql = sql!("UPDATE incident SET wake_at = $1 WHERE no " [many 2]);
/// Another node that forgets the same incidents is not waited for.
const WITH_KEY: Sql = sql!(
    "SELECT i.id FROM incident i JOIN incident_key k ON k.incident_id = i.id
     WHERE i.closed_at IS NOT NULL AND i.closed_at < $1 ORDER BY i.closed_at LIMIT $2"
    [pg " FOR NO KEY UPDATE OF i SKIP LOCKED"]
);
/// All but the idempotency key: it is remembered for a day, though the body that came with it can
/// no longer be compared.
const FORGET: [Sql; 5] = [
    sql!("DELETE FROM alert_report WHERE incident_id " [many 1]),
    sql!("DELETE FROM incident_key WHERE incident_id " [many 1]),
    sql!("DELETE FROM incident_private WHERE incident_id " [many 1]),
    sql!("DELETE FROM incident_text WHERE incident_id " [many 1]),
    sql!("UPDATE incident SET cell = NULL WHERE id " [many 1]),
];
const FORGET_KEYS: Sql = sql!(
    "DELETE FROM idempotency WHERE (org_no, key) IN
       (SELECT org_no, key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2"
    [pg " FOR UPDATE SKIP LOCKED"] ")"
);
const TURNED: Sql = sql!(
    "SELECT no, on_duty, duty_until,
       (SELECT hours FROM quiet_hours WHERE responder_no = responder.no)
     FROM responder WHERE duty_until IS NOT NULL AND duty_until <= $1
     ORDER BY duty_until LIMIT $2" [pg " FOR NO KEY UPDATE SKIP LOCKED"]
);
const DIRTY: Sql = sql!(
    "SELECT no FROM responder WHERE dirty = 1 ORDER BY no LIMIT $1"
    [pg " FOR NO KEY UPDATE SKIP LOCKED"]
);
const TURN: Sql = sql!(
    "UPDATE responder SET "
    [lite "on_duty = $1, duty_until = $2, version = version + 1 WHERE no = $3"]
    [pg "on_duty = new.on_duty, duty_until = new.duty_until, version = version + 1
       FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[]))
         AS new (on_duty, duty_until, number) WHERE no = new.number"]
);
const CLEAN: Sql = sql!("UPDATE responder SET dirty = 0 WHERE no " [many 1]);

fn due(db: &dyn Db, now: Timestamp, limit: usize) -> Done<Vec<(OrgNo, IncidentId)>> {
    let rows = db.query_one(DUE, args![now, bound(limit)])?;
    let numbers = rows.ints()?;
    if !numbers.is_empty() {
        db.execute(LEASE, args![now + WAKE_LEASE, &numbers])?;
    }
    rows.iter()
        .map(|row| Ok((row.org(1)?, IncidentId(row.string(2)?))))
        .collect()
}

fn earliest(db: &dyn Db, sql: Sql) -> Done<Option<Timestamp>> {
    let rows = db.query_one(sql, &[])?;
    let at = rows.first().map(|row| row.opt_int(0)).transpose()?;
    Ok(instant(at.flatten()))
}

fn forget(db: &dyn Db, before: Timestamp, keys_before: Timestamp) -> Done<usize> {
    let rows = db.query_one(WITH_KEY, args![before, bound(FORGET_MAX)])?;
    let ids = rows
        .iter()
        .map(|row| row.string(0))
        .collect::<Done<Vec<_>>>()?;
    if !ids.is_empty() {
        for sql in FORGET {
            db.execute(sql, args![&ids])?;
        }
    }
    db.execute(FORGET_KEYS, args![keys_before, KEYS_MAX])?;
    db.execute(follow_ups::FORGET, args![before, FOLLOW_UPS_MAX])?;
    Ok(ids.len())
}

/// Responders whose duty turned, or whose change the live index has yet to hear of.
fn duty_changes(db: &dyn Db, now: Timestamp) -> Done<Vec<Profile>> {
    let [turned, dirty] = db.query([
        (TURNED, args![now, CHANGES_MAX]),
        (DIRTY, args![CHANGES_MAX]),
    ])?;
    let turning = turned
        .iter()
        .map(|row| {
            let duty = Duty::of(row, 1, now)?;
            Ok(args![duty.on, duty.until, row.int(0)?].to_vec())
        })
        .collect::<Done<Vec<_>>>()?;
    db.execute_rows(TURN, &turning)?;
    let (turned, dirty) = (turned.ints()?, dirty.ints()?);
    let all: BTreeSet<i64> = turned.into_iter().chain(dirty).collect();
    let all: Vec<i64> = all.into_iter().collect();
    db.execute(CLEAN, args![&all])?;
    people::profiles_of(&db.query_one(people::OF_NUMBERS, args![&all])?, now)
}

impl<E: Engine> SqlLedger<E> {
    async fn write_down(
        &self,
        told: Vec<(PushId, Told)>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let jobs = self.read(move |db| push_results::jobs(db, told)).await?;
        let jobs = jobs
            .into_iter()
            .map(|job| self.write(Lane::Receipts, move |db| push_results::settle(db, job, now)));
        try_join_all(jobs.collect::<Vec<_>>()).await.map(drop)
    }
}

#[async_trait]
impl<E: Engine> Agenda for SqlLedger<E> {
    async fn due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(OrgNo, IncidentId)>, LedgerError> {
        // looking costs no flush
        if self.next_wake().await?.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        let limit = limit.min(WOKEN_MAX);
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
        let (leased, moot) = self
            .write(Lane::Receipts, move |db| lease::lease(db, now, limit))
            .await?;
        if !moot.is_empty() {
            let moot = moot.into_iter().map(|id| (id, Told::Moot)).collect();
            // what was leased must be sent all the same; the rest is due again after its lease
            if let Err(error) = self.write_down(moot, now).await {
                tracing::warn!(%error, "pushes that are worth nothing could not be dropped yet");
            }
        }
        Ok(leased)
    }

    async fn next_outgoing(&self) -> Result<Option<Timestamp>, LedgerError> {
        self.read(|db| earliest(db, NEXT_PUSH)).await
    }

    async fn settle_outgoing(
        &self,
        settled: Vec<PushReport>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let told = settled.into_iter();
        let told = told.map(|report| (report.id, Told::Became(report.result)));
        self.write_down(told.collect(), now).await
    }

    async fn revive(&self, phones: Vec<(ResponderNo, DeviceId)>) -> Result<(), LedgerError> {
        self.write(Lane::Receipts, move |db| phones::revive(db, &phones))
            .await
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
            self.engine.wipe();
        }
        Ok(forgotten)
    }

    async fn duty_changes(&self, now: Timestamp) -> Result<Vec<Profile>, LedgerError> {
        let next = self.read(|db| earliest(db, NEXT_DUTY)).await?;
        if next.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        self.write(Lane::Receipts, move |db| duty_changes(db, now))
            .await
    }

    async fn forget_claims(&self) -> Result<usize, LedgerError> {
        // looking costs no flush
        if !self.read(claims::any_let_go).await? {
            return Ok(0);
        }
        let mut forgotten = 0;
        for _ in 0..CLAIMS_JOBS {
            let some = self
                .write(Lane::Routine, |db| claims::forget(db, CLAIMS_MAX))
                .await?;
            forgotten += some;
            if some < CLAIMS_MAX {
                break;
            }
        }
        Ok(forgotten)
    }
}
