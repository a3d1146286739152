//! Sealing, against RFC 8291's own example and against what a browser would do.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use muster_core::domain::ids::{AlertId, DeviceId, IncidentId, ResponderNo};
use muster_core::domain::push::{Platform, PushAddress, PushKind, PushMessage};
use muster_core::domain::selection::Role;
use muster_core::domain::time::Timestamp;
use serde_json::Value;
use web_push_native::{Auth, decrypt, p256};

use super::message::seal;

fn push(kind: PushKind, alert: &str) -> PushMessage {
    PushMessage {
        kind,
        alert: AlertId::from(alert),
        incident: IncidentId::from("i-1"),
        version: 7,
        sent_at: Timestamp(1_900_000_000_000),
        expires_at: Timestamp(1_900_000_600_000),
        role: Role::Aed,
        exercise: false,
        responder: ResponderNo(1),
        device: DeviceId::from("d"),
        platform: Platform::Web,
        address: PushAddress::FcmToken(String::new()),
        attention: None,
    }
}

/// A browser's keys: the secret one, and both as its subscription shows them.
fn browser() -> (p256::SecretKey, String, [u8; 16], String) {
    // any number below the order of the curve is a key
    let secret = p256::SecretKey::from_slice(&[7; 32]).unwrap();
    let public = secret.public_key().to_sec1_bytes();
    let shared = [9; 16];
    (
        secret,
        URL_SAFE_NO_PAD.encode(public),
        shared,
        URL_SAFE_NO_PAD.encode(shared),
    )
}

/// RFC 8291, section 5: the example's message opens with the example's keys, so the derivation of
/// keys and nonces that sealing shares with opening is the RFC's.
#[test]
fn the_example_of_rfc_8291_opens() {
    let read = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let body = read(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6\
         TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy\
         4a-fN",
    );
    let secret = read("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
    let secret = p256::SecretKey::from_slice(&secret).unwrap();
    let auth = read("BTBZMqHH6r4Tts7J_aSIgg");
    let plain = decrypt(body, &secret, Auth::from_slice(&auth)).unwrap();
    assert_eq!(plain, b"When I grow up, I want to be a watermelon");
}

#[test]
fn a_browser_opens_what_is_sealed_for_it_and_finds_the_words_of_every_push() {
    let (secret, p256dh, shared, auth) = browser();
    let sealed = seal(&push(PushKind::Alert, "a-1"), &p256dh, &auth).unwrap();
    assert_eq!(sealed.ttl_s, 600);
    let plain = decrypt(sealed.body, &secret, Auth::from_slice(&shared)).unwrap();
    let words: Value = serde_json::from_slice(&plain).unwrap();
    let expected = serde_json::json!({
        "type": "alert", "alert_id": "a-1", "incident_id": "i-1", "version": "7",
        "sent_at": "2030-03-17T17:46:40.000Z", "expires_at": "2030-03-17T17:56:40.000Z",
        "expires_in_s": "600", "role": "aed", "exercise": "false",
    });
    assert_eq!(words, expected);
}

#[test]
fn no_two_messages_are_sealed_alike_and_nobody_else_opens_them() {
    let (secret, p256dh, _, auth) = browser();
    let message = push(PushKind::Alert, "a-1");
    let seal_it = || seal(&message, &p256dh, &auth).unwrap().body;
    assert_ne!(seal_it(), seal_it());
    let other = p256::SecretKey::from_slice(&[8; 32]).unwrap();
    assert!(decrypt(seal_it(), &other, Auth::from_slice(&[9; 16])).is_err());
    assert!(decrypt(seal_it(), &secret, Auth::from_slice(&[1; 16])).is_err());
}

#[test]
fn a_topic_is_one_alerts_and_one_kinds_and_fits() {
    let (_, p256dh, _, auth) = browser();
    let topic = |kind, alert| seal(&push(kind, alert), &p256dh, &auth).unwrap().topic;
    let first = topic(PushKind::Alert, "a-1");
    assert_eq!(first.len(), 32);
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(first.chars().all(letters), "{first}");
    assert_eq!(first, topic(PushKind::Alert, "a-1"));
    assert_ne!(first, topic(PushKind::StandDown, "a-1"));
    assert_ne!(first, topic(PushKind::Alert, "a-2"));
}

#[test]
fn keys_are_read_with_and_without_padding_and_bad_ones_are_named() {
    let (_, p256dh, shared, auth) = browser();
    let message = push(PushKind::Alert, "a-1");
    let padded = URL_SAFE.encode(shared);
    assert!(padded.ends_with('='));
    assert!(seal(&message, &p256dh, &padded).is_ok());
    let not_on_the_curve = URL_SAFE_NO_PAD.encode([4; 65]);
    for (key, secret) in [
        ("?", &auth),
        ("", &auth),
        (not_on_the_curve.as_str(), &auth),
    ] {
        assert_eq!(seal(&message, key, secret).unwrap_err(), "bad_key");
    }
    assert_eq!(seal(&message, &p256dh, "AAAA").unwrap_err(), "bad_key");
}
