//! What must hold after every step, and once everything is healed. Names begin with the promise
//! of `docs/ARCHITECTURE.md` that they stand for.

use std::collections::{BTreeMap, BTreeSet};

use super::promises::Told;
use super::pushes::Pushes;
use super::searches::Pictures;
use super::tables::{Case, Line, Push, Tables};
use super::world::Inner;
use muster_core::domain::alert::Alert;
use muster_core::domain::event::{Event, Recorded, WhyStoodDown};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::incident::second_reading::Story;
use muster_core::domain::incident::{Incident, State};
use muster_core::domain::push::PushMessage;
use muster_core::domain::responder::Standing;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{FeedStep, Stored};

/// Once healed, a wake may be late by so many milliseconds: the longest lease, and a look.
const LATE_MAX: i64 = 20_000;
/// Once healed, an incident that lost somebody sees it within so many milliseconds.
const LOSS_MAX: i64 = 3_000;
/// Once healed, no incident is looked at more often: it would be going round in circles.
const LOOKS_MAX: usize = 200;

/// Somebody who follows the feed of one organisation.
pub(super) struct Watcher {
    pub(super) org: OrgNo,
    pub(super) bell: u64,
    pub(super) cursor: u64,
    pub(super) seen: Vec<u64>,
}

/// The history of an incident as it was written, played back beside the ledger.
struct Shadow {
    incident: Incident,
    story: Story,
    last_seq: u64,
    /// The most places that it had: a kind that was corrected may have fewer, and nobody is sent
    /// away for that.
    places: u32,
}

/// What outsiders were told, and what was seen on the way: independent of the ledger's tables.
#[derive(Default)]
pub(super) struct Witness {
    pub(super) watchers: Vec<Watcher>,
    /// Alerts that a phone has shown.
    pub(super) shown: BTreeSet<(u64, String, AlertId)>,
    /// Keys that call handlers used.
    pub(super) keys: BTreeSet<String>,
    pub(super) crashes: u64,
    raises: BTreeMap<String, IncidentId>,
    yeses: BTreeSet<(IncidentId, AlertId)>,
    pub(super) pushes: Pushes,
    looks: BTreeMap<IncidentId, usize>,
    /// Incidents that have yet to see that they lost somebody, and since when, unless it was before the end
    /// of all faults.
    losing: BTreeMap<IncidentId, Option<i64>>,
    shadows: BTreeMap<IncidentId, Shadow>,
    pub(super) pictures: Pictures,
    pub(super) told: Told,
    touched: BTreeSet<IncidentId>,
    broken: Vec<(&'static str, String)>,
}

impl Witness {
    pub(super) fn broke(&mut self, rule: &'static str, what: &str) {
        self.broken.push((rule, what.to_owned()));
    }

    /// The first rule that was broken.
    pub(super) fn verdict(&mut self) -> Option<(&'static str, String)> {
        (!self.broken.is_empty()).then(|| self.broken.swap_remove(0))
    }

    pub(super) fn counts(&self) -> (usize, usize, usize) {
        (self.raises.len(), self.yeses.len(), self.pushes.promised())
    }

    pub(super) fn acknowledged_raise(&mut self, key: &str, id: &IncidentId) {
        let known = self.raises.insert(key.to_owned(), id.clone());
        self.touched.insert(id.clone());
        if known.is_some_and(|known| known != *id) {
            self.broke("P1-one-per-key", &format!("{key} is {id} and another"));
        }
    }

    pub(super) fn acknowledged_yes(&mut self, message: &PushMessage) {
        self.yeses
            .insert((message.incident.clone(), message.alert.clone()));
        self.touched.insert(message.incident.clone());
    }

    pub(super) fn woken(&mut self, id: &IncidentId, healed: bool) {
        let looks = self.looks.entry(id.clone()).or_default();
        *looks += usize::from(healed);
        if *looks == LOOKS_MAX {
            self.broke("P7-circles", &format!("{id} is woken again and again"));
        }
    }

    pub(super) fn watched(&mut self, number: usize, cursor: u64, steps: &[FeedStep]) {
        let watcher = &mut self.watchers[number];
        let mut last = cursor;
        let mut in_order = true;
        for step in steps {
            in_order &= step.seq > last;
            last = step.seq;
            watcher.seen.push(step.seq);
        }
        watcher.cursor = last;
        if !in_order {
            self.broke("P6-feed-order", &format!("watcher {number} after {cursor}"));
        }
    }

