//! What an answer of FCM means for the push: taken, an address that is gone, or later. Whether a
//! service is believed that an address is gone: `trust.rs`.

use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Later, SendResult};
use serde::Deserialize;

/// 429 without `Retry-After`: the quota refills within the minute.
const QUOTA_WAIT: Millis = Millis::from_s(60);
/// The least and the most we believe of a `Retry-After`.
const WAIT: std::ops::RangeInclusive<i64> = 1..=3600;

/// What an answer of FCM means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This became of the push.
    Done(SendResult),
    /// The access token was refused: renew it once and send again.
    TokenRefused,
}

/// `Retry-After`, as seconds or as a date, held to sane bounds.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Millis> {
    let header = header.trim();
    let seconds = if let Ok(seconds) = header.parse::<i64>() {
        seconds
    } else {
        let date = jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(header)
            .ok()?;
        Millis(
            date.as_millisecond()
                .saturating_sub(now.0)
                .saturating_add(999),
        )
        .as_s()
    };
    Some(Millis::from_s(seconds.clamp(*WAIT.start(), *WAIT.end())))
}

#[derive(Deserialize)]
struct Success {
    name: String,
}

#[derive(Deserialize)]
struct Failure {
    error: Problem,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Problem {
    status: String,
    message: String,
    details: Vec<Detail>,
}

/// Every kind of detail in one: only these fields matter.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    error_code: Option<String>,
    field_violations: Vec<Violation>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Violation {
    field: String,
}

impl Problem {
    /// The request was fine but for the address.
    fn blames_the_address(&self) -> bool {
        let fields = || {
            self.details
                .iter()
                .flat_map(|detail| &detail.field_violations)
        };
        fields().any(|at| matches!(&*at.field, "message.token" | "message.fid"))
            || self.message.contains("not a valid FCM registration token")
    }
}

/// Reads an answer the way Google's own SDKs do: `FcmError.errorCode`, else `error.status`, else the
/// HTTP status (an edge may answer in HTML).
pub(super) fn verdict(status: u16, wait: Option<Millis>, body: &[u8]) -> Verdict {
    if (200..300).contains(&status) {
        return Verdict::Done(match serde_json::from_slice::<Success>(body) {
            Ok(Success { name }) => SendResult::Taken { name },
            // A portal or a proxy, not FCM. The phone drops what it has already seen.
            Err(_) => later("not_an_answer", wait),
        });
    }
    let problem = serde_json::from_slice::<Failure>(body)
        .map(|failure| failure.error)
        .unwrap_or_default();
    let mut codes = problem
        .details
        .iter()
        .filter_map(|detail| detail.error_code.as_deref());
    codes
        .find_map(|code| by_code(code, &problem, wait))
        .or_else(|| by_code(&problem.status, &problem, wait))
        .unwrap_or_else(|| by_status(status, wait))
}

/// By the words of FCM's `ErrorCode` and of Google's canonical codes.
///
/// Only `UNREGISTERED`, and `INVALID_ARGUMENT` that names the address, blame the address. Another
/// project's key, a proxy and a payload of ours look like everything else: it must neither empty
/// the ledger of its devices nor end an alert.
fn by_code(code: &str, problem: &Problem, wait: Option<Millis>) -> Option<Verdict> {
    Some(Verdict::Done(match code {
        "UNREGISTERED" => gone("unregistered"),
        // of a single phone whose app was built for another project, or of our key file
        "SENDER_ID_MISMATCH" => refused("sender_id_mismatch", wait, false),
        "INVALID_ARGUMENT" if problem.blames_the_address() => gone("invalid_address"),
        "INVALID_ARGUMENT" | "OUT_OF_RANGE" => refused("invalid_argument", wait, true),
        "THIRD_PARTY_AUTH_ERROR" | "APNS_AUTH_ERROR" => refused("third_party_auth", wait, true),
        "PERMISSION_DENIED" => refused("permission_denied", wait, true),
        "NOT_FOUND" => refused("not_found", wait, true),
        "FAILED_PRECONDITION" | "UNIMPLEMENTED" => refused("failed_precondition", wait, true),
        "QUOTA_EXCEEDED" | "RESOURCE_EXHAUSTED" => quota(wait),
        "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "ABORTED" | "CANCELLED" => later("unavailable", wait),
        "INTERNAL" | "UNKNOWN" | "UNSPECIFIED_ERROR" => later("internal", wait),
        "UNAUTHENTICATED" => return Some(Verdict::TokenRefused),
        _ => return None,
    }))
}

fn by_status(status: u16, wait: Option<Millis>) -> Verdict {
    Verdict::Done(match status {
        401 => return Verdict::TokenRefused,
        403 => refused("permission_denied", wait, true),
        404 => refused("not_found", wait, true),
        408 | 501..=599 => later("unavailable", wait),
        429 => quota(wait),
        400..=499 => refused("invalid_argument", wait, true),
        500 => later("internal", wait),
        // 1xx and 3xx: not FCM, but something in between.
        _ => later("not_an_answer", wait),
    })
}

fn gone(reason: &'static str) -> SendResult {
    SendResult::Gone { reason }
}

/// A no that does not name the address; `all`: nor can it be about the address.
pub(super) fn refused(reason: &'static str, after: Option<Millis>, all: bool) -> SendResult {
    SendResult::Later(Later {
        reason,
        after,
        refused: true,
        all,
    })
}

pub(super) fn later(reason: &'static str, after: Option<Millis>) -> SendResult {
    SendResult::Later(Later {
        reason,
        after,
        refused: false,
        all: false,
    })
}

fn quota(wait: Option<Millis>) -> SendResult {
    later("quota", Some(wait.unwrap_or(QUOTA_WAIT)))
}
