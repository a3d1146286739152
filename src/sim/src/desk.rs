//! Call handlers who raise and raise again, coordinators who change their minds, the office that
//! suspends people and registers phones, and whoever watches the feed.

use std::sync::Arc;

use super::callers::{Answer, actor, insist};
use super::exec::{Home, pause_between, wait};
use super::promises::Look;
use super::town;
use super::world::{Inner, Shared};
use muster_core::dispatch::{AddressChange, Change, Dispatch, Report};
use muster_core::domain::alert::{Alert, AlertState};
use muster_core::domain::event::{Actor, Outcome};
use muster_core::domain::ids::{DeviceId, IncidentId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::incident::{Incident, PlaceKind, State};
use muster_core::domain::place::Point;
use muster_core::domain::plan::Scene;
use muster_core::domain::responder::Standing;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Address, FeedStep, Location, Private, Source, Stored};

/// All incidents are of the first organisation; the second one's people must never be asked.
const ORG: OrgNo = OrgNo(1);

/// Kinds as they come from outside; the last is nobody's business before a yes.
const KINDS: [&str; 4] = [
    "cardiac_arrest",
    "cardiac_arrest",
    "fall",
    "it smells of gas",
];

/// What one call handler has before them.
#[derive(Clone)]
struct Call {
    key: String,
    kind: &'static str,
    scene: Scene,
    exercise: bool,
    source: Option<Source>,
    point: Point,
    line: Option<String>,
    uncertainty_m: Option<f64>,
    /// So long before the raise the call began, milliseconds.
    age: i64,
    patient_age_y: Option<u16>,
    ems_eta: Option<Millis>,
}

impl Call {
    fn draw(w: &mut Inner, number: usize) -> Self {
        let point = town::somewhere(w);
        let kind = w.rng.pick(&KINDS).copied().unwrap_or("fall");
        let scenes = [
            Scene::Safe,
            Scene::Safe,
            Scene::Safe,
            Scene::Unknown,
            Scene::Unknown,
            Scene::Unsafe,
        ];
        Self {
            key: format!("key{number}"),
            kind,
            scene: w.rng.pick(&scenes).copied().unwrap_or(Scene::Safe),
            exercise: w.rng.chance(400),
            source: w.rng.chance(200).then(|| Source {
                system: "cad".to_owned(),
                id: w.rng.below(2).to_string(),
            }),
            point,
            line: w.rng.chance(500).then(|| "Mill Lane 3".to_owned()),
            uncertainty_m: w.rng.chance(300).then_some(300.0),
            age: w.rng.span(0, 65_000),
            patient_age_y: w.rng.chance(300).then_some(6),
            ems_eta: w.rng.chance(400).then(|| Millis(w.rng.span(1_000, 90_000))),
        }
    }

    fn report(&self, now: Timestamp) -> Report {
        Report {
            org: ORG,
            actor: actor("call_handler"),
            kind: self.kind.to_owned(),
            private: Private {
                location: Location {
                    point: self.point,
                    uncertainty_m: self.uncertainty_m,
                },
                address: Address {
                    line: self.line.clone(),
                    ..Address::default()
                },
                message: None,
                moved_from: None,
                kind: None,
            },
            source: self.source.clone(),
            called_at: Some(now - Millis(self.age)),
            patient_age_y: self.patient_age_y,
            scene: self.scene,
            place: PlaceKind::Unknown,
            ems_eta: self.ems_eta,
            exercise: self.exercise,
            idempotency: (self.key.clone(), self.kind.as_bytes().to_vec()),
        }
    }
}

fn place(point: Point) -> Location {
    Location {
        point,
        uncertainty_m: None,
    }
}

/// Some steps away from where it is.
fn near(stored: Stored) -> Location {
    let at = stored.private.map(|private| private.location.point);
    let beside = at.and_then(|at| Point::new(at.lat() + 0.000_2, at.lon()).ok());
    place(
        beside
            .or(at)
            .expect("nothing is forgotten in so short a life"),
    )
}

/// A node is at a raise, as long as it lives.
struct Raising {
    world: Shared,
    life: u64,
}

impl Raising {
    fn begin(world: &Shared) -> Self {
        let life = world.with(|w| {
            let life = match w.running.0 {
                Home::Node(_, life) => life,
                Home::Outside => 0,
            };
            w.raising.push(life);
            life
        });
        Self {
            world: Arc::clone(world),
            life,
        }
    }
}

impl Drop for Raising {
    fn drop(&mut self) {
        self.world.with(|w| {
            if let Some(at) = w.raising.iter().position(|life| *life == self.life) {
                w.raising.swap_remove(at);
            }
        });
    }
}

