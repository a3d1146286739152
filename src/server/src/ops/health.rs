//! What operators ask.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use async_trait::async_trait;
use muster_core::ports::PushGateway;
use muster_ledger::Depths;
use serde::Serialize;
use utoipa::ToSchema;

use crate::obs::Metrics;
use crate::view::installation::Installation;

/// A dependency that does not answer by then is down.
const CHECK_WITHIN: Duration = Duration::from_secs(3);

/// Something this process depends on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Dependency {
    /// Which.
    pub(crate) name: String,
    /// It answers.
    pub(crate) ok: bool,
    /// Without it nothing can be promised.
    pub(crate) needed: bool,
    /// A short word for the operator; nothing secret.
    pub(crate) detail: Option<String>,
}

/// What a world depends on, and what waits in it.
#[async_trait]
pub(crate) trait Health: Send + Sync {
    /// The state of each dependency now.
    async fn dependencies(&self) -> Vec<Dependency>;
    /// Writes that wait in the ledger.
    fn queue_depths(&self) -> Depths;
}

/// What operators can ask about.
pub(crate) struct Operations {
    /// The world's own dependencies.
    pub(crate) world: Arc<dyn Health>,
    /// The senders of pushes.
    pub(crate) gateway: Arc<dyn PushGateway>,
    /// What was counted; nothing in a process that has a registry already (tests).
    pub(crate) metrics: Option<Metrics>,
    /// The description of the API.
    pub(crate) document: String,
}

impl Operations {
    async fn check(&self) -> Vec<Dependency> {
        let mut all = self.world.dependencies().await;
        let push = self.gateway.health();
        all.push(Dependency {
            name: "push".to_owned(),
            ok: push.is_ok(),
            needed: false,
            detail: push.err(),
        });
        all
    }

    /// The exposition text, with the depths of the ledger's queues as they are now.
    fn render(&self) -> String {
        let depths = self.world.queue_depths();
        for (lane, depth) in [
            ("emergency", depths.emergency),
            ("receipts", depths.receipts),
            ("routine", depths.routine),
        ] {
            metrics::gauge!("muster_ledger_queue_depth", "lane" => lane).set(depth as f64);
        }
        self.metrics
            .as_ref()
            .map(Metrics::render)
            .unwrap_or_default()
    }
}

/// Whether this process can be relied upon.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReadyView {
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
pub(crate) struct HealthView {
    /// Always true: a dead process does not answer.
    ok: bool,
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "operations", security(()),
    responses((status = 200, body = HealthView)))]
pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(HealthView { ok: true })
}

/// Everything needed answers.
#[utoipa::path(get, path = "/readyz", tag = "operations", security(()),
    responses((status = 200, body = ReadyView), (status = 503, body = ReadyView)))]
pub(crate) async fn ready(
    operations: web::Data<Operations>,
    installation: web::Data<Installation>,
) -> HttpResponse {
    let checked = tokio::time::timeout(CHECK_WITHIN, operations.check()).await;
    let dependencies = checked.unwrap_or_else(|_elapsed| {
        vec![Dependency {
            name: "check".to_owned(),
            ok: false,
            needed: true,
            detail: Some("no answer in time".to_owned()),
        }]
    });
    let stopping = *installation.shutdown.borrow();
    let ready = !stopping && dependencies.iter().all(|d| d.ok || !d.needed);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status).json(ReadyView {
        ready,
        simulated: installation.simulated,
        stopping,
        dependencies,
    })
}

/// What was counted since the start, in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(operations: web::Data<Operations>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(operations.render())
}

/// This document.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "operations", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub(crate) async fn document(operations: web::Data<Operations>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(operations.document.clone())
}
