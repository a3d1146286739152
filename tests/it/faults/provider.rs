//! Every way in which the push provider says no.

use std::time::Duration;

use muster_stand::standin::{Fault, Rule};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    alerts, all_pushed, assert_explained, few_connections, id, in_time, one_wave, pushes_of, raise,
    row, warm,
};
use crate::support::{HOME, Phone, World, alert_of, eventually, text};

/// One is asked at a time, and silence alone replaces nobody during the test.
async fn world_of_one(expected_errors: &[&str]) -> World {
    let world = World::with(|settings| {
        few_connections(settings);
        settings.plan(|plan| {
            one_wave(plan, 1, 1_000.0);
            (plan.receipt_window_s, plan.answer_window_s) = (60.0, 60.0);
        });
        for words in expected_errors {
            settings.expect_error(words);
        }
    })
    .await;
    warm(&world).await;
    world
}

fn answered(world: &World, status: u16) -> u64 {
    world
        .standin()
        .stats()
        .by_status
        .get(&status)
        .copied()
        .unwrap_or(0)
}

async fn failure_of(world: &World, incident: &Value, phone: &Phone) -> Value {
    eventually("the log explains the failed push", async || {
        let alert = id(alert_of(incident, phone)).to_owned();
        let log = world.desk.log(id(incident)).await;
        log.into_iter()
            .find(|l| l["type"] == "push_failed" && l["alert_id"] == *alert)
    })
    .await
}

