//! Alerts down, answers up, drops and returns.

use crate::support::{Channel, World, alert_of, call, eventually};
use muster::phone::proto::news::Why;
use muster::phone::proto::say::What;
use muster::phone::proto::{Fix, Fixes, Welcome, down, up};
use serde_json::json;

fn whys(welcome: &Welcome) -> Vec<(String, Why)> {
    let news = welcome.news.iter();
    news.map(|news| (news.alert.as_ref().unwrap().id.clone(), news.why()))
        .collect()
}

#[tokio::test]
async fn an_alert_comes_over_the_channel_and_by_push_and_is_answered_on_the_channel() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let (mut line, welcome) = Channel::enter(&anna, &anna.device).await;
    assert_eq!(welcome.responder_id, "anna");
    assert!(welcome.news.is_empty());
    let id = world.desk.raise(&call()).await;
    let alert = line.hears(Why::Alert).await;
    let push = anna.delivery("alert", &id).await;
    assert_eq!(push.datum("alert_id"), alert.id);
    assert_eq!(push.datum("version"), alert.version.to_string());
    assert_eq!(
        (alert.incident_id.as_str(), alert.role.as_str()),
        (id.as_str(), "cpr")
    );
    assert!(alert.approximate_location.is_some());
    assert!(alert.location.is_none() && alert.address.is_none());
    assert!(
        (alert.distance_m % 100.0).abs() < 1e-9,
        "{}",
        alert.distance_m
    );
    for (what, state) in [(What::Received, "received"), (What::Seen, "seen")] {
        assert_eq!(line.says(&alert.id, what).await.unwrap().state, state);
    }
    let accepted = line.says(&alert.id, What::Accept).await.unwrap();
    assert_eq!(accepted.state, "accepted");
    assert!((accepted.location.unwrap().lat - 36.8529).abs() < 1e-9);
    assert_eq!(accepted.address.unwrap().entry_code, "4711");
    for (what, state) in [(What::Depart, "en_route"), (What::Arrive, "on_scene")] {
        assert_eq!(line.says(&alert.id, what).await.unwrap().state, state);
    }
    let there = line.says(&alert.id, What::WithPatient).await.unwrap();
    let since = there.with_patient_at_ms.unwrap();
    let again = line.says(&alert.id, What::WithPatient).await.unwrap();
    assert_eq!(
        (again.state.as_str(), again.with_patient_at_ms),
        ("on_scene", Some(since))
    );
    let finished = line.says(&alert.id, What::Finish).await.unwrap();
    assert_eq!(finished.state, "finished");
    assert!(finished.location.is_none(), "gone again");
    line.settles().await;
    assert!(
        line.laid_aside().iter().all(|why| *why == Why::State),
        "its own answers are no news"
    );
    assert_eq!(
        alert_of(&world.desk.incident(&id).await, &anna)["state"],
        "finished"
    );
    let log = world.desk.log(&id).await;
    let line = log.iter().find(|line| line["type"] == "accepted").unwrap();
    assert_eq!(line["actor"]["device"], *anna.device);
    world.finish().await;
}

#[tokio::test]
async fn whoever_is_under_way_hears_of_everything_that_changes() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let (mut line, _) = Channel::enter(&anna, &anna.device).await;
    let id = world.desk.raise(&call()).await;
    let alert = line.hears(Why::Alert).await;
    line.says(&alert.id, What::Accept).await.unwrap();
    world
        .desk
        .patch(&id, &json!({"message": "use the side door"}))
        .await;
    let told = line.hears(Why::Update).await;
    assert_eq!(told.message, "use the side door");
    let push = anna.delivery("update", &id).await;
    assert_eq!(
        push.datum("version"),
        told.version.to_string(),
        "the same word twice"
    );
    assert!(told.version > alert.version);
    world.desk.patch(&id, &json!({"scene": "unsafe"})).await;
    assert!(line.hears(Why::Danger).await.danger);
    world.desk.close(&id, "stood_down").await;
    let over = line.hears(Why::StandDown).await;
    assert_eq!(over.state, "stood_down");
    assert!(over.location.is_none());
    world.finish().await;
}

#[tokio::test]
async fn what_happened_during_a_drop_is_in_the_welcome_and_nothing_rings_twice() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let (mut line, _) = Channel::enter(&anna, &anna.device).await;
    let id = world.desk.raise(&call()).await;
    let alert = line.hears(Why::Alert).await;
    drop(line);
    let shown = [(alert.id.as_str(), alert.version)];
    let (line, welcome) = Channel::enter_showing(&anna, &anna.device, &shown).await;
    assert_eq!(
        whys(&welcome),
        [(alert.id.clone(), Why::State)],
        "shown already"
    );
    drop(line);
    let (line, welcome) = Channel::enter(&anna, "another").await;
    assert_eq!(
        whys(&welcome),
        [(alert.id.clone(), Why::Alert)],
        "new to this one"
    );
    drop(line);
    world.desk.close(&id, "stood_down").await;
    let (line, welcome) = Channel::enter_showing(&anna, &anna.device, &shown).await;
    assert_eq!(whys(&welcome), [(alert.id.clone(), Why::StandDown)]);
    assert_eq!(welcome.news[0].alert.as_ref().unwrap().state, "stood_down");
    drop(line);
    let (_, welcome) = Channel::enter(&anna, &anna.device).await;
    assert!(whys(&welcome).is_empty());
    world.finish().await;
}

