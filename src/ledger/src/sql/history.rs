//! Closed incidents: the `History` port.
//!
//! A search reads one index until it knows which incidents it found. The place is the cell that
//! anybody may know; nothing private is opened before a page is drawn.

use async_trait::async_trait;
use h3o::CellIndex;
use muster_core::domain::bounds::Bounds;
use muster_core::domain::event::Outcome;
use muster_core::domain::ids::OrgNo;
use muster_core::domain::incident::Incident;
use muster_core::domain::place::DISCLOSED_RESOLUTION;
use muster_core::ports::{History, HistoryQuery, LedgerError, Page};

use super::db::{Arg, Db, Row, Sql, args, sql};
use super::events;
use super::fault::Done;
use super::incidents::{columns, whole};
use super::rows::{bound, nat};
use super::{Engine, SqlLedger};

/// So many incidents are looked at in one question, when a box decides.
const LOOK: usize = 2_000;
/// Most such questions for one page.
const LOOKS_MAX: usize = 10;
/// So many incidents are filled in by one job.
const FILL_MAX: usize = 500;

/// An empty text, 0 for the box and -1 for exercises stand for what does not matter.
pub(crate) const FIND: Sql = sql!(
    "SELECT no, opened_at, cell FROM incident " [lite "INDEXED BY incident_history"]
    " WHERE org_no = $1 AND is_open = 0 AND opened_at >= $2 AND (opened_at, no) < ($3, $4)
       AND ($5 = '' OR kind = $5) AND ($6 = '' OR outcome = $6)
       AND (CAST($7 AS BIGINT) = -1 OR exercise = CAST($7 AS BIGINT)) AND ($8 = '' OR source_id = $8)
       AND (CAST($9 AS BIGINT) = 0 OR cell IS NOT NULL)
     ORDER BY opened_at DESC, no DESC LIMIT $10"
);
const OF_NUMBERS: Sql = sql!([columns] "WHERE no " [many 1] " ORDER BY opened_at DESC, no DESC");
const WITHOUT_OUTCOME: Sql = sql!(
    "SELECT no, body FROM incident WHERE is_open = 0 AND outcome IS NULL ORDER BY no LIMIT $1"
);
const FILL: Sql = sql!(
    [lite "UPDATE incident SET outcome = $1 WHERE no = $2"]
    [pg "UPDATE incident SET outcome = new.outcome
       FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[])) AS new (outcome, no)
       WHERE incident.no = new.no"]
);

/// Where a page goes on: the instant and the number of an incident.
type Cursor = (i64, i64);

fn cursor_of(said: Option<&str>, until: i64) -> Option<Cursor> {
    let end = (until, i64::MIN);
    let Some(cursor) = said else {
        return Some(end);
    };
    let (at, no) = cursor.split_once('.')?;
    Some(end.min((at.parse().ok()?, no.parse().ok()?)))
}

/// Whether the cell of that column may reach into the box.
fn reaches(row: Row<'_>, bounds: Option<&Bounds>) -> Done<bool> {
    let Some(bounds) = bounds else {
        return Ok(true);
    };
    let cell = row.opt_int(2)?.map(nat).map(CellIndex::try_from);
    Ok(matches!(cell, Some(Ok(cell)) if bounds.has_centre(cell)))
}

fn page(db: &dyn Db, org: OrgNo, asked: &HistoryQuery) -> Done<Page> {
    let from = asked.from.map_or(i64::MIN, |at| at.0);
    let until = asked.until.map_or(i64::MAX, |at| at.0);
    let mut at = cursor_of(asked.after.as_deref(), until).ok_or(LedgerError::NotFound)?;
    let bounds = asked.bounds.map(|it| it.touched(DISCLOSED_RESOLUTION));
    let look = if bounds.is_some() {
        LOOK
    } else {
        asked.limit.saturating_add(1)
    };
    let [head] = db.query([(events::HEAD, &[])])?;
    let mut found = Vec::with_capacity(asked.limit);
    let mut more = true;
    'looks: for _ in 0..LOOKS_MAX {
        let rows = db.query_one(
            FIND,
            args![
                org,
                from,
                at.0,
                at.1,
                asked.kind.as_deref().unwrap_or_default(),
                asked.outcome.map_or("", Outcome::as_str),
                asked.exercise.map_or(-1, i64::from),
                asked.source.as_deref().unwrap_or_default(),
                bounds.is_some(),
                bound(look),
            ],
        )?;
        for row in rows.iter() {
            if found.len() == asked.limit {
                break 'looks;
            }
            at = (row.int(1)?, row.int(0)?);
            if reaches(row, bounds.as_ref())? {
                found.push(row.int(0)?);
            }
        }
        more = rows.count() == look;
        if !more {
            break;
        }
    }
    let rows = db.query_one(OF_NUMBERS, args![&found])?;
    Ok(Page {
        items: whole(db, &rows)?,
        next: more.then(|| format!("{}.{}", at.0, at.1)),
        head: events::head_of(&head)?,
    })
}

/// Fills in the outcome of incidents that an older version closed. Returns whether there may be
/// more of them.
pub(crate) fn fill(db: &dyn Db) -> Done<bool> {
    let rows = db.query_one(WITHOUT_OUTCOME, args![bound(FILL_MAX)])?;
    let outcomes = rows
        .iter()
        .map(|row| {
            // one that cannot be read has an end that nobody knows, and stops nobody's start
            let closed = serde_json::from_str(row.text(1)?).map(|body: Incident| body.closed);
            let outcome = closed.ok().flatten();
            let outcome = outcome.map_or("", |(_, outcome)| outcome.as_str());
            Ok((outcome, row.int(0)?))
        })
        .collect::<Done<Vec<_>>>()?;
    let values: Vec<Vec<Arg<'_>>> = outcomes
        .iter()
        .map(|(outcome, no)| args![*outcome, *no].to_vec())
        .collect();
    db.execute_rows(FILL, &values)?;
    Ok(values.len() == FILL_MAX)
}

#[async_trait]
impl<E: Engine> History for SqlLedger<E> {
    async fn closed(&self, org: OrgNo, asked: HistoryQuery) -> Result<Page, LedgerError> {
        self.read(move |db| page(db, org, &asked)).await
    }
}
