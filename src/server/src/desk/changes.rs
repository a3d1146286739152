//! What the desk does with an incident.

use actix_web::http::header::IF_MATCH;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::{AlertId, IncidentId};
use muster_core::ports::{LedgerError, Stored};

use crate::auth::permissions::CallHandler;
use crate::desk::change_bodies::{
    AcknowledgeAlarm, CloseIncident, CorrectAlert, PatchIncident, ReasonIn, ReleaseIncident,
    StandDownOne, WidenIncident,
};
use crate::desk::incident::IncidentView;
use crate::desk::incidents::shown;
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Code, Problem};

/// Changes an open incident.
#[utoipa::path(
    patch, path = "/v1/incidents/{id}", tag = "incidents", request_body = PatchIncident,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`incident_closed`"),
        (status = 412, body = Problem, description = "`stale_version`")),
)]
pub(crate) async fn patch(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let if_match = if_match(&request)?;
    let wanted = body.read::<PatchIncident>()?.check(if_match)?;
    let id = IncidentId(id.into_inner());
    changed(&dispatch, move |dispatch| async move {
        dispatch.change(desk.org, &id, desk.actor, wanted).await
    })
    .await
}

/// Does it, and shows the incident as it is then.
async fn changed<F>(
    dispatch: &web::Data<Dispatch>,
    doing: impl FnOnce(web::Data<Dispatch>) -> F,
) -> Result<HttpResponse, ApiError>
where
    F: Future<Output = Result<Stored, LedgerError>> + Send + 'static,
{
    let stored = change(doing(dispatch.clone())).await?;
    Ok(shown(dispatch, &stored).await)
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
pub(crate) async fn release(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (reason, overrides) = body.read::<ReleaseIncident>()?.check()?;
    if overrides && !desk.coordinates() {
        let detail = "override: only a coordinator may";
        return Err(ApiError::with_detail(Code::Forbidden, detail));
    }
    let id = IncidentId(id.into_inner());
    let why = (reason, overrides);
    changed(&dispatch, move |dispatch| async move {
        dispatch.release(desk.org, &id, desk.actor, why).await
    })
    .await
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
pub(crate) async fn stand_down(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let reason = body.read_or_default::<StandDownOne>()?.check()?;
    let (id, alert) = path.into_inner();
    let id = IncidentId(id);
    let what = (AlertId(alert), reason);
    changed(&dispatch, move |dispatch| async move {
        dispatch.stand_down(desk.org, &id, desk.actor, what).await
    })
    .await
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
pub(crate) async fn correct(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let (to, reason) = body.read::<CorrectAlert>()?.check()?;
    let (id, alert) = path.into_inner();
    let id = IncidentId(id);
    let what = (AlertId(alert), to, reason);
    changed(&dispatch, move |dispatch| async move {
        dispatch.correct(desk.org, &id, desk.actor, what).await
    })
    .await
}

/// Next wave now, unless a later one runs already.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/widen", tag = "incidents", request_body = WidenIncident,
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`incident_closed`")),
)]
pub(crate) async fn widen(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let from_wave = body.read::<WidenIncident>()?.from_wave;
    let id = IncidentId(id.into_inner());
    changed(&dispatch, move |dispatch| async move {
        dispatch.widen(desk.org, &id, desk.actor, from_wave).await
    })
    .await
}

/// Ends an incident. Whoever is on scene is not sent away.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/close", tag = "incidents", request_body = CloseIncident,
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem)),
)]
pub(crate) async fn close(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let end = body.read::<CloseIncident>()?.check(&id)?;
    changed(&dispatch, move |dispatch| async move {
        dispatch.close(desk.org, &id, desk.actor, end).await
    })
    .await
}

/// A person knows of an alarm: every desk goes quiet about it. Works on what is closed too.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/acknowledge", tag = "incidents",
    request_body = AcknowledgeAlarm, params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem)),
)]
pub(crate) async fn acknowledge(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let alarm = body.read::<AcknowledgeAlarm>()?.check()?;
    let id = IncidentId(id.into_inner());
    changed(&dispatch, move |dispatch| async move {
        dispatch.acknowledge(desk.org, &id, desk.actor, alarm).await
    })
    .await
}

/// Opens an incident again, within 30 minutes.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/reopen", tag = "incidents", request_body = ReasonIn,
    params(("id" = String, Path)),
    responses((status = 200, body = IncidentView), (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`not_closed`, `too_late_to_reopen`")),
)]
pub(crate) async fn reopen(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let reason = body.read::<ReasonIn>()?.check()?;
    let id = IncidentId(id.into_inner());
    changed(&dispatch, move |dispatch| async move {
        dispatch.reopen(desk.org, &id, desk.actor, reason).await
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

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
