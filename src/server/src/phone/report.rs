//! What a responder tells after an incident.

use actix_web::{HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::AlertId;
use muster_core::ports::PhoneLedger;

use crate::auth::permissions::Responder;
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Problem};
use crate::view::report::PutReport;

/// A short report after a yes, and whether one wants to be called. Again replaces.
#[utoipa::path(
    post, path = "/v1/me/alerts/{id}/report", tag = "me", request_body = PutReport,
    params(("id" = String, Path)),
    responses((status = 204, description = "Kept, sealed with the incident's key."),
        (status = 400, body = Problem),
        (status = 404, body = Problem, description = "`not_found`, `not_enrolled`"),
        (status = 409, body = Problem, description = "`not_accepted`")),
)]
pub(crate) async fn tell(
    dispatch: web::Data<Dispatch>,
    phone_ledger: web::Data<dyn PhoneLedger>,
    me: Responder,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let told = body.read::<PutReport>()?.check()?;
    let now = dispatch.clock.now();
    let alert = AlertId(id.into_inner());
    change(async move { phone_ledger.put_report(me.no, &alert, told, now).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}
