//! Claims: whom an alert holds, when it lets them go, and what is left of a claim that ended.
//! Which states of an alert hold somebody: `AlertState::holds_claim`.

use muster_core::domain::incident::Incident;
use muster_core::domain::responder::{Claim, Profile};
use muster_core::domain::time::Timestamp;

use super::db::{Arg, Db, Sql, args, sql};
use super::fault::Done;
use super::people::Held;
use super::responders::{Changed, Responders};
use super::rows::bound;

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
const ANY: Sql = sql!("SELECT 1 FROM responder_claim WHERE incident_id IS NULL LIMIT 1");
/// Whoever was let go, under their lock, with what their row has yet to learn.
const LET_GO: Sql = sql!(
    "SELECT no FROM responder WHERE no IN
       (SELECT responder_no FROM responder_claim WHERE incident_id IS NULL LIMIT $1) ORDER BY no"
    [pg " FOR NO KEY UPDATE SKIP LOCKED"]
);
const SETTLE_VERSIONS: Sql = sql!(
    "UPDATE responder SET version = version + (SELECT renewed FROM responder_claim c
       WHERE c.responder_no = responder.no)
     WHERE no IN (SELECT responder_no FROM responder_claim
       WHERE incident_id IS NULL AND responder_no " [many 1] ")"
);
const DROP_LET_GO: Sql = sql!(
    "DELETE FROM responder_claim WHERE incident_id IS NULL AND responder_no " [many 1]
);

impl Responders {
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
        } else if own || alert.takes_hold(before) {
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
            self.losing
                .extend(former.filter(|id| *id != incident.opening.id));
        }
        if was_taken != person.taken() {
            self.changed.insert(person.no);
        }
    }

    /// Writes down who was let go, who was claimed and whose profile changed; gives the new
    /// profiles. Those who were let go keep a row without a claim, which says how often their
    /// profile changed; see [`forget`].
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
        db.execute_rows(CLAIM, &rows)?;
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

/// Whether anybody was let go whose claim is still there.
pub(super) fn any_let_go(db: &dyn Db) -> Done<bool> {
    Ok(db.query_one(ANY, &[])?.first().is_some())
}

/// Adds to the rows of some who were let go how often a claim changed their profile, and forgets
/// the claims, so that their table stays small: a raise writes to pages that are at hand. Off the
/// path of emergencies, because rows of responders lie apart, and each is a page to be written.
pub(super) fn forget(db: &dyn Db, limit: usize) -> Done<usize> {
    let numbers = db.query_one(LET_GO, args![bound(limit)])?.ints()?;
    if !numbers.is_empty() {
        // one may have been claimed again before the lock was had: their row has an incident
        db.execute(SETTLE_VERSIONS, args![&numbers])?;
        db.execute(DROP_LET_GO, args![&numbers])?;
    }
    Ok(numbers.len())
}
