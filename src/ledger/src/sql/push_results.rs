//! What became of pushes, and what phones prove.

use std::collections::{BTreeSet, HashMap};

use muster_core::domain::alert::{Alert, AlertState};
use muster_core::domain::event::{Actor, Event, Recorded};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Receipt;
use muster_core::domain::push::PushKind;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{LedgerError, PushReport, PushResult, PutOff};

use super::db::{Arg, Db, Row, Rows, Sql, args, sql};
use super::events::Trail;
use super::fault::{Done, Fault};
use super::outbox::{Due, LEASED};
use super::rows::int;
use super::{attention, events, guard, incidents, people};

macro_rules! touched {
    () => {
        "SELECT id, incident_id, said, body FROM alert WHERE id "
    };
}

const INCIDENT_OF_ALERT: Sql = sql!(
    "SELECT id, org_no, version FROM incident
     WHERE id = (SELECT incident_id FROM alert WHERE id = $1 AND responder_no = $2)"
    [pg " FOR NO KEY UPDATE"]
);
const ALERT: Sql = sql!([touched] "= $1");
const INCIDENTS_OF_ROWS: Sql = sql!(
    "SELECT id, org_no, version FROM incident
     WHERE id IN (SELECT incident_id FROM outbox WHERE no " [many 1] ") ORDER BY no"
    [pg " FOR NO KEY UPDATE"]
);
const ALERTS_OF_ROWS: Sql =
    sql!([touched] "IN (SELECT alert_id FROM outbox WHERE no " [many 1] ")");
const ROWS: Sql = sql!(
    "SELECT no, alert_id, responder_no, device_no, kind, generation, put_off FROM outbox
     WHERE no " [many 1] " ORDER BY no" [pg " FOR UPDATE"]
);
/// How many asks to each alert's phones are still to be sent, and how many of them nobody put off
/// yet.
const PENDING: Sql = sql!(
    "SELECT alert_id, COUNT(*), COUNT(CASE WHEN put_off = 0 THEN 1 END) FROM outbox
     WHERE kind = 'alert' AND alert_id IN (SELECT alert_id FROM outbox WHERE no " [many 1] ")
     GROUP BY alert_id"
);
const LOCK_OWNERS: Sql = sql!([pg
    "SELECT no FROM responder WHERE no IN
       (SELECT responder_no FROM outbox WHERE no = ANY($1)) ORDER BY no FOR NO KEY UPDATE"]);
const PHONES: Sql = sql!(
    "SELECT no, responder_no, generation, CASE WHEN dead_reason IS NULL THEN 1 ELSE 0 END
     FROM device WHERE responder_no IN (SELECT responder_no FROM outbox WHERE no " [many 1] ")"
);
const TOUCH: Sql = sql!(
    [lite "UPDATE alert SET state = $1, is_open = $2, said = $3, body = $4 WHERE id = $5"]
    [pg "UPDATE alert SET state = new.state, is_open = new.is_open, said = new.said,
         body = new.body
       FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS BIGINT[]), CAST($3 AS BIGINT[]),
         CAST($4 AS TEXT[]), CAST($5 AS TEXT[])) AS new (state, is_open, said, body, id)
       WHERE alert.id = new.id"]
);
const DROP: Sql = sql!("DELETE FROM outbox WHERE no " [many 1]);
/// Only whoever has the lease may put a push off.
const PUT_OFF: Sql = sql!("UPDATE outbox SET due_at = $1 WHERE no = $2 AND owner = $3");
const MARK: Sql = sql!("UPDATE outbox SET put_off = $1 WHERE no = $2");
const BURY: Sql = sql!("UPDATE device SET dead_reason = $1 WHERE no = $2 AND dead_reason IS NULL");

/// Which proofs an alert has, as a bit each.
fn said(event: &Event) -> i64 {
    match event {
        Event::Sent { .. } => 1,
        Event::Received { .. } => 2,
        Event::Seen { .. } => 4,
        _ => 0,
    }
}

/// One alert with what an event about it alone needs.
struct Touched {
    alert: Alert,
    incident: IncidentId,
    said: i64,
}

/// Alerts that are changed by an event of their own, under the locks of their incidents.
struct Touching {
    incidents: HashMap<IncidentId, (OrgNo, u64)>,
    alerts: HashMap<AlertId, Touched>,
    changed: BTreeSet<AlertId>,
    happened: Vec<(IncidentId, Actor, Recorded)>,
}

impl Touching {
    fn of(incidents: &Rows, alerts: &Rows) -> Done<Self> {
        let incident = |row: Row<'_>| Ok((IncidentId(row.string(0)?), (row.org(1)?, row.nat(2)?)));
        let alert = |row: Row<'_>| {
            let touched = Touched {
                alert: serde_json::from_str(row.text(3)?)?,
                incident: IncidentId(row.string(1)?),
                said: row.int(2)?,
            };
            Ok((AlertId(row.string(0)?), touched))
        };
        Ok(Self {
            incidents: incidents.iter().map(incident).collect::<Done<_>>()?,
            alerts: alerts.iter().map(alert).collect::<Done<_>>()?,
            changed: BTreeSet::new(),
            happened: Vec::new(),
        })
    }

    fn has_said(&self, event: &Event) -> bool {
        let touched = event.alert().and_then(|id| self.alerts.get(id));
        touched.is_some_and(|touched| match event {
            Event::Confirmed { shown, .. } => touched.alert.confirmed_version >= Some(*shown),
            _ => touched.said & said(event) != 0,
        })
    }

    /// A phone shows nothing newer than there is.
    fn possible(&self, alert: &AlertId, shown: u64) -> u64 {
        let touched = self.alerts.get(alert);
        let incident = touched.and_then(|touched| self.incidents.get(&touched.incident));
        incident.map_or(shown, |(_, version)| shown.min(*version))
    }

    /// Records an event that changes one alert and nothing else.
    fn touch(&mut self, event: Event, actor: &Actor, now: Timestamp) -> Done<()> {
        let Some(touched) = event.alert().and_then(|id| self.alerts.get_mut(id)) else {
            return Ok(());
        };
        let Some((_, version)) = self.incidents.get(&touched.incident) else {
            return Err(Fault::broken("an alert whose incident is not locked"));
        };
        touched.alert.apply(&event, now);
        touched.alert.version = *version;
        touched.said |= said(&event);
        self.changed.insert(touched.alert.id.clone());
        let recorded = Recorded {
            at: now,
            version: *version,
            event,
        };
        self.happened
            .push((touched.incident.clone(), actor.clone(), recorded));
        Ok(())
    }

    /// Writes what happened and the alerts that changed.
    fn finish(self, db: &dyn Db) -> Done<()> {
        let history: Vec<_> = self
            .happened
            .iter()
            .filter_map(|(incident, actor, recorded)| {
                let (org, _) = self.incidents.get(incident)?;
                let trail = Trail {
                    org: *org,
                    incident,
                    actor,
                };
                Some((trail, recorded))
            })
            .collect();
        // these events hold no free text, so no key is needed
        events::append(db, &history, &mut None)?;
        let changed: Vec<_> = self
            .changed
            .iter()
            .filter_map(|id| self.alerts.get(id))
            .map(|touched| Ok((touched, serde_json::to_string(&touched.alert)?)))
            .collect::<Done<_>>()?;
        let rows: Vec<Vec<Arg<'_>>> = changed
            .iter()
            .map(|(Touched { alert, said, .. }, body)| {
                let (state, open) = (alert.state.as_str(), alert.state.is_open());
                args![state, open, *said, body, &alert.id].to_vec()
            })
            .collect();
        db.execute_rows(TOUCH, &rows)
    }
}

