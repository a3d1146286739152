//! The live feed: server-sent events from the ledger, resumed without gaps.
//!
//! A hint says that something changed; what changed is read from the ledger, from this viewer's
//! own cursor. The `id:` stands on the last event of a step, so that a resume never skips half.
#![expect(
    unused_qualifications,
    reason = "in what utoipa makes of a query's parameters"
)]

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use muster_core::domain::ids::{IncidentId, OrgNo};
use muster_core::ports::{FeedStep, LedgerError, Stored};
use serde::Deserialize;
use tokio::sync::watch;
use utoipa::IntoParams;

use super::error::{ApiError, Code, Problem};
use super::extract::CallHandler;
use super::incidents::query;
use super::state::{Web, read};
use crate::wire::{FeedAlert, IncidentView};

/// Most viewers of one server; each holds a connection and a batch.
const VIEWERS_MAX: usize = 1000;
/// Steps read at once.
const BATCH: usize = 256;
/// Proxies close what is silent for longer.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Pause after the ledger failed.
const RETRY: Duration = Duration::from_secs(1);

/// Where to go on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedQuery {
    /// `feed_cursor` of a list, or the `id` of an event. The header `Last-Event-ID` comes first.
    after: Option<String>,
}

/// Follows what happens, as server-sent events: `incident` and `alert` with the full objects and
/// `change`, and `reset` when the cursor is worthless and everything must be read again.
#[utoipa::path(
    get, path = "/v1/feed", tag = "incidents",
    params(FeedQuery, ("Last-Event-ID" = Option<String>, Header)),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = 503, body = Problem, description = "`too_many_viewers`, `unavailable`")),
)]
pub(super) async fn follow(
    web: web::Data<Web>,
    desk: CallHandler,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asked: FeedQuery = query(&request)?;
    let header = request.headers().get("last-event-id");
    let cursor = header
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned)
        .filter(|id| !id.is_empty())
        .or(asked.after.filter(|cursor| !cursor.is_empty()));
    let place = Place::take(&web.viewers)?;
    // before the head is read: a change in between wakes the first wait
    let hints = web.hints.subscribe();
    let head = read(web.dispatch.feed.head()).await?;
    let shutdown = web.shutdown.clone();
    let mut viewer = Viewer {
        web,
        org: desk.org,
        seq: head,
        steps: VecDeque::new(),
        shown: HashMap::new(),
        ready: VecDeque::new(),
        hints,
        shutdown,
        _place: place,
    };
    viewer.begin(cursor.as_deref(), head);
    let events = stream::unfold(viewer, |mut viewer| async move {
        let event = viewer.next().await?;
        Some((Ok::<_, Infallible>(event), viewer))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(events)))
}

