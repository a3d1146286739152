//! Who is to be called after an incident, and who sees to it: the `FollowUpDesk` port.

use async_trait::async_trait;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Care, FollowUp, FollowUpDesk, FollowUps, LedgerError};

use super::db::{Db, Row, Sql, args, sql};
use super::fault::Done;
use super::rows::{bound, instant, nat};
use super::{Engine, SqlLedger};
use crate::queue::Lane;

macro_rules! follow_ups {
    () => {
        "SELECT f.alert_id, f.incident_id, i.kind, i.opened_at, r.id, r.name, r.phone, f.asked_at,
           f.taken_by, f.taken_at, f.done_at
         FROM follow_up f JOIN incident i ON i.id = f.incident_id
         JOIN responder r ON r.no = f.responder_no "
    };
}
/// Where the columns of [`care`] begin in a row of `follow_ups!`.
const CARE: usize = 8;

const PAGE: Sql = sql!(
    [follow_ups] "WHERE f.org_no = $1 AND f.done_at IS NULL AND (f.asked_at, f.alert_id) > ($2, $3)
     ORDER BY f.asked_at, f.alert_id LIMIT $4"
);
const COUNT: Sql = sql!(
    "SELECT COUNT(*), COUNT(taken_by), COALESCE(SUM(CASE WHEN taken_by = $1 THEN 1 ELSE 0 END), 0)
     FROM follow_up WHERE org_no = $2 AND done_at IS NULL"
);
const ONE: Sql = sql!([follow_ups] "WHERE f.org_no = $1 AND f.alert_id = $2");
const LOCKED: Sql = sql!(
    "SELECT taken_by, taken_at, done_at FROM follow_up WHERE alert_id = $1 AND org_no = $2"
    [pg " FOR UPDATE"]
);
const REPORT: Sql = sql!(
    "SELECT p.at, p.incident_id FROM alert_report p JOIN incident i ON i.id = p.incident_id
     WHERE p.alert_id = $1 AND i.org_no = $2"
);
const ASK: Sql = sql!(
    "INSERT INTO follow_up (alert_id, incident_id, org_no, responder_no, asked_at)
     SELECT a.id, a.incident_id, i.org_no, a.responder_no, CAST($1 AS BIGINT)
     FROM alert a JOIN incident i ON i.id = a.incident_id WHERE a.incident_id = $2 AND a.id = $3
     ON CONFLICT (alert_id) DO NOTHING"
);
const ASK_AGAIN: Sql = sql!(
    "UPDATE follow_up SET asked_at = $1, taken_by = NULL, taken_at = NULL, done_at = NULL
     WHERE alert_id = $2 AND done_at IS NOT NULL"
);
const WITHDRAW: Sql = sql!("DELETE FROM follow_up WHERE alert_id = $1 AND taken_by IS NULL");
/// Of nobody's, of one that is done, and of the one who is named.
const TAKE: Sql = sql!(
    "UPDATE follow_up SET taken_by = $1, taken_at = $2, done_at = NULL
     WHERE alert_id = $3 AND (taken_by IS NULL OR done_at IS NOT NULL OR taken_by = $4)"
);
const FINISH: Sql = sql!("UPDATE follow_up SET done_at = $1 WHERE alert_id = $2");
/// Those that were done long ago; another node that forgets the same is not waited for.
pub(super) const FORGET: Sql = sql!(
    "DELETE FROM follow_up WHERE alert_id IN
       (SELECT alert_id FROM follow_up WHERE done_at < $1 ORDER BY done_at LIMIT $2"
    [pg " FOR UPDATE SKIP LOCKED"] ")"
);

/// From the columns `taken_by`, `taken_at`, `done_at`, the first of which is at `from`.
pub(super) fn care(row: Row<'_>, from: usize) -> Done<Care> {
    let at = instant(row.opt_int(from + 1)?);
    Ok(Care {
        taken: row.opt_text(from)?.map(str::to_owned).zip(at),
        done_at: instant(row.opt_int(from + 2)?),
    })
}

fn follow_up(row: Row<'_>) -> Done<FollowUp> {
    Ok(FollowUp {
        alert: AlertId(row.string(0)?),
        incident: IncidentId(row.string(1)?),
        kind: row.string(2)?,
        raised_at: row.instant(3)?,
        responder: ResponderId(row.string(4)?),
        name: row.string(5)?,
        phone: row.opt_text(6)?.map(str::to_owned),
        asked_at: row.instant(7)?,
        care: care(row, CARE)?,
    })
}

/// Somebody reported: `asks` when they want to be called or are not well. The same report once
/// more asks for nothing new; another one after it was done does.
pub(super) fn heard(
    db: &dyn Db,
    (incident, alert): (&IncidentId, &AlertId),
    (asks, same): (bool, bool),
    now: Timestamp,
) -> Done<()> {
    if !asks {
        return db.execute(WITHDRAW, args![alert]);
    }
    if !same {
        db.execute(ASK_AGAIN, args![now, alert])?;
    }
    db.execute(ASK, args![now, incident, alert])
}

fn one(db: &dyn Db, org: OrgNo, alert: &AlertId) -> Done<FollowUp> {
    let rows = db.query_one(ONE, args![org, alert])?;
    follow_up(rows.first().ok_or(LedgerError::NotFound)?)
}

fn page(
    db: &dyn Db,
    org: OrgNo,
    (reader, after): (&str, Option<&str>),
    limit: usize,
) -> Done<FollowUps> {
    let (asked_at, alert) = match after {
        None => (i64::MIN, ""),
        Some(cursor) => {
            let parts = cursor.split_once('.').ok_or(LedgerError::NotFound)?;
            let at = parts.0.parse().ok().ok_or(LedgerError::NotFound)?;
            (at, parts.1)
        }
    };
    let [rows, counts] = db.query([
        (
            PAGE,
            args![org, asked_at, alert, bound(limit).saturating_add(1)],
        ),
        (COUNT, args![reader, org]),
    ])?;
    let counts = counts.first().ok_or(LedgerError::NotFound)?;
    let mut items = rows.iter().map(follow_up).collect::<Done<Vec<_>>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    Ok(FollowUps {
        next: last.map(|last| format!("{}.{}", last.asked_at.0, last.alert)),
        items,
        waiting: nat(counts.int(0)? - counts.int(1)?),
        mine: nat(counts.int(2)?),
    })
}

fn take(
    db: &dyn Db,
    org: OrgNo,
    alert: &AlertId,
    (by, from, now): (&str, Option<&str>, Timestamp),
) -> Done<FollowUp> {
    let [report, known] = db.query([(REPORT, args![alert, org]), (LOCKED, args![alert, org])])?;
    if known.first().is_none() {
        let row = report.first().ok_or(LedgerError::NotFound)?;
        db.execute(ASK, args![row.instant(0)?, row.text(1)?, alert])?;
    }
    db.execute(TAKE, args![by, now, alert, from])?;
    let taken = one(db, org, alert)?;
    if !taken.care.is_of(by) {
        return Err(LedgerError::NotYours.into());
    }
    Ok(taken)
}

fn finish(
    db: &dyn Db,
    org: OrgNo,
    alert: &AlertId,
    (by, now): (&str, Timestamp),
) -> Done<FollowUp> {
    let known = db.query_one(LOCKED, args![alert, org])?;
    let care = care(known.first().ok_or(LedgerError::NotFound)?, 0)?;
    if !care.is_of(by) {
        return Err(LedgerError::NotYours.into());
    }
    if care.done_at.is_none() {
        db.execute(FINISH, args![now, alert])?;
    }
    one(db, org, alert)
}

#[async_trait]
impl<E: Engine> FollowUpDesk for SqlLedger<E> {
    async fn follow_ups(
        &self,
        org: OrgNo,
        reader: String,
        after: Option<String>,
        limit: usize,
    ) -> Result<FollowUps, LedgerError> {
        self.read(move |db| page(db, org, (&reader, after.as_deref()), limit))
            .await
    }

    async fn take_follow_up(
        &self,
        org: OrgNo,
        alert: &AlertId,
        by: String,
        from: Option<String>,
        now: Timestamp,
    ) -> Result<FollowUp, LedgerError> {
        let alert = alert.clone();
        self.write(Lane::Routine, move |db| {
            take(db, org, &alert, (&by, from.as_deref(), now))
        })
        .await
    }

    async fn finish_follow_up(
        &self,
        org: OrgNo,
        alert: &AlertId,
        by: String,
        now: Timestamp,
    ) -> Result<FollowUp, LedgerError> {
        let alert = alert.clone();
        self.write(Lane::Routine, move |db| finish(db, org, &alert, (&by, now)))
            .await
    }
}
