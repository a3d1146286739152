//! What the tables say of responders: profile, standing, claim.

use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::quiet::QuietHours;
use muster_core::domain::responder::{Bar, Claim, Profile, Skills, Standing, Travel};
use muster_core::domain::selection::Candidate;
use muster_core::domain::time::Timestamp;

use super::db::{Arg, Db, Row, Rows, Sql, args, sql};
use super::duty::Duty;
use super::fault::{Done, Fault};
use super::rows::{instant, int, word};

/// Columns of a person, read by [`Person::of`]; whether a push reaches them is asked so.
macro_rules! person_reached_if {
    ($reached:literal) => {
        concat!(
            "SELECT r.no, r.org_no, r.id, r.skills, r.travel, r.exercises, r.standing, r.on_duty,
               r.duty_until, r.version + COALESCE(c.renewed, 0), CASE WHEN ",
            $reached,
            " THEN 1 ELSE 0 END, c.alert_id, c.incident_id, c.engaged, c.exercise,
               (SELECT q.hours FROM quiet_hours q WHERE q.responder_no = r.no)"
        )
    };
}
macro_rules! person {
    () => {
        $crate::sql::people::person_reached_if!(
            "EXISTS (SELECT 1 FROM device d
               WHERE d.responder_no = r.no AND d.dead_reason IS NULL)"
        )
    };
}
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
macro_rules! persons {
    () => {
        concat!(
            $crate::sql::people::person!(),
            " FROM responder r LEFT JOIN responder_claim c ON c.responder_no = r.no "
        )
    };
}
pub(super) use {person, person_reached_if, persons};

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
    [person_with_phone] "WHERE r.no IN " [concerned]
    [lite "SELECT value FROM json_each($3))"] [pg "SELECT unnest(CAST($3 AS BIGINT[])))"]
    " ORDER BY r.no"
);
/// How many columns `person!` has: what an answer holds beside them begins there, as the phone in
/// that to the second of [`QUESTIONS`].
pub(super) const WIDTH: usize = 16;
/// Locks these responders in the order of their numbers.
pub(super) const LOCK: Sql =
    sql!([pg "SELECT no FROM responder WHERE no = ANY($1) ORDER BY no FOR NO KEY UPDATE"]);
/// These responders.
pub(super) const OF_NUMBERS: Sql = sql!([persons] "WHERE r.no " [many 1] " ORDER BY r.no");
const AFTER: Sql = sql!([persons] "WHERE r.no > $1 ORDER BY r.no LIMIT $2");
/// Says that these profiles changed.
pub(super) const RENEW: Sql = sql!("UPDATE responder SET version = version + 1 WHERE no " [many 1]);

/// What holds a responder, and through which incident.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) claim: Claim,
    pub(super) incident: IncidentId,
}

/// One responder with everything that decides whether they may be asked.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) no: ResponderNo,
    org: OrgNo,
    pub(super) id: ResponderId,
    pub(super) skills: Skills,
    travel: Travel,
    exercises: bool,
    pub(super) standing: Standing,
    pub(super) duty: Duty,
    pub(super) hours: Option<QuietHours>,
    pub(super) version: u64,
    reachable: bool,
    pub(super) held: Option<Held>,
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
                u16::try_from(row.int(3)?).map_err(|_why| Fault::broken("skills out of range"))?,
            ),
            travel: word(row.text(4)?, Travel::parse)?,
            exercises: row.flag(5)?,
            standing: word(row.text(6)?, Standing::parse)?,
            duty: Duty {
                on: row.flag(7)?,
                until: instant(row.opt_int(8)?),
            },
            hours: row.opt_text(15)?.map(serde_json::from_str).transpose()?,
            version: row.nat(9)?,
            reachable: row.flag(10)?,
            held,
        })
    }

    pub(super) fn is_verified(&self) -> bool {
        self.standing == Standing::Verified
    }

    /// Whether they are on duty.
    pub(super) fn wants_alerts(&self, now: Timestamp) -> bool {
        self.duty.at(self.hours.as_ref(), now).on
    }

    /// Whether a claim keeps them from being found: whoever is on an exercise can still be called
    /// away by a real incident.
    pub(super) fn taken(&self) -> bool {
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
            available: self.is_verified()
                && self.wants_alerts(now)
                && self.reachable
                && !self.taken(),
            version: self.version,
        }
    }

    pub(super) fn bar(&self, incident: &Incident, own: bool, now: Timestamp) -> Option<Bar> {
        let opening = &incident.opening;
        let claimed = self
            .held
            .as_ref()
            .is_some_and(|held| own || opening.exercise || !held.claim.exercise);
        [
            (self.org != opening.org, Bar::OtherOrganisation),
            (!self.is_verified(), Bar::NotVerified),
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
