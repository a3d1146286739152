//! What the viewers of this node look at, counted once for all of them.
//!
//! Invariant: without a viewer neither the ledger nor the live index is asked; with many, each is
//! asked as often as with one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use h3o::{CellIndex, LatLng, Resolution};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::Fix;
use muster_core::domain::time::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use super::engaged::{Everybody, Person};
use super::level;
use super::look::Look;
use super::ways::{Way, Ways};
use crate::http::state::Web;
use crate::wire::{DensityCell, FeedPosition};

/// Positions are asked for this often.
const EVERY: Duration = Duration::from_secs(1);
/// Density is counted this often.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Counted again no sooner than so many times as long as it took.
const REST: u32 = 10;
/// People asked for at a time; the others a second later.
const ASKED_MAX: usize = 8_192;
/// People asked for at once: others must get in between.
const ASKED_AT_ONCE: usize = 512;
/// People on an incident outside of every box are asked for within so many metres: they may be
/// under way through a box. Nobody is sent for from further in routine use.
const AROUND_M: f64 = 10_000.0;

/// Somebody on an incident, and where they are.
pub(super) struct Shown {
    pub(super) responder: ResponderNo,
    pub(super) point: Point,
    pub(super) at: Timestamp,
    /// Where the incident is, as far as anybody may know.
    pub(super) near: Option<Point>,
    /// As it is sent.
    pub(super) json: String,
}

/// A cell and how many stand in it.
pub(super) struct Cell {
    pub(super) index: CellIndex,
    pub(super) count: u32,
    pub(super) centre: Option<Point>,
    /// As it is sent.
    pub(super) json: String,
}

/// One count, in one resolution.
pub(super) struct Counted {
    pub(super) cells: Vec<Arc<Cell>>,
    /// What was counted.
    boxes: Vec<Bounds>,
    at: Instant,
    took: Duration,
}

impl Counted {
    /// Whether it counted all that this viewer looks at.
    pub(super) fn holds(&self, look: &Look) -> bool {
        self.boxes.contains(&look.touched())
    }

    /// Whether it is old, or somebody looks at what it did not count.
    fn is_due(&self, boxes: &[Bounds]) -> bool {
        let age = self.at.elapsed();
        let new = boxes.iter().any(|bounds| !self.boxes.contains(bounds));
        let after = if new { Duration::ZERO } else { COUNT_EVERY };
        age >= after.max(self.took * REST)
    }
}

/// What there is to be seen in one organisation. Parts that did not change are the same again.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) people: Arc<Vec<Arc<Shown>>>,
    /// How far whoever is on an incident has to go, in or out of every box.
    pub(super) ways: Arc<Vec<Arc<Way>>>,
    pub(super) density: HashMap<Resolution, Arc<Counted>>,
}

/// The viewers of one organisation.
#[derive(Default)]
struct Viewers {
    /// Where each looks, if it does.
    looks: Mutex<BTreeMap<u64, Option<Look>>>,
    seen: watch::Sender<Seen>,
}

/// Who looks at what on this node.
#[derive(Default)]
pub(in crate::http) struct Watch {
    orgs: Mutex<HashMap<OrgNo, Arc<Viewers>>>,
}

/// One viewer's look, until it is dropped.
pub(super) struct Looking {
    pub(super) look: Option<Look>,
    pub(super) seen: watch::Receiver<Seen>,
    number: u64,
    viewers: Arc<Viewers>,
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.viewers.looks.lock().remove(&self.number);
    }
}

impl Watch {
    /// A viewer is there from now on, and perhaps looks at a box.
    pub(super) fn look(&self, org: OrgNo, look: Option<Look>) -> Looking {
        let mut orgs = self.orgs.lock();
        let viewers = Arc::clone(orgs.entry(org).or_default());
        // under the lock of all: nobody takes an organisation out meanwhile
        let mut looks = viewers.looks.lock();
        let number = looks.last_key_value().map_or(0, |(last, _)| last + 1);
        looks.insert(number, look);
        drop(looks);
        Looking {
            look,
            seen: viewers.seen.subscribe(),
            number,
            viewers,
        }
    }

    /// Organisations that have a viewer; the others are forgotten.
    fn watched(&self) -> Vec<(OrgNo, Arc<Viewers>)> {
        let mut orgs = self.orgs.lock();
        orgs.retain(|_, viewers| !viewers.looks.lock().is_empty());
        let watched = orgs
            .iter()
            .map(|(org, viewers)| (*org, Arc::clone(viewers)));
        watched.collect()
    }
}

/// Looks once a second for all viewers of this node, until the stop.
pub async fn watch(web: Data<Web>, stop: watch::Receiver<bool>) {
    // neither waits for the other: what is looked at may take long
    tokio::join!(level::measure(web.clone(), stop.clone()), look(web, stop));
}

async fn look(web: Data<Web>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watched: HashMap<OrgNo, Watched> = HashMap::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|down| *down) => return,
        }
        let orgs = web.watch.watched();
        watched.retain(|org, _| orgs.iter().any(|(seen, _)| seen == org));
        for (org, viewers) in orgs {
            let own = watched
                .entry(org)
                .or_insert_with(|| Watched::new(&web, org));
            own.look(&web, &viewers).await;
        }
    }
}

/// One organisation, as this node sees it.
struct Watched {
    org: OrgNo,
    everybody: Everybody,
    shown: HashMap<AlertId, Arc<Shown>>,
    ways: Ways,
    /// The incident that was asked for last, when not all could be.
    last: Option<IncidentId>,
    seen: Seen,
}

