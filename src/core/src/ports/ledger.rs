//! What must never be lost, in small traits that one store implements together.

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{PeopleQuery, PersonChange, Which};
use crate::domain::event::{Actor, Recorded};
use crate::domain::ids::{AlertId, DeviceId, IncidentId, OrgId, OrgNo, ResponderId, ResponderNo};
use crate::domain::incident::{Command, Incident, Opening, Receipt, Refusal};
use crate::domain::place::Point;
use crate::domain::push::{Platform, PushAddress, PushMessage};
use crate::domain::responder::{Claim, Eligibility, Profile, Skills, Standing, Travel};
use crate::domain::selection::Candidate;
use crate::domain::time::Timestamp;
use crate::ports::{PushId, PushReport};

/// Why the ledger did nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No such thing in this organisation.
    #[error("not found")]
    NotFound,
    /// The id is taken.
    #[error("the id is taken")]
    Taken,
    /// Somebody else has it, or nobody.
    #[error("not yours")]
    NotYours,
    /// There are as many of them as there may be.
    #[error("too many")]
    TooMany,
    /// The same idempotency key with another body.
    #[error("the idempotency key was used with another body")]
    KeyMismatch,
    /// A text with a NUL character in it, which no engine may be given.
    #[error("a text holds a NUL character")]
    HoldsNul,
    /// The disk is full, the store is gone, or the queue before it is: nothing was changed, try
    /// again later.
    #[error("the ledger is unavailable: {0}")]
    Unavailable(String),
    /// The connection was lost while the change was being kept: it may stand or not.
    #[error("nobody knows whether it stands: {0}")]
    OutcomeUnknown(String),
    /// A mistake of ours.
    #[error("ledger: {0}")]
    Broken(String),
}

/// What only those may read who accepted, and the desk.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Private {
    /// Where exactly.
    pub location: Location,
    /// How to find it.
    #[serde(default)]
    pub address: Address,
    /// The last message to those who accepted.
    #[serde(default)]
    pub message: Option<String>,
    /// Where it was before it was moved.
    #[serde(default)]
    pub moved_from: Option<Location>,
    /// What happened, in the sender's word, when that is no known kind: it may be about a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// An exact place. No `Debug`: positions never reach a log.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Where.
    pub point: Point,
    /// Radius of uncertainty in metres, as the caller's system gave it.
    pub uncertainty_m: Option<f64>,
}

/// How to find the patient. No `Debug`: addresses never reach a log.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Address {
    /// Street and number.
    pub line: Option<String>,
    /// Name of the building.
    pub place_name: Option<String>,
    /// A grid or three-word reference, shown as text.
    pub grid: Option<String>,
    /// Which floor.
    pub floor: Option<String>,
    /// Code of the door.
    pub entry_code: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
}

impl Address {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A change of what is private.
#[derive(Clone, Default)]
pub struct PrivateChange {
    /// The new place.
    pub location: Option<Location>,
    /// The new address, whole.
    pub address: Option<Address>,
    /// The new message.
    pub message: Option<String>,
    /// The sender's word for another kind; `Some(None)` when the kind is a known one.
    #[expect(
        clippy::option_option,
        reason = "absent, removed and new are three things"
    )]
    pub kind: Option<Option<String>>,
}

/// The raising system's own name for an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Which system.
    pub system: String,
    /// Its name for the incident.
    pub id: String,
}

/// An incident as the ledger holds it.
#[derive(Clone)]
pub struct Stored {
    /// The public part.
    pub incident: Incident,
    /// The private part; `None` once its key was destroyed.
    pub private: Option<Private>,
    /// The raising system's name for it.
    pub source: Option<Source>,
    /// Open incidents nearby at the time of raising that may be the same.
    pub possible_duplicates: Vec<IncidentId>,
}

