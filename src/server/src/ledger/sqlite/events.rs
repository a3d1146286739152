//! The history: appended, never changed.

use muster_core::domain::event::{Actor, Event, Recorded, SCHEMA_VERSION};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{FeedStep, LogLine};
use rusqlite::{Connection, params};

use super::fault::Done;
use super::private::Key;
use super::rows::{bound, int, nat};

/// Whose history grows, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    pub(super) org: OrgNo,
    pub(super) incident: &'a IncidentId,
    pub(super) actor: &'a Actor,
}

/// The event's type, as it is stored.
pub(super) fn type_of(event: &Event) -> Done<String> {
    let shape = serde_json::to_value(event)?;
    Ok(shape["type"].as_str().unwrap_or_default().to_owned())
}

/// Appends one event; free text goes to its sealed table.
pub(super) fn append(db: &Connection, trail: Trail<'_>, recorded: &Recorded) -> Done<()> {
    let Trail {
        org,
        incident,
        actor,
    } = trail;
    let body = serde_json::to_value(&recorded.event)?;
    db.prepare_cached(
        "INSERT INTO event
           (incident_id, org_no, at, version, type, schema_version, alert_id, actor, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )?
    .execute(params![
        incident.as_str(),
        org.0,
        recorded.at.0,
        int(recorded.version),
        body["type"].as_str().unwrap_or_default(),
        SCHEMA_VERSION,
        recorded.event.alert().map(AlertId::as_str),
        serde_json::to_string(actor)?,
        body.to_string(),
    ])?;
    if let Some(text) = recorded.event.free_text() {
        let seq = db.last_insert_rowid();
        let sealed = Key::load_or_make(db, incident)?.seal(&text_use(seq), text.as_bytes())?;
        db.prepare_cached(
            "INSERT INTO incident_text (event_seq, incident_id, sealed) VALUES ($1, $2, $3)",
        )?
        .execute(params![seq, incident.as_str(), sealed])?;
    }
    Ok(())
}

fn text_use(seq: i64) -> String {
    format!("text {seq}")
}

/// Everything that happened to an incident, oldest first.
pub(super) fn log(db: &Connection, incident: &IncidentId) -> Done<Vec<LogLine>> {
    let key = Key::load(db, incident)?;
    let mut statement = db.prepare_cached(
        "SELECT e.seq, e.at, e.version, e.actor, e.body, t.sealed
         FROM event e LEFT JOIN incident_text t ON t.event_seq = e.seq
         WHERE e.incident_id = $1 ORDER BY e.seq",
    )?;
    let mut rows = statement.query(params![incident.as_str()])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let sealed: Option<Vec<u8>> = row.get(5)?;
        let text = match (&key, sealed) {
            (Some(key), Some(sealed)) => Some(key.open(&text_use(seq), &sealed)?),
            _ => None,
        };
        lines.push(LogLine {
            seq: nat(seq),
            recorded: Recorded {
                at: Timestamp(row.get(1)?),
                version: nat(row.get(2)?),
                event: serde_json::from_str(row.get_ref(4)?.as_str().unwrap_or_default())?,
            },
            actor: serde_json::from_str(row.get_ref(3)?.as_str().unwrap_or_default())?,
            text: text.map(|text| String::from_utf8_lossy(&text).into_owned()),
        });
    }
    Ok(lines)
}

/// Number of the newest event.
pub(super) fn head(db: &Connection) -> Done<u64> {
    let head: Option<i64> = db
        .prepare_cached("SELECT MAX(seq) FROM event")?
        .query_row([], |row| row.get(0))?;
    Ok(nat(head.unwrap_or(0)))
}

/// Steps of an organisation after `seq`; `None` when they are not all there any more, or the
/// number is of another history.
pub(super) fn steps(
    db: &Connection,
    org: OrgNo,
    seq: u64,
    limit: usize,
) -> Done<Option<Vec<FeedStep>>> {
    let oldest: Option<i64> = db
        .prepare_cached("SELECT MIN(seq) FROM event")?
        .query_row([], |row| row.get(0))?;
    let pruned = oldest.is_some_and(|oldest| seq + 1 < nat(oldest));
    if pruned || seq > head(db)? {
        return Ok(None);
    }
    let mut statement = db.prepare_cached(
        "SELECT seq, incident_id, alert_id, type FROM event
         WHERE org_no = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    )?;
    let steps = statement
        .query_map(params![org.0, int(seq), bound(limit)], |row| {
            Ok(FeedStep {
                seq: nat(row.get(0)?),
                incident: IncidentId(row.get(1)?),
                alert: row.get::<_, Option<String>>(2)?.map(AlertId),
                change: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(Some(steps))
}
