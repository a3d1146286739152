//! What the OwnTracks app sends.

use serde_json::{Value, json};

use super::{asked, location, owntracks, rejected, says, tracked};
use crate::support::{HOME, World};

#[tokio::test]
async fn a_position_finds_its_owner() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    let taken = says(&world, &app, &location(HOME.offset_m(300.0, 0.0), 40)).await;
    assert_eq!(taken.header("content-type"), "application/json");
    assert_eq!(
        taken.expect(200),
        json!([]),
        "a list of messages for the app"
    );
    let alert = asked(&world, &anna).await;
    let (far, age) = (alert["distance_m"].as_f64(), alert["fix_age_s"].as_u64());
    assert!(far.is_some_and(|m| (295.0..305.0).contains(&m)), "{alert}");
    assert!(age.is_some_and(|s| (40..50).contains(&s)), "{alert}");
    world.finish().await;
}

#[tokio::test]
async fn other_messages_and_empty_ones_are_taken_and_change_nothing() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    for kind in [
        "lwt",
        "transition",
        "waypoint",
        "waypoints",
        "status",
        "card",
        "cmd",
        "steps",
    ] {
        let message = json!({"_type": kind, "lat": HOME.lat, "lon": HOME.lon, "tst": 1});
        assert_eq!(
            says(&world, &app, &message).await.expect(200),
            json!([]),
            "{kind}"
        );
    }
    let anybody = world.anonymous();
    let empty = anybody.send(owntracks(&world, &app)).await;
    assert_eq!(empty.expect(200), json!([]));
    assert!(asked(&world, &anna).await.is_null());
    world.finish().await;
}

#[tokio::test]
async fn an_encrypted_message_is_refused_clearly() {
    let world = World::start().await;
    let (_, app) = tracked(&world, "anna").await;
    let sealed = json!({"_type": "encrypted", "data": "bm90aGluZyB0byBzZWU"});
    let refused = says(&world, &app, &sealed).await;
    refused.problem(400, "encrypted_payload");
    world.finish().await;
}

#[tokio::test]
async fn a_broken_message_is_refused_and_a_useless_position_is_not() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    let raw = async |body: Vec<u8>| {
        let anybody = world.anonymous();
        anybody.send(owntracks(&world, &app).body(body)).await
    };
    raw(b"{\"_type\": \"loc".to_vec())
        .await
        .problem(400, "bad_json");
    raw(vec![0xff, 0xfe]).await.problem(400, "bad_json");
    raw(vec![b' '; 70_000]).await.problem(413, "body_too_large");
    for (field, value) in [
        ("lat", json!("north")),
        ("lon", Value::Null),
        ("_type", json!(7)),
    ] {
        let mut message = location(HOME, 1);
        message[field] = value;
        says(&world, &app, &message).await.problem(400, "invalid");
    }
    // the app would send these for ever if they were refused
    for (field, value, code) in [
        ("lat", json!(91), "impossible_position"),
        ("acc", json!(6_000), "bad_accuracy"),
        ("acc", json!(-1), "bad_accuracy"),
        ("tst", json!(1_551_874_878), "too_old"),
        ("tst", json!(4_102_444_800_i64), "from_the_future"),
        ("vel", json!(300), "too_fast"),
    ] {
        let before = rejected(&world, code).await;
        let mut message = location(HOME, 1);
        message[field] = value;
        assert_eq!(
            says(&world, &app, &message).await.expect(200),
            json!([]),
            "{code}"
        );
        assert_eq!(rejected(&world, code).await, before + 1, "{code}");
    }
    let mut nowhere = location(HOME, 1);
    (nowhere["lat"], nowhere["lon"]) = (json!(0), json!(0));
    says(&world, &app, &nowhere).await.expect(200);
    assert_eq!(rejected(&world, "zero_island").await, 1);
    assert!(asked(&world, &anna).await.is_null());
    world.finish().await;
}

#[tokio::test]
async fn a_speed_is_in_kilometres_an_hour() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    let mut message = location(HOME, 5);
    // 69.4 m/s; 250 of any other unit is an aircraft
    message["vel"] = json!(250);
    says(&world, &app, &message).await.expect(200);
    assert!(!asked(&world, &anna).await.is_null());
    assert_eq!(rejected(&world, "too_fast").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_ping_does_not_move_anybody() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    says(&world, &app, &location(HOME, 20)).await.expect(200);
    let mut ping = location(HOME.offset_m(4_000.0, 0.0), 0);
    ping["t"] = json!("p");
    says(&world, &app, &ping).await.expect(200);
    assert_eq!(rejected(&world, "undated").await, 1);
    assert!(
        asked(&world, &anna).await["distance_m"]
            .as_f64()
            .is_some_and(|m| m < 1.0)
    );
    world.finish().await;
}

#[tokio::test]
async fn the_app_on_a_phone_counts_more_than_a_tracker() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    says(&world, &app, &location(HOME.offset_m(900.0, 0.0), 3))
        .await
        .expect(200);
    anna.stands(200.0).await;
    // its clock counts whole seconds: a later one, so that only the rank decides
    says(&world, &app, &location(HOME.offset_m(900.0, 0.0), -2))
        .await
        .expect(200);
    let alert = asked(&world, &anna).await;
    assert!(
        alert["distance_m"].as_f64().is_some_and(|m| m < 205.0),
        "{alert}"
    );
    assert_eq!(rejected(&world, "other_device").await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_responders_own_token_counts_as_well() {
    let world = World::start().await;
    let (anna, _) = tracked(&world, "anna").await;
    let taken = anna.post("/v1/owntracks", &location(HOME, 1)).await;
    assert_eq!(taken.expect(200), json!([]));
    assert!(!asked(&world, &anna).await.is_null());
    let desk = world.desk.post("/v1/owntracks", &location(HOME, 1)).await;
    desk.problem(403, "forbidden");
    world.finish().await;
}
