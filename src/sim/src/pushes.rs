//! Pushes: each that the events mean is written, taken by a provider or given up with a reason, and handed
//! to whoever sends it.

use std::collections::{BTreeMap, BTreeSet};

use muster_core::domain::event::Recorded;
use muster_core::domain::ids::{AlertId, IncidentId};
use muster_core::domain::incident::Incident;
use muster_core::domain::push::{PushAddress, PushMessage, wakeups};

use super::check::Witness;
use super::tables::{Push, Tables};
use super::world::Inner;

/// Kind, alert, phone, version.
type PushName = (&'static str, AlertId, String, u64);

/// What was promised of pushes, and what became of it.
#[derive(Default)]
pub(super) struct Pushes {
    /// Those that a commit promised, and whether one was taken.
    promised: BTreeMap<PushName, bool>,
    /// Of an alert, those that were given up with a reason in the log.
    given_up: BTreeMap<AlertId, usize>,
    /// Numbers of those of which a provider said something.
    answered: BTreeSet<i64>,
    /// Addresses of which a provider said that nobody has them any more.
    gone: Vec<PushAddress>,
}

impl Pushes {
    pub(super) fn promised(&self) -> usize {
        self.promised.len()
    }

    /// The pushes that a commit wrote beside these events, which the phone `by` caused. Says what is wrong
    /// when others are meant.
    pub(super) fn written(
        &mut self,
        tables: &Tables,
        about: (&Incident, &[Recorded]),
        by: Option<&str>,
        written: &[&Push],
    ) -> Option<String> {
        let meant = meant(tables, about, by);
        let written: BTreeSet<PushName> = written.iter().map(|push| named(push)).collect();
        let wrong = (meant != written).then(|| format!("{written:?}, meant {meant:?}"));
        self.promised
            .extend(written.into_iter().map(|name| (name, false)));
        wrong
    }

    pub(super) fn taken(&mut self, message: &PushMessage) {
        let name = (
            message.kind.as_str(),
            message.alert.clone(),
            message.device.0.clone(),
            message.version,
        );
        if let Some(taken) = self.promised.get_mut(&name) {
            *taken = true;
        }
    }

    pub(super) fn given_up(&mut self, of: &AlertId) {
        *self.given_up.entry(of.clone()).or_default() += 1;
    }

    /// A provider said something about it.
    pub(super) fn answered(&mut self, no: i64) {
        self.answered.insert(no);
    }

    /// The provider said that nobody has this address any more.
    pub(super) fn gone(&mut self, address: &PushAddress) {
        self.gone.push(address.clone());
    }

    /// An alert of which more pushes were neither taken nor given up than none.
    pub(super) fn forgotten(&self) -> Option<AlertId> {
        let mut untaken: BTreeMap<&AlertId, usize> = BTreeMap::new();
        for ((_, alert, _, _), taken) in &self.promised {
            *untaken.entry(alert).or_default() += usize::from(!taken);
        }
        let given_up = |alert: &AlertId| self.given_up.get(alert).copied().unwrap_or(0);
        let mut untaken = untaken.into_iter();
        let forgotten = untaken.find(|(alert, count)| given_up(alert) < *count);
        forgotten.map(|(alert, _)| alert.clone())
    }
}

fn named(push: &Push) -> PushName {
    (
        push.kind.as_str(),
        push.alert.clone(),
        push.device.clone(),
        push.version,
    )
}

/// The pushes that these events mean: one for each phone of everybody whom they concern. `by` is the phone
/// that caused them.
fn meant(
    tables: &Tables,
    (incident, events): (&Incident, &[Recorded]),
    by: Option<&str>,
) -> BTreeSet<PushName> {
    let mut names = BTreeSet::new();
    for wakeup in events.iter().flat_map(|r| wakeups(incident, &r.event)) {
        let Some(alert) = incident.alert(&wakeup.alert) else {
            continue;
        };
        let person = tables.people.get(&alert.responder.0);
        let phones = person.map(|person| &person.phones).into_iter().flatten();
        let alive: Vec<&String> = phones.filter(|(_, p)| !p.dead).map(|(id, _)| id).collect();
        if wakeup.others_only && alive.len() < 2 {
            continue;
        }
        for device in alive {
            if !(wakeup.others_only && by == Some(device.as_str())) {
                let kind = wakeup.kind.as_str();
                names.insert((kind, alert.id.clone(), device.clone(), alert.newest()));
            }
        }
    }
    names
}

impl Witness {
    /// No phone is given up but for what was said of the address that it has.
    pub(super) fn phones_are_alive(&mut self, tables: &Tables) {
        let people = tables.people.values();
        let phones = people.flat_map(|person| person.phones.values());
        let mut dead = phones.filter(|phone| phone.dead);
        if dead.any(|phone| !self.pushes.gone.contains(&phone.address)) {
            let what = "a phone was given up for an address that it no longer has";
            self.broke("P3-alive", what);
        }
    }
}

impl Inner {
    /// Whoever answers a raise has handed its pushes on: none of them waits for the lease of a node that
    /// is gone.
    pub(super) fn pushes_are_handed_on(&mut self, id: &IncidentId) {
        let alive = || self.nodes.iter().filter(|node| node.up);
        let held = |row: i64| alive().any(|node| node.held.contains(&row));
        // it is at a raise, perhaps this one, and will send them
        let works = |owner: i64| {
            self.lives
                .get(&owner)
                .is_some_and(|life| self.raising.contains(life))
        };
        let forgotten = self.tables.outbox.iter().find(|(no, push)| {
            // what a later decision wrote is on its way to whoever decided it, and what was leased again
            // to whoever did that
            push.incident == *id
                && push.version == 1
                && push.attempts == 1
                && push.due_at.0 > self.now
                && !self.witness.pushes.answered.contains(no)
                && !held(**no)
                && !works(push.owner)
        });
        if let Some((_, push)) = forgotten {
            let what = format!("a push of {} waits for nobody", push.alert);
            self.witness.broke("P2-handed-on", &what);
        }
    }
}
