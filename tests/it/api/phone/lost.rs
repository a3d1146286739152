//! A phone that was lost: it is signed out and rings no more, at once on every node.

use crate::support::{Caller, Channel, Phone, Settings, World, call, text};
use muster_stand::engines::{Postgres, Redis};
use serde_json::json;
use std::path::Path;

/// The close code of a session that has ended.
const SIGNED_OUT: u16 = 4001;

/// A phone that was signed in by a code, with a push address of its own.
struct SignedIn {
    caller: Caller,
    device: String,
    address: String,
}

async fn sign_in(world: &World, owner: &Phone, address: &str) -> SignedIn {
    let path = format!("/v1/responders/{}/enrolment", owner.id);
    let code = world.coordinator.post(&path, &json!({})).await.expect(201);
    let body = json!({"code": code["code"], "native": true});
    let session = world
        .anonymous()
        .post("/v1/enrolment", &body)
        .await
        .expect(200);
    let caller = world.caller_with(text(&session, "token"));
    let device = text(&session, "device_id").to_owned();
    let push = json!({"platform": "android", "push": {"fcm_token": address}});
    let put = caller.put(&format!("/v1/me/devices/{device}"), &push).await;
    put.expect(200);
    SignedIn {
        caller,
        device,
        address: address.to_owned(),
    }
}

/// Raises and waits until the phone that is still there has it; whether `other` has it too.
async fn rings(world: &World, owner: &Phone, kept: &SignedIn, other: &SignedIn) -> bool {
    let id = world.desk.raise(&call()).await;
    owner.delivery_to(&kept.address, "alert", &id).await;
    world.desk.close(&id, "stood_down").await;
    // what comes last has come: whatever was to be sent before it was sent
    owner.delivery_to(&kept.address, "stand_down", &id).await;
    let all = world.standin().messages(0);
    all.iter()
        .any(|push| push.address == other.address && push.datum("incident_id") == id)
}

#[tokio::test]
async fn a_removed_phone_is_signed_out_and_rings_no_more() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let lost = sign_in(&world, &anna, "pushaddress-lost").await;
    let kept = sign_in(&world, &anna, "pushaddress-kept").await;
    let id = world.desk.raise(&call()).await;
    for phone in [&lost, &kept] {
        anna.delivery_to(&phone.address, "alert", &id).await;
    }
    world.desk.close(&id, "stood_down").await;
    let (line, _) = Channel::enter(&lost.caller, &lost.device).await;
    let path = |owner: &str, device: &str| format!("/v1/responders/{owner}/devices/{device}");
    let own = path("anna", &lost.device);
    // nobody else may, and nobody else's
    let elsewhere = world.caller("coordinator", "org-2", "c").await;
    let remove = async |who: &Caller, path: &str| who.http("DELETE", path, &json!({})).await;
    remove(&elsewhere, &own).await.problem(404, "not_found");
    remove(&world.desk, &own).await.problem(403, "forbidden");
    remove(&anna, &own).await.problem(403, "forbidden");
    for wrong in [path("anna", "nothing"), path("nobody", &lost.device)] {
        remove(&world.coordinator, &wrong)
            .await
            .problem(404, "not_found");
    }
    lost.caller.get("/v1/me/alerts").await.expect(200);

    assert_eq!(remove(&world.coordinator, &own).await.status, 204);
    // believed a moment ago
    let refused = lost.caller.get("/v1/me/alerts").await;
    refused.problem(401, "unauthenticated");
    assert_eq!(line.closes().await, SIGNED_OUT);
    assert!(!rings(&world, &anna, &kept, &lost).await);
    remove(&world.coordinator, &own)
        .await
        .problem(404, "not_found");
    kept.caller.get("/v1/me/alerts").await.expect(200);
    world.finish().await;
}

#[tokio::test]
async fn signing_all_phones_out_ends_their_push_addresses_on_every_node() {
    let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
    let (redis, postgres) = (redis.unwrap(), postgres.unwrap());
    let database = postgres.create_database().await.unwrap();
    let node = |settings: &mut Settings, data: Option<&Path>| {
        settings.env("MUSTER__REDIS_URLS", &redis.url());
        settings.env("MUSTER__POSTGRES_URL", &database);
        if let Some(data) = data {
            // the key that signs tokens
            settings.data_in(data);
        }
    };
    let first = World::with(|settings| node(settings, None)).await;
    let second = World::with(|settings| node(settings, Some(first.data_dir()))).await;
    let anna = first.phone("anna", 140.0).await;
    let lost = sign_in(&first, &anna, "pushaddress-lost").await;
    // both nodes have just seen the session
    let elsewhere = second.caller_with(lost.caller.token());
    lost.caller.get("/v1/me/alerts").await.expect(200);
    elsewhere.get("/v1/me/alerts").await.expect(200);
    let (line, _) = Channel::enter(&elsewhere, &lost.device).await;

    let path = "/v1/responders/anna/enrolment";
    let all = json!({"sign_out_others": true});
    first.coordinator.post(path, &all).await.expect(201);
    assert_eq!(line.closes().await, SIGNED_OUT);
    for phone in [&lost.caller, &elsewhere] {
        let refused = phone.get("/v1/me/alerts").await;
        refused.problem(401, "unauthenticated");
    }
    let phones = first.coordinator.get("/v1/responders/anna/phones").await;
    assert_eq!(phones.expect(200)["items"], json!([]));
    // signed in again, the phone that was found rings alone
    let found = sign_in(&first, &anna, "pushaddress-found").await;
    anna.stands(140.0).await;
    assert!(!rings(&first, &anna, &found, &lost).await);
    second.finish().await;
    first.finish().await;
}
