//! Many incidents that want the same people.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use muster_stand::geo::LatLon;
use muster_stand::standin::Delivery;
use serde_json::Value;
use tokio::sync::mpsc::Receiver;

use super::{UNANSWERED, alerts, call_from, id, in_state, in_time, incidents, one_wave};
use crate::support::{HOME, Phone, World, eventually, text};

const INCIDENTS: u32 = 50;
const PEOPLE: u32 = 120;
/// A square kilometre.
const SIDE_M: f64 = 1_000.0;

/// So many places, evenly spread over the square kilometre (a lattice of golden steps).
fn spread(count: u32) -> Vec<LatLon> {
    let part = |n: u32, step: f64| (f64::from(n) * step).fract() * SIDE_M;
    (0..count)
        .map(|n| HOME.offset_m(part(n, 0.754_877_666), part(n, 0.569_840_291)))
        .collect()
}

/// Every phone accepts everything it gets.
async fn accept_all(phones: BTreeMap<String, Phone>, mut pushes: Receiver<Delivery>) {
    let mut answers = futures_util::stream::FuturesUnordered::new();
    loop {
        tokio::select! {
            push = pushes.recv() => {
                let Some(push) = push else { return };
                if push.datum("type") != "alert" { continue }
                let phone = phones[&push.address].clone();
                answers.push(async move {
                    let reply = phone.says(push.datum("alert_id"), "accept").await;
                    assert!([200, 409].contains(&reply.status), "{}", reply.text);
                });
            }
            Some(()) = answers.next(), if !answers.is_empty() => {}
        }
    }
}

/// What holds a responder, from when to when, in numbers of the log.
#[derive(Default)]
struct Hold {
    alert: String,
    from: u64,
    to: Option<u64>,
}

/// The holds of everybody, read from the logs: from being asked, or from a late yes, until the
/// answer that frees them.
async fn holds(world: &World, all: &[Value]) -> BTreeMap<String, Vec<Hold>> {
    let mut holds: BTreeMap<String, Vec<Hold>> = BTreeMap::new();
    for incident in all {
        let owner: BTreeMap<&str, &str> = alerts(incident)
            .iter()
            .map(|a| (id(a), text(a, "responder_id")))
            .collect();
        for line in world.desk.log(id(incident)).await {
            let Some(alert) = line["alert_id"].as_str() else {
                continue;
            };
            let mine = holds.entry(owner[alert].to_owned()).or_default();
            let seq = line["seq"].as_u64().unwrap();
            let open = mine.iter_mut().find(|h| h.alert == alert && h.to.is_none());
            match (text(&line, "type"), open) {
                ("alerted" | "accepted", None) => {
                    mine.push(Hold {
                        alert: alert.to_owned(),
                        from: seq,
                        to: None,
                    });
                }
                (
                    "declined" | "withdrawn" | "lapsed" | "unreachable" | "expired" | "stood_down"
                    | "finished",
                    Some(hold),
                ) => hold.to = Some(seq),
                _ => {}
            }
        }
    }
    holds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_incidents_in_a_square_kilometre_never_hold_anybody_twice() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            one_wave(plan, 4, 1_500.0);
            (plan.wanted, plan.overbook) = (2, 1);
        });
    })
    .await;
    let phones = world.crowd("p", &spread(PEOPLE)).await;
    let pushes = world.standin().subscribe(10_000);
    let by_address = phones
        .iter()
        .map(|p| (p.address.clone(), p.clone()))
        .collect();
    let accepting = tokio::spawn(accept_all(by_address, pushes));
    let calls = spread(INCIDENTS)
        .into_iter()
        .enumerate()
        .map(async |(n, place)| {
            // not where anybody stands
            let call = call_from(place.offset_m(7.0, 7.0));
            let key = format!("rival-{n}");
            in_time("a raise in the crowd", world.desk.raise_as(&key, &call))
                .await
                .expect(201)
        });
    assert_eq!(join_all(calls).await.len(), 50);

    let all = eventually("nobody is asked without having answered", async || {
        let all = incidents(&world).await;
        let settled = all.iter().all(|incident| {
            let full = text(incident, "state") == "covered";
            in_state(incident, UNANSWERED).is_empty() && (full || all_taken(&all))
        });
        settled.then_some(all)
    })
    .await;
    assert!(
        !accepting.is_finished(),
        "a phone met an answer that is none"
    );
    accepting.abort();
    assert_eq!(all.len(), 50);
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for incident in &all {
        let accepted = in_state(incident, &["accepted"]);
        assert!(accepted.len() <= 3, "over capacity: {incident:#}");
        for alert in accepted {
            let who = text(alert, "responder_id");
            assert!(taken.insert(who), "{who} is on two incidents");
        }
    }
    for (who, mut mine) in holds(&world, &all).await {
        mine.sort_by_key(|hold| hold.from);
        for pair in mine.windows(2) {
            let freed = pair[0].to;
            let apart = freed.is_some_and(|to| to < pair[1].from);
            assert!(
                apart,
                "{who} was held by {} and {} at once",
                pair[0].alert, pair[1].alert
            );
        }
    }
    world.finish().await;
}

/// Everybody is on an incident, so that no other can get more.
fn all_taken(all: &[Value]) -> bool {
    let taken: usize = all
        .iter()
        .map(|incident| in_state(incident, &["accepted"]).len())
        .sum();
    taken >= usize::try_from(PEOPLE).unwrap()
}
