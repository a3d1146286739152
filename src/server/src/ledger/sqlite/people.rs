//! What the tables say of a responder: profile, eligibility, claim.

use muster_core::domain::alert::Alert;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::incident::Incident;
use muster_core::domain::responder::{Bar, Claim, Eligibility, Profile, Skills, Standing, Travel};
use muster_core::domain::selection::Candidate;
use muster_core::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::fault::{Done, Fault};
use super::rows::{int, nat, word};

/// One responder with everything that decides whether they may be asked.
pub(super) struct Person {
    no: ResponderNo,
    org: OrgNo,
    id: ResponderId,
    skills: Skills,
    travel: String,
    exercises: bool,
    standing: String,
    on_duty: bool,
    duty_until: Option<i64>,
    version: u64,
    reachable: bool,
    /// `Some(exercise)` while somebody has a claim.
    claimed: Option<bool>,
}

const PERSON: &str = "SELECT r.no, r.org_no, r.id, r.skills, r.travel, r.exercises, r.standing,
    r.on_duty, r.duty_until, r.version,
    EXISTS (SELECT 1 FROM device d WHERE d.responder_no = r.no AND d.dead_reason IS NULL),
    c.exercise
  FROM responder r LEFT JOIN responder_claim c ON c.responder_no = r.no";

impl Person {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            no: ResponderNo(nat(row.get(0)?)),
            org: OrgNo(row.get(1)?),
            id: ResponderId(row.get(2)?),
            skills: Skills(row.get(3)?),
            travel: row.get(4)?,
            exercises: row.get(5)?,
            standing: row.get(6)?,
            on_duty: row.get(7)?,
            duty_until: row.get(8)?,
            version: nat(row.get(9)?),
            reachable: row.get(10)?,
            claimed: row.get(11)?,
        })
    }

    fn load(db: &Connection, no: ResponderNo) -> Done<Option<Self>> {
        Ok(db
            .prepare_cached(&format!("{PERSON} WHERE r.no = $1"))?
            .query_row(params![int(no.0)], Self::of)
            .optional()?)
    }

    fn verified(&self) -> bool {
        Standing::parse(&self.standing) == Some(Standing::Verified)
    }

    /// Duty as of `now`: at `duty_until` it turns by itself.
    fn wants_alerts(&self, now: Timestamp) -> bool {
        let turned = self.duty_until.is_some_and(|until| until <= now.0);
        self.on_duty != turned
    }

    fn profile(&self, now: Timestamp) -> Done<Profile> {
        Ok(Profile {
            responder: self.no,
            org: self.org,
            skills: self.skills,
            travel: word(&self.travel, Travel::parse)?,
            exercises: self.exercises,
            // whoever is on an exercise can still be called away by a real incident
            available: self.verified()
                && self.wants_alerts(now)
                && self.reachable
                && self.claimed != Some(false),
            version: self.version,
        })
    }

    fn bar(&self, incident: &Incident, own: bool, now: Timestamp) -> Option<Bar> {
        let opening = &incident.opening;
        let claimed = self
            .claimed
            .is_some_and(|exercise| own || opening.exercise || !exercise);
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

/// The ledger's word on each candidate; whoever is unknown is left out.
pub(super) fn eligibility(
    db: &Connection,
    incident: &Incident,
    candidates: Vec<Candidate>,
    now: Timestamp,
) -> Done<Vec<(Candidate, Eligibility)>> {
    let mut known = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let Some(person) = Person::load(db, candidate.responder)? else {
            continue;
        };
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
        known.push((candidate, word));
    }
    Ok(known)
}

/// One profile.
pub(super) fn profile(db: &Connection, no: ResponderNo, now: Timestamp) -> Done<Profile> {
    Person::load(db, no)?
        .ok_or_else(|| Fault::broken("a responder without a row"))?
        .profile(now)
}

/// Profiles above a number, by number.
pub(super) fn profiles(
    db: &Connection,
    after: ResponderNo,
    limit: i64,
    now: Timestamp,
) -> Done<Vec<Profile>> {
    let mut statement =
        db.prepare_cached(&format!("{PERSON} WHERE r.no > $1 ORDER BY r.no LIMIT $2"))?;
    let people = statement
        .query_map(params![int(after.0), limit], Person::of)?
        .collect::<Result<Vec<_>, _>>()?;
    people.iter().map(|person| person.profile(now)).collect()
}