    /// The history of an incident, read a second time; as it was before what is being decided.
    pub(super) fn story(&self, id: &IncidentId) -> Option<&Story> {
        self.shadows.get(id).map(|shadow| &shadow.story)
    }

    /// What a commit changed of an incident: the incident as it is now, its new events, the pushes that
    /// were written with them. The tables are as they were before.
    pub(super) fn committed(
        &mut self,
        tables: &Tables,
        stored: &Stored,
        lines: &[&Line],
        written: &[&Push],
    ) {
        let events: Vec<Recorded> = lines.iter().map(|line| line.recorded.clone()).collect();
        self.before_commit(tables, stored, &events);
        let by = lines.first().and_then(|line| line.actor.device.as_deref());
        let about = (&stored.incident, events.as_slice());
        if let Some(what) = self.pushes.written(tables, about, by, written) {
            let id = &stored.incident.opening.id;
            self.broke("P2-rows", &format!("{id}: {what}"));
        }
        let about = (&stored.incident.opening.id, events.as_slice());
        self.danger_is_told(tables, about, written);
    }

    /// Who is asked and who says yes in a decision, against the tables as they were before it.
    fn before_commit(&mut self, tables: &Tables, stored: &Stored, events: &[Recorded]) {
        let incident = &stored.incident;
        self.best_are_asked(tables, stored, events);
        self.empty_waves(tables, stored, events);
        self.address_is_true(tables, stored, events);
        for recorded in events {
            if let Event::Alerted { alert } = &recorded.event
                && let Some(why) = must_not_be_asked(tables, incident, alert.responder, recorded.at)
            {
                let who = alert.responder;
                self.broke("P3-eligible", &format!("{who:?} was asked and {why}"));
            }
            if let Event::Accepted { alert, .. } = &recorded.event
                && let Some(alert) = incident.alert(alert)
                && !tables.is_verified(alert.responder)
            {
                let what = format!("{:?} said yes and is not verified", alert.responder);
                self.broke("P3-verified", &what);
            }
        }
    }

    /// One more event in the history.
    pub(super) fn appended(&mut self, seq: u64, line: &Line) {
        let (id, recorded) = (&line.incident, &line.recorded);
        let behind = |w: &&Watcher| w.org == line.org && w.cursor >= seq;
        if self.watchers.iter().any(|w| behind(&w)) {
            let what = format!("event {seq} of {id} came behind a cursor");
            self.broke("P6-feed-gap", &what);
        }
        self.touched.insert(id.clone());
        self.kind_is_public(&recorded.event);
        if let Event::DangerReported { alert, .. } = &recorded.event {
            self.danger_reported(alert);
        }
        let Some(shadow) = self.shadows.get_mut(id) else {
            match Incident::replay([recorded]).zip(Story::of(recorded)) {
                Some((incident, story)) => {
                    let shadow = Shadow {
                        places: incident.opening.plan.capacity(),
                        incident,
                        story,
                        last_seq: seq,
                    };
                    self.shadows.insert(id.clone(), shadow);
                }
                None => self.broke("P6-replay", &format!("{id} does not begin with Raised")),
            }
            return;
        };
        let in_order = seq > shadow.last_seq && recorded.version >= shadow.incident.version;
        let wrong = forbidden(&shadow.incident, recorded);
        shadow.incident.apply(recorded);
        let untold = shadow.story.take(recorded);
        shadow.last_seq = seq;
        shadow.places = shadow.places.max(shadow.incident.opening.plan.capacity());
        if let Event::PushFailed { alert, .. } = &recorded.event {
            self.pushes.given_up(alert);
        }
        if !in_order {
            self.broke("P6-log-order", &format!("{id} event {seq}"));
        }
        if let Some((rule, what)) = wrong {
            self.broke(rule, &format!("{id}: {what}"));
        }
        if let Some(what) = untold {
            self.broke("D6-rules", &format!("{id}: {what}"));
        }
    }
}

/// The event in a few words.
pub(super) fn word(recorded: &Recorded) -> String {
    match &recorded.event {
        Event::Raised { opening } => {
            format!("Raised {} exercise={}", opening.kind, opening.exercise)
        }
        Event::Alerted { alert } => format!("Alerted {} for {:?}", alert.id, alert.responder),
        Event::PassedOver { people } => format!("PassedOver {}", people.len()),
        other => format!("{other:?}"),
    }
}

pub(super) fn must_not_be_asked(
    tables: &Tables,
    incident: &Incident,
    who: ResponderNo,
    at: Timestamp,
) -> Option<&'static str> {
    let Some(person) = tables.people.get(&who.0) else {
        return Some("is unknown");
    };
    let opening = &incident.opening;
    let claim = tables.claims.get(&who.0).map(|(claim, _)| claim);
    // a real incident may call somebody away from an exercise
    let held = claim.is_some_and(|claim| opening.exercise || !claim.exercise);
    [
        (person.org != opening.org, "is of another organisation"),
        (person.standing != Standing::Verified, "is not verified"),
        (!person.wants_alerts(at), "is off duty"),
        (!person.reachable(), "has no phone"),
        (opening.exercise && !person.exercises, "wants no exercise"),
        (held, "is held by another alert"),
        (
            tables.waits_for_all_phones(person, &incident.opening.id),
            "can be woken by nothing but what others wait for",
        ),
    ]
    .into_iter()
    .find_map(|(wrong, why)| wrong.then_some(why))
}

