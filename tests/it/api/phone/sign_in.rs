//! A code, a session, and its end.

use crate::support::{Caller, Channel, Reply, World, text};
use serde_json::{Value, json};

/// A new code for a responder.
async fn code_for(world: &World, id: &str, body: &Value) -> String {
    let path = format!("/v1/responders/{id}/enrolment");
    let made = world.coordinator.post(&path, body).await.expect(201);
    assert_eq!(
        text(&made, "path"),
        format!("/phone/#code={}", text(&made, "code"))
    );
    text(&made, "code").to_owned()
}

/// A page on the server's own site exchanges a code.
async fn sign_in(browser: &Caller, code: &str) -> Reply {
    let request = browser.request("POST", "/v1/enrolment");
    let request = request.header("Origin", browser.base_url());
    browser.send(request.json(&json!({"code": code}))).await
}

/// `name=value` of the cookie that an answer sets.
fn cookie_of(answer: &Reply) -> String {
    let header = answer.header("set-cookie");
    header.split(';').next().unwrap().to_owned()
}

async fn alerts_with(browser: &Caller, cookie: &str) -> Reply {
    let request = browser.request("GET", "/v1/me/alerts");
    browser.send(request.header("Cookie", cookie)).await
}

#[tokio::test]
async fn a_code_signs_one_page_in_and_the_page_holds_nothing_that_a_script_can_read() {
    let world = World::start().await;
    world.phone("anna", 140.0).await;
    let browser = world.anonymous();
    let code = code_for(&world, "anna", &json!({})).await;
    let typed = code.to_lowercase().replace('-', " ");
    let answer = sign_in(&browser, &typed).await;
    let set = answer.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=15552000"] {
        assert!(set.contains(part), "{part}: {set}");
    }
    let cookie = cookie_of(&answer);
    let session = answer.expect(200);
    assert_eq!(session["responder_id"], "anna");
    assert!(session.get("token").is_none(), "no secret in the body");
    alerts_with(&browser, &cookie).await.expect(200);
    sign_in(&browser, &code).await.problem(404, "code_unknown");

    let device = text(&session, "device_id");
    let own = world.base_url();
    let headers = [
        ("Cookie", cookie.as_str()),
        ("Origin", own.as_str()),
        ("Sec-WebSocket-Protocol", "muster.phone.v1"),
    ];
    let mut line = Channel::open(&browser, &headers).await.unwrap();
    assert_eq!(line.hello(device, &[]).await.responder_id, "anna");
    let mut other = Channel::open(&browser, &headers).await.unwrap();
    let hello = muster::phone::proto::Hello {
        device_id: "another".to_owned(),
        shown: Vec::new(),
    };
    other
        .sends(0, muster::phone::proto::up::What::Hello(hello))
        .await;
    assert_eq!(other.closes().await, 4003, "a session has one device");
    world.finish().await;
}

#[tokio::test]
async fn a_native_app_gets_a_token_and_no_cookie() {
    let world = World::start().await;
    world.phone("anna", 140.0).await;
    let code = code_for(&world, "anna", &json!({})).await;
    let body = json!({"code": code, "native": true});
    let answer = world.anonymous().post("/v1/enrolment", &body).await;
    assert_eq!(answer.header("set-cookie"), "");
    let session = answer.expect(200);
    let app = world.caller_with(text(&session, "token"));
    app.get("/v1/me/alerts").await.expect(200);
    Channel::enter(&app, text(&session, "device_id")).await;
    world.finish().await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_ended() {
    let world = World::start().await;
    world.phone("anna", 140.0).await;
    let browser = world.anonymous();
    let first = code_for(&world, "anna", &json!({})).await;
    let second = code_for(&world, "anna", &json!({})).await;
    sign_in(&browser, &first).await.problem(404, "code_unknown");
    let answer = sign_in(&browser, &second).await;
    let cookie = cookie_of(&answer);
    let device = text(&answer.expect(200), "device_id").to_owned();
    let request = browser.request("DELETE", &format!("/v1/me/devices/{device}"));
    let request = request
        .header("Cookie", &cookie)
        .header("Origin", browser.base_url());
    assert_eq!(browser.send(request).await.status, 204);
    alerts_with(&browser, &cookie)
        .await
        .problem(401, "unauthenticated");
    world.finish().await;
}

#[tokio::test]
async fn a_lost_phone_is_signed_out_by_the_coordinator() {
    let world = World::start().await;
    world.phone("anna", 140.0).await;
    let browser = world.anonymous();
    let code = code_for(&world, "anna", &json!({})).await;
    let lost = sign_in(&browser, &code).await;
    let lost = cookie_of(&lost);
    let code = code_for(&world, "anna", &json!({"sign_out_others": true})).await;
    // never looked up before, so nothing is believed
    alerts_with(&browser, &lost)
        .await
        .problem(401, "unauthenticated");
    let found = cookie_of(&sign_in(&browser, &code).await);
    alerts_with(&browser, &found).await.expect(200);
    world.finish().await;
}

#[tokio::test]
async fn wrong_codes_are_all_alike_and_come_at_a_pace() {
    let world = World::start().await;
    world.phone("anna", 140.0).await;
    let browser = world.anonymous();
    let code = code_for(&world, "anna", &json!({})).await;
    let elsewhere = browser.request("POST", "/v1/enrolment");
    let elsewhere = elsewhere.header("Origin", "https://evil.example");
    let elsewhere = browser.send(elsewhere.json(&json!({"code": code}))).await;
    elsewhere.problem(403, "wrong_origin");
    for wrong in ["", "x", "0000-0000-0000", "ÄÖÜ"] {
        sign_in(&browser, wrong).await.problem(404, "code_unknown");
    }
    let mut limited = false;
    for _ in 0..200 {
        let answer = sign_in(&browser, "0000-0000-0001").await;
        limited |= answer.status == 429;
        if limited {
            answer.problem(429, "too_many_requests");
            break;
        }
    }
    assert!(limited, "a guesser is never slowed down");
    world
        .coordinator
        .post("/v1/responders/nobody/enrolment", &json!({}))
        .await
        .problem(404, "not_found");
    world.finish().await;
}
