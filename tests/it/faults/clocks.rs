//! Phones whose clock is wrong.

use jiff::{SignedDuration, Timestamp};
use muster_stand::clock;
use muster_stand::geo::LatLon;
use serde_json::{Value, json};

use super::{alerts, id, one_wave, raise};
use crate::support::{HOME, World, alert_of, text};

fn fix(place: LatLon, at: &str) -> Value {
    json!({"lat": place.lat, "lon": place.lon, "accuracy_m": 8.0, "at": at})
}

async fn found_and_answers(wrong_by: SignedDuration) {
    let world = World::with(|settings| settings.plan(|plan| one_wave(plan, 2, 1_000.0))).await;
    let phone = world.enrolled("skewed", &json!({})).await;
    world.verify(&phone).await;
    phone.register().await;
    phone.duty(true).await;
    // the only fix there is, by the wrong clock
    let sent_at = clock::now() + wrong_by;
    let taken_at = clock::text(sent_at - SignedDuration::from_secs(20));
    let near = json!([fix(HOME.offset_m(50.0, 50.0), &taken_at)]);
    let answer = phone.report(&clock::text(sent_at), &near).await.expect(202);
    assert_eq!(answer["accepted"], 1, "{answer}");

    let incident = raise(&world, "skewed", HOME).await;
    let [alert] = alerts(&incident) else {
        panic!("found by that fix: {incident:#}")
    };
    let age = alert["fix_age_s"].as_f64().unwrap();
    assert!(
        (20.0..60.0).contains(&age),
        "the age is by the phone's own clock: {age}"
    );

    let alert = phone.receives("alert", id(&incident)).await;
    let verbs = ["received", "seen", "accept", "depart", "arrive"];
    for (verb, state) in verbs
        .iter()
        .zip(["received", "seen", "accepted", "en_route", "on_scene"])
    {
        let at = clock::text(clock::now() + wrong_by);
        let body = json!({"device_id": phone.device, "at": at,
                          "fix": fix(HOME.offset_m(10.0, 0.0), &at)});
        let told = phone
            .post(&format!("/v1/me/alerts/{alert}/{verb}"), &body)
            .await
            .expect(200);
        assert_eq!(text(&told, "state"), state, "{told:#}");
    }
    let now = world.desk.incident(id(&incident)).await;
    assert_eq!(alert_of(&now, &phone)["state"], "on_scene");

    // what is written down is the server's time, in order
    let log = world.desk.log(id(&incident)).await;
    let times: Vec<Timestamp> = log.iter().map(|l| text(l, "at").parse().unwrap()).collect();
    // a receipt and the push it answers may be written down side by side, in either order
    let together = SignedDuration::from_secs(1);
    let in_order = times.windows(2).all(|two| two[1] + together > two[0]);
    assert!(in_order, "{times:?}");
    let drift = times
        .iter()
        .map(|at| at.duration_until(clock::now()).abs())
        .max()
        .unwrap();
    assert!(
        drift < SignedDuration::from_secs(60),
        "a phone's clock is in the log: {drift:?}"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_phone_whose_clock_is_an_hour_ahead_is_found_and_answers() {
    found_and_answers(SignedDuration::from_hours(1)).await;
}

#[tokio::test]
async fn a_phone_whose_clock_is_an_hour_behind_is_found_and_answers() {
    found_and_answers(SignedDuration::from_hours(-1)).await;
}
