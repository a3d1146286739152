//! What answers mean: places, refusals, withdrawal, danger.

use crate::support::{World, alert_of, call, call_at, eventually};
use serde_json::json;

#[tokio::test]
async fn wanted_and_one_more_may_accept_and_the_next_is_told_that_enough_come() {
    let world = World::with(|s| s.plan(|plan| (plan.wanted, plan.overbook) = (1, 1))).await;
    let anna = world.phone("anna", 100.0).await;
    let ben = world.phone("ben", 150.0).await;
    let carl = world.phone("carl", 200.0).await;
    let id = world.desk.raise(&call()).await;
    let late = carl.receives("alert", &id).await;
    let first = anna.accepts(&id).await;
    let covered = world.desk.incident(&id).await;
    assert_eq!(
        (&covered["state"], &covered["accepted"]),
        (&json!("covered"), &json!(1))
    );
    ben.accepts(&id).await;
    assert_eq!(world.desk.incident(&id).await["accepted"], 2);
    carl.says(&late, "accept")
        .await
        .problem(409, "already_covered");
    carl.receives("stand_down", &id).await;
    assert_eq!(
        anna.says(&first, "accept").await.expect(200)["state"],
        "accepted",
        "a repeat"
    );

    let withdrawn = anna.does(&first, "decline").await;
    assert_eq!(withdrawn["state"], "withdrawn");
    let summary = world.desk.incident(&id).await;
    assert_eq!(
        (&summary["accepted"], &summary["state"]),
        (&json!(1), &json!("covered"))
    );
    world.finish().await;
}

#[tokio::test]
async fn a_withdrawal_reopens_the_place_and_somebody_else_is_asked() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            (plan.wanted, plan.overbook) = (1, 0);
            plan.waves[0].at_once = 1;
        });
    });
    let world = world.await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 500.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;
    assert_eq!(world.desk.incident(&id).await["state"], "covered");
    assert!(!ben.has("alert", &id));
    anna.does(&alert, "decline").await;
    ben.accepts(&id).await;
    let covered = world
        .desk
        .until(&id, "covered again", |i| i["state"] == "covered")
        .await;
    assert_eq!(alert_of(&covered, &anna)["state"], "withdrawn");
    world.finish().await;
}

#[tokio::test]
async fn a_late_yes_counts_while_a_place_is_free_and_each_try_is_decided_anew() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            (plan.wanted, plan.overbook, plan.answer_window_s) = (1, 0, 0.4);
            plan.waves.truncate(1);
            plan.waves[0].at_once = 1;
        });
    });
    let world = world.await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 500.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let alert = anna.receives("alert", &id).await;
    anna.does(&alert, "received").await;
    world.desk.until_alert(&id, &anna, "lapsed").await;
    let others = ben.accepts(&id).await;
    anna.says(&alert, "accept")
        .await
        .problem(409, "already_covered");
    ben.does(&others, "decline").await;
    // her alert was stood down when the place was taken: it ended, or she is asked again
    let again = eventually("anna is asked again", async || {
        anna.pushes()
            .iter()
            .rfind(|p| p.datum("type") == "alert" && p.datum("alert_id") != alert)
            .map(|push| push.datum("alert_id").to_owned())
    });
    let again = again.await;
    anna.does(&again, "received").await;
    world.desk.until_alert(&id, &anna, "lapsed").await;
    assert_eq!(
        anna.does(&again, "accept").await["state"],
        "accepted",
        "from lapsed"
    );
    assert_eq!(world.desk.incident(&id).await["state"], "covered");
    world.finish().await;
}

