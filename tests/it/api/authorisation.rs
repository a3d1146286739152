//! Every route of the description, tried by every role.

use crate::support::{Caller, ORG, World};
use serde_json::{Value, json};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Open to everybody; everything else needs a token.
const OPEN: [(&str, &str); 5] = [
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("get", "/v1/openapi.json"),
    // forgets a cookie, and nothing else
    ("delete", "/v1/session"),
];

/// Who may, by the contract: written from its headings, not from the code.
fn may(role: &str, path: &str) -> bool {
    let desk = ["call_handler", "coordinator", "admin"].contains(&role);
    match path {
        "/v1/session" => true,
        "/v1/phone" | "/v1/owntracks" | "/v1/traccar" | "/v1/me" | "/v1/push/webpush" => {
            role == "responder"
        }
        _ if path.starts_with("/v1/follow-ups") => ["coordinator", "admin"].contains(&role),
        "/v1/readiness" | "/v1/session/links" => ["coordinator", "admin"].contains(&role),
        _ if path.starts_with("/v1/me/") => role == "responder",
        // how a responder is concerns whoever looks after them
        _ if path.ends_with("/reports") => ["coordinator", "admin"].contains(&role),
        _ if path.starts_with("/v1/responders") => ["coordinator", "admin"].contains(&role),
        "/v1/feed" | "/v1/form" | "/v1/coverage" | "/v1/aeds" | "/v1/geocode" => desk,
        // streets, and nothing of anybody: for whoever the organisation knows
        _ if path.starts_with("/v1/map") => desk || role == "responder",
        _ if path.starts_with("/v1/incidents") => desk,
        _ => panic!("a new branch of the tree: say here who may: {path}"),
    }
}

fn routes(document: &Value) -> Vec<(&str, &str)> {
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys().map(String::as_str);
        routes.extend(
            methods
                .filter(|m| METHODS.contains(m))
                .map(|m| (m, path.as_str())),
        );
    }
    assert!(routes.len() > 25, "{routes:?}");
    routes
}

/// Status and `code`; a feed that begins is not waited for.
async fn tried(caller: &Caller, method: &str, path: &str) -> (u16, String) {
    let path = path
        .replace("{id}", "nothing")
        .replace("{alert_id}", "nothing")
        .replace("{device_id}", "nothing");
    let request = caller.request(&method.to_uppercase(), &path);
    // as a browser on the server's own site would
    let origin = caller.base_url();
    let request = request
        .header("Idempotency-Key", "matrix")
        .header("Origin", origin);
    let request = request.json(&json!({}));
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    if status < 400 {
        return (status, String::new());
    }
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(kind, "application/problem+json", "{method} {path}");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status);
    (status, problem["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn no_route_answers_a_role_that_must_not_and_none_without_a_token() {
    let world = World::start().await;
    let anna = world.enrolled("anna", &json!({})).await;
    let document = world.anonymous().get("/v1/openapi.json").await.expect(200);
    let mut callers = vec![("responder", (*anna).clone())];
    for role in ["call_handler", "coordinator", "admin"] {
        callers.push((role, world.caller(role, ORG, "somebody").await));
    }
    let anonymous = world.anonymous();
    for (method, path) in routes(&document) {
        // a code is its own permission; `phone/sign_in.rs` and `session.rs` try it
        if ["/v1/enrolment", "/v1/session/code"].contains(&path) {
            continue;
        }
        let open = OPEN.contains(&(method, path));
        let (status, code) = tried(&anonymous, method, path).await;
        if open {
            assert!(status < 300, "{method} {path} is open: {status}");
            continue;
        }
        assert_eq!(
            (status, code.as_str()),
            (401, "unauthenticated"),
            "{method} {path}"
        );
        for (role, caller) in &callers {
            let (status, code) = tried(caller, method, path).await;
            if may(role, path) {
                assert!(
                    ![401, 403].contains(&status),
                    "{method} {path} as {role}: {code}"
                );
                assert!(status < 500, "{method} {path} as {role}: {status} {code}");
            } else {
                let got = (status, code.as_str());
                assert_eq!(got, (403, "forbidden"), "{method} {path} as {role}");
            }
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn an_unknown_role_and_a_responder_who_is_not_enrolled_get_nowhere() {
    let world = World::start().await;
    assert!(world.tokens(ORG).mint("janitor", "j").await.is_err());
    let stranger = world.caller("responder", ORG, "stranger").await;
    stranger
        .get("/v1/me/alerts")
        .await
        .problem(404, "not_enrolled");
    for map in ["/v1/map", "/v1/map/base.pmtiles"] {
        stranger.get(map).await.problem(404, "not_enrolled");
    }
    stranger
        .put("/v1/me/duty", &json!({"on": true}))
        .await
        .problem(404, "not_enrolled");
    world.finish().await;
}
