//! Raising an incident, once per key and source.

use h3o::CellIndex;
use muster_core::domain::ids::{IncidentId, OrgNo};
use muster_core::domain::incident::{Command, Incident, Opening};
use muster_core::domain::place::DISCLOSED_RESOLUTION;
use muster_core::domain::time::Millis;
use muster_core::ports::{Committed, LedgerError, Place, Raise, Raised, Stored};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::decide::{Change, commit};
use super::fault::Done;
use super::private::Key;
use super::rows::int;
use super::{incidents, people, private};

/// So far back another incident may be the same one.
const SAME_SPAN: Millis = Millis::from_s(30 * 60);
/// So near, beside what both places leave uncertain, metres.
const SAME_M: f64 = 100.0;
/// No more neighbours than this are compared.
const SAME_MAX: usize = 16;

/// Raises it, or finds the one that was raised before.
pub(super) fn raise(db: &Connection, boot: i64, raise: Raise) -> Done<Raised> {
    let org = raise.opening.org;
    if let Some(known) = repeated(db, org, &raise.idempotency)? {
        return Ok(Raised::Repeated(Box::new(known)));
    }
    if let Some(source) = &raise.source
        && let Some(open) = incidents::of_source(db, org, source)?
    {
        return Ok(Raised::SourceOpen(Box::new(open)));
    }
    begin(db, boot, raise).map(|new| Raised::New(Box::new(new)))
}

/// The incident of a key that was used; an error when it came with another body.
fn repeated(db: &Connection, org: OrgNo, (key, body): &(String, Vec<u8>)) -> Done<Option<Stored>> {
    let known: Option<(String, Vec<u8>)> = db
        .prepare_cached(
            "SELECT incident_id, body_mac FROM idempotency WHERE org_no = $1 AND key = $2",
        )?
        .query_row(params![org.0, key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, mac)) = known else {
        return Ok(None);
    };
    let id = IncidentId(id);
    let same = Key::load(db, &id)?.is_some_and(|key| key.is_mac(body, &mac));
    if !same {
        return Err(LedgerError::KeyMismatch.into());
    }
    incidents::load(db, org, &id).map(Some)
}

fn begin(db: &Connection, boot: i64, raise: Raise) -> Done<Committed> {
    let Raise {
        actor,
        opening,
        private,
        source,
        idempotency: (key, body),
        candidates,
    } = raise;
    let now = opening.opened_at;
    let possible_duplicates = duplicates(db, &opening, &private.location)?;
    let (incident, raised) = Incident::raise(opening);
    let stored = Stored {
        incident,
        private: Some(private),
        source,
        possible_duplicates,
    };
    incidents::insert(db, &stored)?;
    let Stored {
        incident, private, ..
    } = &stored;
    let id = &incident.opening.id;
    if let Some(part) = private {
        private::store(db, id, part)?;
    }
    let mac = Key::load_or_make(db, id)?.mac(&body);
    db.prepare_cached(
        "INSERT INTO idempotency (org_no, key, incident_id, body_mac, at)
         VALUES ($1, $2, $3, $4, $5)",
    )?
    .execute(params![
        incident.opening.org.0,
        key,
        id.as_str(),
        mac,
        now.0
    ])?;
    let candidates = people::eligibility(db, incident, candidates, now)?;
    let mut change = Change {
        stored,
        before: Vec::new(),
        events: vec![raised],
        actor,
        now,
    };
    change.obey(&Command::Ask { candidates })?;
    commit(db, boot, change)
}

/// Open incidents that may be the same: near in place and time, and as real.
fn duplicates(db: &Connection, opening: &Opening, here: &Place) -> Done<Vec<IncidentId>> {
    let near: Vec<CellIndex> = here.point.cell(DISCLOSED_RESOLUTION).grid_disk(1);
    let since = opening.opened_at - SAME_SPAN;
    let mut statement = db.prepare_cached(
        "SELECT id FROM incident
         WHERE cell = $1 AND is_open = 1 AND org_no = $2 AND exercise = $3 AND opened_at >= $4
         ORDER BY no DESC LIMIT 16",
    )?;
    let mut same = Vec::new();
    let mut compared = 0;
    for cell in near {
        let cell = int(u64::from(cell));
        let ids = statement
            .query_map(
                params![cell, opening.org.0, opening.exercise, since.0],
                |row| row.get::<_, String>(0),
            )?
            .collect::<Result<Vec<_>, _>>()?;
        for id in ids.into_iter().map(IncidentId) {
            if compared == SAME_MAX {
                return Ok(same);
            }
            compared += 1;
            if private::load(db, &id)?.is_some_and(|there| may_be_same(here, &there.location)) {
                same.push(id);
            }
        }
    }
    Ok(same)
}

fn may_be_same(a: &Place, b: &Place) -> bool {
    let reach = SAME_M + a.uncertainty_m.unwrap_or(0.0) + b.uncertainty_m.unwrap_or(0.0);
    a.point.distance_m(b.point) <= reach
}