/// What an event must never do to an incident in that state.
fn forbidden(incident: &Incident, recorded: &Recorded) -> Option<(&'static str, &'static str)> {
    match &recorded.event {
        Event::Alerted { .. } if incident.is_closed() => {
            Some(("P4-no-alert-after-close", "asked after the end"))
        }
        Event::Alerted { .. }
            if incident.state == State::Held
                || (incident.danger && incident.overridden.is_none()) =>
        {
            Some(("P4-no-alert-into-danger", "asked while held or in danger"))
        }
        Event::Alerted { alert } if incident.was_asked(alert.responder) => {
            Some(("P3-asked-once", "asked the same person twice"))
        }
        Event::StoodDown {
            alert,
            // nothing is reported twice in a town
            why: WhyStoodDown::CalledElsewhere | WhyStoodDown::Merged,
            ..
        } if !incident.opening.exercise
            && incident.alert(alert).is_some_and(|a| a.state.is_engaged()) =>
        {
            Some((
                "P3-real-stays",
                "somebody who said yes was called elsewhere",
            ))
        }
        Event::Unreachable { alert } | Event::Lapsed { alert }
            if incident.alert(alert).is_some_and(Alert::is_waiting) =>
        {
            Some(("P2-waits", "an ask that no provider takes was given up"))
        }
        Event::Raised { .. } => Some(("P6-replay", "raised twice")),
        _ => None,
    }
}

/// After a step.
pub(super) fn after_step(w: &mut Inner) {
    if w.healed {
        late_wakes(w);
        losses(w);
    }
    let touched = std::mem::take(&mut w.witness.touched);
    if touched.is_empty() {
        return;
    }
    let raises = &w.witness.raises;
    if let Some(lost) = raises.values().find(|id| !w.tables.cases.contains_key(id)) {
        let what = format!("{lost} was acknowledged and is gone");
        w.witness.broke("P1-raise-kept", &what);
    }
    if w.tables.cases.len() > w.witness.keys.len() {
        w.witness
            .broke("P1-one-per-key", "more incidents than keys");
    }
    for id in touched {
        if let Some((rule, what)) = case(w, &id) {
            w.witness.broke(rule, &format!("{id}: {what}"));
        }
    }
    if let Some(what) = claims(w) {
        w.witness.broke("P3-one-claim", &what);
    }
}

fn case(w: &Inner, id: &IncidentId) -> Option<(&'static str, &'static str)> {
    let incident = &w.tables.cases.get(id)?.stored.incident;
    let Some(shadow) = w.witness.shadows.get(id) else {
        return Some(("P6-replay", "has no history"));
    };
    let accepted = |alert: &AlertId| {
        let state = shadow.incident.alert(alert).map(|a| a.accepted_at);
        state.flatten().is_some()
    };
    let yeses = w.witness.yeses.iter().filter(|(on, _)| on == id);
    if incident.accepted() > shadow.places {
        return Some(("P3-capacity", "more accepted than the plan has places for"));
    }
    if yeses.clone().any(|(_, alert)| !accepted(alert)) {
        return Some(("P3-yes-kept", "an acknowledged yes is not in the history"));
    }
    if shadow.incident != *incident {
        return Some(("P6-replay", "differs from its history"));
    }
    let contradiction = shadow.story.contradicts(incident);
    contradiction.map(|what| ("D6-rules", what))
}

