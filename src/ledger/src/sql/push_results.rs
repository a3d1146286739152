//! What became of pushes, written down: those of one incident together, under its lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use muster_core::domain::alert::AlertState;
use muster_core::domain::event::{Actor, Event};
use muster_core::domain::ids::{AlertId, IncidentId, ResponderNo};
use muster_core::domain::push::PushKind;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{PushId, PushResult, PutOff};

use super::db::{Arg, Db, Rows, Sql, args, sql};
use super::fault::Done;
use super::outbox::{self, Content, OutboxRow, Recipient, Waits, outbox};
use super::receipts::{self, Touching};
use super::rows::int;
use super::{failing_phones, incidents, locks, people};

/// Most pushes of which one job writes down what became of them.
const PUSHES_MAX: usize = 64;
/// Pushes that are tried again within the same moment, milliseconds, stay in one row.
const MOMENT: i64 = 100;

const RECIPIENTS: Sql = sql!("SELECT no, incident_id, recipients FROM outbox WHERE no " [many 1]);
const OF_INCIDENT: Sql = sql!([outbox] "WHERE o.incident_id = $1 ORDER BY o.no" [pg " FOR UPDATE"]);
const OF_NUMBERS: Sql = sql!([outbox] "WHERE o.no " [many 1] " ORDER BY o.no" [pg " FOR UPDATE"]);
const PHONES: Sql = sql!(
    "SELECT no, responder_no, generation, CASE WHEN dead_reason IS NULL THEN 1 ELSE 0 END
     FROM device WHERE responder_no " [many 1]
);
const DROP: Sql = sql!("DELETE FROM outbox WHERE no " [many 1]);
const BURY: Sql = sql!("UPDATE device SET dead_reason = $1 WHERE no = $2 AND dead_reason IS NULL");

/// What is to be written down of one push.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    /// By whoever sends it.
    Became(PushResult),
    /// By whoever leased it: it is worth nothing any more.
    Moot,
}

impl Told {
    /// Whether the owner's phones have to be looked at.
    fn is_of_phones(&self) -> bool {
        matches!(self, Self::Moot | Self::Became(PushResult::Gone(_)))
    }
}

/// What one transaction writes down: of pushes of one incident, or of some that are of none.
pub(super) struct Job {
    incident: Option<IncidentId>,
    rows: Vec<i64>,
    told: Vec<(PushId, Told)>,
    /// The alerts of its pushes.
    alerts: Vec<String>,
    /// Whose phones have to be looked at.
    owners: Vec<i64>,
}

/// Jobs that write events, each for one incident: a transaction takes its numbers with its first
/// lock; one that then waited for a second incident would write below what that one's log has by
/// then. Of two words about one push the later counts: the first may be that it takes long. Pushes
/// that are gone were settled before.
pub(super) fn jobs(db: &dyn Db, told: Vec<(PushId, Told)>) -> Done<Vec<Job>> {
    let rows: BTreeSet<i64> = told.iter().map(|(id, _)| id.row).collect();
    let rows: Vec<i64> = rows.into_iter().collect();
    let last: BTreeMap<i64, (PushId, Told)> = told
        .into_iter()
        .map(|(id, told)| (id.no, (id, told)))
        .collect();
    let found = db.query_one(RECIPIENTS, args![&rows])?;
    let mut known: HashMap<i64, (Option<IncidentId>, Recipient)> = HashMap::new();
    for row in found.iter() {
        let incident = row.opt_text(1)?.map(IncidentId::from);
        let recipients: Vec<Recipient> = match serde_json::from_str(row.text(2)?) {
            Ok(recipients) => recipients,
            Err(error) => {
                tracing::error!(no = row.int(0)?, %error, "a row of the outbox cannot be read");
                continue;
            }
        };
        known.extend(
            recipients
                .into_iter()
                .map(|to| (to.no, (incident.clone(), to))),
        );
    }
    let mut jobs: BTreeMap<Option<IncidentId>, Vec<Job>> = BTreeMap::new();
    for (no, (id, told)) in last {
        let Some((incident, to)) = known.remove(&no) else {
            continue;
        };
        let jobs = jobs.entry(incident.clone()).or_default();
        if jobs.last().is_none_or(|job| job.told.len() >= PUSHES_MAX) {
            jobs.push(Job {
                incident,
                rows: Vec::new(),
                told: Vec::new(),
                alerts: Vec::new(),
                owners: Vec::new(),
            });
        }
        if let Some(job) = jobs.last_mut() {
            job.rows.push(id.row);
            if told.is_of_phones() {
                job.owners.push(int(to.responder.0));
            }
            job.alerts.push(to.alert.0);
            job.told.push((id, told));
        }
    }
    Ok(jobs.into_values().flatten().collect())
}

/// A phone of somebody whose push had no address to go to.
struct Phone {
    owner: ResponderNo,
    generation: i64,
    alive: bool,
}

/// A push as it stands in its row.
struct Sent {
    /// Where its row is in the list.
    row: usize,
    content: Content,
    to: Recipient,
    /// Of the address that it was sent to.
    generation: i64,
    /// Whether this node is the one that sends it.
    own: bool,
}