#[tokio::test]
async fn an_answer_on_one_device_is_seen_on_the_other_without_ringing() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let (mut first, _) = Channel::enter(&anna, &anna.device).await;
    let (mut second, _) = Channel::enter(&anna, "tablet").await;
    world.desk.raise(&call()).await;
    let alert = first.hears(Why::Alert).await;
    assert_eq!(second.hears(Why::Alert).await.id, alert.id);
    first.says(&alert.id, What::Accept).await.unwrap();
    let mut told = second.hears(Why::State).await;
    while told.state != "accepted" {
        told = second.hears(Why::State).await;
    }
    assert!(told.location.is_some(), "the same responder");
    world.finish().await;
}

#[tokio::test]
async fn the_newest_connection_of_a_device_wins() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let (first, _) = Channel::enter(&anna, &anna.device).await;
    let (mut second, _) = Channel::enter(&anna, &anna.device).await;
    assert_eq!(first.closes().await, 4002);
    world.desk.raise(&call()).await;
    second.hears(Why::Alert).await;
    world.finish().await;
}

#[tokio::test]
async fn positions_over_the_channel_are_positions() {
    let world = World::start().await;
    let anna = world.enrolled("anna", &json!({})).await;
    world.verify(&anna).await;
    anna.register().await;
    anna.duty(true).await;
    let (mut line, _) = Channel::enter(&anna, &anna.device).await;
    let fix = |lat, at_ms| Fix {
        lat,
        lon: -75.978,
        accuracy_m: 5.0,
        at_ms,
    };
    // a phone whose clock stands in 1970
    let fixes = Fixes {
        sent_at_ms: 60_000,
        fixes: vec![fix(36.8535, 59_000), fix(95.0, 59_500)],
    };
    let down::What::Done(done) = line.asks(up::What::Fixes(fixes)).await else {
        panic!("positions were refused");
    };
    assert_eq!(done.accepted, 1);
    assert_eq!(
        (done.rejected[0].index, done.rejected[0].code.as_str()),
        (1, "impossible_position")
    );
    let id = world.desk.raise(&call()).await;
    assert_eq!(line.hears(Why::Alert).await.incident_id, id);
    let many = Fixes {
        sent_at_ms: 60_000,
        fixes: vec![fix(36.8535, 59_000); 101],
    };
    let down::What::Refused(refused) = line.asks(up::What::Fixes(many)).await else {
        panic!("101 positions were taken");
    };
    assert_eq!(refused.code, "too_many_fixes");
    world.finish().await;
}

#[tokio::test]
async fn refusals_are_those_of_the_http_calls() {
    let world = World::with(|settings| {
        settings.plan(|plan| (plan.wanted, plan.overbook) = (1, 0));
    })
    .await;
    let (anna, ben) = (
        world.phone("anna", 140.0).await,
        world.phone("ben", 150.0).await,
    );
    let (mut line, _) = Channel::enter(&anna, &anna.device).await;
    let id = world.desk.raise(&call()).await;
    let alert = line.hears(Why::Alert).await;
    assert_eq!(
        line.says(&alert.id, What::Depart).await.unwrap_err().code,
        "not_accepted"
    );
    assert_eq!(
        line.says("nothing", What::Accept).await.unwrap_err().code,
        "not_found"
    );
    let bens = ben
        .alerts()
        .await
        .first()
        .map(|alert| alert["id"].as_str().unwrap().to_owned());
    if let Some(bens) = bens {
        let stolen = line.says(&bens, What::Accept).await.unwrap_err();
        assert_eq!(stolen.code, "not_found", "somebody else's alert");
    }
    assert_eq!(
        line.says(&alert.id, What::Unspecified)
            .await
            .unwrap_err()
            .code,
        "invalid"
    );
    world.desk.close(&id, "false_alarm").await;
    let late = line.says(&alert.id, What::Accept).await.unwrap_err();
    assert!(
        ["incident_closed", "alert_ended"].contains(&late.code.as_str()),
        "{}",
        late.code
    );
    world.finish().await;
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let mut world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    let (line, _) = Channel::enter(&anna, &anna.device).await;
    let (code, ()) = tokio::join!(line.closes(), world.stop());
    assert_eq!(code, 1001);
    world.restart().await;
    let back = eventually("the phone comes back", async || {
        Channel::of(&anna).await.ok()
    })
    .await;
    drop(back);
    world.finish().await;
}
