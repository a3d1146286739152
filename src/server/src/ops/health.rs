//! What operators ask.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{ApiError, Code};
use super::openapi::openapi;
use super::state::{Dependency, Web};

/// A dependency that does not answer by then is down.
const CHECK_WITHIN: Duration = Duration::from_secs(3);

/// Whether this process can be relied upon.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadyView {
    /// Everything needed answers.
    ready: bool,
    /// Nobody real is alerted by this server.
    simulated: bool,
    /// The server is being stopped.
    stopping: bool,
    /// Each dependency.
    dependencies: Vec<Dependency>,
}

/// Whether the process lives.
#[derive(Serialize, ToSchema)]
pub(super) struct HealthView {
    /// Always true: a dead process does not answer.
    ok: bool,
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "operations", security(()),
    responses((status = 200, body = HealthView)))]
pub(super) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(HealthView { ok: true })
}

/// Everything needed answers.
#[utoipa::path(get, path = "/readyz", tag = "operations", security(()),
    responses((status = 200, body = ReadyView), (status = 503, body = ReadyView)))]
pub(super) async fn ready(web: web::Data<Web>) -> HttpResponse {
    let checked = tokio::time::timeout(CHECK_WITHIN, web.readiness.check()).await;
    let dependencies = checked.unwrap_or_else(|_elapsed| {
        vec![Dependency {
            name: "check".to_owned(),
            ok: false,
            needed: true,
            detail: Some("no answer in time".to_owned()),
        }]
    });
    let stopping = *web.shutdown.borrow();
    let ready = !stopping && dependencies.iter().all(|d| d.ok || !d.needed);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status).json(ReadyView {
        ready,
        simulated: web.simulated,
        stopping,
        dependencies,
    })
}

/// What was counted since the start, in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn metrics(web: web::Data<Web>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body((web.metrics)())
}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "operations", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(super) async fn document() -> Result<HttpResponse, ApiError> {
    let text = openapi().to_json();
    let text = text.map_err(|e| ApiError::with_cause(Code::Internal, e.to_string()))?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(text))
}
