//! The history: appended, never changed.

use muster_core::domain::event::{Actor, Recorded, SCHEMA_VERSION};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo};
use muster_core::ports::{FeedStep, LedgerError, LogLine};
use serde::Deserialize;

use super::db::{Arg, Db, Rows, Sql, args, sql};
use super::fault::Done;
use super::rows::{bound, int, nat};
use super::sealed::{self, Key};

const APPEND: Sql = sql!(
    "INSERT INTO event (seq, incident_id, org_no, at, version, type, schema_version, alert_id,
       actor, body) "
    [lite "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"]
    [pg "SELECT * FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]), CAST($3 AS BIGINT[]),
       CAST($4 AS BIGINT[]), CAST($5 AS BIGINT[]), CAST($6 AS TEXT[]), CAST($7 AS BIGINT[]),
       CAST($8 AS TEXT[]), CAST($9 AS TEXT[]), CAST($10 AS TEXT[]))"]
);
const APPEND_TEXT: Sql =
    sql!("INSERT INTO incident_text (event_seq, incident_id, sealed) VALUES ($1, $2, $3)");
const KNOWN: Sql = sql!("SELECT no FROM incident WHERE org_no = $1 AND id = $2");
const LOG: Sql = sql!(
    "SELECT e.seq, e.at, e.version, e.actor, e.body, t.sealed
     FROM event e LEFT JOIN incident_text t ON t.event_seq = e.seq
     WHERE e.incident_id = $1 ORDER BY e.seq"
);

/// The first number that a transaction still running may yet bring, in PostgreSQL: numbers of
/// transactions below the oldest that runs are all committed or will never be. SQLite has one
/// writer, so there the newest number is the newest.
macro_rules! unsettled {
    () => {
        "((SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'base')
          + CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)) * 65536"
    };
}

/// Number up to which every event is to be seen.
pub(super) const HEAD: Sql = Sql {
    sqlite: "SELECT COALESCE(MAX(seq), 0) FROM event",
    postgres: concat!("SELECT ", unsettled!(), " - 1"),
};
const STEPS: Sql = Sql {
    sqlite: "SELECT seq, incident_id, alert_id, type, org_no FROM event
         WHERE seq > $1 ORDER BY seq LIMIT $2",
    postgres: concat!(
        "SELECT seq, incident_id, alert_id, type, org_no FROM event WHERE seq > $1 AND seq < ",
        unsettled!(),
        " ORDER BY seq LIMIT $2"
    ),
};
const STEPS_OF_ORG: Sql = Sql {
    sqlite: "SELECT seq, incident_id, alert_id, type, org_no FROM event
         WHERE org_no = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    postgres: concat!(
        "SELECT seq, incident_id, alert_id, type, org_no FROM event
         WHERE org_no = $1 AND seq > $2 AND seq < ",
        unsettled!(),
        " ORDER BY seq LIMIT $3"
    ),
};
const WRITTEN: Sql = sql!("SELECT COALESCE(MAX(seq), 0) FROM event");
/// The newest event that may be shown; PostgreSQL alone asks for it, with the heartbeat.
pub(crate) const NEWEST: Sql = Sql {
    sqlite: "",
    postgres: concat!(
        "SELECT COALESCE(MAX(seq), 0) FROM event WHERE seq < ",
        unsettled!()
    ),
};

/// Whose history grows, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Trail<'a> {
    pub(super) org: OrgNo,
    pub(super) incident: &'a IncidentId,
    pub(super) actor: &'a Actor,
}

/// What an event calls itself.
#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "type")]
    kind: String,
}

/// One event as its row has it.
struct Line {
    seq: i64,
    kind: String,
    actor: String,
    body: String,
}

