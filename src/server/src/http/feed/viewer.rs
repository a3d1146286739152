//! One open feed: what changed since this viewer's own cursor, then what is in its sight.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use bytes::Bytes;
use muster_core::domain::time::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::sight::Sight;
use super::tail::{At, Given, Seat};
use crate::http::error::ApiError;
use crate::http::state::Web;

/// Proxies close what is silent for longer, and the desk takes the line for lost.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Pause after the ledger failed.
const RETRY: Duration = Duration::from_secs(1);

/// One open feed.
pub(super) struct Viewer {
    web: web::Data<Web>,
    /// Its part of what this node reads.
    seat: Arc<Seat>,
    /// When the token ends, and the feed with it.
    until: Timestamp,
    /// The last step that it was given.
    at: At,
    /// Given, and not yet sent.
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
    pub(super) seat: Arc<Seat>,
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
            seat: opened.seat,
            until: opened.until,
            at: At {
                seq: opened.head,
                history: None,
            },
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
        self.at.seq = known.unwrap_or(head);
        let id = self.id(self.at.seq);
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
            // between two batches, so that neither starves the other
            if let Some(text) = self.sight.as_mut().and_then(Sight::news) {
                return Some(text);
            }
            match self.read().await {
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

    /// Takes what came since; false when nothing did.
    async fn read(&mut self) -> Result<bool, ApiError> {
        // seen before the reading: a change during it wakes the next wait
        self.hints.borrow_and_update();
        match self.web.tail.after(&self.web, &self.seat, self.at).await? {
            Given::Texts(texts, at) => {
                // whoever is behind goes on even when all of a batch was destroyed since
                let moved = at.seq != self.at.seq;
                self.at = at;
                self.ready.extend(texts.into_iter().map(|text| text.bytes));
                Ok(moved)
            }
            Given::Gone(at) => {
                self.at = at;
                let id = self.id(at.seq);
                self.ready.push_back(reset(&id));
                Ok(true)
            }
        }
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
}

fn reset(id: &str) -> Bytes {
    Bytes::from(format!("event: reset\nid: {id}\ndata: {{}}\n\n"))
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
}
