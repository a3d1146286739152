//! What became of pushes, and what phones prove.

use muster_core::domain::alert::{Alert, AlertState};
use muster_core::domain::event::{Actor, Event, Recorded};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Receipt;
use muster_core::domain::push::PushKind;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Fate, LedgerError, Settled};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::events::Trail;
use super::fault::Done;
use super::rows::{int, nat};
use super::{events, incidents, people};

/// One alert with what an event about it alone needs of its incident.
struct Touched {
    alert: Alert,
    ord: usize,
    incident: IncidentId,
    org: OrgNo,
    version: u64,
}

fn load(db: &Connection, alert: &AlertId) -> Done<Option<Touched>> {
    let row = db
        .prepare_cached(
            "SELECT a.body, a.ord, i.id, i.org_no, i.version
             FROM alert a JOIN incident i ON i.id = a.incident_id WHERE a.id = $1",
        )?
        .query_row(params![alert.as_str()], |row| {
            let body: String = row.get(0)?;
            let ord: u32 = row.get(1)?;
            Ok((body, ord, row.get(2)?, row.get(3)?, row.get::<_, i64>(4)?))
        })
        .optional()?;
    let Some((body, ord, incident, org, version)) = row else {
        return Ok(None);
    };
    Ok(Some(Touched {
        alert: serde_json::from_str(&body)?,
        ord: ord as usize,
        incident: IncidentId(incident),
        org: OrgNo(org),
        version: nat(version),
    }))
}

/// Records an event that changes one alert and nothing else.
fn touch(
    db: &Connection,
    touched: &mut Touched,
    event: Event,
    actor: &Actor,
    now: Timestamp,
) -> Done<()> {
    let version = touched.version;
    touched.alert.apply(&event, now);
    touched.alert.version = version;
    incidents::put_alert(db, &touched.incident, touched.ord, &touched.alert)?;
    let trail = Trail {
        org: touched.org,
        incident: &touched.incident,
        actor,
    };
    let recorded = Recorded {
        at: now,
        version,
        event,
    };
    events::append(db, trail, &recorded)
}

fn said_before(db: &Connection, event: &Event) -> Done<bool> {
    Ok(db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM event WHERE alert_id = $1 AND type = $2)")?
        .query_row(
            params![event.alert().map(AlertId::as_str), events::type_of(event)?],
            |row| row.get(0),
        )?)
}

/// Records a phone's proof, once of each kind.
pub(super) fn receipt(
    db: &Connection,
    owner: ResponderNo,
    (alert, receipt): (AlertId, Receipt),
    actor: &Actor,
    now: Timestamp,
) -> Done<IncidentId> {
    let mut touched = load(db, &alert)?
        .filter(|touched| touched.alert.responder == owner)
        .ok_or(LedgerError::NotFound)?;
    let event = match receipt {
        Receipt::Sent => Event::Sent { alert },
        Receipt::Received {
            priority_original,
            priority_delivered,
        } => Event::Received {
            alert,
            priority_original,
            priority_delivered,
        },
        Receipt::Seen => Event::Seen { alert },
    };
    if !said_before(db, &event)? {
        touch(db, &mut touched, event, actor, now)?;
    }
    Ok(touched.incident)
}

/// Records what a provider said of an alert.
pub(super) fn provider_said(db: &Connection, event: Event, now: Timestamp) -> Done<()> {
    let touched = event
        .alert()
        .map(|alert| load(db, alert))
        .transpose()?
        .flatten();
    if let Some(mut touched) = touched {
        touch(db, &mut touched, event, &Actor::provider(), now)?;
    }
    Ok(())
}

/// Takes a row out of the outbox.
pub(super) fn drop_row(db: &Connection, row: i64) -> Done<()> {
    db.prepare_cached("DELETE FROM outbox WHERE no = $1")?
        .execute(params![row])?;
    Ok(())
}

/// A row of the outbox, as far as settling needs it.
struct Sent {
    row: i64,
    alert: AlertId,
    responder: ResponderNo,
    device: i64,
    generation: i64,
    is_alert: bool,
}

