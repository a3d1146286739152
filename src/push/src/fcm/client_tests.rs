//! The sender against a stand-in for Google.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use muster_core::domain::push::{Platform, PushAddress, PushKind, PushMessage};
use muster_core::domain::time::Millis;
use muster_core::ports::{PushGateway as _, SendResult};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::message_tests::push;
use super::stand_in_tests::{Canned, StandIn};
use super::verdict::{later, refused};

const UNAUTHENTICATED: &str = r#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#;

fn alert() -> PushMessage {
    push(PushKind::Alert, Platform::Android)
}

fn taken() -> SendResult {
    SendResult::Taken {
        name: "projects/demo-1/messages/1".to_owned(),
    }
}

#[tokio::test]
async fn warming_proves_the_credentials_and_uses_every_connection() {
    let google = StandIn::start();
    let fcm = google.open();
    fcm.warm().await;
    assert_eq!(fcm.health(), Ok(()));
    let sends = google.seen.sends.lock().clone();
    assert_eq!(sends.len(), 2);
    assert!(sends.iter().all(|(_, body)| body["validate_only"] == true));
    assert_eq!(google.real_sends().len(), 0);
}

#[tokio::test]
async fn an_alert_is_taken_with_the_token_the_assertion_bought() {
    let google = StandIn::start();
    let fcm = google.open();
    assert_eq!(fcm.send(&alert()).await, taken());
    let sends = google.real_sends();
    assert_eq!(sends.len(), 1);
    assert_eq!(sends[0].0, "Bearer access-1");
    assert_eq!(sends[0].1["message"]["data"]["type"], "alert");

    let forms = google.seen.forms.lock().clone();
    let form = forms[0].strip_prefix(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=",
    );
    let parts: Vec<Value> = form
        .expect("the grant")
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        json!({"typ": "JWT", "alg": "RS256", "kid": "kid-1"})
    );
    assert_eq!(
        parts[1],
        json!({
            "iss": "muster@demo-1.example", "aud": format!("{}/token", google.url),
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "iat": 1_795_341_590, "exp": 1_795_345_190,
        })
    );
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_message_sent_again() {
    let google = StandIn::start();
    let fcm = google.open();
    fcm.warm().await;
    google.next(Canned::new(401, UNAUTHENTICATED));
    assert_eq!(fcm.send(&alert()).await, taken());
    let bearers: Vec<_> = google
        .real_sends()
        .into_iter()
        .map(|(bearer, _)| bearer)
        .collect();
    assert_eq!(bearers, ["Bearer access-1", "Bearer access-2"]);
}

#[tokio::test]
async fn a_burst_with_a_refused_token_asks_for_one_new_token() {
    let google = StandIn::start();
    let fcm = google.open();
    fcm.warm().await;
    for _ in 0..10 {
        google.next(Canned::new(401, UNAUTHENTICATED));
    }
    let alert = alert();
    let outcomes = futures_util::future::join_all((0..10).map(|_| fcm.send(&alert))).await;
    assert!(outcomes.iter().any(|outcome| *outcome == taken()));
    assert_eq!(google.seen.forms.lock().len(), 2);
}

#[tokio::test]
async fn credentials_refused_twice_are_reported_and_heal_with_the_next_success() {
    let google = StandIn::start();
    let fcm = google.open();
    fcm.warm().await;
    google.next(Canned::new(401, UNAUTHENTICATED));
    google.next(Canned::new(401, UNAUTHENTICATED));
    assert_eq!(
        fcm.send(&alert()).await,
        refused("unauthenticated", None, true)
    );
    assert!(
        fcm.health()
            .unwrap_err()
            .contains("refuses this service account")
    );
    assert_eq!(fcm.send(&alert()).await, taken());
    assert_eq!(fcm.health(), Ok(()));
}

#[tokio::test]
async fn a_project_that_may_not_send_shows_in_the_health() {
    let google = StandIn::start();
    let fcm = google.open();
    google.next(Canned::new(
        403,
        r#"{"error":{"status":"PERMISSION_DENIED"}}"#,
    ));
    let no = refused("permission_denied", None, true);
    assert_eq!(fcm.send(&alert()).await, no);
    assert!(
        fcm.health()
            .unwrap_err()
            .contains("refuses this service account")
    );
}

#[tokio::test]
async fn a_busy_provider_says_when_to_come_back() {
    let google = StandIn::start();
    let fcm = google.open();
    google.next(Canned {
        retry_after: Some("17"),
        ..Canned::new(503, "{}")
    });
    let expected = later("unavailable", Some(Millis::from_s(17)));
    assert_eq!(fcm.send(&alert()).await, expected);
}

