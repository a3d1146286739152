//! What phones last said of themselves: a phone that fails must be known before it is needed.

use async_trait::async_trait;

use super::{LedgerError, Outgoing};
use crate::domain::failing_phone::{Failing, Signs, Told};
use crate::domain::ids::{AlertId, DeviceId, OrgNo, ResponderId, ResponderNo};
use crate::domain::push::Platform;
use crate::domain::time::Timestamp;

/// Whether a phone can wake its owner, as far as it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// Nobody can tell.
    Unknown,
    /// It shows, but may be silent.
    Quiet,
    /// It rings.
    Loud,
}

/// Where a phone's position comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PositionSource {
    /// From nowhere.
    None,
    /// From a place that its owner named.
    Place,
    /// From the phone, as it moves.
    Live,
}

impl Alarm {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Quiet => "quiet",
            Self::Loud => "loud",
        }
    }

    /// The value of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Unknown, Self::Quiet, Self::Loud]
            .into_iter()
            .find(|alarm| alarm.as_str() == word)
    }
}

impl PositionSource {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Place => "place",
            Self::Live => "live",
        }
    }

    /// The value of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Place, Self::Live]
            .into_iter()
            .find(|source| source.as_str() == word)
    }
}

/// What a phone says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneReport {
    /// Whether it can wake its owner.
    pub alarm: Alarm,
    /// Where its position comes from.
    pub position: PositionSource,
    /// The whole report as JSON, for whoever looks at one phone.
    pub whole: String,
}

/// A test alert of one phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneTest {
    /// Its name, which its push carries as the alert's.
    pub id: AlertId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When the phone had it.
    pub received_at: Option<Timestamp>,
}

/// One phone of a responder, as far as the ledger knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneState {
    /// As the phone names itself.
    pub device: DeviceId,
    /// What it runs on.
    pub platform: Platform,
    /// Why no push reaches it any more.
    pub dead_reason: Option<String>,
    /// What it last said of itself, and when.
    pub report: Option<(PhoneReport, Timestamp)>,
    /// When it last had an alert.
    pub received_at: Option<Timestamp>,
    /// Its last test.
    pub test: Option<PhoneTest>,
    /// Number of its push address, which grows with each new one.
    pub generation: i64,
    /// What its owner was told last, when it failed.
    pub told: Option<Told>,
}

impl PhoneState {
    /// What decides whether it fails.
    pub fn signs(&self) -> Signs {
        let test = self.test.clone();
        Signs {
            dead: self.dead_reason.is_some(),
            generation: self.generation,
            reported_at: self.report.as_ref().map(|(_, at)| *at),
            received_at: self.received_at,
            test: test.map(|test| (test.id, test.sent_at, test.received_at)),
            told: self.told.clone(),
        }
    }

    /// When any of these was last heard.
    pub fn last_heard(phones: &[Self]) -> Option<Timestamp> {
        phones.iter().filter_map(|one| one.signs().heard_at()).max()
    }

    /// What is wrong with it, if anything. `heard_at`: of all phones of its owner.
    pub fn failing(&self, heard_at: Option<Timestamp>, now: Timestamp) -> Option<Failing> {
        self.signs()
            .failure(heard_at, now)
            .map(|failure| failure.why)
    }
}

/// Phones whose owners were told that they fail.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attended {
    /// The owners, whose connected phones have news.
    pub who: Vec<ResponderNo>,
    /// Pushes to their phones, leased to this node.
    pub rows: Vec<Outgoing>,
}

/// One responder who should be reachable: verified, and on duty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDuty {
    /// Number in this installation.
    pub no: ResponderNo,
    /// Name in the organisation.
    pub id: ResponderId,
    /// A push reaches some phone of theirs.
    pub reachable: bool,
    /// The best of their phones.
    pub alarm: Alarm,
    /// The best of their phones.
    pub position: PositionSource,
    /// When one of their phones last said anything that was kept.
    pub heard_at: Option<Timestamp>,
    /// The last test of one of their phones never came.
    pub test_missed: bool,
}

/// What phones last said of themselves.
#[async_trait]
pub trait PhoneStates: Send + Sync {
    /// A responder's registered phones.
    async fn phones_of(&self, who: ResponderNo) -> Result<Vec<PhoneState>, LedgerError>;
    /// Keeps what a phone says of itself; `NotFound` unless it is registered.
    async fn put_state(
        &self,
        who: ResponderNo,
        device: &DeviceId,
        report: PhoneReport,
        now: Timestamp,
    ) -> Result<(), LedgerError>;
    /// A phone had an alert. Nothing happens unless it is registered.
    async fn had_alert(
        &self,
        who: ResponderNo,
        device: &DeviceId,
        now: Timestamp,
    ) -> Result<(), LedgerError>;
    /// Writes a test for every phone that a push can reach, unless one was sent after `not_after`.
    /// Returns the pushes, leased to this node; `None` when it is too soon.
    async fn begin_test(
        &self,
        who: ResponderNo,
        test: NewTest,
        now: Timestamp,
    ) -> Result<Option<Vec<Outgoing>>, LedgerError>;
    /// Tells owners who want alerts of phones that began to fail by `now`, of a bounded number at
    /// once: a push to every phone of theirs that one can reach, and a word that stays.
    async fn tell_failing(&self, now: Timestamp) -> Result<Attended, LedgerError>;
    /// A phone has its test; `NotFound` for a test that is not its last.
    async fn test_received(
        &self,
        who: ResponderNo,
        device: &DeviceId,
        test: &AlertId,
        now: Timestamp,
    ) -> Result<(), LedgerError>;
    /// How many of an organisation are verified, and whoever of these is on duty.
    async fn on_duty(
        &self,
        org: OrgNo,
        now: Timestamp,
    ) -> Result<(usize, Vec<OnDuty>), LedgerError>;
}

/// A test to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTest {
    /// Its name.
    pub id: AlertId,
    /// When it is worth nothing any more.
    pub expires_at: Timestamp,
    /// An older test that was sent after this makes it too soon.
    pub not_after: Timestamp,
}
