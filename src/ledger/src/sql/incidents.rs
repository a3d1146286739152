//! One incident in its rows: the body without alerts, one row per alert, the sealed part.

use std::collections::HashMap;

use h3o::Resolution;
use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::place::DISCLOSED_RESOLUTION;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LedgerError, Location, Page, Private, Source, Stored, Which};

use super::db::{Arg, Db, Row, Rows, Sql, args, sql};
use super::events;
use super::fault::Done;
use super::rows::{bound, int};
use super::sealed::{self, Key};

/// Most incidents that one phone may still show.
const OPEN_ALERTS_MAX: i64 = 50;

macro_rules! columns {
    () => {
        "SELECT no, id, body, duplicates, source_system, source_id FROM incident "
    };
}
pub(super) use columns;

const BY_ID: Sql = sql!([columns] "WHERE org_no = $1 AND id = $2");
/// The same, locked until the transaction ends: whoever decides about it waits here.
pub(super) const BY_ID_LOCKED: Sql =
    sql!([columns] "WHERE org_no = $1 AND id = $2" [pg " FOR NO KEY UPDATE"]);
/// The id of the open incident of a source.
pub(super) const ID_OF_SOURCE: Sql = sql!(
    "SELECT id FROM incident WHERE org_no = $1 AND source_system = $2 AND source_id = $3
       AND is_open = 1 AND source_id IS NOT NULL ORDER BY no LIMIT 1"
);
const PAGE: Sql = sql!([columns] "WHERE org_no = $1 AND no < $2 ORDER BY no DESC LIMIT $3");
const PAGE_OPEN: Sql = sql!(
    [columns] "WHERE org_no = $1 AND no < $2 AND is_open = 1 ORDER BY no DESC LIMIT $3"
);
const PAGE_UNHEARD: Sql = sql!(
    [columns] "WHERE org_no = $1 AND no < $2 AND unheard = 1 ORDER BY no DESC LIMIT $3"
);
const WITH_ALERT_FOR: Sql = sql!(
    [columns] "WHERE id IN
       (SELECT incident_id FROM alert WHERE responder_no = $1 AND is_open = 1)
     ORDER BY no DESC LIMIT $2"
);
const OF_ALERT: Sql =
    sql!("SELECT incident_id FROM alert WHERE incident_id = $1 AND id = $2 AND responder_no = $3");
const OF_NAME_OF_BEFORE: Sql = sql!("SELECT incident_id FROM alert WHERE id = $1 AND apart = 1");
/// The alerts of one incident in the order of asking.
pub(super) const ALERTS: Sql =
    sql!("SELECT incident_id, body FROM alert WHERE incident_id = $1 ORDER BY ord");
const ALERTS_OF: Sql = sql!(
    "SELECT incident_id, body FROM alert WHERE incident_id " [many 1] " ORDER BY incident_id, ord"
);
const INSERT: Sql = sql!(
    "INSERT INTO incident (no, id, org_no, state, is_open, version, kind, exercise, opened_at,
       closed_at, wake_at, cell, source_system, source_id, duplicates, body)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
);
const UPDATE: Sql = sql!(
    "UPDATE incident SET state = $1, is_open = $2, version = $3, closed_at = $4, wake_at = $5,
       cell = $6, body = $7, kind = $8, outcome = $9, unheard = $10 WHERE id = $11"
);
const ADD_ALERTS: Sql = sql!(
    "INSERT INTO alert (id, incident_id, responder_no, ord, state, is_open, body, said) "
    [lite "VALUES ($1, $2, $3, $4, $5, $6, $7, 0)"]
    [pg "SELECT *, 0 FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[]), CAST($3 AS BIGINT[]),
       CAST($4 AS BIGINT[]), CAST($5 AS TEXT[]), CAST($6 AS BIGINT[]), CAST($7 AS TEXT[]))"]
);
const CHANGE_ALERTS: Sql = sql!(
    [lite "UPDATE alert SET state = $1, is_open = $2, body = $3
       WHERE incident_id = $4 AND ord = $5"]
    [pg "UPDATE alert SET state = new.state, is_open = new.is_open, body = new.body
       FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[]), CAST($3 AS TEXT[]),
         CAST($4 AS TEXT[]), CAST($5 AS BIGINT[])) AS new (state, is_open, body, incident, ord)
       WHERE alert.incident_id = new.incident AND alert.ord = new.ord"]
);
const WAKE_BY: Sql =
    sql!("UPDATE incident SET wake_at = $1 WHERE id = $2 AND (wake_at IS NULL OR wake_at > $1)");

