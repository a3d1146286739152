//! One decision on the tables: learn, decide by the domain's rules, write what changed.

use super::Broken;
use super::tables::{Case, Line, PER_TX};
use super::world::Inner;
use crate::domain::alert::Alert;
use crate::domain::event::{Actor, Recorded};
use crate::domain::ids::IncidentId;
use crate::domain::incident::{Command, Incident, Refusal};
use crate::domain::time::Timestamp;
use crate::ports::{Committed, Decision, Facts, LedgerError, Raise, Raised, Stored};

/// Who writes: the life of a node and the number of its transaction.
#[derive(Clone, Copy)]
pub(super) struct Writer {
    pub(super) boot: u64,
    pub(super) tx: u64,
}

/// A commit, and the incidents that lost a responder by it.
pub(super) type Made<T> = Result<(T, Vec<IncidentId>), LedgerError>;

struct Change {
    stored: Stored,
    before: Vec<Alert>,
    events: Vec<Recorded>,
    actor: Actor,
    now: Timestamp,
}

impl Change {
    fn obey(&mut self, command: &Command) -> Result<(), Refusal> {
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

impl Inner {
    /// Makes a decision. `seen` is the incident as it was before the lock, which only a broken
    /// ledger looks at.
    pub(super) fn decide(
        &mut self,
        writer: Writer,
        seen: Option<Case>,
        decision: Decision,
    ) -> Made<Committed> {
        let case = self
            .tables
            .cases
            .get(&decision.incident)
            .filter(|case| case.stored.incident.opening.org == decision.org)
            .ok_or(LedgerError::NotFound)?;
        let stored = match seen {
            Some(seen) if self.broken == Some(Broken::Interleaves) => seen.stored,
            _ => case.stored.clone(),
        };
        let needs = decision.needs;
        let version = stored.incident.version;
        if needs.if_match.is_some_and(|wanted| wanted != version) {
            return Err(Refusal::Stale.into());
        }
        let incident = &stored.incident;
        let claimed = needs.claim_for.and_then(|id| incident.alert(&id));
        if claimed.is_some_and(|alert| {
            !alert.state.is_engaged() && !self.tables.is_verified(alert.responder)
        }) {
            return Err(Refusal::AlertEnded.into());
        }
        let claim = claimed
            .and_then(|alert| self.tables.claims.get(&alert.responder.0))
            .filter(|_| self.broken != Some(Broken::IgnoresClaims))
            .map(|(claim, _)| claim.clone());
        let facts = Facts {
            candidates: self.tables.eligibility(
                incident,
                needs.candidates,
                decision.now,
                self.broken,
            ),
            claim,
            lost: if needs.lost_claims {
                self.tables.lost(incident)
            } else {
                Vec::new()
            },
            private: stored.private.clone().filter(|_| needs.private),
        };
        let commands = (decision.rule)(incident, facts);
        let mut change = Change {
            before: incident.alerts.clone(),
            stored,
            events: Vec::new(),
            actor: decision.actor,
            now: decision.now,
        };
        for command in &commands {
            change.obey(command)?;
        }
        if let Some(part) = change.stored.private.as_mut() {
            let private = decision.private;
            if let Some(place) = private.location {
                part.moved_from = Some(std::mem::replace(&mut part.location, place));
            }
            part.address = private.address.unwrap_or_else(|| part.address.clone());
            part.message = private.message.or(part.message.take());
            part.kind = private.kind.unwrap_or_else(|| part.kind.take());
        }
        Ok(self.commit(writer, change))
    }

    /// Raises it, or finds the one that was raised before.
    pub(super) fn raise(&mut self, writer: Writer, raise: Raise) -> Made<Raised> {
        let (key, body) = raise.idempotency;
        let key = (raise.opening.org, key);
        if let Some((id, known)) = self.tables.keys.get(&key) {
            if *known != body {
                return Err(LedgerError::KeyMismatch);
            }
            let case = self.tables.cases.get(id).ok_or(LedgerError::NotFound)?;
            let mut known = Committed::already(case.stored.clone());
            let id = id.clone();
            known.outgoing = self.take_over(writer, &id);
            return Ok((Raised::Repeated(Box::new(known)), Vec::new()));
        }
        let open = |case: &&Case| {
            !case.stored.incident.is_closed()
                && case.stored.incident.opening.org == key.0
                && case.stored.source == raise.source
        };
        if raise.source.is_some()
            && let Some(case) = self.tables.cases.values().find(open)
        {
            // a later repeat of this key means that incident too, also once it is closed
            let stored = case.stored.clone();
            let id = stored.incident.opening.id.clone();
            self.tables.keys.insert(key, (id, body));
            let known = Committed::already(stored);
            return Ok((Raised::SourceOpen(Box::new(known)), Vec::new()));
        }
        let now = raise.opening.opened_at;
        let (incident, raised) = Incident::raise(raise.opening);
        if self.broken != Some(Broken::ForgetsKeys) {
            let id = incident.opening.id.clone();
            self.tables.keys.insert(key, (id, body));
        }
        let candidates = self
            .tables
            .eligibility(&incident, raise.candidates, now, self.broken);
        let mut change = Change {
            stored: Stored {
                incident,
                private: Some(raise.private),
                source: raise.source,
                possible_duplicates: Vec::new(),
            },
            before: Vec::new(),
            events: vec![raised],
            actor: raise.actor,
            now,
        };
        change.obey(&Command::Ask {
            candidates,
            complete: raise.complete,
        })?;
        let (committed, robbed) = self.commit(writer, change);
        Ok((Raised::New(Box::new(committed)), robbed))
    }

    /// Writes events, alerts, claims, outbox rows and the incident with its next wake time.
    fn commit(&mut self, writer: Writer, change: Change) -> (Committed, Vec<IncidentId>) {
        let Change {
            stored,
            before,
            events,
            actor,
            now,
        } = change;
        let incident = &stored.incident;
        let id = incident.opening.id.clone();
        let (witness, tables) = (&mut self.witness, &self.tables);
        witness.before_commit(tables, &stored, &events);
        let mut robbed = Vec::new();
        let mut people: Vec<u64> = Vec::new();
        // let go first, so that whoever is asked again in the same decision keeps the new claim
        for holds in [false, true] {
            for (at, alert) in incident.alerts.iter().enumerate() {
                let was = before.get(at);
                if was == Some(alert) || alert.state.holds_claim() != holds {
                    continue;
                }
                let (differs, lost) = self.tables.follow(incident, (was, alert), self.broken);
                if differs && !people.contains(&alert.responder.0) {
                    people.push(alert.responder.0);
                }
                robbed.extend(lost.filter(|other| *other != id));
            }
        }
        let mut profiles = Vec::new();
        for no in people {
            if let Some(person) = self.tables.people.get_mut(&no) {
                person.version += 1;
            }
            profiles.extend(self.tables.profile(no, now));
        }
        let outgoing = self.enqueue(
            writer.boot,
            incident,
            &events,
            (actor.device.as_deref(), now),
        );
        let told = (&id, events.as_slice());
        self.witness.danger_is_told(&self.tables, told, &outgoing);
        let wake_at = if self.tables.lost(incident).is_empty() {
            incident.wake_at(now)
        } else {
            Some(now)
        };
        let asleep = self.broken == Some(Broken::Oversleeps) && incident.version > 3;
        let case = Case {
            stored: stored.clone(),
            wake_at: wake_at.filter(|_| !asleep),
        };
        let committed = Committed {
            stored,
            events,
            outgoing,
            profiles,
        };
        let lost = before.is_empty() && writer.tx.is_multiple_of(3);
        if !(lost && self.broken == Some(Broken::LosesRaises)) {
            self.tables.cases.insert(id.clone(), case);
            for recorded in &committed.events {
                self.append(writer, &id, (&actor, recorded.clone()));
            }
        }
        (committed, robbed)
    }

    /// Appends an event to the history of its incident.
    pub(super) fn append(
        &mut self,
        writer: Writer,
        id: &IncidentId,
        (actor, recorded): (&Actor, Recorded),
    ) {
        let Some(case) = self.tables.cases.get(id) else {
            return;
        };
        let org = case.stored.incident.opening.org;
        let first = writer.tx * PER_TX;
        let last = self.tables.log.range(first..first + PER_TX).next_back();
        let seq = last.map_or(first, |(seq, _)| seq + 1);
        self.tell(&format!("{id} v{} {}", recorded.version, word(&recorded)));
        if self.broken == Some(Broken::LosesEvents) && recorded.version % 7 == 6 {
            return;
        }
        let line = Line {
            org,
            incident: id.clone(),
            actor: actor.clone(),
            recorded,
        };
        self.witness.appended(seq, &line);
        self.tables.log.insert(seq, line);
    }
}

/// The event in a few words.
pub(super) fn word(recorded: &Recorded) -> String {
    use crate::domain::event::Event;
    match &recorded.event {
        Event::Raised { opening } => {
            format!("Raised {} exercise={}", opening.kind, opening.exercise)
        }
        Event::Alerted { alert } => format!("Alerted {} for {:?}", alert.id, alert.responder),
        Event::PassedOver { people } => format!("PassedOver {}", people.len()),
        other => format!("{other:?}"),
    }
}
