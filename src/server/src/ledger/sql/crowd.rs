//! Everybody a decision may concern: read once, under their locks, and then kept track of in
//! memory until the decision is written.

use std::collections::BTreeMap;

use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::responder::{Claim, Eligibility, Profile};
use muster_core::domain::selection::Candidate;
use muster_core::domain::time::Timestamp;

use super::db::{Db, Rows, Sql, args, sql};
use super::fault::Done;
use super::people::{Concern, Held, Person, QUESTIONS, RENEW};
use super::rows::int;

const CLAIM: Sql = sql!(
    "INSERT INTO responder_claim (responder_no, alert_id, incident_id, engaged, exercise)
     VALUES ($1, $2, $3, $4, $5)"
);
const MOVE_CLAIM: Sql = sql!(
    "UPDATE responder_claim SET alert_id = $1, incident_id = $2, engaged = $3, exercise = $4
     WHERE responder_no = $5"
);
const LET_GO: Sql = sql!("DELETE FROM responder_claim WHERE responder_no " [many 1]);

/// An alert that a decision changed or made.
#[derive(Clone, Copy)]
pub(super) struct Changed<'a> {
    /// Its place in the order of asking.
    pub(super) ord: usize,
    pub(super) before: Option<&'a Alert>,
    pub(super) alert: &'a Alert,
}

/// A claim to be written.
struct Given {
    to: ResponderNo,
    claim: Claim,
    /// The responder has a row already.
    in_row: bool,
}

/// Everybody a decision concerns, as the transaction leaves them.
pub(super) struct Crowd {
    people: BTreeMap<ResponderNo, Person>,
    changed: Vec<ResponderNo>,
    let_go: Vec<i64>,
    given: Vec<Given>,
    /// Incidents that lost a responder to this one; they must notice.
    pub(super) robbed: Vec<IncidentId>,
}

impl Crowd {
    /// From the answer to the second of [`QUESTIONS`].
    pub(super) fn of(rows: &Rows) -> Done<Self> {
        let people = rows
            .iter()
            .map(|row| Person::of(row).map(|person| (person.no, person)))
            .collect::<Done<_>>()?;
        Ok(Self {
            people,
            changed: Vec::new(),
            let_go: Vec::new(),
            given: Vec::new(),
            robbed: Vec::new(),
        })
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

    /// The ledger's word on each candidate; whoever is unknown is left out.
    pub(super) fn eligibility(
        &self,
        incident: &Incident,
        candidates: Vec<Candidate>,
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
                let word = Eligibility {
                    responder: person.no,
                    responder_id: person.id.clone(),
                    skills: person.skills,
                    barred: person.bar(incident, own, now),
                };
                Some((candidate, word))
            })
            .collect()
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
        for row in rows.iter() {
            let person = Person::of(row)?;
            self.people.entry(person.no).or_insert(person);
        }
        Ok(())
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
                self.let_go.push(int(person.no.0));
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
            self.given.push(Given {
                to: person.no,
                claim: held.claim.clone(),
                // a claim that was let go in this decision is still in its row
                in_row: person.held.is_some() || take(&mut self.let_go, int(person.no.0)),
            });
            let former = person.held.replace(held).map(|held| held.incident);
            self.robbed
                .extend(former.filter(|id| *id != incident.opening.id));
        }
        if was_taken != person.taken() && !self.changed.contains(&person.no) {
            self.changed.push(person.no);
        }
    }

    /// Writes down who was let go, who was claimed and whose profile changed; gives the new
    /// profiles.
    pub(super) fn settle(
        &mut self,
        db: &dyn Db,
        incident: &IncidentId,
        now: Timestamp,
    ) -> Done<Vec<Profile>> {
        if !self.let_go.is_empty() {
            db.tell(LET_GO, args![&self.let_go])?;
        }
        for Given { to, claim, in_row } in &self.given {
            let (alert, engaged, exercise) = (&claim.alert, claim.engaged, claim.exercise);
            if *in_row {
                db.tell(MOVE_CLAIM, args![alert, incident, engaged, exercise, *to])?;
            } else {
                db.tell(CLAIM, args![*to, alert, incident, engaged, exercise])?;
            }
        }
        if self.changed.is_empty() {
            return Ok(Vec::new());
        }
        let numbers: Vec<i64> = self.changed.iter().map(|no| int(no.0)).collect();
        db.tell(RENEW, args![&numbers])?;
        let mut profiles = Vec::with_capacity(numbers.len());
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

/// Takes a number out of a list; whether it was there.
fn take(list: &mut Vec<i64>, number: i64) -> bool {
    let found = list.iter().position(|other| *other == number);
    found.map(|at| list.swap_remove(at)).is_some()
}
