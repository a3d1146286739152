//! Pushes to be sent: written with the decision, leased, settled.

use std::collections::BTreeSet;

use muster_core::domain::event::Recorded;
use muster_core::domain::failing::Attention;
use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::push::{Platform, PushAddress, PushKind, PushMessage, Wakeup, wakeups};
use muster_core::domain::selection::Role;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::Outgoing;

use super::db::{Arg, Db, Row, Sql, args, sql};
use super::fault::{Done, Fault};
use super::phones::{self, Phone};
use super::responders::Responders;
use super::rows::{bound, push_kind, word};

/// So long one node has to send a push before another try is due.
pub(super) const LEASE: Millis = Millis::from_s(30);
/// The number of the attempt that a row is written for.
const FIRST_ATTEMPT: i64 = 1;
/// Everything but the ask itself is worth sending for at least so long.
const WORTH: Millis = Millis::from_s(600);

const PUT: Sql = sql!(
    "INSERT INTO outbox (no, incident_id, alert_id, responder_no, device_no, kind, class, version,
       role, exercise, expires_at, created_at, attempts, due_at, owner, generation, about) "
    [lite "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"]
    [pg "SELECT * FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]), CAST($3 AS TEXT[]),
       CAST($4 AS BIGINT[]), CAST($5 AS BIGINT[]), CAST($6 AS TEXT[]), CAST($7 AS BIGINT[]),
       CAST($8 AS BIGINT[]), CAST($9 AS TEXT[]), CAST($10 AS BIGINT[]), CAST($11 AS BIGINT[]),
       CAST($12 AS BIGINT[]), CAST($13 AS BIGINT[]), CAST($14 AS BIGINT[]),
       CAST($15 AS BIGINT[]), CAST($16 AS BIGINT[]), CAST($17 AS TEXT[]))"]
);
macro_rules! due {
    () => {
        "SELECT o.no, o.incident_id, o.alert_id, o.responder_no, o.kind, o.version, o.role,
           o.exercise, o.expires_at, o.attempts, COALESCE(a.is_open, 0), d.id, d.platform,
           d.address, o.about
         FROM outbox o
         LEFT JOIN alert a ON a.id = o.alert_id
         LEFT JOIN device d ON d.no = o.device_no AND d.dead_reason IS NULL "
    };
}
const DUE: Sql = sql!(
    [due] "WHERE o.due_at <= $1 ORDER BY o.class, o.no LIMIT $2"
    [pg " FOR UPDATE OF o SKIP LOCKED"]
);
/// Rows that this node leased, by number.
pub(super) const LEASED: Sql = sql!(
    [due] "WHERE o.no " [many 1] " AND o.owner = $2 ORDER BY o.no" [pg " FOR UPDATE OF o"]
);
const LEASE_ROWS: Sql = sql!(
    "UPDATE outbox SET due_at = $1, attempts = attempts + 1, owner = $2,
       generation = COALESCE(
         (SELECT d.generation FROM device d WHERE d.no = outbox.device_no), generation)
     WHERE no " [many 3]
);
/// Rows of an incident that another node was to send first, and of which it has said nothing yet;
/// with the last value 1 also this node's own.
const UNSENT: Sql = sql!(
    [due] "WHERE o.alert_id IN (SELECT id FROM alert WHERE incident_id = $1)
       AND o.due_at = o.created_at + $2 AND (o.owner <> $3 OR CAST($4 AS BIGINT) = 1) ORDER BY o.no"
    [pg " FOR UPDATE OF o SKIP LOCKED"]
);
const TAKE_OVER: Sql =
    sql!("UPDATE outbox SET due_at = $1, created_at = $2, owner = $3 WHERE no " [many 4]);
