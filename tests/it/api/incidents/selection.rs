//! Who is asked, in which order, and who never is.

use crate::support::{Phone, World, alert_of, call, call_at};
use serde_json::{Value, json};

fn asked(incident: &Value) -> Vec<&str> {
    let alerts = incident["alerts"].as_array().unwrap();
    alerts
        .iter()
        .map(|alert| alert["responder_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_nearest_are_asked_first_and_nobody_beyond_the_radius() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            plan.waves[0].at_once = 3;
            plan.waves.truncate(1);
        });
    });
    let world = world.await;
    for (id, north) in [
        ("d", 700.0),
        ("b", -300.0),
        ("far", 1005.0),
        ("c", 500.0),
        ("a", 100.0),
    ] {
        world.phone(id, north).await;
    }
    let raised = world.desk.raised(&call()).await;
    assert_eq!(asked(&raised), ["a", "b", "c"]);
    let line = world
        .desk
        .logged(raised["id"].as_str().unwrap(), "passed_over")
        .await;
    assert_eq!(
        line["detail"]["people"][0]["responder_id"], "d",
        "and why: {line}"
    );
    assert_eq!(line["detail"]["people"][0]["why"], "others_nearer");

    let raised = world.desk.raised(&call_at(1500.0)).await;
    assert_eq!(
        asked(&raised),
        ["far", "d"],
        "others are asked elsewhere already"
    );
    world.finish().await;
}

#[tokio::test]
async fn whoever_declines_is_replaced_by_the_next() {
    let world = one_at_a_time(30.0).await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 400.0).await,
    );
    let raised = world.desk.raised(&call()).await;
    assert_eq!(asked(&raised), ["anna"]);
    let id = raised["id"].as_str().unwrap();
    let alert = anna.receives("alert", id).await;
    anna.does(&alert, "decline").await;
    ben.receives("alert", id).await;
    let now = world.desk.incident(id).await;
    assert_eq!(alert_of(&now, &anna)["state"], "declined");
    world.finish().await;
}

#[tokio::test]
async fn whoever_stays_silent_lapses_and_somebody_else_is_asked_as_well() {
    let world = one_at_a_time(0.5).await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 400.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let alert = anna.receives("alert", &id).await;
    anna.does(&alert, "received").await;
    ben.receives("alert", &id).await;
    let now = world.desk.until_alert(&id, &anna, "lapsed").await;
    assert_eq!(now["alerts"].as_array().unwrap().len(), 2);
    assert!(
        !anna.alert(&alert).await.is_null(),
        "a late yes is still possible"
    );
    world.finish().await;
}

#[tokio::test]
async fn whoever_gives_no_receipt_is_unreachable_and_replaced() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            plan.receipt_window_s = 0.5;
            plan.waves[0].at_once = 1;
            plan.waves.truncate(1);
        });
    });
    let world = world.await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 400.0).await,
    );
    let id = world.desk.raise(&call()).await;
    ben.receives("alert", &id).await;
    world.desk.until_alert(&id, &anna, "unreachable").await;
    world.finish().await;
}

#[tokio::test]
async fn an_exhausted_incident_still_asks_whoever_comes_into_reach() {
    let world = World::start().await;
    let anna = world.phone("anna", 20_000.0).await;
    let id = world.desk.raise(&call()).await;
    world
        .desk
        .until(&id, "exhausted", |i| i["state"] == "exhausted")
        .await;
    anna.stands(300.0).await;
    let alert = anna.receives("alert", &id).await;
    let now = world.desk.incident(&id).await;
    assert_eq!(now["state"], "alerting");
    anna.does(&alert, "decline").await;
    world
        .desk
        .until(&id, "exhausted again", |i| i["state"] == "exhausted")
        .await;
    world.finish().await;
}

#[tokio::test]
async fn only_verified_unsuspended_responders_on_duty_with_a_phone_are_asked() {
    let world = World::start().await;
    let pending = world.enrolled("pending", &json!({})).await;
    pending.register().await;
    pending.duty(true).await;
    pending.stands(100.0).await;
    let no_phone = world.enrolled("no-phone", &json!({})).await;
    world.verify(&no_phone).await;
    no_phone.duty(true).await;
    no_phone.stands(110.0).await;
    let off = world.phone("off", 120.0).await;
    off.duty(false).await;
    let suspended = world.phone("suspended", 130.0).await;
    world.suspend(&suspended).await;
    let good = world.phone("good", 140.0).await;
    let raised = world.desk.raised(&call()).await;
    assert_eq!(asked(&raised), ["good"]);
    let id = raised["id"].as_str().unwrap();
    good.receives("alert", id).await;
    world.verify(&pending).await;
    pending.receives("alert", id).await;
    for phone in [&no_phone, &off, &suspended] {
        assert!(phone.pushes().is_empty(), "{} was alerted", phone.id);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_suspended_responder_is_taken_off_the_incident() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let id = world.desk.raise(&call()).await;
    anna.accepts(&id).await;
    world.suspend(&anna).await;
    world.desk.until_alert(&id, &anna, "stood_down").await;
    anna.receives("stand_down", &id).await;
    let second = world.desk.raised(&call()).await;
    assert_eq!(asked(&second), Vec::<&str>::new());
    world.finish().await;
}

#[tokio::test]
async fn clinicians_are_asked_as_clinicians_and_skills_of_the_plan_are_required() {
    let world = World::with(|settings| {
        settings
            .default_plan(|plan| plan.skills = vec![muster_core::domain::responder::Skill::Doctor]);
    });
    let world = world.await;
    let doctor = world
        .enrolled("doctor", &json!({"skills": ["bls", "doctor"]}))
        .await;
    world.verify(&doctor).await;
    doctor.register().await;
    doctor.duty(true).await;
    doctor.stands(200.0).await;
    world.phone("anna", 100.0).await;
    let mut fall = call();
    fall["kind"] = json!("fall");
    let raised = world.desk.raised(&fall).await;
    assert_eq!(asked(&raised), ["doctor"]);
    assert_eq!(raised["alerts"][0]["role"], "clinician");
    let push = doctor
        .delivery("alert", raised["id"].as_str().unwrap())
        .await;
    assert_eq!(push.datum("role"), "clinician");
    world.finish().await;
}

#[tokio::test]
async fn nobody_of_another_organisation_is_asked() {
    let world = World::start().await;
    let anna: Phone = world.phone("anna", 100.0).await;
    let others = world.desk_of("org-2").await;
    let raised = others.raised(&call()).await;
    assert_eq!(asked(&raised), Vec::<&str>::new());
    let id = raised["id"].as_str().unwrap();
    others
        .until(id, "exhausted", |i| i["state"] == "exhausted")
        .await;
    world
        .desk
        .get(&format!("/v1/incidents/{id}"))
        .await
        .problem(404, "not_found");
    assert!(anna.pushes().is_empty());
    world.finish().await;
}

async fn one_at_a_time(answer_window_s: f64) -> World {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            plan.answer_window_s = answer_window_s;
            plan.waves[0].at_once = 1;
            plan.waves.truncate(1);
        });
    });
    world.await
}
