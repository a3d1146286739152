//! Two wishes at the same instant: each outcome is a legal one, and what is left agrees with the
//! answers that were given.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{alerts, id, in_state, in_time, one_wave, phone_of, raise, row};
use crate::support::{HOME, Reply, World, alert_of, eventually, text};

/// How often each pair races.
const ROUNDS: u32 = 8;

/// Status and code of an answer; nothing of the server's making may go wrong.
fn outcome(reply: &Reply) -> (u16, &str) {
    assert!(reply.status < 500, "a server error: {}", reply.text);
    match reply.status {
        200 => (200, ""),
        status => (status, text(&reply.json, "code")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_accept_at_once_and_exactly_as_many_as_fit_are_accepted() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            one_wave(plan, 200, 2_000.0);
            (plan.wanted, plan.overbook, plan.max_asked) = (3, 1, 200);
            (plan.receipt_window_s, plan.answer_window_s) = (60.0, 60.0);
        });
    })
    .await;
    let phones = world.crowd("p", &row(HOME, 200, 5.0)).await;
    let incident = raise(&world, "all", HOME).await;
    assert_eq!(alerts(&incident).len(), 200);
    let accepts = alerts(&incident).iter().map(async |alert| {
        let phone = phone_of(&phones, alert);
        (
            id(alert),
            in_time("an accept", phone.says(id(alert), "accept")).await,
        )
    });
    let answers = join_all(accepts).await;
    let mut winners: Vec<&str> = Vec::new();
    for (alert, reply) in &answers {
        match outcome(reply) {
            (200, _) => winners.push(alert),
            (409, "already_covered") => {}
            other => panic!("{other:?} is no answer to an accept"),
        }
    }
    assert_eq!(winners.len(), 4, "wanted and overbook");
    let now = world.desk.incident(id(&incident)).await;
    assert_eq!(
        (text(&now, "state"), &now["accepted"]),
        ("covered", &json!(4))
    );
    let mut accepted: Vec<_> = in_state(&now, &["accepted"]).into_iter().map(id).collect();
    accepted.sort_unstable();
    winners.sort_unstable();
    assert_eq!(accepted, winners, "those who were told so, and no others");
    assert_eq!(
        in_state(&now, &["stood_down"]).len(),
        196,
        "everybody else is let go"
    );
    world.finish().await;
}

/// One person, asked by an incident in each round; both wishes at once. Gives the incident
/// afterwards with both answers.
async fn race(
    world: &World,
    wishes: impl AsyncFn(&Value, &str) -> (Reply, Reply),
    check: impl Fn(&Value, (u16, &str), (u16, &str)),
) {
    for round in 0..ROUNDS {
        let place = HOME.offset_m(5_000.0 * f64::from(round), 0.0);
        let phone = world.phone_at(&format!("p{round}"), place).await;
        let incident = raise(world, &format!("race-{round}"), place).await;
        let alert = id(alert_of(&incident, &phone)).to_owned();
        let (one, other) = wishes(&incident, &alert).await;
        let after = world.desk.incident(id(&incident)).await;
        check(&after, outcome(&one), outcome(&other));
    }
}

async fn world_of_one() -> World {
    World::with(|settings| settings.plan(|plan| one_wave(plan, 1, 1_000.0))).await
}

fn only_alert(incident: &Value) -> &Value {
    let [alert] = alerts(incident) else {
        panic!("one alert: {incident:#}")
    };
    alert
}