/// Phones that asks wait for, because their service takes nothing.
const STUCK: Sql = sql!(
    "SELECT DISTINCT d.platform, d.address FROM outbox o JOIN device d ON d.no = o.device_no
     WHERE o.put_off = 2 AND o.alert_id " [many 1]
);
/// Makes the rows of other owners due at once.
pub(crate) const ADOPT_ALL: Sql =
    sql!("UPDATE outbox SET due_at = 0 WHERE owner <> $1 AND due_at > 0");

/// Rows of nodes that are gone.
const ADOPT: Sql = sql!(
    "UPDATE outbox SET due_at = 0 WHERE no IN
       (SELECT no FROM outbox WHERE owner " [many 1] " AND due_at > 0 ORDER BY no"
    [pg " FOR UPDATE"] ") RETURNING no"
);

/// Makes the pushes of these nodes due at once, because they will not send them. Returns how many.
pub fn adopt(db: &dyn Db, gone: &Vec<i64>) -> Done<usize> {
    Ok(db.query_one(ADOPT, args![gone])?.count())
}

/// Updates come after what somebody's safety or time hangs on.
fn class(kind: PushKind) -> u32 {
    u32::from(kind == PushKind::Update || kind.can_wait())
}

/// A push that a decision means, before it has a row.
pub(super) struct Planned {
    wakeup: Wakeup,
    responder: ResponderNo,
    phone: Phone,
}

/// Finds every phone of everybody whom the events concern; `responders` knows most of them already.
/// `answered` is the phone that caused the events.
pub(super) fn plan(
    db: &dyn Db,
    responders: &Responders,
    (incident, events): (&Incident, &[Recorded]),
    answered: Option<&str>,
) -> Done<Vec<Planned>> {
    let mut asked: Vec<(Wakeup, ResponderNo)> = Vec::new();
    for recorded in events {
        for wakeup in wakeups(incident, &recorded.event) {
            let known = asked.iter().any(|(other, _)| *other == wakeup);
            let alert = incident.alert(&wakeup.alert).filter(|_| !known);
            asked.extend(alert.map(|alert| (wakeup, alert.responder)));
        }
    }
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = asked.iter().map(|(_, no)| *no).collect();
    let phones = responders.phones(db, &numbers)?;
    let mut planned = Vec::new();
    for (wakeup, responder) in asked {
        let own = phones
            .get(&responder)
            .map(Vec::as_slice)
            .unwrap_or_default();
        // a responder with one phone has answered with that one, whatever it calls itself
        if wakeup.others_only && own.len() < 2 {
            continue;
        }
        for phone in own {
            if wakeup.others_only && answered == Some(phone.id.as_str()) {
                continue;
            }
            planned.push(Planned {
                wakeup: wakeup.clone(),
                responder,
                phone: phone.clone(),
            });
        }
    }
    Ok(planned)
}

/// A word to all phones of one responder that is of no incident.
pub(super) struct Word<'a> {
    pub(super) kind: PushKind,
    /// Its name, which stands for the alert's.
    pub(super) id: &'a AlertId,
    pub(super) expires_at: Timestamp,
    pub(super) attention: Option<Attention>,
}

/// Writes it for each phone that a push can reach, leased to this node.
pub(super) fn enqueue_word(
    db: &dyn Db,
    who: ResponderNo,
    said: &Word<'_>,
    now: Timestamp,
) -> Done<Vec<Outgoing>> {
    let phones = phones::of_responders(db, &[who])?;
    let outgoing = phones
        .into_values()
        .flatten()
        .map(|phone| {
            let row = Outgoing {
                row: db.number()?,
                attempts: 0,
                message: PushMessage {
                    kind: said.kind,
                    alert: said.id.clone(),
                    incident: IncidentId(String::new()),
                    version: 1,
                    sent_at: now,
                    expires_at: said.expires_at,
                    role: Role::Guide,
                    exercise: false,
                    responder: who,
                    device: phone.id,
                    platform: phone.platform,
                    address: phone.address,
                    attention: said.attention.clone(),
                },
            };
            Ok((phone.no, phone.generation, row))
        })
        .collect::<Done<Vec<_>>>()?;
    write(db, outgoing, now)
}

