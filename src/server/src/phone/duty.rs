//! Whether a responder wants alerts now.

use actix_web::{HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::permissions::Responder;
use crate::phone::local_time::next_local;
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Problem};
use crate::view::invalid::Invalid;
use crate::view::time::WireTime;

/// Says whether alerts are wanted; with a time, it turns by itself then: "off until seven".
#[utoipa::path(
    put, path = "/v1/me/duty", tag = "me", request_body = DutyIn,
    responses((status = 200, body = DutyView), (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_enrolled`")),
)]
pub(crate) async fn duty(
    dispatch: web::Data<Dispatch>,
    me: Responder,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let duty: DutyIn = body.read()?;
    let (on, end) = (duty.on, duty.end(dispatch.clock.now())?);
    change(async move { dispatch.set_duty(me.no, on, end).await }).await?;
    let until = end.map(WireTime::from);
    Ok(HttpResponse::Ok().json(DutyView { on, until }))
}

/// Whether alerts are wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DutyIn {
    /// Wanted now.
    pub on: bool,
    /// When that turns by itself into its opposite.
    pub until: Option<WireTime>,
    /// The same as a time of day, `HH:MM`: the next one on the clocks of `zone`.
    #[schema(example = "07:00")]
    pub until_local: Option<String>,
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/Berlin")]
    pub zone: Option<String>,
}

impl DutyIn {
    /// When it turns by itself, if it does.
    pub(crate) fn end(&self, now: Timestamp) -> Result<Option<Timestamp>, Invalid> {
        let end = match (&self.until, &self.until_local, &self.zone) {
            (until, None, None) => until.map(|until| until.0),
            (None, Some(time), Some(zone)) => Some(next_local(time, zone, now)?),
            (Some(_), ..) => return Err(Invalid::new("until_local", "not beside until")),
            (None, ..) => return Err(Invalid::new("zone", "until_local and zone go together")),
        };
        match end {
            Some(end) if end <= now => Err(Invalid::new("until", "a time to come expected")),
            end => Ok(end),
        }
    }
}

/// Whether alerts are wanted.
#[derive(Serialize, ToSchema)]
pub(crate) struct DutyView {
    /// Wanted now.
    pub on: bool,
    /// When that turns by itself into its opposite.
    pub until: Option<WireTime>,
}
