//! One open feed: what changed since this viewer's own cursor, then what is in its sight.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use actix_web::web;
use bytes::Bytes;
use muster_core::domain::ids::{IncidentId, OrgNo};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{FeedStep, LedgerError, Stored};
use tokio::sync::watch;
use tokio::time::Instant;

use super::sight::Sight;
use crate::http::error::ApiError;
use crate::http::state::{Web, read};
use crate::wire::{FeedAlert, IncidentView};

/// Steps read at once.
const BATCH: usize = 256;
/// Proxies close what is silent for longer, and the desk takes the line for lost.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Pause after the ledger failed.
const RETRY: Duration = Duration::from_secs(1);

/// One open feed.
pub(super) struct Viewer {
    web: web::Data<Web>,
    org: OrgNo,
    /// When the token ends, and the feed with it.
    until: Timestamp,
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
    /// Where it looks, if it does.
    sight: Option<Sight>,
    /// When something was last sent.
    spoke: Instant,
}

/// Who opens a feed.
pub(super) struct Opened {
    pub(super) org: OrgNo,
    pub(super) until: Timestamp,
    pub(super) sight: Option<Sight>,
    /// Subscribed before `head` was read: a change in between wakes the first wait.
    pub(super) hints: watch::Receiver<u64>,
    /// Number of the newest event.
    pub(super) head: u64,
}

impl Viewer {
    /// A feed that goes on at the cursor, or begins now without one.
    pub(super) fn open(web: web::Data<Web>, opened: Opened, cursor: Option<&str>) -> Self {
        let shutdown = web.shutdown.clone();
        let mut viewer = Self {
            web,
            org: opened.org,
            until: opened.until,
            seq: opened.head,
            steps: VecDeque::new(),
            shown: HashMap::new(),
            ready: VecDeque::new(),
            hints: opened.hints,
            shutdown,
            sight: opened.sight,
            spoke: Instant::now(),
        };
        viewer.begin(cursor, opened.head);
        viewer
    }

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

    /// The next text for the viewer; `None` when the server stops or the token ends.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        let text = self.something().await;
        self.spoke = Instant::now();
        text
    }

    async fn something(&mut self) -> Option<Bytes> {
        loop {
            if *self.shutdown.borrow() || self.web.now() >= self.until {
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
            // between two batches, so that neither starves the other
            if let Some(text) = self.sight.as_mut().and_then(Sight::news) {
                return Some(text);
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

    /// Waits for a change; true when nothing was sent for long.
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
            () = Sight::changed(&mut self.sight) => false,
            () = tokio::time::sleep_until(self.spoke + KEEP_ALIVE) => true,
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
}