/// A passing fault for one phone: its alert arrives after it, the other's at once.
async fn passes(fault: Rule, status: u16, at_least: Duration) {
    let world = world_of_one(&[]).await;
    let elsewhere = HOME.offset_m(20_000.0, 0.0);
    let unlucky = world.phone("unlucky", 10.0).await;
    world.phone_at("lucky", elsewhere).await;
    let times = u64::from(fault.times.unwrap());
    let before = answered(&world, status);
    world.standin().faults().set_for(&unlucky.address, fault);
    let began = Instant::now();
    let first = raise(&world, "unlucky", HOME).await;
    let other = raise(&world, "lucky", elsewhere).await;
    all_pushed(&world, id(&other)).await;
    all_pushed(&world, id(&first)).await;
    assert!(
        began.elapsed() >= at_least,
        "too early: {:?}",
        began.elapsed()
    );
    assert_eq!(
        answered(&world, status) - before,
        times,
        "one answer for each attempt"
    );
    let alert = id(&alerts(&first)[0]).to_owned();
    assert_eq!(pushes_of(&world, &alert).len(), 1, "taken once");
    let now = world.desk.until_alert(id(&first), &unlucky, "sent").await;
    assert_eq!(
        alerts(&now).len(),
        1,
        "nobody else was asked for that: {now:#}"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_429_is_tried_again_when_the_provider_said_so_and_not_before() {
    let fault = Rule {
        retry_after_s: Some(2),
        ..Rule::error_times(Fault::QuotaExceeded, 1)
    };
    passes(fault, 429, Duration::from_secs(2)).await;
}

#[tokio::test]
async fn a_503_is_tried_again_until_it_is_taken() {
    passes(
        Rule::error_times(Fault::Unavailable, 2),
        503,
        Duration::from_secs(1),
    )
    .await;
}

#[tokio::test]
async fn a_502_in_html_is_tried_again_until_it_is_taken() {
    passes(
        Rule::error_times(Fault::Html502, 2),
        502,
        Duration::from_secs(1),
    )
    .await;
}

#[tokio::test]
async fn a_refused_access_token_is_renewed_and_every_alert_goes_out() {
    let world = World::with(|settings| {
        few_connections(settings);
        settings.plan(|plan| one_wave(plan, 5, 1_000.0));
        settings.expect_error("FCM refuses our messages");
    })
    .await;
    warm(&world).await;
    let phones = world.crowd("p", &row(HOME, 5, 20.0)).await;
    let tokens = world.standin().stats().tokens;
    world.standin().revoke_access_tokens();
    let incident = raise(&world, "revoked", HOME).await;
    let now = all_pushed(&world, id(&incident)).await;
    assert_eq!(
        alerts(&now).len(),
        phones.len(),
        "nobody was given up: {now:#}"
    );
    assert!(answered(&world, 401) >= 1, "the token was refused");
    let renewed = world.standin().stats().tokens - tokens;
    assert_eq!(renewed, 1, "one new token for all of them");
    world.finish().await;
}

/// The nearest has a dead phone: the next is asked in their place at once, and as soon as the
/// provider has taken something it is believed that the phone is dead.
async fn dies(fault: Fault, reason: &str) {
    let world = world_of_one(&[]).await;
    let phones = world.crowd("p", &row(HOME, 3, 100.0)).await;
    let [dead, next, _] = &*phones else {
        panic!("three people")
    };
    world
        .standin()
        .faults()
        .set_for(&dead.address, Rule::error(fault));
    let incident = raise(&world, "dead", HOME).await;
    assert_eq!(text(&alerts(&incident)[0], "responder_id"), dead.id);
    // far sooner than the receipt window
    in_time(
        "the replacement",
        world.desk.until_alert(id(&incident), next, "sent"),
    )
    .await;
    let now = world
        .desk
        .until_alert(id(&incident), dead, "unreachable")
        .await;
    assert_eq!(alerts(&now).len(), 2, "one for one: {now:#}");
    let line = failure_of(&world, &incident, dead).await;
    assert_eq!(text(&line["detail"], "reason"), reason, "{line:#}");
    assert_explained(&world, id(&incident)).await;
    // nobody asks a dead phone again, until it registers anew
    let second = raise(&world, "second", HOME).await;
    assert_eq!(
        text(&alerts(&second)[0], "responder_id"),
        phones[2].id,
        "{second:#}"
    );
    world.standin().faults().clear();
    dead.register_as(&dead.device, "a-new-address").await;
    eventually("whoever registers anew is found again", async || {
        let third = world.desk.raised(&super::call_from(HOME)).await;
        let back = alert_of(&third, dead).is_object();
        world.desk.close(id(&third), "false_alarm").await;
        back.then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn an_unregistered_phone_makes_its_owner_unreachable_and_the_next_is_asked_at_once() {
    dies(Fault::Unregistered, "unregistered").await;
}

#[tokio::test]
async fn a_malformed_address_makes_its_owner_unreachable_and_the_next_is_asked_at_once() {
    dies(Fault::InvalidArgument, "invalid_address").await;
}

#[tokio::test]
async fn a_phone_of_another_project_waits_while_the_next_is_asked_and_is_never_buried() {
    let world = world_of_one(&[]).await;
    let phones = world.crowd("p", &row(HOME, 2, 100.0)).await;
    let (foreign, next) = (&phones[0], &phones[1]);
    let rule = Rule::error(Fault::SenderIdMismatch);
    world.standin().faults().set_for(&foreign.address, rule);
    let refused = answered(&world, 403);
    let incident = raise(&world, "foreign", HOME).await;
    let now = world.desk.until_alert(id(&incident), next, "sent").await;
    let waiting = alert_of(&now, foreign);
    assert_eq!(text(waiting, "state"), "queued", "{now:#}");
    assert_eq!(waiting["push_waiting"], true);
    eventually("it is tried again", async || {
        (answered(&world, 403) >= refused + 3).then_some(())
    })
    .await;
    let me = foreign.get("/v1/me").await.expect(200);
    assert_eq!(me["devices"][0]["push"], "ok", "{me:#}");
    world.standin().faults().clear();
    let now = world.desk.until_alert(id(&incident), foreign, "sent").await;
    assert_eq!(alert_of(&now, foreign)["push_waiting"], false);
    assert_eq!(alerts(&now).len(), 2, "{now:#}");
    world.finish().await;
}

#[tokio::test]
async fn a_dead_phone_beside_a_living_one_costs_nobody_the_alert() {
    let world = world_of_one(&[]).await;
    let phone = world.phone("two", 10.0).await;
    world.phone("other", 200.0).await;
    phone.register_as("second", "second-address").await;
    world
        .standin()
        .faults()
        .set_for(&phone.address, Rule::error(Fault::Unregistered));
    let incident = raise(&world, "two", HOME).await;
    let push = phone
        .delivery_to("second-address", "alert", id(&incident))
        .await;
    failure_of(&world, &incident, &phone).await;
    assert_eq!(push.datum("alert_id"), id(alert_of(&incident, &phone)));
    let now = world.desk.until_alert(id(&incident), &phone, "sent").await;
    assert_eq!(alerts(&now).len(), 1, "nobody else was asked: {now:#}");
    world.finish().await;
}

#[tokio::test]
async fn a_refusal_that_is_not_the_phones_fault_is_tried_again_and_asks_nobody_on_the_same_way() {
    let world = world_of_one(&["refuses our messages"]).await;
    let phones = world.crowd("p", &row(HOME, 2, 100.0)).await;
    let refused = Rule::error_times(Fault::ThirdPartyAuthError, 1);
    world
        .standin()
        .faults()
        .set_for(&phones[0].address, refused);
    let incident = raise(&world, "refused", HOME).await;
    let line = world.desk.logged(id(&incident), "push_put_off").await;
    assert_eq!(
        text(&line["detail"], "reason"),
        "third_party_auth",
        "{line:#}"
    );
    assert_eq!(line["alert_id"], *id(&alerts(&incident)[0]));
    let now = world
        .desk
        .until_alert(id(&incident), &phones[0], "sent")
        .await;
    assert_eq!(alerts(&now).len(), 1, "{now:#}");
    world.finish().await;
}