fn row(db: &Connection, row: i64) -> Done<Option<Sent>> {
    Ok(db
        .prepare_cached(
            "SELECT alert_id, responder_no, device_no, kind, generation FROM outbox WHERE no = $1",
        )?
        .query_row(params![row], |columns| {
            Ok(Sent {
                row,
                alert: AlertId(columns.get(0)?),
                responder: ResponderNo(nat(columns.get(1)?)),
                device: columns.get(2)?,
                is_alert: columns.get::<_, String>(3)? == PushKind::Alert.as_str(),
                generation: columns.get(4)?,
            })
        })
        .optional()?)
}

/// Writes down what became of pushes. Rows that are gone were settled before.
pub(super) fn settle(db: &Connection, settled: Vec<Settled>, now: Timestamp) -> Done<()> {
    for Settled { row: no, fate } in settled {
        if let Some(sent) = row(db, no)? {
            settle_one(db, &sent, fate, now)?;
        }
    }
    Ok(())
}

fn settle_one(db: &Connection, sent: &Sent, fate: Fate, now: Timestamp) -> Done<()> {
    match fate {
        Fate::Later(at) => {
            db.prepare_cached("UPDATE outbox SET due_at = $1 WHERE no = $2")?
                .execute(params![at.0, sent.row])?;
            Ok(())
        }
        Fate::Taken => {
            drop_row(db, sent.row)?;
            let event = Event::Sent {
                alert: sent.alert.clone(),
            };
            if sent.is_alert && !said_before(db, &event)? {
                provider_said(db, event, now)?;
            }
            Ok(())
        }
        Fate::Gone(reason) => {
            if bury(db, sent, &reason)? {
                return failed(db, sent, reason, now);
            }
            // the phone has a new address by now
            settle_one(db, sent, Fate::Later(now), now)
        }
        Fate::Refused(reason) => failed(db, sent, reason, now),
        Fate::Expired => failed(db, sent, "expired".to_owned(), now),
    }
}

/// The address is dead; no push goes there until the phone registers again. False when it has
/// registered since.
fn bury(db: &Connection, sent: &Sent, reason: &str) -> Done<bool> {
    let moved: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM device WHERE no = $1 AND generation <> $2)")?
        .query_row(params![sent.device, sent.generation], |row| row.get(0))?;
    if moved {
        return Ok(false);
    }
    let buried = db
        .prepare_cached("UPDATE device SET dead_reason = $1 WHERE no = $2 AND dead_reason IS NULL")?
        .execute(params![reason, sent.device])?;
    if buried > 0 && !people::reachable(db, sent.responder)? {
        people::renew_later(db, sent.responder)?;
    }
    Ok(true)
}

/// The push will not arrive. When it was the last hope of an alert, its incident looks at once.
fn failed(db: &Connection, sent: &Sent, reason: String, now: Timestamp) -> Done<()> {
    drop_row(db, sent.row)?;
    let Some(mut touched) = load(db, &sent.alert)? else {
        return Ok(());
    };
    let pending: bool = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox WHERE alert_id = $1 AND kind = $2)")?
        .query_row(
            params![sent.alert.as_str(), PushKind::Alert.as_str()],
            |row| row.get(0),
        )?;
    // taken by a provider or received by a phone would be past `queued`
    let last = sent.is_alert && !pending && touched.alert.state == AlertState::Queued;
    let event = Event::PushFailed {
        alert: sent.alert.clone(),
        reason,
        last,
    };
    touch(db, &mut touched, event, &Actor::provider(), now)?;
    if last {
        incidents::wake_by(db, &touched.incident, now)?;
    }
    Ok(())
}

/// Numbers of responders whose profile changed by itself, at most `limit`; the flags are cleared.
pub(super) fn drain_changed(db: &Connection, now: Timestamp, limit: i64) -> Done<Vec<ResponderNo>> {
    db.prepare_cached(
        "UPDATE responder SET on_duty = 1 - on_duty, duty_until = NULL, version = version + 1,
           dirty = 1
         WHERE no IN (SELECT no FROM responder WHERE duty_until IS NOT NULL AND duty_until <= $1
                      ORDER BY duty_until LIMIT $2)",
    )?
    .execute(params![now.0, limit])?;
    let numbers = db
        .prepare_cached("SELECT no FROM responder WHERE dirty = 1 ORDER BY no LIMIT $1")?
        .query_map(params![limit], |row| Ok(ResponderNo(nat(row.get(0)?))))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut clear = db.prepare_cached("UPDATE responder SET dirty = 0 WHERE no = $1")?;
    for no in &numbers {
        clear.execute(params![int(no.0)])?;
    }
    Ok(numbers)
}