/// A viewer's place among the bounded number of them.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(viewers: &Arc<AtomicUsize>) -> Result<Self, ApiError> {
        let place = Self(Arc::clone(viewers));
        if viewers.fetch_add(1, Ordering::Relaxed) >= VIEWERS_MAX {
            // dropping the place gives it back
            return Err(Code::TooManyViewers.into());
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One open feed.
struct Viewer {
    web: web::Data<Web>,
    org: OrgNo,
    /// The last step that was read.
    seq: u64,
    /// Read, and not yet shown; at most one batch.
    steps: VecDeque<FeedStep>,
    /// Incidents of this batch, with their JSON.
    shown: HashMap<IncidentId, Option<(Stored, String)>>,
    /// Text to be sent before anything else.
    ready: VecDeque<Bytes>,
    hints: watch::Receiver<u64>,
    shutdown: watch::Receiver<bool>,
    _place: Place,
}

impl Viewer {
    fn begin(&mut self, cursor: Option<&str>, head: u64) {
        let epoch = self.web.dispatch.feed.epoch();
        let known = match cursor {
            None => Some(head),
            // beyond the head: a history that was set back
            Some(cursor) => sequence(cursor, &epoch).filter(|seq| *seq <= head),
        };
        self.seq = known.unwrap_or(head);
        let id = self.id(self.seq);
        // an id without data sets the browser's cursor and shows nothing
        self.ready
            .push_back(Bytes::from(format!("retry: 2000\nid: {id}\n\n")));
        if known.is_none() {
            self.ready.push_back(reset(&id));
        }
    }

    fn id(&self, seq: u64) -> String {
        format!("{}-{seq}", self.web.dispatch.feed.epoch())
    }

    /// The next text for the viewer; `None` when the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if *self.shutdown.borrow() {
                return None;
            }
            if let Some(text) = self.ready.pop_front() {
                return Some(text);
            }
            if let Some(step) = self.steps.pop_front() {
                match self.show(&step).await {
                    Ok(Some(text)) => return Some(text),
                    Ok(None) => {}
                    Err(_ledger) => {
                        self.steps.push_front(step);
                        tokio::time::sleep(RETRY).await;
                    }
                }
                continue;
            }
            match self.read_batch().await {
                Ok(true) => {}
                Ok(false) => {
                    if self.wait().await {
                        return Some(Bytes::from_static(b": still here\n\n"));
                    }
                }
                Err(_ledger) => tokio::time::sleep(RETRY).await,
            }
        }
    }

    /// Reads what came since; false when nothing did.
    async fn read_batch(&mut self) -> Result<bool, ApiError> {
        // seen before the reading: a change during it wakes the next wait
        self.hints.borrow_and_update();
        self.shown.clear();
        let feed = &self.web.dispatch.feed;
        let Some(steps) = read(feed.after(self.org, self.seq, BATCH)).await? else {
            self.seq = read(feed.head()).await?;
            let id = self.id(self.seq);
            self.ready.push_back(reset(&id));
            return Ok(true);
        };
        if let Some(last) = steps.last() {
            self.seq = last.seq;
        }
        self.steps = steps.into();
        Ok(!self.steps.is_empty())
    }

    /// Waits for a change; true when none came for long.
    async fn wait(&mut self) -> bool {
        tokio::select! {
            // fed by the bus; gone only when the process ends
            changed = self.hints.changed() => {
                if changed.is_err() {
                    tokio::time::sleep(RETRY).await;
                }
                false
            }
            // fed by the composition root
            stopping = self.shutdown.changed() => {
                if stopping.is_err() {
                    tokio::time::sleep(RETRY).await;
                }
                false
            }
            () = tokio::time::sleep(KEEP_ALIVE) => true,
        }
    }

    /// The events of a step, with the objects as they are now.
    async fn show(&mut self, step: &FeedStep) -> Result<Option<Bytes>, ApiError> {
        self.load(&step.incident).await?;
        let Some(Some((stored, json))) = self.shown.get(&step.incident) else {
            // destroyed since; the cursor moves on with the next step
            return Ok(None);
        };
        let id = self.id(step.seq);
        let alert = step.alert.as_ref();
        let alert = alert.and_then(|alert| FeedAlert::of(stored, alert, &step.change));
        let alert = alert.and_then(|alert| serde_json::to_string(&alert).ok());
        let incident = with_change(json, &step.change);
        let text = match alert {
            None => format!("event: incident\nid: {id}\ndata: {incident}\n\n"),
            Some(alert) => format!(
                "event: incident\ndata: {incident}\n\nevent: alert\nid: {id}\ndata: {alert}\n\n"
            ),
        };
        Ok(Some(Bytes::from(text)))
    }

    async fn load(&mut self, id: &IncidentId) -> Result<(), ApiError> {
        if self.shown.contains_key(id) {
            return Ok(());
        }
        let ledger = &self.web.dispatch.ledger;
        let found = read(async {
            match ledger.incident(self.org, id).await {
                Ok(stored) => Ok(Some(stored)),
                Err(LedgerError::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        });
        let shown = found.await?.and_then(|stored| {
            let view = IncidentView::of(&stored, self.web.now(), Vec::new());
            let json = serde_json::to_string(&view).ok()?;
            Some((stored, json))
        });
        self.shown.insert(id.clone(), shown);
        Ok(())
    }
}

fn reset(id: &str) -> Bytes {
    Bytes::from(format!("event: reset\nid: {id}\ndata: {{}}\n\n"))
}

/// The object with the change as its first field.
fn with_change(json: &str, change: &str) -> String {
    let change = serde_json::Value::from(change);
    let rest = json.strip_prefix('{').unwrap_or(json);
    format!("{{\"change\":{change},{rest}")
}

/// The number in a cursor of this history.
fn sequence(cursor: &str, epoch: &str) -> Option<u64> {
    let (of, seq) = cursor.rsplit_once('-')?;
    if of != epoch {
        return None;
    }
    seq.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_history_is_worthless() {
        assert_eq!(sequence("a-b-7", "a-b"), Some(7));
        assert_eq!(sequence("a-7", "a-b"), None);
        assert_eq!(sequence("7", "a-b"), None);
        assert_eq!(sequence("a-b-x", "a-b"), None);
    }

    #[test]
    fn the_change_is_a_field_of_the_object() {
        let text = with_change(r#"{"id":"i1"}"#, "ac\"cepted");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&value["change"], &value["id"]),
            (&"ac\"cepted".into(), &"i1".into())
        );
    }

    #[test]
    fn a_place_is_given_back() {
        let viewers = Arc::new(AtomicUsize::new(VIEWERS_MAX - 1));
        let place = Place::take(&viewers).unwrap();
        assert!(Place::take(&viewers).is_err());
        drop(place);
        assert!(Place::take(&viewers).is_ok());
    }
}
