//! The whole way of one incident, from the call to the log that explains it.

use crate::support::{Phone, World, alert_of, call, eventually, fresh, keys, text};
use serde_json::{Value, json};

const PUSH_KEYS: [&str; 9] = [
    "alert_id",
    "exercise",
    "expires_at",
    "expires_in_s",
    "incident_id",
    "role",
    "sent_at",
    "type",
    "version",
];
const EXACT: [&str; 3] = ["address", "aed", "location"];

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn a_call_is_answered_by_a_neighbour_and_the_log_explains_it_all() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let mut call = call();
    call["source"] = json!({"system": "cad-1", "id": "2019-000123"});
    call["called_at"] = json!(muster_stand::clock::now_text());
    let key = format!("key-{}", fresh());
    let raised = world.desk.raise_as(&key, &call).await;
    let location = raised.header("location").to_owned();
    let incident = raised.expect(201);
    let id = text(&incident, "id").to_owned();
    assert_eq!(location, format!("/v1/incidents/{id}"));
    is_as_the_contract_shows(&incident);

    let push = anna.delivery("alert", &id).await;
    let names: Vec<_> = push.data.keys().map(String::as_str).collect();
    assert_eq!(names, PUSH_KEYS);
    let carried = push.message.to_string();
    for personal in [
        "36.85", "75.97", "Main", "4711", "anna", "Name", "cardiac", "61",
    ] {
        let shown = carried.replace(&anna.address, "").replace(&id, "");
        let shown = shown.replace(push.datum("alert_id"), "");
        let shown = without_times(&shown, &push.data);
        assert!(
            !shown.contains(personal),
            "the push says {personal}: {shown}"
        );
    }
    assert_eq!(
        (push.datum("role"), push.datum("exercise")),
        ("cpr", "false")
    );
    let left: i64 = push.datum("expires_in_s").parse().unwrap();
    assert!((590..=600).contains(&left), "{left}");

    let alert = push.datum("alert_id").to_owned();
    for (verb, state) in [("received", "received"), ("seen", "seen")] {
        let shown = anna.does(&alert, verb).await;
        assert_eq!(shown["state"], state);
        hides_the_place(&shown);
    }
    let shown = anna.does(&alert, "accept").await;
    assert_eq!(shown["state"], "accepted");
    shows_the_place(&shown);
    shows_the_place(&anna.alert(&alert).await);
    let now = world.desk.incident(&id).await;
    assert_eq!(
        (&now["accepted"], &now["summary"]["coming"]),
        (&json!(1), &json!(1))
    );
    // nobody is promised who has not left
    assert_eq!(now["summary"]["first_eta_s"], Value::Null);
    anna.does(&alert, "depart").await;
    anna.stands(120.0).await;
    let now = world.desk.incident(&id).await;
    assert_eq!(now["summary"]["first_skill"], "bls");
    assert!(now["summary"]["first_eta_s"].as_f64().unwrap() > 0.0);

    for (verb, state) in [("depart", "en_route"), ("arrive", "on_scene")] {
        let shown = anna.does(&alert, verb).await;
        assert_eq!(shown["state"], state);
        shows_the_place(&shown);
        assert_eq!(
            anna.does(&alert, verb).await["state"],
            state,
            "a repeat answers the same"
        );
    }
    assert_eq!(world.desk.incident(&id).await["summary"]["on_scene"], 1);
    is_with_the_patient(&world, &anna, (&id, &alert)).await;
    let shown = anna.does(&alert, "finish").await;
    assert_eq!(shown["state"], "finished");
    hides_the_place(&shown);
    let closed = world.desk.close(&id, "completed").await;
    assert_eq!(closed["state"], "closed");
    assert_eq!(alert_of(&closed, &anna)["state"], "finished");
    // what a provider answered is written down in batches, and the call may be over before
    let log = eventually("the provider's answer is written down", async || {
        let log = world.desk.log(&id).await;
        log.iter().any(|line| line["type"] == "sent").then_some(log)
    });
    explains_it(&log.await, &anna.device);
    world.finish().await;
}

/// The first time counts, and the desk sees it.
async fn is_with_the_patient(world: &World, anna: &Phone, (id, alert): (&str, &str)) {
    let shown = anna.does(alert, "with-patient").await;
    let since = text(&shown, "with_patient_at");
    assert_eq!(shown["state"], "on_scene");
    shows_the_place(&shown);
    let again = anna.does(alert, "with-patient").await;
    assert_eq!(text(&again, "with_patient_at"), since);
    let seen = world.desk.incident(id).await;
    assert_eq!(text(alert_of(&seen, anna), "with_patient_at"), since);
}

