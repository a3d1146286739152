//! What became of an attempt to push, as it is written down.

use crate::domain::time::Timestamp;

/// Which push of the outbox: a row holds the same push to many phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushId {
    /// Number of the row; a push that is tried again may be in another one by then.
    pub row: i64,
    /// Number of the push itself, which it keeps.
    pub no: i64,
    /// Which of the phone's addresses it is sent to, counted up with each change: what a provider
    /// says of one says nothing of the next.
    pub generation: i64,
}

/// What became of one attempt to push.
#[derive(Debug, Clone, PartialEq)]
pub struct PushReport {
    /// Which one.
    pub id: PushId,
    /// What happened.
    pub result: PushResult,
}

/// See [`PushReport`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushResult {
    /// A provider took it.
    Taken,
    /// The address is dead.
    Gone(String),
    /// Try again then: it may well be taken.
    Later(Timestamp),
    /// Nobody takes it for now: the ask that it carries waits, and holds no place meanwhile.
    PutOff(PutOff),
    /// Worth nothing any more.
    Expired,
}

/// See [`PushResult::PutOff`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutOff {
    /// When to try again; nothing while an attempt is still under way.
    pub until: Option<Timestamp>,
    /// Stable word.
    pub why: String,
    /// So it is for everybody whom the same service reaches.
    pub all: bool,
}
