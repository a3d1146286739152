//! Pushes to be sent, what became of them, and what phones prove.

use super::Broken;
use super::decide::{Made, Writer};
use super::tables::{Phone, Row};
use super::world::Inner;
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Actor, Event, Recorded};
use crate::domain::ids::{AlertId, IncidentId, ResponderNo};
use crate::domain::incident::{Incident, Receipt};
use crate::domain::push::{PushKind, PushMessage, Wakeup, wakeups};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{LedgerError, Outgoing, PushReport, PushResult, PutOff};

/// So long one node has to send a push before another try is due.
const LEASE: Millis = Millis::from_s(30);
/// Everything but the ask itself is worth sending for at least so long.
const WORTH: Millis = Millis::from_s(600);

impl Inner {
    /// Writes a row per phone of everybody whom the events concern.
    pub(super) fn enqueue(
        &mut self,
        boot: u64,
        incident: &Incident,
        events: &[Recorded],
        (answered, now): (Option<&str>, Timestamp),
    ) -> Vec<Outgoing> {
        let mut asked: Vec<Wakeup> = Vec::new();
        for wakeup in events.iter().flat_map(|r| wakeups(incident, &r.event)) {
            if !asked.contains(&wakeup) {
                asked.push(wakeup);
            }
        }
        let mut outgoing = Vec::new();
        for wakeup in asked {
            for (message, generation) in self.messages(incident, &wakeup, (answered, now)) {
                self.witness.promised(&message);
                self.tables.last_row += 1;
                let row = self.tables.last_row;
                if self.broken == Some(Broken::DropsRows) && row % 5 == 0 {
                    continue;
                }
                let kept = Row {
                    message: message.clone(),
                    generation,
                    attempts: 1,
                    due_at: now + LEASE,
                    owner: boot,
                    tried: false,
                    put_off: None,
                };
                self.tables.outbox.insert(row, kept);
                outgoing.push(Outgoing {
                    row,
                    attempts: 0,
                    message,
                });
            }
        }
        outgoing
    }

    fn messages(
        &self,
        incident: &Incident,
        wakeup: &Wakeup,
        (answered, now): (Option<&str>, Timestamp),
    ) -> Vec<(PushMessage, u64)> {
        let Some(alert) = incident.alert(&wakeup.alert) else {
            return Vec::new();
        };
        let Some(person) = self.tables.people.get(&alert.responder.0) else {
            return Vec::new();
        };
        let live: Vec<&Phone> = person.phones.values().filter(|p| !p.dead).collect();
        if wakeup.others_only && live.len() < 2 {
            return Vec::new();
        }
        let message = |phone: &Phone| PushMessage {
            kind: wakeup.kind,
            alert: alert.id.clone(),
            incident: incident.opening.id.clone(),
            version: alert.newest(),
            sent_at: now,
            expires_at: match wakeup.kind {
                PushKind::Alert => alert.expires_at,
                _ => alert.expires_at.max(now + WORTH),
            },
            role: alert.role,
            exercise: incident.opening.exercise,
            responder: alert.responder,
            device: phone.device.id.clone(),
            platform: phone.device.platform,
            address: phone.device.address.clone(),
            attention: None,
        };
        live.into_iter()
            .filter(|p| !(wakeup.others_only && answered == Some(p.device.id.as_str())))
            .map(|phone| (message(phone), phone.generation))
            .collect()
    }

    /// The rows of an incident that nobody has tried to send, for whoever answers a repeated raise.
    pub(super) fn take_over(&mut self, writer: Writer, id: &IncidentId) -> Vec<Outgoing> {
        let due_at = self.time() + LEASE;
        let rows = self.tables.outbox.iter_mut();
        let untried = rows.filter(|(_, row)| row.message.incident == *id && !row.tried);
        let mut taken = Vec::new();
        for (no, row) in untried {
            row.owner = writer.boot;
            row.due_at = due_at;
            taken.push(Outgoing {
                row: *no,
                attempts: row.attempts,
                message: row.message.clone(),
            });
        }
        taken
    }

    /// Rows that a lease at `now` would take or drop.
    pub(super) fn due_rows(&self, now: Timestamp, limit: usize) -> Vec<i64> {
        let dead = |row: &Row| !self.tables.beats_still(row.owner, self.now);
        self.tables
            .outbox
            .iter()
            .filter(|(_, row)| row.due_at <= now || dead(row))
            .map(|(no, _)| *no)
            .take(limit)
            .collect()
    }

