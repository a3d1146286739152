//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use async_trait::async_trait;
use muster_core::dispatch::Dispatch;
use muster_core::domain::aed::Aeds;
use muster_core::domain::place::Point;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Geocoder, LedgerError, PhoneLedger, Records, Trackers};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use utoipa::ToSchema;

use super::cache::Names;
use super::enrolment::Sessions;
use super::error::{ApiError, Code};
use super::feed::{Marks, Tail, Watch};
use super::fixes;
use super::flood::Flood;
use super::readiness::Counted;
use super::trackers::Keys;
use crate::auth::{Issuer, Verifier};
use crate::ws::Phones;

/// No answer of the ledger is waited for longer: the caller's own software gives up soon after.
pub(super) const DEADLINE: Duration = Duration::from_secs(5);
/// Coverage is computed for so many desks at a time: dispatch needs the processors more.
const COMPUTING_MAX: usize = 1;
/// Addresses are searched for so many call handlers at a time.
const GEOCODING_MAX: usize = 16;

/// Wakes whoever watches the feed.
pub trait Hints: Send + Sync {
    /// A number that changes whenever anything changed.
    fn subscribe(&self) -> watch::Receiver<u64>;
}

/// Something this process depends on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dependency {
    /// Which.
    pub name: String,
    /// It answers.
    pub ok: bool,
    /// Without it nothing can be promised.
    pub needed: bool,
    /// A short word for the operator; nothing secret.
    pub detail: Option<String>,
}

/// Looks at what this process depends on.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// The state of each dependency now.
    async fn check(&self) -> Vec<Dependency>;
}

/// What the desk's map is drawn from.
#[derive(Default)]
pub struct MapParts {
    /// URL of a style, and its site.
    pub style: Option<(String, String)>,
    /// A base map, and what it holds: west, south, east, north.
    pub pmtiles: Option<(PathBuf, Option<[f64; 4]>)>,
    /// Whom to thank for the style or the base map.
    pub attribution: Option<String>,
    /// Where to begin, and how near.
    pub centre: Option<(Point, f64)>,
    /// Known defibrillators.
    pub aeds: Aeds,
    /// Finds addresses.
    pub geocoder: Option<Box<dyn Geocoder>>,
}

/// What every handler can reach.
pub struct Web {
    /// The use-cases.
    pub dispatch: Dispatch,
    /// Tells good tokens from bad ones.
    pub verifier: Arc<Verifier>,
    /// Credentials of trackers.
    pub trackers: Arc<dyn Trackers>,
    /// Signs the tokens of phones.
    pub issuer: Issuer,
    /// What only phones and their owners need of the ledger.
    pub phonebook: Arc<dyn PhoneLedger>,
    /// What only the desk needs of the ledger, once an incident is over.
    pub records: Arc<dyn Records>,
    /// The control room's telephone.
    pub control_room_phone: Option<String>,
    /// Phones that are connected here.
    pub phones: Arc<Phones>,
    /// The public key that browsers subscribe with, base64url.
    pub push_key: String,
    /// Wakes the feed.
    pub hints: Box<dyn Hints>,
    /// Looks at dependencies.
    pub readiness: Box<dyn Readiness>,
    /// Renders the metrics.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// What the desk's map is drawn from.
    pub map: MapParts,
    /// Nobody real is alerted by this server.
    pub simulated: bool,
    /// Becomes true when the server must stop.
    pub shutdown: watch::Receiver<bool>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) counted: Counted,
    pub(super) names: Names,
    pub(super) flood: Flood,
    pub(super) keys: Keys,
    pub(super) viewers: Arc<AtomicUsize>,
    pub(super) watch: Watch,
    pub(super) tail: Tail,
    pub(super) marks: Marks,
    pub(super) computing: Arc<Semaphore>,
    pub(super) geocoding: Semaphore,
}

/// What [`Web::new`] needs from the composition root.
pub struct Parts {
    /// Tells good tokens from bad ones.
    pub verifier: Arc<Verifier>,
    /// Credentials of trackers.
    pub trackers: Arc<dyn Trackers>,
    /// Signs the tokens of phones.
    pub issuer: Issuer,
    /// What only phones and their owners need of the ledger.
    pub phonebook: Arc<dyn PhoneLedger>,
    /// What only the desk needs of the ledger, once an incident is over.
    pub records: Arc<dyn Records>,
    /// The control room's telephone.
    pub control_room_phone: Option<String>,
    /// Phones that are connected here.
    pub phones: Arc<Phones>,
    /// Sessions of phones that were seen to stand.
    pub sessions: Arc<Sessions>,
    /// The public key that browsers subscribe with, base64url.
    pub push_key: String,
    /// Wakes the feed.
    pub hints: Box<dyn Hints>,
    /// Looks at dependencies.
    pub readiness: Box<dyn Readiness>,
    /// Renders the metrics.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// What the desk's map is drawn from.
    pub map: MapParts,
    /// Nobody real is alerted by this server.
    pub simulated: bool,
    /// Becomes true when the server must stop.
    pub shutdown: watch::Receiver<bool>,
}

impl Web {
    /// The state of a server that has answered nobody yet.
    pub fn new(dispatch: Dispatch, parts: Parts) -> Self {
        fixes::show_counters();
        Self {
            dispatch,
            verifier: parts.verifier,
            trackers: parts.trackers,
            issuer: parts.issuer,
            phonebook: parts.phonebook,
            records: parts.records,
            control_room_phone: parts.control_room_phone,
            counted: Counted::default(),
            phones: parts.phones,
            push_key: parts.push_key,
            sessions: parts.sessions,
            hints: parts.hints,
            readiness: parts.readiness,
            metrics: parts.metrics,
            map: parts.map,
            simulated: parts.simulated,
            shutdown: parts.shutdown,
            names: Names::default(),
            flood: Flood::default(),
            keys: Keys::default(),
            viewers: Arc::default(),
            watch: Watch::default(),
            tail: Tail::default(),
            marks: Marks::default(),
            computing: Arc::new(Semaphore::new(COMPUTING_MAX)),
            geocoding: Semaphore::new(GEOCODING_MAX),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.dispatch.clock.now()
    }
}

/// Waits for a reading, with a deadline.
pub(super) async fn read<T>(
    reading: impl Future<Output = Result<T, LedgerError>>,
) -> Result<T, ApiError> {
    match tokio::time::timeout(DEADLINE, reading).await {
        Ok(answer) => Ok(answer?),
        Err(_elapsed) => Err(Code::Deadline.into()),
    }
}

/// Waits for a change, with a deadline. The change itself runs to its end even when the deadline
/// passes or the client goes away: what was committed must still be announced to phones and desks.
pub(super) async fn change<T: Send + 'static>(
    changing: impl Future<Output = Result<T, LedgerError>> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::time::timeout(DEADLINE, tokio::spawn(changing)).await {
        Ok(Ok(answer)) => Ok(answer?),
        Ok(Err(panicked)) => Err(ApiError::with_cause(Code::Internal, panicked.to_string())),
        Err(_elapsed) => Err(Code::OutcomeUnknown.into()),
    }
}