/// Records a phone's proof, once of each kind.
pub(super) fn receipt(
    db: &dyn Db,
    owner: ResponderNo,
    (alert, receipt): (AlertId, Receipt),
    actor: &Actor,
    now: Timestamp,
) -> Done<IncidentId> {
    let [_, incident, row] = db.query([
        (guard::LOCK_OF_ALERT, args![&alert, owner]),
        (INCIDENT_OF_ALERT, args![&alert, owner]),
        (ALERT, args![&alert]),
    ])?;
    let id = incident.first().ok_or(LedgerError::NotFound)?.string(0)?;
    let mut touching = Touching::of(&incident, &row)?;
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
        Receipt::Confirmed(shown) => Event::Confirmed {
            shown: touching.possible(&alert, shown),
            alert,
        },
    };
    if !touching.has_said(&event) {
        touching.touch(event, actor, now)?;
        touching.finish(db)?;
    }
    Ok(IncidentId(id))
}

/// A row of the outbox, as far as settling needs it.
struct Sent {
    row: i64,
    alert: AlertId,
    responder: ResponderNo,
    device: i64,
    generation: i64,
    is_alert: bool,
    /// As in the table.
    put_off: i64,
}

impl Sent {
    fn of(row: Row<'_>) -> Done<Self> {
        Ok(Self {
            row: row.int(0)?,
            alert: AlertId(row.string(1)?),
            responder: ResponderNo(row.nat(2)?),
            device: row.int(3)?,
            is_alert: row.text(4)? == PushKind::Alert.as_str(),
            generation: row.int(5)?,
            put_off: row.int(6)?,
        })
    }
}