impl Sent {
    fn is_alert(&self) -> bool {
        self.content.kind == PushKind::Alert
    }
}

/// One job under way.
struct Settling {
    touching: Touching,
    /// All of the incident's, also those that nobody said anything about.
    rows: Vec<OutboxRow>,
    changed: BTreeSet<usize>,
    /// When pushes are to be tried again.
    later: BTreeMap<i64, Timestamp>,
    phones: HashMap<i64, Phone>,
    unreachable: Vec<i64>,
    now: Timestamp,
}

/// Writes down what became of pushes. Putting off takes the incident's lock as well: it moves
/// pushes to other rows, which whoever counts what an ask may still hope for must see.
pub(super) fn settle(db: &dyn Db, job: Job, now: Timestamp) -> Done<()> {
    let locked = job.incident.as_ref();
    let (rows, of): (Sql, Arg<'_>) = match &job.incident {
        Some(incident) => (OF_INCIDENT, incident.into()),
        None => (OF_NUMBERS, (&job.rows).into()),
    };
    let [_, incident, rows, alerts, _, phones] = db.query([
        (locks::LOCK_INCIDENT, args![locked]),
        (receipts::INCIDENT, args![locked]),
        (rows, &[of]),
        (receipts::ALERTS, args![locked, &job.alerts]),
        (people::LOCK, args![&job.owners]),
        (PHONES, args![&job.owners]),
    ])?;
    let mut settling = Settling {
        touching: Touching::of(&incident, &alerts)?,
        rows: outbox::read(&rows),
        changed: BTreeSet::new(),
        later: BTreeMap::new(),
        phones: phones_of(&phones)?,
        unreachable: Vec::new(),
        now,
    };
    for (id, told) in job.told {
        settling.one(db, id, told)?;
    }
    settling.finish(db)
}

fn phones_of(rows: &Rows) -> Done<HashMap<i64, Phone>> {
    rows.iter()
        .map(|row| {
            let phone = Phone {
                owner: ResponderNo(row.nat(1)?),
                generation: row.int(2)?,
                alive: row.flag(3)?,
            };
            Ok((row.int(0)?, phone))
        })
        .collect()
}

impl Settling {
    fn find(&self, id: PushId, node: i64) -> Option<Sent> {
        self.rows.iter().enumerate().find_map(|(at, row)| {
            let to = row.recipients.iter().find(|to| to.no == id.no)?;
            Some(Sent {
                row: at,
                content: row.content.clone(),
                to: to.clone(),
                generation: id.generation,
                own: row.owner == node,
            })
        })
    }

    fn one(&mut self, db: &dyn Db, id: PushId, told: Told) -> Done<()> {
        let Some(sent) = self.find(id, db.node()) else {
            return Ok(());
        };
        match told {
            Told::Became(result) => self.became(db, &sent, result),
            Told::Moot => {
                let touched = self.touching.alerts.get(&sent.to.alert);
                let open = touched.is_some_and(|touched| touched.alert.state.is_open());
                let phone = self.phones.get(&sent.to.device);
                let there = phone.is_some_and(|phone| phone.alive);
                if let Some(reason) = sent.content.moot((open, there), self.now) {
                    return self.failed(db, &sent, reason.to_owned());
                }
                // it is worth sending again
                self.try_again(&sent, self.now);
                Ok(())
            }
        }
    }

