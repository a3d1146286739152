//! The history: appended, never changed. Events that were recorded together lie in one row with a range of
//! numbers; whoever reads asks for ranges that end after their cursor and skips what they have.

use std::collections::HashMap;

use muster_core::domain::event::{Actor, Event, Recorded, SCHEMA_VERSION};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo};
use muster_core::ports::{FeedStep, LedgerError, LogLine};
use serde::Deserialize;

use super::db::{Arg, Db, Rows, Sql, args, sql};
use super::fault::Done;
use super::rows::{bound, int, nat};
use super::sealed::{self, Key};

const APPEND: Sql = sql!(
    "INSERT INTO event (last_seq, first_seq, incident_id, org_no, at, version, schema_version,
       actor, body) "
    [lite "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"]
    [pg "SELECT * FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS BIGINT[]), CAST($3 AS TEXT[]),
       CAST($4 AS BIGINT[]), CAST($5 AS BIGINT[]), CAST($6 AS BIGINT[]), CAST($7 AS BIGINT[]),
       CAST($8 AS TEXT[]), CAST($9 AS TEXT[]))"]
);
const APPEND_TEXT: Sql =
    sql!("INSERT INTO incident_text (event_seq, incident_id, sealed) VALUES ($1, $2, $3)");
const KNOWN: Sql = sql!("SELECT no FROM incident WHERE org_no = $1 AND id = $2");
const LOG: Sql = sql!(
    "SELECT first_seq, at, version, actor, body FROM event WHERE incident_id = $1 ORDER BY last_seq"
);
const TEXTS: Sql = sql!("SELECT event_seq, sealed FROM incident_text WHERE incident_id = $1");

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
    sqlite: "SELECT COALESCE(MAX(last_seq), 0) FROM event",
    postgres: concat!("SELECT ", unsettled!(), " - 1"),
};
const STEPS: Sql = Sql {
    sqlite: "SELECT last_seq, first_seq, incident_id, org_no, body FROM event
         WHERE last_seq > $1 ORDER BY last_seq LIMIT $2",
    postgres: concat!(
        "SELECT last_seq, first_seq, incident_id, org_no, body FROM event
         WHERE last_seq > $1 AND last_seq < ",
        unsettled!(),
        " ORDER BY last_seq LIMIT $2"
    ),
};
const STEPS_OF_ORG: Sql = Sql {
    sqlite: "SELECT last_seq, first_seq, incident_id, org_no, body FROM event
         WHERE org_no = $1 AND last_seq > $2 ORDER BY last_seq LIMIT $3",
    postgres: concat!(
        "SELECT last_seq, first_seq, incident_id, org_no, body FROM event
         WHERE org_no = $1 AND last_seq > $2 AND last_seq < ",
        unsettled!(),
        " ORDER BY last_seq LIMIT $3"
    ),
};
const WRITTEN: Sql = sql!("SELECT COALESCE(MAX(last_seq), 0) FROM event");
/// The newest event that may be shown; PostgreSQL alone asks for it, with the heartbeat.
pub(crate) const NEWEST: Sql = Sql {
    sqlite: "",
    postgres: concat!(
        "SELECT COALESCE(MAX(last_seq), 0) FROM event WHERE last_seq < ",
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

/// What an event calls itself, and which alert it is about. Read without the rest, so that an event that
/// this version does not know stops no feed.
#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    alert: Option<About>,
}

/// An alert, by its name or whole.
#[derive(Deserialize)]
#[serde(untagged)]
enum About {
    Id(AlertId),
    Whole { id: AlertId },
}

impl About {
    fn id(self) -> AlertId {
        match self {
            Self::Id(id) | Self::Whole { id } => id,
        }
    }
}

/// Events that were recorded together: of one incident, by one actor, at one instant, of one version.
struct Range<'a> {
    trail: Trail<'a>,
    first: i64,
    last: i64,
    recorded: Vec<&'a Recorded>,
}

impl<'a> Range<'a> {
    /// Numbers what happened, in its order.
    fn all(db: &dyn Db, history: &[(Trail<'a>, &'a Recorded)]) -> Done<Vec<Self>> {
        let mut ranges: Vec<Self> = Vec::new();
        for (trail, recorded) in history {
            let seq = db.number()?;
            match ranges.last_mut() {
                Some(range) if range.last + 1 == seq && range.takes(trail, recorded) => {
                    range.last = seq;
                    range.recorded.push(recorded);
                }
                _ => ranges.push(Self {
                    trail: *trail,
                    first: seq,
                    last: seq,
                    recorded: vec![recorded],
                }),
            }
        }
        Ok(ranges)
    }

