//! One last known cell per responder: the `LastKnown` port.

use async_trait::async_trait;
use h3o::{CellIndex, Resolution};
use muster_core::domain::responder::LIVE_FIRST;
use muster_core::domain::responder::{Profile, Source};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LastKnown, LedgerError, Seen};

use super::db::{Db, Row, Sql, args, sql};
use super::fault::{Done, Fault};
use super::people::{Person, person};
use super::rows::{bound, int};
use super::{Engine, SqlLedger, people};
use crate::queue::Lane;

/// Most sightings written down in one job.
const SEEN_MAX: usize = 256;
/// Most sightings forgotten in one job.
const FORGET_MAX: i64 = 2_000;

/// Cells are kept in this resolution.
const KEPT: Resolution = Resolution::Nine;

/// By [`Seen::rank`]; $5 is by how much a place counts as older.
const KEEP: Sql = sql!(
    "INSERT INTO last_known (responder_no, cell, at, by_hours)
     SELECT no, CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT)
       FROM responder WHERE no = $4
     ON CONFLICT (responder_no) DO UPDATE SET cell = excluded.cell, at = excluded.at,
       by_hours = excluded.by_hours
     WHERE (last_known.at - last_known.by_hours * CAST($5 AS BIGINT), -last_known.by_hours)
       <= (excluded.at - excluded.by_hours * CAST($5 AS BIGINT), -excluded.by_hours)"
);
/// Forgets where somebody was seen by their hours only.
pub(super) const FORGET_BY_HOURS: Sql =
    sql!("DELETE FROM last_known WHERE responder_no = $1 AND by_hours = 1");