/// A phone of somebody whose push had no address to go to.
struct Phone {
    owner: ResponderNo,
    generation: i64,
    alive: bool,
}

/// Pushes of one ask that are still to be sent.
#[derive(Clone, Copy)]
struct Pending {
    all: i64,
    /// Nobody put them off yet.
    hopeful: i64,
}

/// One job of settling.
struct Settling {
    touching: Touching,
    pending: HashMap<AlertId, Pending>,
    phones: HashMap<i64, Phone>,
    dropped: Vec<i64>,
    unreachable: Vec<i64>,
    now: Timestamp,
}

/// Writes down what became of pushes. Rows that are gone were settled before.
pub(super) fn settle(db: &dyn Db, settled: Vec<PushReport>, now: Timestamp) -> Done<()> {
    let rows: Vec<i64> = settled.iter().map(|settled| settled.row).collect();
    let of_fate = |wanted: fn(&PushResult) -> bool| -> Vec<i64> {
        let wanted = settled.iter().filter(|settled| wanted(&settled.result));
        wanted.map(|settled| settled.row).collect()
    };
    let told = of_fate(|result| !matches!(result, PushResult::Later(_)));
    let gone = of_fate(|result| matches!(result, PushResult::Gone(_)));
    let [_, locked, sent, alerts, pending, _, phones] = db.query([
        (guard::LOCK_OF_ROWS, args![&told]),
        (INCIDENTS_OF_ROWS, args![&told]),
        (ROWS, args![&rows]),
        (ALERTS_OF_ROWS, args![&told]),
        (PENDING, args![&told]),
        (LOCK_OWNERS, args![&gone]),
        (PHONES, args![&gone]),
    ])?;
    let sent = sent.iter().map(Sent::of).collect::<Done<Vec<_>>>()?;
    let mut settling = Settling {
        touching: Touching::of(&locked, &alerts)?,
        pending: pending
            .iter()
            .map(|row| {
                let pending = Pending {
                    all: row.int(1)?,
                    hopeful: row.int(2)?,
                };
                Ok((AlertId(row.string(0)?), pending))
            })
            .collect::<Done<_>>()?,
        phones: phones
            .iter()
            .map(|row| {
                let phone = Phone {
                    owner: ResponderNo(row.nat(1)?),
                    generation: row.int(2)?,
                    alive: row.flag(3)?,
                };
                Ok((row.int(0)?, phone))
            })
            .collect::<Done<_>>()?,
        dropped: Vec::new(),
        unreachable: Vec::new(),
        now,
    };
    // of two words about one push the later counts: the first may be that it takes long
    let last: HashMap<i64, usize> = rows.iter().copied().zip(0..).collect();
    for (at, PushReport { row, result }) in settled.into_iter().enumerate() {
        let sent = sent.iter().find(|sent| sent.row == row);
        if let Some(sent) = sent.filter(|_| last.get(&row) == Some(&at)) {
            settling.one(db, sent, result)?;
        }
    }
    settling.finish(db)
}

impl Settling {
    fn one(&mut self, db: &dyn Db, sent: &Sent, result: PushResult) -> Done<()> {
        match result {
            PushResult::Later(at) => db.execute(PUT_OFF, args![at, sent.row, db.node()]),
            PushResult::Taken => {
                self.drop_row(sent);
                let event = Event::Sent {
                    alert: sent.alert.clone(),
                };
                if sent.is_alert && !self.touching.has_said(&event) {
                    let touched = self.touching.alerts.get(&sent.alert);
                    if let Some(waited) = touched.filter(|touched| touched.alert.is_waiting()) {
                        // its windows begin, and it holds a place again
                        incidents::wake_by(db, &waited.incident, self.now)?;
                    }
                    self.touching.touch(event, &Actor::provider(), self.now)?;
                }
                Ok(())
            }
            PushResult::PutOff(put_off) => self.put_off(db, sent, put_off),
            PushResult::Gone(reason) => {
                if self.bury(db, sent, &reason)? {
                    return self.failed(db, sent, reason);
                }
                // the phone has a new address by now
                self.one(db, sent, PushResult::Later(self.now))
            }
            PushResult::Expired => self.failed(db, sent, "expired".to_owned()),
        }
    }

    fn drop_row(&mut self, sent: &Sent) {
        self.dropped.push(sent.row);
        if sent.is_alert
            && let Some(pending) = self.pending.get_mut(&sent.alert)
        {
            pending.all -= 1;
            pending.hopeful -= i64::from(sent.put_off == 0);
        }
    }

