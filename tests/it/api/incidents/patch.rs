//! Changes while an incident runs.

use crate::support::{HOME, World, alert_of, call, keys};
use serde_json::{Value, json};

#[tokio::test]
async fn an_unsafe_scene_stops_all_waves_and_warns_everybody_on_it() {
    let world = World::with(|settings| {
        settings.plan(|plan| {
            plan.waves[1].after_s = 0.5;
            plan.waves.truncate(2);
        });
    });
    let world = world.await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 200.0).await,
    );
    let far = world.phone("far", 1500.0).await;
    let id = world.desk.raise(&call()).await;
    anna.accepts(&id).await;
    let other = ben.receives("alert", &id).await;
    world.desk.patch(&id, &json!({"scene": "unsafe"})).await;
    let push = anna.delivery("danger", &id).await;
    assert_eq!(
        push.data.len(),
        9,
        "as every push: {:?}",
        keys(&json!(push.data))
    );
    ben.receives("danger", &id).await;
    ben.does(&other, "decline").await;
    let probe = world.desk.raise(&call()).await;
    far.receives("alert", &probe).await;
    assert!(!far.has("alert", &id), "no wave goes into danger");
    world.desk.patch(&id, &json!({"scene": "safe"})).await;
    let now = world.desk.incident(&id).await;
    assert_eq!(
        (&now["danger"], &now["scene"]),
        (&json!(false), &json!("safe"))
    );
    world.finish().await;
}