/// What a decision needs to know from inside its transaction.
#[derive(Default)]
pub struct Needs {
    /// The ledger's word on each of these.
    pub candidates: Vec<Candidate>,
    /// What holds the responder of this alert now. They are about to say yes: while they are not
    /// verified and not on it already, the decision is refused with [`Refusal::AlertEnded`].
    pub claim_for: Option<AlertId>,
    /// Those of the candidates who can be told without a push, because a phone of theirs is
    /// connected.
    pub connected: BTreeSet<ResponderNo>,
    /// Alerts whose responder went elsewhere.
    pub lost_claims: bool,
    /// What is private, as it is before the decision.
    pub private: bool,
    /// The version the caller saw.
    pub if_match: Option<u64>,
}

/// What the transaction found.
#[derive(Default)]
pub struct Facts {
    /// Each candidate with the ledger's word.
    pub candidates: Vec<(Candidate, Eligibility)>,
    /// What holds the responder now.
    pub claim: Option<Claim>,
    /// Alerts whose responder went elsewhere.
    pub lost: Vec<AlertId>,
    /// What is private; `None` once its key was destroyed.
    pub private: Option<Private>,
}

/// Turns what the transaction found into commands; called once, under the incident's lock.
pub type Rule = Box<dyn FnOnce(&Incident, Facts) -> Vec<Command> + Send>;

/// A decision to be made.
pub struct Decision {
    /// In which organisation.
    pub org: OrgNo,
    /// Which incident.
    pub incident: IncidentId,
    /// Who wants it.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
    /// What must be known.
    pub needs: Needs,
    /// What changes of the private part.
    pub private: PrivateChange,
    /// What to do.
    pub rule: Rule,
}

/// An incident to be raised.
pub struct Raise {
    /// Who raises it.
    pub actor: Actor,
    /// What is public.
    pub opening: Opening,
    /// What is private.
    pub private: Private,
    /// The raising system's name for it.
    pub source: Option<Source>,
    /// The caller's key and the canonical form of its body.
    pub idempotency: (String, Vec<u8>),
    /// People in reach; empty while held.
    pub candidates: Vec<Candidate>,
    /// The index answered fully: whoever is not among them is not in reach.
    pub complete: bool,
}

/// A push of the outbox, leased to this node until its lease runs out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Which one.
    pub id: PushId,
    /// How many attempts were made before.
    pub attempts: u32,
    /// What to send.
    pub message: PushMessage,
}

/// What a committed decision means for the rest of the house.
pub struct Committed {
    /// The incident as it is now.
    pub stored: Stored,
    /// What happened; empty when it was already so.
    pub events: Vec<Recorded>,
    /// Pushes to send now.
    pub outgoing: Vec<Outgoing>,
    /// Responders whose availability changed.
    pub profiles: Vec<Profile>,
}

impl Committed {
    /// Nothing happened, because it was so before.
    pub fn already(stored: Stored) -> Self {
        Self {
            stored,
            events: Vec::new(),
            outgoing: Vec::new(),
            profiles: Vec::new(),
        }
    }
}

/// What became of raising.
pub enum Raised {
    /// A new incident.
    New(Box<Committed>),
    /// The same key and body were seen before. Holds the pushes that only a node that may be gone
    /// was to send.
    Repeated(Box<Committed>),
    /// The same source is open under another key; with the same pushes.
    SourceOpen(Box<Committed>),
}

impl Raised {
    /// What is to be told to the rest of the house.
    pub fn committed(&mut self) -> &mut Committed {
        match self {
            Self::New(committed) | Self::Repeated(committed) | Self::SourceOpen(committed) => {
                committed
            }
        }
    }

    /// Takes out the profiles of whom it asked; empty when nobody was.
    pub fn profiles(&mut self) -> Vec<Profile> {
        std::mem::take(&mut self.committed().profiles)
    }
}

/// A page of incidents, newest first.
pub struct Page {
    /// The incidents.
    pub items: Vec<Stored>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Number of the last event that this page may show.
    pub head: u64,
}

