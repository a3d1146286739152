//! Call handlers: they raise, repeat under the same key what got no answer, read, and close.

use super::super::history::{Raise, Read, Told};
use super::super::people::call;
use super::super::town::{Heard, Town};
use super::{Going, insist, pause};
use muster_stand::rng::Rng;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Part of the incidents that nobody closes.
const STAY_OPEN: f64 = 0.15;

/// Raises until told to stop; ends when its last incident is closed.
pub(super) async fn raise(town: Arc<Town>, mut going: Going, desk: u64, mut rng: Rng) {
    let mut following = JoinSet::new();
    for n in 0.. {
        let s = rng.between(0.5, 1.2);
        if !pause(&mut going, s).await {
            break;
        }
        let rng = Rng::new(rng.bits());
        following.spawn(one(Arc::clone(&town), format!("{desk}-{n}"), rng));
    }
    while let Some(ended) = following.join_next().await {
        ended.unwrap();
    }
}

async fn one(town: Arc<Town>, key: String, mut rng: Rng) {
    let body = call(&key, &mut rng);
    let ask = |node: usize| {
        let request = town.request(node, "POST", "/v1/incidents");
        let request = request.bearer_auth(&town.desk);
        request.header("Idempotency-Key", &key).json(&body)
    };
    let note = |heard: &Heard| {
        let done = heard.told == Told::Done;
        let warnings = heard.json["warnings"].as_array();
        town.history.lock().unwrap().raises.push(Raise {
            key: key.clone(),
            told: heard.told.clone(),
            incident: done.then(|| heard.field("id")),
            degraded: warnings.is_some_and(|all| all.contains(&json!("degraded"))),
        });
    };
    let heard = insist(&mut rng, ask, note).await;
    if heard.told != Told::Done {
        return;
    }
    let id = heard.field("id");
    let path = format!("/v1/incidents/{id}");
    // what one node acknowledged, every node knows
    let read = town
        .ask(rng.below(3), ("GET", &path), &town.desk, None)
        .await;
    let known = match read.told {
        Told::Done => Some(true),
        Told::Refused(code) if code == "not_found" => Some(false),
        Told::Refused(_) | Told::Unsure => None,
    };
    town.history.lock().unwrap().reads.push(Read {
        incident: id,
        known,
    });
    if rng.chance(STAY_OPEN) {
        return;
    }
    let s = rng.between(2.0, 6.0);
    tokio::time::sleep(Duration::from_secs_f64(s)).await;
    let path = format!("{path}/close");
    let body = json!({"outcome": "ems_on_scene"});
    let close = |node| town.prepared(node, ("POST", &path), &town.desk, Some(&body));
    insist(&mut rng, close, |_| {}).await;
}
