//! One incident in its rows: the body without alerts, one row per alert, the sealed part.

use h3o::Resolution;
use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::place::DISCLOSED_RESOLUTION;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LedgerError, Page, Place, Source, Stored};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::fault::Done;
use super::rows::{bound, int};
use super::{events, private};

/// Most incidents that one phone may still show.
const OPEN_ALERTS_MAX: i64 = 50;

/// The columns of an incident before its JSON is read.
struct Raw {
    no: i64,
    body: String,
    duplicates: String,
    source: Option<Source>,
}

impl Raw {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let system: Option<String> = row.get(3)?;
        let id: Option<String> = row.get(4)?;
        Ok(Self {
            no: row.get(0)?,
            body: row.get(1)?,
            duplicates: row.get(2)?,
            source: system.zip(id).map(|(system, id)| Source { system, id }),
        })
    }

    fn stored(self, db: &Connection) -> Done<Stored> {
        let mut incident: Incident = serde_json::from_str(&self.body)?;
        incident.alerts = alerts(db, &incident.opening.id)?;
        Ok(Stored {
            private: private::load(db, &incident.opening.id)?,
            incident,
            source: self.source,
            possible_duplicates: serde_json::from_str(&self.duplicates)?,
        })
    }
}

/// One incident of this organisation.
pub(super) fn load(db: &Connection, org: OrgNo, id: &IncidentId) -> Done<Stored> {
    let raw = db
        .prepare_cached(
            "SELECT no, body, duplicates, source_system, source_id FROM incident
             WHERE org_no = $1 AND id = $2",
        )?
        .query_row(params![org.0, id.as_str()], Raw::of)
        .optional()?;
    raw.ok_or(LedgerError::NotFound)?.stored(db)
}

/// The open incident of that source.
pub(super) fn of_source(db: &Connection, org: OrgNo, source: &Source) -> Done<Option<Stored>> {
    let raw = db
        .prepare_cached(
            "SELECT no, body, duplicates, source_system, source_id FROM incident
             WHERE org_no = $1 AND source_system = $2 AND source_id = $3
               AND is_open = 1 AND source_id IS NOT NULL
             ORDER BY no LIMIT 1",
        )?
        .query_row(params![org.0, source.system, source.id], Raw::of)
        .optional()?;
    raw.map(|raw| raw.stored(db)).transpose()
}

/// A page, newest first.
pub(super) fn page(
    db: &Connection,
    org: OrgNo,
    open_only: bool,
    after: Option<&str>,
    limit: usize,
) -> Done<Page> {
    let before: i64 = match after {
        Some(cursor) => cursor.parse().ok().ok_or(LedgerError::NotFound)?,
        None => i64::MAX,
    };
    let open = if open_only { "AND is_open = 1" } else { "" };
    let mut statement = db.prepare_cached(&format!(
        "SELECT no, body, duplicates, source_system, source_id FROM incident
         WHERE org_no = $1 AND no < $2 {open} ORDER BY no DESC LIMIT $3"
    ))?;
    let mut raws = statement
        .query_map(
            params![org.0, before, bound(limit).saturating_add(1)],
            Raw::of,
        )?
        .collect::<Result<Vec<_>, _>>()?;
    let more = raws.len() > limit;
    raws.truncate(limit);
    let next = raws.last().filter(|_| more).map(|raw| raw.no.to_string());
    let items = raws
        .into_iter()
        .map(|raw| raw.stored(db))
        .collect::<Done<_>>()?;
    Ok(Page {
        items,
        next,
        head: events::head(db)?,
    })
}

/// Incidents with an open alert of this responder, oldest alert first.
pub(super) fn alerts_of(db: &Connection, responder: ResponderNo) -> Done<Vec<Stored>> {
    let mut statement = db.prepare_cached(
        "SELECT no, body, duplicates, source_system, source_id FROM incident
         WHERE id IN (SELECT incident_id FROM alert WHERE responder_no = $1 AND is_open = 1)
         ORDER BY no DESC LIMIT $2",
    )?;
    let raws = statement
        .query_map(params![int(responder.0), OPEN_ALERTS_MAX], Raw::of)?
        .collect::<Result<Vec<_>, _>>()?;
    raws.into_iter().map(|raw| raw.stored(db)).collect()
}

