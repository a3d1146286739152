//! Who gets in.

use crate::support::{ORG, World, call, eventually, within};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use muster_stand::tokens::Tokens;
use serde_json::json;
use std::time::Duration;

const PATH: &str = "/v1/incidents";

fn part(value: &serde_json::Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn only_tokens_of_the_trusted_issuer_open_the_door() {
    let world = World::start().await;
    let good = world.desk.token().to_owned();
    world.desk.get(PATH).await.expect(200);
    let foreign = tempfile::tempdir().unwrap();
    let foreign = Tokens::new(&crate::support::binary(), foreign.path(), ORG, &[]);
    let foreign = foreign.mint("call_handler", "desk-1").await.unwrap();
    let mut parts = good.split('.');
    let (head, body) = (parts.next().unwrap(), parts.next().unwrap());
    let signature = parts.next().unwrap();
    let none = part(&json!({"alg": "none", "typ": "JWT"}));
    let claims = URL_SAFE_NO_PAD.decode(body).unwrap();
    let mut claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["role"] = json!("admin");
    let changed = part(&claims);
    let symmetric = part(&json!({"alg": "HS256", "typ": "JWT"}));
    for (what, token) in [
        ("no token at all", String::new()),
        ("another issuer's", foreign),
        ("alg none", format!("{none}.{body}.")),
        (
            "alg none, old signature",
            format!("{none}.{body}.{signature}"),
        ),
        ("changed claims", format!("{head}.{changed}.{signature}")),
        (
            "another algorithm",
            format!("{symmetric}.{body}.{signature}"),
        ),
        ("no signature", format!("{head}.{body}.")),
        ("nonsense", "nonsense".to_owned()),
        ("too long", "a".repeat(6000)),
    ] {
        let answer = world.caller_with(&token).get(PATH).await;
        assert_eq!(
            answer.header("www-authenticate").split(' ').next(),
            Some("Bearer"),
            "{what}"
        );
        answer.problem(401, "unauthenticated");
    }
    world
        .anonymous()
        .get(PATH)
        .await
        .problem(401, "unauthenticated");
    let query = format!("{PATH}?token={good}&access_token={good}");
    world
        .anonymous()
        .get(&query)
        .await
        .problem(401, "unauthenticated");
    world.finish().await;
}

#[tokio::test]
async fn a_token_ends_on_time() {
    let world = World::start().await;
    let token = world
        .tokens(ORG)
        .mint_for("call_handler", "desk-1", 1)
        .await
        .unwrap();
    let short = world.caller_with(&token);
    short.get(PATH).await.expect(200);
    let ended = within(Duration::from_secs(15), "the token ends", async || {
        let answer = short.get(PATH).await;
        (answer.status != 200).then_some(answer)
    });
    ended.await.problem(401, "unauthenticated");
    world.finish().await;
}

#[tokio::test]
async fn a_browsers_session_counts_on_its_own_site_only() {
    let world = World::start().await;
    let site = world.base_url();
    let begin = world
        .desk
        .request("POST", "/v1/session")
        .header("Origin", &site);
    let answer = world.desk.send(begin).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let cookie = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let browser = world.anonymous();
    let with = |method: &str, path: &str| browser.request(method, path).header("Cookie", &cookie);
    browser.send(with("GET", PATH)).await.expect(200);
    let raise = || {
        with("POST", PATH)
            .header("Idempotency-Key", "k")
            .json(&call())
    };
    browser.send(raise()).await.problem(403, "wrong_origin");
    let evil = raise().header("Origin", "https://evil.example");
    browser.send(evil).await.problem(403, "wrong_origin");
    browser
        .send(raise().header("Origin", &site))
        .await
        .expect(201);
    let end = browser
        .send(with("DELETE", "/v1/session").header("Origin", &site))
        .await;
    assert!(end.header("set-cookie").contains("Max-Age=0"));
    world.finish().await;
}

#[tokio::test]
async fn an_organisation_sees_nothing_of_another() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let id = world.desk.raise(&call()).await;
    eventually("it is alerted", async || {
        anna.has("alert", &id).then_some(())
    })
    .await;
    let others = world.desk_of("org-2").await;
    let path = format!("/v1/incidents/{id}");
    others.get(&path).await.problem(404, "not_found");
    others
        .get(&format!("{path}/log"))
        .await
        .problem(404, "not_found");
    others
        .get(&format!("{path}/people"))
        .await
        .problem(404, "not_found");
    others
        .http("PATCH", &path, &json!({"note": "x"}))
        .await
        .problem(404, "not_found");
    for (verb, body) in [
        ("release", json!({"reason": "x"})),
        ("widen", json!({"from_wave": 1})),
        ("close", json!({"outcome": "completed"})),
        ("reopen", json!({"reason": "x"})),
        ("acknowledge", json!({"alarm": "unsafe"})),
    ] {
        others
            .tell(&id, verb, &body)
            .await
            .problem(404, "not_found");
    }
    let coordinator = world.caller("coordinator", "org-2", "c").await;
    for verb in ["verify", "suspend"] {
        let path = format!("/v1/responders/anna/{verb}");
        coordinator
            .post(&path, &json!({}))
            .await
            .problem(404, "not_found");
    }
    let same_id = world.caller("responder", "org-2", "anna").await;
    same_id
        .get("/v1/me/alerts")
        .await
        .problem(404, "not_enrolled");
    assert_eq!(
        world.desk.incident(&id).await["version"],
        world.desk.incident(&id).await["version"]
    );
    world.finish().await;
}
