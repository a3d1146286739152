//! Messages in the shapes that the apps send, each with what it is. Replayed by `replay`.

use serde_json::{Value, json};

fn owntracks(expect: &str, body: &Value) -> Value {
    json!({"protocol": "owntracks", "expect": expect, "method": "POST", "path": "/",
           "body": body.to_string()})
}

fn traccar(expect: &str, query: &str) -> Value {
    json!({"protocol": "osmand/traccar-client", "expect": expect, "method": "GET",
           "path": format!("/?{query}")})
}

fn traccar_json(body: &Value) -> Value {
    json!({"protocol": "osmand/traccar-client", "expect": "position", "method": "POST",
           "path": "/", "body": body.to_string(), "content_type": "application/json"})
}

/// One of each kind.
pub(super) fn all() -> Vec<Value> {
    let owntracks_bare = json!({"_type": "location", "tid": "MU", "lat": 47.05, "lon": 8.3,
        "tst": 1_700_000_000});
    let owntracks_full = json!({"_type": "location", "tid": "MU", "lat": -33.86, "lon": 151.21,
        "tst": 1_700_000_100, "acc": 9, "alt": 22, "vac": 4, "vel": 5, "cog": 181, "batt": 34,
        "bs": 2, "conn": "w", "t": "t", "m": 2, "created_at": 1_700_000_130, "p": 100.9,
        "topic": "owntracks/muster/test", "inregions": ["work"], "mcc": 262, "lac": "1A2B"});
    let app = json!({"device_id": "31415926", "location": {
        "timestamp": "2025-11-02T06:30:15.250Z", "event": "heartbeat", "is_moving": false,
        "uuid": "6f1f0d7e-0000-4000-8000-2b5a3c9d1e00", "odometer": 0, "age": 77,
        "coords": {"latitude": 59.91, "longitude": 10.75, "accuracy": 11.2, "speed": -1,
            "speed_accuracy": -1, "heading": -1, "altitude": 3, "floor": null},
        "battery": {"level": -1, "is_charging": false},
        "activity": {"type": "unknown", "confidence": 100}, "extras": {"note": true}}});
    vec![
        owntracks("position", &owntracks_bare),
        owntracks("position", &owntracks_full),
        owntracks(
            "accepted_no_fix",
            &json!({"_type": "lwt", "tst": 1_700_000_000}),
        ),
        traccar_json(&app),
        traccar(
            "position",
            "id=27182818&timestamp=1700000000&lat=48.2&lon=16.37&speed=3&batt=60",
        ),
        traccar(
            "position",
            "deviceid=27182818&lat=48.3&lon=16.4&hdop=0.0&heading=10",
        ),
        traccar(
            "position",
            "id=27182818&timestamp=1700000000123&location=48.4,16.5",
        ),
        traccar(
            "position",
            "lat=48.5&lon=16.6&timestamp=2025-01-02+03%3A04%3A05&altitude=9&id=27182818",
        ),
        traccar(
            "position",
            "id=27182818&lat=48.6&lon=16.7&timestamp=2025-01-02T03%3A04%3A05Z",
        ),
        traccar(
            "accepted_no_fix",
            "id=27182818&timestamp=1700000000&cell=232,1,7,8&wifi=x,-70",
        ),
        traccar("no_position", "timestamp=1700000000&lat=48.2&lon=16.37"),
    ]
}
