//! Links that sign a desk in: the `DeskLinks` port.

use async_trait::async_trait;
use muster_core::domain::ids::{OrgId, OrgNo};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{DeskLinks, LedgerError, Linked, NewLink};

use super::db::{Db, Sql, args, sql};
use super::fault::Done;
use super::{Engine, SqlLedger};
use crate::queue::Lane;

/// Unused links of one organisation; the oldest make room.
const LINKS_MAX: i64 = 100;

const FORGET_OLD: Sql = sql!("DELETE FROM desk_link WHERE expires_at <= $1");
const MAKE_ROOM: Sql = sql!(
    "DELETE FROM desk_link WHERE org_no = $1 AND code_hash IN
       (SELECT code_hash FROM desk_link WHERE org_no = $1
        ORDER BY expires_at DESC, code_hash LIMIT 1000 OFFSET $2)"
);
const PUT: Sql = sql!(
    "INSERT INTO desk_link (code_hash, org_no, role, sub, expires_at) VALUES ($1, $2, $3, $4, $5)"
);
/// Whoever deletes the row has the code: two browsers with one link do not both sign in.
const USE_UP: Sql = sql!(
    "DELETE FROM desk_link WHERE code_hash = $1 AND expires_at > $2
     RETURNING (SELECT id FROM org WHERE no = org_no), role, sub"
);

fn put(db: &dyn Db, org: OrgNo, link: &NewLink, now: Timestamp) -> Done<()> {
    db.execute(FORGET_OLD, args![now])?;
    db.execute(MAKE_ROOM, args![org, LINKS_MAX - 1])?;
    let NewLink {
        hash,
        role,
        sub,
        expires_at,
    } = link;
    db.execute(PUT, args![hash, org, role, sub, *expires_at])
}

fn use_up(db: &dyn Db, hash: &str, now: Timestamp) -> Done<Linked> {
    let used = db.query_one(USE_UP, args![hash, now])?;
    let link = used.first().ok_or(LedgerError::NotFound)?;
    Ok(Linked {
        org: OrgId(link.string(0)?),
        role: link.string(1)?,
        sub: link.string(2)?,
    })
}

#[async_trait]
impl<E: Engine> DeskLinks for SqlLedger<E> {
    async fn put_link(&self, org: OrgNo, link: NewLink, now: Timestamp) -> Result<(), LedgerError> {
        self.write(Lane::Routine, move |db| put(db, org, &link, now))
            .await
    }

    async fn use_link(&self, hash: &str, now: Timestamp) -> Result<Linked, LedgerError> {
        let hash = hash.to_owned();
        self.write(Lane::Routine, move |db| use_up(db, &hash, now))
            .await
    }
}
