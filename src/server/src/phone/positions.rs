//! Positions that a phone reports.

use actix_web::{HttpResponse, web};
use muster_core::dispatch::RejectedFix;
use muster_core::domain::fix::{ReportedFix, Sender};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::permissions::Responder;
use crate::fixes::flood::Source;
use crate::fixes::intake::Intake;
use crate::view::body::Body;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid;
use crate::view::time::WireTime;

/// Most positions in one message.
const FIXES_MAX: usize = 100;

/// Reports positions; the newest good one counts.
#[utoipa::path(
    post, path = "/v1/me/fixes", tag = "me", request_body = FixesIn,
    responses((status = 202, body = FixesAccepted),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`, `too_many_fixes`"),
        (status = 404, body = Problem, description = "`not_enrolled`"),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(crate) async fn report(
    intake: web::Data<Intake>,
    me: Responder,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let taken = of_phone(&intake, &me, || body.read()).await?;
    Ok(HttpResponse::Accepted().json(taken))
}

/// Takes a message of a responder's own phone, however it came; it is read once the bound allows.
pub(crate) async fn of_phone(
    intake: &Intake,
    me: &Responder,
    read: impl FnOnce() -> Result<FixesIn, ApiError>,
) -> Result<FixesAccepted, ApiError> {
    intake.admit(Source::Phones(me.no))?;
    let message = read()?;
    let device = invalid::id("device_id", message.device_id)?;
    if message.fixes.len() > FIXES_MAX {
        return Err(Code::TooManyFixes.into());
    }
    let fixes: Vec<_> = message.fixes.iter().map(reported).collect();
    let sent_at = Some(message.sent_at.0);
    let rejected = intake
        .take(me.no, Sender::app(&device), sent_at, &fixes)
        .await;
    let rejected = rejected.iter().map(view).collect();
    Ok(FixesAccepted::of(fixes.len(), rejected))
}

/// The position in the use-case's words.
pub(crate) fn reported(fix: &FixIn) -> ReportedFix {
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

/// A position on the phone's own clock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixIn {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub accuracy_m: f64,
    /// When, by the phone's clock.
    pub at: WireTime,
}

/// A message of positions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixesIn {
    /// Which phone.
    pub device_id: String,
    /// When the message left, by the phone's clock.
    pub sent_at: WireTime,
    /// At most 100; the newest counts.
    pub fixes: Vec<FixIn>,
}

/// A position that was not used.
#[derive(Serialize, ToSchema)]
pub(crate) struct RejectedView {
    /// Its place in the message, from 0.
    pub index: usize,
    /// `impossible_position`, `zero_island`, `bad_accuracy`, `from_the_future`, `too_old`,
    /// `impossible_jump`, `out_of_order` or `repeated`; see `api/errors.md`.
    pub code: &'static str,
}

/// What became of a message of positions.
#[derive(Serialize, ToSchema)]
pub(crate) struct FixesAccepted {
    /// How many were good.
    pub accepted: usize,
    /// The others.
    pub rejected: Vec<RejectedView>,
}

impl FixesAccepted {
    /// Of `sent` positions, these were rejected.
    pub(crate) fn of(sent: usize, rejected: Vec<RejectedView>) -> Self {
        Self {
            accepted: sent.saturating_sub(rejected.len()),
            rejected,
        }
    }
}
