//! What is counted and logged of every request, and the headers that every answer has.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use muster_core::dispatch::Dispatch;
use tokio::time::Instant;

use crate::view::error::{ApiError, Code};

/// Names a request in the server's log and in its answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest name that a caller may give its request, characters.
const REQUEST_ID_MAX: usize = 64;

/// Counts, times and names every request. Paths and bodies are not logged: they name people.
pub(crate) async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let id = request_id(&request);
    let method = method(request.method());
    // a NUL is in no name, and PostgreSQL takes none
    let answer = if request.path().contains("%00") {
        request.error_response(ApiError::from(Code::NotFound))
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let route = answer.request().match_pattern();
    let private = answer.request().path().starts_with("/v1");
    let mut answer = named(answer, &id);
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let status = answer.status().as_str().to_owned();
    metrics::histogram!(
        "muster_http_request_seconds", "route" => route.clone(), "method" => method
    )
    .record(began.elapsed().as_secs_f64());
    metrics::counter!(
        "muster_http_requests_total", "route" => route, "method" => method, "status" => status
    )
    .increment(1);
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if private && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(answer)
}

/// An error's answer names the request, and its cause is logged here and nowhere else.
fn named(answer: ServiceResponse, id: &str) -> ServiceResponse {
    let Some(error) = answer.response().error() else {
        return answer;
    };
    let Some(error) = error.as_error::<ApiError>() else {
        return answer;
    };
    if let Some(cause) = error.cause() {
        let code = error.code().as_str();
        tracing::error!(request.id = id, code, cause, "request failed");
    }
    let named = error.answer(Some(id));
    answer.into_response(named)
}

fn request_id(request: &ServiceRequest) -> String {
    let given = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok());
    let plain = |id: &&str| {
        let fits = (1..=REQUEST_ID_MAX).contains(&id.len());
        fits && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let fresh = || {
        let dispatch = request.app_data::<web::Data<Dispatch>>();
        dispatch
            .map(|dispatch| dispatch.ids.name())
            .unwrap_or_default()
    };
    given.filter(plain).map_or_else(fresh, str::to_owned)
}

/// A bounded label: a caller may invent methods.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}
