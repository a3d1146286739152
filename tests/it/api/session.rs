//! Who is signed in.

use crate::support::{ORG, Reply, World, text};
use serde_json::json;

#[tokio::test]
async fn a_browser_learns_who_is_signed_in_and_for_how_long() {
    let world = World::start().await;
    let token = world.tokens(ORG).mint_for("call_handler", "ada", 600).await;
    let caller = world.caller_with(&token.unwrap());
    let session = caller.get("/v1/session").await.expect(200);
    assert_eq!(session["sub"], "ada");
    assert_eq!(session["role"], "call_handler");
    assert_eq!(session["org"], ORG);
    assert_eq!(session["simulated"], true);
    assert_eq!(
        session["renewable_until"],
        json!(null),
        "no longer than its token"
    );
    let ends: jiff::Timestamp = session["expires_at"].as_str().unwrap().parse().unwrap();
    let left = ends.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((540..=610).contains(&left), "{left}");

    let begun = caller.post("/v1/session", &json!({})).await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let browser = world.anonymous();
    let request = browser
        .request("GET", "/v1/session")
        .header("Cookie", cookie);
    assert_eq!(browser.send(request).await.expect(200)["sub"], "ada");
    browser
        .get("/v1/session")
        .await
        .problem(401, "unauthenticated");
    world.finish().await;
}

/// A browser opens the link that somebody made; its cookie, if it got one.
async fn opened(world: &World, code: &str) -> Reply {
    let browser = world.anonymous();
    let request = browser.request("POST", "/v1/session/code");
    let request = request.header("Origin", world.base_url());
    browser.send(request.json(&json!({"code": code}))).await
}

#[tokio::test]
async fn a_link_signs_a_desk_in_once_and_for_a_shift() {
    let world = World::start().await;
    let made = world
        .coordinator
        .post(
            "/v1/session/links",
            &json!({"role": "call_handler", "sub": "ann"}),
        )
        .await
        .expect(201);
    let code = text(&made, "path").strip_prefix("/desk/#code=").unwrap();
    world.keeps_secret(code);
    // another site cannot use it up
    let browser = world.anonymous();
    let foreign = browser.request("POST", "/v1/session/code");
    let foreign = foreign.header("Origin", "http://evil.example");
    let foreign = browser.send(foreign.json(&json!({"code": code}))).await;
    foreign.problem(403, "wrong_origin");

    let first = opened(&world, code).await;
    assert_eq!(first.status, 204);
    let cookie = first.header("set-cookie").split(';').next().unwrap();
    opened(&world, code).await.problem(404, "code_unknown");
    opened(&world, "0000-0000-0000")
        .await
        .problem(404, "code_unknown");

    let request = browser
        .request("GET", "/v1/session")
        .header("Cookie", cookie);
    let session = browser.send(request).await.expect(200);
    assert_eq!(
        (&session["sub"], &session["role"], &session["org"]),
        (&json!("ann"), &json!("call_handler"), &json!(ORG))
    );
    let time = |field| -> jiff::Timestamp { text(&session, field).parse().unwrap() };
    let longer = time("renewable_until").duration_since(time("expires_at"));
    assert!(longer.as_hours() >= 8, "{session}");
    world.finish().await;
}

#[tokio::test]
async fn a_link_is_made_by_who_leads_and_for_no_more_than_they_may_do() {
    let world = World::start().await;
    let link = |role: &str| json!({"role": role, "sub": "ann"});
    let path = "/v1/session/links";
    let refused = world.desk.post(path, &link("call_handler")).await;
    refused.problem(403, "forbidden");
    let above = world.coordinator.post(path, &link("admin")).await;
    above.problem(403, "forbidden");
    for wrong in [
        link("responder"),
        json!({"role": "coordinator", "sub": ""}),
        json!({"role": "coordinator", "sub": "x".repeat(129)}),
        json!({"role": "coordinator", "sub": "ann", "ttl_s": 59}),
        json!({"role": "coordinator", "sub": "ann", "ttl_s": 86_401}),
    ] {
        let answer = world.coordinator.post(path, &wrong).await;
        answer.problem(400, "invalid");
    }
    world.finish().await;
}

/// One organisation's links never grow without end, and the newest still work.
#[tokio::test]
async fn the_oldest_unused_links_make_room() {
    let world = World::start().await;
    let mut codes = Vec::new();
    for n in 0..101 {
        // the later, the longer it is good
        let link = json!({"role": "coordinator", "sub": "ann", "ttl_s": 600 + n});
        let made = world.coordinator.post("/v1/session/links", &link).await;
        let made = made.expect(201);
        let code = text(&made, "path").strip_prefix("/desk/#code=").unwrap();
        codes.push(code.to_owned());
    }
    opened(&world, &codes[0]).await.problem(404, "code_unknown");
    for code in [&codes[1], &codes[100]] {
        assert_eq!(opened(&world, code).await.status, 204);
    }
    world.finish().await;
}