/// A phone of the responder that the alert is for, found by its number in the incident.
async fn says(world: &World, incident: &Value, alert: &str, verb: &str) -> Reply {
    let who = text(only_alert(incident), "responder_id");
    let phone = world.caller("responder", crate::support::ORG, who).await;
    phone
        .post(&format!("/v1/me/alerts/{alert}/{verb}"), &json!({}))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accept_and_a_close_at_once_leave_a_closed_incident_with_nobody_on_it() {
    let world = world_of_one().await;
    let outcome = json!({"outcome": "completed"});
    let wishes = async |incident: &Value, alert: &str| {
        tokio::join!(
            says(&world, incident, alert, "accept"),
            world.desk.tell(id(incident), "close", &outcome)
        )
    };
    race(&world, wishes, |after, accept, close| {
        assert_eq!(close.0, 200);
        assert!(
            [(200, ""), (409, "incident_closed")].contains(&accept),
            "{accept:?}"
        );
        assert_eq!(text(after, "state"), "closed");
        assert_eq!(
            text(only_alert(after), "state"),
            "stood_down",
            "told either way"
        );
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yes_and_no_from_two_devices_at_once_is_a_no() {
    let world = world_of_one().await;
    let wishes = async |incident: &Value, alert: &str| {
        tokio::join!(
            says(&world, incident, alert, "accept"),
            says(&world, incident, alert, "decline")
        )
    };
    race(&world, wishes, |after, accept, decline| {
        assert_eq!(decline.0, 200);
        let state = text(only_alert(after), "state");
        let legal = [((200, ""), "withdrawn"), ((409, "alert_ended"), "declined")];
        assert!(
            legal.contains(&(accept, state)),
            "{accept:?} and then {state}"
        );
        assert_eq!(after["accepted"], 0, "the place is free again");
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_accepts_of_one_alert_from_two_devices_are_one_acceptance() {
    let world = world_of_one().await;
    let wishes = async |incident: &Value, alert: &str| {
        tokio::join!(
            says(&world, incident, alert, "accept"),
            says(&world, incident, alert, "accept")
        )
    };
    race(&world, wishes, |after, one, other| {
        assert_eq!(
            (one, other),
            ((200, ""), (200, "")),
            "a repeat answers the same"
        );
        assert_eq!((&after["accepted"], alerts(after).len()), (&json!(1), 1));
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accept_at_the_instant_of_expiry_is_in_time_or_too_late_and_stays_so() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            one_wave(plan, 16, 1_000.0);
            (plan.wanted, plan.overbook, plan.expires_s) = (16, 0, 1.5);
        });
    })
    .await;
    let phones = world.crowd("p", &row(HOME, 16, 5.0)).await;
    let before = Instant::now();
    let incident = raise(&world, "expiry", HOME).await;
    assert_eq!(alerts(&incident).len(), 16);
    // expiry is 1.5 s after an instant between these two: the accepts are spread around it
    let after = Instant::now();
    let accepts = alerts(&incident)
        .iter()
        .zip(0_u32..)
        .map(async |(alert, n)| {
            let span = after - before + Duration::from_millis(120);
            let at = before + Duration::from_millis(1_440) + span / 15 * n;
            tokio::time::sleep_until(at).await;
            let reply = phone_of(&phones, alert).says(id(alert), "accept").await;
            (id(alert), outcome(&reply).0, outcome(&reply).1.to_owned())
        });
    let answers = join_all(accepts).await;
    let over = eventually("all that are not accepted have expired", async || {
        let now = world.desk.incident(id(&incident)).await;
        let ends = in_state(&now, &["accepted", "expired"]).len();
        (ends == 16).then_some(now)
    })
    .await;
    for (alert, status, code) in &answers {
        let now = alerts(&over).iter().find(|a| id(a) == *alert).unwrap();
        let end = (*status, code.as_str(), text(now, "state"));
        let legal = [(200, "", "accepted"), (409, "alert_expired", "expired")];
        assert!(legal.contains(&end), "{end:?}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepts_of_two_incidents_at_once_put_nobody_on_both() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            one_wave(plan, 1, 1_000.0);
            (plan.receipt_window_s, plan.answer_window_s) = (0.3, 0.3);
        });
    })
    .await;
    for round in 0..ROUNDS {
        let place = HOME.offset_m(5_000.0 * f64::from(round), 0.0);
        let phone = world.phone_at(&format!("p{round}"), place).await;
        // silent on the first, and so free to be asked by the second
        let first = raise(&world, &format!("first-{round}"), place).await;
        let one = id(alert_of(&first, &phone)).to_owned();
        world
            .desk
            .until_alert(id(&first), &phone, "unreachable")
            .await;
        let second = eventually("the second incident asks the same person", async || {
            let second = world.desk.raised(&super::call_from(place)).await;
            alert_of(&second, &phone).is_object().then_some(second)
        })
        .await;
        let other = id(alert_of(&second, &phone)).to_owned();
        let (a, b) = tokio::join!(phone.says(&one, "accept"), phone.says(&other, "accept"));
        let (a, b) = (outcome(&a), outcome(&b));
        let refused =
            |o: (u16, &str)| o.0 == 409 && ["already_engaged", "alert_ended"].contains(&o.1);
        assert!(
            (a.0 == 200 && refused(b)) || (b.0 == 200 && refused(a)),
            "{a:?} and {b:?}"
        );
        let mut accepted = Vec::new();
        for incident in [&first, &second] {
            let now = world.desk.incident(id(incident)).await;
            accepted.push(text(alert_of(&now, &phone), "state") == "accepted");
        }
        assert_eq!(accepted, [a.0 == 200, b.0 == 200], "as they were told");
    }
    world.finish().await;
}
