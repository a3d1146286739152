//! The control API, for tests that are not in this process.

use super::Shared;
use super::answer::{Answer, json_answer};
use super::faults::FaultOrder;
use crate::clock::monotonic_ns;
use hyper::StatusCode;
use serde_json::json;
use tokio::time::Instant;

/// Messages per page.
const PAGE: usize = 5_000;

/// `POST /control/faults`.
pub(super) fn faults(shared: &Shared, body: &[u8]) -> Answer {
    match serde_json::from_slice::<FaultOrder>(body) {
        Ok(order) => {
            shared.faults.apply(order);
            json_answer(StatusCode::OK, &json!({"ok": true}))
        }
        Err(e) => json_answer(StatusCode::BAD_REQUEST, &json!({"error": e.to_string()})),
    }
}

/// `GET /control/arrivals?after=N`: how many were taken so far, and when the first and the last with
/// a number above N arrived, in nanoseconds of the machine's monotonic clock.
pub(super) fn arrivals(shared: &Shared, query: Option<&str>) -> Answer {
    let arrivals = shared.record.arrivals(after(query));
    let now_ns = monotonic_ns();
    let stamp = |at: Instant| {
        let ago = u64::try_from(at.elapsed().as_nanos()).unwrap_or(u64::MAX);
        now_ns.saturating_sub(ago)
    };
    let (first, last) = arrivals.span.unzip();
    let body = json!({"taken": arrivals.taken, "first_ns": first.map(stamp),
                      "last_ns": last.map(stamp)});
    json_answer(StatusCode::OK, &body)
}

/// `POST /control/token`: an access token without an assertion, for senders that bring none.
pub(super) fn token(shared: &Shared) -> Answer {
    let body = json!({"access_token": shared.tokens.issue(),
                      "expires_in": shared.config.access_token_s});
    json_answer(StatusCode::OK, &body)
}

/// `GET /control/messages?after=N`: oldest first; `next` is the `after` of the next page.
pub(super) fn messages(shared: &Shared, query: Option<&str>) -> Answer {
    let after = after(query);
    let items: Vec<_> = shared
        .record
        .after(after)
        .into_iter()
        .take(PAGE)
        .map(|m| {
            json!({"seq": m.seq, "address": m.address, "project": m.project, "data": m.data,
                   "age_ms": u64::try_from(m.arrived.elapsed().as_millis()).unwrap_or(u64::MAX),
                   "message": *m.message})
        })
        .collect();
    let next = items.last().map_or(json!(after), |m| m["seq"].clone());
    json_answer(StatusCode::OK, &json!({"items": items, "next": next}))
}

fn after(query: Option<&str>) -> u64 {
    let mut pairs = query.unwrap_or_default().split('&');
    let after = pairs.find_map(|pair| pair.strip_prefix("after="));
    after.and_then(|n| n.parse().ok()).unwrap_or(0)
}
