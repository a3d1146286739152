//! Call handlers who raise and raise again, coordinators who change their minds, the office that
//! suspends people and registers phones, and whoever watches the feed.

use std::sync::Arc;

use super::callers::{Answer, actor, insist};
use super::exec::{Home, pause_between, wait};
use super::town;
use super::world::{Inner, Shared};
use crate::dispatch::{AddressChange, Change, Dispatch, Report};
use crate::domain::alert::{Alert, AlertState};
use crate::domain::event::{Actor, Outcome};
use crate::domain::ids::{DeviceId, IncidentId, OrgNo, ResponderId, ResponderNo};
use crate::domain::incident::PlaceKind;
use crate::domain::place::Point;
use crate::domain::plan::Scene;
use crate::domain::responder::Standing;
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{Address, FeedStep, Place, Private, Source, Stored};

/// All incidents are of the first organisation; the second one's people must never be asked.
const ORG: OrgNo = OrgNo(1);

/// What one call handler has before them.
#[derive(Clone)]
struct Call {
    key: String,
    kind: &'static str,
    scene: Scene,
    exercise: bool,
    source: Option<Source>,
    point: Point,
}

impl Call {
    fn draw(w: &mut Inner, number: usize) -> Self {
        let point = town::somewhere(w);
        let kinds = ["cardiac_arrest", "cardiac_arrest", "fall"];
        let kind = w.rng.pick(&kinds).copied().unwrap_or("fall");
        let scenes = [Scene::Safe, Scene::Safe, Scene::Unknown];
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
        }
    }

    fn report(&self) -> Report {
        Report {
            org: ORG,
            actor: actor("call_handler"),
            kind: self.kind.to_owned(),
            private: Private {
                location: place(self.point),
                address: Address::default(),
                message: None,
                moved_from: None,
                kind: None,
            },
            source: self.source.clone(),
            called_at: None,
            patient_age_y: None,
            scene: self.scene,
            place: PlaceKind::Unknown,
            ems_eta: None,
            exercise: self.exercise,
            idempotency: (self.key.clone(), self.kind.as_bytes().to_vec()),
        }
    }
}

fn place(point: Point) -> Place {
    Place {
        point,
        uncertainty_m: None,
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
        let report = call.report();
        Box::pin(async move {
            let (mut raised, _) = dispatch.raise(report).await?;
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
    for deed in 0..deeds {
        pause_between(&world, 1_000, 40_000).await;
        if world.with(|w| w.healed) {
            return;
        }
        // a held incident is released soon, if ever
        let what = match deed {
            0 => 0,
            _ => world.with(|w| w.rng.below(16)),
        };
        let (point, wave) = world.with(|w| (town::somewhere(w), w.rng.below(3)));
        let make = |dispatch: Dispatch| -> Answer<Stored> {
            let id = id.clone();
            Box::pin(act(dispatch, id, what, (point, wave)))
        };
        let heard = insist(&world, "desk", 4, make).await;
        world.with(|w| {
            let heard = match heard {
                Some(Ok(_)) => "done".to_owned(),
                Some(Err(error)) => error.to_string(),
                None => "no answer".to_owned(),
            };
            w.tell(&format!("the desk's deed {what} on {id}: {heard}"));
        });
    }
}

async fn act(
    dispatch: Dispatch,
    id: IncidentId,
    what: usize,
    (point, wave): (Point, usize),
) -> Result<Stored, crate::ports::LedgerError> {
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
        5 | 6 => change.location = Some(place(point)),
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
            change.address = Some(AddressChange::Set(Address::default()));
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
) -> Result<Stored, crate::ports::LedgerError> {
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
        let (no, phones, what, until) = world.with(|w| {
            let numbers: Vec<u64> = w.tables.people.keys().copied().collect();
            let no = w.rng.pick(&numbers).copied().unwrap_or(1);
            let phones = w.tables.people.get(&no).map_or(0, |p| p.phones.len());
            let until = w.rng.chance(400).then(|| {
                let span = w.rng.span(1_000, 60_000);
                Timestamp(w.now + span)
            });
            (no, phones, w.rng.below(8), until)
        });
        let address = world.with(Inner::name);
        let make = |dispatch: Dispatch| -> Answer<()> {
            Box::pin(async move {
                let who = ResponderNo(no);
                let (org, id) = (town::org_of(who), ResponderId(format!("r{no}")));
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
