//! What people are told: of danger and its end, of an address that may be wrong, of how far
//! somebody still has to go.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Witness;
use super::tables::{Person, Push, Tables};
use muster_core::dispatch::Approaches;
use muster_core::domain::alert::{Alert, AlertState};
use muster_core::domain::event::{Event, Recorded};
use muster_core::domain::ids::{AlertId, IncidentId};
use muster_core::domain::incident::Incident;
use muster_core::domain::kind;
use muster_core::domain::plan::Scene;
use muster_core::domain::push::{PushKind, PushMessage};
use muster_core::domain::responder::{Fix, Source};
use muster_core::domain::time::Timestamp;
use muster_core::ports::Stored;

/// A place that moved by less is the same, metres, unless it was known less exactly.
const SAME_PLACE_M: f64 = 50.0;
/// A position that is older says nothing of now, milliseconds.
const RECENT: i64 = 60_000;

/// What was told, and what it was told from.
#[derive(Default)]
pub(super) struct Told {
    /// Reports of danger in the history, by alert.
    reports: BTreeMap<AlertId, usize>,
    /// Those of which a phone heard that they are on disk.
    acknowledged: BTreeMap<AlertId, usize>,
    /// Alerts of which some phone said yes knowing that the scene is unsafe.
    knowing: BTreeSet<AlertId>,
    /// Whose address may be that of an earlier place.
    doubtful: BTreeMap<IncidentId, bool>,
    /// Every position that the index took, by responder and instant.
    fixes: BTreeMap<(u64, Timestamp), Fix>,
}

/// What the desk saw of one incident at one time.
pub(super) struct Look {
    pub(super) stored: Stored,
    pub(super) approaches: Approaches,
    /// The node's clock before and after.
    pub(super) between: (Timestamp, Timestamp),
}

impl Witness {
    pub(super) fn took_fix(&mut self, who: u64, fix: &Fix) {
        self.told.fixes.insert((who, fix.at), *fix);
    }

    pub(super) fn danger_reported(&mut self, alert: &AlertId) {
        *self.told.reports.entry(alert.clone()).or_default() += 1;
    }

    /// A phone heard that its report of danger is on disk: each is one of its own.
    pub(super) fn acknowledged_report(&mut self, message: &PushMessage) {
        let told = &mut self.told;
        let heard = told.acknowledged.entry(message.alert.clone()).or_default();
        *heard += 1;
        let written = told.reports.get(&message.alert).copied().unwrap_or(0);
        if *heard > written {
            let what = format!("a report of danger of {} reached nobody", message.alert);
            self.broke("D6-danger-told", &what);
        }
    }

    pub(super) fn says_yes_knowing(&mut self, message: &PushMessage) {
        self.told.knowing.insert(message.alert.clone());
    }

    /// Where people are asked although the scene is unsafe, nobody goes who does not say that they
    /// know. An override begins before anybody is asked.
    pub(super) fn yes_was_knowing(&mut self, message: &PushMessage, incident: &Incident) {
        if incident.overridden.is_some() && !self.told.knowing.contains(&message.alert) {
            let what = format!("{} goes into danger unknowing", message.alert);
            self.broke("D6-second-yes", &what);
        }
    }

    /// Everybody who may still come or is there hears of each danger, and of its end if they were
    /// told of it. Called before the events are in the history.
    pub(super) fn danger_is_told(
        &mut self,
        tables: &Tables,
        (id, events): (&IncidentId, &[Recorded]),
        pushes: &[&Push],
    ) {
        let Some(story) = self.story(id) else {
            return;
        };
        let sent = |alert: &AlertId, kind: PushKind| {
            pushes
                .iter()
                .any(|push| push.alert == *alert && push.kind == kind)
        };
        let sent_home = |alert: &AlertId| {
            let is = |r: &Recorded| matches!(&r.event, Event::StoodDown { alert: of, .. } if of == alert);
            events.iter().any(is)
        };
        let untold = events.iter().find_map(|recorded| {
            let (kind, but) = match &recorded.event {
                Event::DangerReported { alert, .. } => (PushKind::Danger, Some(alert)),
                Event::SceneChanged {
                    scene: Scene::Unsafe,
                } => (PushKind::Danger, None),
                Event::SceneChanged { scene: Scene::Safe } => (PushKind::Update, None),
                _ => return None,
            };
            let is_concerned = |warned: bool| kind == PushKind::Danger || warned;
            let reachable = |who: u64| tables.people.get(&who).is_some_and(Person::reachable);
            story
                .on_it()
                .find(|(alert, who, warned)| {
                    is_concerned(*warned)
                        && but != Some(*alert)
                        && reachable(who.0)
                        && !sent_home(alert)
                        && !sent(alert, kind)
                })
                .map(|(alert, ..)| format!("{alert} was told nothing of {:?}", recorded.event))
        });
        if let Some(what) = untold {
            self.broke("D6-danger-told", &what);
        }
    }

