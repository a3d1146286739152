//! Positions from phones.

use crate::support::{HOME, Phone, World, call};
use jiff::{SignedDuration, Timestamp};
use muster_stand::clock;
use serde_json::{Value, json};

fn fix(lat: f64, lon: f64, at: Timestamp) -> Value {
    json!({"lat": lat, "lon": lon, "accuracy_m": 5.0, "at": clock::text(at)})
}

/// Ready to be asked, but for a position.
async fn located_nowhere(world: &World, id: &str) -> Phone {
    let phone = world.enrolled(id, &json!({})).await;
    world.verify(&phone).await;
    phone.register().await;
    phone.duty(true).await;
    phone
}

#[tokio::test]
async fn a_phone_whose_clock_is_an_hour_wrong_is_found_all_the_same() {
    let world = World::start().await;
    let (slow, fast) = (
        located_nowhere(&world, "slow").await,
        located_nowhere(&world, "fast").await,
    );
    for (phone, hours) in [(&slow, -1), (&fast, 1)] {
        let sent_at = clock::now() + SignedDuration::from_hours(hours);
        let at = sent_at - SignedDuration::from_secs(30);
        let fixes = json!([fix(HOME.lat, HOME.lon, at)]);
        let answer = phone.report(&clock::text(sent_at), &fixes).await;
        assert_eq!(answer.expect(202), json!({"accepted": 1, "rejected": []}));
    }
    let raised = world.desk.raised(&call()).await;
    let alerts = raised["alerts"].as_array().unwrap();
    assert_eq!(alerts.len(), 2, "{raised}");
    for alert in alerts {
        let age = alert["fix_age_s"].as_u64().unwrap();
        assert!((30..40).contains(&age), "by the phone's own clock: {age}");
    }
    world.finish().await;
}

#[tokio::test]
async fn bad_positions_are_named_and_the_newest_good_one_counts() {
    let world = World::start().await;
    let anna = world.phone("anna", 9000.0).await;
    let now = clock::now();
    let ago = |s: i64| now - SignedDuration::from_secs(s);
    let mut blurred = fix(HOME.lat, HOME.lon, ago(1));
    blurred["accuracy_m"] = json!(-1);
    let fixes = json!([
        fix(HOME.lat, HOME.lon, ago(0)),
        fix(HOME.offset_m(9000.0, 0.0).lat, HOME.lon, ago(60)),
        fix(91.0, 0.0, ago(0)),
        fix(0.0, 0.0, ago(0)),
        blurred,
        fix(HOME.lat, HOME.lon, ago(-180)),
        fix(HOME.lat, HOME.lon, ago(90_000)),
    ]);
    let answer = anna.report(&clock::text(now), &fixes).await.expect(202);
    assert_eq!(answer["accepted"], 2);
    assert_eq!(
        answer["rejected"],
        json!([
            {"index": 2, "code": "impossible_position"},
            {"index": 3, "code": "zero_island"},
            {"index": 4, "code": "bad_accuracy"},
            {"index": 5, "code": "from_the_future"},
            {"index": 6, "code": "too_old"},
        ])
    );
    let raised = world.desk.raised(&call()).await;
    assert!(
        raised["alerts"][0]["distance_m"]
            .as_f64()
            .is_some_and(|m| m < 1.0),
        "the newest: {raised}"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_message_holds_at_most_a_hundred_positions() {
    let world = World::start().await;
    let anna = world.phone("anna", 100.0).await;
    let now = clock::now();
    let many = |n: usize| Value::from(vec![fix(HOME.lat, HOME.lon, now); n]);
    let hundred = anna.report(&clock::text(now), &many(100)).await.expect(202);
    assert_eq!(hundred["accepted"], 100);
    let answer = anna.report(&clock::text(now), &many(101)).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    let empty = anna.report(&clock::text(now), &json!([])).await.expect(202);
    assert_eq!(empty["accepted"], 0);
    anna.report("now", &many(1)).await.problem(400, "invalid");
    world.finish().await;
}

#[tokio::test]
async fn an_old_position_is_not_used() {
    let world = World::with(|settings| settings.plan(|plan| plan.oldest_fix_s = 60.0)).await;
    let anna = located_nowhere(&world, "anna").await;
    let now = clock::now();
    let old = fix(HOME.lat, HOME.lon, now - SignedDuration::from_secs(90));
    anna.report(&clock::text(now), &json!([old]))
        .await
        .expect(202);
    let raised = world.desk.raised(&call()).await;
    assert_eq!(raised["alerts"], json!([]));
    world.finish().await;
}

#[tokio::test]
async fn what_is_older_repeated_or_out_of_reach_is_named_and_counted() {
    let world = World::start().await;
    let anna = located_nowhere(&world, "anna").await;
    let now = clock::now();
    let ago = |s: i64| now - SignedDuration::from_secs(s);
    let here = json!([fix(HOME.lat, HOME.lon, ago(40))]);
    let earlier = json!([fix(HOME.lat + 0.01, HOME.lon, ago(80))]);
    // no car is that fast, and a second word from there is believed
    let far = fix(HOME.lat + 3.0, HOME.lon, ago(20));
    let said = [
        (ago(30), here.clone(), Value::Null),
        (ago(30), here, json!("repeated")),
        (ago(60), earlier.clone(), json!("out_of_order")),
        (ago(25), earlier, json!("out_of_order")),
        (ago(20), json!([far]), json!("impossible_jump")),
    ];
    for (sent_at, fixes, code) in said {
        let answer = anna.report(&clock::text(sent_at), &fixes).await.expect(202);
        assert_eq!(answer["rejected"][0]["code"], code, "{answer}");
        assert_eq!(answer["accepted"], u32::from(code.is_null()));
    }
    let near = world.desk.raised(&call()).await;
    assert_eq!(
        near["alerts"][0]["responder_id"], "anna",
        "still here: {near}"
    );
    let again = json!([fix(HOME.lat + 3.0, HOME.lon, now)]);
    let answer = anna.report(&clock::text(now), &again).await.expect(202);
    assert_eq!(answer, json!({"accepted": 1, "rejected": []}));
    let metrics = world.anonymous().get("/metrics").await.text;
    for (code, count) in [
        ("repeated", 1),
        ("out_of_order", 2),
        ("impossible_jump", 1),
        ("undated", 0),
    ] {
        let line = format!("muster_fixes_rejected_total{{code=\"{code}\"}} {count}");
        assert!(metrics.lines().any(|known| known == line), "{line}");
    }
    assert!(
        metrics
            .lines()
            .any(|line| line == "muster_fixes_accepted_total 2")
    );
    world.finish().await;
}
