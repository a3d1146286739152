//! The outbox: pushes that are still to be sent. One row holds the same push to many phones.

use muster_core::domain::failing_phone::Attention;
use muster_core::domain::ids::{AlertId, IncidentId, ResponderNo};
use muster_core::domain::push::{PushKind, PushMessage};
use muster_core::domain::selection::Role;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Outgoing, PushId};
use serde::{Deserialize, Serialize};

use super::db::{Arg, Db, Row, Rows, Sql, args, sql};
use super::fault::{Done, Fault};
use super::phones::Phone;
use super::rows::{push_kind, word};

/// So long one node has to send a push before another try is due.
pub(super) const LEASE: Millis = Millis::from_s(30);
/// The number of the attempt that a row is written for.
const FIRST_ATTEMPT: i64 = 1;
/// Most pushes of one row: what became of any of them rewrites the list.
const RECIPIENTS_MAX: usize = 64;

/// Columns of a row, read by [`OutboxRow::of`].
macro_rules! outbox {
    () => {
        "SELECT o.no, o.incident_id, o.kind, o.version, o.role, o.exercise, o.expires_at, o.about,
           o.created_at, o.attempts, o.due_at, o.owner, o.recipients FROM outbox o "
    };
}
pub(super) use outbox;

const PUT: Sql = sql!(
    "INSERT INTO outbox (no, incident_id, kind, class, version, role, exercise, expires_at, about,
       created_at, attempts, due_at, owner, recipients) "
    [lite "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"]
    [pg "SELECT * FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]), CAST($3 AS TEXT[]),
       CAST($4 AS BIGINT[]), CAST($5 AS BIGINT[]), CAST($6 AS TEXT[]), CAST($7 AS BIGINT[]),
       CAST($8 AS BIGINT[]), CAST($9 AS TEXT[]), CAST($10 AS BIGINT[]), CAST($11 AS BIGINT[]),
       CAST($12 AS BIGINT[]), CAST($13 AS BIGINT[]), CAST($14 AS TEXT[]))"]
);
const RENEW: Sql = sql!("UPDATE outbox SET recipients = $1, due_at = $2 WHERE no = $3");

/// What is the same for every phone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Content {
    /// Nothing when it is of no incident.
    pub(super) incident: Option<IncidentId>,
    pub(super) kind: PushKind,
    pub(super) version: u64,
    pub(super) role: Role,
    pub(super) exercise: bool,
    pub(super) expires_at: Timestamp,
    pub(super) attention: Option<Attention>,
}

impl Content {
    /// Why a push is not worth sending any more; nothing while it is.
    pub(super) fn moot(
        &self,
        (alert_is_open, phone_is_there): (bool, bool),
        now: Timestamp,
    ) -> Option<&'static str> {
        if self.kind == PushKind::Alert && !alert_is_open {
            return Some("called_off");
        }
        if self.expires_at <= now {
            return Some("expired");
        }
        (!phone_is_there).then_some("device_removed")
    }
}

/// Why nobody takes a push for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Waits {
    /// That may be the phone's own fault.
    Phone,
    /// So it is for everybody whom the same service reaches.
    Service,
}

/// One push of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Recipient {
    /// Number of the push.
    pub(super) no: i64,
    /// The alert that it is about; for a push that is of no incident, the name of what it says.
    pub(super) alert: AlertId,
    pub(super) responder: ResponderNo,
    /// Number of the phone.
    pub(super) device: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) put_off: Option<Waits>,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub(super) struct OutboxRow {
    /// Its number: the largest that there was when it was written.
    pub(super) no: i64,
    pub(super) content: Content,
    pub(super) created_at: Timestamp,
    /// How many attempts were begun.
    pub(super) attempts: i64,
    pub(super) due_at: Timestamp,
    /// Number of the node that sends it.
    pub(super) owner: i64,
    pub(super) recipients: Vec<Recipient>,
}

impl OutboxRow {
    fn of(row: Row<'_>) -> Done<Self> {
        Ok(Self {
            no: row.int(0)?,
            content: Content {
                incident: row.opt_text(1)?.map(IncidentId::from),
                kind: word(row.text(2)?, push_kind)?,
                version: row.nat(3)?,
                role: word(row.text(4)?, Role::parse)?,
                exercise: row.flag(5)?,
                expires_at: row.instant(6)?,
                attention: row.opt_text(7)?.map(serde_json::from_str).transpose()?,
            },
            created_at: row.instant(8)?,
            attempts: row.int(9)?,
            due_at: row.instant(10)?,
            owner: row.int(11)?,
            recipients: serde_json::from_str(row.text(12)?)?,
        })
    }

