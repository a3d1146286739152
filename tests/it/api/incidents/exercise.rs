//! Exercises, which must never stand in the way of an emergency.

use crate::support::{Phone, World, call};
use serde_json::{Value, json};

fn drill() -> Value {
    let mut call = call();
    call["exercise"] = json!(true);
    call
}

async fn willing(world: &World, id: &str, north_m: f64) -> Phone {
    let phone = world.enrolled(id, &json!({"exercises": true})).await;
    world.verify(&phone).await;
    phone.register().await;
    phone.duty(true).await;
    phone.stands(north_m).await;
    phone
}

#[tokio::test]
async fn an_exercise_reaches_only_those_who_opted_in_and_is_marked_everywhere() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let ben = willing(&world, "ben", 200.0).await;
    let raised = world.desk.raised(&drill()).await;
    assert_eq!(raised["exercise"], true);
    let id = raised["id"].as_str().unwrap();
    let push = ben.delivery("alert", id).await;
    assert_eq!(push.datum("exercise"), "true");
    assert_eq!(ben.alert(push.datum("alert_id")).await["exercise"], true);
    assert_eq!(raised["alerts"].as_array().unwrap().len(), 1, "{raised}");
    assert!(anna.pushes().is_empty());
    world.finish().await;
}

#[tokio::test]
async fn an_exercise_yields_to_a_real_incident_and_never_the_other_way_round() {
    let world = World::start().await;
    let ben = willing(&world, "ben", 200.0).await;
    let drill_id = world.desk.raise(&drill()).await;
    let drilled = ben.accepts(&drill_id).await;
    let real = world.desk.raise(&call()).await;
    let alert = ben.receives("alert", &real).await;
    ben.does(&alert, "accept").await;
    world.desk.until_alert(&drill_id, &ben, "stood_down").await;
    ben.says(&drilled, "arrive")
        .await
        .problem(409, "alert_ended");
    let other = world.desk.raised(&drill()).await;
    assert_eq!(
        other["alerts"],
        json!([]),
        "whoever is on a real incident is left alone"
    );
    world.finish().await;
}
