//! What the viewers of this node look at, counted once for all of them.
//!
//! Invariant: without a viewer neither the ledger nor the live index is asked; with many, each is
//! asked as often as with one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use muster_core::dispatch::Dispatch;
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::Fix;
use muster_core::domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::bus::local::LocalBus;
use crate::desk::feed::approaches::{ApproachItem, Approaches};
use crate::desk::feed::density::Density;
use crate::desk::feed::engaged::{Everybody, Person};
use crate::desk::feed::events::FeedPosition;
use crate::desk::feed::viewport::Viewport;

/// Positions are asked for this often.
const EVERY: Duration = Duration::from_secs(1);
/// People asked for at a time; the others a second later.
const ASKED_MAX: usize = 8_192;
/// People asked for at once: others must get in between.
const ASKED_AT_ONCE: usize = 512;
/// People on an incident outside of every box are asked for within so many metres: they may be
/// under way through a box. Nobody is sent for from further in routine use.
const AROUND_M: f64 = 10_000.0;

/// Somebody on an incident, and where they are.
pub(crate) struct Shown {
    pub(crate) responder: ResponderNo,
    pub(crate) point: Point,
    pub(crate) at: Timestamp,
    /// Where the incident is, as far as anybody may know.
    pub(crate) near: Option<Point>,
    /// As it is sent.
    pub(crate) json: String,
}

/// What there is to be seen in one organisation. Parts that did not change are the same again.
#[derive(Clone, Default)]
pub(crate) struct MapState {
    pub(crate) people: Arc<Vec<Arc<Shown>>>,
    /// How far whoever is on an incident has to go, in or out of every box.
    pub(crate) approaches: Arc<Vec<Arc<ApproachItem>>>,
    pub(crate) density: Density,
}

/// The viewers of one organisation.
#[derive(Default)]
struct Viewers {
    /// Where each looks, if it does.
    viewports: Mutex<BTreeMap<u64, Option<Viewport>>>,
    state: watch::Sender<MapState>,
}

/// Who looks at what on this node.
#[derive(Default)]
pub(crate) struct Viewports {
    orgs: Mutex<HashMap<OrgNo, Arc<Viewers>>>,
}

/// One viewer, until it is dropped.
pub(crate) struct Registration {
    pub(crate) viewport: Option<Viewport>,
    pub(crate) state: watch::Receiver<MapState>,
    number: u64,
    viewers: Arc<Viewers>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.viewers.viewports.lock().remove(&self.number);
    }
}

impl Viewports {
    /// A viewer is there from now on, and perhaps looks at a box.
    pub(crate) fn register(&self, org: OrgNo, viewport: Option<Viewport>) -> Registration {
        let mut orgs = self.orgs.lock();
        let viewers = Arc::clone(orgs.entry(org).or_default());
        // under the lock of all: nobody takes an organisation out meanwhile
        let mut viewports = viewers.viewports.lock();
        let number = viewports.last_key_value().map_or(0, |(last, _)| last + 1);
        viewports.insert(number, viewport);
        drop(viewports);
        Registration {
            viewport,
            state: viewers.state.subscribe(),
            number,
            viewers,
        }
    }

    /// Organisations that have a viewer; the others are forgotten.
    fn watched(&self) -> Vec<(OrgNo, Arc<Viewers>)> {
        let mut orgs = self.orgs.lock();
        orgs.retain(|_, viewers| !viewers.viewports.lock().is_empty());
        let watched = orgs
            .iter()
            .map(|(org, viewers)| (*org, Arc::clone(viewers)));
        watched.collect()
    }
}

/// Asks once a second for all viewers of this node, until the stop.
pub(crate) async fn refresh(
    dispatch: &Dispatch,
    bus: &LocalBus,
    viewports: &Viewports,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watched: HashMap<OrgNo, OrgMap> = HashMap::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|down| *down) => return,
        }
        let orgs = viewports.watched();
        watched.retain(|org, _| orgs.iter().any(|(seen, _)| seen == org));
        for (org, viewers) in orgs {
            let own = watched
                .entry(org)
                .or_insert_with(|| OrgMap::new(bus.subscribe(), org));
            own.refresh(dispatch, &viewers).await;
        }
    }
}

/// One organisation, as this node sees it.
struct OrgMap {
    org: OrgNo,
    everybody: Everybody,
    shown: HashMap<AlertId, Arc<Shown>>,
    approaches: Approaches,
    /// The incident that was asked for last, when not all could be.
    last: Option<IncidentId>,
    state: MapState,
}

impl OrgMap {
    fn new(hints: watch::Receiver<u64>, org: OrgNo) -> Self {
        Self {
            org,
            everybody: Everybody::of(hints, org),
            shown: HashMap::new(),
            approaches: Approaches::default(),
            last: None,
            state: MapState::default(),
        }
    }

