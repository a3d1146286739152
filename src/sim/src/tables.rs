//! What stands in the tables: read after each commit by statements of the simulation's own, held
//! against what stood there before, and shown to whoever judges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use futures_util::FutureExt as _;
use muster_core::domain::alert::Alert;
use muster_core::domain::event::{Actor, Event, Recorded};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::push::{Platform, PushAddress, PushKind};
use muster_core::domain::responder::{Claim, Standing};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Ledger as _, LedgerError, Stored};
use muster_ledger::engine::{Arg, Db, Done, Fault, Row as DbRow, Rows, Sql};

use super::world::{Inner, Shared};

const fn plain(text: &'static str) -> Sql {
    Sql {
        sqlite: text,
        postgres: "",
    }
}

const PEOPLE: Sql =
    plain("SELECT no, org_no, standing, exercises, on_duty, duty_until FROM responder");
const PHONES: Sql = plain(
    "SELECT responder_no, id, platform, address, dead_reason IS NOT NULL FROM device ORDER BY no",
);
const CLAIMS: Sql = plain(
    "SELECT responder_no, alert_id, incident_id, engaged, exercise FROM responder_claim
     WHERE incident_id IS NOT NULL",
);
const OUTBOX: Sql = plain(
    "SELECT p.value ->> 'no', COALESCE(o.incident_id, ''), p.value ->> 'alert',
       p.value ->> 'responder', d.id, o.kind, o.version, o.attempts, o.due_at,
       COALESCE(p.value ->> 'put_off', ''), o.owner
     FROM outbox o JOIN json_each(o.recipients) p
     LEFT JOIN device d ON d.no = p.value ->> 'device'",
);
const INCIDENTS: Sql = plain("SELECT id, org_no, version, wake_at FROM incident");
const EVENTS: Sql = plain(
    "SELECT first_seq, incident_id, org_no, at, version, actor, body FROM event
     WHERE last_seq > $1 ORDER BY last_seq",
);

/// An incident, and when it wants to be looked at.
pub(super) struct Case {
    pub(super) stored: Stored,
    pub(super) wake_at: Option<Timestamp>,
}

/// One event of the history.
pub(super) struct Line {
    pub(super) org: OrgNo,
    pub(super) incident: IncidentId,
    pub(super) actor: Actor,
    pub(super) recorded: Recorded,
}

pub(super) struct Phone {
    pub(super) platform: Platform,
    pub(super) address: PushAddress,
    pub(super) dead: bool,
}

pub(super) struct Person {
    pub(super) org: OrgNo,
    pub(super) standing: Standing,
    pub(super) exercises: bool,
    on_duty: bool,
    duty_until: Option<Timestamp>,
    pub(super) phones: BTreeMap<String, Phone>,
}

/// A push that is to be sent.
#[derive(Clone)]
pub(super) struct Push {
    pub(super) incident: IncidentId,
    pub(super) alert: AlertId,
    pub(super) responder: ResponderNo,
    pub(super) device: String,
    pub(super) kind: PushKind,
    pub(super) version: u64,
    pub(super) attempts: i64,
    pub(super) due_at: Timestamp,
    /// Number of the node that sends it.
    pub(super) owner: i64,
    /// Nobody takes it for now, and so it is for everybody whom the same service reaches.
    waits_for_service: bool,
}

#[derive(Default)]
pub(super) struct Tables {
    pub(super) cases: BTreeMap<IncidentId, Case>,
    pub(super) log: BTreeMap<u64, Line>,
    pub(super) people: BTreeMap<u64, Person>,
    pub(super) claims: BTreeMap<u64, (Claim, IncidentId)>,
    pub(super) outbox: BTreeMap<i64, Push>,
}

impl Person {
    /// Duty as of `now`: at `duty_until` it turns by itself.
    pub(super) fn wants_alerts(&self, now: Timestamp) -> bool {
        let turned = self.duty_until.is_some_and(|until| until <= now);
        self.on_duty != turned
    }

    pub(super) fn reachable(&self) -> bool {
        self.phones.values().any(|phone| !phone.dead)
    }
}

impl Tables {
    /// Whether they are known and verified, and not suspended.
    pub(super) fn is_verified(&self, no: ResponderNo) -> bool {
        let person = self.people.get(&no.0);
        person.is_some_and(|person| person.standing == Standing::Verified)
    }