/// An incident with the key of its private part.
pub(super) struct Loaded {
    pub(super) stored: Stored,
    pub(super) key: Option<Key>,
}

fn stored(row: Row<'_>, alerts: Vec<Alert>, private: Option<Private>) -> Done<Stored> {
    let mut incident: Incident = serde_json::from_str(row.text(2)?)?;
    incident.alerts = alerts;
    let source = row.opt_text(4)?.zip(row.opt_text(5)?);
    Ok(Stored {
        incident,
        private,
        source: source.map(|(system, id)| Source {
            system: system.to_owned(),
            id: id.to_owned(),
        }),
        possible_duplicates: serde_json::from_str(row.text(3)?)?,
    })
}

/// From the answers to [`BY_ID_LOCKED`], [`ALERTS`] and [`sealed::OF_INCIDENT`].
pub(super) fn loaded(incident: &Rows, alerts: &Rows, parts: &Rows) -> Done<Loaded> {
    let row = incident.first().ok_or(LedgerError::NotFound)?;
    let alerts = alerts
        .iter()
        .map(|row| Ok(serde_json::from_str(row.text(1)?)?))
        .collect::<Done<_>>()?;
    let (key, private) = sealed::of_rows(parts)?;
    Ok(Loaded {
        stored: stored(row, alerts, private)?,
        key,
    })
}

/// One incident of this organisation.
pub(super) fn load(db: &dyn Db, org: OrgNo, id: &IncidentId) -> Done<Stored> {
    let [incident, alerts, parts] = db.query([
        (BY_ID, args![org, id]),
        (ALERTS, args![id]),
        (sealed::OF_INCIDENT, args![id]),
    ])?;
    Ok(loaded(&incident, &alerts, &parts)?.stored)
}

/// Several incidents whole, in the order of their rows.
pub(super) fn whole(db: &dyn Db, rows: &Rows) -> Done<Vec<Stored>> {
    if rows.count() == 0 {
        return Ok(Vec::new());
    }
    let ids = rows
        .iter()
        .map(|row| row.string(1))
        .collect::<Done<Vec<_>>>()?;
    let [alert_rows, part_rows] = db.query([
        (ALERTS_OF, args![&ids]),
        (sealed::OF_INCIDENTS, args![&ids]),
    ])?;
    let mut alerts: HashMap<&str, Vec<Alert>> = HashMap::new();
    for row in alert_rows.iter() {
        let of = alerts.entry(row.text(0)?).or_default();
        of.push(serde_json::from_str(row.text(1)?)?);
    }
    let mut privates: HashMap<&str, Private> = HashMap::new();
    for row in part_rows.iter() {
        if let (_, Some(private)) = sealed::of_row(row)? {
            privates.insert(row.text(0)?, private);
        }
    }
    rows.iter()
        .map(|row| {
            let id = row.text(1)?;
            let alerts = alerts.remove(id).unwrap_or_default();
            stored(row, alerts, privates.remove(id))
        })
        .collect()
}

/// A page, newest first.
pub(super) fn page(
    db: &dyn Db,
    org: OrgNo,
    which: Which,
    after: Option<&str>,
    limit: usize,
) -> Done<Page> {
    let before: i64 = match after {
        Some(cursor) => cursor.parse().ok().ok_or(LedgerError::NotFound)?,
        None => i64::MAX,
    };
    // one more than fits says whether another page follows
    let page = match which {
        Which::All => PAGE,
        Which::Open => PAGE_OPEN,
        Which::Unheard => PAGE_UNHEARD,
    };
    let [head, rows] = db.query([
        (events::HEAD, &[]),
        (page, args![org, before, bound(limit).saturating_add(1)]),
    ])?;
    let mut items = whole(db, &rows)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = limit.checked_sub(1).and_then(|at| rows.iter().nth(at));
    let next = last.filter(|_| more).map(|row| row.int(0)).transpose()?;
    Ok(Page {
        items,
        next: next.map(|no| no.to_string()),
        head: events::head_of(&head)?,
    })
}

/// Incidents with an open alert of this responder, newest first.
pub(super) fn alerts_of(db: &dyn Db, responder: ResponderNo) -> Done<Vec<Stored>> {
    let rows = db.query_one(WITH_ALERT_FOR, args![responder, OPEN_ALERTS_MAX])?;
    whole(db, &rows)
}

/// The incident of an alert, which need not exist, as its name says it; those of before are looked
/// up.
pub(super) fn of_name(db: &dyn Db, alert: &AlertId) -> Done<IncidentId> {
    if let Some(incident) = alert.incident() {
        return Ok(incident);
    }
    let rows = db.query_one(OF_NAME_OF_BEFORE, args![alert])?;
    let row = rows.first().ok_or(LedgerError::NotFound)?;
    Ok(IncidentId(row.string(0)?))
}