    async fn refresh(&mut self, dispatch: &Dispatch, viewers: &Viewers) {
        let viewports: Vec<Viewport> = viewers
            .viewports
            .lock()
            .values()
            .flatten()
            .copied()
            .collect();
        if let Err(error) = self.everybody.follow(&*dispatch.feed).await {
            tracing::debug!(%error, "who is on an incident is as it was");
        }
        self.approaches.touched(&self.everybody.take_touched());
        let people = self.find(dispatch, &viewports).await;
        let counted = self
            .state
            .density
            .count(&*dispatch.index, self.org, &viewports)
            .await;
        if people || counted {
            viewers.state.send_replace(self.state.clone());
        }
    }

    /// Asks where people are; true when something changed.
    async fn find(&mut self, dispatch: &Dispatch, viewports: &[Viewport]) -> bool {
        let mut wide: Vec<Bounds> = Vec::new();
        for viewport in viewports {
            let around = viewport.bounds.padded(AROUND_M);
            if !wide.contains(&around) {
                wide.push(around);
            }
        }
        let near = |near: Point| wide.iter().any(|bounds| bounds.contains(near));
        // all of an incident are on a map, or nobody is
        let is_on_a_map = |people: &[Person]| {
            let first = people.first().filter(|_| !wide.is_empty());
            first.is_some_and(|p| p.near.is_none_or(near))
        };
        let mut on: HashSet<&AlertId> = HashSet::new();
        let mut seen: HashSet<AlertId> = HashSet::new();
        let mut all = Vec::new();
        for (id, people) in self.everybody.people() {
            let alerts = people.iter().map(|person| &person.who.alert);
            on.extend(alerts.clone());
            let shown = is_on_a_map(people);
            if shown {
                seen.extend(alerts.cloned());
            }
            if shown || self.approaches.is_due(id) {
                all.push((id, people));
            }
        }
        let open = self.everybody.people();
        let over = self.approaches.keep(|id| open.contains_key(id), &on);
        let asked = by_turns(&all, &mut self.last);
        for person in asked.values() {
            self.approaches.asked(&person.who.incident);
        }
        let known = self.shown.len();
        self.shown.retain(|alert, _| seen.contains(alert));
        let mut changed = self.shown.len() != known;
        let found = positions(dispatch, asked).await;
        for (Person { who, near }, fix) in &found {
            if !seen.contains(&who.alert) {
                continue;
            }
            let same = |shown: &Arc<Shown>| {
                shown.point == fix.point && shown.at == fix.at && shown.near == *near
            };
            if self.shown.get(&who.alert).is_some_and(same) {
                continue;
            }
            let json = serde_json::to_string(&FeedPosition::of(who, fix));
            let shown = Shown {
                responder: who.responder,
                point: fix.point,
                at: fix.at,
                near: *near,
                json: json.unwrap_or_default(),
            };
            self.shown.insert(who.alert.clone(), Arc::new(shown));
            changed = true;
        }
        if changed {
            self.state.people = Arc::new(self.shown.values().cloned().collect());
        }
        let found: Vec<_> = found.into_iter().map(|(p, fix)| (p.who, fix)).collect();
        let told = self.approaches.take(dispatch, self.org, &found).await;
        if told || over {
            self.state.approaches = self.approaches.all();
        }
        changed || told || over
    }
}

/// Whom to ask for in this turn, beginning after the incident that was asked for last when not all
/// could be.
fn by_turns(
    all: &[(&IncidentId, &Vec<Person>)],
    last: &mut Option<IncidentId>,
) -> HashMap<ResponderNo, Person> {
    let before = last.take();
    let (before, after): (Vec<_>, Vec<_>) =
        all.iter().partition(|(id, _)| Some(*id) <= before.as_ref());
    let mut asked = HashMap::new();
    for (id, people) in after.into_iter().chain(before) {
        if asked.len() + people.len() > ASKED_MAX {
            break;
        }
        let people = people.iter().cloned();
        asked.extend(people.map(|person| (person.who.responder, person)));
        *last = Some((*id).clone());
    }
    asked
}

/// Where these people are, as far as it is known.
async fn positions(
    dispatch: &Dispatch,
    mut asked: HashMap<ResponderNo, Person>,
) -> Vec<(Person, Fix)> {
    let numbers: Vec<ResponderNo> = asked.keys().copied().collect();
    let mut found = Vec::new();
    for numbers in numbers.chunks(ASKED_AT_ONCE) {
        let fixes = dispatch.index.fixes(numbers).await;
        // whoever is on the way is not where they usually are
        let live = fixes.into_iter().filter(|(_, fix)| fix.source.is_live());
        found.extend(live.filter_map(|(number, fix)| Some((asked.remove(&number)?, fix))));
        tokio::task::yield_now().await;
    }
    found
}
