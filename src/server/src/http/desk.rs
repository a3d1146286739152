//! What the desk does with an incident.

use actix_web::http::header::IF_MATCH;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::domain::ids::{AlertId, IncidentId, ResponderId};

use super::body::Body;
use super::error::{ApiError, Code, Problem};
use super::extract::CallHandler;
use super::incidents::shown;
use super::state::{Web, change, read};
use crate::wire::{
    AcknowledgeAlarm, CloseIncident, CorrectAlert, IncidentView, PatchIncident, PersonItems,
    ReasonIn, ReleaseIncident, StandDownOne, WidenIncident,
};

/// Changes an open incident.
#[utoipa::path(
    patch, path = "/v1/incidents/{id}", tag = "incidents", request_body = PatchIncident,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`incident_closed`"),
        (status = 412, body = Problem, description = "`stale_version`")),
)]
pub(super) async fn patch(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let if_match = if_match(&request)?;
    let wanted = body.read::<PatchIncident>()?.check(if_match)?;
    let (dispatch, id) = (web.dispatch.clone(), IncidentId(id.into_inner()));
    let changing = async move { dispatch.change(desk.org, &id, desk.actor, wanted).await };
    Ok(shown(&web, &change(changing).await?).await)
}

/// The version the caller saw: `"3"`, `W/"3"` or `3`; `*` is any.
fn if_match(request: &HttpRequest) -> Result<Option<u64>, ApiError> {
    let Some(header) = request.headers().get(IF_MATCH) else {
        return Ok(None);
    };
    let text = header.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text
        .strip_prefix("W/")
        .unwrap_or(text)
        .trim_matches('"')
        .parse();
    version.map(Some).map_err(|_not_a_number| {
        ApiError::with_detail(Code::Invalid, "If-Match: a version expected")
    })
}

/// Starts a held incident. While the scene is unsafe a coordinator may let people be asked all the
/// same: every alert says so before it can be accepted.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/release", tag = "incidents", request_body = ReleaseIncident,
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 403, body = Problem, description = "`forbidden`: only coordinators override"),
        (status = 404, body = Problem),
        (status = 409, body = Problem,
            description = "`not_held`, `incident_closed`, `scene_unsafe`")),
)]
pub(super) async fn release(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (reason, overrides) = body.read::<ReleaseIncident>()?.check()?;
    if overrides && !desk.coordinates() {
        let detail = "override: only a coordinator may";
        return Err(ApiError::with_detail(Code::Forbidden, detail));
    }
    let (dispatch, id) = (web.dispatch.clone(), IncidentId(id.into_inner()));
    let why = (reason, overrides);
    let changing = async move { dispatch.release(desk.org, &id, desk.actor, why).await };
    Ok(shown(&web, &change(changing).await?).await)
}

/// One person is not needed any more, and is told so.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/alerts/{alert}/stand-down", tag = "incidents",
    request_body = Option<StandDownOne>,
    params(("id" = String, Path), ("alert" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`alert_ended`, `alert_expired`, \
            `incident_closed`")),
)]
pub(super) async fn stand_down(
    web: web::Data<Web>,
    desk: CallHandler,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let reason = body.read_or_default::<StandDownOne>()?.check()?;
    let (id, alert) = path.into_inner();
    let (dispatch, id) = (web.dispatch.clone(), IncidentId(id));
    let what = (AlertId(alert), reason);
    let changing = async move { dispatch.stand_down(desk.org, &id, desk.actor, what).await };
    Ok(shown(&web, &change(changing).await?).await)
}

/// Takes back a mistaken arrival or end of one person.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/alerts/{alert}/correct", tag = "incidents",
    request_body = CorrectAlert, params(("id" = String, Path), ("alert" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`not_correctable`, `incident_closed`, \
            `already_engaged`, `alert_ended`")),
)]
pub(super) async fn correct(
    web: web::Data<Web>,
    desk: CallHandler,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (to, reason) = body.read::<CorrectAlert>()?.check()?;
    let (id, alert) = path.into_inner();
    let (dispatch, id) = (web.dispatch.clone(), IncidentId(id));
    let what = (AlertId(alert), to, reason);
    let changing = async move { dispatch.correct(desk.org, &id, desk.actor, what).await };
    Ok(shown(&web, &change(changing).await?).await)
}

/// Next wave now, unless a later one runs already.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/widen", tag = "incidents", request_body = WidenIncident,
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`incident_closed`")),
)]
pub(super) async fn widen(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let from_wave = body.read::<WidenIncident>()?.from_wave;
    let (dispatch, id) = (web.dispatch.clone(), IncidentId(id.into_inner()));
    let changing = async move { dispatch.widen(desk.org, &id, desk.actor, from_wave).await };
    Ok(shown(&web, &change(changing).await?).await)
}

/// Ends an incident. Whoever is on scene is not sent away.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/close", tag = "incidents", request_body = CloseIncident,
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem)),
)]
pub(super) async fn close(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let end = body.read::<CloseIncident>()?.check(&id)?;
    let dispatch = web.dispatch.clone();
    let changing = async move { dispatch.close(desk.org, &id, desk.actor, end).await };
    Ok(shown(&web, &change(changing).await?).await)
}

/// A person knows of an alarm: every desk goes quiet about it. Works on what is closed too.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/acknowledge", tag = "incidents",
    request_body = AcknowledgeAlarm, params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem)),
)]
pub(super) async fn acknowledge(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let alarm = body.read::<AcknowledgeAlarm>()?.check()?;
    let (dispatch, id) = (web.dispatch.clone(), IncidentId(id.into_inner()));
    let changing = async move { dispatch.acknowledge(desk.org, &id, desk.actor, alarm).await };
    Ok(shown(&web, &change(changing).await?).await)
}

/// Everybody who was asked, by name; a telephone only while they are on it.
#[utoipa::path(
    get, path = "/v1/incidents/{id}/people", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = PersonItems), (status = 404, body = Problem)),
)]
pub(super) async fn people(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let stored = read(web.dispatch.ledger.incident(desk.org, &id)).await?;
    let mut asked: Vec<ResponderId> = stored
        .incident
        .alerts
        .iter()
        .map(|alert| alert.responder_id.clone())
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let people = read(web.dispatch.roster.named(desk.org, &asked)).await?;
    Ok(HttpResponse::Ok().json(PersonItems::of(&stored.incident, people)))
}

/// Opens an incident again, within 30 minutes.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/reopen", tag = "incidents", request_body = ReasonIn,
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`not_closed`, `too_late_to_reopen`")),
)]
pub(super) async fn reopen(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let reason = body.read::<ReasonIn>()?.check()?;
    let (dispatch, id) = (web.dispatch.clone(), IncidentId(id.into_inner()));
    let changing = async move { dispatch.reopen(desk.org, &id, desk.actor, reason).await };
    Ok(shown(&web, &change(changing).await?).await)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_version_may_be_quoted_or_bare() {
        let of = |text: &str| {
            let request = TestRequest::default().insert_header((IF_MATCH, text));
            if_match(&request.to_http_request())
        };
        for text in ["\"3\"", "3", "W/\"3\""] {
            assert_eq!(of(text).unwrap(), Some(3));
        }
        assert_eq!(of("*").unwrap(), None);
        assert!(of("three").is_err());
    }
}
