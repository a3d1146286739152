//! What goes wrong, and for whom. Thread-safe; a change holds from the next request on.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Length of the quota's window; it starts with the first message, not with the clock's minute.
const QUOTA_WINDOW: Duration = Duration::from_mins(1);

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Fault {
    /// 404: the app is gone from the phone.
    Unregistered,
    /// 400 on `message.token`.
    InvalidArgument,
    /// 403: the address belongs to another project.
    SenderIdMismatch,
    /// 400 that names no field.
    BadRequest,
    /// 403 without an error code of FCM: the API is off, or the key is of nobody.
    Forbidden,
    /// 404 without an error code of FCM: no such project.
    NotFound,
    /// 403 with an HTML page, as proxies answer.
    #[serde(rename = "HTML_403")]
    Html403,
    /// 404 with an HTML page; to a browser's push service it says that the subscription ended.
    #[serde(rename = "HTML_404")]
    Html404,
    /// 429, with `Retry-After` when the rule has one.
    QuotaExceeded,
    /// 503, with `Retry-After` when the rule has one.
    Unavailable,
    /// 500.
    Internal,
    /// 502 with an HTML page, as edges answer.
    #[serde(rename = "HTML_502")]
    Html502,
    /// 401: the access token is not good.
    Unauthenticated,
    /// 401: the key for Apple or the browsers is not good.
    ThirdPartyAuthError,
    /// No answer at all, until the client gives up; nothing is taken.
    Hang,
    /// The message is taken, but the answer is lost: the sender must send again.
    TakeThenDrop,
}

/// How requests are treated. The default does nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Time before the message is looked at.
    pub latency_ms: u64,
    /// The fault, if any.
    pub error: Option<Fault>,
    /// How often the fault strikes; absent is for ever.
    pub times: Option<u32>,
    /// The fault strikes one request in so many; absent is each.
    pub one_in: Option<u32>,
    /// `Retry-After` of 429 and 503.
    pub retry_after_s: Option<u64>,
}

impl Rule {
    /// A fault that strikes for ever.
    pub fn error(fault: Fault) -> Self {
        Self {
            error: Some(fault),
            ..Self::default()
        }
    }

    /// A fault that strikes so many times.
    pub fn error_times(fault: Fault, times: u32) -> Self {
        Self {
            error: Some(fault),
            times: Some(times),
            ..Self::default()
        }
    }

    /// Nothing but slowness.
    pub fn latency(latency: Duration) -> Self {
        let latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        Self {
            latency_ms,
            ..Self::default()
        }
    }

    /// Slowness, and a fault for one request in so many.
    pub fn slow_and_failing(latency: Duration, fault: Fault, one_in: u32) -> Self {
        Self {
            error: Some(fault),
            one_in: Some(one_in),
            ..Self::latency(latency)
        }
    }

    /// What becomes of the `n`-th request.
    fn strike(&mut self, n: u64) -> Verdict {
        let struck = self
            .one_in
            .is_none_or(|one_in| n.is_multiple_of(u64::from(one_in.max(1))));
        let error = match self.times {
            Some(0) => None,
            _ => self.error.filter(|_| struck),
        };
        if let (Some(times), Some(_)) = (&mut self.times, error) {
            *times -= 1;
        }
        Verdict {
            latency: Duration::from_millis(self.latency_ms),
            error,
            retry_after_s: self.retry_after_s,
        }
    }
}

/// The body of `POST /control/faults`. Absent fields change nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultOrder {
    /// Forget everything set so far, first.
    pub reset: bool,
    /// Whom `rule` is for; absent is everybody without a rule of their own.
    pub address: Option<String>,
    /// How sends are treated.
    pub rule: Option<Rule>,
    /// How the token endpoint is treated.
    pub token_rule: Option<Rule>,
    /// Connections are closed, old and new ones.
    pub down: Option<bool>,
    /// Messages per minute; 0 takes the quota away.
    pub quota_per_minute: Option<u32>,
}

