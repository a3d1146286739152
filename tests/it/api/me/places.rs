//! Where a volunteer usually is stands in for where they are, labelled so.

use crate::support::{HOME, Phone, World, alert_of, call, eventually, text};
use jiff::{SignedDuration, Timestamp};
use muster_stand::geo::LatLon;
use serde_json::{Value, json};

/// Hours of every day that begin and end so many hours from now, in UTC.
fn hours(from_h: i64, to_h: i64) -> Value {
    let shown = |h| {
        let then = Timestamp::now() + SignedDuration::from_hours(h);
        then.strftime("%H:%M").to_string()
    };
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    json!([{"days": days, "from": shown(from_h), "to": shown(to_h)}])
}

fn places(label: &str, place: LatLon, hours: &Value) -> Value {
    let one = json!({"label": label, "lat": place.lat, "lon": place.lon, "hours": hours});
    json!({"zone": "UTC", "places": [one]})
}

/// Ready to be asked, but for a position.
async fn located_nowhere(world: &World, id: &str) -> Phone {
    let phone = world.enrolled(id, &json!({})).await;
    world.verify(&phone).await;
    phone.register().await;
    phone.duty(true).await;
    phone
}

/// Somebody who is at home now by their hours, so many metres north, and says nothing else.
async fn at_home(world: &World, id: &str, north_m: f64) -> Phone {
    let phone = located_nowhere(world, id).await;
    let home = places("home", HOME.offset_m(north_m, 0.0), &hours(-1, 1));
    phone.put("/v1/me/places", &home).await.expect(200);
    phone
}

/// Who is asked, in the order of the answer.
fn asked(incident: &Value) -> Vec<&str> {
    let alerts = incident["alerts"].as_array().unwrap();
    alerts
        .iter()
        .map(|alert| text(alert, "responder_id"))
        .collect()
}

