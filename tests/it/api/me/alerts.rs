//! What a responder may know, and when.

use crate::support::{HOME, World, alert_of, call, keys, text};
use h3o::{LatLng, Resolution};
use serde_json::{Value, json};

const BEFORE: [&str; 15] = [
    "answer_by",
    "approximate_location",
    "distance_m",
    "eta_s",
    "exercise",
    "expires_at",
    "expires_in_s",
    "id",
    "incident_id",
    "kind",
    "patient_group",
    "role",
    "sent_at",
    "state",
    "version",
];
/// Fields that were added to the contract's; they say nothing of the place.
const ADDED: [&str; 7] = [
    "danger",
    "still_going_asked",
    "position",
    "scene",
    "override",
    "in_danger",
    "answer_in_s",
];

#[tokio::test]
async fn before_acceptance_a_responder_knows_the_cell_and_nothing_nearer() {
    let world = World::start().await;
    let (anna, ben) = (
        world.phone("anna", 140.0).await,
        world.phone("ben", -333.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let centre = LatLng::new(HOME.lat, HOME.lon)
        .unwrap()
        .to_cell(Resolution::Eight);
    let centre = LatLng::from(centre);
    let mut areas = Vec::new();
    for phone in [&anna, &ben] {
        let alert = phone.receives("alert", &id).await;
        let shown = phone.alert(&alert).await;
        let mut names = keys(&shown);
        names.retain(|name| !ADDED.contains(name));
        assert_eq!(names, BEFORE);
        let area = &shown["approximate_location"];
        assert_eq!(keys(area), ["lat", "lon", "radius_m"]);
        let near = |field: &str, degrees: f64| (area[field].as_f64().unwrap() - degrees).abs();
        assert!(
            near("lat", centre.lat()) < 1e-9 && near("lon", centre.lng()) < 1e-9,
            "{area}"
        );
        assert!(
            (400.0..700.0).contains(&area["radius_m"].as_f64().unwrap()),
            "{area}"
        );
        let steps = |field: &str, step: f64| shown[field].as_f64().unwrap() % step;
        assert!(
            steps("distance_m", 100.0) == 0.0 && steps("eta_s", 60.0) == 0.0,
            "{shown}"
        );
        assert!(shown["distance_m"].as_f64().unwrap() > 0.0);
        assert_eq!(shown["patient_group"], "adult");
        areas.push(area.clone());
    }
    assert_eq!(areas[0], areas[1], "the same for everybody");
    world.finish().await;
}

#[tokio::test]
async fn what_was_disclosed_is_gone_after_withdrawal_stand_down_and_finish() {
    let world = World::start().await;
    let mut phones = Vec::new();
    for (id, north) in [("anna", 100.0), ("ben", 150.0), ("carl", 200.0)] {
        phones.push(world.phone(id, north).await);
    }
    let id = world.desk.raise(&call()).await;
    let mut alerts = Vec::new();
    for phone in &phones {
        alerts.push(phone.accepts(&id).await);
        let open = phone.alert(alerts.last().unwrap()).await;
        assert_eq!(open["address"]["entry_code"], "4711");
    }
    let withdrawn = phones[0].does(&alerts[0], "decline").await;
    assert_eq!(withdrawn["state"], "withdrawn");
    phones[1].does(&alerts[1], "arrive").await;
    let finished = phones[1].does(&alerts[1], "finish").await;
    world.desk.close(&id, "false_alarm").await;
    phones[2].receives("stand_down", &id).await;
    let stood_down = phones[2].does(&alerts[2], "seen").await;
    assert_eq!(stood_down["state"], "stood_down");
    for shown in [withdrawn, finished, stood_down] {
        for field in ["location", "address", "aed", "message"] {
            assert!(shown.get(field).is_none(), "{field}: {shown}");
        }
        assert!(!shown.to_string().contains("4711"));
    }
    for phone in &phones {
        assert_eq!(
            phone.alerts().await,
            Vec::<Value>::new(),
            "nothing is open for {}",
            phone.id
        );
    }
    world.finish().await;
}

#[tokio::test]
async fn with_the_patient_implies_there_and_needs_a_yes() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.receives("alert", &id).await;
    anna.says(&alert, "with-patient")
        .await
        .problem(409, "not_accepted");
    let accepted = anna.does(&alert, "accept").await;
    assert_eq!(accepted.get("with_patient_at"), None);
    let told = world.desk.incident(&id).await;
    assert_eq!(alert_of(&told, &anna)["with_patient_at"], Value::Null);
    let shown = anna.does(&alert, "with-patient").await;
    assert_eq!(shown["state"], "on_scene");
    assert_eq!(world.desk.incident(&id).await["summary"]["on_scene"], 1);
    let log = world.desk.log(&id).await;
    let kinds: Vec<_> = log.iter().map(|line| text(line, "type")).collect();
    let at = |kind: &str| kinds.iter().position(|one| *one == kind).unwrap();
    assert!(at("arrived") < at("reached_patient"), "{kinds:?}");
    let finished = anna.does(&alert, "finish").await;
    assert_eq!(finished["with_patient_at"], shown["with_patient_at"]);
    let late = anna.does(&alert, "with-patient").await;
    assert_eq!(late["state"], "finished", "never back");
    world.finish().await;
}

#[tokio::test]
async fn nobody_reads_or_answers_the_alert_of_somebody_else() {
    let world = World::with(|settings| settings.plan(|plan| plan.waves[0].at_once = 1)).await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 500.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let alert = anna.receives("alert", &id).await;
    assert_eq!(ben.alerts().await, Vec::<Value>::new());
    for verb in [
        "received",
        "seen",
        "accept",
        "decline",
        "depart",
        "arrive",
        "with-patient",
        "finish",
        "unsafe",
    ] {
        ben.says(&alert, verb).await.problem(404, "not_found");
    }
    let stranger = world.caller("responder", "org-2", "anna").await;
    let path = format!("/v1/me/alerts/{alert}/accept");
    assert_eq!(
        stranger.post(&path, &json!({})).await.status,
        404,
        "same id, other organisation"
    );
    assert_eq!(text(&anna.alert(&alert).await, "id"), alert);
    world.finish().await;
}

#[tokio::test]
async fn patients_are_grouped_by_age() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    for (age, group) in [
        (json!(0), "infant"),
        (json!(5), "child"),
        (Value::Null, "unknown"),
    ] {
        let mut call = call();
        call["patient"] = json!({"age_y": age});
        let id = world.desk.raise(&call).await;
        let alert = anna.receives("alert", &id).await;
        assert_eq!(anna.alert(&alert).await["patient_group"], group);
        world.desk.close(&id, "completed").await;
    }
    world.finish().await;
}
