//! The one map from what went wrong to what a client sees.
//!
//! Two texts per error: `title` and `detail` for the client, the cause for the log.
#![deny(clippy::wildcard_enum_match_arm)]

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use muster_core::domain::incident::Refusal;
use muster_core::ports::LedgerError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::invalid::Invalid;

macro_rules! codes {
    ($($name:ident = $status:ident $code:literal $title:literal;)*) => {
        /// What went wrong, as a stable word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        /// Every code that a client can meet; each has its section in `api/errors.md`.
        pub const CODES: &[&str] = &[$($code),*];

        impl Code {
            /// The stable word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// A sentence for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}
codes! {
    BadJson = BAD_REQUEST "bad_json" "The body is not JSON.";
    Invalid = BAD_REQUEST "invalid" "A value is missing or wrong.";
    BoxTooLarge = BAD_REQUEST "box_too_large" "The box is too large.";
    NotAWebSocket = BAD_REQUEST "not_a_websocket" "A WebSocket of a known sub-protocol is expected.";
    KeyMissing = BAD_REQUEST "idempotency_key_missing" "The header Idempotency-Key is required.";
    KeyTooLong = BAD_REQUEST "idempotency_key_too_long" "The header Idempotency-Key is too long.";
    TooManyFixes = BAD_REQUEST "too_many_fixes" "A message holds at most 100 positions.";
    EncryptedPayload = BAD_REQUEST "encrypted_payload" "An encrypted message cannot be read here.";
    Unauthenticated = UNAUTHORIZED "unauthenticated" "A valid token is required.";
    Forbidden = FORBIDDEN "forbidden" "The token's role may not do this.";
    WrongOrigin = FORBIDDEN "wrong_origin" "A session counts only on its own site.";
    NotFound = NOT_FOUND "not_found" "No such thing.";
    BadEnrolment = NOT_FOUND "code_unknown" "No such code, or it was used or is too old.";
    NotEnrolled = NOT_FOUND "not_enrolled" "The responder is not enrolled.";
    NoGeocoder = NOT_FOUND "no_geocoder" "No geocoder is configured.";
    NoBaseMap = NOT_FOUND "no_base_map" "No base map is configured.";
    MethodNotAllowed = METHOD_NOT_ALLOWED "method_not_allowed" "The method is not known here.";
    SlowBody = REQUEST_TIMEOUT "body_too_slow" "The body did not arrive in time.";
    AlreadyCovered = CONFLICT "already_covered" "Enough others accepted.";
    IncidentClosed = CONFLICT "incident_closed" "The incident is closed.";
    AlreadyEngaged = CONFLICT "already_engaged" "The responder is on another incident.";
    AlertEnded = CONFLICT "alert_ended" "The alert has ended.";
    AlertExpired = CONFLICT "alert_expired" "The alert has expired.";
    NotAccepted = CONFLICT "not_accepted" "The alert was not accepted.";
    NotHeld = CONFLICT "not_held" "The incident is not held.";
    SceneUnsafe = CONFLICT "scene_unsafe" "The scene is unsafe, and nobody took that upon themselves.";
    NotCorrectable = CONFLICT "not_correctable" "It never stood there, or the place is taken.";
    NotClosed = CONFLICT "not_closed" "The incident is not closed.";
    TooLateToReopen = CONFLICT "too_late_to_reopen" "The incident was closed too long ago.";
    IdTaken = CONFLICT "id_taken" "The id is in use.";
    FollowUpTaken = CONFLICT "follow_up_taken" "Somebody else has taken it.";
    FollowUpNotYours = CONFLICT "follow_up_not_yours" "You have not taken it.";
    TooManyTrackers = CONFLICT "too_many_trackers" "The responder has five trackers already.";
    StaleVersion = PRECONDITION_FAILED "stale_version" "Somebody changed it since.";
    BodyTooLarge = PAYLOAD_TOO_LARGE "body_too_large" "The body is over 64 KiB.";
    KeyMismatch = UNPROCESSABLE_ENTITY "idempotency_mismatch"
        "The idempotency key was used with another body.";
    TooManyRequests = TOO_MANY_REQUESTS "too_many_requests" "Too many requests.";
    Internal = INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side.";
    Unavailable = SERVICE_UNAVAILABLE "unavailable" "Try again in a moment; nothing was changed.";
    Deadline = SERVICE_UNAVAILABLE "deadline" "No answer in time.";
    OutcomeUnknown = SERVICE_UNAVAILABLE "outcome_unknown"
        "It may have taken effect: ask again, with the same key.";
    GeocoderSilent = SERVICE_UNAVAILABLE "geocoder_silent" "The geocoder does not answer.";
    Busy = SERVICE_UNAVAILABLE "busy" "Others are being answered; try again in a moment.";
    TooManyViewers = SERVICE_UNAVAILABLE "too_many_viewers" "The feed has too many viewers.";
    TooManyPhones = SERVICE_UNAVAILABLE "too_many_phones" "This node has no room for another phone.";
}

/// An error on its way to a client.
#[derive(Debug)]
pub struct ApiError {
    code: Code,
    /// For the client.
    detail: Option<String>,
    /// For the log.
    cause: Option<String>,
}

/// An error as the client sees it (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(example = "urn:muster:error:invalid")]
    pub kind: String,
    /// A sentence for people.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// A stable word for programs; see `api/errors.md`.
    #[schema(example = "invalid")]
    pub code: &'static str,
    /// What exactly; names the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Names the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ApiError {
    /// An error with a detail for the client.
    pub fn with_detail(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
            cause: None,
        }
    }

    /// An error of ours with a cause for the log only.
    pub fn with_cause(code: Code, cause: impl Into<String>) -> Self {
        Self {
            code,
            detail: None,
            cause: Some(cause.into()),
        }
    }

    /// The stable word.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What the client may know.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// What the log may know.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The answer, naming the request if it has a name.
    pub fn answer(&self, request_id: Option<&str>) -> HttpResponse {
        let code = self.code;
        let mut answer = HttpResponse::build(code.status());
        answer.content_type("application/problem+json");
        match code.status() {
            StatusCode::UNAUTHORIZED => {
                answer.insert_header((WWW_AUTHENTICATE, r#"Bearer realm="muster""#));
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                answer.insert_header((RETRY_AFTER, "1"));
            }
            _ => {}
        }
        let problem = Problem {
            kind: format!("urn:muster:error:{}", code.as_str()),
            title: code.title(),
            status: code.status().as_u16(),
            code: code.as_str(),
            detail: self.detail.clone(),
            request_id: request_id.map(str::to_owned),
        };
        // a Problem is strings and a number: it always has a JSON form
        answer.body(serde_json::to_string(&problem).unwrap_or_default())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.answer(None)
    }
}

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self {
            code,
            detail: None,
            cause: None,
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchAlert => Code::NotFound,
            Refusal::AlreadyCovered => Code::AlreadyCovered,
            Refusal::IncidentClosed => Code::IncidentClosed,
            Refusal::AlreadyEngaged => Code::AlreadyEngaged,
            Refusal::AlertEnded => Code::AlertEnded,
            Refusal::AlertExpired => Code::AlertExpired,
            Refusal::NotAccepted => Code::NotAccepted,
            Refusal::NotHeld => Code::NotHeld,
            Refusal::SceneUnsafe => Code::SceneUnsafe,
            Refusal::NotCorrectable => Code::NotCorrectable,
            Refusal::NotClosed => Code::NotClosed,
            Refusal::TooLateToReopen => Code::TooLateToReopen,
            Refusal::Stale => Code::StaleVersion,
        }
        .into()
    }
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Refused(refusal) => refusal.into(),
            LedgerError::NotFound => Code::NotFound.into(),
            LedgerError::Taken => Code::IdTaken.into(),
            LedgerError::NotYours => Code::FollowUpNotYours.into(),
            LedgerError::TooMany => Code::TooManyTrackers.into(),
            LedgerError::KeyMismatch => Code::KeyMismatch.into(),
            LedgerError::HoldsNul => {
                Self::with_detail(Code::Invalid, "a text holds a NUL character")
            }
            LedgerError::Unavailable(cause) => Self::with_cause(Code::Unavailable, cause),
            LedgerError::OutcomeUnknown(cause) => Self::with_cause(Code::OutcomeUnknown, cause),
            LedgerError::Broken(cause) => Self::with_cause(Code::Internal, cause),
        }
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        Self::with_detail(Code::Invalid, format!("{}: {}", invalid.field, invalid.why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const EXPLAINED: &str = include_str!("../../../../api/errors.md");

    #[test]
    fn every_code_is_one_of_a_kind_and_has_its_section() {
        let codes: BTreeSet<&str> = CODES.iter().copied().collect();
        assert_eq!(codes.len(), CODES.len());
        let sections: BTreeSet<&str> = EXPLAINED
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(codes, sections);
    }

    #[actix_web::test]
    async fn the_text_of_an_adapter_never_reaches_a_client() {
        for error in [
            LedgerError::Unavailable("/var/lib/secret".to_owned()),
            LedgerError::OutcomeUnknown("/var/lib/secret".to_owned()),
            LedgerError::Broken("/var/lib/secret".to_owned()),
        ] {
            let error = ApiError::from(error);
            assert_eq!(error.cause(), Some("/var/lib/secret"));
            let answer = error.answer(Some("r1"));
            let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
            let text = String::from_utf8(body.to_vec()).unwrap();
            assert!(!text.contains("secret") && text.contains("r1"), "{text}");
        }
    }

    #[test]
    fn a_busy_server_says_when_to_come_back_and_a_stranger_learns_what_is_missing() {
        let header = |answer: &HttpResponse, name: &str| {
            answer
                .headers()
                .get(name)
                .map(|value| value.as_bytes().to_vec())
        };
        let answer = ApiError::from(Code::Unavailable).answer(None);
        assert_eq!(answer.status().as_u16(), 503);
        assert_eq!(header(&answer, "retry-after").unwrap(), b"1");
        let answer = ApiError::from(Code::Unauthenticated).answer(None);
        assert!(header(&answer, "www-authenticate").is_some());
        assert_eq!(
            header(&answer, "content-type").unwrap(),
            b"application/problem+json"
        );
    }
}
