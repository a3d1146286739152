//! One open feed: what changed since this viewer's own cursor, then what is new on its map, and a
//! beat in between.
//!
//! Invariant: nothing that hangs keeps the beat from coming, and no beat hides that something
//! hangs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use bytes::Bytes;
use muster_core::domain::time::{Millis, Timestamp};
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::desk::feed::events::{FeedBeat, FeedStale};
use crate::desk::feed::lag::BEHIND_AFTER;
use crate::desk::feed::map_changes::MapChanges;
use crate::desk::feed::recent::{At, Given, Subscription};
use crate::desk::feed::resume;
use crate::desk::feed::shared::Feed;
use crate::view::error::{ApiError, Code};

/// The desk takes a line that is silent for longer than two of them for dead.
const BEAT: Duration = Duration::from_secs(1);
/// Pause after the ledger failed.
const RETRY: Duration = Duration::from_secs(1);

/// One open feed.
pub(crate) struct Viewer {
    feed: web::Data<Feed>,
    /// Its part of what this node reads.
    subscription: Arc<Subscription>,
    /// When the token ends, and the feed with it.
    until: Timestamp,
    /// The last step that it was given.
    at: At,
    /// Given, and not yet sent.
    ready: VecDeque<Bytes>,
    hints: watch::Receiver<u64>,
    reading: Reading,
    shutdown: watch::Receiver<bool>,
    map: MapChanges,
    /// When it was level with the ledger, as far as is known.
    level: Instant,
    beat_at: Instant,
}

/// How far it is with the next reading of what changed.
enum Reading {
    /// Nothing is known to have come since.
    Idle,
    /// It begins then, or at once.
    Due(Option<Instant>),
    /// A task of its own: it holds what all viewers wait for, so it must go on when this viewer's
    /// connection takes nothing.
    Begun(JoinHandle<Result<Given, ApiError>>),
}

/// Who opens a feed.
pub(crate) struct Opened {
    pub(crate) subscription: Arc<Subscription>,
    pub(crate) until: Timestamp,
    pub(crate) map: MapChanges,
    /// Subscribed before `head` was read: a change in between wakes the first wait.
    pub(crate) hints: watch::Receiver<u64>,
    /// Number of the newest event.
    pub(crate) head: u64,
}

impl Viewer {
    /// A feed that goes on at the cursor, or begins now without one.
    pub(crate) fn open(feed: web::Data<Feed>, opened: Opened, cursor: Option<&str>) -> Self {
        let shutdown = feed.shutdown.clone();
        let mut viewer = Self {
            feed,
            subscription: opened.subscription,
            until: opened.until,
            at: At {
                seq: opened.head,
                history: None,
            },
            ready: VecDeque::new(),
            hints: opened.hints,
            reading: Reading::Due(None),
            shutdown,
            map: opened.map,
            level: Instant::now(),
            beat_at: Instant::now() + BEAT,
        };
        viewer.begin(cursor, opened.head);
        viewer
    }

    fn begin(&mut self, cursor: Option<&str>, head: u64) {
        let start = resume::start(cursor, &self.feed.dispatch.feed.epoch(), head);
        self.at.seq = start.seq;
        let id = self.id(self.at.seq);
        // an id without data sets the browser's cursor and shows nothing
        self.ready
            .push_back(Bytes::from(format!("retry: 2000\nid: {id}\n\n")));
        if start.reset {
            self.ready.push_back(resume::reset(&id));
        }
    }

    fn id(&self, seq: u64) -> String {
        resume::cursor(&self.feed.dispatch.feed.epoch(), seq)
    }

    /// The next text for the viewer; `None` when the server stops or the token ends.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if *self.shutdown.borrow() || self.feed.now() >= self.until {
                return None;
            }
            if self.beat_at <= Instant::now() {
                return Some(self.beat());
            }
            if let Some(text) = self.ready.pop_front() {
                return Some(text);
            }
            self.look_at_level();
            // between two batches, so that neither starves the other
            if let Some(text) = self.map.news() {
                return Some(text);
            }
            self.wait().await;
        }
    }

    /// Everything that was given is sent: how late is that?
    fn look_at_level(&mut self) {
        if let Some(level) = self.feed.heads.level(self.at.seq) {
            self.level = self.level.max(level);
        }
    }

    fn beat(&mut self) -> Bytes {
        if self.ready.is_empty() {
            self.look_at_level();
        }
        let now = self.feed.now();
        self.beat_at = Instant::now() + BEAT;
        let behind = self.level.elapsed();
        let mut text = String::new();
        if behind > BEHIND_AFTER {
            let behind = Millis(i64::try_from(behind.as_millis()).unwrap_or(i64::MAX));
            let since = (now - behind).into();
            add_event(&mut text, "stale", &FeedStale { since });
        }
        add_event(&mut text, "beat", &FeedBeat { at: now.into() });
        Bytes::from(text)
    }

    /// Waits until there may be something to send.
    async fn wait(&mut self) {
        tokio::select! {
            done = self.reading.turn(&mut self.hints) => match done {
                None => self.read(),
                Some(given) => self.take(given),
            },
            // fed by the composition root
            stopping = self.shutdown.changed() => {
                if stopping.is_err() {
                    tokio::time::sleep(RETRY).await;
                }
            }
            () = self.map.changed() => {}
            () = sleep_until(self.beat_at) => {}
        }
    }

    /// Begins to read what came since.
    fn read(&mut self) {
        // seen before the reading: a change during it begins the next one
        self.hints.borrow_and_update();
        let (feed, subscription, at) = (self.feed.clone(), Arc::clone(&self.subscription), self.at);
        let reading = async move { feed.recent.after(&feed.dispatch, &subscription, at).await };
        self.reading = Reading::Begun(tokio::spawn(reading));
    }

    /// Takes what was read.
    fn take(&mut self, given: Result<Given, ApiError>) {
        let again = match given {
            Ok(Given::Texts(texts, at)) => {
                // whoever is behind goes on even when all of a batch was destroyed since
                let moved = at.seq != self.at.seq;
                self.at = at;
                self.ready.extend(texts.into_iter().map(|text| text.bytes));
                moved.then_some(None)
            }
            Ok(Given::Gone(at)) => {
                self.at = at;
                let id = self.id(at.seq);
                self.ready.push_back(resume::reset(&id));
                Some(None)
            }
            Err(_ledger) => Some(Some(Instant::now() + RETRY)),
        };
        self.reading = again.map_or(Reading::Idle, Reading::Due);
    }
}

impl Reading {
    /// Waits for its next turn: what was read, or nothing when a reading must begin. May be called
    /// again when it was not waited for to the end.
    async fn turn(&mut self, hints: &mut watch::Receiver<u64>) -> Option<Result<Given, ApiError>> {
        match self {
            Self::Idle => {
                // fed by the bus; gone only when the process ends
                if hints.changed().await.is_err() {
                    tokio::time::sleep(RETRY).await;
                }
                None
            }
            Self::Due(at) => {
                if let Some(at) = at {
                    sleep_until(*at).await;
                }
                None
            }
            Self::Begun(task) => {
                let lost = |error: tokio::task::JoinError| {
                    Err(ApiError::with_cause(Code::Internal, error.to_string()))
                };
                Some(task.await.unwrap_or_else(lost))
            }
        }
    }
}

fn add_event(text: &mut String, name: &str, data: &impl Serialize) {
    let data = serde_json::to_string(data).unwrap_or_default();
    for part in ["event: ", name, "\ndata: ", &data, "\n\n"] {
        text.push_str(part);
    }
}
