//! The shapes of messages.

use muster_core::domain::failing_phone::{Attention, Failing};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::push::{Platform, PushAddress, PushKind, PushMessage};
use muster_core::domain::selection::Role;
use muster_core::domain::time::{Millis, Timestamp};
use serde_json::{Value, json};

use super::message::{body, warming_body};
use super::shape_tests::{departures, departures_from_discovery};

const KINDS: [PushKind; 6] = PushKind::ALL;
const PLATFORMS: [Platform; 3] = [Platform::Android, Platform::Ios, Platform::Web];

/// 2026-11-22T10:00:00.250Z.
const SENT_AT: Timestamp = Timestamp(1_795_341_600_250);

pub(super) fn push(kind: PushKind, platform: Platform) -> PushMessage {
    PushMessage {
        kind,
        alert: "alert-1".into(),
        incident: "incident-1".into(),
        version: 3,
        sent_at: SENT_AT,
        expires_at: SENT_AT + Millis(300_000),
        role: Role::Aed,
        exercise: false,
        responder: ResponderNo(424_242),
        device: "device-of-a-person".into(),
        platform,
        address: PushAddress::FcmToken("the-token".to_owned()),
        attention: None,
    }
}

fn json_of(push: &PushMessage) -> Value {
    serde_json::from_slice(&body(push).expect("a body")).expect("JSON")
}

fn data(kind: &str) -> Value {
    json!({
        "type": kind, "alert_id": "alert-1", "incident_id": "incident-1", "version": "3",
        "sent_at": "2026-11-22T10:00:00.250Z", "expires_at": "2026-11-22T10:05:00.250Z",
        "expires_in_s": "300", "role": "aed", "exercise": "false",
    })
}

#[test]
fn an_android_alert_is_data_only_and_urgent() {
    let expected = json!({"message": {
        "token": "the-token", "data": data("alert"),
        "android": {"priority": "HIGH", "ttl": "300s", "direct_boot_ok": true},
    }});
    assert_eq!(json_of(&push(PushKind::Alert, Platform::Android)), expected);
}

#[test]
fn an_ios_alert_is_a_visible_critical_alert() {
    let expected = json!({"message": {
        "token": "the-token", "data": data("alert"),
        "apns": {
            "headers": {
                "apns-priority": "10", "apns-push-type": "alert",
                "apns-expiration": "1795341900", "apns-collapse-id": "alert-1",
            },
            "payload": {"aps": {
                "alert": {"title-loc-key": "ALERT_TITLE", "loc-key": "ALERT_BODY"},
                "sound": {"critical": 1, "name": "alarm.caf", "volume": 1.0},
                "interruption-level": "critical", "mutable-content": 1,
                "category": "RESPONDER_ALERT", "thread-id": "incident-1",
            }},
        },
    }});
    assert_eq!(json_of(&push(PushKind::Alert, Platform::Ios)), expected);
}

#[test]
fn a_browser_known_to_fcm_gets_a_time_to_live_and_an_urgency() {
    let expected = json!({"message": {
        "token": "the-token", "data": data("stand_down"),
        "webpush": {"headers": {"TTL": "300", "Urgency": "high"}},
    }});
    assert_eq!(json_of(&push(PushKind::StandDown, Platform::Web)), expected);
}

#[test]
fn only_alerts_and_dangers_break_through_a_muted_iphone() {
    for kind in KINDS {
        let aps = json_of(&push(kind, Platform::Ios))["message"]["apns"]["payload"]["aps"].clone();
        let critical = matches!(kind, PushKind::Alert | PushKind::Danger);
        let level = if critical {
            "critical"
        } else {
            "time-sensitive"
        };
        assert_eq!(aps["interruption-level"], level, "{kind:?}");
        assert_eq!(aps["sound"]["critical"] == 1, critical, "{kind:?}");
    }
}

#[test]
fn an_exercise_is_marked_and_never_critical() {
    for kind in KINDS.into_iter().filter(|k| *k != PushKind::Attention) {
        let exercise = PushMessage {
            exercise: true,
            ..push(kind, Platform::Ios)
        };
        let message = json_of(&exercise)["message"].clone();
        let aps = &message["apns"]["payload"]["aps"];
        assert_eq!(message["data"]["exercise"], "true");
        assert_eq!(aps["interruption-level"], "time-sensitive");
        assert!(aps["sound"].is_string());
        let title = aps["alert"]["title-loc-key"].as_str().expect("a key");
        assert!(title.starts_with("EXERCISE_"), "{title}");
    }
}

#[test]
fn all_that_is_of_an_incident_wakes_a_sleeping_android() {
    for kind in KINDS {
        let message = json_of(&push(kind, Platform::Android))["message"].clone();
        let priority = if matches!(kind, PushKind::Test | PushKind::Attention) {
            "NORMAL"
        } else {
            "HIGH"
        };
        assert_eq!(message["android"]["priority"], priority, "{kind:?}");
        assert!(message.get("notification").is_none());
        assert!(message["android"].get("collapse_key").is_none());
    }
}

