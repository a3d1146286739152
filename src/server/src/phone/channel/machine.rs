//! How one connection behaves: frames and instants in, steps out. Knows no socket and no clock.

use std::collections::HashMap;

use muster_core::domain::alert::AlertState;
use muster_core::domain::time::{Millis, Timestamp};

use crate::phone::proto::{
    Alert, Attention, Done, Down, Fixes, Hello, News, Pong, Refused, Say, Test, Up, Welcome, down,
    news, up,
};

/// The sub-protocol's name.
pub(super) const PROTOCOL: &str = "muster.phone.v1";
/// Largest frame from a phone, bytes.
pub(super) const FRAME_MAX: usize = 16 * 1024;
/// A phone says who it is by then.
pub(super) const HELLO_WITHIN: Millis = Millis::from_s(10);
/// How often a phone should say something, seconds.
const PING_EVERY_S: u32 = 30;
/// A phone that says nothing for so long is gone.
const SILENT_MAX: Millis = Millis::from_s(3 * PING_EVERY_S as i64);
/// Most alerts that a phone may say it shows: it has one, and a few that ended.
const SHOWN_MAX: usize = 8;
/// Frames at once.
const BURST: f64 = 20.0;
/// Frames a second in the long run.
const PER_S: f64 = 10.0;
/// A phone that is refused so often in a row is broken or hostile.
const REFUSED_MAX: u32 = 200;

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// The node stops.
    GoingAway,
    /// A frame over [`FRAME_MAX`].
    TooLarge,
    /// Not a frame, or not the one expected.
    NotAFrame,
    /// The session ended.
    SignedOut,
    /// A newer connection of the same device.
    Replaced,
    /// Another device than the session's.
    WrongDevice,
    /// Far too many frames.
    Flood,
    /// Nothing heard, or nothing taken, for too long.
    Silent,
}

impl Close {
    /// The code on the wire.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::TooLarge => 1009,
            Self::NotAFrame => 4000,
            Self::SignedOut => 4001,
            Self::Replaced => 4002,
            Self::WrongDevice => 4003,
            Self::Flood => 4008,
            Self::Silent => 4009,
        }
    }

    /// A stable word for metrics and the wire.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::GoingAway => "going_away",
            Self::TooLarge => "too_large",
            Self::NotAFrame => "not_a_frame",
            Self::SignedOut => "signed_out",
            Self::Replaced => "replaced",
            Self::WrongDevice => "wrong_device",
            Self::Flood => "flood",
            Self::Silent => "silent",
        }
    }
}

/// What is of no alert.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Aside {
    /// The test that this device has yet to receive.
    pub test: Option<Test>,
    /// Phones of the responder that fail.
    pub attention: Vec<Attention>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Nothing.
    Rest,
    /// Send this.
    Send(Box<Down>),
    /// The phone named itself: take its place, look, then [`Machine::welcome`].
    Enter(String),
    /// Report positions, then [`Machine::answered`].
    Fixes(u32, Fixes),
    /// Pass on what was said, then [`Machine::answered`].
    Say(u32, Say),
    /// End the connection.
    Close(Close),
}

/// What the phone is known to show of one alert.
enum Known {
    /// By its own word: nothing but the version.
    Version(u64),
    /// As this connection sent it.
    Sent(Box<Alert>),
}

impl Known {
    fn version(&self) -> u64 {
        match self {
            Self::Version(version) => *version,
            Self::Sent(alert) => alert.version,
        }
    }
}

/// One connection's behaviour.
pub(crate) struct Machine {
    /// Who it belongs to.
    responder_id: String,
    /// The session's own device.
    bound_to: Option<String>,
    /// When the session ends.
    until: Timestamp,
    entered: bool,
    heard_at: Timestamp,
    shown: HashMap<String, Known>,
    /// Frames that may still come, as of `filled_at`.
    left: f64,
    filled_at: Timestamp,
    refused: u32,
    /// The test that was sent last.
    tested: Option<String>,
    /// Failing phones, as they were told last.
    attended: Vec<Attention>,
}

