//! What responders tell after an incident.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use muster_core::domain::ids::{AlertId, IncidentId};

use super::body::Body;
use super::error::{ApiError, Problem};
use super::extract::{Coordinator, Responder};
use super::state::{Web, change, read};
use crate::wire::{PutReport, ReportItems, ReportView};

/// A short report after a yes, and whether one wants to be called. Again replaces.
#[utoipa::path(
    post, path = "/v1/me/alerts/{id}/report", tag = "me", request_body = PutReport,
    params(("id" = String, Path)),
    responses((status = 204, description = "Kept, sealed with the incident's key."),
        (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_found`, `not_enrolled`"),
        (status = 409, body = Problem, description = "`not_accepted`")),
)]
pub(super) async fn tell(
    web: web::Data<Web>,
    me: Responder,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let told = body.read::<PutReport>()?.check()?;
    let (reports, now) = (Arc::clone(&web.phonebook), web.now());
    let alert = AlertId(id.into_inner());
    change(async move { reports.put_report(me.no, &alert, told, now).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The reports of one incident's responders. What somebody wrote, and how they are, is shown to the
/// coordinator who took it and to nobody else.
#[utoipa::path(
    get, path = "/v1/incidents/{id}/reports", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = ReportItems), (status = 404, body = Problem)),
)]
pub(super) async fn reports(
    web: web::Data<Web>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let incident = IncidentId(id.into_inner());
    let kept = read(web.phonebook.reports_of(desk.org, &incident)).await?;
    let reader = &desk.actor.subject;
    let items = kept
        .into_iter()
        .filter_map(|kept| ReportView::of(kept, reader))
        .collect();
    Ok(HttpResponse::Ok().json(ReportItems { items }))
}
