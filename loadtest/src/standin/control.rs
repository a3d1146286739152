//! The control API, for tests that are not in this process.

use super::Shared;
use super::answer::{Answer, json_answer};
use super::faults::FaultOrder;
use hyper::StatusCode;
use serde_json::json;

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

/// `GET /control/messages?after=N`: oldest first; `next` is the `after` of the next page.
pub(super) fn messages(shared: &Shared, query: Option<&str>) -> Answer {
    let mut pairs = query.unwrap_or_default().split('&');
    let after = pairs.find_map(|pair| pair.strip_prefix("after="));
    let after = after.and_then(|n| n.parse().ok()).unwrap_or(0);
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