/// Writes a row per phone, leased to this node.
pub(super) fn enqueue(
    db: &dyn Db,
    incident: &Incident,
    planned: Vec<Planned>,
    now: Timestamp,
) -> Done<Vec<Outgoing>> {
    let outgoing = planned
        .into_iter()
        .map(|push| {
            let generation = push.phone.generation;
            let device = push.phone.no;
            Ok((device, generation, push.outgoing(db, incident, now)?))
        })
        .collect::<Done<Vec<_>>>()?;
    write(db, outgoing, now)
}

/// Writes rows, each with the number and the generation of its phone.
fn write(db: &dyn Db, outgoing: Vec<(i64, i64, Outgoing)>, now: Timestamp) -> Done<Vec<Outgoing>> {
    let abouts = outgoing
        .iter()
        .map(|(_, _, row)| row.message.attention.as_ref())
        .map(|about| about.map(serde_json::to_string).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<Vec<Arg<'_>>> = outgoing
        .iter()
        .zip(&abouts)
        .map(
            |((device, generation, Outgoing { row, message, .. }), about)| {
                args![
                    *row,
                    &message.incident,
                    &message.alert,
                    message.responder,
                    *device,
                    message.kind.as_str(),
                    class(message.kind),
                    message.version,
                    message.role.as_str(),
                    message.exercise,
                    message.expires_at,
                    now,
                    FIRST_ATTEMPT,
                    now + LEASE,
                    db.node(),
                    *generation,
                    about.as_deref(),
                ]
                .to_vec()
            },
        )
        .collect();
    db.execute_rows(PUT, &rows)?;
    Ok(outgoing.into_iter().map(|(_, _, row)| row).collect())
}

impl Planned {
    fn outgoing(self, db: &dyn Db, incident: &Incident, now: Timestamp) -> Done<Outgoing> {
        let Wakeup { kind, alert, .. } = self.wakeup;
        let alert = incident
            .alert(&alert)
            .ok_or_else(|| Fault::broken("a push for no alert"))?;
        let expires_at = match kind {
            PushKind::Alert => alert.expires_at,
            _ => alert.expires_at.max(now + WORTH),
        };
        Ok(Outgoing {
            row: db.number()?,
            attempts: 0,
            message: PushMessage {
                kind,
                alert: alert.id.clone(),
                incident: incident.opening.id.clone(),
                version: alert.newest(),
                sent_at: now,
                expires_at,
                role: alert.role,
                exercise: incident.opening.exercise,
                responder: self.responder,
                device: self.phone.id,
                platform: self.phone.platform,
                address: self.phone.address,
                attention: None,
            },
        })
    }
}

/// A row with what decides whether it is still worth sending.
pub(super) struct Due {
    pub(super) row: i64,
    incident: IncidentId,
    pub(super) alert: AlertId,
    responder: ResponderNo,
    kind: PushKind,
    version: u64,
    role: Role,
    exercise: bool,
    expires_at: Timestamp,
    attempts: u32,
    alert_open: bool,
    /// The phone while it is there.
    device: Option<(DeviceId, Platform, PushAddress)>,
    attention: Option<Attention>,
}

impl Due {
    pub(super) fn of(row: Row<'_>) -> Done<Self> {
        let device = row.opt_text(11)?.map(|id| {
            Ok::<_, Fault>((
                DeviceId::from(id),
                word(row.text(12)?, Platform::parse)?,
                serde_json::from_str(row.text(13)?)?,
            ))
        });
        Ok(Self {
            row: row.int(0)?,
            incident: IncidentId(row.string(1)?),
            alert: AlertId(row.string(2)?),
            responder: ResponderNo(row.nat(3)?),
            kind: word(row.text(4)?, push_kind)?,
            version: row.nat(5)?,
            role: word(row.text(6)?, Role::parse)?,
            exercise: row.flag(7)?,
            expires_at: row.instant(8)?,
            attempts: u32::try_from(row.int(9)?).unwrap_or(u32::MAX),
            alert_open: row.flag(10)?,
            device: device.transpose()?,
            attention: row.opt_text(14)?.map(serde_json::from_str).transpose()?,
        })
    }

    /// Why it is not worth sending any more.
    pub(super) fn moot(&self, now: Timestamp) -> Option<&'static str> {
        if self.kind == PushKind::Alert && !self.alert_open {
            return Some("called_off");
        }
        if self.expires_at <= now {
            return Some("expired");
        }
        self.device.is_none().then_some("device_removed")
    }

    fn outgoing(self, now: Timestamp) -> Option<Outgoing> {
        let (device, platform, address) = self.device?;
        Some(Outgoing {
            row: self.row,
            attempts: self.attempts,
            message: PushMessage {
                kind: self.kind,
                alert: self.alert,
                incident: self.incident,
                version: self.version,
                sent_at: now,
                expires_at: self.expires_at,
                role: self.role,
                exercise: self.exercise,
                responder: self.responder,
                device,
                platform,
                address,
                attention: self.attention,
            },
        })
    }
}

