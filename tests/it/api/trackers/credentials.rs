//! Making, listing and ending a credential.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_core::ports::TRACKERS_MAX;
use serde_json::{Value, json};

use super::{asked, asks, located_nowhere, location, make, says, tracked};
use crate::support::{HOME, ORG, World, keys, text};

const PATH: &str = "/v1/responders/anna/trackers";

#[tokio::test]
async fn a_credential_is_shown_once_with_what_to_enter() {
    let world = World::start().await;
    located_nowhere(&world, "anna").await;
    let labelled = json!({"label": "old phone"});
    let made = world.coordinator.post(PATH, &labelled).await;
    let place = made.header("location").to_owned();
    let made = made.expect(201);
    let (id, secret) = (text(&made, "id"), text(&made, "secret"));
    assert_eq!(place, format!("{PATH}/{id}"));
    assert_eq!(
        (made["label"].as_str(), secret.len()),
        (Some("old phone"), 26)
    );
    let base = world.base_url();
    let traccar = json!({"url": format!("{base}/v1/traccar"),
        "device_identifier": format!("{id}.{secret}")});
    assert_eq!(made["traccar"], traccar);
    let app = &made["owntracks"];
    assert_eq!(app["url"], format!("{base}/v1/owntracks"));
    assert_eq!((text(app, "username"), text(app, "password")), (id, secret));
    let link = text(app, "link").strip_prefix("owntracks:///config?inline=");
    let inline = STANDARD.decode(link.unwrap()).unwrap();
    let inline: Value = serde_json::from_slice(&inline).unwrap();
    assert_eq!(
        (&inline["_type"], &inline["mode"]),
        (&json!("configuration"), &json!(3))
    );
    assert_eq!(
        (&inline["url"], &inline["password"]),
        (&app["url"], &made["secret"])
    );

    let listed = world.coordinator.get(PATH).await;
    assert!(!listed.text.contains(secret), "{}", listed.text);
    let listed = listed.expect(200);
    let items = listed["items"].as_array().unwrap();
    assert_eq!(keys(&items[0]), ["id", "label", "made_at", "made_by"]);
    assert_eq!(
        (text(&items[0], "id"), text(&items[0], "made_by")),
        (id, "coordinator-1")
    );
    assert!(!world.log_text().contains(secret));
    world.finish().await;
}

#[tokio::test]
async fn behind_a_proxy_the_address_is_the_one_that_was_asked_for() {
    let world = World::start().await;
    located_nowhere(&world, "anna").await;
    let request = world.coordinator.request("POST", PATH);
    let request = request
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "muster.example");
    let made = world.coordinator.send(request).await.expect(201);
    assert_eq!(made["traccar"]["url"], "https://muster.example/v1/traccar");
    world.finish().await;
}

#[tokio::test]
async fn only_the_right_secret_of_a_credential_that_stands_is_let_in() {
    let world = World::start().await;
    let (anna, good) = tracked(&world, "anna").await;
    let (_, other) = tracked(&world, "ben").await;
    let message = location(HOME, 1);
    let capital = |secret: &str| secret.to_uppercase();
    for (user, secret) in [
        (good.id.as_str(), other.secret.as_str()),
        (&good.id, ""),
        ("anna", &good.secret),
        ("abcdefghij", &good.secret),
        ("", ""),
    ] {
        let request = world.anonymous().request("POST", "/v1/owntracks");
        let request = request.basic_auth(user, Some(secret)).json(&message);
        let refused = world.anonymous().send(request).await;
        refused.problem(401, "unauthenticated");
        let query = format!("id={user}.{secret}&lat=1&lon=2");
        asks(&world, "GET", &query)
            .await
            .problem(401, "unauthenticated");
    }
    for query in ["lat=1&lon=2", "id=&lat=1&lon=2", "id=anna&lat=1&lon=2"] {
        asks(&world, "POST", query)
            .await
            .problem(401, "unauthenticated");
    }
    assert!(
        asked(&world, &anna).await.is_null(),
        "nobody has a position"
    );
    // phones like to begin with a capital
    let query = format!(
        "id={}.{}&lat={}&lon={}",
        capital(&good.id),
        capital(&good.secret),
        HOME.lat,
        HOME.lon
    );
    assert_eq!(asks(&world, "GET", &query).await.status, 200);
    assert!(!asked(&world, &anna).await.is_null());
    world.finish().await;
}

