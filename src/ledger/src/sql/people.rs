//! What the tables say of responders: profile, standing, claim.

use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::quiet::QuietHours;
use muster_core::domain::responder::{Bar, Claim, Profile, Skills, Standing, Travel};
use muster_core::domain::time::Timestamp;

use super::db::{Db, Row, Rows, Sql, args, sql};
use super::duty::Duty;
use super::fault::{Done, Fault};
use super::rows::{instant, word};

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
macro_rules! persons {
    () => {
        concat!(
            $crate::sql::people::person!(),
            " FROM responder r LEFT JOIN responder_claim c ON c.responder_no = r.no "
        )
    };
}
pub(super) use {person, person_reached_if, persons};

/// How many columns `person!` has: what an answer holds beside them begins there.
pub(super) const WIDTH: usize = 16;
/// Locks these responders in the order of their numbers.
pub(super) const LOCK: Sql =
    sql!([pg "SELECT no FROM responder WHERE no = ANY($1) ORDER BY no FOR NO KEY UPDATE"]);
/// These responders.
pub(super) const OF_NUMBERS: Sql = sql!([persons] "WHERE r.no " [many 1] " ORDER BY r.no");
const AFTER: Sql = sql!([persons] "WHERE r.no > $1 ORDER BY r.no LIMIT $2");
/// Says that these profiles changed.
pub(super) const RENEW: Sql = sql!("UPDATE responder SET version = version + 1 WHERE no " [many 1]);

/// The live index has yet to hear of it.
pub(super) const RENEW_LATER: Sql =
    sql!("UPDATE responder SET version = version + 1, dirty = 1 WHERE no " [many 1]);

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
    profiles_of(&db.query_one(AFTER, args![after, limit])?, now)
}