#[tokio::test]
async fn a_page_in_html_from_the_edge_is_a_passing_trouble() {
    let google = StandIn::start();
    let fcm = google.open();
    google.next(Canned::new(502, "<html>Bad Gateway</html>"));
    assert_eq!(fcm.send(&alert()).await, later("unavailable", None));
    google.next(Canned::new(502, &"x".repeat(1_000_000)));
    assert_eq!(fcm.send(&alert()).await, later("unavailable", None));
}

#[tokio::test]
async fn a_dead_address_is_gone() {
    let google = StandIn::start();
    let fcm = google.open();
    let body =
        json!({"error": {"status": "NOT_FOUND", "details": [{"errorCode": "UNREGISTERED"}]}});
    google.next(Canned::new(404, &body.to_string()));
    assert_eq!(
        fcm.send(&alert()).await,
        SendResult::Gone {
            reason: "unregistered"
        }
    );
}

#[tokio::test]
async fn a_slow_token_endpoint_does_not_hold_up_alerts() {
    let google = StandIn::start();
    let fcm = google.open();
    fcm.warm().await;
    google.seen.token_asked.acquire().await.unwrap().forget();
    google.seen.token_gate.forget_permits(1000);
    let tokens = Arc::clone(&fcm.sender.tokens);
    let renewal = tokio::spawn(async move { tokens.renew(1).await });
    google.seen.token_asked.acquire().await.unwrap().forget();

    let sent = timeout(Duration::from_secs(5), fcm.send(&alert())).await;
    assert_eq!(sent, Ok(taken()));
    assert_eq!(google.real_sends()[0].0, "Bearer access-1");
    assert!(!renewal.is_finished());

    google.seen.token_gate.add_permits(1);
    renewal.await.unwrap().unwrap();
    assert_eq!(fcm.send(&alert()).await, taken());
    assert_eq!(google.real_sends()[1].0, "Bearer access-2");
}

#[tokio::test]
async fn a_failing_renewal_keeps_the_old_token() {
    let google = StandIn::start();
    let fcm = google.open();
    fcm.warm().await;
    *google.seen.token_refusal.lock() = Some(Canned::new(503, ""));
    assert!(fcm.sender.tokens.renew(1).await.is_err());
    assert_eq!(fcm.health(), Ok(()));
    assert_eq!(fcm.send(&alert()).await, taken());
}

#[tokio::test]
async fn without_a_token_the_outbox_has_the_message_back_and_the_operator_learns_why() {
    let google = StandIn::start();
    *google.seen.token_refusal.lock() = Some(Canned::new(400, r#"{"error":"invalid_grant"}"#));
    let fcm = google.open();
    assert_eq!(
        fcm.send(&alert()).await,
        later("no_token", Some(Millis::from_s(1)))
    );
    let sentence = fcm.health().unwrap_err();
    assert!(sentence.contains("400 (invalid_grant)"), "{sentence}");
    assert_eq!(google.real_sends().len(), 0);
}

#[tokio::test]
async fn a_provider_out_of_reach_shows_in_the_health() {
    let google = StandIn::start();
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = super::FcmSettings {
        base_url: format!("http://{nowhere}"),
        ..google.settings()
    };
    let fcm = super::Fcm::open(&settings, super::stand_in_tests::clock()).unwrap();
    for _ in 0..5 {
        assert_eq!(fcm.send(&alert()).await, later("network", None));
    }
    assert!(fcm.health().unwrap_err().contains("did not answer"));
}

#[tokio::test]
async fn a_browsers_own_subscription_is_refused_without_a_page() {
    let google = StandIn::start();
    let fcm = google.open();
    let address = PushAddress::Webpush {
        endpoint: "https://push.example/1".to_owned(),
        p256dh: String::new(),
        auth: String::new(),
    };
    let outcome = fcm.send(&PushMessage { address, ..alert() }).await;
    assert_eq!(outcome, refused("no_sender_for_webpush", None, false));
}

#[tokio::test]
async fn a_key_that_cannot_sign_stops_the_start_without_being_shown() {
    let google = StandIn::start();
    google.write_key("-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n");
    let error = super::Fcm::open(&google.settings(), super::stand_in_tests::clock()).unwrap_err();
    let sentence = error.to_string();
    assert!(
        sentence.contains("key.json") && !sentence.contains("U0VDUkVU"),
        "{sentence}"
    );
}

#[tokio::test]
async fn a_file_without_certificates_stops_the_start() {
    let google = StandIn::start();
    let settings = google.settings();
    let settings = super::FcmSettings {
        ca_file: Some(settings.service_account.clone()),
        ..settings
    };
    let error = super::Fcm::open(&settings, super::stand_in_tests::clock()).unwrap_err();
    assert!(matches!(error, super::FcmError::CaFile { .. }), "{error}");
}

#[test]
fn the_sender_is_not_opened_outside_a_runtime() {
    let opened = super::Fcm::open(
        &super::FcmSettings::new("key.json"),
        super::stand_in_tests::clock(),
    );
    assert!(matches!(opened, Err(super::FcmError::NoRuntime)));
}
