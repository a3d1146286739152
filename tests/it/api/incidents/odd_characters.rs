//! No character refuses a call for help, in either world; elsewhere it is a wrong value.

use crate::support::{Desk, HOME, Settings, World, fresh, text};
use muster_stand::engines::{Postgres, Redis};
use serde_json::{Value, json};

/// A report with something odd in every text of it.
fn odd_body(id: u64) -> Vec<u8> {
    let place = format!(r#""location":{{"lat":{},"lon":{}}}"#, HOME.lat, HOME.lon);
    let source = format!(r#""source":{{"system":"CAD\u0000","id":"{id}\u0000\u0000"}}"#);
    [
        "\u{feff}{\"kind\":\"cardiac\u{1}_arrest\\u0000\",".as_bytes(),
        place.as_bytes(),
        b",",
        source.as_bytes(),
        b",\"scene\":\"\\ufeffsafe\",\"address\":{\"line\":\"M\xfchlgasse 4\",",
        br#""notes":"blue door \ud83d","floor":"\u001b3","place_name":"\u0000","#,
        b"\"entry_code\":\"47\x0011\",\"grid\":\"\xef\xbb\xbfa.b\"}}\0",
    ]
    .concat()
}

async fn raise(desk: &Desk, key: &str, body: &[u8]) -> crate::support::Reply {
    let request = desk.request("POST", "/v1/incidents");
    let request = request.header("Idempotency-Key", key);
    desk.send(request.body(body.to_vec())).await
}

async fn no_character_refuses_a_call(world: &World) {
    let (desk, id) = (&world.desk, fresh());
    let key = format!("odd-{id}");
    let raised = raise(desk, &key, &odd_body(id)).await.expect(201);
    assert_eq!(raised["kind"], "cardiac_arrest");
    assert_eq!(raised["plan"]["id"], "cardiac_arrest");
    assert_eq!(raised["scene"], "safe");
    assert_eq!(
        raised["source"],
        json!({"system": "CAD", "id": id.to_string()})
    );
    let address = &raised["address"];
    for (field, left) in [
        ("line", json!("M\u{fffd}hlgasse 4")),
        ("notes", json!("blue door")),
        ("floor", json!("3")),
        ("place_name", Value::Null),
        ("entry_code", json!("4711")),
        ("grid", json!("a.b")),
    ] {
        assert_eq!(address[field], left, "{field}: {raised:#}");
    }
    let warnings = raised["warnings"].to_string();
    for warning in [
        "mended:body",
        "characters_removed:kind",
        "characters_removed:scene",
        "characters_removed:source.id",
        "characters_removed:address.notes",
        "characters_removed:address.entry_code",
    ] {
        assert!(warnings.contains(warning), "{warning}: {warnings}");
    }
    // the same call, as odd or as it was meant, is the same incident
    let again = raise(desk, &key, &odd_body(id)).await.expect(200);
    assert_eq!(again["id"], raised["id"]);
    let meant = json!({
        "kind": "cardiac_arrest", "location": {"lat": HOME.lat, "lon": HOME.lon},
        "source": {"system": "CAD", "id": id.to_string()}, "scene": "safe",
        "address": {"line": "M\u{fffd}hlgasse 4", "notes": "blue door ", "floor": "3",
                    "place_name": "", "entry_code": "4711", "grid": "a.b"},
    });
    let meant = desk.raise_as(&key, &meant).await.expect(200);
    assert_eq!(meant["id"], raised["id"]);
}

#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn elsewhere_it_is_a_wrong_value(world: &World) {
    let desk = &world.coordinator;
    let raised = desk.raise(&crate::support::call_at(-3_000.0)).await;
    let incident = format!("/v1/incidents/{raised}");
    let anna = world
        .enrolled(&format!("anna-{}", fresh()), &json!({}))
        .await;
    let anna_path = format!("/v1/responders/{}", anna.id);
    for (method, path, body, code) in [
        (
            "PATCH",
            incident.as_str(),
            r#"{"note":"a\u0000"}"#,
            "invalid",
        ),
        ("PATCH", &incident, r#"{"message":"\ud83d"}"#, "bad_json"),
        ("PATCH", &incident, "\u{feff}{\"note\":\"a\"}", "bad_json"),
        ("PATCH", &incident, "{\"note\":\"a\u{1}\"}", "bad_json"),
        (
            "PATCH",
            &incident,
            r#"{"address":{"line":"\u0000"}}"#,
            "invalid",
        ),
        (
            "POST",
            "/v1/responders",
            r#"{"name":"A\u0000B","skills":[],"travel":"foot"}"#,
            "invalid",
        ),
        (
            "POST",
            "/v1/responders",
            r#"{"id":"a\u0000","name":"A","skills":[],"travel":"foot"}"#,
            "invalid",
        ),
        (
            "POST",
            &format!("{incident}/close"),
            r#"{"outcome":"duplicate","of":"\u0000"}"#,
            "invalid",
        ),
        (
            "POST",
            &format!("{anna_path}/trackers"),
            r#"{"label":"\u0000"}"#,
            "invalid",
        ),
    ] {
        let request = desk.request(method, path).body(body);
        desk.send(request).await.problem(400, code);
    }
    for path in ["/v1/responders/%00", "/v1/incidents/a%00b", "/v1/%00"] {
        desk.get(path).await.problem(404, "not_found");
    }
    for path in [
        "/v1/incidents?after=%00",
        "/v1/responders?after=%00",
        "/v1/responders?q=%00",
        "/v1/geocode?q=%00",
    ] {
        let answer = desk.get(path).await;
        assert!(answer.status < 500, "{path}: {}", answer.text);
    }
    let device = r#"{"platform":"android","push":{"fcm_token":"a\u0000"}}"#;
    let request = anna.request("PUT", "/v1/me/devices/d").body(device);
    anna.send(request).await.problem(400, "invalid");
    let tracker = world.anonymous().request("POST", "/v1/owntracks");
    let tracker = tracker.basic_auth("a\0b", Some("c\0d")).body("{}");
    let answer = world.anonymous().send(tracker).await;
    assert!(answer.status < 500, "{}", answer.text);
    assert_eq!(text(&desk.incident(&raised).await, "id"), raised);
}

#[tokio::test]
async fn no_odd_character_refuses_a_call_embedded() {
    let world = World::start().await;
    no_character_refuses_a_call(&world).await;
    elsewhere_it_is_a_wrong_value(&world).await;
    world.finish().await;
}

#[tokio::test]
async fn no_odd_character_refuses_a_call_scaled() {
    let (redis, postgres) = tokio::join!(Redis::start(), Postgres::start());
    let (redis, postgres) = (redis.unwrap(), postgres.unwrap());
    let database = postgres.create_database().await.unwrap();
    let world = World::with(|settings: &mut Settings| {
        settings.env("MUSTER__REDIS_URLS", &redis.url());
        settings.env("MUSTER__POSTGRES_URL", &database);
    })
    .await;
    no_character_refuses_a_call(&world).await;
    elsewhere_it_is_a_wrong_value(&world).await;
    world.finish().await;
}
