//! What Traccar Client sends, now and before version 9.

use muster_stand::clock;
use muster_stand::geo::LatLon;
use serde_json::{Value, json};

use super::{Credential, asked, asks, located_nowhere, make, rejected, tracked};
use crate::support::{HOME, Reply, World};

fn object(who: &Credential, place: LatLon) -> Value {
    json!({"device_id": who.device, "location": {"timestamp": clock::now_text(),
        "coords": {"latitude": place.lat, "longitude": place.lon, "accuracy": 4.2, "speed": 1.5,
            "heading": 88.5, "altitude": 12.0},
        "is_moving": true, "odometer": 120.5, "event": "motionchange",
        "battery": {"level": 0.62, "is_charging": false}, "activity": {"type": "walking"},
        "extras": {}, "_": "&id=x&lat=1&lon=2&timestamp=2026-01-01T00:00:00Z&"}})
}

async fn posts(world: &World, message: &Value) -> Reply {
    world.anonymous().post("/v1/traccar", message).await
}

fn query(who: &Credential, place: LatLon, more: &str) -> String {
    format!(
        "id={}&lat={}&lon={}{more}",
        who.device, place.lat, place.lon
    )
}

#[tokio::test]
async fn the_json_of_the_app_finds_its_owner() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    let taken = posts(&world, &object(&app, HOME.offset_m(250.0, 0.0))).await;
    assert_eq!((taken.status, taken.text.as_str()), (200, ""));
    let alert = asked(&world, &anna).await;
    let far = alert["distance_m"].as_f64();
    assert!(far.is_some_and(|m| (245.0..255.0).contains(&m)), "{alert}");
    world.finish().await;
}

#[tokio::test]
async fn the_parameters_come_in_the_query_or_in_a_form() {
    let world = World::start().await;
    let now = clock::now();
    let written = [
        format!("&timestamp={}", now.as_second()),
        format!("&timestamp={}&accuracy=5", now.as_millisecond()),
        format!("&timestamp={}&hdop=1.5", clock::text(now)),
        format!("&timestamp={}", now.strftime("%Y-%m-%d+%H%%3A%M%%3A%S")),
        "&valid=true&speed=10&batt=50".to_owned(),
    ];
    for (n, more) in written.iter().enumerate() {
        let (who, app) = tracked(&world, &format!("r{n}")).await;
        let text = query(&app, HOME, more);
        let taken = match n {
            0 | 1 => asks(&world, "GET", &text).await,
            2 => asks(&world, "POST", &text).await,
            _ => {
                let anybody = world.anonymous();
                let form = "application/x-www-form-urlencoded";
                let request = anybody.request("POST", "/v1/traccar");
                let request = request.header("content-type", form).body(text.clone());
                anybody.send(request).await
            }
        };
        assert_eq!((taken.status, taken.text.as_str()), (200, ""), "{more}");
        let alert = asked(&world, &who).await;
        assert!(
            alert["distance_m"].as_f64().is_some_and(|m| m < 1.0),
            "{more}: {alert}"
        );
        world.suspend(&who).await;
    }
    world.finish().await;
}

#[tokio::test]
async fn a_speed_is_in_knots_in_the_query_and_in_metres_a_second_in_json() {
    let world = World::start().await;
    let (_, app) = tracked(&world, "anna").await;
    let mut message = object(&app, HOME);
    message["location"]["coords"]["speed"] = json!(71);
    assert_eq!(posts(&world, &message).await.status, 200);
    assert_eq!(rejected(&world, "too_fast").await, 1);
    // 66.9 m/s, and 71.0
    let knots = |speed: u32| query(&app, HOME, &format!("&speed={speed}"));
    assert_eq!(asks(&world, "GET", &knots(130)).await.status, 200);
    assert_eq!(rejected(&world, "too_fast").await, 1);
    assert_eq!(asks(&world, "GET", &knots(138)).await.status, 200);
    assert_eq!(rejected(&world, "too_fast").await, 2);
    world.finish().await;
}

#[tokio::test]
async fn what_tells_no_place_is_taken_and_changes_nothing() {
    let world = World::start().await;
    let (anna, app) = tracked(&world, "anna").await;
    for more in [
        "&cell=262,1,2,3,-70&cell=262,1,2,4",
        "&notificationToken=abc",
        "",
    ] {
        let text = format!("id={}{more}", app.device);
        assert_eq!(asks(&world, "POST", &text).await.status, 200, "{more}");
    }
    assert_eq!(
        posts(&world, &json!({"device_id": app.device}))
            .await
            .status,
        200
    );
    let invalid = query(&app, HOME, "&valid=0");
    assert_eq!(asks(&world, "GET", &invalid).await.status, 200);
    assert!(asked(&world, &anna).await.is_null());
    world.finish().await;
}

#[tokio::test]
async fn a_broken_message_is_refused() {
    let world = World::start().await;
    let (_, app) = tracked(&world, "anna").await;
    for more in [
        "&lat=x&lon=2",
        "&lat=1",
        "&location=7",
        "&lat=1&lon=2&timestamp=soon",
    ] {
        let text = format!("id={}{more}", app.device);
        asks(&world, "GET", &text).await.problem(400, "invalid");
    }
    let mut halved = object(&app, HOME);
    halved["location"]["coords"]["longitude"] = Value::Null;
    posts(&world, &halved).await.problem(400, "invalid");
    let anybody = world.anonymous();
    let raw = async |body: &'static [u8]| {
        anybody
            .send(anybody.request("POST", "/v1/traccar").body(body))
            .await
    };
    raw(b"{\"device_id\"").await.problem(400, "bad_json");
    raw(b"\xff\xfe").await.problem(400, "invalid");
    let long = anybody
        .request("POST", "/v1/traccar")
        .body(vec![b'a'; 70_000]);
    anybody.send(long).await.problem(413, "body_too_large");
    world.finish().await;
}

#[tokio::test]
async fn who_sends_may_also_stand_in_the_header() {
    let world = World::start().await;
    let anna = located_nowhere(&world, "anna").await;
    let app = make(&world, "anna").await;
    let anybody = world.anonymous();
    let path = format!("/v1/traccar?id=phone&lat={}&lon={}", HOME.lat, HOME.lon);
    let request = anybody.request("GET", &path);
    let request = request.basic_auth(&app.id, Some(&app.secret));
    assert_eq!(anybody.send(request).await.status, 200);
    assert!(!asked(&world, &anna).await.is_null());
    assert_eq!(
        anna.get("/v1/traccar?lat=1&lon=2").await.status,
        200,
        "her own token"
    );
    world
        .desk
        .get("/v1/traccar")
        .await
        .problem(403, "forbidden");
    world.finish().await;
}
