//! Web Push from the raise to the words inside, through a push service that checks what a real one
//! checks and a browser that opens what it gets.

use crate::support::{Phone, World, call, eventually, text};
use muster_stand::standin::{Delivery, Fault, Rule, Subscription};
use serde_json::{Value, json};

/// Anna with a browser in place of an app; the browser's subscription.
async fn anna(world: &World) -> (Phone, Subscription) {
    let anna = world.phone("anna", 140.0).await;
    let key = anna.get("/v1/push/webpush").await.expect(200);
    let key = text(&key, "public_key").to_owned();
    assert_eq!(key.len(), 87, "an uncompressed point");
    let browser = world.standin().browser("browser-1", Some(key));
    subscribe(&anna, &browser).await.expect(200);
    (anna, browser)
}

async fn subscribe(phone: &Phone, browser: &Subscription) -> crate::support::Reply {
    let body = json!({"platform": "web", "push": {"webpush": browser}});
    phone
        .put(&format!("/v1/me/devices/{}", phone.device), &body)
        .await
}

/// Waits for a push of this kind at the browser.
async fn arrives(world: &World, kind: &str) -> Delivery {
    eventually(&format!("`{kind}` at the browser"), async || {
        let pushes = world.standin().messages(0).into_iter();
        pushes
            .rev()
            .find(|push| push.address == "browser-1" && push.datum("type") == kind)
    })
    .await
}

#[tokio::test]
async fn a_browser_is_woken_with_the_same_words_as_an_app() {
    let world = World::start().await;
    let (anna, _) = anna(&world).await;
    let id = world.desk.raise(&call()).await;
    let push = arrives(&world, "alert").await;
    let names: Vec<_> = push.data.keys().map(String::as_str).collect();
    let expected = [
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
    assert_eq!(names, expected);
    assert_eq!(
        (push.datum("incident_id"), push.datum("role")),
        (id.as_str(), "cpr")
    );
    let sent = &push.message["webpush"];
    assert_eq!(sent["urgency"], "high");
    let ttl = sent["ttl"].as_i64().unwrap();
    assert!((590..=600).contains(&ttl), "{ttl}");
    let alert = push.datum("alert_id").to_owned();
    anna.does(&alert, "accept").await;
    world.desk.close(&id, "stood_down").await;
    let over = arrives(&world, "stand_down").await;
    assert_eq!(over.datum("alert_id"), alert);
    assert_ne!(
        over.message["webpush"]["topic"], sent["topic"],
        "neither hides the other"
    );
    world.finish().await;
}

#[tokio::test]
async fn a_subscription_that_ended_is_buried_and_a_new_one_counts() {
    let world = World::start().await;
    let (anna, _) = anna(&world).await;
    world.standin().end_browser("browser-1");
    let first = world.desk.raise(&call()).await;
    let dead = eventually("the subscription is dead", async || {
        let me = anna.get("/v1/me").await.expect(200);
        (me["devices"][0]["push"] == "dead").then_some(me)
    })
    .await;
    assert_eq!(dead["devices"][0]["platform"], "web");
    let log = world.desk.log(&first).await;
    assert!(
        log.iter().any(|line| line["type"] == "push_failed"),
        "{log:?}"
    );
    world.desk.close(&first, "completed").await;
    let again = world.standin().browser("browser-1", None);
    subscribe(&anna, &again).await.expect(200);
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(me["devices"][0]["push"], "ok");
    let second = world.desk.raise(&call()).await;
    eventually("an alert at the new subscription", async || {
        let pushes = world.standin().messages(0).into_iter();
        pushes
            .rev()
            .find(|push| push.datum("incident_id") == second)
    })
    .await;
    world.finish().await;
}

#[tokio::test]
async fn a_busy_push_service_is_asked_again() {
    let world = World::start().await;
    let (_anna, _) = anna(&world).await;
    let busy = Rule::error_times(Fault::Unavailable, 2);
    world.standin().faults().set_for("browser-1", busy);
    world.desk.raise(&call()).await;
    arrives(&world, "alert").await;
    world.finish().await;
}

/// A page writes base64url, a script with `btoa` the other alphabet and padding; what is no key is
/// refused when it comes, and not found out with the first alert.
#[tokio::test]
async fn keys_are_checked_when_they_come_and_ordinary_base64_is_read() {
    let world = World::start().await;
    let anna = world.phone("anna", 140.0).await;
    // one whose keys differ in the two alphabets
    let mut names = (0..).map(|n| format!("browser-{n}"));
    let browser = names.find_map(|name| {
        let made = world.standin().browser(&name, None);
        let differs = |key: &str| key.contains(['-', '_']);
        (differs(&made.p256dh) && differs(&made.auth)).then_some((name, made))
    });
    let (name, good) = browser.unwrap();
    let ordinary = |key: &str| {
        let padding = "=".repeat((4 - key.len() % 4) % 4);
        key.replace('-', "+").replace('_', "/") + &padding
    };
    let as_btoa = Subscription {
        p256dh: ordinary(&good.p256dh),
        auth: ordinary(&good.auth),
        ..good.clone()
    };
    let wrong = [
        (good.auth.clone(), good.auth.clone(), "push.webpush.p256dh"),
        ("k".to_owned(), good.auth.clone(), "push.webpush.p256dh"),
        (good.p256dh.clone(), "a".to_owned(), "push.webpush.auth"),
        (
            good.p256dh.clone(),
            good.p256dh.clone(),
            "push.webpush.auth",
        ),
    ];
    for (p256dh, auth, field) in wrong {
        let bad = Subscription {
            p256dh,
            auth,
            ..good.clone()
        };
        let problem = subscribe(&anna, &bad).await.problem(400, "invalid");
        assert!(problem.to_string().contains(field), "{problem}");
    }
    let me = anna.get("/v1/me").await.expect(200);
    assert_eq!(me["devices"][0]["platform"], "android", "nothing changed");
    subscribe(&anna, &as_btoa).await.expect(200);
    let id = world.desk.raise(&call()).await;
    anna.delivery_to(&name, "alert", &id).await;
    world.finish().await;
}

#[tokio::test]
async fn an_address_inside_our_own_walls_is_never_called() {
    let world = World::start().await;
    let (anna, good) = anna(&world).await;
    for endpoint in ["http://192.168.1.1/x", "ftp://push.example/x", "push"] {
        let bad = Subscription {
            endpoint: endpoint.to_owned(),
            ..good.clone()
        };
        subscribe(&anna, &bad).await.problem(400, "invalid");
    }
    // a simulated server calls nobody but its own machine
    let outside = Subscription {
        endpoint: "https://push.example.invalid/x".to_owned(),
        ..good.clone()
    };
    subscribe(&anna, &outside).await.expect(200);
    let inside = Subscription {
        endpoint: "https://10.0.0.1/x".to_owned(),
        ..good
    };
    subscribe(&anna, &inside).await.expect(200);
    let id = world.desk.raise(&call()).await;
    let failed = world.desk.logged(&id, "push_failed").await;
    assert!(
        failed.to_string().contains("endpoint_not_public"),
        "{failed}"
    );
    let me: Value = anna.get("/v1/me").await.expect(200);
    assert_eq!(me["devices"][0]["push"], "dead");
    world.finish().await;
}