    /// Leases rows; drops with a logged reason what is worth nothing any more.
    pub(super) fn lease(&mut self, writer: Writer, rows: &[i64], now: Timestamp) -> Vec<Outgoing> {
        let mut leased = Vec::new();
        for no in rows {
            let Some(row) = self.tables.outbox.get(no).cloned() else {
                continue;
            };
            let message = row.message;
            let phone = self
                .tables
                .people
                .get(&message.responder.0)
                .and_then(|person| person.phones.get(message.device.as_str()))
                .filter(|phone| !phone.dead)
                .map(|phone| (phone.device.address.clone(), phone.generation));
            let moot = if message.kind == PushKind::Alert && !self.is_open(&message) {
                Some("called_off")
            } else if message.expires_at <= now {
                Some("expired")
            } else if phone.is_none() {
                Some("device_removed")
            } else {
                None
            };
            if let Some(reason) = moot {
                self.tables.outbox.remove(no);
                let event = Event::PushFailed {
                    alert: message.alert.clone(),
                    reason: reason.to_owned(),
                    last: false,
                };
                self.touch(writer, &message.incident, (event, &Actor::provider()), now);
                continue;
            }
            let (Some(row), Some((address, generation))) = (self.tables.outbox.get_mut(no), phone)
            else {
                continue;
            };
            let attempts = row.attempts;
            row.attempts += 1;
            row.due_at = now + LEASE;
            row.owner = writer.boot;
            row.generation = generation;
            row.message.address = address;
            row.message.sent_at = now;
            leased.push(Outgoing {
                row: *no,
                attempts,
                message: row.message.clone(),
            });
        }
        leased
    }

    fn is_open(&self, message: &PushMessage) -> bool {
        self.state_of(&message.incident, &message.alert)
            .is_some_and(AlertState::is_open)
    }

    fn state_of(&self, incident: &IncidentId, alert: &AlertId) -> Option<AlertState> {
        let case = self.tables.cases.get(incident)?;
        case.stored.incident.alert(alert).map(|a| a.state)
    }

    /// Records an event that changes one alert and nothing else.
    fn touch(
        &mut self,
        writer: Writer,
        id: &IncidentId,
        (event, actor): (Event, &Actor),
        now: Timestamp,
    ) {
        let Some(case) = self.tables.cases.get_mut(id) else {
            return;
        };
        let incident = &mut case.stored.incident;
        let version = incident.version;
        let alert = event.alert().cloned();
        if let Some(alert) = incident
            .alerts
            .iter_mut()
            .find(|a| Some(&a.id) == alert.as_ref())
        {
            alert.apply(&event, now);
            alert.version = version;
        }
        let recorded = Recorded {
            at: now,
            version,
            event,
        };
        self.append(writer, id, (actor, recorded));
    }

    fn said_before(&self, id: &IncidentId, event: &Event) -> bool {
        let kind = std::mem::discriminant(event);
        self.tables.log.values().any(|line| {
            line.incident == *id
                && std::mem::discriminant(&line.recorded.event) == kind
                && line.recorded.event.alert() == event.alert()
        })
    }

