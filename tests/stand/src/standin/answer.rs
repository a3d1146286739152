//! The bodies that FCM answers with: the error codes of the HTTP v1 API, in the order in which
//! Google's SDKs look for them (`details`, `error.status`, `error.message`).

use super::faults::Fault;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer with its body in memory.
pub(super) type Answer = Response<Full<Bytes>>;

/// A JSON answer.
pub(super) fn json_answer(status: StatusCode, body: &Value) -> Answer {
    with_body(status, "application/json; charset=UTF-8", body.to_string())
}

/// An answer of any type.
pub(super) fn with_body(status: StatusCode, kind: &str, body: String) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    if let Ok(kind) = header::HeaderValue::from_str(kind) {
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    answer
}

/// `INVALID_ARGUMENT` that names the field at fault.
pub(super) fn bad_field(field: &str, description: &str) -> Answer {
    let details = json!([
        {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
         "errorCode": "INVALID_ARGUMENT"},
        {"@type": "type.googleapis.com/google.rpc.BadRequest",
         "fieldViolations": [{"field": field, "description": description}]},
    ]);
    error(
        StatusCode::BAD_REQUEST,
        "INVALID_ARGUMENT",
        description,
        &details,
    )
}

/// The access token is missing, unknown or over.
pub(super) fn unauthenticated() -> Answer {
    let words = "Request had invalid authentication credentials.";
    error(
        StatusCode::UNAUTHORIZED,
        "UNAUTHENTICATED",
        words,
        &json!([]),
    )
}

/// An error body in Google's shape.
pub(super) fn error(status: StatusCode, canonical: &str, words: &str, details: &Value) -> Answer {
    let code = status.as_u16();
    let body = json!({"error": {"code": code, "message": words, "status": canonical,
                                "details": details}});
    json_answer(status, &body)
}

/// An error body that says nothing about the message.
fn bare(status: StatusCode, canonical: &str) -> Answer {
    error(status, canonical, "scripted by the stand-in", &json!([]))
}

/// The page of an edge or a proxy.
fn html(status: StatusCode) -> Answer {
    let page = format!("<!DOCTYPE html><html><title>Error {status}!!1</title></html>");
    with_body(status, "text/html", page)
}

/// The answer of a scripted fault; `Hang` and `TakeThenDrop` never come here.
pub(super) fn of_fault(fault: Fault, retry_after_s: Option<u64>) -> Answer {
    let (status, canonical, code) = match fault {
        Fault::Unregistered => (StatusCode::NOT_FOUND, "NOT_FOUND", "UNREGISTERED"),
        Fault::InvalidArgument => {
            let words = "The registration token is not a valid FCM registration token";
            return bad_field("message.token", words);
        }
        Fault::SenderIdMismatch => (
            StatusCode::FORBIDDEN,
            "PERMISSION_DENIED",
            "SENDER_ID_MISMATCH",
        ),
        Fault::BadRequest => return bare(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT"),
        Fault::Forbidden => return bare(StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        Fault::NotFound => return bare(StatusCode::NOT_FOUND, "NOT_FOUND"),
        Fault::Html403 => return html(StatusCode::FORBIDDEN),
        Fault::Html404 => return html(StatusCode::NOT_FOUND),
        Fault::QuotaExceeded => (
            StatusCode::TOO_MANY_REQUESTS,
            "RESOURCE_EXHAUSTED",
            "QUOTA_EXCEEDED",
        ),
        Fault::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "UNAVAILABLE",
        ),
        Fault::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "INTERNAL"),
        Fault::ThirdPartyAuthError => (
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "THIRD_PARTY_AUTH_ERROR",
        ),
        Fault::Unauthenticated => return unauthenticated(),
        Fault::Html502 | Fault::Hang | Fault::TakeThenDrop => {
            return html(StatusCode::BAD_GATEWAY);
        }
    };
    let details = json!([{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
                          "errorCode": code}]);
    let mut answer = error(status, canonical, "scripted by the stand-in", &details);
    if let Some(seconds) = retry_after_s {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}
