//! Phones and duty.

use crate::support::{Phone, World, call, eventually};
use jiff::{SignedDuration, Timestamp};
use muster_stand::clock;
use serde_json::json;

#[tokio::test]
async fn all_phones_of_a_responder_ring() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    anna.register_as("tablet", "pushaddress-tablet").await;
    let id = world.desk.raise(&call()).await;
    let first = anna.delivery("alert", &id).await;
    let second = anna.delivery_to("pushaddress-tablet", "alert", &id).await;
    assert_eq!(
        first.datum("alert_id"),
        second.datum("alert_id"),
        "one alert"
    );
    world.finish().await;
}

#[tokio::test]
async fn an_answer_on_one_phone_silences_the_others() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    anna.register_as("tablet", "pushaddress-tablet").await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.receives("alert", &id).await;
    anna.does(&alert, "accept").await;
    eventually("the other phone is told", async || {
        let mut pushes = world.standin().messages(0).into_iter();
        pushes.find(|push| push.address == "pushaddress-tablet" && push.datum("type") != "alert")
    })
    .await;
    assert!(!anna.has("update", &id), "the phone that answered knows");
    world.finish().await;
}

#[tokio::test]
async fn a_push_address_that_another_registers_leaves_the_first() {
    let world = World::start().await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 200.0).await,
    );
    ben.register_as(&ben.device, &anna.address).await;
    let raised = world.desk.raised(&call()).await;
    assert_eq!(
        raised["alerts"].as_array().unwrap().len(),
        1,
        "anna has no phone: {raised}"
    );
    let id = raised["id"].as_str().unwrap();
    let push = anna.delivery("alert", id).await;
    let alert = push.datum("alert_id");
    assert!(!ben.alert(alert).await.is_null(), "the alert is ben's");
    assert_eq!(anna.pushes().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn no_alert_goes_to_a_deleted_phone() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    anna.register_as("tablet", "pushaddress-tablet").await;
    let path = format!("/v1/me/devices/{}", anna.device);
    let deleted = anna.send(anna.request("DELETE", &path)).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    let id = world.desk.raise(&call()).await;
    anna.delivery_to("pushaddress-tablet", "alert", &id).await;
    assert!(anna.pushes().is_empty());
    world.desk.close(&id, "completed").await;
    anna.send(anna.request("DELETE", "/v1/me/devices/tablet"))
        .await
        .expect(204);
    let raised = world.desk.raised(&call()).await;
    assert_eq!(
        raised["alerts"],
        json!([]),
        "without a phone nobody is asked"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_device_may_be_an_iphone_or_a_browser() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let ios = json!({"platform": "ios", "push": {"fcm_fid": "fid-of-anna"}});
    anna.put("/v1/me/devices/iphone", &ios).await.expect(200);
    let id = world.desk.raise(&call()).await;
    let push = anna.delivery_to("fid-of-anna", "alert", &id).await;
    assert!(
        push.message.get("apns").is_some(),
        "an alert push: {}",
        push.message
    );
    let browser = world.standin().browser("browser", None);
    let web = json!({"platform": "web", "push": {"webpush": browser}});
    anna.put("/v1/me/devices/browser", &web).await.expect(200);
    world.finish().await;
}

async fn alerts_of(world: &World, phone: &Phone) -> bool {
    let raised = world.desk.raised(&call()).await;
    world
        .desk
        .close(raised["id"].as_str().unwrap(), "completed")
        .await;
    raised["alerts"]
        .to_string()
        .contains(&format!("\"{}\"", phone.id))
}

#[tokio::test]
async fn duty_ends_when_it_is_said_to() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    assert!(alerts_of(&world, &anna).await);
    anna.duty(false).await;
    assert!(!alerts_of(&world, &anna).await);
    let until: Timestamp = clock::now() + SignedDuration::from_millis(2_500);
    let body = json!({"on": true, "until": clock::text(until)});
    let answer = anna.put("/v1/me/duty", &body).await.expect(200);
    assert_eq!(answer["on"], true);
    assert!(alerts_of(&world, &anna).await);
    eventually("her duty ends by itself", async || {
        (!alerts_of(&world, &anna).await).then_some(())
    })
    .await;
    assert!(clock::now() >= until, "not before its time");
    world.finish().await;
}