#[tokio::test]
async fn whoever_was_suspended_cannot_say_yes_late() {
    let world = World::with(|settings| settings.plan(|plan| plan.answer_window_s = 0.4));
    let world = world.await;
    let anna = world.phone("anna", 100.0).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.receives("alert", &id).await;
    anna.does(&alert, "received").await;
    world.desk.until_alert(&id, &anna, "lapsed").await;
    world.suspend(&anna).await;
    anna.says(&alert, "accept")
        .await
        .problem(409, "alert_ended");
    world.verify(&anna).await;
    assert_eq!(anna.does(&alert, "accept").await["state"], "accepted");
    world.suspend(&anna).await;
    world.desk.until_alert(&id, &anna, "stood_down").await;
    world.finish().await;
}

#[tokio::test]
async fn refusals_name_their_reason() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            plan.expires_s = 0.6;
            plan.waves.truncate(1);
        });
        settings.default_plan(|plan| plan.waves[0].radius_m = 3000.0);
    });
    let world = world.await;
    let anna = world.phone("anna", 100.0).await;
    let id = world.desk.raise(&call()).await;
    let expired = anna.receives("alert", &id).await;
    world.desk.until_alert(&id, &anna, "expired").await;
    anna.says(&expired, "accept")
        .await
        .problem(409, "alert_expired");
    world.desk.close(&id, "completed").await;

    let mut other = call();
    other["kind"] = json!("fall");
    let id = world.desk.raise(&other).await;
    let declined = anna.receives("alert", &id).await;
    anna.says(&declined, "depart")
        .await
        .problem(409, "not_accepted");
    anna.does(&declined, "decline").await;
    assert_eq!(
        anna.does(&declined, "decline").await["state"],
        "declined",
        "a repeat"
    );
    anna.says(&declined, "accept")
        .await
        .problem(409, "alert_ended");
    world.desk.close(&id, "completed").await;
    anna.says(&declined, "accept")
        .await
        .problem(409, "incident_closed");
    world.finish().await;
}

#[tokio::test]
async fn somebody_under_way_is_not_asked_for_another_incident_and_cannot_accept_one() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            plan.answer_window_s = 0.4;
            plan.waves.truncate(1);
        });
    });
    let world = world.await;
    let anna = world.phone("anna", 100.0).await;
    let first = world.desk.raise(&call()).await;
    let lapsed = anna.receives("alert", &first).await;
    anna.does(&lapsed, "received").await;
    world.desk.until_alert(&first, &anna, "lapsed").await;
    let second = world.desk.raise(&call_at(300.0)).await;
    anna.accepts(&second).await;
    anna.says(&lapsed, "accept")
        .await
        .problem(409, "already_engaged");
    let third = world.desk.raised(&call_at(50.0)).await;
    assert_eq!(third["alerts"], json!([]), "she is on another incident");
    world.finish().await;
}

#[tokio::test]
async fn a_responder_in_danger_stops_the_waves_and_warns_the_others() {
    let world = World::with(|settings| {
        settings.secret("with a knife");
        settings.plan(|plan| {
            plan.waves[0].at_once = 2;
            plan.waves[1].after_s = 0.5;
            plan.waves.truncate(2);
        });
    });
    let world = world.await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 150.0).await,
    );
    let far = world.phone("far", 1500.0).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;
    let body = json!({"reason": "somebody with a knife"});
    let path = format!("/v1/me/alerts/{alert}/unsafe");
    anna.post(&path, &body).await.expect(200);
    ben.receives("danger", &id).await;
    let line = world.desk.logged(&id, "danger_reported").await;
    assert_eq!(line["actor"]["subject"], "anna");
    assert_eq!(line["text"], "somebody with a knife");
    let now = world.desk.incident(&id).await;
    assert_eq!(now["danger"], true);
    // a decline would call for a replacement, were it not for the danger
    let other = ben.receives("alert", &id).await;
    ben.does(&other, "decline").await;
    // `far` is reached by the second wave only; that of a later incident proves that the first
    // incident's time for it came and went
    let probe = world.desk.raise(&call()).await;
    far.receives("alert", &probe).await;
    assert!(!far.has("alert", &id), "no wave goes into danger");
    world.finish().await;
}
