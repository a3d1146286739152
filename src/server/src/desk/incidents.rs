//! Reading incidents.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::dispatch::Dispatch;
use muster_core::domain::event::Outcome;
use muster_core::domain::ids::IncidentId;
use muster_core::ports::Records;
use muster_core::ports::{HistoryQuery, Stored, Which};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::permissions::CallHandler;
use crate::desk::incident::{IncidentItems, IncidentView};
use crate::view::deadline::read;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::query::{bounds, page_size, query};
use crate::view::time::WireTime;

pub(crate) fn etag(stored: &Stored) -> (actix_web::http::header::HeaderName, String) {
    (ETAG, format!("\"{}\"", stored.incident.version))
}

/// The incident, with its version as `ETag`.
pub(crate) async fn shown(dispatch: &Dispatch, stored: &Stored) -> HttpResponse {
    let approaches = dispatch.approaches([stored]).await;
    HttpResponse::Ok()
        .insert_header(etag(stored))
        .json(IncidentView::of(
            stored,
            &approaches,
            dispatch.clock.now(),
            Vec::new(),
        ))
}

/// Which incidents.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// `open` (not closed), `closed`, `all`, or `unheard`: closed ones of which a report of danger
    /// rings, because nobody has acknowledged it.
    state: Option<String>,
    /// Closed ones only: raised at that time or later.
    #[param(value_type = Option<String>)]
    from: Option<WireTime>,
    /// Closed ones only: raised before that time.
    #[param(value_type = Option<String>)]
    to: Option<WireTime>,
    /// Closed ones only: of this kind. A kind that was not known reads `other`.
    kind: Option<String>,
    /// Closed ones only: `stood_down`, `ems_on_scene`, `completed`, `false_alarm`, `duplicate` or
    /// `expired`.
    outcome: Option<String>,
    /// Closed ones only: exercises, or none.
    exercise: Option<bool>,
    /// Closed ones only: `west,south,east,north` in degrees, compared with the cell that anybody may
    /// know. One whose private part is gone has none and is not found so.
    bbox: Option<String>,
    /// Closed ones only: what the raising system calls it, whole.
    source: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
    /// At most 200; 50 when absent.
    limit: Option<usize>,
}

/// A list of incidents, as it was asked for.
enum Listed {
    Current(Which),
    Closed(HistoryQuery),
}

impl ListQuery {
    fn check(self) -> Result<Listed, ApiError> {
        let no = |detail: &str| ApiError::with_detail(Code::Invalid, detail);
        let words = [&self.kind, &self.outcome, &self.bbox, &self.source];
        let narrowed = words.iter().any(|word| word.is_some())
            || self.from.is_some()
            || self.to.is_some()
            || self.exercise.is_some();
        let which = match self.state.as_deref() {
            Some("closed") => None,
            Some("open") => Some(Which::Open),
            Some("unheard") => Some(Which::Unheard),
            None | Some("all") => Some(Which::All),
            Some(_) => return Err(no("state: open, closed, unheard or all expected")),
        };
        if let Some(which) = which {
            if narrowed {
                return Err(no("state: closed expected, beside what narrows the list"));
            }
            return Ok(Listed::Current(which));
        }
        let outcome = self.outcome.as_deref().map(end_of_word);
        if matches!(outcome, Some(None)) {
            return Err(no("outcome: how an incident can end expected"));
        }
        let bounds = self.bbox.as_deref().map(|text| bounds("bbox", text));
        Ok(Listed::Closed(HistoryQuery {
            from: self.from.map(|at| at.0),
            until: self.to.map(|at| at.0),
            kind: self.kind.filter(|kind| !kind.is_empty()),
            outcome: outcome.flatten(),
            exercise: self.exercise,
            bounds: bounds.transpose()?,
            source: self.source.filter(|source| !source.is_empty()),
            after: self.after,
            limit: page_size(self.limit)?,
        }))
    }
}

/// How an incident can end: chosen by a person, or by its own timer.
fn end_of_word(word: &str) -> Option<Outcome> {
    let by_itself = (word == Outcome::Expired.as_str()).then_some(Outcome::Expired);
    Outcome::parse(word).or(by_itself)
}

/// Incidents, newest first. A page of closed ones may hold fewer than asked for while `next` says
/// that there are more: so many are looked at for one page and no more.
#[utoipa::path(
    get, path = "/v1/incidents", tag = "incidents", params(ListQuery),
    responses((status = 200, body = IncidentItems), (status = 400, body = Problem)),
)]
pub(crate) async fn list(
    dispatch: web::Data<Dispatch>,
    records: web::Data<dyn Records>,
    desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asked: ListQuery = query(&request)?;
    let (after, limit) = (asked.after.clone(), page_size(asked.limit)?);
    let page = match asked.check()? {
        Listed::Current(which) => {
            let ledger = &dispatch.ledger;
            read(ledger.incidents(desk.org, which, after, limit)).await
        }
        Listed::Closed(asked) => read(records.closed(desk.org, asked)).await,
    };
    let page = page.map_err(|error| match error.code() {
        Code::NotFound => ApiError::with_detail(Code::Invalid, "after: no cursor of a list"),
        _ => error,
    })?;
    let approaches = dispatch.approaches(&page.items).await;
    let now = dispatch.clock.now();
    let items = page
        .items
        .iter()
        .map(|stored| IncidentView::of(stored, &approaches, now, Vec::new()));
    Ok(HttpResponse::Ok().json(IncidentItems {
        items: items.collect(),
        next: page.next,
        feed_cursor: format!("{}-{}", dispatch.feed.epoch(), page.head),
    }))
}

/// One incident.
#[utoipa::path(
    get, path = "/v1/incidents/{id}", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = IncidentView, headers(("ETag" = String))),
        (status = 404, body = Problem)),
)]
pub(crate) async fn one(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let stored = read(dispatch.ledger.incident(desk.org, &id)).await?;
    Ok(shown(&dispatch, &stored).await)
}