/// Takes over the pushes of an incident from a node that may be gone before it sent them, so that
/// whoever answers can send them at once. A node that is not gone sends them too: phones drop
/// repeats.
pub(super) fn take_over(
    db: &dyn Db,
    incident: &IncidentId,
    (own, now): (bool, Timestamp),
) -> Done<Vec<Outgoing>> {
    let rows = db.query_one(UNSENT, args![incident, LEASE.0, db.node(), own])?;
    let unsent = rows.iter().map(Due::of).collect::<Done<Vec<_>>>()?;
    let worth: Vec<Due> = unsent
        .into_iter()
        .filter(|due| due.moot(now).is_none())
        .collect();
    if !worth.is_empty() {
        let numbers: Vec<i64> = worth.iter().map(|due| due.row).collect();
        db.execute(TAKE_OVER, args![now + LEASE, now, db.node(), &numbers])?;
    }
    let taken = worth.into_iter().filter_map(|due| due.outgoing(now));
    Ok(taken.collect())
}

/// Services that take nothing, as far as asks of this incident wait for them.
pub(super) fn stuck(db: &dyn Db, incident: &Incident) -> Done<BTreeSet<String>> {
    let waiting = incident.alerts.iter().filter(|alert| alert.is_waiting());
    let waiting: Vec<String> = waiting.map(|alert| alert.id.0.clone()).collect();
    if waiting.is_empty() {
        return Ok(BTreeSet::new());
    }
    db.query_one(STUCK, args![&waiting])?
        .iter()
        .map(|row| {
            let platform = word(row.text(0)?, Platform::parse)?;
            let address: PushAddress = serde_json::from_str(row.text(1)?)?;
            Ok(address.service(platform).to_owned())
        })
        .collect()
}

/// Leases what nobody is sending. The second list are rows that are worth nothing any more: they
/// are leased too, and dropped in a transaction that locks their incidents first.
pub(super) fn lease(db: &dyn Db, now: Timestamp, limit: usize) -> Done<(Vec<Outgoing>, Vec<i64>)> {
    let due = db
        .query_one(DUE, args![now, bound(limit)])?
        .iter()
        .map(Due::of)
        .collect::<Done<Vec<_>>>()?;
    if due.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let rows: Vec<i64> = due.iter().map(|due| due.row).collect();
    db.execute(LEASE_ROWS, args![now + LEASE, db.node(), &rows])?;
    let (moot, worth): (Vec<Due>, Vec<Due>) =
        due.into_iter().partition(|due| due.moot(now).is_some());
    let moot = moot.iter().map(|due| due.row).collect();
    let leased = worth.into_iter().filter_map(|due| due.outgoing(now));
    Ok((leased.collect(), moot))
}
