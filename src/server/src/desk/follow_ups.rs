//! Whoever wants to be called after an incident, and which coordinator sees to it.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::ids::AlertId;
use muster_core::ports::{Care, Records};
use muster_core::ports::{FollowUp, FollowUps};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::auth::permissions::Coordinator;
use crate::view::body::Body;
use crate::view::deadline::{change, read};
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::{Invalid, text};
use crate::view::query::{page_size, query};
use crate::view::time::WireTime;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowUpsQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// At most 200; 50 when absent.
    limit: Option<usize>,
}

/// Who is to be called and is not done, the longest waiting first; with how many nobody has taken.
/// What was said is not here: whoever takes one reads it among the incident's reports.
#[utoipa::path(
    get, path = "/v1/follow-ups", tag = "follow_ups", params(FollowUpsQuery),
    responses((status = 200, body = FollowUpItems), (status = 400, body = Problem)),
)]
pub(crate) async fn list(
    records: web::Data<dyn Records>,
    desk: Coordinator,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asked: FollowUpsQuery = query(&request)?;
    let (limit, reader) = (page_size(asked.limit)?, desk.actor.subject);
    let page = read(records.follow_ups(desk.org, reader, asked.after, limit)).await;
    let page = page.map_err(|error| match error.code() {
        Code::NotFound => ApiError::with_detail(Code::Invalid, "after: no cursor of this list"),
        _ => error,
    })?;
    Ok(HttpResponse::Ok().json(FollowUpItems::from(page)))
}

/// Makes it yours, and lets you read what was said. One that somebody else has is taken over only
/// with their name in `from`.
#[utoipa::path(
    post, path = "/v1/follow-ups/{alert_id}/take", tag = "follow_ups", request_body = TakeFollowUp,
    params(("alert_id" = String, Path)),
    responses((status = 200, body = FollowUpView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`follow_up_taken`")),
)]
pub(crate) async fn take(
    dispatch: web::Data<Dispatch>,
    records: web::Data<dyn Records>,
    desk: Coordinator,
    alert: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let from = if body.is_empty() {
        None
    } else {
        body.read::<TakeFollowUp>()?.check()?
    };
    let now = dispatch.clock.now();
    let (alert, by) = (AlertId(alert.into_inner()), desk.actor.subject);
    let taken = change(async move {
        records
            .take_follow_up(desk.org, &alert, by, from, now)
            .await
    })
    .await;
    let taken = taken.map_err(|error| match error.code() {
        Code::FollowUpNotYours => Code::FollowUpTaken.into(),
        _ => error,
    })?;
    Ok(HttpResponse::Ok().json(FollowUpView::from(taken)))
}

/// Says that it is done. Repeats answer the same.
#[utoipa::path(
    post, path = "/v1/follow-ups/{alert_id}/done", tag = "follow_ups",
    params(("alert_id" = String, Path)),
    responses((status = 200, body = FollowUpView), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`follow_up_not_yours`")),
)]
pub(crate) async fn done(
    dispatch: web::Data<Dispatch>,
    records: web::Data<dyn Records>,
    desk: Coordinator,
    alert: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let now = dispatch.clock.now();
    let (alert, by) = (AlertId(alert.into_inner()), desk.actor.subject);
    let done = change(async move { records.finish_follow_up(desk.org, &alert, by, now).await });
    Ok(HttpResponse::Ok().json(FollowUpView::from(done.await?)))
}

/// Longest name of an owner, characters.
const OWNER_MAX: usize = 128;

/// Somebody takes it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeFollowUp {
    /// From whom, when somebody else has it: the `by` that was read.
    pub from: Option<String>,
}

impl TakeFollowUp {
    /// From whom.
    pub(crate) fn check(self) -> Result<Option<String>, Invalid> {
        self.from
            .map(|from| text("from", from, OWNER_MAX))
            .transpose()
    }
}

/// Somebody to be called, without what they said.
#[derive(Serialize, ToSchema)]
pub(crate) struct FollowUpView {
    /// The alert that they reported on.
    pub alert_id: String,
    /// After which incident.
    pub incident_id: String,
    /// What kind of incident.
    pub kind: String,
    /// When that incident was raised.
    pub raised_at: WireTime,
    /// Whom to call.
    pub responder_id: String,
    /// The person's name.
    pub name: String,
    /// The person's telephone.
    pub phone: Option<String>,
    /// When they asked.
    pub asked_at: WireTime,
    /// Who sees to it.
    pub care: CareView,
}

impl From<FollowUp> for FollowUpView {
    fn from(one: FollowUp) -> Self {
        Self {
            alert_id: one.alert.0,
            incident_id: one.incident.0,
            kind: one.kind,
            raised_at: one.raised_at.into(),
            responder_id: one.responder.0,
            name: one.name,
            phone: one.phone,
            asked_at: one.asked_at.into(),
            care: one.care.into(),
        }
    }
}

/// A page of those that are not done.
#[derive(Serialize, ToSchema)]
pub(crate) struct FollowUpItems {
    /// The longest waiting first.
    pub items: Vec<FollowUpView>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many nobody has taken.
    pub waiting: u64,
    /// How many you have taken and not done.
    pub mine: u64,
}

impl From<FollowUps> for FollowUpItems {
    fn from(page: FollowUps) -> Self {
        Self {
            items: page.items.into_iter().map(FollowUpView::from).collect(),
            next: page.next,
            waiting: page.waiting,
            mine: page.mine,
        }
    }
}

/// Who sees to it, and how far they are.
#[derive(Serialize, ToSchema)]
pub(crate) struct CareView {
    /// `open`, `taken` or `done`.
    #[schema(example = "open")]
    pub state: &'static str,
    /// Who took it.
    pub by: Option<String>,
    /// When they took it.
    pub taken_at: Option<WireTime>,
    /// When they said that it is done.
    pub done_at: Option<WireTime>,
}

impl From<Care> for CareView {
    fn from(care: Care) -> Self {
        let state = match (&care.taken, care.done_at) {
            (_, Some(_)) => "done",
            (Some(_), None) => "taken",
            (None, None) => "open",
        };
        let (by, taken_at) = care.taken.unzip();
        Self {
            state,
            by,
            taken_at: taken_at.map(WireTime),
            done_at: care.done_at.map(WireTime),
        }
    }
}