/// Says that the profile changed.
pub(super) fn renew(db: &Connection, no: ResponderNo) -> Done<()> {
    db.prepare_cached("UPDATE responder SET version = version + 1 WHERE no = $1")?
        .execute(params![int(no.0)])?;
    Ok(())
}

/// Says so, and that the live index has yet to hear of it.
pub(super) fn renew_later(db: &Connection, no: ResponderNo) -> Done<()> {
    db.prepare_cached("UPDATE responder SET version = version + 1, dirty = 1 WHERE no = $1")?
        .execute(params![int(no.0)])?;
    Ok(())
}

/// Whether any phone can be reached.
pub(super) fn reachable(db: &Connection, no: ResponderNo) -> Done<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM device WHERE responder_no = $1 AND dead_reason IS NULL)",
        )?
        .query_row(params![int(no.0)], |row| row.get(0))?)
}

/// What holds a responder, and through which incident.
pub(super) fn claim(db: &Connection, no: ResponderNo) -> Done<Option<(Claim, IncidentId)>> {
    Ok(db
        .prepare_cached(
            "SELECT alert_id, engaged, exercise, incident_id FROM responder_claim
             WHERE responder_no = $1",
        )?
        .query_row(params![int(no.0)], |row| {
            let claim = Claim {
                alert: AlertId(row.get(0)?),
                engaged: row.get(1)?,
                exercise: row.get(2)?,
            };
            Ok((claim, IncidentId(row.get(3)?)))
        })
        .optional()?)
}

/// Alerts that should hold their responder and do not: they went elsewhere.
pub(super) fn lost(db: &Connection, incident: &Incident) -> Done<Vec<AlertId>> {
    let mut statement =
        db.prepare_cached("SELECT alert_id FROM responder_claim WHERE incident_id = $1")?;
    let held = statement
        .query_map(params![incident.opening.id.as_str()], |row| {
            row.get::<_, String>(0)
        })?
        .collect::<Result<std::collections::HashSet<_>, _>>()?;
    Ok(incident
        .alerts
        .iter()
        .filter(|a| a.state.holds_claim() && !held.contains(a.id.as_str()))
        .map(|a| a.id.clone())
        .collect())
}

/// Makes the claim follow the alert. True when the responder's availability changed.
pub(super) fn follow(
    db: &Connection,
    incident: &Incident,
    alert: &Alert,
    now: Timestamp,
) -> Done<bool> {
    let before = claim(db, alert.responder)?;
    let blocks = |exercise: Option<bool>| exercise == Some(false);
    let was = before.as_ref().map(|(claim, _)| claim.exercise);
    let own = before
        .as_ref()
        .is_some_and(|(claim, _)| claim.alert == alert.id);
    if !alert.state.holds_claim() {
        if own {
            db.prepare_cached("DELETE FROM responder_claim WHERE responder_no = $1")?
                .execute(params![int(alert.responder.0)])?;
        }
        return Ok(own && blocks(was));
    }
    // the incident that loses its responder must notice
    if let Some((_, other)) = before.filter(|_| !own) {
        super::incidents::wake_by(db, &other, now)?;
    }
    let opening = &incident.opening;
    db.prepare_cached(
        "INSERT INTO responder_claim (responder_no, alert_id, incident_id, engaged, exercise)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (responder_no) DO UPDATE SET
           alert_id = excluded.alert_id, incident_id = excluded.incident_id,
           engaged = excluded.engaged, exercise = excluded.exercise",
    )?
    .execute(params![
        int(alert.responder.0),
        alert.id.as_str(),
        opening.id.as_str(),
        alert.state.is_engaged(),
        opening.exercise,
    ])?;
    Ok(blocks(was) != blocks(Some(opening.exercise)))
}

/// How many phones of a responder a push can reach.
pub(super) fn live_devices(db: &Connection, who: ResponderNo) -> Done<i64> {
    let count = db
        .prepare_cached(
            "SELECT COUNT(*) FROM device WHERE responder_no = $1 AND dead_reason IS NULL",
        )?
        .query_row(params![int(who.0)], |row| row.get(0))?;
    Ok(count)
}