#[test]
fn a_word_about_a_failing_phone_names_it_and_why() {
    let message = PushMessage {
        attention: Some(Attention {
            device: "d-2".into(),
            why: Failing::PushDead,
        }),
        ..push(PushKind::Attention, Platform::Android)
    };
    let said = json_of(&message)["message"]["data"].clone();
    let mut expected = data("attention");
    expected["device_id"] = "d-2".into();
    expected["why"] = "push_dead".into();
    assert_eq!(said, expected);
}

#[test]
fn the_time_to_live_is_never_negative_nor_longer_than_fcm_allows() {
    let living = |span: i64| {
        let expires_at = SENT_AT + Millis(span);
        let message = PushMessage {
            expires_at,
            ..push(PushKind::Alert, Platform::Android)
        };
        json_of(&message)["message"].clone()
    };
    assert_eq!(living(-5_000)["android"]["ttl"], "0s");
    assert_eq!(living(-5_000)["data"]["expires_in_s"], "0");
    assert_eq!(living(999)["android"]["ttl"], "0s");
    assert_eq!(living(i64::MAX)["android"]["ttl"], "2419200s");
}

#[test]
fn an_installation_id_takes_the_place_of_the_token() {
    let address = PushAddress::FcmFid("the-fid".to_owned());
    let message = PushMessage {
        address,
        ..push(PushKind::Alert, Platform::Android)
    };
    let body = json_of(&message);
    assert_eq!(body["message"]["fid"], "the-fid");
    assert!(body["message"].get("token").is_none());
}

#[test]
fn a_collapse_id_apns_would_refuse_is_left_out() {
    let message = PushMessage {
        alert: (&*"a".repeat(65)).into(),
        ..push(PushKind::Alert, Platform::Ios)
    };
    let headers = json_of(&message)["message"]["apns"]["headers"].clone();
    assert!(headers.get("apns-collapse-id").is_none());
}

#[test]
fn a_browsers_own_subscription_is_not_for_fcm() {
    let address = PushAddress::Webpush {
        endpoint: "https://push.example/1".to_owned(),
        p256dh: String::new(),
        auth: String::new(),
    };
    let message = PushMessage {
        address,
        ..push(PushKind::Alert, Platform::Web)
    };
    assert_eq!(body(&message), Err("no_sender_for_webpush"));
}

fn every_message() -> Vec<Value> {
    let mut all = vec![serde_json::from_slice(&warming_body().expect("a body")).expect("JSON")];
    for (kind, platform) in KINDS.into_iter().flat_map(|k| PLATFORMS.map(|p| (k, p))) {
        let addresses = [
            PushAddress::FcmToken("the-token".to_owned()),
            PushAddress::FcmFid("the-fid".to_owned()),
        ];
        for (address, exercise) in addresses
            .into_iter()
            .flat_map(|a| [(a.clone(), true), (a, false)])
        {
            all.push(json_of(&PushMessage {
                address,
                exercise,
                ..push(kind, platform)
            }));
        }
    }
    all
}

#[test]
fn every_message_holds_only_fields_fcm_knows() {
    for message in every_message() {
        assert_eq!(departures(&message), Vec::<String>::new(), "{message}");
    }
}

#[test]
fn the_list_of_fields_catches_what_fcm_would_refuse() {
    for wrong in [
        json!({"message": {"token": "t", "colour": "red"}}),
        json!({"message": {"token": "t", "fid": "f"}}),
        json!({"message": {}}),
        json!({"message": {"token": "t", "data": {"version": 3}}}),
        json!({"message": {"token": "t", "data": {"google.x": "3"}}}),
        json!({"message": {"token": "t", "android": {"ttl": 300}}}),
        json!({"message": {"token": "t", "android": {"priority": "URGENT"}}}),
        json!({"message": {"token": "t", "apns": {"headers": {"apns-priority": 10}}}}),
    ] {
        assert_ne!(departures(&wrong), Vec::<String>::new(), "{wrong}");
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test may be pointed at Google's own document"
)]
fn every_message_agrees_with_googles_discovery_document_where_one_is_given() {
    let Ok(file) = std::env::var("MUSTER_FCM_DISCOVERY") else {
        return;
    };
    let text = std::fs::read(file).expect("the discovery document");
    let discovery: Value = serde_json::from_slice(&text).expect("JSON");
    for message in every_message() {
        let found = departures_from_discovery(&message, &discovery);
        assert_eq!(found, Vec::<String>::new(), "{message}");
    }
    let wrong = json!({"message": {"colour": "red"}});
    assert_ne!(
        departures_from_discovery(&wrong, &discovery),
        Vec::<String>::new()
    );
}

#[test]
fn no_message_names_a_person_or_a_phone_and_all_are_small() {
    for message in every_message() {
        let text = message.to_string();
        assert!(!text.contains("424242") && !text.contains("device-of-a-person"));
        assert!(text.len() < 2048, "{} bytes", text.len());
    }
}