/// One line of an incident's log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// Its number in this installation.
    pub seq: u64,
    /// What happened.
    pub recorded: Recorded,
    /// Who caused it.
    pub actor: Actor,
    /// What a person wrote; gone once the incident's key was destroyed.
    pub text: Option<String>,
}

/// Incidents, decided one at a time each.
///
/// Contract:
/// - `decide` runs the rule under the incident's lock and commits events, alerts, claims, outbox
///   rows and the next wake time in one transaction; when it returns `Ok`, they are on disk.
/// - two decisions about one incident never interleave; one responder has one claim.
/// - receipts touch one alert and never wait behind a decision's flush for longer than one batch.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Raises an incident, or finds the one that was raised with the same key or source.
    async fn raise(&self, raise: Raise) -> Result<Raised, LedgerError>;
    /// Makes a decision.
    async fn decide(&self, decision: Decision) -> Result<Committed, LedgerError>;
    /// Records a phone's proof; late ones are recorded without moving the state back.
    async fn receipt(
        &self,
        owner: ResponderNo,
        alert: &AlertId,
        receipt: Receipt,
        actor: Actor,
        now: Timestamp,
    ) -> Result<IncidentId, LedgerError>;
    /// One incident.
    async fn incident(&self, org: OrgNo, id: &IncidentId) -> Result<Stored, LedgerError>;
    /// Incidents, newest first.
    async fn incidents(
        &self,
        org: OrgNo,
        which: Which,
        after: Option<String>,
        limit: usize,
    ) -> Result<Page, LedgerError>;
    /// Everything that happened to one incident, oldest first.
    async fn log(&self, org: OrgNo, id: &IncidentId) -> Result<Vec<LogLine>, LedgerError>;
    /// Incidents with an alert that this responder's phones may still show.
    async fn alerts_of(&self, responder: ResponderNo) -> Result<Vec<Stored>, LedgerError>;
    /// The incident of one of this responder's alerts.
    async fn incident_of(
        &self,
        responder: ResponderNo,
        alert: &AlertId,
    ) -> Result<IncidentId, LedgerError>;
}

/// Loops that wake by themselves.
#[async_trait]
pub trait Agenda: Send + Sync {
    /// Incidents whose time has come, oldest first, at most `limit`.
    async fn due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(OrgNo, IncidentId)>, LedgerError>;
    /// When the next incident wants to be looked at.
    async fn next_wake(&self) -> Result<Option<Timestamp>, LedgerError>;
    /// Leases about `limit` pushes that nobody is sending: left by a crash, or put off until now.
    /// Those of one row are leased together. Those whose alert no longer stands are dropped with a
    /// logged reason.
    async fn lease_outgoing(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outgoing>, LedgerError>;
    /// When the next push is due.
    async fn next_outgoing(&self) -> Result<Option<Timestamp>, LedgerError>;
    /// Writes down what became of pushes.
    async fn settle_outgoing(
        &self,
        settled: Vec<PushReport>,
        now: Timestamp,
    ) -> Result<(), LedgerError>;
    /// Brings phones back that were buried on a word that is not believed any more.
    async fn revive(&self, phones: Vec<(ResponderNo, DeviceId)>) -> Result<(), LedgerError>;
    /// Destroys the keys of incidents closed before `before`, forgets idempotency keys as old.
    /// Returns how many incidents lost their private part.
    async fn forget_private(&self, before: Timestamp) -> Result<usize, LedgerError>;
    /// Responders whose duty changed by itself; their new profiles.
    async fn duty_changes(&self, now: Timestamp) -> Result<Vec<Profile>, LedgerError>;
    /// Forgets claims of those who were let go. Returns of how many; a bounded number at once.
    async fn forget_claims(&self) -> Result<usize, LedgerError>;
}

/// A responder as enrolled. No `Debug`: names and numbers never reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Responder {
    /// Number in this installation.
    pub no: ResponderNo,
    /// Name in the organisation.
    pub id: ResponderId,
    /// The person's name.
    pub name: String,
    /// The person's telephone.
    pub phone: Option<String>,
    /// What they can do.
    pub skills: Skills,
    /// How they travel.
    pub travel: Travel,
    /// Opted in to exercises.
    pub exercises: bool,
    /// Where enrolment stands.
    pub standing: Standing,
    /// Wants alerts now.
    pub on_duty: bool,
    /// Until when, if it ends by itself.
    pub duty_until: Option<Timestamp>,
}