#[tokio::test]
async fn at_home_by_the_hours_somebody_is_found_asked_and_labelled() {
    let world = World::start().await;
    let anna = at_home(&world, "anna", 300.0).await;
    let me = anna.get("/v1/me").await.expect(200);
    let kept = &me["places"]["places"][0];
    let exact = HOME.offset_m(300.0, 0.0);
    let off = |field: &str, degrees: f64| (kept[field].as_f64().unwrap() - degrees).abs();
    let (north, east) = (off("lat", exact.lat), off("lon", exact.lon));
    assert!(north < 0.001 && east < 0.001, "near");
    assert!(north + east > 1e-6, "and not the exact place");
    assert_eq!(
        (&me["places"]["zone"], &kept["label"]),
        (&json!("UTC"), &json!("home"))
    );
    let id = world.desk.raise(&call()).await;
    let alert_id = anna.receives("alert", &id).await;
    let incident = world.desk.incident(&id).await;
    let alert = alert_of(&incident, &anna);
    assert_eq!(
        (text(alert, "position"), &alert["fix_age_s"]),
        ("place", &json!(0))
    );
    let distance_m = alert["distance_m"].as_f64().unwrap();
    assert!((200.0..400.0).contains(&distance_m), "{distance_m}");
    assert_eq!(text(&anna.alert(&alert_id).await, "position"), "place");
    let line = world.desk.logged(&id, "alerted").await;
    assert_eq!(line["detail"]["alert"]["position"], "place");
    // on the way they are not at home: where they are is not known, and not shown
    let accepted = anna.does(&alert_id, "accept").await;
    assert_eq!(text(&accepted, "position"), "place");
    assert!(
        !world.log_text().contains("36.85"),
        "no position in the log"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_live_position_comes_first_and_replaces_the_place() {
    let world = World::start().await;
    let anna = at_home(&world, "anna", 100.0).await;
    let ben = world.phone("ben", 350.0).await;
    let raised = world.desk.raised(&call()).await;
    assert_eq!(asked(&raised), ["ben", "anna"], "{raised}");
    assert_eq!(text(alert_of(&raised, &ben), "position"), "live");
    assert_eq!(text(alert_of(&raised, &anna), "position"), "place");
    world.desk.close(text(&raised, "id"), "completed").await;
    anna.stands(150.0).await;
    // said again the place changes nothing while the live position is fresh
    let home = places("home", HOME.offset_m(100.0, 0.0), &hours(-1, 1));
    anna.put("/v1/me/places", &home).await.expect(200);
    let raised = eventually("both are free again", async || {
        let raised = world.desk.raised(&call()).await;
        let both = asked(&raised).len() == 2;
        if !both {
            world.desk.close(text(&raised, "id"), "completed").await;
        }
        both.then_some(raised)
    })
    .await;
    assert_eq!(asked(&raised), ["anna", "ben"]);
    let alert = alert_of(&raised, &anna);
    assert_eq!(text(alert, "position"), "live");
    assert!((alert["distance_m"].as_f64().unwrap() - 150.0).abs() < 2.0);
    world.finish().await;
}

#[tokio::test]
async fn a_street_of_people_at_home_hides_nobody_whose_position_is_live() {
    // one place, so a search proposes ten people
    let world = World::with(|s| s.plan(|plan| plan.waves[0].at_once = 1)).await;
    for n in 0..12 {
        let north_m = 120.0 + f64::from(n);
        at_home(&world, &format!("home-{n}"), north_m).await;
    }
    world.phone("ben", 560.0).await;
    let raised = world.desk.raised(&call()).await;
    assert_eq!(asked(&raised), ["ben"], "{raised}");
    // and why the others were not is in the log
    let log = world.desk.log(text(&raised, "id")).await;
    let passed = log
        .iter()
        .find(|line| line["type"] == "passed_over")
        .unwrap();
    let first = &passed["detail"]["people"][0];
    assert_eq!(text(first, "position"), "place");
    assert_eq!(text(first, "why"), "others_nearer");
    world.finish().await;
}

#[tokio::test]
async fn outside_the_hours_off_duty_suspended_and_ended_nobody_is_found_there() {
    let world = World::start().await;
    let nobody = async |why: &str| {
        let raised = world.desk.raised(&call()).await;
        assert!(asked(&raised).is_empty(), "{why}: {raised}");
        world.desk.close(text(&raised, "id"), "completed").await;
    };
    let out = located_nowhere(&world, "out").await;
    let later = places("work", HOME, &hours(2, 4));
    out.put("/v1/me/places", &later).await.expect(200);
    let off = at_home(&world, "off", 100.0).await;
    off.duty(false).await;
    let gone = at_home(&world, "gone", 100.0).await;
    world.suspend(&gone).await;
    world.enrolled("pending", &json!({})).await;
    nobody("outside, off duty, suspended").await;
    let moved = at_home(&world, "moved", 100.0).await;
    moved.put("/v1/me/places", &later).await.expect(200);
    nobody("the hours were moved").await;
    let ended = at_home(&world, "ended", 100.0).await;
    let none = json!({"zone": "UTC", "places": []});
    let kept = ended.put("/v1/me/places", &none).await.expect(200);
    assert_eq!(kept, none);
    assert_eq!(ended.get("/v1/me").await.expect(200)["places"], Value::Null);
    nobody("places were ended").await;
    off.duty(true).await;
    let raised = world.desk.raised(&call()).await;
    assert_eq!(asked(&raised), ["off"], "on duty again");
    world.finish().await;
}

#[tokio::test]
async fn a_restart_that_lost_every_position_looks_at_all_places_again() {
    let mut world = World::start().await;
    let anna = at_home(&world, "anna", 100.0).await;
    world.stop().await;
    std::fs::remove_file(world.data_dir().join("positions.slots")).unwrap();
    world.restart().await;
    let raised = eventually("anna is found at home again", async || {
        let raised = world.desk.raised(&call()).await;
        let found = asked(&raised) == ["anna"];
        if !found {
            world.desk.close(text(&raised, "id"), "completed").await;
        }
        found.then_some(raised)
    })
    .await;
    assert_eq!(text(alert_of(&raised, &anna), "position"), "place");
    world.finish().await;
}

#[tokio::test]
async fn a_wrong_place_is_refused_by_name_and_changes_nothing() {
    let world = World::start().await;
    let anna = at_home(&world, "anna", 100.0).await;
    let before = anna.get("/v1/me").await.expect(200)["places"].clone();
    let nowhere = LatLon { lat: 0.0, lon: 0.0 };
    let beyond = LatLon {
        lat: 91.0,
        lon: 8.0,
    };
    for wrong in [
        places("castle", HOME, &hours(0, 1)),
        places("home", nowhere, &hours(0, 1)),
        places("home", beyond, &hours(0, 1)),
        places("home", HOME, &json!([])),
        json!({"zone": "Mars", "places": []}),
    ] {
        let answer = anna.put("/v1/me/places", &wrong).await;
        answer.problem(400, "invalid");
    }
    assert_eq!(anna.get("/v1/me").await.expect(200)["places"], before);
    let desk = world.desk.put("/v1/me/places", &before).await;
    assert_eq!(desk.status, 403);
    world.finish().await;
}
