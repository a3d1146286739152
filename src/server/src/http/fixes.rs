//! Positions, and the bound on how many of them one phone may send.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use muster_core::dispatch::{RejectedFix, ReportedFix};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::time::Timestamp;
use parking_lot::Mutex;

use super::body::Body;
use super::error::{ApiError, Code, Problem};
use super::extract::Responder;
use super::state::Web;
use crate::wire::{self, FixIn, FixesAccepted, FixesIn, RejectedView};

/// Most positions in one message.
const FIXES_MAX: usize = 100;
/// Messages at once: a phone that comes back from a tunnel sends its queue.
const BURST: f64 = 20.0;
/// Messages a second in the long run; a phone on an incident sends one every few seconds.
const PER_S: f64 = 10.0;
/// Locks, so that the threads of the server do not queue for one.
const SHARDS: usize = 16;
/// Responders remembered per lock.
const REMEMBERED_MAX: usize = 20_000;

/// Reports positions; the newest good one counts.
#[utoipa::path(
    post, path = "/v1/me/fixes", tag = "me", request_body = FixesIn,
    responses((status = 202, body = FixesAccepted),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`, `too_many_fixes`"),
        (status = 404, body = Problem, description = "`not_enrolled`"),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(super) async fn report(
    web: web::Data<Web>,
    me: Responder,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let taken = take(&web, &me, || body.read()).await?;
    Ok(HttpResponse::Accepted().json(taken))
}

/// Takes a message of positions, however it came; it is read once the bound allows.
pub(super) async fn take(
    web: &Web,
    me: &Responder,
    read: impl FnOnce() -> Result<FixesIn, ApiError>,
) -> Result<FixesAccepted, ApiError> {
    if !web.flood.admits(me.no, web.now()) {
        return Err(Code::TooManyRequests.into());
    }
    let message = read()?;
    wire::id("device_id", message.device_id)?;
    if message.fixes.len() > FIXES_MAX {
        return Err(Code::TooManyFixes.into());
    }
    let fixes: Vec<_> = message.fixes.iter().map(reported).collect();
    let rejected = web
        .dispatch
        .report_fixes(me.no, message.sent_at.0, &fixes)
        .await;
    let rejected = rejected.iter().map(view).collect();
    Ok(FixesAccepted::of(fixes.len(), rejected))
}

/// The position in the use-case's words.
pub(super) fn reported(fix: &FixIn) -> ReportedFix {
    ReportedFix {
        lat: fix.lat,
        lon: fix.lon,
        accuracy_m: fix.accuracy_m,
        at: fix.at.0,
    }
}

fn view(rejected: &RejectedFix) -> RejectedView {
    RejectedView {
        index: rejected.index,
        code: rejected.why.as_str(),
    }
}

/// How much each responder may still send, as of when.
type Shard = Mutex<HashMap<ResponderNo, (f64, Timestamp)>>;

/// One bucket of messages per responder, so that one phone's flood slows nobody else.
#[derive(Default)]
pub(super) struct Flood {
    shards: [Shard; SHARDS],
}

impl Flood {
    /// Takes one message from the responder's bucket, if one is left.
    pub(super) fn admits(&self, who: ResponderNo, now: Timestamp) -> bool {
        let filled = |(left, at): (f64, Timestamp)| {
            let seconds = (now - at).0.max(0) as f64 / 1000.0;
            (left + seconds * PER_S).min(BURST)
        };
        let shard = usize::try_from(who.0 % SHARDS as u64).unwrap_or_default();
        let mut shard = self.shards[shard].lock();
        if shard.len() >= REMEMBERED_MAX {
            // a full bucket is as good as none
            shard.retain(|_, bucket| filled(*bucket) < BURST);
        }
        let left = shard.get(&who).map_or(BURST, |bucket| filled(*bucket));
        let admitted = left >= 1.0;
        shard.insert(who, (if admitted { left - 1.0 } else { left }, now));
        admitted
    }
}

#[cfg(test)]
mod tests {
    use muster_core::domain::time::Millis;

    use super::*;

    #[test]
    fn a_flood_of_one_phone_is_cut_and_others_are_not() {
        let (flood, now) = (Flood::default(), Timestamp(1_000_000));
        let (loud, quiet) = (ResponderNo(1), ResponderNo(17));
        let admitted = (0..100).filter(|_| flood.admits(loud, now)).count();
        assert_eq!(admitted, 20);
        assert!(flood.admits(quiet, now), "even behind the same lock");
        assert!(!flood.admits(loud, now + Millis(50)));
        assert!(flood.admits(loud, now + Millis(100)));
    }
}