fn claims(w: &Inner) -> Option<String> {
    for (no, (claim, id)) in &w.tables.claims {
        let case = w.tables.cases.get(id);
        let fits = case.is_some_and(|case| {
            let incident = &case.stored.incident;
            incident.alert(&claim.alert).is_some_and(|alert| {
                alert.responder.0 == *no
                    && alert.state.holds_claim()
                    && alert.state.is_engaged() == claim.engaged
                    && incident.opening.exercise == claim.exercise
            })
        });
        if !fits {
            return Some(format!("the claim on {no} does not fit {}", claim.alert));
        }
    }
    for case in w.tables.cases.values() {
        let incident = &case.stored.incident;
        // an exercise that lost somebody learns of it later
        for alert in incident
            .alerts
            .iter()
            .filter(|_| !incident.opening.exercise)
        {
            let claim = w.tables.claims.get(&alert.responder.0);
            let own = claim.is_some_and(|(claim, _)| claim.alert == alert.id);
            if alert.state.is_engaged() && !own {
                return Some(format!("{} is engaged and not claimed", alert.id));
            }
        }
    }
    None
}

/// An incident that lost somebody to another one looks, and lets them go.
fn losses(w: &mut Inner) {
    let of = |case: &Case| !w.tables.lost(&case.stored.incident).is_empty();
    let losing = w.tables.cases.iter().filter(|(_, case)| of(case));
    let losing: BTreeSet<IncidentId> = losing.map(|(id, _)| id.clone()).collect();
    w.witness.losing.retain(|id, _| losing.contains(id));
    for id in losing {
        // whose node died before it said so: they see it when they look by themselves
        let is_old = w.now - w.healed_at < LOSS_MAX;
        let since = (!is_old).then_some(w.now);
        let since = *w.witness.losing.entry(id.clone()).or_insert(since);
        if since.is_some_and(|since| w.now - since > LOSS_MAX) {
            let what = format!("{id} does not see that it lost somebody");
            w.witness.broke("P3-loss-seen", &what);
        }
    }
}

fn late_wakes(w: &mut Inner) {
    let now = w.now;
    let late = |at: Timestamp| now - at.0 > LATE_MAX;
    let healed_for = now - w.healed_at;
    let cases = &w.tables.cases;
    let overdue = cases
        .iter()
        .find(|(_, case)| case.wake_at.is_some_and(late))
        .map(|(id, _)| id.clone());
    if let Some(id) = overdue.filter(|_| healed_for > LATE_MAX) {
        w.witness
            .broke("P2-woken", &format!("{id} is not looked at"));
    }
}

/// Whether nothing is left to do.
pub(super) fn is_quiet(w: &Inner) -> bool {
    let settled = |w: &Watcher| w.cursor;
    let head = w.tables.log.last_key_value().map_or(0, |(seq, _)| *seq);
    w.tables.outbox.is_empty()
        && w.landing == 0
        && w.tables.cases.values().all(|case| case.wake_at.is_none())
        && w.witness.watchers.iter().all(|w| settled(w) == head)
}

/// Once everything is healed and nothing is left to do.
pub(super) fn at_the_end(w: &mut Inner) {
    let unfinished = w.tables.cases.iter().find(|(_, case)| {
        let incident = &case.stored.incident;
        !incident.is_closed() || !w.tables.lost(incident).is_empty()
    });
    if let Some((id, _)) = unfinished {
        let what = format!("{id} stays open, and nothing will wake it");
        w.witness.broke("P2-woken", &what);
    }
    if let Some(alert) = w.witness.pushes.forgotten() {
        let what = format!("a push of {alert} was neither taken nor given up with a reason");
        w.witness.broke("P2-pushes", &what);
    }
    for number in 0..w.witness.watchers.len() {
        let watcher = &w.witness.watchers[number];
        let org = watcher.org;
        let all = w.tables.log.iter().filter(|(_, line)| line.org == org);
        if !all.map(|(seq, _)| seq).eq(&watcher.seen) {
            w.witness
                .broke("P6-feed-gap", "a watcher saw another history");
        }
    }
    for (id, case) in &w.tables.cases {
        let lines = w.tables.log.values().filter(|line| line.incident == *id);
        let replayed = Incident::replay(lines.map(|line| &line.recorded));
        if replayed.as_ref() != Some(&case.stored.incident) {
            w.witness
                .broken
                .push(("P6-replay", format!("{id} at the end")));
        }
    }
    after_step(w);
}
