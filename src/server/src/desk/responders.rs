//! Responders, as coordinators see them.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::{DeviceId, ResponderId};
use muster_core::domain::name_search::Sought;
use muster_core::domain::responder::{Skill, Standing};
use muster_core::ports::{PeopleQuery, PhoneLedger};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::permissions::Coordinator;
use crate::desk::responder_bodies::{
    AmendResponder, EnrolResponder, ResponderItems, ResponderView,
};
use crate::view::body::Body;
use crate::view::deadline::{change, read};
use crate::view::error::{ApiError, Code, Problem};
use crate::view::phone::PhoneView;
use crate::view::query::{page_size, query};

/// Enrols somebody, pending until verified.
#[utoipa::path(
    post, path = "/v1/responders", tag = "responders", request_body = EnrolResponder,
    responses((status = 201, body = ResponderView), (status = 400, body = Problem),
        (status = 409, body = Problem, description = "`id_taken`")),
)]
pub(crate) async fn enrol(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let fresh = || dispatch.ids.name();
    let who = body.read::<EnrolResponder>()?.check(fresh)?;
    let responder = change(async move { dispatch.enrol(desk.org, who).await }).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/v1/responders/{}", responder.id)))
        .json(ResponderView::from(responder)))
}

/// Which responders.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RespondersQuery {
    /// Words that stand in the name or id, whatever accents and case, or the digits of a telephone;
    /// at most 100 characters and four words.
    q: Option<String>,
    /// Whoever can do this: a word of enrolment.
    skill: Option<String>,
    /// `pending`, `verified` or `suspended`.
    state: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 200; 50 when absent.
    limit: Option<usize>,
}

impl RespondersQuery {
    fn check(self) -> Result<PeopleQuery, ApiError> {
        let no = |detail: &str| ApiError::with_detail(Code::Invalid, detail);
        let sought = self.q.as_deref().map(Sought::of);
        let skill = self.skill.as_deref().map(Skill::parse);
        let standing = self.state.as_deref().map(Standing::parse);
        if matches!(sought, Some(None)) {
            return Err(no("q: at most 100 characters and four words expected"));
        }
        if matches!(skill, Some(None)) {
            return Err(no("skill: a word of enrolment expected"));
        }
        if matches!(standing, Some(None)) {
            return Err(no("state: pending, verified or suspended expected"));
        }
        Ok(PeopleQuery {
            sought: sought.flatten().unwrap_or_default(),
            skill: skill.flatten(),
            standing: standing.flatten(),
            after: self.after.filter(|id| !id.is_empty()),
            limit: page_size(self.limit)?,
        })
    }
}

/// Responders in the order of their names.
#[utoipa::path(
    get, path = "/v1/responders", tag = "responders", params(RespondersQuery),
    responses((status = 200, body = ResponderItems), (status = 400, body = Problem)),
)]
pub(crate) async fn list(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asked = query::<RespondersQuery>(&request)?.check()?;
    let limit = asked.limit;
    let found = read(dispatch.roster.find(desk.org, asked)).await;
    let found = found.map_err(|error| match error.code() {
        Code::NotFound => ApiError::with_detail(Code::Invalid, "after: nobody has this id"),
        _ => error,
    })?;
    let next = found
        .last()
        .filter(|_| found.len() == limit)
        .map(|last| last.id.0.clone());
    let items = found.into_iter().map(ResponderView::from).collect();
    Ok(HttpResponse::Ok().json(ResponderItems { items, next }))
}

/// One responder.
#[utoipa::path(
    get, path = "/v1/responders/{id}", tag = "responders", params(("id" = String, Path)),
    responses((status = 200, body = ResponderView), (status = 404, body = Problem)),
)]
pub(crate) async fn one(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = ResponderId(id.into_inner());
    let responder = read(dispatch.roster.responder(desk.org, &id)).await?;
    Ok(HttpResponse::Ok().json(ResponderView::from(responder)))
}

/// Changes what is known of somebody: from then on they are found and asked as they are now.
#[utoipa::path(
    patch, path = "/v1/responders/{id}", tag = "responders", params(("id" = String, Path)),
    request_body = AmendResponder,
    responses((status = 200, body = ResponderView),
        (status = 400, body = Problem, description = "`invalid`: nothing was changed"),
        (status = 404, body = Problem)),
)]
pub(crate) async fn amend(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    id: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let told = body.read::<AmendResponder>()?.check()?;
    let id = ResponderId(id.into_inner());
    let changing = async move { dispatch.amend(desk.org, &id, told).await };
    Ok(HttpResponse::Ok().json(ResponderView::from(change(changing).await?)))
}

/// The phones of a responder: what each last said of itself, and whether a push reaches it. Neither
/// where they are nor where their pushes go.
#[utoipa::path(
    get, path = "/v1/responders/{id}/phones", tag = "responders", params(("id" = String, Path)),
    responses((status = 200, body = PhoneItems), (status = 404, body = Problem)),
)]
pub(crate) async fn phones(
    dispatch: web::Data<Dispatch>,
    phone_ledger: web::Data<dyn PhoneLedger>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = ResponderId(id.into_inner());
    let phones = read(async {
        let responder = dispatch.roster.responder(desk.org, &id).await?;
        phone_ledger.phones_of(responder.no).await
    })
    .await?;
    let items = PhoneView::all(phones, dispatch.clock.now());
    Ok(HttpResponse::Ok().json(PhoneItems { items }))
}

/// Lets a responder be alerted.
#[utoipa::path(
    post, path = "/v1/responders/{id}/verify", tag = "responders", params(("id" = String, Path)),
    responses((status = 200, body = ResponderView), (status = 404, body = Problem)),
)]
pub(crate) async fn verify(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    set_standing(dispatch, desk, id.into_inner(), Standing::Verified).await
}

/// Lets a responder be alerted no more; whoever is on an incident is stood down.
#[utoipa::path(
    post, path = "/v1/responders/{id}/suspend", tag = "responders", params(("id" = String, Path)),
    responses((status = 200, body = ResponderView), (status = 404, body = Problem)),
)]
pub(crate) async fn suspend(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    set_standing(dispatch, desk, id.into_inner(), Standing::Suspended).await
}

async fn set_standing(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    id: String,
    standing: Standing,
) -> Result<HttpResponse, ApiError> {
    let id = ResponderId(id);
    let changing = async move {
        dispatch
            .set_standing(desk.org, &id, standing, desk.actor)
            .await
    };
    Ok(HttpResponse::Ok().json(ResponderView::from(change(changing).await?)))
}

/// A phone was lost, or is somebody else's now: no push goes there any more, and its session ends, on
/// every node.
#[utoipa::path(
    delete, path = "/v1/responders/{id}/devices/{device_id}", tag = "responders",
    params(("id" = String, Path), ("device_id" = String, Path)),
    responses((status = 204, description = "Removed."), (status = 404, body = Problem)),
)]
pub(crate) async fn remove_lost(
    dispatch: web::Data<Dispatch>,
    desk: Coordinator,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (id, device) = path.into_inner();
    let (id, device) = (ResponderId(id), DeviceId(device));
    let owner = read(dispatch.roster.responder(desk.org, &id)).await?;
    change(async move { dispatch.delete_device(owner.no, &device).await }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The phones of a responder.
#[derive(Serialize, ToSchema)]
pub(crate) struct PhoneItems {
    /// In the order in which they were registered.
    pub items: Vec<PhoneView>,
}