/// The incident of one of this responder's alerts.
pub(super) fn of_alert(db: &dyn Db, responder: ResponderNo, alert: &AlertId) -> Done<IncidentId> {
    let incident = of_name(db, alert)?;
    let rows = db.query_one(OF_ALERT, args![&incident, alert, responder])?;
    rows.first().ok_or(LedgerError::NotFound)?;
    Ok(incident)
}

/// The body without the alerts, which have rows of their own.
fn body(incident: &Incident) -> Done<String> {
    let bare = Incident {
        opening: incident.opening.clone(),
        held_reasons: incident.held_reasons.clone(),
        acknowledged: incident.acknowledged.clone(),
        overridden: incident.overridden.clone(),
        duplicate_of: incident.duplicate_of.clone(),
        alerts: Vec::new(),
        ..*incident
    };
    Ok(serde_json::to_string(&bare)?)
}

/// Writes a new incident without its alerts.
pub(super) fn insert(db: &dyn Db, stored: &Stored, wake_at: Option<Timestamp>) -> Done<()> {
    let body = body(&stored.incident)?;
    let (incident, source) = (&stored.incident, stored.source.as_ref());
    let opening = &incident.opening;
    db.execute(
        INSERT,
        args![
            db.number()?,
            &opening.id,
            opening.org,
            incident.state.as_str(),
            !incident.is_closed(),
            incident.version,
            &opening.kind,
            opening.exercise,
            opening.opened_at,
            incident.closed.map(|(at, _)| at),
            wake_at,
            stored.private.as_ref().map(|p| cell_of(&p.location)),
            source.map(|s| &s.system),
            source.map(|s| &s.id),
            &serde_json::to_string(&stored.possible_duplicates)?,
            &body,
        ],
    )
}

/// Writes an incident without its alerts.
pub(super) fn update(db: &dyn Db, stored: &Stored, wake_at: Option<Timestamp>) -> Done<()> {
    let body = body(&stored.incident)?;
    let incident = &stored.incident;
    db.execute(
        UPDATE,
        args![
            incident.state.as_str(),
            !incident.is_closed(),
            incident.version,
            incident.closed.map(|(at, _)| at),
            wake_at,
            stored.private.as_ref().map(|p| cell_of(&p.location)),
            &body,
            &incident.opening.kind,
            incident.closed.map(|(_, outcome)| outcome.as_str()),
            Which::Unheard.holds(incident),
            &incident.opening.id,
        ],
    )
}

/// Writes alerts that nobody wrote before, each with its place in the order of asking.
pub(super) fn add_alerts(
    db: &dyn Db,
    incident: &IncidentId,
    alerts: &[(usize, &Alert)],
) -> Done<()> {
    let bodies = bodies(alerts.iter().map(|(_, alert)| *alert))?;
    let rows: Vec<Vec<Arg<'_>>> = alerts
        .iter()
        .zip(&bodies)
        .map(|((ord, alert), body)| {
            args![
                &alert.id,
                incident,
                alert.responder,
                bound(*ord),
                alert.state.as_str(),
                alert.state.is_open(),
                body,
            ]
            .to_vec()
        })
        .collect();
    db.execute_rows(ADD_ALERTS, &rows)
}

/// Writes alerts anew.
pub(super) fn change_alerts(
    db: &dyn Db,
    incident: &IncidentId,
    alerts: &[(usize, &Alert)],
) -> Done<()> {
    let bodies = bodies(alerts.iter().map(|(_, alert)| *alert))?;
    let rows: Vec<Vec<Arg<'_>>> = alerts
        .iter()
        .zip(&bodies)
        .map(|((ord, alert), body)| {
            let (state, open) = (alert.state.as_str(), alert.state.is_open());
            args![state, open, body, incident, bound(*ord)].to_vec()
        })
        .collect();
    db.execute_rows(CHANGE_ALERTS, &rows)
}

fn bodies<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Done<Vec<String>> {
    alerts
        .map(|alert| Ok(serde_json::to_string(alert)?))
        .collect()
}

/// Makes an incident wake at `at` at the latest. Its row is locked by this.
pub(super) fn wake_by(db: &dyn Db, incident: &IncidentId, at: Timestamp) -> Done<()> {
    db.execute(WAKE_BY, args![at, incident])
}

/// The cell that anybody may know, as a column.
pub(super) fn cell_of(place: &Location) -> i64 {
    let resolution: Resolution = DISCLOSED_RESOLUTION;
    int(u64::from(place.point.cell(resolution)))
}
