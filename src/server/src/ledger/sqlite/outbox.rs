//! Pushes to be sent: written with the decision, leased, settled.

use muster_core::domain::event::{Event, Recorded};
use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::push::{Platform, PushKind, PushMessage, Wakeup, wakeups};
use muster_core::domain::selection::Role;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::Outgoing;
use rusqlite::{Connection, Row, params};

use super::fault::Done;
use super::rows::{bound, int, nat, push_kind, word};
use super::{people, settle};

/// So long one node has to send a push before another try is due.
pub(super) const LEASE: Millis = Millis::from_s(30);
/// Everything but the ask itself is worth sending for at least so long.
const WORTH: Millis = Millis::from_s(600);

/// Updates come after what somebody's safety or time hangs on.
fn class(kind: PushKind) -> u8 {
    u8::from(matches!(kind, PushKind::Update | PushKind::Test))
}

/// Writes a row per phone of everybody whom the events concern, leased to this process.
/// `answered` is the phone that caused them.
pub(super) fn enqueue(
    db: &Connection,
    boot: i64,
    incident: &Incident,
    events: &[Recorded],
    (answered, now): (Option<&str>, Timestamp),
) -> Done<Vec<Outgoing>> {
    let mut asked: Vec<Wakeup> = Vec::new();
    for recorded in events {
        for wakeup in wakeups(incident, &recorded.event) {
            if !asked.contains(&wakeup) {
                asked.push(wakeup);
            }
        }
    }
    let mut outgoing = Vec::new();
    for wakeup in asked {
        let mut rows = enqueue_one(db, boot, incident, (&wakeup, answered), now)?;
        outgoing.append(&mut rows);
    }
    Ok(outgoing)
}

fn enqueue_one(
    db: &Connection,
    boot: i64,
    incident: &Incident,
    (wakeup, answered): (&Wakeup, Option<&str>),
    now: Timestamp,
) -> Done<Vec<Outgoing>> {
    let kind = wakeup.kind;
    let Some(alert) = incident.alert(&wakeup.alert) else {
        return Ok(Vec::new());
    };
    // a responder with one phone has answered with that one, whatever it calls itself
    if wakeup.others_only && people::live_devices(db, alert.responder)? < 2 {
        return Ok(Vec::new());
    }
    let expires_at = match kind {
        PushKind::Alert => alert.expires_at,
        _ => alert.expires_at.max(now + WORTH),
    };
    let mut devices = db.prepare_cached(
        "SELECT no, id, platform, address, generation FROM device
         WHERE responder_no = $1 AND dead_reason IS NULL ORDER BY no",
    )?;
    let mut insert = db.prepare_cached(
        "INSERT INTO outbox (incident_id, alert_id, responder_no, device_no, kind, class,
           version, role, exercise, expires_at, created_at, attempts, due_at, owner, generation)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14)",
    )?;
    let mut outgoing = Vec::new();
    let mut rows = devices.query(params![int(alert.responder.0)])?;
    while let Some(device) = rows.next()? {
        if wakeup.others_only && answered == device.get_ref(1)?.as_str().ok() {
            continue;
        }
        let opening = &incident.opening;
        let row = insert.insert(params![
            opening.id.as_str(),
            alert.id.as_str(),
            int(alert.responder.0),
            device.get::<_, i64>(0)?,
            kind.as_str(),
            class(kind),
            int(alert.version),
            alert.role.as_str(),
            opening.exercise,
            expires_at.0,
            now.0,
            (now + LEASE).0,
            boot,
            device.get::<_, i64>(4)?,
        ])?;
        let message = PushMessage {
            kind,
            alert: alert.id.clone(),
            incident: opening.id.clone(),
            version: alert.version,
            sent_at: now,
            expires_at,
            role: alert.role,
            exercise: opening.exercise,
            responder: alert.responder,
            device: DeviceId(device.get(1)?),
            platform: word(
                device.get_ref(2)?.as_str().unwrap_or_default(),
                Platform::parse,
            )?,
            address: serde_json::from_str(device.get_ref(3)?.as_str().unwrap_or_default())?,
        };
        outgoing.push(Outgoing {
            row,
            attempts: 0,
            message,
        });
    }
    Ok(outgoing)
}

