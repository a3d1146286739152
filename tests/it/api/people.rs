//! People are found by the server and changed.

use crate::support::{Desk, World, alert_of, call, text};
use serde_json::{Value, json};

fn path(query: &[(&str, &str)]) -> String {
    let encoded = |value: &str| {
        let bytes: Vec<String> = value.bytes().map(|b| format!("%{b:02X}")).collect();
        bytes.concat()
    };
    let parts: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    format!("/v1/responders?{}", parts.join("&"))
}

async fn found(desk: &Desk, query: &[(&str, &str)]) -> Vec<String> {
    let page = desk.get(&path(query)).await.expect(200);
    let items = page["items"].as_array().unwrap();
    items.iter().map(|one| text(one, "id").to_owned()).collect()
}

async fn enrolled(world: &World, who: Value) {
    let enrolled = world.coordinator.post("/v1/responders", &who).await;
    enrolled.expect(201);
}

#[tokio::test]
async fn everybody_is_found_by_name_telephone_id_and_skill() {
    let world = World::with(|settings| {
        settings.secret("yildiz");
        settings.secret("1234567");
    })
    .await;
    for (id, name, phone, skill) in [
        ("a1", "Änne Yıldız", "+49 170 1234567", "nurse"),
        ("a2", "anne yildiz", "", "bls"),
        ("b1", "Ben Berg", "0170 5550", "bls"),
    ] {
        let phone = (!phone.is_empty()).then_some(phone);
        let who =
            json!({"id": id, "name": name, "phone": phone, "skills": [skill], "travel": "foot"});
        enrolled(&world, who).await;
    }
    let desk = &world.coordinator;
    let verified = desk.post("/v1/responders/b1/verify", &json!({})).await;
    verified.expect(200);
    assert_eq!(found(desk, &[]).await, ["a2", "a1", "b1"], "by name");
    for (query, expected) in [
        (vec![("q", "ÄNNE YILDIZ")], vec!["a2", "a1"]),
        (vec![("q", "0170/123 45 67")], vec!["a1"]),
        (vec![("q", "b1")], vec!["b1"]),
        (vec![("q", "anne"), ("skill", "nurse")], vec!["a1"]),
        (vec![("skill", "bls")], vec!["a2", "b1"]),
        (vec![("state", "verified")], vec!["b1"]),
        (vec![("q", "anne"), ("state", "verified")], vec![]),
        (vec![("q", "anne"), ("limit", "1")], vec!["a2"]),
        (vec![("q", "anne"), ("after", "a2")], vec!["a1"]),
    ] {
        assert_eq!(found(desk, &query).await, expected, "{query:?}");
    }
    let long = "a".repeat(101);
    for wrong in [
        ("q", &*long),
        ("q", "a b c d e"),
        ("skill", "juggler"),
        ("state", "open"),
        ("after", "nobody"),
        ("limit", "0"),
        ("name", "anne"),
    ] {
        let answer = desk.get(&path(&[wrong])).await.problem(400, "invalid");
        assert!(text(&answer, "detail").contains(wrong.0), "{answer}");
    }
    let elsewhere = world.caller("coordinator", "org-2", "c").await;
    let page = elsewhere.get("/v1/responders?q=anne").await.expect(200);
    assert_eq!(page["items"], json!([]));
    world.finish().await;
}

#[tokio::test]
async fn a_change_counts_from_the_next_alert_on_and_what_is_wrong_changes_nothing() {
    let world = World::start().await;
    let anna = world.phone("anna", 900.0).await;
    let desk = &world.coordinator;
    let path = "/v1/responders/anna";
    let before = desk.get(path).await.expect(200);
    for wrong in [
        json!({"name": " "}),
        json!({"name": null}),
        json!({"name": "Anna", "phone": "1".repeat(41)}),
        json!({"name": "Anna", "skills": ["juggler"]}),
        json!({"name": "Anna", "travel": "horse"}),
        json!({"name": "Anna", "state": "verified"}),
        json!({"name": "Anna", "id": "ann"}),
    ] {
        let answer = desk.http("PATCH", path, &wrong).await;
        assert_eq!(answer.status, 400, "{wrong}");
        assert_eq!(desk.get(path).await.expect(200), before, "{wrong}");
    }
    let asked = async || {
        let id = world.desk.raise(&call()).await;
        anna.receives("alert", &id).await;
        let incident = world.desk.incident(&id).await;
        world.desk.close(&id, "stood_down").await;
        alert_of(&incident, &anna)["eta_s"].as_f64().unwrap()
    };
    let on_foot = asked().await;
    let change = json!({"name": "Änne", "phone": "030 1", "skills": ["doctor"], "travel": "car"});
    let changed = desk.http("PATCH", path, &change).await.expect(200);
    for field in ["name", "phone", "skills", "travel"] {
        assert_eq!(changed[field], change[field]);
    }
    assert_eq!(desk.get(path).await.expect(200), changed);
    assert_eq!(changed["state"], before["state"], "still verified");
    assert!(asked().await < on_foot, "a car is faster");
    let gone = desk.http("PATCH", path, &json!({"phone": null})).await;
    assert_eq!(gone.expect(200)["phone"], Value::Null);
    let nobody = desk
        .http("PATCH", "/v1/responders/nobody", &json!({}))
        .await;
    nobody.problem(404, "not_found");
    world.finish().await;
}
