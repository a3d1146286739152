//! Credentials of trackers, made and ended by coordinators.

use std::sync::Arc;

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::domain::ids::{ResponderId, TrackerId};
use muster_core::ports::Tracker;

use crate::auth::{secret_hash, tracker_name, tracker_secret};
use crate::http::body::Body;
use crate::http::error::{ApiError, Code, Problem};
use crate::http::extract::Coordinator;
use crate::http::state::{Web, change, read};
use crate::wire::{MakeTracker, TrackerItems, TrackerMade, TrackerView};

/// Makes a credential for another app on a responder's phone. The answer shows its secret once,
/// with what to enter in either app.
#[utoipa::path(
    post, path = "/v1/responders/{id}/trackers", tag = "trackers",
    request_body = Option<MakeTracker>, params(("id" = String, Path)),
    responses((status = 201, body = TrackerMade), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`too_many_trackers`")),
)]
pub(in crate::http) async fn make(
    web: web::Data<Web>,
    desk: Coordinator,
    request: HttpRequest,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let label = body.read_or_default::<MakeTracker>()?.check()?;
    let drawn = tracker_name().zip(tracker_secret());
    let (name, secret) =
        drawn.ok_or_else(|| ApiError::with_cause(Code::Internal, "no randomness"))?;
    let tracker = Tracker {
        id: TrackerId(name),
        label,
        made_at: web.now(),
        made_by: desk.actor.subject,
    };
    let (responder, kept) = (ResponderId(id.into_inner()), tracker.clone());
    let place = format!("/v1/responders/{responder}/trackers/{}", tracker.id);
    let (trackers, hash) = (Arc::clone(&web.trackers), secret_hash(&secret));
    let adding = async move { trackers.add_tracker(desk.org, &responder, kept, hash).await };
    change(adding).await?;
    let base = {
        let reached = request.connection_info();
        format!("{}://{}", reached.scheme(), reached.host())
    };
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, place))
        .json(TrackerMade::of(tracker, secret, &base)))
}

/// The credentials of a responder.
#[utoipa::path(
    get, path = "/v1/responders/{id}/trackers", tag = "trackers", params(("id" = String, Path)),
    responses((status = 200, body = TrackerItems), (status = 404, body = Problem)),
)]
pub(in crate::http) async fn list(
    web: web::Data<Web>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let responder = ResponderId(id.into_inner());
    let found = read(web.trackers.trackers(desk.org, &responder)).await?;
    let items = found.into_iter().map(TrackerView::from).collect();
    Ok(HttpResponse::Ok().json(TrackerItems { items }))
}

/// Ends a credential, within a minute on every node.
#[utoipa::path(
    delete, path = "/v1/responders/{id}/trackers/{tracker_id}", tag = "trackers",
    params(("id" = String, Path), ("tracker_id" = String, Path)),
    responses((status = 204, description = "Ended."), (status = 404, body = Problem)),
)]
pub(in crate::http) async fn revoke(
    web: web::Data<Web>,
    desk: Coordinator,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (responder, id) = path.into_inner();
    let (responder, id) = (ResponderId(responder), TrackerId(id));
    let (trackers, ended) = (Arc::clone(&web.trackers), id.clone());
    let ending = async move { trackers.revoke_tracker(desk.org, &responder, &ended).await };
    change(ending).await?;
    web.keys.forget(&id);
    Ok(HttpResponse::NoContent().finish())
}