fn without_times(text: &str, data: &std::collections::BTreeMap<String, String>) -> String {
    let times = ["sent_at", "expires_at"].map(|name| data[name].as_str());
    times
        .iter()
        .fold(text.to_owned(), |text, time| text.replace(time, ""))
}

fn is_as_the_contract_shows(incident: &Value) {
    assert_eq!(incident["state"], "alerting");
    assert_eq!(incident["kind"], "cardiac_arrest");
    assert_eq!(incident["plan"]["id"], "cardiac_arrest");
    assert!(incident["plan"]["version"].is_u64() && incident["version"].is_u64());
    assert_eq!(incident["location"]["lat"], 36.8529);
    assert_eq!(incident["location"]["lon"], -75.978);
    assert_eq!(incident["location"]["uncertainty_m"], 15.0);
    assert_eq!(incident["exercise"], false);
    assert_eq!(
        (&incident["wave"], &incident["wanted"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(
        (&incident["overbook"], &incident["accepted"]),
        (&json!(1), &json!(0))
    );
    let summary = [
        "as_of",
        "at_address",
        "coming",
        "finished",
        "first_eta_s",
        "first_skill",
        "left",
        "on_scene",
    ];
    assert_eq!(keys(&incident["summary"]), summary);
    for list in ["possible_duplicates", "held_reasons", "warnings"] {
        assert_eq!(incident[list], json!([]), "{list}");
    }
    for time in ["opened_at", "ems_eta_at"] {
        let time = text(incident, time);
        assert!(
            time.len() == 24 && time.ends_with('Z'),
            "RFC 3339, UTC, milliseconds: {time}"
        );
    }
    let alert = &incident["alerts"][0];
    assert_eq!(
        (&alert["responder_id"], &alert["role"]),
        (&json!("anna"), &json!("cpr"))
    );
    assert!(["queued", "sent"].contains(&text(alert, "state")));
    let distance = alert["distance_m"].as_f64().unwrap();
    assert!((139.0..141.0).contains(&distance), "{distance}");
    assert!(alert["eta_s"].as_u64().unwrap() > 60);
    assert!(alert["fix_age_s"].as_u64().unwrap() < 5);
    assert_eq!(alert["wave"], 1);
}

fn hides_the_place(alert: &Value) {
    for field in EXACT {
        assert!(alert.get(field).is_none(), "{field} is shown: {alert}");
    }
    assert!(!alert.to_string().contains("Main Street"));
}

fn shows_the_place(alert: &Value) {
    assert!(
        EXACT.iter().all(|field| alert.get(field).is_some()),
        "{alert}"
    );
    assert_eq!(alert["location"]["lat"], 36.8529);
    assert_eq!(alert["address"]["line"], "1 Main Street");
    assert_eq!(alert["address"]["grid"], "///filled.count.soap");
    assert_eq!(alert["address"]["entry_code"], "4711");
    let distance = alert["distance_m"].as_f64().unwrap();
    assert!(
        [140.0, 120.0].iter().any(|m| (distance - m).abs() < 1.0),
        "exact after acceptance: {distance}"
    );
}

fn explains_it(log: &[Value], device: &str) {
    let position = |kind: &str| {
        let at = log.iter().position(|line| line["type"] == kind);
        at.unwrap_or_else(|| panic!("no `{kind}` in {log:#?}"))
    };
    let story = [
        ("raised", "call_handler", "desk-1"),
        ("alerted", "call_handler", "desk-1"),
        ("received", "responder", "anna"),
        ("seen", "responder", "anna"),
        ("accepted", "responder", "anna"),
        ("departed", "responder", "anna"),
        ("arrived", "responder", "anna"),
        ("reached_patient", "responder", "anna"),
        ("finished", "responder", "anna"),
        ("closed", "call_handler", "desk-1"),
    ];
    let mut last = 0;
    for (kind, role, subject) in story {
        let at = position(kind);
        assert!(at >= last, "`{kind}` is out of order");
        last = at;
        let actor = &log[at]["actor"];
        assert_eq!(
            (&actor["role"], &actor["subject"]),
            (&json!(role), &json!(subject)),
            "{kind}"
        );
        if role == "responder" {
            assert_eq!(actor["device"], device);
        }
    }
    let seqs: Vec<_> = log
        .iter()
        .map(|line| line["seq"].as_u64().unwrap())
        .collect();
    assert!(seqs.is_sorted(), "oldest first: {seqs:?}");
    position("sent");
}
