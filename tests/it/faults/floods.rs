//! Too much, and nonsense.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use muster_stand::clock;
use muster_stand::standin::{Fault, Rule};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{alerts, call_from, id, in_state, in_time, incidents, one_wave, raise, row};
use crate::support::{Caller, HOME, Phone, World, alert_of, eventually, text};

/// Messages of the flood, at most.
const FLOOD: u32 = 1_500;

fn message(phone: &Phone) -> Value {
    let now = clock::now_text();
    json!({"device_id": phone.device, "sent_at": now,
           "fixes": [{"lat": HOME.lat, "lon": HOME.lon, "accuracy_m": 5.0, "at": now}]})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_fixes_from_one_phone_is_cut_and_slows_nobody_else() {
    let world = World::with(|settings| settings.plan(|plan| one_wave(plan, 2, 1_000.0))).await;
    let phones = world.crowd("p", &row(HOME, 2, 20.0)).await;
    let (loud, quiet) = (&phones[0], &phones[1]);
    let flooding = Arc::new(AtomicBool::new(true));
    let (cut, sent) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let mut flood = JoinSet::new();
    for _ in 0..4 {
        let (phone, flooding) = (loud.clone(), Arc::clone(&flooding));
        let (cut, sent) = (Arc::clone(&cut), Arc::clone(&sent));
        flood.spawn(async move {
            while flooding.load(Ordering::Relaxed) && sent.fetch_add(1, Ordering::Relaxed) < FLOOD {
                let reply = phone.post("/v1/me/fixes", &message(&phone)).await;
                if reply.status == 202 {
                    continue;
                }
                assert!(!reply.header("retry-after").is_empty());
                reply.problem(429, "too_many_requests");
                cut.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    eventually("the flood is cut", async || {
        (cut.load(Ordering::Relaxed) > 50).then_some(())
    })
    .await;
    // in the middle of it: the other phone, a raise, and even the loud phone's answers
    for _ in 0..5 {
        let fix = message(quiet);
        let reply = quiet.post("/v1/me/fixes", &fix);
        let reply = tokio::time::timeout(Duration::from_secs(1), reply).await;
        reply.expect("the other phone is not slowed").expect(202);
    }
    let incident = raise(&world, "flooded", HOME).await;
    for phone in [loud, quiet] {
        let alert = id(alert_of(&incident, phone)).to_owned();
        in_time("an accept", phone.says(&alert, "accept"))
            .await
            .expect(200);
    }
    flooding.store(false, Ordering::Relaxed);
    while let Some(end) = flood.join_next().await {
        end.unwrap();
    }
    let accepted = sent.load(Ordering::Relaxed) - cut.load(Ordering::Relaxed);
    assert!(
        accepted >= 10,
        "the flood was cut, not the phone: {accepted}"
    );
    eventually("the loud phone may report again", async || {
        let reply = loud.post("/v1/me/fixes", &message(loud)).await;
        (reply.status == 202).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_never_answers_never_sheds_an_emergency() {
    let world = World::with(|settings| {
        settings.env("MUSTER__FCM__CONNECTIONS", "1");
        settings.plan(|plan| {
            one_wave(plan, 5, 3_000.0);
            // silence is replaced, so that ever more pushes wait
            (plan.receipt_window_s, plan.answer_window_s) = (0.5, 0.5);
        });
    })
    .await;
    let phones = world.crowd("p", &row(HOME, 60, 20.0)).await;
    for phone in &phones {
        for n in 0..2 {
            phone
                .register_as(
                    &format!("{}-{n}", phone.device),
                    &format!("{}-{n}", phone.address),
                )
                .await;
        }
    }
    world.standin().faults().set(Rule::error(Fault::Hang));
    let calls = (0..80).map(async |n| {
        let place = HOME.offset_m(f64::from(n), 0.0);
        raise(&world, &format!("waiting-{n}"), place).await
    });
    let raised: Vec<Value> = futures_util::stream::iter(calls)
        .buffer_unordered(8)
        .collect()
        .await;
    assert_eq!(raised.len(), 80, "each of them 201 in time");
    // answers as well: the phone channel and a look at the app need no push
    let first = raised
        .iter()
        .find(|incident| !alerts(incident).is_empty())
        .unwrap();
    let phone = super::phone_of(&phones, &alerts(first)[0]);
    let accept = phone.says(id(&alerts(first)[0]), "accept");
    in_time("an accept", accept).await.expect(200);
    let now = world.desk.incident(id(first)).await;
    assert_eq!(in_state(&now, &["accepted"]).len(), 1);
    world.standin().faults().clear();
    world.finish().await;
}

/// A request with any body.
async fn sends(caller: &Caller, method: &str, path: &str, body: Vec<u8>) -> (u16, Value) {
    let request = caller
        .request(method, path)
        .header("Idempotency-Key", "garbage");
    let request = request.header("Content-Type", "application/json");
    let reply = in_time("a refusal", caller.send(request.body(body))).await;
    assert_eq!(
        reply.header("content-type"),
        "application/problem+json",
        "{}",
        reply.text
    );
    (reply.status, reply.json)
}

#[tokio::test]
async fn oversized_and_garbage_bodies_change_nothing() {
    let world = World::with(|settings| settings.plan(|plan| one_wave(plan, 1, 1_000.0))).await;
    let phone = world.phone("p", 10.0).await;
    let before = raise(&world, "before", HOME).await;
    let alert = id(&alerts(&before)[0]).to_owned();
    phone.receives("alert", id(&before)).await;
    let settled = world.desk.until_alert(id(&before), &phone, "sent").await;

    let mut long = call_from(HOME);
    long["address"]["notes"] = json!("x".repeat(70_000));
    let deep = [vec![b'['; 30_000], vec![b']'; 30_000]].concat();
    let not_text = b"{\"kind\": \"\xff\xfe\"}".to_vec();
    let cut = call_from(HOME).to_string().into_bytes()[..40].to_vec();
    let nowhere = br#"{"kind": "fall", "location": {"lat": 0, "lon": 0}}"#.to_vec();
    let far_off = br#"{"kind": "fall", "location": {"lat": 91, "lon": 0}}"#.to_vec();
    let huge = br#"{"kind": "fall", "location": {"lat": 1e999, "lon": 0}}"#.to_vec();
    let garbage = [
        deep,
        not_text,
        cut,
        nowhere,
        far_off,
        huge,
        Vec::new(),
        b"null".to_vec(),
    ];
    let action = |verb: &str| format!("/v1/me/alerts/{alert}/{verb}");
    let device = format!("/v1/me/devices/{}", phone.device);
    let incident = format!("/v1/incidents/{}", id(&before));
    let targets: [(&Caller, &str, &str); 6] = [
        (&world.desk, "POST", "/v1/incidents"),
        (&world.desk, "PATCH", &incident),
        (&phone, "POST", "/v1/me/fixes"),
        (&phone, "PUT", &device),
        (&phone, "PUT", "/v1/me/duty"),
        (&phone, "POST", &action("accept")),
    ];
    for (who, method, path) in targets {
        let oversized = long.to_string().into_bytes();
        let (status, problem) = sends(who, method, path, oversized).await;
        assert_eq!(
            (status, text(&problem, "code")),
            (413, "body_too_large"),
            "{method} {path}"
        );
        for body in &garbage {
            // an answer may come without a body
            if path.ends_with("/accept") && body.is_empty() {
                continue;
            }
            let (status, problem) = sends(who, method, path, body.clone()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]);
            assert_eq!(status, 400, "{method} {path} with {shown}: {problem}");
        }
    }
    let now = world.desk.incident(id(&before)).await;
    assert_eq!(now["version"], settled["version"], "{now:#}");
    assert_eq!(text(alert_of(&now, &phone), "state"), "sent");
    assert_eq!(incidents(&world).await.len(), 1, "nothing was raised");
    // the key of the refused calls is still free, and the phone still answers
    raise(&world, "garbage", HOME).await;
    phone.does(&alert, "accept").await;
    world.finish().await;
}
