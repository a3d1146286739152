//! Opening a feed.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::permissions::CallHandler;
use crate::desk::feed::map_changes::MapChanges;
use crate::desk::feed::shared::Feed;
use crate::desk::feed::viewer::{Opened, Viewer};
use crate::desk::feed::viewport::Viewport;
use crate::view::deadline::read;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::Invalid;
use crate::view::query::{bounds, query};

/// Most viewers of one server; each holds a connection and a batch.
const VIEWERS_MAX: usize = 1000;
/// The nearest that a map can be looked at.
const ZOOM_MAX: f64 = 24.0;

/// Where to go on, and where to look.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// `feed_cursor` of a list, or the `id` of an event. The header `Last-Event-ID` comes first.
    after: Option<String>,
    /// `west,south,east,north` in degrees. With it come `position` and `density`.
    bbox: Option<String>,
    /// The map's zoom, 0 to 24: how fine the cells of `density` are, as far as the box allows.
    zoom: Option<f64>,
}

impl FeedQuery {
    fn viewport(&self) -> Result<Option<Viewport>, ApiError> {
        if self
            .zoom
            .is_some_and(|zoom| !(0.0..=ZOOM_MAX).contains(&zoom))
        {
            return Err(Invalid::new("zoom", "0 to 24 expected").into());
        }
        let Some(text) = &self.bbox else {
            return Ok(None);
        };
        Ok(Some(Viewport::at(bounds("bbox", text)?, self.zoom)))
    }
}

/// Follows what happens, as server-sent events: `incident` and `alert` with the full objects and
/// `change`, and `reset` when the cursor is worthless and everything must be read again. With
/// `bbox` also `position` (schema `FeedPositions`: people on an incident, when they or the
/// incident are in the box, at most once a second, whoever moved) and `density` (schema
/// `FeedDensity`: how many can be asked in each cell of the box, what changed). `approach` (schema
/// `FeedApproaches`) tells of whoever is on an incident how far they have to go, at most every five
/// seconds each. `beat` (schema
/// `FeedBeat`) comes at least every two seconds, and `stale` (schema `FeedStale`) before it as
/// long as what was sent is behind the ledger.
#[utoipa::path(
    get, path = "/v1/feed", tag = "incidents",
    params(FeedQuery, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = 400, body = Problem),
        (status = 503, body = Problem, description = "`too_many_viewers`, `unavailable`")),
)]
pub(crate) async fn follow(
    feed: web::Data<Feed>,
    desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asked: FeedQuery = query(&request)?;
    let viewport = asked.viewport()?;
    let header = request.headers().get("last-event-id");
    let cursor = header
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned)
        .filter(|id| !id.is_empty())
        .or(asked.after.filter(|cursor| !cursor.is_empty()));
    let place = ViewerSlot::take(&feed.viewers)?;
    let hints = feed.bus.subscribe();
    let head = read(feed.dispatch.feed.head()).await?;
    let opened = Opened {
        subscription: feed.recent.subscribe(desk.org, head, hints.clone()).await,
        until: desk.until,
        map: MapChanges::new(feed.viewports.register(desk.org, viewport)),
        hints,
        head,
    };
    let viewer = Viewer::open(feed, opened, cursor.as_deref());
    let events = stream::unfold((viewer, place), |(mut viewer, place)| async move {
        let event = viewer.next().await?;
        Some((Ok::<_, Infallible>(event), (viewer, place)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events)))
}

/// A viewer's place among the bounded number of them.
struct ViewerSlot(Arc<AtomicUsize>);

impl ViewerSlot {
    fn take(viewers: &Arc<AtomicUsize>) -> Result<Self, ApiError> {
        let place = Self(Arc::clone(viewers));
        if viewers.fetch_add(1, Ordering::Relaxed) >= VIEWERS_MAX {
            // dropping the place gives it back
            return Err(Code::TooManyViewers.into());
        }
        Ok(place)
    }
}

impl Drop for ViewerSlot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back() {
        let viewers = Arc::new(AtomicUsize::new(VIEWERS_MAX - 1));
        let place = ViewerSlot::take(&viewers).unwrap();
        assert!(ViewerSlot::take(&viewers).is_err());
        drop(place);
        assert!(ViewerSlot::take(&viewers).is_ok());
    }
}