/// The incident of one of this responder's alerts.
pub(super) fn of_alert(
    db: &Connection,
    responder: ResponderNo,
    alert: &AlertId,
) -> Done<IncidentId> {
    let id: Option<String> = db
        .prepare_cached("SELECT incident_id FROM alert WHERE id = $1 AND responder_no = $2")?
        .query_row(params![alert.as_str(), int(responder.0)], |row| row.get(0))
        .optional()?;
    Ok(id.map(IncidentId).ok_or(LedgerError::NotFound)?)
}

fn alerts(db: &Connection, incident: &IncidentId) -> Done<Vec<Alert>> {
    let mut statement =
        db.prepare_cached("SELECT body FROM alert WHERE incident_id = $1 ORDER BY ord")?;
    let mut rows = statement.query(params![incident.as_str()])?;
    let mut alerts = Vec::new();
    while let Some(row) = rows.next()? {
        alerts.push(serde_json::from_str(
            row.get_ref(0)?.as_str().unwrap_or_default(),
        )?);
    }
    Ok(alerts)
}

/// Inserts the row of a new incident; `update` completes it.
pub(super) fn insert(db: &Connection, stored: &Stored) -> Done<()> {
    let Stored {
        incident, source, ..
    } = stored;
    let opening = &incident.opening;
    db.prepare_cached(
        "INSERT INTO incident
           (id, org_no, state, is_open, version, kind, exercise, opened_at,
            source_system, source_id, duplicates, body)
         VALUES ($1, $2, $3, 1, 0, $4, $5, $6, $7, $8, $9, '')",
    )?
    .execute(params![
        opening.id.as_str(),
        opening.org.0,
        incident.state.as_str(),
        opening.kind,
        opening.exercise,
        opening.opened_at.0,
        source.as_ref().map(|s| &s.system),
        source.as_ref().map(|s| &s.id),
        serde_json::to_string(&stored.possible_duplicates)?,
    ])?;
    Ok(())
}

/// Writes an incident without its alerts.
pub(super) fn update(db: &Connection, stored: &mut Stored, wake_at: Option<Timestamp>) -> Done<()> {
    let cell = stored.private.as_ref().map(|p| cell_of(&p.location));
    // the alerts have rows of their own
    let alerts = std::mem::take(&mut stored.incident.alerts);
    let body = serde_json::to_string(&stored.incident);
    stored.incident.alerts = alerts;
    let incident = &stored.incident;
    db.prepare_cached(
        "UPDATE incident SET state = $1, is_open = $2, version = $3, closed_at = $4,
           wake_at = $5, cell = $6, body = $7 WHERE id = $8",
    )?
    .execute(params![
        incident.state.as_str(),
        !incident.is_closed(),
        int(incident.version),
        incident.closed.map(|(at, _)| at.0),
        wake_at.map(|at| at.0),
        cell,
        body?,
        incident.opening.id.as_str(),
    ])?;
    Ok(())
}

/// Writes one alert.
pub(super) fn put_alert(
    db: &Connection,
    incident: &IncidentId,
    ord: usize,
    alert: &Alert,
) -> Done<()> {
    db.prepare_cached(
        "INSERT INTO alert (id, incident_id, responder_no, ord, state, is_open, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET
           state = excluded.state, is_open = excluded.is_open, body = excluded.body",
    )?
    .execute(params![
        alert.id.as_str(),
        incident.as_str(),
        int(alert.responder.0),
        bound(ord),
        alert.state.as_str(),
        alert.state.is_open(),
        serde_json::to_string(alert)?,
    ])?;
    Ok(())
}

/// Makes an incident wake at `at` at the latest.
pub(super) fn wake_by(db: &Connection, incident: &IncidentId, at: Timestamp) -> Done<()> {
    db.prepare_cached(
        "UPDATE incident SET wake_at = $1 WHERE id = $2 AND (wake_at IS NULL OR wake_at > $1)",
    )?
    .execute(params![at.0, incident.as_str()])?;
    Ok(())
}

/// The cell that anybody may know, as a column.
pub(super) fn cell_of(place: &Place) -> i64 {
    let resolution: Resolution = DISCLOSED_RESOLUTION;
    int(u64::from(place.point.cell(resolution)))
}
