//! Who is signed in.

use crate::support::{ORG, World};
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
