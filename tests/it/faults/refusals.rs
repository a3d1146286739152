//! A provider that refuses everybody: no alert ends, nobody is used up, no phone is buried, those
//! who can be reached another way are asked, and the operator learns of it.

use muster::phone::proto::news::Why;
use muster::phone::proto::say::What;
use muster_stand::standin::{Fault, Rule};
use serde_json::{Value, json};

use super::{alerts, few_connections, id, in_state, in_time, one_wave, raise, row, warm};
use crate::support::{Channel, HOME, Phone, World, alert_of, eventually};

/// What is refused is said once a minute.
const REFUSES: &str = "a push service refuses our messages";

async fn world(at_once: u32) -> World {
    let world = World::with(|settings| {
        few_connections(settings);
        settings.plan(|plan| {
            one_wave(plan, at_once, 1_000.0);
            (plan.receipt_window_s, plan.answer_window_s) = (60.0, 60.0);
        });
        settings.expect_error(REFUSES);
    })
    .await;
    warm(&world).await;
    world
}

/// Somebody with a browser alone.
async fn with_browser(world: &World, name: &str, north_m: f64) -> Phone {
    let phone = world.phone(name, north_m).await;
    let browser = world.standin().browser(name, None);
    let body = json!({"platform": "web", "push": {"webpush": browser}});
    let path = format!("/v1/me/devices/{}", phone.device);
    phone.put(&path, &body).await.expect(200);
    phone
}

/// How many messages the stand-in refused so far.
fn refused(world: &World) -> u64 {
    let stats = world.standin().stats();
    let no = stats.by_status.iter().filter(|(status, _)| **status >= 400);
    no.map(|(_, count)| count).sum()
}

async fn push_health(world: &World) -> Value {
    let ready = world.anonymous().get("/readyz").await;
    let all = ready.json["dependencies"].as_array().unwrap().clone();
    all.into_iter().find(|one| one["name"] == "push").unwrap()
}

fn waiting(incident: &Value) -> usize {
    let all = alerts(incident).iter();
    all.filter(|alert| alert["push_waiting"] == true).count()
}

/// Every way of saying no, and whether it takes three phones to see that it concerns everybody.
const WAYS: [(Fault, bool); 9] = [
    (Fault::Forbidden, false),
    (Fault::NotFound, false),
    (Fault::BadRequest, false),
    (Fault::Html403, false),
    (Fault::Html404, false),
    (Fault::ThirdPartyAuthError, false),
    (Fault::Unauthenticated, false),
    (Fault::SenderIdMismatch, true),
    (Fault::Unregistered, true),
];

