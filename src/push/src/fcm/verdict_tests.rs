//! Every row of FCM's error table, as bodies FCM was seen to send.

use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::SendResult;
use serde_json::json;

use super::verdict::{Verdict, refused, retry_after, verdict};

const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

fn gone(reason: &'static str) -> Verdict {
    Verdict::Done(SendResult::Gone { reason })
}

/// A no that concerns everybody.
fn no(reason: &'static str) -> Verdict {
    Verdict::Done(refused(reason, None, true))
}

fn later(reason: &'static str, after_s: Option<i64>) -> Verdict {
    Verdict::Done(super::verdict::later(reason, after_s.map(Millis::from_s)))
}

/// A failure with an `FcmError` among its details.
fn coded(http: u16, status: &str, code: &str) -> Vec<u8> {
    json!({"error": {"code": http, "message": "m", "status": status, "details": [
        {"@type": FCM_ERROR, "errorCode": code},
    ]}})
    .to_string()
    .into_bytes()
}

/// A failure without details.
fn bare(http: u16, status: &str, message: &str) -> Vec<u8> {
    json!({"error": {"code": http, "message": message, "status": status}})
        .to_string()
        .into_bytes()
}

fn violation(field: &str) -> Vec<u8> {
    json!({"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT", "details": [
        {"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": "d"}]},
        {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"},
    ]}})
    .to_string()
    .into_bytes()
}

#[test]
fn every_error_code_of_fcm_has_its_outcome() {
    let rows = [
        (404, "NOT_FOUND", "UNREGISTERED", gone("unregistered")),
        (
            403,
            "PERMISSION_DENIED",
            "SENDER_ID_MISMATCH",
            Verdict::Done(refused("sender_id_mismatch", None, false)),
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "INVALID_ARGUMENT",
            no("invalid_argument"),
        ),
        (
            401,
            "UNAUTHENTICATED",
            "THIRD_PARTY_AUTH_ERROR",
            no("third_party_auth"),
        ),
        (
            401,
            "UNAUTHENTICATED",
            "APNS_AUTH_ERROR",
            no("third_party_auth"),
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "QUOTA_EXCEEDED",
            later("quota", Some(60)),
        ),
        (500, "INTERNAL", "INTERNAL", later("internal", None)),
        (
            503,
            "UNAVAILABLE",
            "UNAVAILABLE",
            later("unavailable", None),
        ),
        (
            500,
            "INTERNAL",
            "UNSPECIFIED_ERROR",
            later("internal", None),
        ),
    ];
    for (http, status, code, expected) in rows {
        assert_eq!(
            verdict(http, None, &coded(http, status, code)),
            expected,
            "{code}"
        );
    }
}

#[test]
fn an_unknown_error_code_falls_back_to_the_status_word() {
    let body = coded(503, "UNAVAILABLE", "SOMETHING_NEW");
    assert_eq!(verdict(503, None, &body), later("unavailable", None));
}

#[test]
fn an_unknown_status_word_falls_back_to_the_http_status() {
    let body = bare(429, "SOMETHING_NEW", "m");
    assert_eq!(verdict(429, None, &body), later("quota", Some(60)));
}

#[test]
fn the_error_code_outranks_the_http_status() {
    let body = coded(500, "INTERNAL", "UNREGISTERED");
    assert_eq!(verdict(500, None, &body), gone("unregistered"));
}

#[test]
fn an_invalid_argument_about_the_address_retires_the_address_only() {
    assert_eq!(
        verdict(400, None, &violation("message.token")),
        gone("invalid_address")
    );
    assert_eq!(
        verdict(400, None, &violation("message.fid")),
        gone("invalid_address")
    );
    let words = "The registration token is not a valid FCM registration token";
    let body = bare(400, "INVALID_ARGUMENT", words);
    assert_eq!(verdict(400, None, &body), gone("invalid_address"));
}

#[test]
fn an_invalid_argument_about_anything_else_calls_for_a_person() {
    for body in [
        violation("message.android.ttl"),
        violation("message.data[0].value"),
        bare(400, "INVALID_ARGUMENT", "Message is too big"),
    ] {
        assert_eq!(verdict(400, None, &body), no("invalid_argument"));
    }
}

#[test]
fn a_bare_not_found_or_forbidden_never_retires_a_device() {
    let body = bare(404, "NOT_FOUND", "Requested entity was not found.");
    assert_eq!(verdict(404, None, &body), no("not_found"));
    assert_eq!(verdict(404, None, b"<html>"), no("not_found"));
    let body = bare(
        403,
        "PERMISSION_DENIED",
        "FCM API has not been used in project",
    );
    assert_eq!(verdict(403, None, &body), no("permission_denied"));
    assert_eq!(verdict(403, None, b"<html>"), no("permission_denied"));
}

#[test]
fn a_plain_401_means_the_access_token() {
    let body = bare(401, "UNAUTHENTICATED", "invalid authentication credentials");
    assert_eq!(verdict(401, None, &body), Verdict::TokenRefused);
    assert_eq!(verdict(401, None, b""), Verdict::TokenRefused);
}