/// A row with what decides whether it is still worth sending.
struct Due {
    row: i64,
    incident: IncidentId,
    alert: AlertId,
    responder: ResponderNo,
    kind: String,
    version: u64,
    role: String,
    exercise: bool,
    expires_at: Timestamp,
    attempts: u32,
    alert_open: bool,
    /// Name, platform and address, while the phone is there.
    device: Option<(String, String, String)>,
}

impl Due {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let device: Option<String> = row.get(11)?;
        Ok(Self {
            row: row.get(0)?,
            incident: IncidentId(row.get(1)?),
            alert: AlertId(row.get(2)?),
            responder: ResponderNo(nat(row.get(3)?)),
            kind: row.get(4)?,
            version: nat(row.get(5)?),
            role: row.get(6)?,
            exercise: row.get(7)?,
            expires_at: Timestamp(row.get(8)?),
            attempts: row.get(9)?,
            alert_open: row.get(10)?,
            device: device
                .map(|id| Ok::<_, rusqlite::Error>((id, row.get(12)?, row.get(13)?)))
                .transpose()?,
        })
    }

    /// Why it is not worth sending any more.
    fn moot(&self, now: Timestamp) -> Option<&'static str> {
        if self.kind == PushKind::Alert.as_str() && !self.alert_open {
            return Some("called_off");
        }
        if self.expires_at <= now {
            return Some("expired");
        }
        self.device.is_none().then_some("device_removed")
    }

    fn message(self, now: Timestamp) -> Done<Option<PushMessage>> {
        let Some((device, platform, address)) = self.device else {
            return Ok(None);
        };
        Ok(Some(PushMessage {
            kind: word(&self.kind, push_kind)?,
            alert: self.alert,
            incident: self.incident,
            version: self.version,
            sent_at: now,
            expires_at: self.expires_at,
            role: word(&self.role, Role::parse)?,
            exercise: self.exercise,
            responder: self.responder,
            device: DeviceId(device),
            platform: word(&platform, Platform::parse)?,
            address: serde_json::from_str(&address)?,
        }))
    }
}

/// Leases what nobody is sending; drops with a logged reason what is worth nothing any more.
pub(super) fn lease(
    db: &Connection,
    boot: i64,
    now: Timestamp,
    limit: usize,
) -> Done<Vec<Outgoing>> {
    let due = db
        .prepare_cached(
            "SELECT o.no, o.incident_id, o.alert_id, o.responder_no, o.kind, o.version, o.role,
               o.exercise, o.expires_at, o.attempts, a.is_open, d.id, d.platform, d.address
             FROM outbox o
             JOIN alert a ON a.id = o.alert_id
             LEFT JOIN device d ON d.no = o.device_no AND d.dead_reason IS NULL
             WHERE o.due_at <= $1 ORDER BY o.class, o.no LIMIT $2",
        )?
        .query_map(params![now.0, bound(limit)], Due::of)?
        .collect::<Result<Vec<_>, _>>()?;
    let mut leased = Vec::new();
    for row in due {
        if let Some(reason) = row.moot(now) {
            settle::drop_row(db, row.row)?;
            let event = Event::PushFailed {
                alert: row.alert.clone(),
                reason: reason.to_owned(),
                last: false,
            };
            settle::provider_said(db, event, now)?;
            continue;
        }
        db.prepare_cached(
            "UPDATE outbox SET due_at = $1, attempts = attempts + 1, owner = $2,
               generation = (SELECT d.generation FROM device d WHERE d.no = outbox.device_no)
             WHERE no = $3",
        )?
        .execute(params![(now + LEASE).0, boot, row.row])?;
        let (no, attempts) = (row.row, row.attempts);
        leased.extend(row.message(now)?.map(|message| Outgoing {
            row: no,
            attempts,
            message,
        }));
    }
    Ok(leased)
}

/// Rows of processes that are gone are due at once.
pub(super) fn adopt(db: &Connection, boot: i64) -> Done<()> {
    db.execute(
        "UPDATE outbox SET due_at = 0 WHERE owner <> $1 AND due_at > 0",
        params![boot],
    )?;
    Ok(())
}