impl Watched {
    fn new(web: &Web, org: OrgNo) -> Self {
        Self {
            org,
            everybody: Everybody::of(web, org),
            shown: HashMap::new(),
            ways: Ways::default(),
            last: None,
            seen: Seen::default(),
        }
    }

    async fn look(&mut self, web: &Web, viewers: &Viewers) {
        let looks: Vec<Look> = viewers.looks.lock().values().flatten().copied().collect();
        if let Err(error) = self.everybody.follow(web).await {
            tracing::debug!(%error, "who is on an incident is as it was");
        }
        self.ways.touched(&self.everybody.take_touched());
        let people = self.find(web, &looks).await;
        let counted = self.count(web, &looks).await;
        if people || counted {
            viewers.seen.send_replace(self.seen.clone());
        }
    }

    /// Asks where people are; true when something changed.
    async fn find(&mut self, web: &Web, looks: &[Look]) -> bool {
        let mut wide: Vec<Bounds> = Vec::new();
        for look in looks {
            let around = look.bounds.padded(AROUND_M);
            if !wide.contains(&around) {
                wide.push(around);
            }
        }
        let near = |near: Point| wide.iter().any(|bounds| bounds.contains(near));
        // all of an incident are in sight, or nobody is
        let in_sight = |people: &[Person]| {
            let first = people.first().filter(|_| !wide.is_empty());
            first.is_some_and(|p| p.near.is_none_or(near))
        };
        let mut on: HashSet<&AlertId> = HashSet::new();
        let mut seen: HashSet<AlertId> = HashSet::new();
        let mut all = Vec::new();
        for (id, people) in self.everybody.people() {
            let alerts = people.iter().map(|person| &person.who.alert);
            on.extend(alerts.clone());
            let sight = in_sight(people);
            if sight {
                seen.extend(alerts.cloned());
            }
            if sight || self.ways.is_due(id) {
                all.push((id, people));
            }
        }
        let open = self.everybody.people();
        let over = self.ways.keep(|id| open.contains_key(id), &on);
        let asked = by_turns(&all, &mut self.last);
        for person in asked.values() {
            self.ways.asked(&person.who.incident);
        }
        let known = self.shown.len();
        self.shown.retain(|alert, _| seen.contains(alert));
        let mut changed = self.shown.len() != known;
        let found = positions(web, asked).await;
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
            self.seen.people = Arc::new(self.shown.values().cloned().collect());
        }
        let found: Vec<_> = found.into_iter().map(|(p, fix)| (p.who, fix)).collect();
        let told = self.ways.take(web, self.org, &found).await;
        if told || over {
            self.seen.ways = self.ways.all();
        }
        changed || told || over
    }

    /// Counts what is due; true when something was.
    async fn count(&mut self, web: &Web, looks: &[Look]) -> bool {
        let mut boxes: HashMap<Resolution, Vec<Bounds>> = HashMap::new();
        for look in looks {
            let of = boxes.entry(look.resolution).or_default();
            let touched = look.touched();
            if !of.contains(&touched) {
                of.push(touched);
            }
        }
        self.seen
            .density
            .retain(|resolution, _| boxes.contains_key(resolution));
        let mut changed = false;
        for (resolution, boxes) in boxes {
            let before = self.seen.density.get(&resolution);
            if before.is_some_and(|counted| !counted.is_due(&boxes)) {
                continue;
            }
            let began = Instant::now();
            let index = &web.dispatch.index;
            let counts = index.density(&[self.org], resolution.into(), &boxes).await;
            let cells = cells(counts, before.map(|counted| &*counted.cells));
            let counted = Counted {
                cells,
                boxes,
                at: Instant::now(),
                took: began.elapsed(),
            };
            self.seen.density.insert(resolution, Arc::new(counted));
            changed = true;
        }
        changed
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
async fn positions(web: &Web, mut asked: HashMap<ResponderNo, Person>) -> Vec<(Person, Fix)> {
    let numbers: Vec<ResponderNo> = asked.keys().copied().collect();
    let mut found = Vec::new();
    for numbers in numbers.chunks(ASKED_AT_ONCE) {
        let fixes = web.dispatch.index.fixes(numbers).await;
        // whoever is on the way is not where they usually are
        let live = fixes.into_iter().filter(|(_, fix)| fix.source.is_live());
        found.extend(live.filter_map(|(number, fix)| Some((asked.remove(&number)?, fix))));
        tokio::task::yield_now().await;
    }
    found
}

/// Cells as they are sent; those that did not change are the same again.
fn cells(counts: Vec<(u64, u32)>, before: Option<&[Arc<Cell>]>) -> Vec<Arc<Cell>> {
    let known: HashMap<CellIndex, &Arc<Cell>> = before
        .into_iter()
        .flatten()
        .map(|cell| (cell.index, cell))
        .collect();
    let shown = |(cell, count): (u64, u32)| {
        let cell = CellIndex::try_from(cell).ok()?;
        let same = known.get(&cell).filter(|known| known.count == count);
        if let Some(same) = same {
            return Some(Arc::clone(same));
        }
        let centre = LatLng::from(cell);
        Some(Arc::new(Cell {
            index: cell,
            count,
            centre: Point::new(centre.lat(), centre.lng()).ok(),
            json: serde_json::to_string(&DensityCell::of(cell, count)).ok()?,
        }))
    };
    counts.into_iter().filter_map(shown).collect()
}