    /// Whether asks of this incident wait already for each service that would wake this person.
    pub(super) fn waits_for_all_phones(&self, person: &Person, incident: &IncidentId) -> bool {
        let service_of = |push: &Push| {
            let owner = self.people.get(&push.responder.0)?;
            let phone = owner.phones.get(&push.device)?;
            Some(phone.address.service(phone.platform))
        };
        let case = self.cases.get(incident);
        let is_waiting = |alert: &AlertId| {
            let alert = case.and_then(|case| case.stored.incident.alert(alert));
            alert.is_some_and(Alert::is_waiting)
        };
        let waits = |phone: &Phone| {
            let service = phone.address.service(phone.platform);
            self.outbox.values().any(|push| {
                push.waits_for_service
                    && push.incident == *incident
                    && is_waiting(&push.alert)
                    && service_of(push) == Some(service)
            })
        };
        let mut alive = person.phones.values().filter(|phone| !phone.dead);
        person.reachable() && alive.all(waits)
    }

    /// Alerts that should hold their responder and do not: they went elsewhere.
    pub(super) fn lost(&self, incident: &Incident) -> Vec<AlertId> {
        let held = |alert: &Alert| {
            let claim = self.claims.get(&alert.responder.0);
            claim.is_some_and(|(claim, _)| claim.alert == alert.id)
        };
        let alerts = incident.alerts.iter();
        alerts
            .filter(|a| a.state.holds_claim() && !held(a))
            .map(|a| a.id.clone())
            .collect()
    }
}

/// What one look reads.
struct Seen {
    people: BTreeMap<u64, Person>,
    claims: BTreeMap<u64, (Claim, IncidentId)>,
    outbox: BTreeMap<i64, Push>,
    incidents: Vec<(IncidentId, OrgNo, u64, Option<Timestamp>)>,
    news: Vec<(u64, Line)>,
}

fn people(people: &Rows, phones: &Rows) -> Done<BTreeMap<u64, Person>> {
    let mut all = BTreeMap::new();
    for row in people.iter() {
        let person = Person {
            org: row.org(1)?,
            standing: known(Standing::parse(row.text(2)?))?,
            exercises: row.flag(3)?,
            on_duty: row.flag(4)?,
            duty_until: row.opt_int(5)?.map(Timestamp),
            phones: BTreeMap::new(),
        };
        all.insert(row.nat(0)?, person);
    }
    for row in phones.iter() {
        let phone = Phone {
            platform: known(Platform::parse(row.text(2)?))?,
            address: serde_json::from_str(row.text(3)?)?,
            dead: row.flag(4)?,
        };
        if let Some(owner) = all.get_mut(&row.nat(0)?) {
            owner.phones.insert(row.string(1)?, phone);
        }
    }
    Ok(all)
}

fn known<T>(word: Option<T>) -> Done<T> {
    word.ok_or_else(|| Fault::broken("a word that nobody knows"))
}

fn kind(word: &str) -> Option<PushKind> {
    PushKind::ALL.into_iter().find(|kind| kind.as_str() == word)
}

fn claim(row: DbRow<'_>) -> Done<(u64, (Claim, IncidentId))> {
    let claim = Claim {
        alert: AlertId(row.string(1)?),
        engaged: row.flag(3)?,
        exercise: row.flag(4)?,
    };
    Ok((row.nat(0)?, (claim, IncidentId(row.string(2)?))))
}

fn push(row: DbRow<'_>) -> Done<(i64, Push)> {
    let push = Push {
        incident: IncidentId(row.string(1)?),
        alert: AlertId(row.string(2)?),
        responder: ResponderNo(row.nat(3)?),
        device: row.opt_text(4)?.unwrap_or_default().to_owned(),
        kind: known(kind(row.text(5)?))?,
        version: row.nat(6)?,
        attempts: row.int(7)?,
        due_at: row.instant(8)?,
        waits_for_service: row.text(9)? == "service",
        owner: row.int(10)?,
    };
    Ok((row.int(0)?, push))
}

fn lines(row: DbRow<'_>) -> Done<Vec<(u64, Line)>> {
    let (org, at, version) = (row.org(2)?, row.instant(3)?, row.nat(4)?);
    let actor: Actor = serde_json::from_str(row.text(5)?)?;
    let events: Vec<Event> = serde_json::from_str(row.text(6)?)?;
    let incident = IncidentId(row.string(1)?);
    let line = |event| Line {
        org,
        incident: incident.clone(),
        actor: actor.clone(),
        recorded: Recorded { at, version, event },
    };
    Ok((row.nat(0)?..).zip(events.into_iter().map(line)).collect())
}

