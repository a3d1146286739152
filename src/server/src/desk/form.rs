//! What the form of a desk checks a report against before it is sent.

use std::time::Duration;

use actix_web::http::header::CacheControl;
use actix_web::http::header::CacheDirective::{MaxAge, Private};
use actix_web::{HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::place::Point;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::auth::permissions::CallHandler;
use crate::view::place::metre;

/// A country in Redis takes long to count: without areas the page asks, which is better than a form
/// that waits.
const AREAS_WAIT: Duration = Duration::from_secs(1);
/// People of a whole area do not move away within minutes, seconds.
const KEPT_S: u32 = 300;

/// Known kinds, and where people are, coarsely: so that a misspelt word or swapped coordinates are
/// noticed before they are sent.
#[utoipa::path(
    get, path = "/v1/form", tag = "incidents",
    responses((status = 200, body = FormView)),
)]
pub(crate) async fn form(dispatch: web::Data<Dispatch>, desk: CallHandler) -> HttpResponse {
    let areas = timeout(AREAS_WAIT, dispatch.areas(desk.org)).await;
    let areas = areas.unwrap_or_default();
    HttpResponse::Ok()
        .insert_header(CacheControl(vec![Private, MaxAge(KEPT_S)]))
        .json(FormView {
            kinds: dispatch.plans.kinds().map(str::to_owned).collect(),
            areas: areas.into_iter().map(AreaView::from).collect(),
        })
}

/// What a report is checked against before it is sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormView {
    /// Kinds that a plan of this server names.
    pub kinds: Vec<String>,
    /// Where people are who may be alerted, coarsely; the fullest first, at most 500. None where
    /// fewer than three are.
    pub areas: Vec<AreaView>,
}

/// The centre of an area of about 50 km.
#[derive(Serialize, ToSchema)]
pub(crate) struct AreaView {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
}

impl From<Point> for AreaView {
    fn from(centre: Point) -> Self {
        Self {
            lat: metre(centre.lat()),
            lon: metre(centre.lon()),
        }
    }
}
