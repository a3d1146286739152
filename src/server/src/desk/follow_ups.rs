//! Whoever wants to be called after an incident, and which coordinator sees to it.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::domain::ids::AlertId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::Body;
use super::error::{ApiError, Code, Problem};
use super::extract::Coordinator;
use super::incidents::{page_size, query};
use super::state::{Web, change, read};
use crate::wire::{FollowUpItems, FollowUpView, TakeFollowUp};

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FollowUpsQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// At most 200; 50 when absent.
    limit: Option<usize>,
}

/// Who is to be called and is not done, the longest waiting first; with how many nobody has taken.
/// What was said is not here: whoever takes one reads it among the incident's reports.
#[utoipa::path(
    get, path = "/v1/follow-ups", tag = "follow_ups", params(FollowUpsQuery),
    responses((status = 200, body = FollowUpItems), (status = 400, body = Problem)),
)]
pub(super) async fn list(
    web: web::Data<Web>,
    desk: Coordinator,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asked: FollowUpsQuery = query(&request)?;
    let (limit, reader) = (page_size(asked.limit)?, desk.actor.subject);
    let page = read(web.records.follow_ups(desk.org, reader, asked.after, limit)).await;
    let page = page.map_err(|error| match error.code() {
        Code::NotFound => ApiError::with_detail(Code::Invalid, "after: no cursor of this list"),
        _ => error,
    })?;
    Ok(HttpResponse::Ok().json(FollowUpItems::from(page)))
}

/// Makes it yours, and lets you read what was said. One that somebody else has is taken over only
/// with their name in `from`.
#[utoipa::path(
    post, path = "/v1/follow-ups/{alert_id}/take", tag = "follow_ups", request_body = TakeFollowUp,
    params(("alert_id" = String, Path)),
    responses((status = 200, body = FollowUpView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`follow_up_taken`")),
)]
pub(super) async fn take(
    web: web::Data<Web>,
    desk: Coordinator,
    alert: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let from = if body.is_empty() {
        None
    } else {
        body.read::<TakeFollowUp>()?.check()?
    };
    let (ledger, now) = (Arc::clone(&web.records), web.now());
    let (alert, by) = (AlertId(alert.into_inner()), desk.actor.subject);
    let taken =
        change(async move { ledger.take_follow_up(desk.org, &alert, by, from, now).await }).await;
    let taken = taken.map_err(|error| match error.code() {
        Code::FollowUpNotYours => Code::FollowUpTaken.into(),
        _ => error,
    })?;
    Ok(HttpResponse::Ok().json(FollowUpView::from(taken)))
}

/// Says that it is done. Repeats answer the same.
#[utoipa::path(
    post, path = "/v1/follow-ups/{alert_id}/done", tag = "follow_ups",
    params(("alert_id" = String, Path)),
    responses((status = 200, body = FollowUpView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`follow_up_not_yours`")),
)]
pub(super) async fn done(
    web: web::Data<Web>,
    desk: Coordinator,
    alert: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (ledger, now) = (Arc::clone(&web.records), web.now());
    let (alert, by) = (AlertId(alert.into_inner()), desk.actor.subject);
    let done = change(async move { ledger.finish_follow_up(desk.org, &alert, by, now).await });
    Ok(HttpResponse::Ok().json(FollowUpView::from(done.await?)))
}