/// The fences (`OFFSET 0`) hold PostgreSQL to the ranges it was given and to the people in them: by
/// its estimates it would rather read everybody's sightings from the newest on, or all responders.
const INSIDE: Sql = sql!(
    [person] ", l.cell, l.at, l.by_hours
       FROM (SELECT k.responder_no, k.cell, k.at, k.by_hours FROM "
    [lite "json_each($1) AS area
       CROSS JOIN last_known k ON k.cell BETWEEN area.value AND area.value + $2"]
    [pg "(SELECT unnest(CAST($1 AS BIGINT[])) AS low) AS area
       CROSS JOIN LATERAL (SELECT * FROM last_known
         WHERE cell BETWEEN area.low AND area.low + CAST($2 AS BIGINT) OFFSET 0) AS k"]
    " ORDER BY k.at DESC, k.responder_no LIMIT $3) AS l JOIN "
    [lite "responder r ON r.no = l.responder_no"]
    [pg "LATERAL (SELECT * FROM responder WHERE no = l.responder_no OFFSET 0) AS r ON TRUE"]
    " LEFT JOIN responder_claim c ON c.responder_no = r.no ORDER BY l.at DESC, r.no"
);
const FORGET: Sql = sql!(
    "DELETE FROM last_known WHERE responder_no IN
       (SELECT responder_no FROM last_known WHERE at < $1 ORDER BY at LIMIT $2"
    [pg " FOR UPDATE SKIP LOCKED"] ") RETURNING responder_no"
);

/// Cells as the numbers of what is kept inside them.
#[derive(Debug)]
struct Ranges {
    /// The lowest number inside each cell.
    lows: Vec<i64>,
    /// From the lowest to the highest: a cell's number ends in a digit of three bits for each
    /// resolution, the finest last, 0 to 6, so the same for all cells of one resolution.
    span: i64,
}

impl Ranges {
    fn of(cells: &[CellIndex]) -> Result<Self, LedgerError> {
        let resolution = cells.first().map_or(KEPT, |cell| cell.resolution());
        let low = |cell: &CellIndex| {
            let lowest = cell.center_child(KEPT)?;
            (cell.resolution() == resolution).then(|| int(lowest.into()))
        };
        let lows: Option<Vec<i64>> = cells.iter().map(low).collect();
        let mut lows = lows.ok_or_else(|| {
            LedgerError::Broken("cells of several resolutions, or finer than those kept".to_owned())
        })?;
        // nobody comes twice
        lows.sort_unstable();
        lows.dedup();
        let finer = u8::from(resolution) + 1..=u8::from(KEPT);
        Ok(Self {
            lows,
            span: finer.map(|digit| 6 << (3 * (15 - digit))).sum(),
        })
    }
}

fn cell(row: Row<'_>, at: usize) -> Done<CellIndex> {
    CellIndex::try_from(row.nat(at)?).map_err(|_why| Fault::broken("a column holds no cell"))
}

fn keep(db: &dyn Db, seen: &[Seen]) -> Done<()> {
    for seen in seen {
        let by_hours = !seen.source.is_live();
        db.execute(
            KEEP,
            args![
                u64::from(seen.cell),
                seen.at,
                by_hours,
                seen.responder,
                LIVE_FIRST.0
            ],
        )?;
    }
    Ok(())
}

fn inside(
    db: &dyn Db,
    ranges: &Ranges,
    now: Timestamp,
    limit: usize,
) -> Done<Vec<(Profile, Seen)>> {
    let rows = db.query_one(INSIDE, args![&ranges.lows, ranges.span, bound(limit)])?;
    rows.iter()
        .map(|row| {
            let profile = Person::of(row)?.profile(now);
            let seen = Seen {
                responder: profile.responder,
                cell: cell(row, people::WIDTH)?,
                at: row.instant(people::WIDTH + 1)?,
                source: if row.flag(people::WIDTH + 2)? {
                    Source::Place
                } else {
                    Source::Live
                },
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
        cells: &[CellIndex],
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Profile, Seen)>, LedgerError> {
        let ranges = Ranges::of(cells)?;
        self.read(move |db| inside(db, &ranges, now, limit)).await
    }

    async fn forget_seen(&self, before: Timestamp) -> Result<usize, LedgerError> {
        let mut forgotten = 0;
        loop {
            let some = self
                .write(Lane::Routine, move |db| {
                    Ok(db.query_one(FORGET, args![before, FORGET_MAX])?.count())
                })
                .await?;
            forgotten += some;
            if bound(some) < FORGET_MAX {
                return Ok(forgotten);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use h3o::LatLng;
    use proptest::prelude::*;

    use super::*;

    /// The lowest and the highest number of the cell's range.
    fn range(cell: CellIndex) -> (u64, u64) {
        let ranges = Ranges::of(&[cell]).unwrap();
        let low = u64::try_from(ranges.lows[0]).unwrap();
        (low, low + u64::try_from(ranges.span).unwrap())
    }

    /// The range begins and ends with cells that are inside, and all others are between.
    fn holds_what_is_inside(cell: CellIndex) {
        let inside: Vec<u64> = cell.children(KEPT).map(u64::from).collect();
        let ends = (*inside.iter().min().unwrap(), *inside.iter().max().unwrap());
        assert_eq!(range(cell), ends, "{cell}");
    }

    #[test]
    fn pentagons_have_ranges_too() {
        for resolution in 5..=9 {
            let resolution = Resolution::try_from(resolution).unwrap();
            resolution.pentagons().for_each(holds_what_is_inside);
        }
    }

    #[test]
    fn one_resolution_at_a_time_and_no_cell_twice() {
        let kept = LatLng::new(50.0, 8.0).unwrap().to_cell(KEPT);
        let coarse = kept.parent(Resolution::Seven).unwrap();
        let finer = kept.center_child(Resolution::Ten).unwrap();
        assert!(Ranges::of(&[kept, coarse]).is_err());
        assert!(Ranges::of(&[finer]).is_err());
        assert_eq!(Ranges::of(&[coarse, coarse]).unwrap().lows.len(), 1);
        assert!(Ranges::of(&[]).unwrap().lows.is_empty());
    }

    proptest! {
        #[test]
        fn a_range_is_what_is_inside(
            lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64, resolution in 5..=9_u8,
        ) {
            let resolution = Resolution::try_from(resolution).unwrap();
            let cell = LatLng::new(lat, lon).unwrap().to_cell(resolution);
            holds_what_is_inside(cell);
            let (low, high) = range(cell);
            for other in cell.grid_disk::<Vec<_>>(1) {
                let apart = range(other).1 < low || high < range(other).0;
                prop_assert!(apart || other == cell, "{cell} {other}");
            }
        }
    }
}