/// What is to be done with one request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verdict {
    pub(super) latency: Duration,
    pub(super) error: Option<Fault>,
    pub(super) retry_after_s: Option<u64>,
}

#[derive(Debug, Default)]
struct State {
    everybody: Rule,
    by_address: HashMap<String, Rule>,
    token: Rule,
    quota: Option<u32>,
    /// Requests so far, of both kinds.
    met: u64,
    window: Option<(Instant, u32)>,
}

/// Whether connections live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Up,
    Down,
    Closed,
}

/// The faults of a stand-in.
#[derive(Debug)]
pub struct Faults {
    state: Mutex<State>,
    line: watch::Sender<Line>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            state: Mutex::default(),
            line: watch::Sender::new(Line::Up),
        }
    }
}

impl Faults {
    /// Treats everybody without a rule of their own like this.
    pub fn set(&self, rule: Rule) {
        self.state.lock().everybody = rule;
    }

    /// Treats one address like this.
    pub fn set_for(&self, address: &str, rule: Rule) {
        self.state
            .lock()
            .by_address
            .insert(address.to_owned(), rule);
    }

    /// Treats the token endpoint like this.
    pub fn set_token(&self, rule: Rule) {
        self.state.lock().token = rule;
    }

    /// Closes all connections and every new one, until told otherwise.
    pub fn set_down(&self, down: bool) {
        let line = if down { Line::Down } else { Line::Up };
        self.line.send_if_modified(|now| {
            let change = *now != Line::Closed && *now != line;
            if change {
                *now = line;
            }
            change
        });
    }

    /// Messages per minute before 429 with `Retry-After`; `None` is no limit.
    pub fn set_quota_per_minute(&self, quota: Option<u32>) {
        let mut state = self.state.lock();
        state.quota = quota;
        state.window = None;
    }

    /// Nothing is wrong any more.
    pub fn clear(&self) {
        *self.state.lock() = State::default();
        self.set_down(false);
    }

    /// Does what an order over HTTP says.
    pub fn apply(&self, order: FaultOrder) {
        if order.reset {
            self.clear();
        }
        match (order.address, order.rule) {
            (Some(address), Some(rule)) => self.set_for(&address, rule),
            (None, Some(rule)) => self.set(rule),
            (_, None) => {}
        }
        if let Some(rule) = order.token_rule {
            self.set_token(rule);
        }
        if let Some(quota) = order.quota_per_minute {
            self.set_quota_per_minute(Some(quota).filter(|n| *n > 0));
        }
        if let Some(down) = order.down {
            self.set_down(down);
        }
    }

    pub(super) fn line(&self) -> watch::Receiver<Line> {
        self.line.subscribe()
    }

    pub(super) fn close_for_good(&self) {
        self.line.send_replace(Line::Closed);
    }

    pub(super) fn on_token(&self) -> Verdict {
        let mut state = self.state.lock();
        state.met += 1;
        let met = state.met;
        state.token.strike(met)
    }

    pub(super) fn on_send(&self, address: &str) -> Verdict {
        let mut state = self.state.lock();
        state.met += 1;
        let met = state.met;
        let verdict = match state.by_address.get_mut(address) {
            Some(rule) => rule.strike(met),
            None => state.everybody.strike(met),
        };
        if verdict.error.is_some() {
            return verdict;
        }
        match state.over_quota(Instant::now()) {
            None => verdict,
            retry_after_s => Verdict {
                error: Some(Fault::QuotaExceeded),
                retry_after_s,
                ..verdict
            },
        }
    }
}

impl State {
    /// Counts one message; when it is one too many, the seconds until the next window.
    fn over_quota(&mut self, now: Instant) -> Option<u64> {
        let quota = self.quota?;
        let (start, used) = match self.window {
            Some((start, used)) if now < start + QUOTA_WINDOW => (start, used),
            _ => (now, 0),
        };
        self.window = Some((start, used.saturating_add(1)));
        let left = (start + QUOTA_WINDOW).saturating_duration_since(now);
        (used >= quota).then(|| left.as_secs() + 1)
    }
}
