//! Phones: each push is answered as people do, through any node, again and again until there is an
//! answer.

use super::super::history::{Answer, Push, Shown, Told};
use super::super::people::{Person, STREET};
use super::super::town::{Heard, Town};
use super::insist;
use muster_stand::rng::Rng;
use muster_stand::standin::Delivery;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Answers every push for as long as there are any.
pub(super) async fn answer(town: Arc<Town>, mut pushes: Receiver<Delivery>, seed: u64) {
    let by_address: BTreeMap<String, Person> = town
        .people
        .iter()
        .map(|person| (person.address.clone(), person.clone()))
        .collect();
    let mut met = BTreeSet::new();
    let mut answering = JoinSet::new();
    while let Some(push) = pushes.recv().await {
        let person = by_address.get(&push.address);
        note(&town, person, &push);
        let first = push.datum("type") == "alert" && met.insert(push.datum("alert_id").to_owned());
        if let (Some(person), true) = (person, first) {
            let phone = Phone {
                town: Arc::clone(&town),
                person: person.clone(),
                alert: push.datum("alert_id").to_owned(),
                rng: Rng::split(seed, 10_000 + push.seq),
            };
            answering.spawn(phone.lives());
        }
        while answering.try_join_next().is_some() {}
    }
}

fn note(town: &Town, person: Option<&Person>, push: &Delivery) {
    let text = push.message.to_string();
    let exact = [STREET, "\"lat", "\"address"]
        .iter()
        .any(|word| text.contains(word));
    town.history.lock().unwrap().pushes.push(Push {
        responder: person.map_or_else(|| push.address.clone(), |person| person.id.clone()),
        kind: push.datum("type").to_owned(),
        alert: push.datum("alert_id").to_owned(),
        exact,
    });
}

/// A phone with an alert.
struct Phone {
    town: Arc<Town>,
    person: Person,
    alert: String,
    rng: Rng,
}

impl Phone {
    async fn lives(mut self) {
        self.waits(0.02, 0.3).await;
        if !self.rng.chance(0.93) {
            return;
        }
        self.says("received").await;
        if self.rng.chance(0.4) {
            self.says("seen").await;
        }
        self.waits(0.05, 1.0).await;
        let mood = self.rng.unit();
        if mood < 0.25 {
            self.says("decline").await;
        } else if mood < 0.8 {
            self.goes().await;
        }
    }

    async fn goes(&mut self) {
        if self.says("accept").await != Told::Done {
            // what does somebody see who came too late?
            self.looks().await;
            return;
        }
        if self.rng.chance(0.1) {
            self.waits(0.1, 0.5).await;
            self.says("decline").await;
            self.looks().await;
            return;
        }
        for verb in ["depart", "arrive", "finish"] {
            self.waits(0.1, 0.8).await;
            if self.says(verb).await != Told::Done {
                break;
            }
        }
        self.looks().await;
    }

    async fn waits(&mut self, from: f64, to: f64) {
        let s = self.rng.between(from, to);
        sleep(Duration::from_secs_f64(s)).await;
    }

    async fn says(&mut self, verb: &'static str) -> Told {
        let (town, person, alert) = (&self.town, &self.person, &self.alert);
        let path = format!("/v1/me/alerts/{alert}/{verb}");
        let body = json!({"device_id": person.device});
        let ask = |node| town.prepared(node, ("POST", &path), &person.token, Some(&body));
        let note = |heard: &Heard| {
            town.history.lock().unwrap().answers.push(Answer {
                responder: person.id.clone(),
                alert: alert.clone(),
                verb,
                told: heard.told.clone(),
            });
            if heard.told == Told::Done {
                shown(town, person, &heard.json);
            }
        };
        insist(&mut self.rng, ask, note).await.told
    }

    /// Everything open, as disclosed now.
    async fn looks(&mut self) {
        let (town, person) = (&self.town, &self.person);
        let ask = |node| town.prepared(node, ("GET", "/v1/me/alerts"), &person.token, None);
        let heard = insist(&mut self.rng, ask, |_| {}).await;
        for alert in heard.json["items"].as_array().into_iter().flatten() {
            shown(town, person, alert);
        }
    }
}

fn shown(town: &Town, person: &Person, alert: &Value) {
    let exact = !alert["location"].is_null()
        || !alert["address"].is_null()
        || alert.to_string().contains(STREET);
    let field = |name: &str| alert[name].as_str().unwrap_or_default().to_owned();
    town.history.lock().unwrap().shown.push(Shown {
        responder: person.id.clone(),
        alert: field("id"),
        state: field("state"),
        exact,
    });
}
