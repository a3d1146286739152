//! Who was asked, by name.

use actix_web::{HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::{IncidentId, ResponderId};
use muster_core::domain::incident::Incident;
use muster_core::ports::Responder;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::permissions::CallHandler;
use crate::view::deadline::read;
use crate::view::error::{ApiError, Problem};

/// Everybody who was asked, by name; a telephone only while they are on it.
#[utoipa::path(
    get, path = "/v1/incidents/{id}/people", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = PersonItems), (status = 404, body = Problem)),
)]
pub(crate) async fn people(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let stored = read(dispatch.ledger.incident(desk.org, &id)).await?;
    let mut asked: Vec<ResponderId> = stored
        .incident
        .alerts
        .iter()
        .map(|alert| alert.responder_id.clone())
        .collect();
    asked.sort_unstable();
    asked.dedup();
    let people = read(dispatch.roster.named(desk.org, &asked)).await?;
    Ok(HttpResponse::Ok().json(PersonItems::of(&stored.incident, people)))
}

/// Somebody who was asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// Who.
    pub responder_id: String,
    /// The person's name.
    pub name: String,
    /// The person's telephone, while they are on it and only then.
    pub phone: Option<String>,
}

/// Everybody who was asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonItems {
    /// Each once, in no order.
    pub items: Vec<PersonView>,
}

impl PersonItems {
    /// What the desk may know of the people of this incident.
    pub(crate) fn of(incident: &Incident, people: Vec<Responder>) -> Self {
        let on_it = |who: &Responder| {
            let mut alerts = incident.alerts.iter();
            alerts.any(|alert| alert.responder == who.no && alert.state.is_engaged())
        };
        let items = people.into_iter().map(|who| PersonView {
            phone: who.phone.clone().filter(|_| on_it(&who)),
            responder_id: who.id.0,
            name: who.name,
        });
        Self {
            items: items.collect(),
        }
    }
}
