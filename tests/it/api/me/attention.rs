//! A phone that fails is told by its owner's other channels.

use crate::support::{Channel, World, eventually, text};
use muster::phone::proto::{Attention, down};
use muster_stand::standin::{Delivery, Fault, Rule};
use serde_json::{Value, json};

const TABLET: &str = "pushaddress-tablet";

/// Waits for word of a failing phone; a test alert may come first.
async fn hears(line: &mut Channel) -> Attention {
    loop {
        match line.next().await.unwrap().what {
            Some(down::What::Attention(attention)) => return attention,
            Some(down::What::Test(_)) => {}
            other => panic!("waiting for attention: {other:?}"),
        }
    }
}

fn attention_at(world: &World, address: &str) -> Vec<Delivery> {
    let mut pushes = world.standin().messages(0);
    pushes.retain(|push| push.address == address && push.datum("type") == "attention");
    pushes
}

fn device<'a>(me: &'a Value, id: &str) -> &'a Value {
    let devices = me["devices"].as_array().unwrap();
    devices.iter().find(|one| one["device_id"] == id).unwrap()
}

#[tokio::test]
async fn a_phone_whose_address_died_is_told_by_push_and_channel_and_once() {
    let world = World::start().await;
    let (anna, ben) = (
        world.phone("anna", 140.0).await,
        world.phone("ben", 150.0).await,
    );
    anna.register_as("tablet", TABLET).await;
    let (mut phone, _) = Channel::enter(&anna, &anna.device).await;
    let (mut tablet, _) = Channel::enter(&anna, "tablet").await;
    let (mut bens, _) = Channel::enter(&ben, &ben.device).await;
    let faults = world.standin().faults();
    faults.set_for(&anna.address, Rule::error(Fault::Unregistered));
    let sent = anna.post("/v1/me/test-alert", &json!({})).await.expect(202);
    assert_eq!(sent["devices"], json!([anna.device, "tablet"]));
    let path = format!("/v1/me/test-alert/{}/received", text(&sent, "id"));
    let body = json!({"device_id": "tablet"});
    assert_eq!(anna.post(&path, &body).await.status, 204);

    let told = hears(&mut tablet).await;
    assert_eq!(
        (told.device_id.as_str(), told.why.as_str()),
        (anna.device.as_str(), "push_dead")
    );
    assert_eq!(hears(&mut phone).await, told, "its own channel is open");
    let push = eventually("the other phone is told by push", async || {
        attention_at(&world, TABLET).pop()
    })
    .await;
    assert_eq!(
        ["alert_id", "device_id", "why", "incident_id"].map(|name| push.datum(name)),
        [told.id.as_str(), anna.device.as_str(), "push_dead", ""]
    );
    for personal in ["anna", "Name", "36.85", "75.97"] {
        let shown = push.message.to_string().replace(TABLET, "");
        assert!(!shown.contains(personal), "{personal}: {shown}");
    }
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(device(&me, &anna.device)["failing"], "push_dead");
    assert_eq!(device(&me, "tablet")["failing"], Value::Null);
    assert!(attention_at(&world, &anna.address).is_empty());
    assert!(attention_at(&world, &ben.address).is_empty());
    bens.settles().await;

    // whoever connects later learns of it too, until the phone is registered anew
    let (mut late, _) = Channel::enter(&anna, "tablet").await;
    assert_eq!(hears(&mut late).await, told);
    faults.clear();
    anna.register_as(&anna.device, "pushaddress-new").await;
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(device(&me, &anna.device)["failing"], Value::Null);
    let (mut after, _) = Channel::enter(&anna, "tablet").await;
    after.settles().await;
    assert_eq!(attention_at(&world, TABLET).len(), 1, "once");
    world.finish().await;
}

#[tokio::test]
async fn whose_only_phone_fails_is_on_the_list_of_the_silent() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let faults = world.standin().faults();
    faults.set_for(&anna.address, Rule::error(Fault::Unregistered));
    anna.post("/v1/me/test-alert", &json!({})).await.expect(202);
    eventually("the phone is known to fail", async || {
        let me = anna.get("/v1/me").await.expect(200);
        (device(&me, &anna.device)["failing"] == "push_dead").then_some(())
    })
    .await;
    let counts = world.coordinator.get("/v1/readiness").await.expect(200);
    let silent = &counts["silent"][0];
    assert_eq!(
        (text(silent, "responder_id"), text(silent, "why")),
        ("anna", "no_phone")
    );
    world.finish().await;
}