impl Machine {
    /// A connection that was opened at `now`.
    pub(crate) fn new(
        responder_id: String,
        bound_to: Option<String>,
        until: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            responder_id,
            bound_to,
            until,
            entered: false,
            heard_at: now,
            shown: HashMap::new(),
            left: BURST,
            filled_at: now,
            refused: 0,
            tested: None,
            attended: Vec::new(),
        }
    }

    /// A frame came; `None` when nobody can read it.
    pub(crate) fn frame(&mut self, frame: Option<Up>, now: Timestamp) -> Step {
        self.heard_at = now;
        let Some(Up {
            seq,
            what: Some(what),
        }) = frame
        else {
            return Step::Close(Close::NotAFrame);
        };
        if !self.entered {
            return match what {
                up::What::Hello(hello) => self.enter(hello),
                _ => Step::Close(Close::NotAFrame),
            };
        }
        if !self.admits(now) {
            return self.too_many(seq);
        }
        match what {
            up::What::Hello(_) => Step::Close(Close::NotAFrame),
            up::What::Ping(_) => {
                self.refused = 0;
                let pong = down::What::Pong(Pong { now_ms: now.0 });
                step(answer(seq, pong))
            }
            up::What::Fixes(fixes) => Step::Fixes(seq, fixes),
            up::What::Say(say) => Step::Say(seq, say),
        }
    }

    fn enter(&mut self, hello: Hello) -> Step {
        let Hello { device_id, shown } = hello;
        if device_id.is_empty() || device_id.len() > 128 || shown.len() > SHOWN_MAX {
            return Step::Close(Close::NotAFrame);
        }
        if self
            .bound_to
            .as_ref()
            .is_some_and(|bound| *bound != device_id)
        {
            return Step::Close(Close::WrongDevice);
        }
        self.entered = true;
        let known = shown.into_iter();
        self.shown = known
            .map(|shown| (shown.alert_id, Known::Version(shown.version)))
            .collect();
        Step::Enter(device_id)
    }

    /// Whether another frame may be worked on.
    fn admits(&mut self, now: Timestamp) -> bool {
        let seconds = (now - self.filled_at).0.max(0) as f64 / 1000.0;
        self.left = (self.left + seconds * PER_S).min(BURST);
        self.filled_at = now;
        let admitted = self.left >= 1.0;
        if admitted {
            self.left -= 1.0;
        }
        admitted
    }

    fn too_many(&mut self, seq: u32) -> Step {
        self.refused += 1;
        if self.refused >= REFUSED_MAX {
            return Step::Close(Close::Flood);
        }
        let refused = Refused {
            code: "too_many_requests".to_owned(),
            detail: String::new(),
        };
        step(answer(seq, down::What::Refused(refused)))
    }

    /// Alerts whose state the phone must learn even when they are not open any more.
    pub(crate) fn shows(&self) -> Vec<String> {
        self.shown.keys().cloned().collect()
    }

    /// How everything stands, for a phone that has just entered.
    pub(crate) fn welcome(&mut self, alerts: Vec<Alert>, now: Timestamp) -> Down {
        let mut news = Vec::new();
        for alert in alerts {
            let why = why(self.shown.get(&alert.id), &alert).unwrap_or(news::Why::State);
            self.remember(&alert);
            news.push(item(why, alert));
        }
        let there: Vec<&String> = news
            .iter()
            .filter_map(|n| Some(&n.alert.as_ref()?.id))
            .collect();
        // what is in neither was destroyed
        self.shown.retain(|id, _| there.contains(&id));
        Down {
            answers: 0,
            what: Some(down::What::Welcome(Welcome {
                now_ms: now.0,
                responder_id: self.responder_id.clone(),
                news,
                ping_every_s: PING_EVERY_S,
            })),
        }
    }

    /// What changed for a phone that is there: how everything open and everything it shows stands.
    pub(crate) fn looked(&mut self, alerts: Vec<Alert>) -> Vec<Down> {
        let mut frames = Vec::new();
        for alert in alerts {
            let Some(why) = why(self.shown.get(&alert.id), &alert) else {
                continue;
            };
            self.remember(&alert);
            frames.push(Down {
                answers: 0,
                what: Some(down::What::News(item(why, alert))),
            });
        }
        frames
    }

    /// What is of no alert: each once.
    pub(crate) fn aside(&mut self, aside: Aside) -> Vec<Down> {
        let Aside { test, attention } = aside;
        let mut said = Vec::new();
        if let Some(test) = test.filter(|test| self.tested.as_ref() != Some(&test.id)) {
            self.tested = Some(test.id.clone());
            said.push(down::What::Test(test));
        }
        let news = attention.iter().filter(|one| !self.attended.contains(one));
        said.extend(news.cloned().map(down::What::Attention));
        self.attended = attention;
        let down = said.into_iter().map(|what| Down {
            answers: 0,
            what: Some(what),
        });
        down.collect()
    }

    /// What became of a frame.
    pub(crate) fn answered(&mut self, seq: u32, result: Result<Done, Refused>) -> Option<Down> {
        let what = match result {
            Ok(done) => {
                self.refused = 0;
                if let Some(alert) = &done.alert {
                    self.remember(alert);
                }
                down::What::Done(done)
            }
            Err(refused) => {
                if refused.code == "too_many_requests" {
                    self.refused += 1;
                }
                down::What::Refused(refused)
            }
        };
        answer(seq, what)
    }

    /// An ended alert was told, and is nobody's concern any more.
    fn remember(&mut self, alert: &Alert) {
        if is_open(alert) {
            let sent = Known::Sent(Box::new(alert.clone()));
            self.shown.insert(alert.id.clone(), sent);
        } else {
            self.shown.remove(&alert.id);
        }
    }

    /// When [`Self::tick`] wants to be called next.
    pub(crate) fn wake_at(&self) -> Timestamp {
        let patience = if self.entered {
            SILENT_MAX
        } else {
            HELLO_WITHIN
        };
        self.until.min(self.heard_at + patience)
    }

    /// Time passed.
    pub(crate) fn tick(&self, now: Timestamp) -> Option<Close> {
        if now >= self.until {
            return Some(Close::SignedOut);
        }
        (now >= self.wake_at()).then_some(if self.entered {
            Close::Silent
        } else {
            Close::NotAFrame
        })
    }

    /// Refused so often that nothing good will come.
    pub(crate) fn is_flood(&self) -> bool {
        self.refused >= REFUSED_MAX
    }
}