/// Appends events; free text goes to its sealed table, under a key that is made when there is
/// none: events of several incidents must have no free text.
pub(super) fn append(
    db: &dyn Db,
    history: &[(Trail<'_>, &Recorded)],
    key: &mut Option<Key>,
) -> Done<()> {
    let lines = history
        .iter()
        .map(|(trail, recorded)| {
            let body = serde_json::to_string(&recorded.event)?;
            Ok(Line {
                seq: db.number()?,
                kind: serde_json::from_str::<Tag>(&body)?.kind,
                actor: serde_json::to_string(trail.actor)?,
                body,
            })
        })
        .collect::<Done<Vec<_>>>()?;
    let rows: Vec<Vec<Arg<'_>>> = history
        .iter()
        .zip(&lines)
        .map(|((trail, recorded), line)| {
            args![
                line.seq,
                trail.incident,
                trail.org,
                recorded.at,
                recorded.version,
                &line.kind,
                SCHEMA_VERSION,
                recorded.event.alert().map(AlertId::as_str),
                &line.actor,
                &line.body,
            ]
            .to_vec()
        })
        .collect();
    db.execute_rows(APPEND, &rows)?;
    for ((trail, recorded), line) in history.iter().zip(&lines) {
        if let Some(text) = recorded.event.free_text() {
            let key = match key {
                Some(key) => key,
                None => key.insert(Key::make(db, trail.incident)?),
            };
            let sealed = key.seal(&text_use(line.seq), text.as_bytes())?;
            db.execute(APPEND_TEXT, args![line.seq, trail.incident, &sealed])?;
        }
    }
    Ok(())
}

fn text_use(seq: i64) -> String {
    format!("text {seq}")
}

/// Everything that happened to an incident, oldest first.
pub(super) fn log(db: &dyn Db, org: OrgNo, incident: &IncidentId) -> Done<Vec<LogLine>> {
    let [known, parts, lines] = db.query([
        (KNOWN, args![org, incident]),
        (sealed::OF_INCIDENT, args![incident]),
        (LOG, args![incident]),
    ])?;
    known.first().ok_or(LedgerError::NotFound)?;
    let (key, _) = sealed::of_rows(&parts)?;
    let mut log = Vec::with_capacity(lines.count());
    for row in lines.iter() {
        let seq = row.int(0)?;
        let text = match (&key, row.opt_blob(5)?) {
            (Some(key), Some(sealed)) => Some(key.open(&text_use(seq), sealed)?),
            _ => None,
        };
        log.push(LogLine {
            seq: nat(seq),
            recorded: Recorded {
                at: row.instant(1)?,
                version: row.nat(2)?,
                event: serde_json::from_str(row.text(4)?)?,
            },
            actor: serde_json::from_str(row.text(3)?)?,
            text: text.map(|text| String::from_utf8_lossy(&text).into_owned()),
        });
    }
    Ok(log)
}

/// From the answer to [`HEAD`].
pub(super) fn head_of(rows: &Rows) -> Done<u64> {
    rows.first().map_or(Ok(0), |row| row.nat(0))
}

/// Number of the newest event that is written, to be seen or not.
pub(super) fn newest(db: &dyn Db) -> Done<u64> {
    head_of(&db.query_one(WRITTEN, &[])?)
}

/// Number up to which every event is to be seen.
pub(super) fn head(db: &dyn Db) -> Done<u64> {
    head_of(&db.query_one(HEAD, &[])?)
}

/// Steps of an organisation, or of every one, after `seq`; `None` when the number is of another
/// history. Events are kept for ever, so no number is too old.
pub(super) fn steps(
    db: &dyn Db,
    org: Option<OrgNo>,
    seq: u64,
    limit: usize,
) -> Done<Option<Vec<FeedStep>>> {
    let [head, steps] = match org {
        None => db.query([(HEAD, &[]), (STEPS, args![int(seq), bound(limit)])])?,
        Some(org) => db.query([
            (HEAD, &[]),
            (STEPS_OF_ORG, args![org, int(seq), bound(limit)]),
        ])?,
    };
    if seq > head_of(&head)? {
        return Ok(None);
    }
    steps
        .iter()
        .map(|row| {
            Ok(FeedStep {
                seq: row.nat(0)?,
                incident: IncidentId(row.string(1)?),
                alert: row.opt_text(2)?.map(AlertId::from),
                change: row.string(3)?,
                org: row.org(4)?,
            })
        })
        .collect::<Done<_>>()
        .map(Some)
}