fn read(db: &dyn Db, since: u64) -> Done<Seen> {
    let since = Arg::from(since);
    let [persons, phones, claims, outbox, incidents, events] = db.query([
        (PEOPLE, &[]),
        (PHONES, &[]),
        (CLAIMS, &[]),
        (OUTBOX, &[]),
        (INCIDENTS, &[]),
        (EVENTS, &[since]),
    ])?;
    let incident = |row: DbRow<'_>| {
        let id = IncidentId(row.string(0)?);
        let wake_at = row.opt_int(3)?.map(Timestamp);
        Ok((id, row.org(1)?, row.nat(2)?, wake_at))
    };
    let news = events.iter().map(lines).collect::<Done<Vec<_>>>()?;
    Ok(Seen {
        people: people(&persons, &phones)?,
        claims: claims.iter().map(claim).collect::<Done<_>>()?,
        outbox: outbox.iter().map(push).collect::<Done<_>>()?,
        incidents: incidents.iter().map(incident).collect::<Done<_>>()?,
        news: news.into_iter().flatten().collect(),
    })
}

/// Looks at what a commit changed, and has it judged.
pub(super) fn look(world: &Shared) {
    if let Err(error) = try_to_look(world) {
        world.with(|w| w.witness.broke("P6-readable", &error.to_string()));
    }
}

fn try_to_look(world: &Shared) -> Result<(), LedgerError> {
    let since = world.with(|w| w.tables.log.last_key_value().map_or(0, |(seq, _)| *seq));
    let seen = {
        let tables = world.base.lock().unwrap_or_else(PoisonError::into_inner);
        tables.transaction(|db| read(db, since))?
    };
    let named: BTreeSet<&IncidentId> = seen.news.iter().map(|(_, line)| &line.incident).collect();
    let differs = |id: &IncidentId, version: u64| {
        let known = world.with(|w| w.tables.cases.get(id).map(|c| c.stored.incident.version));
        known != Some(version) || named.contains(id)
    };
    let changed = seen
        .incidents
        .iter()
        .filter(|(id, _, v, _)| differs(id, *v));
    let mut loaded = BTreeMap::new();
    for (id, org, ..) in changed {
        let stored = world.observer.incident(*org, id).now_or_never();
        let stored = stored.ok_or_else(|| LedgerError::Broken("waits".to_owned()))??;
        loaded.insert(id.clone(), stored);
    }
    world.with(|w| w.take(seen, loaded));
    Ok(())
}

impl Inner {
    fn take(&mut self, seen: Seen, mut loaded: BTreeMap<IncidentId, Stored>) {
        let mut news: BTreeMap<IncidentId, Vec<(u64, Line)>> = BTreeMap::new();
        for (seq, line) in seen.news {
            news.entry(line.incident.clone())
                .or_default()
                .push((seq, line));
        }
        for (id, lines) in &news {
            let Some(stored) = loaded.get(id) else {
                self.witness
                    .broke("P1-raise-kept", &format!("{id} has events and no row"));
                continue;
            };
            let written = seen.outbox.iter();
            let written = written
                .filter(|(no, push)| push.incident == *id && !self.tables.outbox.contains_key(no));
            let written: Vec<&Push> = written.map(|(_, push)| push).collect();
            let lines: Vec<&Line> = lines.iter().map(|(_, line)| line).collect();
            let (witness, tables) = (&mut self.witness, &self.tables);
            witness.committed(tables, stored, &lines, &written);
        }
        let mut log = std::mem::take(&mut self.tables.log);
        for (seq, line) in news.into_values().flatten() {
            let said = super::check::word(&line.recorded);
            self.tell(&format!(
                "{} v{} {said}",
                line.incident, line.recorded.version
            ));
            self.witness.appended(seq, &line);
            log.insert(seq, line);
        }
        let mut cases = std::mem::take(&mut self.tables.cases);
        cases.retain(|id, _| seen.incidents.iter().any(|(known, ..)| known == id));
        for (id, _, _, wake_at) in seen.incidents {
            if let Some(stored) = loaded.remove(&id) {
                cases.insert(id, Case { stored, wake_at });
            } else if let Some(case) = cases.get_mut(&id) {
                case.wake_at = wake_at;
            }
        }
        let former = std::mem::take(&mut self.tables.outbox);
        let mut outbox = seen.outbox;
        for (no, push) in &mut outbox {
            // of a phone that was removed since
            if push.device.is_empty()
                && let Some(former) = former.get(no)
            {
                push.device.clone_from(&former.device);
            }
        }
        self.tables = Tables {
            cases,
            log,
            people: seen.people,
            claims: seen.claims,
            outbox,
        };
        self.witness.phones_are_alive(&self.tables);
    }
}
