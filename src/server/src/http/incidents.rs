//! Raising and reading incidents.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::dispatch::Report;
use muster_core::domain::event::Outcome;
use muster_core::domain::ids::IncidentId;
use muster_core::ports::{HistoryQuery, Raised, Stored, Which};
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::Body;
use super::error::{ApiError, Code, Problem};
use super::extract::CallHandler;
use super::state::{Web, change, read};
use crate::wire::{
    IncidentItems, IncidentView, LogItem, LogItems, ParsedRaise, RaiseIncident, WireTime, bounds,
    canonical,
};

/// Longest idempotency key, characters.
const KEY_MAX: usize = 128;
/// Most incidents on a page.
const PAGE_MAX: usize = 200;
/// Incidents on a page when nobody says.
const PAGE_DEFAULT: usize = 50;

/// Raises an incident and alerts the nearest.
#[utoipa::path(
    post, path = "/v1/incidents", tag = "incidents",
    request_body = RaiseIncident,
    params(("Idempotency-Key" = String, Header, description = "At most 128 characters.")),
    responses(
        (status = 201, body = IncidentView, description = "Raised, and on disk.",
            headers(("Location" = String))),
        (status = 200, body = IncidentView,
            description = "The same key and body were seen before, or the warning \
                `source_already_open`: the incident as it is now."),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`, \
            `idempotency_key_missing`, `idempotency_key_too_long`"),
        (status = 413, body = Problem, description = "`body_too_large`"),
        (status = 422, body = Problem, description = "`idempotency_mismatch`"),
        (status = 503, body = Problem, description = "`unavailable`, `outcome_unknown`"),
    ),
)]
pub(super) async fn raise(
    web: web::Data<Web>,
    desk: CallHandler,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let key = idempotency_key(&request)?;
    let (value, mut warnings) = body.emergency()?;
    let said = ParsedRaise::read(&value)?;
    warnings.extend(said.warnings);
    if !web.dispatch.plans.of_kind(&said.kind).1 {
        warnings.push(format!("unknown_kind:{}", said.kind));
    }
    let report = Report {
        org: desk.org,
        actor: desk.actor,
        kind: said.kind,
        private: said.private,
        source: said.source,
        called_at: said.called_at,
        patient_age_y: said.patient_age_y,
        scene: said.scene,
        place: said.place,
        ems_eta: said.ems_eta,
        exercise: said.exercise,
        idempotency: (key, canonical(&value)),
    };
    let dispatch = web.dispatch.clone();
    let raising = async move {
        let (mut raised, degraded) = dispatch.raise(report).await?;
        let taken = raised.profiles();
        // whoever calls for help does not wait for the index
        tokio::spawn(async move { dispatch.tell_index(taken).await });
        Ok((raised, degraded))
    };
    let (raised, degraded) = change(raising).await?;
    let (status, stored) = match &raised {
        Raised::New(committed) => (StatusCode::CREATED, &committed.stored),
        Raised::Repeated(known) => {
            if known.stored.private.is_none() {
                warnings.push("body_not_compared".to_owned());
            }
            (StatusCode::OK, &known.stored)
        }
        Raised::SourceOpen(known) => {
            warnings.push("source_already_open".to_owned());
            (StatusCode::OK, &known.stored)
        }
    };
    if degraded && status == StatusCode::CREATED {
        warnings.push("degraded".to_owned());
    }
    let location = format!("/v1/incidents/{}", stored.incident.opening.id);
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((LOCATION, location))
        .insert_header(etag(stored));
    let approaches = web.dispatch.approaches([stored]).await;
    Ok(answer.json(IncidentView::of(stored, &approaches, web.now(), warnings)))
}

fn idempotency_key(request: &HttpRequest) -> Result<String, ApiError> {
    let key = request.headers().get("idempotency-key");
    let key = key.map(|key| match std::str::from_utf8(key.as_bytes()) {
        Ok(key) => key.trim().to_owned(),
        // one character for each byte, so that two keys never become one
        Err(_) => key.as_bytes().iter().copied().map(char::from).collect(),
    });
    match key {
        None => Err(Code::KeyMissing.into()),
        Some(key) if key.is_empty() => Err(Code::KeyMissing.into()),
        Some(key) if key.chars().count() > KEY_MAX => Err(Code::KeyTooLong.into()),
        Some(key) => Ok(key),
    }
}

fn etag(stored: &Stored) -> (actix_web::http::header::HeaderName, String) {
    (ETAG, format!("\"{}\"", stored.incident.version))
}

/// The incident, with its version as `ETag`.
pub(super) async fn shown(web: &Web, stored: &Stored) -> HttpResponse {
    let approaches = web.dispatch.approaches([stored]).await;
    HttpResponse::Ok()
        .insert_header(etag(stored))
        .json(IncidentView::of(stored, &approaches, web.now(), Vec::new()))
}

/// Which incidents.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
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

/// How many on a page: `limit` within its bounds.
pub(super) fn page_size(limit: Option<usize>) -> Result<usize, ApiError> {
    match limit {
        None => Ok(PAGE_DEFAULT),
        Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::with_detail(
            Code::Invalid,
            format!("limit: 1 to {PAGE_MAX} expected"),
        )),
    }
}

/// The query of a request.
pub(super) fn query<T: serde::de::DeserializeOwned>(request: &HttpRequest) -> Result<T, ApiError> {
    let query = web::Query::<T>::from_query(request.query_string());
    let query = query.map_err(|e| ApiError::with_detail(Code::Invalid, format!("query: {e}")))?;
    Ok(query.into_inner())
}

/// Incidents, newest first. A page of closed ones may hold fewer than asked for while `next` says
/// that there are more: so many are looked at for one page and no more.
#[utoipa::path(
    get, path = "/v1/incidents", tag = "incidents", params(ListQuery),
    responses((status = 200, body = IncidentItems), (status = 400, body = Problem)),
)]
pub(super) async fn list(
    web: web::Data<Web>,
    desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asked: ListQuery = query(&request)?;
    let (after, limit) = (asked.after.clone(), page_size(asked.limit)?);
    let page = match asked.check()? {
        Listed::Current(which) => {
            let ledger = &web.dispatch.ledger;
            read(ledger.incidents(desk.org, which, after, limit)).await
        }
        Listed::Closed(asked) => read(web.records.closed(desk.org, asked)).await,
    };
    let page = page.map_err(|error| match error.code() {
        Code::NotFound => ApiError::with_detail(Code::Invalid, "after: no cursor of a list"),
        _ => error,
    })?;
    let approaches = web.dispatch.approaches(&page.items).await;
    let now = web.now();
    let items = page
        .items
        .iter()
        .map(|stored| IncidentView::of(stored, &approaches, now, Vec::new()));
    Ok(HttpResponse::Ok().json(IncidentItems {
        items: items.collect(),
        next: page.next,
        feed_cursor: format!("{}-{}", web.dispatch.feed.epoch(), page.head),
    }))
}

/// One incident.
#[utoipa::path(
    get, path = "/v1/incidents/{id}", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = IncidentView, headers(("ETag" = String))),
        (status = 404, body = Problem)),
)]
pub(super) async fn one(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let stored = read(web.dispatch.ledger.incident(desk.org, &id)).await?;
    Ok(shown(&web, &stored).await)
}

/// Everything that happened to one incident, oldest first.
#[utoipa::path(
    get, path = "/v1/incidents/{id}/log", tag = "incidents", params(("id" = String, Path)),
    responses((status = 200, body = LogItems), (status = 404, body = Problem)),
)]
pub(super) async fn log(
    web: web::Data<Web>,
    desk: CallHandler,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = IncidentId(id.into_inner());
    let lines = read(web.dispatch.ledger.log(desk.org, &id)).await?;
    let items = lines.into_iter().map(LogItem::from).collect();
    Ok(HttpResponse::Ok().json(LogItems { items }))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_key_is_required_and_has_a_length() {
        let with = |key: &str| {
            let request = TestRequest::default().insert_header(("Idempotency-Key", key));
            idempotency_key(&request.to_http_request())
        };
        assert_eq!(with("abc").unwrap(), "abc");
        assert_eq!(with(" ").unwrap_err().code(), Code::KeyMissing);
        assert!(with(&"k".repeat(128)).is_ok());
        assert_eq!(with(&"k".repeat(129)).unwrap_err().code(), Code::KeyTooLong);
        let none = TestRequest::default().to_http_request();
        assert_eq!(idempotency_key(&none).unwrap_err().code(), Code::KeyMissing);
    }

    #[test]
    fn a_page_has_a_bound() {
        assert_eq!(page_size(None).unwrap(), PAGE_DEFAULT);
        assert!(page_size(Some(200)).is_ok());
        assert!(page_size(Some(0)).is_err() && page_size(Some(201)).is_err());
    }
}
