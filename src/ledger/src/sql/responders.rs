//! Everybody a decision may concern: read once, under their locks, and then kept track of in
//! memory until the decision is written.

use std::collections::{BTreeMap, BTreeSet};

use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::responder::{Bar, Claim, Eligibility};
use muster_core::domain::selection::Candidate;
use muster_core::domain::time::Timestamp;

use super::db::{Arg, Db, Rows, Sql, sql};
use super::fault::Done;
use super::people::{Person, WIDTH, person_reached_if};
use super::phones::{self, Phone, Phones};
use super::rows::int;

/// A person with one of their phones in each row, or with none: who may be asked is read once.
macro_rules! person_with_phone {
    () => {
        concat!(
            person_reached_if!("d.no IS NOT NULL"),
            ", ",
            $crate::sql::phones::phone!(),
            " FROM responder r LEFT JOIN responder_claim c ON c.responder_no = r.no
             LEFT JOIN device d ON d.responder_no = r.no AND d.dead_reason IS NULL "
        )
    };
}

/// Whom an alert in this state holds, as [`AlertState::holds_claim`] says.
///
/// [`AlertState::holds_claim`]: muster_core::domain::alert::AlertState::holds_claim
macro_rules! holds_claim {
    () => {
        "state IN ('queued', 'sent', 'received', 'seen', 'accepted', 'en_route', 'on_scene')"
    };
}

/// Everybody a decision may concern: whom the incident's alerts hold, the responder of one alert,
/// and a list.
macro_rules! concerned {
    () => {
        concat!(
            "(SELECT responder_no FROM alert WHERE incident_id = $1 AND (id = $2 OR ",
            holds_claim!(),
            ") UNION "
        )
    };
}

/// Locks them in the order of their numbers: claims are given and taken under these locks alone.
const LOCK_CONCERNED: Sql = Sql {
    sqlite: "",
    postgres: concat!(
        "SELECT no FROM responder WHERE no IN ",
        concerned!(),
        "SELECT unnest(CAST($3 AS BIGINT[]))) ORDER BY no FOR NO KEY UPDATE"
    ),
};
const CONCERNED: Sql = sql!(
    [person_with_phone] "WHERE r.no IN " [concerned]
    [lite "SELECT value FROM json_each($3))"] [pg "SELECT unnest(CAST($3 AS BIGINT[])))"]
    " ORDER BY r.no"
);

/// Whom a decision may concern.
pub(super) struct ResponderQuery<'a> {
    pub(super) incident: &'a IncidentId,
    pub(super) claim_for: Option<&'a AlertId>,
    pub(super) numbers: Vec<i64>,
}

impl<'a> ResponderQuery<'a> {
    pub(super) fn new(
        incident: &'a IncidentId,
        claim_for: Option<&'a AlertId>,
        candidates: &[Candidate],
    ) -> Self {
        Self {
            incident,
            claim_for,
            numbers: candidates.iter().map(|c| int(c.responder.0)).collect(),
        }
    }

    /// The values of [`QUESTIONS`].
    pub(super) fn args(&self) -> [Arg<'_>; 3] {
        [
            self.incident.into(),
            self.claim_for.into(),
            (&self.numbers).into(),
        ]
    }
}

/// The questions about everybody concerned: first their locks, then their rows. Both take
/// [`ResponderQuery::args`].
pub(super) const QUESTIONS: [Sql; 2] = [LOCK_CONCERNED, CONCERNED];

/// An alert that a decision changed or made.
#[derive(Clone, Copy)]
pub(super) struct Changed<'a> {
    /// Its place in the order of asking.
    pub(super) ord: usize,
    pub(super) before: Option<&'a Alert>,
    pub(super) alert: &'a Alert,
}

/// Everybody a decision concerns, as the transaction leaves them.
pub(super) struct Responders {
    pub(super) people: BTreeMap<ResponderNo, Person>,
    /// Of these people.
    phones: Phones,
    /// Whose profile is another now.
    pub(super) changed: BTreeSet<ResponderNo>,
    /// Whose claim is another now.
    pub(super) moved: BTreeSet<ResponderNo>,
    /// Incidents that lost a responder to this one; they must notice.
    pub(super) losing: Vec<IncidentId>,
}

impl Responders {
    /// From the answer to the second of [`QUESTIONS`].
    pub(super) fn of(rows: &Rows) -> Done<Self> {
        let mut responders = Self {
            people: BTreeMap::new(),
            phones: Phones::new(),
            changed: BTreeSet::new(),
            moved: BTreeSet::new(),
            losing: Vec::new(),
        };
        responders.join(rows)?;
        Ok(responders)
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
            .filter(|change| change.alert.takes_hold(change.before))
            .map(|change| change.alert.responder)
            .filter(|no| !self.people.contains_key(no))
            .map(|no| int(no.0))
            .collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let query = ResponderQuery {
            incident,
            claim_for: None,
            numbers,
        };
        let args = query.args();
        let [_, rows] = db.query(QUESTIONS.map(|sql| (sql, args.as_slice())))?;
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
}

#[cfg(test)]
mod tests {
    use muster_core::domain::alert::AlertState;

    #[test]
    fn the_words_of_the_statement_are_the_states_that_hold_somebody() {
        for state in AlertState::ALL {
            let word = format!("'{}'", state.as_str());
            assert_eq!(
                holds_claim!().contains(&word),
                state.holds_claim(),
                "{word}"
            );
        }
    }
}
