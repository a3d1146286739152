//! What the tables say of responders: profile, eligibility, claim. A decision reads everybody it
//! may concern once, under their locks, and then keeps track in memory.

use std::collections::BTreeMap;

use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::responder::{Bar, Claim, Eligibility, Profile, Skills, Standing, Travel};
use muster_core::domain::selection::Candidate;
use muster_core::domain::time::Timestamp;

use super::db::{Arg, Db, Row, Rows, Sql, args, sql};
use super::fault::{Done, Fault};
use super::rows::{instant, int, word};

/// Columns of a person, read by [`Person::of`].
macro_rules! person {
    () => {
        "SELECT r.no, r.org_no, r.id, r.skills, r.travel, r.exercises, r.standing, r.on_duty,
           r.duty_until, r.version,
           CASE WHEN EXISTS (SELECT 1 FROM device d
             WHERE d.responder_no = r.no AND d.dead_reason IS NULL) THEN 1 ELSE 0 END,
           c.alert_id, c.incident_id, c.engaged, c.exercise"
    };
}
macro_rules! persons {
    () => {
        concat!(
            $crate::ledger::sql::people::person!(),
            " FROM responder r LEFT JOIN responder_claim c ON c.responder_no = r.no "
        )
    };
}
pub(super) use {person, persons};

/// Everybody a decision may concern: whoever has a claim of the incident, the responder of one
/// alert, and a list.
macro_rules! concerned {
    () => {
        "(SELECT responder_no FROM responder_claim WHERE incident_id = $1
          UNION SELECT responder_no FROM alert WHERE id = $2 UNION "
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
    [persons] "WHERE r.no IN " [concerned]
    [lite "SELECT value FROM json_each($3))"] [pg "SELECT unnest(CAST($3 AS BIGINT[])))"]
);
/// Locks these responders in the order of their numbers.
pub(super) const LOCK: Sql =
    sql!([pg "SELECT no FROM responder WHERE no = ANY($1) ORDER BY no FOR NO KEY UPDATE"]);
/// These responders.
pub(super) const OF_NUMBERS: Sql = sql!([persons] "WHERE r.no " [many 1] " ORDER BY r.no");
const AFTER: Sql = sql!([persons] "WHERE r.no > $1 ORDER BY r.no LIMIT $2");
/// Says that these profiles changed.
pub(super) const RENEW: Sql = sql!("UPDATE responder SET version = version + 1 WHERE no " [many 1]);
const CLAIM: Sql = sql!(
    "INSERT INTO responder_claim (responder_no, alert_id, incident_id, engaged, exercise)
     VALUES ($1, $2, $3, $4, $5)"
);
const MOVE_CLAIM: Sql = sql!(
    "UPDATE responder_claim SET alert_id = $1, incident_id = $2, engaged = $3, exercise = $4
     WHERE responder_no = $5"
);
const LET_GO: Sql = sql!("DELETE FROM responder_claim WHERE responder_no " [many 1]);

/// What holds a responder, and through which incident.
#[derive(Clone)]
struct Held {
    claim: Claim,
    incident: IncidentId,
}

/// One responder with everything that decides whether they may be asked.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) no: ResponderNo,
    org: OrgNo,
    id: ResponderId,
    skills: Skills,
    travel: Travel,
    exercises: bool,
    pub(super) standing: Standing,
    pub(super) on_duty: bool,
    pub(super) duty_until: Option<Timestamp>,
    pub(super) version: u64,
    reachable: bool,
    held: Option<Held>,
}

impl Person {
    /// From a row of `person!`.
    pub(super) fn of(row: Row<'_>) -> Done<Self> {
        let held = match (row.opt_text(11)?, row.opt_text(12)?) {
            (Some(alert), Some(incident)) => Some(Held {
                claim: Claim {
                    alert: AlertId::from(alert),
                    engaged: row.flag(13)?,
                    exercise: row.flag(14)?,
                },
                incident: IncidentId::from(incident),
            }),
            _ => None,
        };
        Ok(Self {
            no: ResponderNo(row.nat(0)?),
            org: row.org(1)?,
            id: ResponderId(row.string(2)?),
            skills: Skills(
                u16::try_from(row.int(3)?).map_err(|_| Fault::broken("skills out of range"))?,
            ),
            travel: word(row.text(4)?, Travel::parse)?,
            exercises: row.flag(5)?,
            standing: word(row.text(6)?, Standing::parse)?,
            on_duty: row.flag(7)?,
            duty_until: instant(row.opt_int(8)?),
            version: row.nat(9)?,
            reachable: row.flag(10)?,
            held,
        })
    }

    fn verified(&self) -> bool {
        self.standing == Standing::Verified
    }

    /// Duty as of `now`: at `duty_until` it turns by itself.
    fn wants_alerts(&self, now: Timestamp) -> bool {
        self.on_duty != self.duty_until.is_some_and(|until| until <= now)
    }

    /// Whether a claim keeps them from being found: whoever is on an exercise can still be called
    /// away by a real incident.
    fn taken(&self) -> bool {
        self.held.as_ref().is_some_and(|held| !held.claim.exercise)
    }

    /// The incident that holds them.
    pub(super) fn incident(&self) -> Option<&IncidentId> {
        self.held.as_ref().map(|held| &held.incident)
    }

    pub(super) fn profile(&self, now: Timestamp) -> Profile {
        Profile {
            responder: self.no,
            org: self.org,
            skills: self.skills,
            travel: self.travel,
            exercises: self.exercises,
            available: self.verified() && self.wants_alerts(now) && self.reachable && !self.taken(),
            version: self.version,
        }
    }

    fn bar(&self, incident: &Incident, own: bool, now: Timestamp) -> Option<Bar> {
        let opening = &incident.opening;
        let claimed = self
            .held
            .as_ref()
            .is_some_and(|held| own || opening.exercise || !held.claim.exercise);
        [
            (self.org != opening.org, Bar::OtherOrganisation),
            (!self.verified(), Bar::NotVerified),
            (!self.wants_alerts(now), Bar::OffDuty),
            (!self.reachable, Bar::NoDevice),
            (opening.exercise && !self.exercises, Bar::NoExercises),
            (claimed, Bar::Engaged),
        ]
        .into_iter()
        .find_map(|(barred, bar)| barred.then_some(bar))
    }
}

/// Profiles in the order of the rows.
pub(super) fn profiles_of(rows: &Rows, now: Timestamp) -> Done<Vec<Profile>> {
    rows.iter()
        .map(|row| Ok(Person::of(row)?.profile(now)))
        .collect()
}

/// Profiles above a number, by number.
pub(super) fn profiles(
    db: &dyn Db,
    after: ResponderNo,
    limit: i64,
    now: Timestamp,
) -> Done<Vec<Profile>> {
    profiles_of(&db.one(AFTER, args![after, limit])?, now)
}

/// Whom a decision may concern.
pub(super) struct Concern<'a> {
    pub(super) incident: &'a IncidentId,
    pub(super) claim_for: Option<&'a AlertId>,
    pub(super) numbers: Vec<i64>,
}

impl<'a> Concern<'a> {
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
/// [`Concern::args`].
pub(super) const QUESTIONS: [Sql; 2] = [LOCK_CONCERNED, CONCERNED];

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