/// Somebody to be enrolled.
#[derive(Clone)]
pub struct Enrolment {
    /// Name in the organisation.
    pub id: ResponderId,
    /// The person's name.
    pub name: String,
    /// The person's telephone.
    pub phone: Option<String>,
    /// What they can do.
    pub skills: Skills,
    /// How they travel.
    pub travel: Travel,
    /// Opted in to exercises.
    pub exercises: bool,
}

/// A phone to be registered.
#[derive(Clone)]
pub struct Device {
    /// As the phone names itself.
    pub id: DeviceId,
    /// What it runs on.
    pub platform: Platform,
    /// Where pushes go.
    pub address: PushAddress,
}

/// Organisations, responders and their phones. Each change returns the profile that the live
/// index must learn.
#[async_trait]
pub trait Roster: Send + Sync {
    /// The organisation's number; it exists as soon as it is named.
    async fn org(&self, id: &OrgId) -> Result<OrgNo, LedgerError>;
    /// Enrols somebody; `Taken` when the id is in use.
    async fn enrol(&self, org: OrgNo, who: Enrolment) -> Result<Responder, LedgerError>;
    /// One responder.
    async fn responder(&self, org: OrgNo, id: &ResponderId) -> Result<Responder, LedgerError>;
    /// Those of them that there are, in any order.
    async fn named(&self, org: OrgNo, ids: &[ResponderId]) -> Result<Vec<Responder>, LedgerError>;
    /// Responders by name.
    async fn find(&self, org: OrgNo, asked: PeopleQuery) -> Result<Vec<Responder>, LedgerError>;
    /// Changes what is known of somebody.
    async fn amend(
        &self,
        org: OrgNo,
        id: &ResponderId,
        change: PersonChange,
    ) -> Result<(Responder, Profile), LedgerError>;
    /// Verifies or suspends. Returns the responder, and the incident they are on.
    async fn set_standing(
        &self,
        org: OrgNo,
        id: &ResponderId,
        standing: Standing,
    ) -> Result<(Responder, Profile, Option<IncidentId>), LedgerError>;
    /// Registers a phone; an address that another responder had leaves that one. Returns the
    /// profiles of all whom it concerns.
    async fn put_device(
        &self,
        who: ResponderNo,
        device: Device,
    ) -> Result<Vec<Profile>, LedgerError>;
    /// Removes a phone and ends its session; no alert goes there any more. `NotFound` when there was
    /// neither.
    async fn delete_device(
        &self,
        who: ResponderNo,
        device: &DeviceId,
    ) -> Result<Profile, LedgerError>;
    /// Whether the responder wants alerts, and until when.
    async fn set_duty(
        &self,
        who: ResponderNo,
        on: bool,
        until: Option<Timestamp>,
    ) -> Result<Profile, LedgerError>;
    /// Profiles of everybody with a number above `after`, by number, at most `limit`.
    async fn profiles(&self, after: ResponderNo, limit: usize)
    -> Result<Vec<Profile>, LedgerError>;
}

/// Who reports, for a live index that does not know yet.
#[async_trait]
pub trait Profiles: Send + Sync {
    /// Profiles of those of these responders who are enrolled, in any order.
    async fn profiles_of(&self, responders: Vec<ResponderNo>) -> Result<Vec<Profile>, LedgerError>;
}