/// Raises one incident, repeating with the same key until somebody says that it is on disk.
pub(super) async fn handler(world: Shared, number: usize, within: i64) {
    pause_between(&world, 0, within).await;
    let (call, twice) = world.with(|w| {
        let call = Call::draw(w, number);
        w.witness.keys.insert(call.key.clone());
        (call, w.rng.chance(250))
    });
    if twice {
        // an impatient handler, or a proxy that repeats
        let again = raise(Arc::clone(&world), call.clone());
        world.start(Home::Outside, "handler", Box::pin(again));
    }
    raise(world, call).await;
}

async fn raise(world: Shared, call: Call) {
    let make = |dispatch: Dispatch| -> Answer<Stored> {
        let report = call.report(dispatch.clock.now());
        let world = Arc::clone(&world);
        Box::pin(async move {
            let raising = Raising::begin(&world);
            let (mut raised, _) = dispatch.raise(report).await?;
            drop(raising);
            let id = raised.committed().stored.incident.opening.id.clone();
            world.with(|w| w.pushes_are_handed_on(&id));
            dispatch.tell_index(raised.profiles()).await;
            Ok(raised.committed().stored.clone())
        })
    };
    let Some(Ok(stored)) = insist(&world, "raise", 30, make).await else {
        return;
    };
    let id = stored.incident.opening.id;
    world.with(|w| {
        w.tell(&format!("{} is on disk as {id}", call.key));
        w.witness.acknowledged_raise(&call.key, &id);
    });
    coordinate(world, id).await;
}

async fn coordinate(world: Shared, id: IncidentId) {
    let deeds = world.with(|w| w.rng.below(9));
    let mut seen: Option<Incident> = None;
    for deed in 0..deeds {
        pause_between(&world, 1_000, 40_000).await;
        look(&world, &id).await;
        let what = world.with(|w| choose(w, deed, seen.as_ref()));
        let (point, wave) = world.with(|w| (town::somewhere(w), w.rng.below(3)));
        let make = |dispatch: Dispatch| -> Answer<Stored> {
            let id = id.clone();
            Box::pin(act(dispatch, id, what, (point, wave)))
        };
        let heard = insist(&world, "desk", 4, make).await;
        world.with(|w| {
            let heard = match heard {
                Some(Ok(stored)) => {
                    seen = Some(stored.incident);
                    "done".to_owned()
                }
                Some(Err(error)) => error.to_string(),
                None => "no answer".to_owned(),
            };
            w.tell(&format!("the desk's deed {what} on {id}: {heard}"));
        });
    }
}

/// What the desk does next. A held incident is released or made safe soon, if ever; one where all is
/// over is often closed, and a closed one opened again.
fn choose(w: &mut Inner, deed: usize, seen: Option<&Incident>) -> usize {
    let is = |state: State| seen.is_some_and(|incident| incident.state == state);
    let all_is_over = seen.is_some_and(|incident| {
        let on_it = incident.alerts.iter().any(|a| a.state.is_engaged());
        let was = incident
            .alerts
            .iter()
            .any(|a| a.state == AlertState::Finished);
        let danger_is_over = incident.danger && !incident.has_open_report();
        danger_is_over || (was && !on_it)
    });
    if deed == 0 || is(State::Held) {
        *w.rng.pick(&[0, 0, 8, 8, 7]).unwrap_or(&0)
    } else if is(State::Closed) && w.rng.chance(800) {
        3
    } else if all_is_over && w.rng.chance(500) {
        2
    } else {
        w.rng.below(16)
    }
}

/// Looks at where everybody is who is on it.
async fn look(world: &Shared, id: &IncidentId) {
    let make = |dispatch: Dispatch| -> Answer<Look> {
        let id = id.clone();
        Box::pin(async move {
            let stored = dispatch.ledger.incident(ORG, &id).await?;
            let before = dispatch.clock.now();
            let approaches = dispatch.approaches([&stored]).await;
            Ok(Look {
                stored,
                approaches,
                between: (before, dispatch.clock.now()),
            })
        })
    };
    if let Some(Ok(look)) = insist(world, "look", 1, make).await {
        world.with(|w| w.witness.looked(&look));
    }
}