#[tokio::test]
async fn a_revoked_credential_ends_and_the_others_stand() {
    let world = World::start().await;
    let (_, first) = tracked(&world, "anna").await;
    let second = make(&world, "anna").await;
    for good in [&first, &second] {
        says(&world, good, &location(HOME, 1)).await.expect(200);
    }
    let path = format!("{PATH}/{}", first.id);
    let revoke = || world.coordinator.request("DELETE", &path);
    assert_eq!(world.coordinator.send(revoke()).await.status, 204);
    // this node forgets it at once
    let refused = says(&world, &first, &location(HOME, 1)).await;
    refused.problem(401, "unauthenticated");
    says(&world, &second, &location(HOME, 1)).await.expect(200);
    let listed = world.coordinator.get(PATH).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    world
        .coordinator
        .send(revoke())
        .await
        .problem(404, "not_found");
    world.finish().await;
}

#[tokio::test]
async fn credentials_belong_to_one_responder_of_one_organisation() {
    let world = World::start().await;
    let (_, good) = tracked(&world, "anna").await;
    world.enrolled("ben", &json!({})).await;
    let foreign = world.caller("coordinator", "org-2", "c").await;
    let own = format!("{PATH}/{}", good.id);
    let of_another = format!("/v1/responders/ben/trackers/{}", good.id);
    foreign.get(PATH).await.problem(404, "not_found");
    foreign
        .post(PATH, &json!({}))
        .await
        .problem(404, "not_found");
    let delete = |path: &str| foreign.request("DELETE", path);
    foreign.send(delete(&own)).await.problem(404, "not_found");
    let desk = &world.coordinator;
    let wrong = desk.send(desk.request("DELETE", &of_another)).await;
    wrong.problem(404, "not_found");
    let nobody = desk
        .post("/v1/responders/nobody/trackers", &json!({}))
        .await;
    nobody.problem(404, "not_found");
    says(&world, &good, &location(HOME, 1)).await.expect(200);
    for role in ["call_handler", "responder"] {
        let caller = world.caller(role, ORG, "anna").await;
        caller
            .post(PATH, &json!({}))
            .await
            .problem(403, "forbidden");
        caller.get(PATH).await.problem(403, "forbidden");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_responder_has_so_many_credentials_and_no_more() {
    let world = World::start().await;
    located_nowhere(&world, "anna").await;
    for _ in 0..TRACKERS_MAX {
        make(&world, "anna").await;
    }
    let desk = &world.coordinator;
    desk.post(PATH, &json!({}))
        .await
        .problem(409, "too_many_trackers");
    for body in [
        json!({"label": ""}),
        json!({"colour": 1}),
        json!({"label": "x".repeat(101)}),
    ] {
        desk.post(PATH, &body).await.problem(400, "invalid");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_credential_outlives_a_crash_and_is_nowhere_in_the_open() {
    let mut world = World::start().await;
    let (anna, good) = tracked(&world, "anna").await;
    world.crash().await;
    for file in ["muster.db", "muster.db-wal"] {
        let bytes = std::fs::read(world.data_dir().join(file)).unwrap();
        let found = bytes.windows(26).any(|part| part == good.secret.as_bytes());
        assert!(!found, "the secret stands in {file}");
    }
    world.restart().await;
    says(&world, &good, &location(HOME, 1)).await.expect(200);
    assert!(!asked(&world, &anna).await.is_null());
    assert!(!world.log_text().contains(&good.secret));
    world.finish().await;
}
