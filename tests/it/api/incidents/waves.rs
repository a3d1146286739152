//! Widening, by time and by hand.

use crate::support::{World, call};
use serde_json::json;

#[tokio::test]
async fn the_circle_widens_by_itself_while_too_few_accept() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            plan.waves[1].after_s = 0.4;
            plan.waves[2].after_s = 0.8;
        });
    });
    let world = world.await;
    let near = world.phone("near", 200.0).await;
    let (mid, far) = (
        world.phone("mid", 1500.0).await,
        world.phone("far", 4000.0).await,
    );
    let id = world.desk.raise(&call()).await;
    for phone in [&near, &mid, &far] {
        phone.receives("alert", &id).await;
    }
    let now = world.desk.incident(&id).await;
    let waves: Vec<_> = now["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["wave"].clone())
        .collect();
    assert_eq!(
        (waves, &now["wave"]),
        (vec![json!(1), json!(2), json!(3)], &json!(3))
    );
    let log = world.desk.log(&id).await;
    let third = log
        .iter()
        .find(|l| l["type"] == "wave_launched" && l["detail"]["wave"] == 3);
    assert_eq!(third.unwrap()["actor"]["role"], "timer");
    world.finish().await;
}

#[tokio::test]
async fn the_desk_widens_at_once_and_a_second_press_changes_nothing() {
    let world = World::start().await;
    let (mid, far) = (
        world.phone("mid", 1500.0).await,
        world.phone("far", 4000.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let widened = world
        .desk
        .tell(&id, "widen", &json!({"from_wave": 1}))
        .await
        .expect(200);
    assert_eq!(widened["wave"], 2, "the effect is in the answer: {widened}");
    mid.receives("alert", &id).await;
    let again = world
        .desk
        .tell(&id, "widen", &json!({"from_wave": 1}))
        .await
        .expect(200);
    assert_eq!(again["wave"], 2);
    assert!(!far.has("alert", &id));
    let third = world
        .desk
        .tell(&id, "widen", &json!({"from_wave": 2}))
        .await
        .expect(200);
    assert_eq!(third["wave"], 3);
    far.receives("alert", &id).await;
    let none = world
        .desk
        .tell(&id, "widen", &json!({"from_wave": 3}))
        .await
        .expect(200);
    assert_eq!(none["wave"], 3, "there is no fourth");
    world
        .desk
        .tell(&id, "widen", &json!({"from_wave": "two"}))
        .await
        .problem(400, "invalid");
    world.finish().await;
}

#[tokio::test]
async fn a_covered_incident_widens_no_further() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            (plan.wanted, plan.overbook) = (1, 0);
            plan.waves[1].after_s = 0.4;
            plan.waves.truncate(2);
        });
    });
    let world = world.await;
    let near = world.phone("near", 200.0).await;
    let id = world.desk.raise(&call()).await;
    near.accepts(&id).await;
    let covered = world.desk.incident(&id).await;
    let mid = world.phone("mid", 1500.0).await;
    // the second wave of a later incident proves that the time for the first one's has passed
    let probe = world.desk.raise(&call()).await;
    mid.receives("alert", &probe).await;
    assert!(!mid.has("alert", &id));
    assert_eq!(world.desk.incident(&id).await["wave"], covered["wave"]);
    world.finish().await;
}
