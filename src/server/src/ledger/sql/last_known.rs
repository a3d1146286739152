//! One last known cell per responder: the `LastKnown` port.

use async_trait::async_trait;
use h3o::{CellIndex, Resolution};
use muster_core::domain::responder::Profile;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LastKnown, LedgerError, Seen};

use super::db::{Db, Row, Sql, args, sql};
use super::fault::{Done, Fault};
use super::people::{Person, person};
use super::rows::{bound, int};
use super::{Engine, SqlLedger};
use crate::ledger::queue::Lane;

/// Most sightings written down in one job.
const SEEN_MAX: usize = 256;
/// Most sightings forgotten in one job.
const FORGET_MAX: i64 = 2_000;

/// Cells are looked up by their ancestor of this resolution.
const PARENT: Resolution = Resolution::Five;

const KEEP: Sql = sql!(
    "INSERT INTO last_known (responder_no, cell, parent, at)
     SELECT no, CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT)
     FROM responder WHERE no = $4
     ON CONFLICT (responder_no) DO UPDATE SET
       cell = excluded.cell, parent = excluded.parent, at = excluded.at
     WHERE last_known.at <= excluded.at"
);
const INSIDE: Sql = sql!(
    [person] ", l.cell, l.at FROM last_known l JOIN responder r ON r.no = l.responder_no
     LEFT JOIN responder_claim c ON c.responder_no = r.no
     WHERE l.parent " [many 1] " ORDER BY l.at DESC, r.no LIMIT $2"
);
const FORGET: Sql = sql!(
    "DELETE FROM last_known WHERE responder_no IN
       (SELECT responder_no FROM last_known WHERE at < $1 ORDER BY at LIMIT $2"
    [pg " FOR UPDATE SKIP LOCKED"] ") RETURNING responder_no"
);

fn cell(row: Row<'_>, at: usize) -> Done<CellIndex> {
    CellIndex::try_from(row.nat(at)?).map_err(|_why| Fault::broken("a column holds no cell"))
}

fn keep(db: &dyn Db, seen: &[Seen]) -> Done<()> {
    for seen in seen {
        let parent = seen.cell.parent(PARENT).unwrap_or(seen.cell);
        db.tell(
            KEEP,
            args![
                u64::from(seen.cell),
                u64::from(parent),
                seen.at,
                seen.responder
            ],
        )?;
    }
    Ok(())
}

fn inside(
    db: &dyn Db,
    parents: &Vec<i64>,
    now: Timestamp,
    limit: usize,
) -> Done<Vec<(Profile, Seen)>> {
    let rows = db.one(INSIDE, args![parents, bound(limit)])?;
    rows.iter()
        .map(|row| {
            let profile = Person::of(row)?.profile(now);
            let seen = Seen {
                responder: profile.responder,
                cell: cell(row, 15)?,
                at: row.instant(16)?,
            };
            Ok((profile, seen))
        })
        .collect()
}

#[async_trait]
impl<E: Engine> LastKnown for SqlLedger<E> {
    async fn keep(&self, mut seen: Vec<Seen>) -> Result<(), LedgerError> {
        // two nodes that write the same rows take them in the same order
        seen.sort_by_key(|seen| seen.responder);
        for chunk in seen.chunks(SEEN_MAX) {
            let chunk = chunk.to_vec();
            self.write(Lane::Routine, move |db| keep(db, &chunk))
                .await?;
        }
        Ok(())
    }

    async fn inside(
        &self,
        parents: &[CellIndex],
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Profile, Seen)>, LedgerError> {
        let parents: Vec<i64> = parents.iter().map(|cell| int(u64::from(*cell))).collect();
        self.read(move |db| inside(db, &parents, now, limit)).await
    }

    async fn forget_seen(&self, before: Timestamp) -> Result<usize, LedgerError> {
        let mut forgotten = 0;
        loop {
            let some = self
                .write(Lane::Routine, move |db| {
                    Ok(db.one(FORGET, args![before, FORGET_MAX])?.count())
                })
                .await?;
            forgotten += some;
            if bound(some) < FORGET_MAX {
                return Ok(forgotten);
            }
        }
    }
}
