//! Everybody a decision may concern: read once, under their locks, and then kept track of in
//! memory until the decision is written.

use std::collections::{BTreeMap, BTreeSet};

use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::responder::{Bar, Claim, Eligibility, Profile};
use muster_core::domain::selection::Candidate;
use muster_core::domain::time::Timestamp;

use super::db::{Arg, Db, Rows, Sql, args, sql};
use super::fault::Done;
use super::people::{Concern, Held, Person, QUESTIONS, WIDTH};
use super::phones::{self, Phone, Phones};
use super::rows::int;

/// A claim, and by how much it changed the profile.
const CLAIM: Sql = sql!(
    "INSERT INTO responder_claim (responder_no, alert_id, incident_id, engaged, exercise, renewed) "
    [lite "VALUES ($1, $2, $3, $4, $5, $6)"]
    [pg "SELECT * FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]), CAST($3 AS TEXT[]),
       CAST($4 AS BIGINT[]), CAST($5 AS BIGINT[]), CAST($6 AS BIGINT[]))"]
    " ON CONFLICT (responder_no) DO UPDATE SET alert_id = excluded.alert_id,
       incident_id = excluded.incident_id, engaged = excluded.engaged,
       exercise = excluded.exercise, renewed = responder_claim.renewed + excluded.renewed"
);

/// An alert that a decision changed or made.
#[derive(Clone, Copy)]
pub(super) struct Changed<'a> {
    /// Its place in the order of asking.
    pub(super) ord: usize,
    pub(super) before: Option<&'a Alert>,
    pub(super) alert: &'a Alert,
}

/// Everybody a decision concerns, as the transaction leaves them.
pub(super) struct Crowd {
    people: BTreeMap<ResponderNo, Person>,
    /// Of these people.
    phones: Phones,
    /// Whose profile is another now.
    changed: BTreeSet<ResponderNo>,
    /// Whose claim is another now.
    moved: BTreeSet<ResponderNo>,
    /// Incidents that lost a responder to this one; they must notice.
    pub(super) robbed: Vec<IncidentId>,
}

impl Crowd {
    /// From the answer to the second of [`QUESTIONS`].
    pub(super) fn of(rows: &Rows) -> Done<Self> {
        let mut crowd = Self {
            people: BTreeMap::new(),
            phones: Phones::new(),
            changed: BTreeSet::new(),
            moved: BTreeSet::new(),
            robbed: Vec::new(),
        };
        crowd.join(rows)?;
        Ok(crowd)
    }

    /// The claim on a responder.
    pub(super) fn claim(&self, no: ResponderNo) -> Option<&Claim> {
        let held = self.people.get(&no)?.held.as_ref()?;
        Some(&held.claim)
    }

    /// Whether they are known and verified, and not suspended.
    pub(super) fn is_verified(&self, no: ResponderNo) -> bool {
        self.people.get(&no).is_some_and(Person::is_verified)
    }

    /// The ledger's word on each candidate; whoever is unknown is left out. Nobody is asked through
    /// services that are `stuck`, but who is told without a push.
    pub(super) fn eligibility(
        &self,
        incident: &Incident,
        (candidates, connected): (Vec<Candidate>, &BTreeSet<ResponderNo>),
        stuck: &BTreeSet<String>,
        now: Timestamp,
    ) -> Vec<(Candidate, Eligibility)> {
        candidates
            .into_iter()
            .filter_map(|candidate| {
                let person = self.people.get(&candidate.responder)?;
                let own = incident
                    .alerts
                    .iter()
                    .any(|a| a.responder == person.no && a.state.holds_claim());
                let waits = || {
                    let told = connected.contains(&person.no);
                    (!told && self.is_stuck(person.no, stuck)).then_some(Bar::PushWaits)
                };
                let word = Eligibility {
                    responder: person.no,
                    responder_id: person.id.clone(),
                    skills: person.skills,
                    barred: person.bar(incident, own, now).or_else(waits),
                    held_by: person.held.as_ref().map(|held| held.claim.alert.clone()),
                };
                Some((candidate, word))
            })
            .collect()
    }

    /// Whether nothing but these services reaches their phones.
    fn is_stuck(&self, no: ResponderNo, stuck: &BTreeSet<String>) -> bool {
        let phones = self.phones.get(&no);
        phones.is_some_and(|phones| {
            phones
                .iter()
                .all(|phone| stuck.contains(phone.address.service(phone.platform)))
        })
    }

    /// Alerts that should hold their responder and do not: they went elsewhere.
    pub(super) fn lost(&self, incident: &Incident) -> Vec<AlertId> {
        let holds = |a: &&Alert| self.claim(a.responder).is_some_and(|c| c.alert == a.id);
        incident
            .alerts
            .iter()
            .filter(|a| a.state.holds_claim() && !holds(a))
            .map(|a| a.id.clone())
            .collect()
    }

