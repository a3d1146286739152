//! SIGTERM while everybody is busy.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{alerts, all_pushed, call_from, id, in_state, one_wave, row};
use crate::support::{Desk, HOME, Phone, World, eventually};

/// What was answered with success.
#[derive(Default)]
struct Told {
    raised: Mutex<Vec<Value>>,
    accepted: Mutex<Vec<(String, String)>>,
}

/// Raises until the server does not answer any more. A refusal must be a clear one.
async fn raiser(desk: Desk, number: u32, told: Arc<Told>) {
    for n in 0..1_000 {
        let request = desk.request("POST", "/v1/incidents");
        let request = request.header("Idempotency-Key", format!("term-{number}-{n}"));
        let Some(reply) = desk.try_send(request.json(&call_from(HOME))).await else {
            return;
        };
        if reply.status != 201 {
            reply.problem(503, "unavailable");
            return;
        }
        told.raised.lock().unwrap().push(reply.json);
    }
}

async fn accepter(
    phones: BTreeMap<String, Phone>,
    mut pushes: tokio::sync::mpsc::Receiver<muster_stand::standin::Delivery>,
    told: Arc<Told>,
) {
    while let Some(push) = pushes.recv().await {
        let Some(phone) = phones
            .get(&push.address)
            .filter(|_| push.datum("type") == "alert")
        else {
            continue;
        };
        let (alert, incident) = (push.datum("alert_id"), push.datum("incident_id"));
        let request = phone.request("POST", &format!("/v1/me/alerts/{alert}/accept"));
        let Some(reply) = phone.try_send(request).await else {
            return;
        };
        if reply.status == 200 {
            told.accepted
                .lock()
                .unwrap()
                .push((incident.to_owned(), alert.to_owned()));
        }
    }
}

async fn walker(phone: Phone, going: Arc<AtomicBool>) {
    while going.load(Ordering::Relaxed) {
        let now = muster_stand::clock::now_text();
        let fix = serde_json::json!({"device_id": phone.device, "sent_at": now, "fixes": [
            {"lat": HOME.lat, "lon": HOME.lon, "accuracy_m": 5.0, "at": now}]});
        let request = phone.request("POST", "/v1/me/fixes").json(&fix);
        if phone.try_send(request).await.is_none() {
            return;
        }
    }
}

/// A raise whose body has only half arrived.
async fn half_a_raise(world: &World) -> (TcpStream, String) {
    let body = call_from(HOME).to_string();
    let (first, rest) = body.split_at(body.len() / 2);
    let at = world.base_url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&at).await.unwrap();
    let head = format!(
        "POST /v1/incidents HTTP/1.1\r\nHost: {at}\r\nAuthorization: Bearer {}\r\n\
         Idempotency-Key: half\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{first}",
        world.desk.token(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    (stream, rest.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_load_ends_well_and_loses_nothing_that_was_acknowledged() {
    let mut world = World::with(|settings| {
        settings.plan(|plan| {
            one_wave(plan, 2, 2_000.0);
            (plan.wanted, plan.overbook) = (1, 0);
        });
    })
    .await;
    let phones = world.crowd("p", &row(HOME, 40, 5.0)).await;
    let told = Arc::new(Told::default());
    let going = Arc::new(AtomicBool::new(true));
    let mut load = JoinSet::new();
    let pushes = world.standin().subscribe(10_000);
    let by_address = phones
        .iter()
        .map(|p| (p.address.clone(), p.clone()))
        .collect();
    load.spawn(accepter(by_address, pushes, Arc::clone(&told)));
    for n in 0..3 {
        load.spawn(raiser(world.desk.clone(), n, Arc::clone(&told)));
        let phone = phones[usize::try_from(n).unwrap()].clone();
        load.spawn(walker(phone, Arc::clone(&going)));
    }
    let feed = world
        .coordinator
        .request("GET", "/v1/feed")
        .send()
        .await
        .unwrap();
    assert_eq!(feed.status(), 200);
    let following = tokio::spawn(feed.bytes_stream().map(|chunk| chunk.is_ok()).count());
    eventually("there is load", async || {
        let raised = told.raised.lock().unwrap().len();
        (raised >= 30 && told.accepted.lock().unwrap().len() >= 5).then_some(())
    })
    .await;
    let began = tokio::time::Instant::now();
    // waits for the end, 30 s at most, and for status 0
    world.stop().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(30));
    going.store(false, Ordering::Relaxed);
    let ended = eventually("the feed ends with the server", async || {
        following.is_finished().then_some(())
    });
    ended.await;
    load.abort_all();
    while load
        .join_next()
        .await
        .is_some_and(|end| end.is_ok() || end.is_err_and(|e| e.is_cancelled()))
    {}

    world.restart().await;
    let raised = told.raised.lock().unwrap().clone();
    for before in &raised {
        let after = all_pushed(&world, id(before)).await;
        assert!(
            alerts(&after).len() >= alerts(before).len(),
            "an alert is gone: {after:#}"
        );
    }
    let accepted = told.accepted.lock().unwrap().clone();
    for (incident, alert) in accepted {
        let now = world.desk.incident(&incident).await;
        let there = in_state(&now, &["accepted"])
            .into_iter()
            .any(|a| id(a) == alert);
        assert!(there, "an accept was lost: {now:#}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_request_under_way_is_finished_while_new_connections_are_refused() {
    let mut world = World::with(|settings| settings.plan(|plan| one_wave(plan, 2, 1_000.0))).await;
    world.crowd("p", &row(HOME, 2, 20.0)).await;
    let (mut stream, rest) = half_a_raise(&world).await;
    // the head is being worked on once a later request was answered
    world.desk.get("/readyz").await.expect(200);
    world.server().signal("-TERM").await.unwrap();
    let at = world.base_url().trim_start_matches("http://").to_owned();
    eventually("new connections are refused", async || {
        TcpStream::connect(&at).await.is_err().then_some(())
    })
    .await;
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    world.stop().await;
    world.restart().await;
    let again = world
        .desk
        .raise_as("half", &call_from(HOME))
        .await
        .expect(200);
    assert_eq!(alerts(&again).len(), 2, "{again:#}");
    all_pushed(&world, id(&again)).await;
    world.finish().await;
}