fn answer(seq: u32, what: down::What) -> Option<Down> {
    (seq != 0).then_some(Down {
        answers: seq,
        what: Some(what),
    })
}

fn step(down: Option<Down>) -> Step {
    down.map_or(Step::Rest, |down| Step::Send(Box::new(down)))
}

fn item(why: news::Why, alert: Alert) -> News {
    News {
        why: why.into(),
        alert: Some(alert),
    }
}

fn is_open(alert: &Alert) -> bool {
    AlertState::parse(&alert.state).is_some_and(AlertState::is_open)
}

fn is_engaged(alert: &Alert) -> bool {
    AlertState::parse(&alert.state).is_some_and(AlertState::is_engaged)
}

/// Why a phone that shows `before` must be told of `now`; `None` when it need not be.
fn why(before: Option<&Known>, now: &Alert) -> Option<news::Why> {
    if !is_open(now) {
        return before.map(|_| farewell(now));
    }
    let Some(before) = before else {
        return Some(match () {
            // taken on another phone, or on this one before it forgot
            () if is_engaged(now) => news::Why::State,
            () if now.danger => news::Why::Danger,
            () => news::Why::Alert,
        });
    };
    let newer = now.version > before.version();
    match before {
        Known::Version(_) if !newer => None,
        Known::Version(_) if now.danger => Some(news::Why::Danger),
        Known::Version(_) if is_engaged(now) => Some(news::Why::Update),
        Known::Version(_) => Some(news::Why::State),
        Known::Sent(sent) if now.danger && !sent.danger => Some(news::Why::Danger),
        // the all-clear
        Known::Sent(sent) if sent.danger && !now.danger => Some(news::Why::Update),
        Known::Sent(sent) if is_engaged(sent) && is_engaged(now) && differs(sent, now) => {
            Some(news::Why::Update)
        }
        Known::Sent(sent) if moved(sent, now) => Some(news::Why::Update),
        Known::Sent(sent) => (still(sent) != still(now)).then_some(news::Why::State),
    }
}

/// Over: by the responder's own word, or without it.
fn farewell(now: &Alert) -> news::Why {
    match AlertState::parse(&now.state) {
        Some(AlertState::StoodDown | AlertState::Expired) => news::Why::StandDown,
        _ => news::Why::State,
    }
}

/// What somebody under way must hear of.
fn differs(sent: &Alert, now: &Alert) -> bool {
    sent.location != now.location
        || sent.address != now.address
        || sent.message != now.message
        || (now.still_going_asked && !sent.still_going_asked)
}

/// What somebody who is still thinking must hear of.
fn moved(sent: &Alert, now: &Alert) -> bool {
    !is_engaged(sent) && !is_engaged(now) && sent.approximate_location != now.approximate_location
}

/// Without what changes by itself as time passes and the responder moves.
fn still(alert: &Alert) -> Alert {
    Alert {
        expires_in_s: 0,
        answer_in_s: 0,
        distance_m: 0.0,
        eta_s: 0,
        position_at_ms: None,
        ..alert.clone()
    }
}