#[test]
fn answers_in_html_are_judged_by_their_status() {
    let rows = [
        (302, later("not_an_answer", None)),
        (400, no("invalid_argument")),
        (408, later("unavailable", None)),
        (413, no("invalid_argument")),
        (429, later("quota", Some(60))),
        (500, later("internal", None)),
        (502, later("unavailable", None)),
        (503, later("unavailable", None)),
        (504, later("unavailable", None)),
    ];
    for (http, expected) in rows {
        assert_eq!(verdict(http, None, b"<html>502</html>"), expected, "{http}");
    }
}

#[test]
fn the_providers_wish_is_honoured_for_every_later() {
    let wait = Some(Millis::from_s(7));
    for (http, reason) in [(429, "quota"), (500, "internal"), (503, "unavailable")] {
        assert_eq!(verdict(http, wait, b""), later(reason, Some(7)), "{http}");
    }
}

#[test]
fn a_success_carries_the_name_and_a_portal_is_no_success() {
    let body = br#"{"name":"projects/p/messages/1"}"#;
    let name = "projects/p/messages/1".to_owned();
    assert_eq!(
        verdict(200, None, body),
        Verdict::Done(SendResult::Taken { name })
    );
    assert_eq!(
        verdict(200, None, b"<html>log in</html>"),
        later("not_an_answer", None)
    );
}

#[test]
fn a_body_of_the_wrong_shape_is_judged_by_its_status() {
    for body in [
        &b"[]"[..],
        b"{}",
        br#"{"error":"x"}"#,
        br#"{"error":{"details":3}}"#,
        b"\xff",
    ] {
        assert_eq!(verdict(503, None, body), later("unavailable", None));
    }
}

#[test]
fn retry_after_is_read_as_seconds_or_as_a_date_within_bounds() {
    let now = Timestamp(784_111_777_000);
    let rows = [
        ("30", Some(30)),
        (" 30 ", Some(30)),
        ("0", Some(1)),
        ("-5", Some(1)),
        ("999999", Some(3600)),
        ("Sun, 06 Nov 1994 08:49:57 GMT", Some(20)),
        ("Sun, 06 Nov 1994 08:00:00 GMT", Some(1)),
        ("soon", None),
        ("", None),
    ];
    for (header, seconds) in rows {
        assert_eq!(
            retry_after(header, now),
            seconds.map(Millis::from_s),
            "{header:?}"
        );
    }
}

/// What FCM, an edge or a proxy may answer: every status, with every word of every list, naming
/// the address or not. Only an answer that names the address ends it; nothing ends the message.
#[test]
fn only_an_answer_that_names_the_address_ends_it() {
    let words = [
        "",
        "UNREGISTERED",
        "SENDER_ID_MISMATCH",
        "INVALID_ARGUMENT",
        "OUT_OF_RANGE",
        "THIRD_PARTY_AUTH_ERROR",
        "APNS_AUTH_ERROR",
        "PERMISSION_DENIED",
        "NOT_FOUND",
        "FAILED_PRECONDITION",
        "UNIMPLEMENTED",
        "QUOTA_EXCEEDED",
        "RESOURCE_EXHAUSTED",
        "UNAVAILABLE",
        "DEADLINE_EXCEEDED",
        "ABORTED",
        "CANCELLED",
        "INTERNAL",
        "UNKNOWN",
        "UNSPECIFIED_ERROR",
        "SOMETHING_NEW",
    ];
    let fields = [
        "",
        "message.token",
        "message.fid",
        "message.data",
        "message.android.ttl",
    ];
    let mut gone = 0;
    for http in [302, 400, 401, 403, 404, 410, 413, 429, 500, 503] {
        for (code, status) in words.iter().flat_map(|c| words.map(|s| (*c, s))) {
            for field in fields {
                let body = json!({"error": {"code": http, "status": status, "message": "m",
                    "details": [{"@type": FCM_ERROR, "errorCode": code},
                        {"@type": BAD_REQUEST, "fieldViolations": [{"field": field}]}]}});
                let known = |word: &str| !["", "SOMETHING_NEW", "UNAUTHENTICATED"].contains(&word);
                let word = if known(code) { code } else { status };
                let named = ["message.token", "message.fid"].contains(&field);
                let ends = word == "UNREGISTERED" || word == "INVALID_ARGUMENT" && named;
                let meant = verdict(http, None, body.to_string().as_bytes());
                let is_gone = matches!(meant, Verdict::Done(SendResult::Gone { .. }));
                assert_eq!(is_gone, ends, "{body}");
                gone += usize::from(is_gone);
            }
        }
    }
    for http in (100..200).chain(300..600) {
        for page in [
            &b"<html>404</html>"[..],
            b"",
            b"{}",
            b"UNREGISTERED",
            b"[404]",
        ] {
            let meant = verdict(http, None, page);
            let kept = matches!(
                meant,
                Verdict::Done(SendResult::Later(_)) | Verdict::TokenRefused
            );
            assert!(kept, "{http}: {meant:?}");
        }
    }
    assert!(gone > 0);
}
