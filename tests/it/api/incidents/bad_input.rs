//! Input that is wrong: an emergency is never refused for a detail, everything else is strict.

use crate::support::{World, call, text};
use serde_json::{Value, json};

#[tokio::test]
async fn impossible_places_and_missing_essentials_are_refused() {
    let world = World::start().await;
    for (field, value) in [
        ("location", json!({"lat": 0, "lon": 0})),
        ("location", json!({"lat": 90.1, "lon": 0})),
        ("location", json!({"lat": 1, "lon": -180.5})),
        ("location", json!({"lat": "36", "lon": -75.0})),
        ("location", json!({"lat": 36.0})),
        ("location", Value::Null),
        ("kind", Value::Null),
        ("kind", json!(" ")),
        ("kind", json!(7)),
    ] {
        let mut call = call();
        call[field] = value.clone();
        let problem = world
            .desk
            .raise_as("key-a", &call)
            .await
            .problem(400, "invalid");
        assert!(
            text(&problem, "detail").contains(field),
            "{value}: {problem}"
        );
    }
    let raised = world.desk.raise_as("key-a", &call()).await;
    assert_eq!(raised.status, 201, "a refused body does not take the key");
    world.finish().await;
}

#[tokio::test]
async fn details_that_make_no_sense_are_left_out_and_named() {
    let world = World::start().await;
    let mut odd = call();
    odd["colour"] = json!("red");
    odd["address"]["planet"] = json!("earth");
    odd["location"]["altitude"] = json!(12);
    odd["scene"] = json!("quite");
    odd["place"] = json!(3);
    odd["called_at"] = json!("yesterday");
    odd["patient"] = json!({"age_y": "old"});
    odd["ems_eta_s"] = json!(-1);
    odd["source"] = json!({"system": "cad-1"});
    let raised = world.desk.raised(&odd).await;
    let warnings = raised["warnings"].to_string();
    for field in [
        "colour",
        "address.planet",
        "location.altitude",
        "scene",
        "place",
        "called_at",
        "age_y",
        "ems_eta_s",
        "source",
    ] {
        assert!(warnings.contains(field), "{field}: {warnings}");
    }
    assert_eq!(
        (&raised["scene"], &raised["ems_eta_at"]),
        (&json!("unknown"), &Value::Null)
    );
    world.finish().await;
}

#[tokio::test]
async fn an_unknown_kind_gets_the_default_plan_and_a_warning() {
    let world = World::start().await;
    let mut odd = call();
    odd["kind"] = json!("cat_in_tree");
    let raised = world.desk.raised(&odd).await;
    assert_eq!(
        (&raised["kind"], &raised["plan"]["id"]),
        (&json!("cat_in_tree"), &json!("default"))
    );
    assert!(
        raised["warnings"].to_string().contains("cat_in_tree"),
        "{raised}"
    );
    world.finish().await;
}

#[tokio::test]
async fn what_is_no_json_or_too_long_is_refused() {
    let world = World::start().await;
    for (body, status, code) in [
        ("{\"kind\": \"cardiac".to_owned(), 400, "bad_json"),
        (String::new(), 400, "bad_json"),
        ("[]".to_owned(), 400, "invalid"),
        (
            format!("{{\"kind\": \"{}\"}}", "x".repeat(64 * 1024)),
            413,
            "body_too_large",
        ),
    ] {
        let request = world
            .desk
            .request("POST", "/v1/incidents")
            .header("Idempotency-Key", "k");
        world
            .desk
            .send(request.body(body))
            .await
            .problem(status, code);
    }
    let mut long = call();
    long["address"]["notes"] = json!("n".repeat(60 * 1024));
    let raised = world.desk.raised(&long).await;
    assert!(
        raised["warnings"].to_string().contains("notes"),
        "cut, not refused"
    );
    world.finish().await;
}

#[tokio::test]
async fn wrong_types_elsewhere_and_unknown_routes_are_problems_with_a_code() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let coordinator = &world.coordinator;
    for body in [
        json!({"name": "A", "skills": ["juggler"], "travel": "foot"}),
        json!({"name": "A", "skills": ["bls"], "travel": "broom"}),
        json!({"name": "A", "skills": ["bls"], "travel": "foot", "age": 7}),
        json!({"skills": ["bls"], "travel": "foot"}),
        json!([]),
    ] {
        coordinator
            .post("/v1/responders", &body)
            .await
            .problem(400, "invalid");
    }
    let taken = json!({"id": "anna", "name": "A", "skills": [], "travel": "foot"});
    let taken = coordinator.post("/v1/responders", &taken).await;
    assert_eq!(taken.status, 409, "{}", taken.text);
    anna.put("/v1/me/duty", &json!({"on": "yes"}))
        .await
        .problem(400, "invalid");
    let device = json!({"platform": "fax", "push": {"fcm_token": "x"}});
    anna.put("/v1/me/devices/d", &device)
        .await
        .problem(400, "invalid");
    let request = anna.request("PUT", "/v1/me/duty").body("{");
    anna.send(request).await.problem(400, "bad_json");
    for path in [
        "/nothing",
        "/v1",
        "/v1/nothing",
        "/v2/incidents",
        "/v1/incidents/a/b/c",
    ] {
        world.desk.get(path).await.problem(404, "not_found");
    }
    world
        .desk
        .http("DELETE", "/v1/incidents", &json!({}))
        .await
        .problem(405, "method_not_allowed");
    for id in ["nothing", "0", "%00", "..%2f..", "🚑"] {
        let path = format!("/v1/incidents/{id}");
        let answer = world.desk.get(&path).await;
        assert_eq!(answer.status, 404, "{id}: {}", answer.text);
    }
    world.finish().await;
}