#[tokio::test]
async fn a_new_location_is_told_and_selection_runs_again_from_there() {
    let world = World::with(|settings| settings.plan(|plan| plan.waves.truncate(1)));
    let world = world.await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 150.0).await,
    );
    let there = world.phone("there", 3000.0).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;
    ben.receives("alert", &id).await;
    assert!(!there.has("alert", &id));
    let place = HOME.offset_m(2900.0, 0.0);
    let moved = json!({"location": {"lat": place.lat, "lon": place.lon}});
    let now = world.desk.patch(&id, &moved).await;
    assert_eq!(now["location"]["lat"], place.lat);
    anna.receives("update", &id).await;
    let shown = anna.alert(&alert).await;
    assert_eq!(
        shown["location"]["lat"], place.lat,
        "the new place: {shown}"
    );
    assert_eq!(shown["moved_from"]["lat"], HOME.lat, "and the old: {shown}");
    assert!(shown["distance_m"].as_f64().unwrap() > 2700.0, "{shown}");
    there.receives("alert", &id).await;
    world.desk.until_alert(&id, &ben, "stood_down").await;
    assert_eq!(
        alert_of(&world.desk.incident(&id).await, &anna)["state"],
        "accepted"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_message_and_a_new_address_reach_those_who_accepted_and_nobody_else() {
    let world = World::start().await;
    let (anna, ben) = (
        world.phone("anna", 100.0).await,
        world.phone("ben", 200.0).await,
    );
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;
    let other = ben.receives("alert", &id).await;
    let change = json!({"message": "use the back door", "note": "caller is calm",
                        "address": {"line": "2 Side Street"}, "ems_eta_s": 120});
    let now = world.desk.patch(&id, &change).await;
    assert_eq!(now["address"]["line"], "2 Side Street");
    let push = anna.delivery("update", &id).await;
    assert!(
        !push.message.to_string().contains("door"),
        "nothing said is in the push"
    );
    let shown = anna.alert(&alert).await;
    assert_eq!(shown["message"], "use the back door");
    assert_eq!(shown["address"]["line"], "2 Side Street");
    let hidden = ben.alert(&other).await.to_string();
    assert!(
        !hidden.contains("door") && !hidden.contains("Street"),
        "{hidden}"
    );
    assert!(!ben.has("update", &id));
    let note = world.desk.logged(&id, "noted").await;
    assert_eq!(note["text"], "caller is calm");
    assert!(
        !shown.to_string().contains("calm"),
        "a note is for the log only"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_stale_version_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let id = world.desk.raise(&call()).await;
    let path = format!("/v1/incidents/{id}");
    let first = world.desk.get(&path).await;
    let etag = first.header("etag").to_owned();
    world.desk.patch(&id, &json!({"note": "one"})).await;
    for stale in [etag.as_str(), etag.trim_matches('"')] {
        let request = world.desk.request("PATCH", &path).header("If-Match", stale);
        let refused = world
            .desk
            .send(request.json(&json!({"scene": "unsafe"})))
            .await;
        refused.problem(412, "stale_version");
    }
    let now = world.desk.incident(&id).await;
    assert_eq!(now["scene"], "safe");
    let version = now["version"].to_string();
    let request = world
        .desk
        .request("PATCH", &path)
        .header("If-Match", version);
    let done = world
        .desk
        .send(request.json(&json!({"scene": "unsafe"})))
        .await
        .expect(200);
    assert_eq!(done["scene"], "unsafe");
    world.finish().await;
}

#[tokio::test]
async fn a_wrong_value_in_a_change_is_refused_by_name() {
    let world = World::start().await;
    let id = world.desk.raise(&call()).await;
    for (change, field) in [
        (json!({"location": {"lat": 0, "lon": 0}}), "location"),
        (json!({"scene": "fine"}), "scene"),
        (json!({"colour": "red"}), "colour"),
        (json!({"ems_eta_s": "soon"}), "ems_eta_s"),
        (json!({"message": 7}), "message"),
    ] {
        let path = format!("/v1/incidents/{id}");
        let problem = world
            .desk
            .http("PATCH", &path, &change)
            .await
            .problem(400, "invalid");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(field), "{change}: {detail}");
    }
    world.desk.patch(&id, &json!({"scene": "unknown"})).await;
    world.desk.close(&id, "completed").await;
    let path = format!("/v1/incidents/{id}");
    let late = world
        .desk
        .http("PATCH", &path, &json!({"scene": "safe"}))
        .await;
    late.problem(409, "incident_closed");
    world.finish().await;
}

#[tokio::test]
async fn the_desk_knows_who_has_not_seen_an_update_or_the_stand_down() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let id = world.desk.raise(&call()).await;
    let alert = anna.accepts(&id).await;
    let asked = world.desk.incident(&id).await;
    let versions = |incident: &Value| {
        let alert = alert_of(incident, &anna);
        (
            alert["told_version"].clone(),
            alert["confirmed_version"].clone(),
        )
    };
    assert_eq!(
        versions(&asked),
        (Value::Null, Value::Null),
        "nothing since the ask"
    );

    let message = json!({"message": "the blue gate"});
    let (update, confirmed) = versions(&world.desk.patch(&id, &message).await);
    assert!(update.as_u64() > asked["version"].as_u64(), "{update}");
    assert_eq!(confirmed, Value::Null);
    let confirm = async |version: Value| {
        let body = json!({"device_id": anna.device, "version": version});
        let path = format!("/v1/me/alerts/{alert}/received");
        anna.post(&path, &body).await.expect(200);
        world.desk.incident(&id).await
    };
    assert_eq!(
        versions(&confirm(json!(1)).await).1,
        json!(1),
        "an older one"
    );
    assert_eq!(
        versions(&confirm(update.clone()).await),
        (update.clone(), update.clone())
    );
    assert_eq!(versions(&confirm(json!(1)).await).1, update, "never back");
    let beyond = confirm(json!(9_999)).await;
    let newest = beyond["version"].as_u64();
    assert!(
        versions(&beyond).1.as_u64() <= newest,
        "nothing newer than there is"
    );

    let closed = world.desk.close(&id, "stood_down").await;
    let (told, confirmed) = versions(&closed);
    assert_eq!(told, closed["version"]);
    assert!(confirmed.as_u64() < told.as_u64(), "{confirmed} {told}");
    assert_eq!(
        versions(&confirm(told.clone()).await).1,
        told,
        "after the end too"
    );
    world.finish().await;
}
