//! Credentials of trackers: the `Trackers` port.

use async_trait::async_trait;
use muster_core::domain::ids::{OrgNo, ResponderId, ResponderNo, TrackerId};
use muster_core::ports::{LedgerError, TRACKERS_MAX, Tracker, TrackerKey, Trackers};

use super::db::{Db, Sql, args, sql};
use super::fault::{Done, Fault};
use super::rows::bound;
use super::{Engine, SqlLedger};
use crate::queue::Lane;

const OWNER: Sql = sql!(
    "SELECT no FROM responder WHERE org_no = $1 AND id = $2" [pg " FOR NO KEY UPDATE"]
);
const EXISTS: Sql = sql!("SELECT no FROM responder WHERE org_no = $1 AND id = $2");
const OF_OWNER: Sql =
    sql!("SELECT id, label, made_at, made_by FROM tracker WHERE responder_no = $1 ORDER BY no");
const COUNT: Sql = sql!("SELECT COUNT(*) FROM tracker WHERE responder_no = $1");
const ADD: Sql = sql!(
    "INSERT INTO tracker (id, responder_no, label, secret_hash, made_at, made_by)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING no"
);
const DROP: Sql = sql!(
    "DELETE FROM tracker WHERE id = $1 AND responder_no =
       (SELECT no FROM responder WHERE org_no = $2 AND id = $3) RETURNING no"
);
const KEY: Sql = sql!("SELECT no, responder_no, secret_hash FROM tracker WHERE id = $1");

fn owner(db: &dyn Db, sql: Sql, org: OrgNo, who: &ResponderId) -> Done<i64> {
    let found = db.query_one(sql, args![org, who])?;
    found.first().ok_or(LedgerError::NotFound)?.int(0)
}

fn add(
    db: &dyn Db,
    (org, who): (OrgNo, &ResponderId),
    tracker: &Tracker,
    secret_hash: &Vec<u8>,
) -> Done<()> {
    // under the owner's lock, so that two at once do not exceed the bound
    let owner = owner(db, OWNER, org, who)?;
    let count = db.query_one(COUNT, args![owner])?;
    let count = count.first().map_or(Ok(0), |row| row.int(0))?;
    if count >= bound(TRACKERS_MAX) {
        return Err(LedgerError::TooMany.into());
    }
    let added = db.query_one(
        ADD,
        args![
            &tracker.id,
            owner,
            tracker.label.as_deref(),
            secret_hash,
            tracker.made_at,
            &tracker.made_by,
        ],
    )?;
    added
        .first()
        .map(|_| ())
        .ok_or_else(|| LedgerError::Taken.into())
}

fn of_owner(db: &dyn Db, org: OrgNo, who: &ResponderId) -> Done<Vec<Tracker>> {
    let owner = owner(db, EXISTS, org, who)?;
    let rows = db.query_one(OF_OWNER, args![owner])?;
    rows.iter()
        .map(|row| {
            Ok(Tracker {
                id: TrackerId(row.string(0)?),
                label: row.opt_text(1)?.map(str::to_owned),
                made_at: row.instant(2)?,
                made_by: row.string(3)?,
            })
        })
        .collect()
}

fn key(db: &dyn Db, id: &TrackerId) -> Done<TrackerKey> {
    let rows = db.query_one(KEY, args![id])?;
    let row = rows.first().ok_or(LedgerError::NotFound)?;
    let hash = row.opt_blob(2)?.unwrap_or_default();
    Ok(TrackerKey {
        no: row.nat(0)?,
        responder: ResponderNo(row.nat(1)?),
        secret_hash: hash
            .try_into()
            .map_err(|_why| Fault::broken("a hash has another length"))?,
    })
}

#[async_trait]
impl<E: Engine> Trackers for SqlLedger<E> {
    async fn add_tracker(
        &self,
        org: OrgNo,
        responder: &ResponderId,
        tracker: Tracker,
        secret_hash: [u8; 32],
    ) -> Result<(), LedgerError> {
        let who = responder.clone();
        self.write(Lane::Routine, move |db| {
            add(db, (org, &who), &tracker, &secret_hash.to_vec())
        })
        .await
    }

    async fn trackers(
        &self,
        org: OrgNo,
        responder: &ResponderId,
    ) -> Result<Vec<Tracker>, LedgerError> {
        let who = responder.clone();
        self.read(move |db| of_owner(db, org, &who)).await
    }

    async fn revoke_tracker(
        &self,
        org: OrgNo,
        responder: &ResponderId,
        tracker: &TrackerId,
    ) -> Result<(), LedgerError> {
        let (who, id) = (responder.clone(), tracker.clone());
        self.write(Lane::Routine, move |db| {
            let gone = db.query_one(DROP, args![&id, org, &who])?;
            gone.first()
                .map(|_| ())
                .ok_or_else(|| LedgerError::NotFound.into())
        })
        .await
    }

    async fn tracker_key(&self, tracker: &TrackerId) -> Result<TrackerKey, LedgerError> {
        let id = tracker.clone();
        self.read(move |db| key(db, &id)).await
    }
}