    /// The push is kept, and nobody takes it for now.
    fn put_off(&mut self, db: &dyn Db, sent: &Sent, put_off: PutOff) -> Done<()> {
        if let Some(at) = put_off.until {
            db.execute(PUT_OFF, args![at, sent.row, db.node()])?;
        }
        let mark = if put_off.all { 2 } else { 1 };
        if sent.put_off != mark {
            db.execute(MARK, args![mark, sent.row])?;
        }
        if sent.is_alert
            && sent.put_off == 0
            && let Some(pending) = self.pending.get_mut(&sent.alert)
        {
            pending.hopeful -= 1;
        }
        self.wait(db, sent, put_off.why)
    }

    /// When no push of an ask has hope any more and some are kept, the ask waits: its incident
    /// looks at once for somebody who can be reached.
    fn wait(&mut self, db: &dyn Db, sent: &Sent, reason: String) -> Done<()> {
        let pending = self.pending.get(&sent.alert);
        let kept = pending.is_some_and(|pending| pending.all > 0 && pending.hopeful <= 0);
        let Some(touched) = self.touching.alerts.get(&sent.alert) else {
            return Ok(());
        };
        let untold = touched.alert.state == AlertState::Queued && !touched.alert.is_waiting();
        if !sent.is_alert || !kept || !untold {
            return Ok(());
        }
        incidents::wake_by(db, &touched.incident, self.now)?;
        let alert = sent.alert.clone();
        let event = Event::PushPutOff { alert, reason };
        self.touching.touch(event, &Actor::provider(), self.now)
    }

    /// The address is dead; no push goes there until the phone registers again. False when it has
    /// registered since.
    fn bury(&mut self, db: &dyn Db, sent: &Sent, reason: &str) -> Done<bool> {
        let Some(phone) = self.phones.get_mut(&sent.device) else {
            return Ok(true);
        };
        if phone.generation != sent.generation {
            return Ok(false);
        }
        if phone.alive {
            phone.alive = false;
            db.execute(BURY, args![reason, sent.device])?;
            attention::look(db, sent.device, self.now)?;
            let mut own = self.phones.values().filter(|p| p.owner == sent.responder);
            if !own.any(|phone| phone.alive) {
                self.unreachable.push(int(sent.responder.0));
            }
        }
        Ok(true)
    }

    /// The push will not arrive. When it was the last hope of an alert, its incident looks at
    /// once.
    fn failed(&mut self, db: &dyn Db, sent: &Sent, reason: String) -> Done<()> {
        self.drop_row(sent);
        let pending = self.pending.get(&sent.alert).is_some_and(|n| n.all > 0);
        let Some(touched) = self.touching.alerts.get(&sent.alert) else {
            return Ok(());
        };
        // taken by a provider or received by a phone would be past `queued`
        let last = sent.is_alert && !pending && touched.alert.state == AlertState::Queued;
        if last {
            incidents::wake_by(db, &touched.incident, self.now)?;
        }
        let event = Event::PushFailed {
            alert: sent.alert.clone(),
            reason: reason.clone(),
            last,
        };
        self.touching.touch(event, &Actor::provider(), self.now)?;
        // of several phones this one is lost, and the others may wait
        self.wait(db, sent, reason)
    }

    fn finish(self, db: &dyn Db) -> Done<()> {
        self.touching.finish(db)?;
        if !self.dropped.is_empty() {
            db.execute(DROP, args![&self.dropped])?;
        }
        if !self.unreachable.is_empty() {
            db.execute(people::RENEW_LATER, args![&self.unreachable])?;
        }
        Ok(())
    }
}

/// Drops rows that this node leased and found worth nothing, with a logged reason. What has
/// become worth sending since is due at once.
pub(super) fn drop_moot(db: &dyn Db, rows: &Vec<i64>, now: Timestamp) -> Done<()> {
    let [_, locked, leased, alerts] = db.query([
        (guard::LOCK_OF_ROWS, args![rows]),
        (INCIDENTS_OF_ROWS, args![rows]),
        (LEASED, args![rows, db.node()]),
        (ALERTS_OF_ROWS, args![rows]),
    ])?;
    let mut touching = Touching::of(&locked, &alerts)?;
    let mut dropped = Vec::new();
    for row in leased.iter() {
        let due = Due::of(row)?;
        let Some(reason) = due.moot(now) else {
            db.execute(PUT_OFF, args![now, due.row, db.node()])?;
            continue;
        };
        dropped.push(due.row);
        let event = Event::PushFailed {
            alert: due.alert,
            reason: reason.to_owned(),
            last: false,
        };
        touching.touch(event, &Actor::provider(), now)?;
    }
    touching.finish(db)?;
    db.execute(DROP, args![&dropped])
}
