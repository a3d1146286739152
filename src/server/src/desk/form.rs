//! What the form of a desk checks a report against before it is sent.

use std::time::Duration;

use actix_web::http::header::CacheControl;
use actix_web::http::header::CacheDirective::{MaxAge, Private};
use actix_web::{HttpResponse, web};
use tokio::time::timeout;

use super::extract::CallHandler;
use super::state::Web;
use crate::wire::{AreaView, FormView};

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
pub(super) async fn form(web: web::Data<Web>, desk: CallHandler) -> HttpResponse {
    let areas = timeout(AREAS_WAIT, web.dispatch.areas(desk.org)).await;
    let areas = areas.unwrap_or_default();
    HttpResponse::Ok()
        .insert_header(CacheControl(vec![Private, MaxAge(KEPT_S)]))
        .json(FormView {
            kinds: web.dispatch.plans.kinds().map(str::to_owned).collect(),
            areas: areas.into_iter().map(AreaView::from).collect(),
        })
}
