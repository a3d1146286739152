//! What was taken, bounded, and who wants to hear of it.

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A message that was taken, as a phone would get it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Running number, from 1.
    pub seq: u64,
    /// The push address: `message.token`, or `message.fid`.
    pub address: String,
    /// The project in the request's path.
    pub project: String,
    /// FCM's `data` map.
    pub data: BTreeMap<String, String>,
    /// When it was taken.
    pub arrived: Instant,
    /// The whole `message`, for tests of the format.
    pub message: Arc<Value>,
}

impl Delivery {
    /// A value of the `data` map, or nothing.
    pub fn datum(&self, name: &str) -> &str {
        self.data.get(name).map_or("", String::as_str)
    }
}

/// When messages arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrivals {
    /// Messages taken so far: the greatest number.
    pub(super) taken: u64,
    /// The first and the last of those asked for, if there are any.
    pub(super) span: Option<(Instant, Instant)>,
}

/// How many requests were answered how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Messages taken.
    pub taken: u64,
    /// Access tokens issued.
    pub tokens: u64,
    /// Every answer of the push port by HTTP status.
    pub by_status: BTreeMap<u16, u64>,
}

#[derive(Debug, Default)]
struct State {
    messages: VecDeque<Delivery>,
    stats: Stats,
    listeners: Vec<mpsc::Sender<Delivery>>,
}

/// The bounded memory of a stand-in.
#[derive(Debug)]
pub(super) struct Record {
    keep: usize,
    state: Mutex<State>,
}

impl Record {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            keep: keep.max(1),
            state: Mutex::default(),
        }
    }

    pub(super) fn subscribe(&self, bound: usize) -> mpsc::Receiver<Delivery> {
        let (to, from) = mpsc::channel(bound.max(1));
        self.state.lock().listeners.push(to);
        from
    }

    /// Remembers a message and hands it on; its number.
    pub(super) async fn take(&self, mut delivery: Delivery) -> u64 {
        let (seq, listeners, oldest) = {
            let mut state = self.state.lock();
            state.stats.taken += 1;
            delivery.seq = state.stats.taken;
            let full = state.messages.len() == self.keep;
            let oldest = if full {
                state.messages.pop_front()
            } else {
                None
            };
            state.listeners.retain(|to| !to.is_closed());
            let copy = || (delivery.clone(), state.listeners.clone());
            let listeners = (!state.listeners.is_empty()).then(copy);
            let seq = delivery.seq;
            state.messages.push_back(delivery);
            (seq, listeners, oldest)
        };
        // forgotten outside the lock
        drop(oldest);
        if let Some((delivery, listeners)) = listeners {
            for to in listeners {
                // A listener that went away meanwhile wants nothing any more.
                let _ = to.send(delivery.clone()).await;
            }
        }
        seq
    }

    pub(super) fn answered(&self, status: u16) {
        *self.state.lock().stats.by_status.entry(status).or_default() += 1;
    }

    pub(super) fn token_issued(&self) {
        self.state.lock().stats.tokens += 1;
    }

    pub(super) fn after(&self, after: u64) -> Vec<Delivery> {
        let state = self.state.lock();
        state
            .messages
            .iter()
            .filter(|m| m.seq > after)
            .cloned()
            .collect()
    }

    /// The arrivals of the messages above a number that are still remembered.
    pub(super) fn arrivals(&self, after: u64) -> Arrivals {
        let state = self.state.lock();
        let newest = state.messages.iter().rev();
        let asked = newest.take_while(|m| m.seq > after).map(|m| m.arrived);
        let span = asked.fold(None, |span: Option<(Instant, Instant)>, at| {
            let (first, last) = span.unwrap_or((at, at));
            Some((first.min(at), last.max(at)))
        });
        Arrivals {
            taken: state.stats.taken,
            span,
        }
    }

    pub(super) fn stats(&self) -> Stats {
        self.state.lock().stats.clone()
    }
}