    /// Records a phone's proof, once of each kind.
    pub(super) fn receipt(
        &mut self,
        writer: Writer,
        (owner, alert): (ResponderNo, AlertId),
        (receipt, actor): (Receipt, &Actor),
        now: Timestamp,
    ) -> Made<IncidentId> {
        let id = self.incident_of(owner, &alert)?;
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
            Receipt::Confirmed(shown) => Event::Confirmed { alert, shown },
        };
        if !self.said_before(&id, &event) {
            self.touch(writer, &id, (event, actor), now);
        }
        Ok((id, Vec::new()))
    }

    pub(super) fn incident_of(
        &self,
        owner: ResponderNo,
        alert: &AlertId,
    ) -> Result<IncidentId, LedgerError> {
        let has = |incident: &Incident| incident.alert(alert).is_some_and(|a| a.responder == owner);
        self.tables
            .cases
            .iter()
            .find(|(_, case)| has(&case.stored.incident))
            .map(|(id, _)| id.clone())
            .ok_or(LedgerError::NotFound)
    }

    /// Writes down what became of pushes. Rows that are gone were settled before.
    pub(super) fn settle(&mut self, writer: Writer, settled: Vec<PushReport>, now: Timestamp) {
        for PushReport { row: no, result } in settled {
            if let Some(row) = self.tables.outbox.get_mut(&no) {
                row.tried = true;
                let row = row.clone();
                self.settle_one(writer, (no, &row), result, now);
            }
        }
    }

    fn settle_one(
        &mut self,
        writer: Writer,
        (no, row): (i64, &Row),
        result: PushResult,
        now: Timestamp,
    ) {
        let message = &row.message;
        match result {
            // whoever has the lease now says when
            PushResult::Later(_) if row.owner != writer.boot => {}
            PushResult::Later(at) => {
                if let Some(row) = self.tables.outbox.get_mut(&no) {
                    row.due_at = at;
                }
            }
            PushResult::Taken => {
                self.tables.outbox.remove(&no);
                let event = Event::Sent {
                    alert: message.alert.clone(),
                };
                let id = &message.incident;
                if message.kind == PushKind::Alert && !self.said_before(id, &event) {
                    self.touch(writer, id, (event, &Actor::provider()), now);
                    // whoever waited has a window now
                    self.tables.wake_by(id, now);
                }
            }
            PushResult::Gone(reason) => {
                if self.bury(row) {
                    self.failed(writer, (no, message), reason, now);
                } else {
                    // the phone has a new address by now
                    self.settle_one(writer, (no, row), PushResult::Later(now), now);
                }
            }
            PushResult::PutOff(put_off) => self.put_off(writer, (no, message), &put_off, now),
            PushResult::Expired => self.failed(writer, (no, message), "expired".to_owned(), now),
        }
    }

    /// Nobody takes it for now. When no push of the ask is under way any more, the ask waits, and
    /// its incident looks at once.
    fn put_off(
        &mut self,
        writer: Writer,
        (no, message): (i64, &PushMessage),
        put_off: &PutOff,
        now: Timestamp,
    ) {
        if let Some(row) = self.tables.outbox.get_mut(&no) {
            row.put_off = Some(put_off.all);
            // whoever has the lease now says when
            if let Some(at) = put_off.until.filter(|_| row.owner == writer.boot) {
                row.due_at = at;
            }
        }
        let under_way = self.tables.outbox.values().any(|row| {
            row.message.alert == message.alert
                && row.message.kind == PushKind::Alert
                && row.put_off.is_none()
        });
        let waits = |alert: &Alert| alert.state == AlertState::Queued && !alert.is_waiting();
        let case = self.tables.cases.get(&message.incident);
        let alert = case.and_then(|case| case.stored.incident.alert(&message.alert));
        if message.kind == PushKind::Alert && !under_way && alert.is_some_and(waits) {
            let event = Event::PushPutOff {
                alert: message.alert.clone(),
                reason: put_off.why.clone(),
            };
            self.touch(writer, &message.incident, (event, &Actor::provider()), now);
            self.tables.wake_by(&message.incident, now);
        }
    }

    /// The address is dead. False when the phone has registered another since.
    fn bury(&mut self, row: &Row) -> bool {
        let device = row.message.device.as_str();
        let Some(person) = self.tables.people.get_mut(&row.message.responder.0) else {
            return true;
        };
        if let Some(phone) = person.phones.get_mut(device) {
            if phone.generation != row.generation {
                return false;
            }
            phone.dead = true;
        }
        if !person.reachable() {
            person.version += 1;
            person.dirty = true;
        }
        true
    }

    /// The push will not arrive. When it was the last hope of an alert, its incident looks at
    /// once.
    fn failed(
        &mut self,
        writer: Writer,
        (no, message): (i64, &PushMessage),
        reason: String,
        now: Timestamp,
    ) {
        self.tables.outbox.remove(&no);
        let pending =
            self.tables.outbox.values().any(|row| {
                row.message.alert == message.alert && row.message.kind == PushKind::Alert
            });
        let queued = self.state_of(&message.incident, &message.alert) == Some(AlertState::Queued);
        let last = message.kind == PushKind::Alert && !pending && queued;
        let event = Event::PushFailed {
            alert: message.alert.clone(),
            reason,
            last,
        };
        self.touch(writer, &message.incident, (event, &Actor::provider()), now);
        if last {
            self.tables.wake_by(&message.incident, now);
        }
    }
}