#[tokio::test]
async fn a_refusal_ends_no_alert_uses_nobody_up_and_asks_who_can_be_reached() {
    let world = world(3).await;
    let near = world.crowd("p", &row(HOME, 12, 20.0)).await;
    let browser = with_browser(&world, "browser", 500.0).await;
    let connected = world.phone("connected", 600.0).await;
    let (mut line, _) = Channel::enter(&connected, &connected.device).await;
    let faults = world.standin().faults();
    for (fault, three) in WAYS {
        let before = refused(&world);
        faults.set(Rule::error(fault));
        faults.set_for("browser", Rule::default());
        let incident = raise(&world, &format!("{fault:?}"), HOME).await;
        assert_eq!(alerts(&incident).len(), 3, "{incident:#}");
        let mut hears = async || {
            let alert = line.hears(Why::Alert).await;
            line.says(&alert.id, What::Received).await.unwrap();
        };
        let others = world.desk.until_alert(id(&incident), &browser, "sent");
        in_time("somebody else", async { tokio::join!(hears(), others) }).await;
        eventually("it is tried again and again", async || {
            (refused(&world) >= before + 9).then_some(())
        })
        .await;
        let now = world.desk.incident(id(&incident)).await;
        // nobody is asked through what refuses: at most until it is seen that it is not one phone
        let more = if three { 2 } else { 0 };
        let asked = alerts(&now).len();
        assert!((5..=5 + more).contains(&asked), "{fault:?}: {now:#}");
        assert_eq!(waiting(&now), asked - 2, "{fault:?}: {now:#}");
        assert_eq!(
            in_state(&now, &["queued"]).len(),
            asked - 2,
            "{fault:?}: {now:#}"
        );
        assert_eq!(alert_of(&now, &connected)["state"], "received");
        let health = push_health(&world).await;
        assert_eq!(health["ok"], false, "{fault:?}");
        let why = health["detail"].as_str().unwrap();
        assert!(why.contains("fcm_android takes nothing since 20"), "{why}");
        let metrics = world.anonymous().get("/metrics").await.text;
        let since = "muster_push_refused_since_seconds{service=\"fcm_android\"} 1";
        assert!(metrics.contains(since), "{fault:?}");
        // the provider is back
        faults.clear();
        let now = eventually("all that waited is sent", async || {
            let now = world.desk.incident(id(&incident)).await;
            (waiting(&now) == 0).then_some(now)
        })
        .await;
        assert_eq!(alerts(&now).len(), asked, "{fault:?}: {now:#}");
        for phone in &near[..3] {
            phone.delivery("alert", id(&incident)).await;
        }
        for phone in &near {
            let me = phone.get("/v1/me").await.expect(200);
            assert_eq!(me["devices"][0]["push"], "ok", "{fault:?}: {me:#}");
        }
        assert_eq!(push_health(&world).await["ok"], true, "{fault:?}");
        world.desk.close(id(&incident), "false_alarm").await;
        line.hears(Why::StandDown).await;
    }
    world.finish().await;
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_put_off_before_its_time_is_over() {
    let world = world(2).await;
    let silent = world.crowd("p", &row(HOME, 4, 20.0)).await;
    let browser = with_browser(&world, "browser", 500.0).await;
    let faults = world.standin().faults();
    faults.set(Rule::error(Fault::Hang));
    faults.set_for("browser", Rule::default());
    let incident = raise(&world, "silent", HOME).await;
    let now = world
        .desk
        .until_alert(id(&incident), &browser, "sent")
        .await;
    assert_eq!(alerts(&now).len(), 3, "{now:#}");
    assert_eq!(waiting(&now), 2, "{now:#}");
    faults.clear();
    for phone in &silent[..2] {
        world.desk.until_alert(id(&incident), phone, "sent").await;
    }
    world.finish().await;
}

/// The key file of another project, in an organisation of five phones and of forty: the phones stay,
/// the operator is told, and with the right key everything goes out.
async fn wrong_key(fault: Fault, phones: u32) {
    let world = world(3).await;
    let phones = world.crowd("p", &row(HOME, phones, 20.0)).await;
    let faults = world.standin().faults();
    let before = refused(&world);
    faults.set(Rule::error(fault));
    for phone in &phones {
        phone
            .post("/v1/me/test-alert", &json!({}))
            .await
            .expect(202);
    }
    // long enough for a single one of them to be believed gone
    let tries = 5 * u64::try_from(phones.len()).unwrap();
    eventually("each is tried five times", async || {
        (refused(&world) >= before + tries).then_some(())
    })
    .await;
    let health = push_health(&world).await;
    assert_eq!(health["ok"], false, "{health}");
    faults.clear();
    for phone in &phones {
        let me = phone.get("/v1/me").await.expect(200);
        assert_eq!(me["devices"][0]["push"], "ok", "{me:#}");
    }
    let incident = raise(&world, "right", HOME).await;
    for alert in alerts(&incident) {
        let phone = super::phone_of(&phones, alert);
        phone.delivery("alert", id(&incident)).await;
    }
    assert_eq!(push_health(&world).await["ok"], true);
    world.finish().await;
}

#[tokio::test]
async fn a_key_of_another_project_buries_none_of_five() {
    wrong_key(Fault::SenderIdMismatch, 5).await;
}

#[tokio::test]
async fn a_provider_to_whom_all_are_gone_buries_none_of_five() {
    wrong_key(Fault::Unregistered, 5).await;
}

#[tokio::test]
async fn a_provider_to_whom_all_are_gone_buries_none_of_forty() {
    wrong_key(Fault::Unregistered, 40).await;
}

/// 410 of a proxy before every browser's push service.
#[tokio::test]
async fn a_proxy_that_says_gone_for_all_browsers_buries_none_and_apps_are_asked() {
    let world = world(3).await;
    let mut browsers = Vec::new();
    for n in 0..5 {
        let north_m = 20.0 * f64::from(n);
        browsers.push(with_browser(&world, &format!("browser-{n}"), north_m).await);
    }
    let app = world.phone("app", 500.0).await;
    let faults = world.standin().faults();
    let before = refused(&world);
    faults.set(Rule::error(Fault::Html404));
    faults.set_for(&app.address, Rule::default());
    let incident = raise(&world, "proxy", HOME).await;
    world.desk.until_alert(id(&incident), &app, "sent").await;
    eventually("they are tried again and again", async || {
        (refused(&world) >= before + 9).then_some(())
    })
    .await;
    for phone in &browsers {
        let me = phone.get("/v1/me").await.expect(200);
        assert_eq!(me["devices"][0]["push"], "ok", "{me:#}");
    }
    faults.clear();
    let now = eventually("all that waited is sent", async || {
        let now = world.desk.incident(id(&incident)).await;
        (waiting(&now) == 0).then_some(now)
    })
    .await;
    assert!(in_state(&now, &["unreachable"]).is_empty(), "{now:#}");
    world.finish().await;
}
