//! Positions from phones and trackers, and what is counted of them.

use actix_web::{HttpResponse, web};
use muster_core::dispatch::{FixMessage, RejectedFix};
use muster_core::domain::fix::{Rejected, ReportedFix, Sender};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::time::Timestamp;

use super::body::Body;
use super::error::{ApiError, Code, Problem};
use super::extract::Responder;
use super::flood::Source;
use super::state::Web;
use crate::wire::{self, FixIn, FixesAccepted, FixesIn, RejectedView};

/// Most positions in one message.
const FIXES_MAX: usize = 100;
const REJECTED: &str = "muster_fixes_rejected_total";
const ACCEPTED: &str = "muster_fixes_accepted_total";
const LIMITED: &str = "muster_fix_messages_limited_total";

/// Shows every counter from the start, so that one that grows is seen to grow.
pub(super) fn show_counters() {
    for why in Rejected::ALL {
        metrics::counter!(REJECTED, "code" => why.as_str()).increment(0);
    }
    for counter in [ACCEPTED, LIMITED, "muster_fixes_mocked_total"] {
        metrics::counter!(counter).increment(0);
    }
}

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
    let taken = of_phone(&web, &me, || body.read()).await?;
    Ok(HttpResponse::Accepted().json(taken))
}

/// Takes a message of a responder's own phone, however it came; it is read once the bound allows.
pub(super) async fn of_phone(
    web: &Web,
    me: &Responder,
    read: impl FnOnce() -> Result<FixesIn, ApiError>,
) -> Result<FixesAccepted, ApiError> {
    admit(web, Source::Phones(me.no))?;
    let message = read()?;
    let device = wire::id("device_id", message.device_id)?;
    if message.fixes.len() > FIXES_MAX {
        return Err(Code::TooManyFixes.into());
    }
    let fixes: Vec<_> = message.fixes.iter().map(reported).collect();
    let sent_at = Some(message.sent_at.0);
    let rejected = take(web, me.no, Sender::app(&device), sent_at, &fixes).await;
    let rejected = rejected.iter().map(view).collect();
    Ok(FixesAccepted::of(fixes.len(), rejected))
}

/// Lets in what is no flood.
pub(super) fn admit(web: &Web, source: Source) -> Result<(), ApiError> {
    if web.flood.admits(source) {
        return Ok(());
    }
    metrics::counter!(LIMITED).increment(1);
    Err(Code::TooManyRequests.into())
}

/// Takes positions, and counts what became of them.
pub(super) async fn take(
    web: &Web,
    responder: ResponderNo,
    sender: Sender,
    sent_at: Option<Timestamp>,
    fixes: &[ReportedFix],
) -> Vec<RejectedFix> {
    let message = FixMessage {
        responder,
        sender,
        sent_at,
        fixes,
    };
    let rejected = web.dispatch.report_fixes(&message).await;
    for rejected in &rejected {
        metrics::counter!(REJECTED, "code" => rejected.why.as_str()).increment(1);
    }
    let accepted = fixes.len().saturating_sub(rejected.len());
    metrics::counter!(ACCEPTED).increment(accepted as u64);
    rejected
}

/// The position in the use-case's words.
pub(super) fn reported(fix: &FixIn) -> ReportedFix {
    ReportedFix {
        lat: fix.lat,
        lon: fix.lon,
        accuracy_m: fix.accuracy_m,
        at: fix.at.0,
        speed_m_s: None,
        dated: true,
    }
}

fn view(rejected: &RejectedFix) -> RejectedView {
    RejectedView {
        index: rejected.index,
        code: rejected.why.as_str(),
    }
}
