//! A whole small world for one test: the built `muster` on a free port with its own data folder,
//! the push stand-in beside it, and people who use both as outsiders do.
//!
//! ```ignore
//! let world = World::with(|settings| settings.plan(|plan| plan.answer_window_s = 1.0)).await;
//! let anna = world.phone("anna", 100.0).await;           // 100 m north of HOME, ready to be asked
//! let id = world.desk.raise(&call()).await;               // 201, the id
//! let alert = anna.receives("alert", &id).await;          // the push, or a panic at the deadline
//! anna.does(&alert, "accept").await;                      // 200, the alert as disclosed now
//! world.desk.until(&id, "covered", |i| i["state"] == "covered").await;
//! world.finish().await;                                   // polite stop; the log must be clean
//! ```
//!
//! Nothing here sleeps for a fixed time: [`eventually`] looks again until it is so. A dropped
//! world kills its server by pid. Worlds share nothing, so tests run side by side.

mod channel;
mod crowd;
mod desk;
mod feed;
mod http;
mod phone;
mod settings;
mod world;

pub(crate) use channel::Channel;
pub(crate) use desk::{Desk, alert_of};
pub(crate) use feed::{Event, Feed};
pub(crate) use http::{Caller, Reply};
pub(crate) use phone::Phone;
pub(crate) use settings::Settings;
pub(crate) use world::{World, binary};

use muster_stand::geo::LatLon;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// The organisation of every actor unless a test says otherwise.
pub(crate) const ORG: &str = "org-1";
/// Where [`call`] is from. Its digits must never stand in a log.
pub(crate) const HOME: LatLon = LatLon {
    lat: 36.8529,
    lon: -75.9780,
};
/// How long [`eventually`] waits: generous, because many worlds run side by side on a slow machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Looks until there is something to return; panics in the words of `what` at the deadline.
pub(crate) async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(DEADLINE, what, look).await
}

/// The same with another deadline.
pub(crate) async fn within<T>(
    deadline: Duration,
    what: &str,
    look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let found = within_or(deadline, look).await;
    found.unwrap_or_else(|| panic!("never so within {deadline:?}: {what}"))
}

/// The same; `None` at the deadline.
async fn within_or<T>(deadline: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + deadline;
    loop {
        let found = look().await;
        if found.is_some() || Instant::now() > until {
            return found;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The contract's example call at [`HOME`], without a `source` (so that calls may be repeated) and
/// without `called_at`. Change it by index: `call["kind"] = json!("fall")`.
pub(crate) fn call() -> Value {
    json!({
        "kind": "cardiac_arrest",
        "location": {"lat": HOME.lat, "lon": HOME.lon, "uncertainty_m": 15},
        "address": {"line": "1 Main Street", "place_name": "Harbour flats",
                    "grid": "///filled.count.soap", "floor": "3", "entry_code": "4711",
                    "notes": "blue door"},
        "patient": {"age_y": 61}, "scene": "safe", "place": "private", "ems_eta_s": 540,
        "exercise": false
    })
}

/// [`call`] so many metres north of [`HOME`].
pub(crate) fn call_at(north_m: f64) -> Value {
    let mut call = call();
    let place = HOME.offset_m(north_m, 0.0);
    call["location"] = json!({"lat": place.lat, "lon": place.lon});
    call
}

/// Text of a string field; panics when it is none.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    let found = value[field].as_str();
    found.unwrap_or_else(|| panic!("no text `{field}` in {value}"))
}

/// The names of an object's fields, sorted.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

/// A number that no other call in this process gets.
pub(crate) fn fresh() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
