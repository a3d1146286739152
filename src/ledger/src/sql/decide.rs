//! One decision: load, learn, decide by the domain's rules, write what changed.

use std::collections::BTreeSet;

use muster_core::domain::alert::Alert;
use muster_core::domain::event::{Actor, Recorded};
use muster_core::domain::ids::IncidentId;
use muster_core::domain::incident::{Command, Incident, Refusal};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Committed, Decision, Facts, LedgerError, PrivateChange, Stored};

use super::db::{Db, args};
use super::events::Trail;
use super::fault::Done;
use super::incidents::Loaded;
use super::new_incident::Fresh;
use super::responders::{Changed, QUESTIONS, ResponderQuery, Responders};
use super::sealed::Key;
use super::{events, incidents, lease, locks, sealed, wakeups};

/// An incident on its way from what it was to what it will be.
pub(super) struct Change {
    pub(super) stored: Stored,
    pub(super) key: Option<Key>,
    /// The alerts as the tables have them.
    pub(super) before: Vec<Alert>,
    /// What is written with the row of a new incident.
    pub(super) fresh: Option<Fresh>,
    pub(super) responders: Responders,
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

/// A committed decision, and the incidents that lost a responder to it: they are woken in a
/// transaction of their own, because no decision locks two incidents.
pub(super) type Effect<T> = (T, Vec<IncidentId>);

/// Makes a decision.
pub(super) fn decide(db: &dyn Db, decision: Decision) -> Done<Effect<Committed>> {
    let Decision {
        org,
        incident,
        actor,
        now,
        needs,
        private,
        rule,
    } = decision;
    let concerned = ResponderQuery::new(&incident, needs.claim_for.as_ref(), &needs.candidates);
    let [lock, read] = QUESTIONS;
    let [_, row, alerts, parts, _, responders] = db.query([
        (locks::LOCK_INCIDENT, args![&incident]),
        (incidents::BY_ID_LOCKED, args![org, &incident]),
        (incidents::ALERTS, args![&incident]),
        (sealed::OF_INCIDENT, args![&incident]),
        (lock, &concerned.args()),
        (read, &concerned.args()),
    ])?;
    let Loaded { stored, key } = incidents::loaded(&row, &alerts, &parts)?;
    if needs
        .if_match
        .is_some_and(|seen| seen != stored.incident.version)
    {
        return Err(Refusal::Stale.into());
    }
    let responders = Responders::of(&responders)?;
    let claimed = needs.claim_for.and_then(|id| stored.incident.alert(&id));
    let is_suspended = |a: &Alert| !a.state.is_engaged() && !responders.is_verified(a.responder);
    if claimed.is_some_and(is_suspended) {
        // suspended since they were asked; those who are engaged are let go by the suspension
        return Err(Refusal::AlertEnded.into());
    }
    // asked for when something waits alone: no decision of a good day reads more for it
    let stuck = if needs.candidates.is_empty() {
        BTreeSet::new()
    } else {
        lease::stuck(db, &stored.incident)?
    };
    let facts = Facts {
        claim: claimed
            .and_then(|alert| responders.claim(alert.responder))
            .cloned(),
        candidates: responders.eligibility(
            &stored.incident,
            (needs.candidates, &needs.connected),
            &stuck,
            now,
        ),
        lost: if needs.lost_claims {
            responders.lost(&stored.incident)
        } else {
            Vec::new()
        },
        private: stored.private.clone().filter(|_| needs.private),
    };
    let commands = rule(&stored.incident, facts);
    let mut change = Change {
        before: stored.incident.alerts.clone(),
        fresh: None,
        stored,
        key,
        responders,
        events: Vec::new(),
        actor,
        now,
    };
    for command in &commands {
        change.obey(command)?;
    }
    change_private(db, &mut change, private)?;
    commit(db, change)
}

fn change_private(db: &dyn Db, change: &mut Change, to: PrivateChange) -> Done<()> {
    let PrivateChange {
        location,
        address,
        message,
        kind,
    } = to;
    if location.is_none() && address.is_none() && message.is_none() && kind.is_none() {
        return Ok(());
    }
    // nothing can be added to what was destroyed
    let (Some(part), Some(key)) = (change.stored.private.as_mut(), &change.key) else {
        return Err(LedgerError::NotFound.into());
    };
    if let Some(place) = location {
        part.moved_from = Some(std::mem::replace(&mut part.location, place));
    }
    if let Some(address) = address {
        part.address = address;
    }
    part.message = message.or(part.message.take());
    if let Some(word) = kind {
        part.kind = word;
    }
    key.store(db, part)
}

/// Writes the incident with its next wake time, alerts, events, claims and outbox rows, in the
/// order in which they refer to each other.
pub(super) fn commit(db: &dyn Db, change: Change) -> Done<Effect<Committed>> {
    let Change {
        stored,
        mut key,
        before,
        fresh,
        mut responders,
        events,
        actor,
        now,
    } = change;
    let id = stored.incident.opening.id.clone();
    let answered = actor.device.as_deref();
    let changed = changed(&stored.incident, &before);
    responders.complete(db, &id, &changed)?;
    let pushes = wakeups::plan(db, &responders, (&stored.incident, &events), answered)?;
    // let go first, so that whoever is asked again in the same decision keeps the new claim
    for holds in [false, true] {
        let of_kind = |c: &&Changed<'_>| c.alert.state.holds_claim() == holds;
        for change in changed.iter().filter(of_kind) {
            responders.follow(&stored.incident, *change);
        }
    }
    let wake_at = if responders.lost(&stored.incident).is_empty() {
        stored.incident.wake_at(now)
    } else {
        Some(now)
    };
    match fresh {
        Some(fresh) => key = Some(fresh.write(db, &stored, wake_at)?),
        None => incidents::update(db, &stored, wake_at)?,
    }
    let (old, new): (Vec<&Changed<'_>>, Vec<_>) = changed.iter().partition(|c| c.before.is_some());
    let old: Vec<_> = old.into_iter().map(|c| (c.ord, c.alert)).collect();
    let new: Vec<_> = new.into_iter().map(|c| (c.ord, c.alert)).collect();
    incidents::change_alerts(db, &id, &old)?;
    incidents::add_alerts(db, &id, &new)?;
    let trail = Trail {
        org: stored.incident.opening.org,
        incident: &id,
        actor: &actor,
    };
    let history: Vec<_> = events.iter().map(|recorded| (trail, recorded)).collect();
    events::append(db, &history, &mut key)?;
    let profiles = responders.settle(db, now)?;
    let outgoing = wakeups::enqueue(db, &stored.incident, pushes, now)?;
    let committed = Committed {
        stored,
        events,
        outgoing,
        profiles,
    };
    Ok((committed, responders.losing))
}

/// The alerts that differ; they are only ever appended or changed in place.
fn changed<'a>(incident: &'a Incident, before: &'a [Alert]) -> Vec<Changed<'a>> {
    let alerts = incident.alerts.iter().enumerate();
    alerts
        .map(|(ord, alert)| Changed {
            ord,
            before: before.get(ord),
            alert,
        })
        .filter(|change| change.before != Some(change.alert))
        .collect()
}
