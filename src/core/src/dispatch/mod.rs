//! The use-cases, written against the ports: raise, widen, answer, report, wake.
//!
//! Invariant: nothing here knows HTTP, SQL or a push provider. A use-case reads what it needs,
//! asks the ledger to decide, and tells the loops, the index and the bus what was committed.

mod answer;
mod approach;
mod areas;
mod coverage;
mod desk;
mod merge;
mod places;
mod presence;
mod raise;
mod report_fixes;
mod roster;
mod search;
mod tracks;
mod wake;

use std::collections::HashSet;
use std::sync::Arc;

pub use answer::{Answer, Reply};
pub use approach::Approaches;
pub use coverage::Covered;
pub use desk::{AddressChange, Change};
pub use raise::Report;
pub use report_fixes::{FixMessage, RejectedFix};
pub use tracks::Tracks;

use futures_util::{StreamExt as _, stream};

use crate::domain::event::Actor;
use crate::domain::ids::{IncidentId, OrgNo, ResponderNo};
use crate::domain::incident::Command;
use crate::domain::plan::Plans;
use crate::domain::push::wakeups;
use crate::domain::responder::Profile;
use crate::ports::{
    Agenda, Bus, Clock, Committed, Decision, Feed, Ids, Ledger, LedgerError, LiveIndex, Loops,
    Needs, PrivateChange, Roster, Travel,
};

/// So many profiles are told to the index at a time.
const ADMITTED_AT_ONCE: usize = 256;

/// Everything the use-cases need from the world. Cheap to clone.
#[derive(Clone)]
pub struct Dispatch {
    /// Incidents.
    pub ledger: Arc<dyn Ledger>,
    /// Responders and their phones.
    pub roster: Arc<dyn Roster>,
    /// What wants to be done later.
    pub agenda: Arc<dyn Agenda>,
    /// Events for whoever watches.
    pub feed: Arc<dyn Feed>,
    /// Where people are.
    pub index: Arc<dyn LiveIndex>,
    /// How long until they are there.
    pub travel: Arc<dyn Travel>,
    /// Hints for whoever watches.
    pub bus: Arc<dyn Bus>,
    /// The loops of this node.
    pub loops: Arc<dyn Loops>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Names.
    pub ids: Arc<dyn Ids>,
    /// The rules in force.
    pub plans: Arc<Plans>,
    /// The last position of each responder, for the rules that compare two.
    pub tracks: Arc<Tracks>,
}

impl Dispatch {
    /// Tells the rest of the house what is on disk now, all but the index.
    fn announce(&self, committed: &mut Committed) {
        self.loops.send(std::mem::take(&mut committed.outgoing));
        if !committed.events.is_empty() {
            self.bus.news(&concerned(committed));
            self.bus.changed();
            // a claim taken from another incident makes that one due at once
            self.loops.wake_by(self.clock.now());
        } else if let Some(at) = committed.stored.incident.wake_at(self.clock.now()) {
            self.loops.wake_by(at);
        }
    }

    /// Tells the live index who changed, side by side, so that one over a network groups them. After
    /// a raise its caller does this, so that nobody in an emergency waits for it: the index is a
    /// hint, and the next decision reads the ledger anyway.
    pub async fn tell_index(&self, profiles: Vec<Profile>) {
        stream::iter(profiles)
            .for_each_concurrent(ADMITTED_AT_ONCE, |profile| self.index.admit(profile))
            .await;
    }

    async fn decide(
        &self,
        org: OrgNo,
        incident: &IncidentId,
        actor: Actor,
        commands: Vec<Command>,
    ) -> Result<Committed, LedgerError> {
        let decision = Decision {
            org,
            incident: incident.clone(),
            actor,
            now: self.clock.now(),
            needs: Needs::default(),
            private: PrivateChange::default(),
            rule: Box::new(move |_, _| commands),
        };
        self.commit(decision).await
    }

    async fn commit(&self, decision: Decision) -> Result<Committed, LedgerError> {
        let mut committed = self.ledger.decide(decision).await?;
        self.announce(&mut committed);
        self.tracks.engaged.follow(&committed.stored);
        // last: the index is a hint, and may be a network away
        self.tell_index(std::mem::take(&mut committed.profiles))
            .await;
        Ok(committed)
    }
}

/// Whose phones show something else after this: whoever an event names, and whoever is woken.
fn concerned(committed: &Committed) -> Vec<ResponderNo> {
    let incident = &committed.stored.incident;
    let mut alerts = HashSet::new();
    for recorded in &committed.events {
        alerts.extend(recorded.event.alert().cloned());
        let woken = wakeups(incident, &recorded.event);
        alerts.extend(woken.into_iter().map(|wakeup| wakeup.alert));
    }
    let of = incident.alerts.iter();
    of.filter(|alert| alerts.contains(&alert.id))
        .map(|alert| alert.responder)
        .collect()
}
