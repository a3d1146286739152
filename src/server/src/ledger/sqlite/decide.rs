//! One decision: load, learn, decide by the domain's rules, write what changed.

use muster_core::domain::alert::Alert;
use muster_core::domain::event::{Actor, Recorded};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::incident::{Command, Incident, Refusal};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Committed, Decision, Facts, LedgerError, Needs, PrivateChange, Stored};
use rusqlite::Connection;

use super::events::Trail;
use super::fault::Done;
use super::{events, incidents, outbox, people, private};

/// An incident on its way from what it was to what it will be.
pub(super) struct Change {
    pub(super) stored: Stored,
    /// The alerts as the tables have them.
    pub(super) before: Vec<Alert>,
    pub(super) events: Vec<Recorded>,
    pub(super) actor: Actor,
    pub(super) now: Timestamp,
}

impl Change {
    /// Decides one command and makes it so.
    pub(super) fn obey(&mut self, command: &Command) -> Result<(), Refusal> {
        let incident = &mut self.stored.incident;
        let version = incident.version_after(command);
        for event in incident.decide(command, self.now)? {
            let recorded = Recorded {
                at: self.now,
                version,
                event,
            };
            incident.apply(&recorded);
            self.events.push(recorded);
        }
        Ok(())
    }
}

/// Makes a decision.
pub(super) fn decide(db: &Connection, boot: i64, decision: Decision) -> Done<Committed> {
    let Decision {
        org,
        incident,
        actor,
        now,
        needs,
        private,
        rule,
    } = decision;
    let stored = incidents::load(db, org, &incident)?;
    if needs
        .if_match
        .is_some_and(|seen| seen != stored.incident.version)
    {
        return Err(Refusal::Stale.into());
    }
    let facts = learn(db, &stored.incident, needs, now)?;
    let commands = rule(&stored.incident, facts);
    let mut change = Change {
        before: stored.incident.alerts.clone(),
        stored,
        events: Vec::new(),
        actor,
        now,
    };
    for command in &commands {
        change.obey(command)?;
    }
    change_private(db, &mut change.stored, private)?;
    commit(db, boot, change)
}

fn learn(db: &Connection, incident: &Incident, needs: Needs, now: Timestamp) -> Done<Facts> {
    let responder = needs
        .claim_for
        .and_then(|id| incident.alert(&id).map(|a| a.responder));
    let claim = responder
        .map(|no| people::claim(db, no))
        .transpose()?
        .flatten();
    Ok(Facts {
        candidates: people::eligibility(db, incident, needs.candidates, now)?,
        claim: claim.map(|(claim, _)| claim),
        lost: if needs.lost_claims {
            people::lost(db, incident)?
        } else {
            Vec::new()
        },
    })
}

fn change_private(db: &Connection, stored: &mut Stored, change: PrivateChange) -> Done<()> {
    let PrivateChange {
        location,
        address,
        message,
    } = change;
    if location.is_none() && address.is_none() && message.is_none() {
        return Ok(());
    }
    // nothing can be added to what was destroyed
    let part = stored.private.as_mut().ok_or(LedgerError::NotFound)?;
    if let Some(place) = location {
        part.moved_from = Some(std::mem::replace(&mut part.location, place));
    }
    if let Some(address) = address {
        part.address = address;
    }
    part.message = message.or(part.message.take());
    private::store(db, &stored.incident.opening.id, part)
}

/// Writes events, alerts, claims, outbox rows and the incident with its next wake time.
pub(super) fn commit(db: &Connection, boot: i64, change: Change) -> Done<Committed> {
    let Change {
        mut stored,
        before,
        events,
        actor,
        now,
    } = change;
    let opening = &stored.incident.opening;
    let trail = Trail {
        org: opening.org,
        incident: &opening.id,
        actor: &actor,
    };
    for recorded in &events {
        events::append(db, trail, recorded)?;
    }
    let changed = put_changed(db, &stored.incident, &before)?;
    let mut people_changed: Vec<ResponderNo> = Vec::new();
    // let go first, so that whoever is asked again in the same decision keeps the new claim
    for holds in [false, true] {
        for alert in changed.iter().filter(|a| a.state.holds_claim() == holds) {
            let differs = people::follow(db, &stored.incident, alert, now)?;
            if differs && !people_changed.contains(&alert.responder) {
                people_changed.push(alert.responder);
            }
        }
    }
    let mut profiles = Vec::with_capacity(people_changed.len());
    for no in people_changed {
        people::renew(db, no)?;
        profiles.push(people::profile(db, no, now)?);
    }
    let outgoing = {
        let answered = actor.device.as_deref();
        outbox::enqueue(db, boot, &stored.incident, &events, (answered, now))?
    };
    let wake_at = if people::lost(db, &stored.incident)?.is_empty() {
        stored.incident.wake_at(now)
    } else {
        Some(now)
    };
    incidents::update(db, &mut stored, wake_at)?;
    Ok(Committed {
        stored,
        events,
        outgoing,
        profiles,
    })
}

/// Writes the alerts that differ; they are only ever appended or changed in place.
fn put_changed<'a>(
    db: &Connection,
    incident: &'a Incident,
    before: &[Alert],
) -> Done<Vec<&'a Alert>> {
    let mut changed = Vec::new();
    for (ord, alert) in incident.alerts.iter().enumerate() {
        if before.get(ord) != Some(alert) {
            incidents::put_alert(db, &incident.opening.id, ord, alert)?;
            changed.push(alert);
        }
    }
    Ok(changed)
}