    /// One of its pushes, as the sender is to send it.
    pub(super) fn outgoing(&self, to: &Recipient, phone: &Phone, now: Timestamp) -> Outgoing {
        let content = &self.content;
        Outgoing {
            id: PushId {
                row: self.no,
                no: to.no,
                generation: phone.generation,
            },
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            message: PushMessage {
                kind: content.kind,
                alert: to.alert.clone(),
                incident: content
                    .incident
                    .clone()
                    .unwrap_or_else(|| IncidentId(String::new())),
                version: content.version,
                sent_at: now,
                expires_at: content.expires_at,
                role: content.role,
                exercise: content.exercise,
                responder: to.responder,
                device: phone.id.clone(),
                platform: phone.platform,
                address: phone.address.clone(),
                attention: content.attention.clone(),
            },
        }
    }
}

/// Rows that can be read. One that cannot stops none of the others; its pushes stay where they are.
pub(super) fn read(rows: &Rows) -> Vec<OutboxRow> {
    let mut read = Vec::with_capacity(rows.count());
    for row in rows.iter() {
        match OutboxRow::of(row) {
            Ok(row) => read.push(row),
            Err(Fault(error)) => {
                let no = row.int(0).unwrap_or_default();
                tracing::error!(no, %error, "a row of the outbox cannot be read");
            }
        }
    }
    read
}

/// A push that has no number yet.
pub(super) struct Draft {
    pub(super) content: Content,
    pub(super) alert: AlertId,
    pub(super) responder: ResponderNo,
    pub(super) phone: Phone,
}

/// Writes pushes, leased to this node: those of the same content together.
pub(super) fn enqueue(db: &dyn Db, drafts: Vec<Draft>, now: Timestamp) -> Done<Vec<Outgoing>> {
    let mut rows: Vec<OutboxRow> = Vec::new();
    let mut placed = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let to = Recipient {
            no: db.number()?,
            alert: draft.alert,
            responder: draft.responder,
            device: draft.phone.no,
            put_off: None,
        };
        let fits =
            |row: &OutboxRow| row.recipients.len() < RECIPIENTS_MAX && row.content == draft.content;
        let at = rows.iter().position(fits).unwrap_or(rows.len());
        if at == rows.len() {
            rows.push(OutboxRow {
                no: to.no,
                content: draft.content,
                created_at: now,
                attempts: 0,
                due_at: now + LEASE,
                owner: db.node(),
                recipients: Vec::new(),
            });
        }
        if let Some(row) = rows.get_mut(at) {
            row.no = to.no;
            placed.push((at, row.recipients.len(), draft.phone));
            row.recipients.push(to);
        }
    }
    let outgoing = placed.iter().filter_map(|(at, place, phone)| {
        let row = rows.get(*at)?;
        Some(row.outgoing(row.recipients.get(*place)?, phone, now))
    });
    let outgoing = outgoing.collect();
    for row in &mut rows {
        row.attempts = FIRST_ATTEMPT;
    }
    insert(db, &rows)?;
    Ok(outgoing)
}

/// Updates come after what somebody's safety or time hangs on.
fn class(kind: PushKind) -> u32 {
    u32::from(kind == PushKind::Update || kind.can_wait())
}

/// Writes new rows.
pub(super) fn insert(db: &dyn Db, rows: &[OutboxRow]) -> Done<()> {
    let texts = rows
        .iter()
        .map(|row| {
            let about = row.content.attention.as_ref();
            let about = about.map(serde_json::to_string).transpose()?;
            Ok((about, serde_json::to_string(&row.recipients)?))
        })
        .collect::<Done<Vec<_>>>()?;
    let values: Vec<Vec<Arg<'_>>> = rows
        .iter()
        .zip(&texts)
        .map(|(row, (about, recipients))| {
            let content = &row.content;
            args![
                row.no,
                content.incident.as_ref(),
                content.kind.as_str(),
                class(content.kind),
                content.version,
                content.role.as_str(),
                content.exercise,
                content.expires_at,
                about.as_deref(),
                row.created_at,
                row.attempts,
                row.due_at,
                row.owner,
                recipients,
            ]
            .to_vec()
        })
        .collect();
    db.execute_rows(PUT, &values)
}

/// Writes what is left of a row, and when that is due.
pub(super) fn renew(db: &dyn Db, row: &OutboxRow) -> Done<()> {
    let recipients = serde_json::to_string(&row.recipients)?;
    db.execute(RENEW, args![&recipients, row.due_at, row.no])
}