    fn became(&mut self, db: &dyn Db, sent: &Sent, result: PushResult) -> Done<()> {
        match result {
            PushResult::Later(at) => {
                self.try_again(sent, at);
                Ok(())
            }
            PushResult::Taken => {
                self.drop(sent);
                let event = Event::Sent {
                    alert: sent.to.alert.clone(),
                };
                if sent.is_alert() && !self.touching.has_said(&event) {
                    let touched = self.touching.alerts.get(&sent.to.alert);
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
                self.try_again(sent, self.now);
                Ok(())
            }
            PushResult::Expired => self.failed(db, sent, "expired".to_owned()),
        }
    }

    fn drop(&mut self, sent: &Sent) {
        if let Some(row) = self.rows.get_mut(sent.row) {
            row.recipients.retain(|to| to.no != sent.to.no);
            self.changed.insert(sent.row);
        }
    }

    /// Only whoever has the lease may put a push off.
    fn try_again(&mut self, sent: &Sent, at: Timestamp) {
        if sent.own {
            self.later.insert(sent.to.no, at);
            self.changed.insert(sent.row);
        }
    }

    /// How many pushes of this ask are still to be sent, and how many of them nobody put off yet.
    fn pending(&self, alert: &AlertId) -> (usize, usize) {
        let asks = self
            .rows
            .iter()
            .filter(|row| row.content.kind == PushKind::Alert);
        let asks = asks.flat_map(|row| &row.recipients);
        let asks = asks.filter(|to| to.alert == *alert);
        asks.fold((0, 0), |(all, hopeful), to| {
            (all + 1, hopeful + usize::from(to.put_off.is_none()))
        })
    }

    /// The push is kept, and nobody takes it for now.
    fn put_off(&mut self, db: &dyn Db, sent: &Sent, put_off: PutOff) -> Done<()> {
        if let Some(at) = put_off.until {
            self.try_again(sent, at);
        }
        let waits = if put_off.all {
            Waits::Service
        } else {
            Waits::Phone
        };
        let mut recipients = self.rows.iter_mut().flat_map(|row| &mut row.recipients);
        if let Some(to) = recipients.find(|to| to.no == sent.to.no)
            && to.put_off != Some(waits)
        {
            to.put_off = Some(waits);
            self.changed.insert(sent.row);
        }
        self.wait(db, sent, put_off.why)
    }

    /// When no push of an ask has hope any more and some are kept, the ask waits: its incident
    /// looks at once for somebody who can be reached.
    fn wait(&mut self, db: &dyn Db, sent: &Sent, reason: String) -> Done<()> {
        let (all, hopeful) = self.pending(&sent.to.alert);
        let Some(touched) = self.touching.alerts.get(&sent.to.alert) else {
            return Ok(());
        };
        let untold = touched.alert.state == AlertState::Queued && !touched.alert.is_waiting();
        if !sent.is_alert() || all == 0 || hopeful > 0 || !untold {
            return Ok(());
        }
        incidents::wake_by(db, &touched.incident, self.now)?;
        let alert = sent.to.alert.clone();
        let event = Event::PushPutOff { alert, reason };
        self.touching.touch(event, &Actor::provider(), self.now)
    }

    /// The address is dead; no push goes there until the phone registers again. False when it has
    /// registered since.
    fn bury(&mut self, db: &dyn Db, sent: &Sent, reason: &str) -> Done<bool> {
        let Some(phone) = self.phones.get_mut(&sent.to.device) else {
            return Ok(true);
        };
        if phone.generation != sent.generation {
            return Ok(false);
        }
        if phone.alive {
            phone.alive = false;
            db.execute(BURY, args![reason, sent.to.device])?;
            failing_phones::look(db, sent.to.device, self.now)?;
            let mut own = self
                .phones
                .values()
                .filter(|p| p.owner == sent.to.responder);
            if !own.any(|phone| phone.alive) {
                self.unreachable.push(int(sent.to.responder.0));
            }
        }
        Ok(true)
    }

    /// The push will not arrive. When it was the last hope of an alert, its incident looks at
    /// once.
    fn failed(&mut self, db: &dyn Db, sent: &Sent, reason: String) -> Done<()> {
        self.drop(sent);
        let (pending, _) = self.pending(&sent.to.alert);
        let Some(touched) = self.touching.alerts.get(&sent.to.alert) else {
            return Ok(());
        };
        // taken by a provider or received by a phone would be past `queued`
        let last = sent.is_alert() && pending == 0 && touched.alert.state == AlertState::Queued;
        if last {
            incidents::wake_by(db, &touched.incident, self.now)?;
        }
        let event = Event::PushFailed {
            alert: sent.to.alert.clone(),
            reason: reason.clone(),
            last,
        };
        self.touching.touch(event, &Actor::provider(), self.now)?;
        // of several phones this one is lost, and the others may wait
        self.wait(db, sent, reason)
    }

    fn finish(mut self, db: &dyn Db) -> Done<()> {
        self.write_rows(db)?;
        self.touching.finish(db)?;
        if !self.unreachable.is_empty() {
            db.execute(people::RENEW_LATER, args![&self.unreachable])?;
        }
        Ok(())
    }

    /// A row keeps what is still under way. What is tried again leaves for a row of its instant.
    fn write_rows(&mut self, db: &dyn Db) -> Done<()> {
        let (mut done, mut fresh) = (Vec::new(), Vec::new());
        for at in std::mem::take(&mut self.changed) {
            let Some(row) = self.rows.get_mut(at) else {
                continue;
            };
            let mut again: BTreeMap<Timestamp, Vec<Recipient>> = BTreeMap::new();
            for to in std::mem::take(&mut row.recipients) {
                match self.later.get(&to.no) {
                    Some(at) => again.entry(moment(*at, self.now)).or_default().push(to),
                    None => row.recipients.push(to),
                }
            }
            if row.recipients.is_empty()
                && let Some((due_at, recipients)) = again.pop_first()
            {
                (row.due_at, row.recipients) = (due_at, recipients);
            }
            for (due_at, recipients) in again {
                fresh.push(OutboxRow {
                    no: db.number()?,
                    due_at,
                    recipients,
                    ..row.clone()
                });
            }
            if row.recipients.is_empty() {
                done.push(row.no);
            } else {
                outbox::renew(db, row)?;
            }
        }
        outbox::insert(db, &fresh)?;
        if !done.is_empty() {
            db.execute(DROP, args![&done])?;
        }
        Ok(())
    }
}

/// The end of the moment in which something is due; what is due by now stays so.
fn moment(at: Timestamp, now: Timestamp) -> Timestamp {
    if at <= now {
        return at;
    }
    Timestamp((at.0 + MOMENT - 1).div_euclid(MOMENT) * MOMENT)
}
