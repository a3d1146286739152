//! What the tables say of a responder: profile, eligibility, claim.

use super::Broken;
use super::tables::{Person, Phone, Tables};
use crate::domain::alert::Alert;
use crate::domain::ids::{AlertId, IncidentId, ResponderNo};
use crate::domain::incident::Incident;
use crate::domain::responder::{Bar, Claim, Eligibility, Profile, Standing};
use crate::domain::selection::Candidate;
use crate::domain::time::Timestamp;

impl Person {
    /// Duty as of `now`: at `duty_until` it turns by itself.
    pub(super) fn wants_alerts(&self, now: Timestamp) -> bool {
        let turned = self.who.duty_until.is_some_and(|until| until <= now);
        self.who.on_duty != turned
    }

    pub(super) fn reachable(&self) -> bool {
        self.phones.values().any(|phone| !phone.dead)
    }
}

impl Tables {
    pub(super) fn profile(&self, no: u64, now: Timestamp) -> Option<Profile> {
        let person = self.people.get(&no)?;
        let blocked = self
            .claims
            .get(&no)
            .is_some_and(|(claim, _)| !claim.exercise);
        Some(Profile {
            responder: person.who.no,
            org: person.org,
            skills: person.who.skills,
            travel: person.who.travel,
            exercises: person.who.exercises,
            available: person.who.standing == Standing::Verified
                && person.wants_alerts(now)
                && person.reachable()
                && !blocked,
            version: person.version,
        })
    }

    /// The ledger's word on each candidate; whoever is unknown is left out.
    pub(super) fn eligibility(
        &self,
        incident: &Incident,
        candidates: Vec<Candidate>,
        now: Timestamp,
        broken: Option<Broken>,
    ) -> Vec<(Candidate, Eligibility)> {
        let word = |candidate: Candidate| {
            let person = self.people.get(&candidate.responder.0)?;
            let mut barred = self.bar(person, incident, now);
            let unseen = match broken {
                Some(Broken::IgnoresClaims) => barred == Some(Bar::Engaged),
                Some(Broken::AsksAnybody) => barred.is_some() && barred != Some(Bar::Engaged),
                _ => false,
            };
            if unseen {
                barred = None;
            }
            let word = Eligibility {
                responder: candidate.responder,
                responder_id: person.who.id.clone(),
                skills: person.who.skills,
                barred,
                held_by: self
                    .claims
                    .get(&candidate.responder.0)
                    .map(|(claim, _)| claim.alert.clone()),
            };
            Some((candidate, word))
        };
        candidates.into_iter().filter_map(word).collect()
    }

    /// Whether they are known and verified, and not suspended.
    pub(super) fn is_verified(&self, no: ResponderNo) -> bool {
        let person = self.people.get(&no.0);
        person.is_some_and(|person| person.who.standing == Standing::Verified)
    }

    fn bar(&self, person: &Person, incident: &Incident, now: Timestamp) -> Option<Bar> {
        let opening = &incident.opening;
        let no = person.who.no;
        let own = incident
            .alerts
            .iter()
            .any(|a| a.responder == no && a.state.holds_claim());
        let claimed = self
            .claims
            .get(&no.0)
            .is_some_and(|(claim, _)| own || opening.exercise || !claim.exercise);
        [
            (person.org != opening.org, Bar::OtherOrganisation),
            (person.who.standing != Standing::Verified, Bar::NotVerified),
            (!person.wants_alerts(now), Bar::OffDuty),
            (!person.reachable(), Bar::NoDevice),
            (opening.exercise && !person.who.exercises, Bar::NoExercises),
            (claimed, Bar::Engaged),
            (
                self.waits_for_all_phones(person, &opening.id),
                Bar::PushWaits,
            ),
        ]
        .into_iter()
        .find_map(|(barred, bar)| barred.then_some(bar))
    }

    /// Whether asks of this incident wait already for each service that would wake this person.
    pub(super) fn waits_for_all_phones(&self, person: &Person, incident: &IncidentId) -> bool {
        let waits = |phone: &Phone| {
            let service = phone.device.address.service(phone.device.platform);
            self.outbox.values().any(|row| {
                row.put_off == Some(true)
                    && row.message.incident == *incident
                    && row.message.address.service(row.message.platform) == service
            })
        };
        person.reachable()
            && person
                .phones
                .values()
                .filter(|phone| !phone.dead)
                .all(waits)
    }

    /// Alerts that should hold their responder and do not: they went elsewhere.
    pub(super) fn lost(&self, incident: &Incident) -> Vec<AlertId> {
        let held = |alert: &Alert| {
            self.claims
                .get(&alert.responder.0)
                .is_some_and(|(claim, _)| claim.alert == alert.id)
        };
        incident
            .alerts
            .iter()
            .filter(|a| a.state.holds_claim() && !held(a))
            .map(|a| a.id.clone())
            .collect()
    }

    /// Makes the claim follow the alert. Says whether the responder's availability changed, and
    /// which incident lost them.
    pub(super) fn follow(
        &mut self,
        incident: &Incident,
        (before, alert): (Option<&Alert>, &Alert),
        broken: Option<Broken>,
    ) -> (bool, Option<IncidentId>) {
        let no = alert.responder.0;
        let held = self.claims.get(&no).cloned();
        let blocks = |claim: &Claim| !claim.exercise;
        let was = held.as_ref().is_some_and(|(claim, _)| blocks(claim));
        let own = held.as_ref().is_some_and(|(c, _)| c.alert == alert.id);
        if !alert.state.holds_claim() {
            if own {
                self.claims.remove(&no);
            }
            return (own && was, None);
        }
        // only an ask and a yes take somebody from another incident: any other change of an alert
        // that lost its responder would take them back
        let takes = before.is_none_or(|b| {
            !b.state.holds_claim() || (!b.state.is_engaged() && alert.state.is_engaged())
        });
        if held.is_some() && !own && !takes && broken != Some(Broken::TakesBack) {
            return (false, None);
        }
        let claim = Claim {
            alert: alert.id.clone(),
            engaged: alert.state.is_engaged(),
            exercise: incident.opening.exercise,
        };
        let changed = was != blocks(&claim);
        self.claims.insert(no, (claim, incident.opening.id.clone()));
        (changed, held.filter(|_| !own).map(|(_, other)| other))
    }
}