    /// A new place without an address makes that of the old one doubtful, and only a word about the
    /// address ends that.
    pub(super) fn address_is_true(
        &mut self,
        tables: &Tables,
        stored: &Stored,
        events: &[Recorded],
    ) {
        let id = &stored.incident.opening.id;
        let said = |event: &Event| {
            matches!(
                event,
                Event::AddressChanged | Event::AddressRemoved | Event::AddressConfirmed
            )
        };
        let before = tables.cases.get(id).and_then(|c| c.stored.private.as_ref());
        let is_far = before
            .zip(stored.private.as_ref())
            .is_some_and(|(old, new)| {
                let same_m = old.location.uncertainty_m.unwrap_or(0.0).max(SAME_PLACE_M);
                let moved_m = old.location.point.distance_m(new.location.point);
                old.address.line.is_some() && moved_m > same_m
            });
        let doubtful = self.told.doubtful.entry(id.clone()).or_default();
        if events.iter().any(|r| said(&r.event)) {
            *doubtful = false;
        } else if events
            .iter()
            .any(|r| matches!(r.event, Event::Moved { .. }))
        {
            *doubtful |= is_far;
        }
        if *doubtful != stored.incident.address_doubtful {
            let what = format!("{id}: doubtful is {}", !*doubtful);
            self.broke("D6-address", &what);
        }
    }

    /// No free text is in the history.
    pub(super) fn kind_is_public(&mut self, event: &Event) {
        let (kind, plan) = match event {
            Event::Raised { opening } => (&opening.kind, &opening.plan),
            Event::KindChanged { kind, plan } => (kind, plan.as_ref()),
            _ => return,
        };
        if !kind::KNOWN.contains(&kind.as_str()) && plan.id != *kind {
            self.broke("P5-kind", &format!("`{kind}` is no known kind"));
        }
    }

    /// How far everybody is follows from where they are, and a caller is promised only who has left.
    pub(super) fn looked(&mut self, look: &Look) {
        let wrong = untrue(&self.told.fixes, look);
        if let Some((alert, what)) = wrong {
            let at = look
                .approaches
                .get(&alert)
                .map(|a| a.position_at.0 - super::world::EPOCH);
            self.broke("D6-approach", &format!("{alert}: {what}, {at:?}"));
        }
    }
}

fn untrue(fixes: &BTreeMap<(u64, Timestamp), Fix>, look: &Look) -> Option<(AlertId, &'static str)> {
    let place = look.stored.private.as_ref()?.location.point;
    let incident = &look.stored.incident;
    let on_it = incident.alerts.iter().filter(|a| a.state.is_engaged());
    let mut first: Option<u32> = None;
    for alert in on_it {
        let Some(approach) = look.approaches.get(&alert.id) else {
            continue;
        };
        let wrong = |what| Some((alert.id.clone(), what));
        let Some(fix) = fixes.get(&(alert.responder.0, approach.position_at)) else {
            return wrong("a position that they never sent");
        };
        if fix.source != Source::Live || alert.accepted_at.is_none_or(|yes| fix.at < yes) {
            return wrong("a position from before the yes");
        }
        let distance_m = fix.point.distance_m(place);
        if (distance_m - approach.distance_m).abs() > 1.0 {
            return wrong("another distance than that of the last position");
        }
        let left = has_left(alert, fix, distance_m);
        if left != approach.left {
            return wrong("left or not, unlike their word and position");
        }
        let gone = |now: Timestamp| {
            if left {
                (now - fix.at).0.clamp(0, RECENT)
            } else {
                0
            }
        };
        let eta_s = |now| (distance_m / 4.0 - gone(now) as f64 / 1000.0).max(0.0);
        let (latest, earliest) = (eta_s(look.between.0), eta_s(look.between.1));
        let said = f64::from(approach.eta_s);
        if said > latest + 1.0 || said < earliest - 1.0 {
            return wrong("another time than that from the last position");
        }
        let is_recent = (look.between.1 - fix.at).0 <= RECENT;
        if left && is_recent && alert.state != AlertState::OnScene {
            first = Some(first.map_or(approach.eta_s, |known| known.min(approach.eta_s)));
        }
    }
    let summary = incident.summary(|a| look.approaches.get(&a.id), look.between.1);
    let nobody = AlertId::from("the summary");
    (summary.first_eta_s != first).then_some((nobody, "another first than whoever has left"))
}

fn has_left(alert: &Alert, fix: &Fix, distance_m: f64) -> bool {
    let nearer_m = alert.distance_m - distance_m;
    let seen = alert.position == Source::Live && nearer_m > f64::from(fix.accuracy_m).max(50.0);
    alert.state == AlertState::EnRoute || seen
}