async fn act(
    dispatch: Dispatch,
    id: IncidentId,
    what: usize,
    (point, wave): (Point, usize),
) -> Result<Stored, muster_core::ports::LedgerError> {
    let who = actor("coordinator");
    let mut change = Change::default();
    match what {
        0 => {
            let why = (String::new(), wave == 0);
            return dispatch.release(ORG, &id, who, why).await;
        }
        1 => {
            let wave = u32::try_from(wave).unwrap_or(0);
            return dispatch.widen(ORG, &id, who, wave).await;
        }
        2 => {
            let end = (Outcome::EmsOnScene, None);
            return dispatch.close(ORG, &id, who, end).await;
        }
        3 | 4 => return dispatch.reopen(ORG, &id, who, String::new()).await,
        5 => change.location = Some(place(point)),
        6 => change.location = Some(near(dispatch.ledger.incident(ORG, &id).await?)),
        7 => change.scene = Some(Scene::Unsafe),
        8 => change.scene = Some(Scene::Safe),
        9 => change.message = Some("come to the back door".to_owned()),
        10 => {
            change.note = Some("seen by two people at once".to_owned());
            change.if_match = Some(3);
        }
        11 => change.scene = Some(Scene::Unknown),
        12 => change.kind = Some(["cardiac_arrest", "fall", "it smells of gas"][wave].to_owned()),
        13 => change.address = Some(AddressChange::Confirm),
        14 => return somebody(dispatch, id, who, wave).await,
        _ => {
            let line = (wave > 0).then(|| "Mill Lane 5".to_owned());
            change.address = Some(AddressChange::Set(Address {
                line,
                ..Address::default()
            }));
            change.ems_eta = Some(Millis::from_s(300));
        }
    }
    dispatch.change(ORG, &id, who, change).await
}

/// Stands one person down, or takes back an arrival or an end.
async fn somebody(
    dispatch: Dispatch,
    id: IncidentId,
    who: Actor,
    number: usize,
) -> Result<Stored, muster_core::ports::LedgerError> {
    let stored = dispatch.ledger.incident(ORG, &id).await?;
    let alerts = &stored.incident.alerts;
    let back = |a: &&Alert| matches!(a.state, AlertState::OnScene | AlertState::Finished);
    if let Some(alert) = alerts.iter().find(back) {
        let what = (alert.id.clone(), AlertState::EnRoute, String::new());
        return dispatch.correct(ORG, &id, who, what).await;
    }
    match alerts.get(number) {
        Some(alert) => {
            let what = (alert.id.clone(), String::new());
            dispatch.stand_down(ORG, &id, who, what).await
        }
        None => Ok(stored),
    }
}

/// Duty, standing and phones change all the time.
pub(super) async fn office(world: Shared) {
    loop {
        pause_between(&world, 1_000, 12_000).await;
        if world.with(|w| w.healed) {
            return;
        }
        let (no, org, phones, what, until) = world.with(|w| {
            let numbers: Vec<u64> = w.tables.people.keys().copied().collect();
            let no = w.rng.pick(&numbers).copied().unwrap_or(1);
            let person = w.tables.people.get(&no);
            let (org, phones) = person.map_or((ORG, 0), |p| (p.org, p.phones.len()));
            let until = w.rng.chance(400).then(|| {
                let span = w.rng.span(1_000, 60_000);
                Timestamp(w.now + span)
            });
            (no, org, phones, w.rng.below(8), until)
        });
        let address = world.with(Inner::name);
        let make = |dispatch: Dispatch| -> Answer<()> {
            Box::pin(async move {
                let who = ResponderNo(no);
                let id = ResponderId(format!("r{no}"));
                let standing = match what {
                    0 => Standing::Suspended,
                    1 | 2 => Standing::Verified,
                    3 => return dispatch.set_duty(who, false, until).await,
                    4 | 5 => return dispatch.set_duty(who, true, until).await,
                    6 if phones > 1 => {
                        let device = DeviceId("d1".to_owned());
                        return dispatch.delete_device(who, &device).await;
                    }
                    _ => return dispatch.put_device(who, town::device(no, 0, address)).await,
                };
                dispatch
                    .set_standing(org, &id, standing, actor("coordinator"))
                    .await
                    .map(drop)
            })
        };
        drop(insist(&world, "office", 4, make).await);
    }
}

/// Follows the feed from a cursor, on whichever node answers.
pub(super) async fn watcher(world: Shared, number: usize) {
    loop {
        let (bell, span) = world.with(|w| {
            let span = if w.healed { 15_000 } else { 2_000 };
            (w.witness.watchers[number].bell, span)
        });
        wait(&world, bell, span).await;
        let cursor = world.with(|w| w.witness.watchers[number].cursor);
        let make = |dispatch: Dispatch| -> Answer<Option<Vec<FeedStep>>> {
            Box::pin(async move { dispatch.feed.after(Some(ORG), cursor, 32).await })
        };
        if let Some(Ok(Some(steps))) = insist(&world, "feed", 1, make).await {
            world.with(|w| w.witness.watched(number, cursor, &steps));
        }
    }
}
