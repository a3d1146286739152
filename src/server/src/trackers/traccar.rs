//! Traccar Client, and whatever else speaks the OsmAnd protocol.

use actix_web::{HttpRequest, HttpResponse, web};

use super::keys::{Speaker, stranger};
use crate::http::body::Body;
use crate::http::error::{ApiError, Code, Problem};
use crate::http::state::Web;
use crate::wire::Traccar;

/// Takes what Traccar Client sends: JSON, or the parameters of the OsmAnd protocol in the query or
/// in a form. The credential is the device identifier, `USER.SECRET`; HTTP Basic and a responder's
/// token count as well.
#[utoipa::path(
    post, path = "/v1/traccar", tag = "trackers", request_body = Option<serde_json::Value>,
    security((), ("tracker" = []), ("bearer" = [])),
    params(("id" = Option<String>, Query, description = "`USER.SECRET`")),
    responses((status = 200, description = "Taken."),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(in crate::http) async fn traccar(
    web: web::Data<Web>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let message = message(&request, &body)?;
    let speaker = if let Some(speaker) = Speaker::of_request(&web, &request).await? {
        speaker
    } else {
        let device = message.device().and_then(|device| device.split_once('.'));
        let (user, secret) = device.ok_or_else(stranger)?;
        Speaker::of_tracker(&web, user, secret).await?
    };
    speaker.admit(&web)?;
    let Some(fix) = message.fix(web.now())? else {
        return Ok(HttpResponse::Ok().finish());
    };
    if message.is_mock() {
        metrics::counter!("muster_fixes_mocked_total").increment(1);
    }
    speaker.report(&web, fix).await;
    Ok(HttpResponse::Ok().finish())
}

/// The same with everything in the query, as other trackers send it.
#[utoipa::path(
    get, path = "/v1/traccar", tag = "trackers",
    security((), ("tracker" = []), ("bearer" = [])),
    params(("id" = Option<String>, Query, description = "`USER.SECRET`")),
    responses((status = 200, description = "Taken."),
        (status = 400, body = Problem, description = "`invalid`"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(in crate::http) async fn traccar_query(
    web: web::Data<Web>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    traccar(web, request, body).await
}

fn message(request: &HttpRequest, body: &Body) -> Result<Traccar, ApiError> {
    let wrong = |what: &str| ApiError::with_detail(Code::Invalid, what);
    let form = body.text().ok_or_else(|| wrong("the body is no text"))?;
    if form.starts_with('{') {
        return Ok(Traccar::Object(body.value()?));
    }
    let mut parameters = Vec::new();
    for text in [request.query_string(), form] {
        let read = web::Query::<Vec<(String, String)>>::from_query(text);
        parameters.extend(
            read.map_err(|_why| wrong("parameters expected"))?
                .into_inner(),
        );
    }
    Ok(Traccar::Form(parameters))
}
