//! A phone that cannot be reached must be known before it is needed.

use crate::support::{Channel, World, eventually, text};
use muster::phone::proto::say::What;
use muster::phone::proto::{Say, down, up};
use serde_json::{Value, json};

async fn readiness(world: &World) -> Value {
    world.coordinator.get("/v1/readiness").await.expect(200)
}

#[tokio::test]
async fn the_desk_counts_who_can_be_woken_and_names_who_cannot() {
    let world = World::start().await;
    let (anna, ben) = (
        world.phone("anna", 140.0).await,
        world.phone("ben", 150.0).await,
    );
    let _line = Channel::enter(&anna, &anna.device).await;
    // verified and on duty, but without a phone
    let cleo = world.enrolled("cleo", &json!({})).await;
    world.verify(&cleo).await;
    // has a phone, but wants no alerts
    world.phone("dora", 160.0).await.duty(false).await;
    // not verified
    world.enrolled("emil", &json!({})).await;
    for (phone, alarm, position) in [(&anna, "loud", "live"), (&ben, "quiet", "place")] {
        let path = format!("/v1/me/devices/{}/readiness", phone.device);
        let report = json!({"alarm": alarm, "position": position, "notifications": "granted",
                            "subscribed": true, "battery_pct": 80, "app": "phone 1"});
        assert_eq!(phone.put(&path, &report).await.status, 204);
    }
    let counts = readiness(&world).await;
    assert_eq!(
        (&counts["verified"], &counts["on_duty"]),
        (&json!(4), &json!(3))
    );
    assert_eq!(
        (&counts["reachable"], &counts["connected"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        counts["alarm"],
        json!({"loud": 1, "quiet": 1, "unknown": 0})
    );
    assert_eq!(
        counts["position"],
        json!({"live": 1, "place": 1, "none": 0})
    );
    let silent = counts["silent"].as_array().unwrap();
    assert_eq!(silent.len(), 1);
    assert_eq!(
        (text(&silent[0], "responder_id"), text(&silent[0], "why")),
        ("cleo", "no_phone")
    );
    let other = world.caller("coordinator", "org-2", "c").await;
    let elsewhere = other.get("/v1/readiness").await.expect(200);
    assert_eq!(elsewhere["verified"], 0, "another organisation's");
    world.finish().await;
}

#[tokio::test]
async fn a_report_belongs_to_a_registered_phone_and_is_checked() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let report = json!({"alarm": "loud", "position": "none"});
    let path = format!("/v1/me/devices/{}/readiness", anna.device);
    let nowhere = "/v1/me/devices/nothing/readiness";
    anna.put(nowhere, &report).await.problem(404, "not_found");
    let shrill = json!({"alarm": "shrill", "position": "none"});
    anna.put(&path, &shrill).await.problem(400, "invalid");
    assert_eq!(anna.put(&path, &report).await.status, 204);
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(
        (text(&me, "id"), text(&me, "name")),
        ("anna", "Name Of anna")
    );
    assert_eq!(
        (text(&me, "state"), &me["on_duty"]),
        ("verified", &json!(true))
    );
    assert_eq!(me["device_id"], Value::Null, "a token of no device");
    let phone = &me["devices"][0];
    assert_eq!(
        (text(phone, "device_id"), text(phone, "push")),
        (&*anna.device, "ok")
    );
    assert_eq!(phone["readiness"]["alarm"], "loud");
    assert_eq!(phone["last_test"], Value::Null);
    world.finish().await;
}

#[tokio::test]
async fn a_coordinator_sees_the_phones_of_one_and_not_where_they_are() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let report = json!({"alarm": "quiet", "position": "live", "app": "phone 1"});
    let path = format!("/v1/me/devices/{}/readiness", anna.device);
    assert_eq!(anna.put(&path, &report).await.status, 204);
    let phones = "/v1/responders/anna/phones";
    let seen = world.coordinator.get(phones).await.expect(200);
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(seen["items"], me["devices"], "what she sees herself");
    let phone = &seen["items"][0];
    assert_eq!(
        (text(phone, "push"), text(&phone["readiness"], "alarm")),
        ("ok", "quiet")
    );
    let fields: Vec<&str> = phone
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let known = "device_id failing last_received_at last_test platform push readiness reported_at";
    assert_eq!(fields.join(" "), known, "no address and no position");
    world.enrolled("ben", &json!({})).await;
    let none = world.coordinator.get("/v1/responders/ben/phones").await;
    assert_eq!(none.expect(200)["items"], json!([]));
    let nobody = world.coordinator.get("/v1/responders/cleo/phones").await;
    nobody.problem(404, "not_found");
    let other = world.caller("coordinator", "org-2", "c").await;
    other.get(phones).await.problem(404, "not_found");
    anna.get(phones).await.problem(403, "forbidden");
    world.finish().await;
}

