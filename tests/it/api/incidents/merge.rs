//! One emergency that was reported twice: whoever is on the one report goes on with the other.

use crate::support::{World, alert_of, call};
use serde_json::json;

#[tokio::test]
async fn whoever_is_on_the_duplicate_goes_on_with_the_one_that_stays_and_the_others_may_be_asked() {
    let world = World::start().await;
    let there = world.phone("there", 50.0).await;
    let coming = world.phone("coming", 150.0).await;
    let asked = world.phone("asked", 250.0).await;
    let twice = world.desk.raise(&call()).await;
    let arrived = there.accepts(&twice).await;
    there.does(&arrived, "arrive").await;
    let alert = coming.accepts(&twice).await;
    asked.receives("alert", &twice).await;
    let stays = world.desk.raise(&call()).await;
    world.desk.logged(&stays, "found_too_few").await;
    let duplicate = json!({"outcome": "duplicate", "of": stays});
    let closed = world
        .desk
        .tell(&twice, "close", &duplicate)
        .await
        .expect(200);
    assert_eq!(
        (&closed["state"], &closed["duplicate_of"]),
        (&json!("closed"), &json!(stays))
    );
    let other = world.desk.incident(&stays).await;
    let of = |phone| alert_of(&other, phone);
    assert_eq!(of(&there)["state"], "on_scene");
    assert_eq!(of(&coming)["state"], "accepted");
    assert_eq!(other["summary"]["coming"], 1);
    world.desk.logged(&stays, "taken_over").await;
    // nobody who goes on is told to stop; whoever was only asked is, and is asked for the other
    coming.receives("update", &stays).await;
    asked.receives("stand_down", &twice).await;
    asked.receives("alert", &stays).await;
    for phone in [&there, &coming] {
        assert!(!phone.has("stand_down", &twice));
        let ended = alert_of(&closed, phone);
        assert_eq!(
            (&ended["state"], &ended["stood_down_because"]),
            (&json!("stood_down"), &json!("merged"))
        );
    }
    // the phone learns which of its alerts goes on
    let again = of(&coming)["id"].as_str().unwrap().to_owned();
    let mine = coming.alert(&again).await;
    assert_eq!(mine["replaces"], json!([alert]));
    assert_eq!(mine["address"]["entry_code"], "4711");
    coming.does(&again, "arrive").await;
    assert_eq!(world.desk.incident(&stays).await["summary"]["on_scene"], 2);
    world.finish().await;
}

#[tokio::test]
async fn what_a_phone_without_a_line_says_of_the_duplicate_goes_on_to_the_one_that_stays() {
    let world = World::start().await;
    let anna = world.phone("anna", 50.0).await;
    let ben = world.phone("ben", 150.0).await;
    let twice = world.desk.raise(&call()).await;
    let alert = anna.accepts(&twice).await;
    ben.accepts(&twice).await;
    let stays = world.desk.raise(&call()).await;
    let duplicate = json!({"outcome": "duplicate", "of": stays});
    for _ in 0..2 {
        let closed = world.desk.tell(&twice, "close", &duplicate).await;
        closed.expect(200);
    }
    // anna's phone has heard nothing of it
    let answer = anna.does(&alert, "unsafe").await;
    assert_eq!(answer["replaces"], json!([alert]));
    let other = world.desk.incident(&stays).await;
    assert_eq!(other["danger"], true);
    assert_eq!(alert_of(&other, &anna)["in_danger"], true);
    assert_eq!(world.desk.incident(&twice).await["danger"], false);
    ben.receives("danger", &stays).await;
    anna.does(&alert, "safe").await;
    world.desk.patch(&stays, &json!({"scene": "safe"})).await;
    // and that one is a duplicate, too
    let third = world.desk.raise(&call()).await;
    let duplicate = json!({"outcome": "duplicate", "of": third});
    world
        .desk
        .tell(&stays, "close", &duplicate)
        .await
        .expect(200);
    let again = anna.does(&alert, "arrive").await;
    assert_eq!(again["replaces"], json!([alert, answer["id"]]));
    assert_eq!(world.desk.incident(&third).await["summary"]["on_scene"], 1);
    for phone in [&anna, &ben] {
        assert!(!phone.has("stand_down", &twice) && !phone.has("stand_down", &stays));
    }
    // whoever is done there is done
    anna.does(&alert, "finish").await;
    anna.says(&alert, "depart")
        .await
        .problem(409, "incident_closed");
    world.finish().await;
}

#[tokio::test]
async fn an_exercise_takes_nobody_from_an_emergency() {
    let world = World::start().await;
    let anna = world.phone("anna", 50.0).await;
    let real = world.desk.raise(&call()).await;
    anna.accepts(&real).await;
    let mut exercise = call();
    exercise["exercise"] = json!(true);
    let exercise = world.desk.raise(&exercise).await;
    let duplicate = json!({"outcome": "duplicate", "of": exercise});
    let closed = world
        .desk
        .tell(&real, "close", &duplicate)
        .await
        .expect(200);
    assert_eq!(
        alert_of(&closed, &anna)["stood_down_because"],
        "incident_closed"
    );
    anna.receives("stand_down", &real).await;
    world.finish().await;
}
