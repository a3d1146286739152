//! `kill -9`, as a crash or a pulled plug would be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use muster_stand::standin::{Fault, Rule};
use serde_json::Value;

use super::{
    alerts, all_pushed, call_from, id, in_state, incidents, one_wave, pushes_of, raise, row,
};
use crate::support::{Desk, HOME, Phone, World, eventually, text};

/// Bytes of a record of the slot file.
const RECORD: usize = 32;

/// The alerts of an incident and whom they ask.
fn asked(incident: &Value) -> BTreeMap<&str, &str> {
    alerts(incident)
        .iter()
        .map(|a| (id(a), text(a, "responder_id")))
        .collect()
}

#[tokio::test]
async fn an_alert_committed_before_a_crash_is_pushed_after_it() {
    let mut world = World::with(|settings| {
        settings.plan(|plan| one_wave(plan, 3, 1_000.0));
    })
    .await;
    let places: Vec<_> = (0..3)
        .map(|n| HOME.offset_m(5_000.0 * f64::from(n), 0.0))
        .collect();
    let mut phones = Vec::new();
    for (n, place) in places.iter().enumerate() {
        phones.extend(
            world
                .crowd(&format!("town{n}"), &row(*place, 3, 20.0))
                .await,
        );
    }
    world.standin().faults().set_down(true);
    let mut raised = Vec::new();
    for (n, place) in places.iter().enumerate() {
        raised.push(raise(&world, &format!("before-{n}"), *place).await);
    }
    assert_eq!(
        phones.iter().flat_map(Phone::pushes).count(),
        0,
        "nothing is taken while it is down"
    );
    world.crash().await;
    world.standin().faults().set_down(false);
    world.restart().await;
    for before in &raised {
        assert_eq!(alerts(before).len(), 3, "{before:#}");
        let after = all_pushed(&world, id(before)).await;
        for (alert, responder) in asked(before) {
            assert_eq!(asked(&after)[alert], responder, "the same alert as before");
            for push in pushes_of(&world, alert) {
                let whose = phones
                    .iter()
                    .find(|phone| phone.address == push.address)
                    .unwrap();
                assert_eq!(whose.id, responder);
            }
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn a_push_that_was_taken_but_not_confirmed_is_repeated_with_the_same_alert_id() {
    let mut world = World::with(|settings| settings.plan(|plan| one_wave(plan, 3, 1_000.0))).await;
    world.crowd("p", &row(HOME, 3, 20.0)).await;
    world
        .standin()
        .faults()
        .set(Rule::error(Fault::TakeThenDrop));
    let before = raise(&world, "unconfirmed", HOME).await;
    all_pushed(&world, id(&before)).await;
    world.crash().await;
    let seen = world.standin().messages(0).last().unwrap().seq;
    world.standin().faults().clear();
    world.restart().await;
    for (alert, responder) in asked(&before) {
        let repeat = eventually("the push is repeated", async || {
            pushes_of(&world, alert)
                .into_iter()
                .find(|push| push.seq > seen)
        })
        .await;
        assert!(
            repeat.address.ends_with(responder),
            "{responder}: {}",
            repeat.address
        );
    }
    let after = world.desk.incident(id(&before)).await;
    assert_eq!(
        asked(&after),
        asked(&before),
        "nobody is asked anew for that"
    );
    world.finish().await;
}

/// What the storm was told.
#[derive(Default)]
struct Told {
    /// Key and id of each raise that was answered with success.
    raised: Mutex<Vec<(String, String)>>,
    /// Incident and alert of each accept that was answered with success.
    accepted: Mutex<Vec<(String, String)>>,
    count: AtomicUsize,
}

/// Raises until the server is gone; every key it tried.
async fn raiser(desk: Desk, told: Arc<Told>, number: u32) -> Vec<String> {
    let mut keys = Vec::new();
    for n in 0..400 {
        let key = format!("storm-{number}-{n}");
        keys.push(key.clone());
        let request = desk
            .request("POST", "/v1/incidents")
            .header("Idempotency-Key", &key);
        let Some(reply) = desk.try_send(request.json(&call_from(HOME))).await else {
            break;
        };
        told.raised
            .lock()
            .unwrap()
            .push((key, id(&reply.expect(201)).to_owned()));
        told.count.fetch_add(1, Ordering::Relaxed);
    }
    keys
}

/// Accepts whatever is pushed, until the server is gone.
async fn accepter(
    phones: BTreeMap<String, Phone>,
    mut pushes: tokio::sync::mpsc::Receiver<muster_stand::standin::Delivery>,
    told: Arc<Told>,
) {
    while let Some(push) = pushes.recv().await {
        let (alert, incident) = (push.datum("alert_id"), push.datum("incident_id"));
        let Some(phone) = phones
            .get(&push.address)
            .filter(|_| push.datum("type") == "alert")
        else {
            continue;
        };
        let request = phone.request("POST", &format!("/v1/me/alerts/{alert}/accept"));
        let Some(reply) = phone.try_send(request).await else {
            return;
        };
        if reply.status == 200 {
            let accepted = (incident.to_owned(), alert.to_owned());
            told.accepted.lock().unwrap().push(accepted);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_nothing_that_was_acknowledged_is_lost() {
    let mut world = World::with(|settings| {
        settings.plan(|plan| {
            one_wave(plan, 2, 2_000.0);
            (plan.wanted, plan.overbook) = (1, 0);
        });
    })
    .await;
    let phones = world.crowd("p", &row(HOME, 40, 5.0)).await;
    let by_address: BTreeMap<_, _> = phones
        .iter()
        .map(|phone| (phone.address.clone(), phone.clone()))
        .collect();
    let told = Arc::new(Told::default());
    let pushes = world.standin().subscribe(10_000);
    let accepting = tokio::spawn(accepter(by_address, pushes, Arc::clone(&told)));
    let raisers: Vec<_> = (0..4)
        .map(|n| tokio::spawn(raiser(world.desk.clone(), Arc::clone(&told), n)))
        .collect();
    eventually("the storm rages", async || {
        let accepts = told.accepted.lock().unwrap().len();
        (told.count.load(Ordering::Relaxed) >= 40 && accepts >= 5).then_some(())
    })
    .await;
    world.crash().await;
    let mut tried = BTreeSet::new();
    for raiser in raisers {
        tried.extend(raiser.await.unwrap());
    }
    accepting.abort();
    world.restart().await;

    let raised = told.raised.lock().unwrap().clone();
    for (key, incident) in &raised {
        assert_eq!(id(&world.desk.incident(incident).await), incident);
        let again = world.desk.raise_as(key, &call_from(HOME)).await.expect(200);
        assert_eq!(id(&again), incident, "the key is remembered as well");
    }
    let accepted = told.accepted.lock().unwrap().clone();
    for (incident, alert) in accepted {
        let now = world.desk.incident(&incident).await;
        let going = in_state(&now, &["accepted"]);
        assert!(
            going.iter().any(|a| id(a) == alert),
            "an accept was lost: {now:#}"
        );
    }
    // a caller without an answer tries again, and there is one incident for each key
    for key in &tried {
        let again = world.desk.raise_as(key, &call_from(HOME)).await;
        assert!([200, 201].contains(&again.status), "{}", again.text);
    }
    let all = incidents(&world).await;
    assert_eq!(all.len(), tried.len(), "one incident for each key");
    for incident in &all {
        all_pushed(&world, id(incident)).await;
    }
    world.finish().await;
}

#[tokio::test]
async fn positions_survive_a_crash_so_that_people_are_found_without_a_new_fix() {
    let mut world = World::with(|settings| settings.plan(|plan| one_wave(plan, 5, 1_000.0))).await;
    let phones = world.crowd("p", &row(HOME, 5, 20.0)).await;
    let slots = world.data_dir().join("positions.slots");
    eventually("every position is in the slot file", async || {
        let bytes = std::fs::read(&slots).unwrap_or_default();
        let held = bytes
            .chunks_exact(RECORD)
            .filter(|r| r.iter().any(|byte| *byte != 0))
            .count();
        (held >= phones.len()).then_some(())
    })
    .await;
    world.crash().await;
    world.restart().await;
    let incident = raise(&world, "after", HOME).await;
    assert_eq!(alerts(&incident).len(), 5, "{incident:#}");
    all_pushed(&world, id(&incident)).await;
    world.finish().await;
}