#[tokio::test]
async fn a_test_alert_makes_the_whole_way_by_push_and_channel() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let (mut line, _) = Channel::enter(&anna, &anna.device).await;
    let sent = anna.post("/v1/me/test-alert", &json!({})).await.expect(202);
    let id = text(&sent, "id").to_owned();
    assert_eq!(sent["devices"], json!([anna.device]));
    let push = eventually("the test's push", async || {
        anna.pushes()
            .into_iter()
            .find(|push| push.datum("type") == "test")
    })
    .await;
    assert_eq!(
        (push.datum("alert_id"), push.datum("incident_id")),
        (id.as_str(), "")
    );
    let down::What::Test(test) = line.next().await.unwrap().what.unwrap() else {
        panic!("no test over the channel");
    };
    assert_eq!(test.id, id);
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(me["devices"][0]["last_test"]["received_at"], Value::Null);
    let mut say = Say {
        alert_id: id.clone(),
        ..Say::default()
    };
    say.set_what(What::TestReceived);
    assert!(matches!(
        line.asks(up::What::Say(say)).await,
        down::What::Done(_)
    ));
    let me = anna.get("/v1/me").await.expect(200);
    assert!(me["devices"][0]["last_test"]["received_at"].is_string());
    let path = format!("/v1/me/test-alert/{id}/received");
    let body = json!({"device_id": anna.device});
    assert_eq!(anna.post(&path, &body).await.status, 204, "a repeat");
    let other = json!({"device_id": "other"});
    anna.post(&path, &other).await.problem(404, "not_found");
    anna.post("/v1/me/test-alert", &json!({}))
        .await
        .problem(429, "too_many_requests");
    assert!(anna.alerts().await.is_empty(), "a test is no alert");
    world.finish().await;
}

#[tokio::test]
async fn the_last_receipt_of_an_alert_is_remembered_per_phone() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let id = world.desk.raise(&crate::support::call()).await;
    let alert = anna.receives("alert", &id).await;
    anna.does(&alert, "received").await;
    eventually("the receipt is kept", async || {
        let me = anna.get("/v1/me").await.expect(200);
        me["devices"][0]["last_received_at"]
            .as_str()
            .map(str::to_owned)
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn off_until_seven_is_a_time_and_duty_comes_back_by_itself() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let off = json!({"on": false, "until_local": "07:00", "zone": "Europe/Berlin"});
    let duty = anna.put("/v1/me/duty", &off).await.expect(200);
    assert_eq!(duty["on"], false);
    let until: jiff::Timestamp = text(&duty, "until").parse().unwrap();
    let there = until.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
    assert_eq!((there.hour(), there.minute(), there.second()), (7, 0, 0));
    let left_h = until.duration_since(jiff::Timestamp::now()).as_secs() / 3600;
    assert!((0..=25).contains(&left_h), "{left_h}");
    for wrong in [
        json!({"on": false, "until_local": "07:00"}),
        json!({"on": false, "zone": "Europe/Berlin"}),
        json!({"on": false, "until_local": "7 o'clock", "zone": "Europe/Berlin"}),
        json!({"on": false, "until_local": "07:00", "zone": "Mars/Olympus"}),
        json!({"on": false, "until": "2020-01-01T00:00:00Z"}),
    ] {
        anna.put("/v1/me/duty", &wrong)
            .await
            .problem(400, "invalid");
    }
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(1_500);
    let off = json!({"on": false, "until": soon.to_string()});
    anna.put("/v1/me/duty", &off).await.expect(200);
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(me["on_duty"], false);
    eventually("duty is back", async || {
        let me = anna.get("/v1/me").await.expect(200);
        (me["on_duty"] == true).then_some(())
    })
    .await;
    assert!(jiff::Timestamp::now() >= soon, "not before its time");
    world.finish().await;
}

#[tokio::test]
async fn quiet_hours_set_duty_at_once_and_can_be_ended() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let always = json!({"zone": "Europe/Berlin",
                        "hours": [{"days": days, "from": "00:00", "to": "00:00"}]});
    let duty = anna.put("/v1/me/quiet", &always).await.expect(200);
    assert_eq!((&duty["on"], &duty["until"]), (&json!(false), &Value::Null));
    let id = world.desk.raise(&crate::support::call()).await;
    let incident = world.desk.incident(&id).await;
    assert_eq!(
        incident["alerts"],
        json!([]),
        "nobody is asked in quiet hours"
    );
    assert_eq!(anna.get("/v1/me").await.expect(200)["quiet"], always);
    let wrong = json!({"zone": "Europe/Berlin", "hours": [{"days": [], "from": "1", "to": "2"}]});
    anna.put("/v1/me/quiet", &wrong)
        .await
        .problem(400, "invalid");
    let none = json!({"zone": "Europe/Berlin", "hours": []});
    let duty = anna.put("/v1/me/quiet", &none).await.expect(200);
    assert_eq!(duty["on"], true);
    assert_eq!(anna.get("/v1/me").await.expect(200)["quiet"], Value::Null);
    world.finish().await;
}