    fn takes(&self, trail: &Trail<'_>, recorded: &Recorded) -> bool {
        let same = |first: &&Recorded| first.at == recorded.at && first.version == recorded.version;
        self.trail.incident == trail.incident
            && self.trail.actor == trail.actor
            && self.recorded.first().is_some_and(same)
    }

    /// A list of the events.
    fn body(&self) -> Done<String> {
        let events: Vec<_> = self
            .recorded
            .iter()
            .map(|recorded| &recorded.event)
            .collect();
        Ok(serde_json::to_string(&events)?)
    }
}

/// Appends events; free text goes to its sealed table, under a key that is made when there is
/// none: events of several incidents must have no free text.
pub(super) fn append(
    db: &dyn Db,
    history: &[(Trail<'_>, &Recorded)],
    key: &mut Option<Key>,
) -> Done<()> {
    let ranges = Range::all(db, history)?;
    let texts = ranges
        .iter()
        .map(|range| Ok((serde_json::to_string(range.trail.actor)?, range.body()?)))
        .collect::<Done<Vec<_>>>()?;
    let rows: Vec<Vec<Arg<'_>>> = ranges
        .iter()
        .zip(&texts)
        .filter_map(|(range, (actor, body))| {
            let first = range.recorded.first()?;
            let row = args![
                range.last,
                range.first,
                range.trail.incident,
                range.trail.org,
                first.at,
                first.version,
                SCHEMA_VERSION,
                actor,
                body,
            ];
            Some(row.to_vec())
        })
        .collect();
    db.execute_rows(APPEND, &rows)?;
    for range in &ranges {
        for (seq, recorded) in (range.first..).zip(&range.recorded) {
            let Some(text) = recorded.event.free_text() else {
                continue;
            };
            let incident = range.trail.incident;
            let key = match key {
                Some(key) => key,
                None => key.insert(Key::make(db, incident)?),
            };
            let sealed = key.seal(&text_use(seq), text.as_bytes())?;
            db.execute(APPEND_TEXT, args![seq, incident, &sealed])?;
        }
    }
    Ok(())
}

fn text_use(seq: i64) -> String {
    format!("text {seq}")
}

/// Everything that happened to an incident, oldest first.
pub(super) fn log(db: &dyn Db, org: OrgNo, incident: &IncidentId) -> Done<Vec<LogLine>> {
    let [known, parts, ranges, texts] = db.query([
        (KNOWN, args![org, incident]),
        (sealed::OF_INCIDENT, args![incident]),
        (LOG, args![incident]),
        (TEXTS, args![incident]),
    ])?;
    known.first().ok_or(LedgerError::NotFound)?;
    let (key, _) = sealed::of_rows(&parts)?;
    let mut sealed: HashMap<i64, &[u8]> = HashMap::new();
    for row in texts.iter() {
        sealed.insert(row.int(0)?, row.opt_blob(1)?.unwrap_or_default());
    }
    let mut log = Vec::new();
    for row in ranges.iter() {
        let (at, version) = (row.instant(1)?, row.nat(2)?);
        let actor: Actor = serde_json::from_str(row.text(3)?)?;
        let events: Vec<Event> = serde_json::from_str(row.text(4)?)?;
        for (seq, event) in (row.int(0)?..).zip(events) {
            let text = match (&key, sealed.get(&seq)) {
                (Some(key), Some(sealed)) => Some(key.open(&text_use(seq), sealed)?),
                _ => None,
            };
            log.push(LogLine {
                seq: nat(seq),
                recorded: Recorded { at, version, event },
                actor: actor.clone(),
                text: text.map(|text| String::from_utf8_lossy(&text).into_owned()),
            });
        }
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
    let [head, ranges] = match org {
        None => db.query([(HEAD, &[]), (STEPS, args![int(seq), bound(limit)])])?,
        Some(org) => db.query([
            (HEAD, &[]),
            (STEPS_OF_ORG, args![org, int(seq), bound(limit)]),
        ])?,
    };
    if seq > head_of(&head)? {
        return Ok(None);
    }
    let mut found = Vec::new();
    for row in ranges.iter() {
        let (incident, org) = (IncidentId(row.string(2)?), row.org(3)?);
        let events: Vec<Tag> = serde_json::from_str(row.text(4)?)?;
        for (at, event) in (row.nat(1)?..).zip(events) {
            if found.len() == limit {
                return Ok(Some(found));
            }
            // whoever asks may have stopped within the range
            if at > seq {
                found.push(FeedStep {
                    seq: at,
                    incident: incident.clone(),
                    alert: event.alert.map(About::id),
                    change: event.kind,
                    org,
                });
            }
        }
    }
    Ok(Some(found))
}
