//! Who lives in town, and what will become of them.

use super::history::{Change, Standing, Told};
use super::town::{Heard, OURS, THEIRS, Town};
use crate::support::HOME;
use futures_util::StreamExt as _;
use muster_stand::clock;
use muster_stand::geo::LatLon;
use muster_stand::rng::Rng;
use serde_json::{Value, json};

/// Begins every address; must never be in a log or in a push.
pub(super) const STREET: &str = "Marker Street";
/// How far from [`HOME`] they live, metres.
const SPREAD_M: f64 = 700.0;
/// Enrolments side by side.
const SIDE_BY_SIDE: usize = 8;

/// What becomes of somebody during a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// On duty all the time.
    Ordinary,
    /// Suspended by a coordinator at some time, for good.
    Suspended,
    /// Goes off duty at some time, for good.
    Leaving,
    /// Goes off duty and comes back, again and again.
    Fickle,
    /// Never verified.
    Pending,
    /// Of the other organisation.
    Foreign,
}

/// How many of each.
const TOWN: [(Fate, usize); 6] = [
    (Fate::Ordinary, 44),
    (Fate::Suspended, 6),
    (Fate::Leaving, 5),
    (Fate::Fickle, 7),
    (Fate::Pending, 3),
    (Fate::Foreign, 6),
];

/// A responder with a phone.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) token: String,
    pub(super) device: String,
    /// The push address.
    pub(super) address: String,
    pub(super) place: LatLon,
    pub(super) fate: Fate,
}

/// A call from somewhere in town; its address names the key.
pub(super) fn call(key: &str, rng: &mut Rng) -> Value {
    let place = somewhere(rng);
    json!({"kind": "cardiac_arrest", "scene": "safe", "patient": {"age_y": 61},
           "location": {"lat": place.lat, "lon": place.lon, "uncertainty_m": 15},
           "address": {"line": format!("{STREET} {key}"), "floor": "3"}})
}

fn somewhere(rng: &mut Rng) -> LatLon {
    let mut m = || rng.between(-SPREAD_M, SPREAD_M);
    HOME.offset_m(m(), m())
}

impl Town {
    /// Everybody moves in, through all nodes.
    pub(super) async fn settle(&mut self, rng: &mut Rng) {
        let fates = TOWN.iter().flat_map(|(fate, n)| vec![*fate; *n]);
        let fates: Vec<_> = fates.collect();
        let ids: Vec<String> = (0..fates.len()).map(|n| format!("person-{n}")).collect();
        let ours = self
            .tokens(OURS)
            .mint_many("responder", &ids)
            .await
            .unwrap();
        let theirs = self.tokens(THEIRS);
        let their_coordinator = theirs.mint("coordinator", "coordinator-2").await.unwrap();
        let theirs = theirs.mint_many("responder", &ids).await.unwrap();
        for (n, (fate, id)) in fates.into_iter().zip(ids).enumerate() {
            let foreign = fate == Fate::Foreign;
            self.people.push(Person {
                token: if foreign { &theirs[n] } else { &ours[n] }.clone(),
                device: format!("device-{n}"),
                address: format!("pushaddress-{n}"),
                place: somewhere(rng),
                id,
                fate,
            });
        }
        let town = &*self;
        let moving_in = town.people.iter().enumerate().map(async |(n, person)| {
            let coordinator = match person.fate {
                Fate::Foreign => &their_coordinator,
                _ => &town.coordinator,
            };
            town.moves_in(n, person, coordinator).await;
        });
        let moved_in = futures_util::stream::iter(moving_in).buffer_unordered(SIDE_BY_SIDE);
        moved_in.collect::<Vec<()>>().await;
        let ours = self.people.iter().filter(|p| p.fate != Fate::Foreign);
        self.history.lock().unwrap().people = ours.map(|p| p.id.clone()).collect();
    }

    async fn moves_in(&self, node: usize, person: &Person, coordinator: &str) {
        let body = json!({"id": person.id, "name": "One Of Many", "skills": ["bls"],
                          "travel": "foot"});
        let enrolled = self.ask(node, ("POST", "/v1/responders"), coordinator, Some(&body));
        let enrolled = enrolled.await;
        if person.fate == Fate::Pending {
            let span = enrolled.span;
            enrolled.done();
            self.history.lock().unwrap().changes.push(Change {
                responder: person.id.clone(),
                of: Standing::Verified,
                to: false,
                span,
                told: Told::Done,
            });
        } else {
            enrolled.done();
            let path = format!("/v1/responders/{}/verify", person.id);
            let empty = json!({});
            let verified = self.ask(node + 1, ("POST", &path), coordinator, Some(&empty));
            verified.await.done();
        }
        let push = json!({"platform": "android", "push": {"fcm_token": person.address}});
        let path = format!("/v1/me/devices/{}", person.device);
        let device = self.ask(node + 2, ("PUT", &path), &person.token, Some(&push));
        device.await.done();
        let duty = ("PUT", "/v1/me/duty");
        let on = json!({"on": true});
        let on = self.ask(node, duty, &person.token, Some(&on));
        on.await.done();
        self.reports(node + 1, person, person.place).await.done();
    }

    /// A person's phone reports where it is.
    pub(super) async fn reports(&self, node: usize, person: &Person, at: LatLon) -> Heard {
        let now = clock::now_text();
        let body = json!({"device_id": person.device, "sent_at": now, "fixes": [
            {"lat": at.lat, "lon": at.lon, "accuracy_m": 5.0, "at": now}]});
        self.ask(node, ("POST", "/v1/me/fixes"), &person.token, Some(&body))
            .await
    }
}