    /// Reads whoever holds an alert of these and was not announced by the decision's needs.
    pub(super) fn complete(
        &mut self,
        db: &dyn Db,
        incident: &IncidentId,
        changed: &[Changed<'_>],
    ) -> Done<()> {
        let numbers: Vec<i64> = changed
            .iter()
            .filter(|change| takes(change.before, change.alert))
            .map(|change| change.alert.responder)
            .filter(|no| !self.people.contains_key(no))
            .map(|no| int(no.0))
            .collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let concern = Concern {
            incident,
            claim_for: None,
            numbers,
        };
        let args = concern.args();
        let [_, rows] = db.ask(QUESTIONS.map(|sql| (sql, args.as_slice())))?;
        self.join(&rows)
    }

    /// More people, from a further answer to the second of [`QUESTIONS`]: whoever has several
    /// phones has as many rows, one behind the other.
    pub(super) fn join(&mut self, rows: &Rows) -> Done<()> {
        let mut joining = None;
        for row in rows.iter() {
            let no = ResponderNo(row.nat(0)?);
            if joining != Some(no) {
                if self.people.contains_key(&no) {
                    continue;
                }
                self.people.insert(no, Person::of(row)?);
                joining = Some(no);
            }
            let phones = self.phones.entry(no).or_default();
            phones.extend(Phone::of(row, WIDTH)?);
        }
        Ok(())
    }

    /// Phones that a push can reach, of everybody here and of these others.
    pub(super) fn phones(&self, db: &dyn Db, numbers: &BTreeSet<ResponderNo>) -> Done<Phones> {
        let (here, others): (Vec<ResponderNo>, Vec<_>) =
            numbers.iter().partition(|no| self.phones.contains_key(no));
        let mut phones = phones::of_responders(db, &others)?;
        for no in here {
            let mut own = self.phones.get(&no).cloned().unwrap_or_default();
            own.sort_by_key(|phone| phone.no);
            phones.insert(no, own);
        }
        Ok(phones)
    }

    /// Makes the claim follow the alert. A claim that went elsewhere stays there, unless this
    /// alert takes it now: the incident finds the lost responder by itself.
    pub(super) fn follow(
        &mut self,
        incident: &Incident,
        Changed { before, alert, .. }: Changed<'_>,
    ) {
        let Some(person) = self.people.get_mut(&alert.responder) else {
            return;
        };
        let was_taken = person.taken();
        let own = person
            .held
            .as_ref()
            .is_some_and(|held| held.claim.alert == alert.id);
        if !alert.state.holds_claim() {
            if own {
                person.held = None;
                self.moved.insert(person.no);
            }
        } else if own || takes(before, alert) {
            let held = Held {
                claim: Claim {
                    alert: alert.id.clone(),
                    engaged: alert.state.is_engaged(),
                    exercise: incident.opening.exercise,
                },
                incident: incident.opening.id.clone(),
            };
            if person
                .held
                .as_ref()
                .is_some_and(|has| has.claim == held.claim)
            {
                return;
            }
            self.moved.insert(person.no);
            let former = person.held.replace(held).map(|held| held.incident);
            self.robbed
                .extend(former.filter(|id| *id != incident.opening.id));
        }
        if was_taken != person.taken() {
            self.changed.insert(person.no);
        }
    }

    /// Writes down who was let go, who was claimed and whose profile changed; gives the new
    /// profiles. Those who were let go keep a row without a claim, which says how often their
    /// profile changed; see [`super::claims::forget`].
    pub(super) fn settle(&mut self, db: &dyn Db, now: Timestamp) -> Done<Vec<Profile>> {
        let rows: Vec<Vec<Arg<'_>>> = self
            .moved
            .iter()
            .filter_map(|no| self.people.get(no))
            .map(|person| {
                let held = person.held.as_ref();
                let claim = held.map(|held| &held.claim);
                args![
                    person.no,
                    claim.map(|claim| &claim.alert),
                    held.map(|held| &held.incident),
                    claim.is_some_and(|claim| claim.engaged),
                    claim.is_some_and(|claim| claim.exercise),
                    self.changed.contains(&person.no),
                ]
                .to_vec()
            })
            .collect();
        db.tell_rows(CLAIM, &rows)?;
        let mut profiles = Vec::with_capacity(self.changed.len());
        for no in &self.changed {
            if let Some(person) = self.people.get_mut(no) {
                person.version += 1;
                profiles.push(person.profile(now));
            }
        }
        Ok(profiles)
    }
}

/// Whether the alert takes hold of its responder now: newly asked, or said yes just now.
fn takes(before: Option<&Alert>, alert: &Alert) -> bool {
    let held = before.is_some_and(|a| a.state.holds_claim());
    let engaged = before.is_some_and(|a| a.state.is_engaged());
    alert.state.holds_claim() && (!held || (alert.state.is_engaged() && !engaged))
}
