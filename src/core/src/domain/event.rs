//! What happened to an incident: the audit trail, the live feed and the evidence.
//!
//! Invariant: no event holds an address, an exact place, a name or free text. Free text travels
//! beside it, is never serialised, and is kept under the incident's own key until retention.

use serde::{Deserialize, Serialize};

use super::alert::{Alert, AlertState};
use super::ids::{AlertId, IncidentId};
use super::incident::{Opening, PlaceKind};
use super::plan::{Plan, Scene};
use super::selection::PassedOver;
use super::time::Timestamp;

pub use super::reason::{Alarm, ExhaustedReason, FinishReason, HeldReason, Outcome, WhyStoodDown};

/// Version of the stored shape of [`Event`]; old versions are read for ever.
pub const SCHEMA_VERSION: u32 = 1;

/// Text that a person wrote. Not serialised with the event, and not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct FreeText(pub String);

impl std::fmt::Debug for FreeText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FreeText({} bytes)", self.0.len())
    }
}

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `call_handler`, `coordinator`, `admin`, `responder`, `timer` or `provider`.
    pub role: String,
    /// Subject of the token; empty for timers.
    pub subject: String,
    /// The phone that spoke, when one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl Actor {
    /// muster itself, because an instant came.
    pub fn timer() -> Self {
        Self {
            role: "timer".to_owned(),
            subject: String::new(),
            device: None,
        }
    }

    /// The push provider's answer.
    pub fn provider() -> Self {
        Self {
            role: "provider".to_owned(),
            ..Self::timer()
        }
    }
}

/// Something that happened, in the past tense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The incident was raised.
    Raised {
        /// All that is known and not private.
        opening: Box<Opening>,
    },
    /// A held incident starts: alerting begins now.
    Released {
        /// The person's reason; empty when the scene became safe and nothing else held it.
        #[serde(skip)]
        reason: FreeText,
        /// Subject of the coordinator who starts it although the scene is unsafe.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        override_by: Option<String>,
    },
    /// What is known of the scene changed, and the incident stays held.
    StillHeld {
        /// Why, as of now.
        reasons: Vec<HeldReason>,
    },
    /// The next wave began.
    WaveLaunched {
        /// Its number, from 1.
        wave: u32,
        /// How far it looks, metres.
        radius_m: f64,
        /// How many were in reach.
        considered: u32,
    },
    /// A person asked for the next wave now.
    WidenRequested,
    /// Somebody was asked.
    Alerted {
        /// The ask.
        alert: Box<Alert>,
    },
    /// Somebody who said yes to another incident, which this one stands for, is on this one now.
    TakenOver {
        /// The other incident.
        from: IncidentId,
        /// As they were there, under a new name.
        alert: Box<Alert>,
    },
    /// People in reach who were not asked, with the reason.
    PassedOver {
        /// The nearest of them; bounded.
        people: Vec<PassedOver>,
    },
    /// Fewer people could be asked than the plan wants.
    FoundTooFew {
        /// So many more are wanted.
        missing: u32,
    },
    /// A wave found nobody to ask: the next begins at once, and later ones count from here.
    WaveEmpty {
        /// Its number.
        wave: u32,
    },
    /// Nobody is left to ask for now, and no alert is unanswered.
    Exhausted {
        /// Why.
        #[serde(default)]
        why: ExhaustedReason,
    },
    /// A provider took the push.
    Sent {
        /// Of which alert.
        alert: AlertId,
    },
    /// A phone gave its receipt.
    Received {
        /// Of which alert.
        alert: AlertId,
        /// Priority the provider was asked for, as the phone saw it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority_original: Option<String>,
        /// Priority it arrived with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority_delivered: Option<String>,
    },
    /// A person looked at it.
    Seen {
        /// Of which alert.
        alert: AlertId,
    },
    /// A phone shows all that was said up to a version.
    Confirmed {
        /// Of which alert.
        alert: AlertId,
        /// Up to which version of the incident.
        shown: u64,
    },
    /// No provider takes its pushes for now: it waits until one does, and others are asked.
    PushPutOff {
        /// Of which alert.
        alert: AlertId,
        /// Stable word.
        reason: String,
    },
    /// A push will not arrive: its address is dead, or it was worth nothing any more.
    PushFailed {
        /// Of which alert.
        alert: AlertId,
        /// Stable word.
        reason: String,
        /// No phone of the responder is left to try: unreached, without waiting for a receipt.
        last: bool,
    },
    /// Said yes.
    Accepted {
        /// Which alert.
        alert: AlertId,
    },
    /// Said no.
    Declined {
        /// Which alert.
        alert: AlertId,
        /// The responder's reason.
        #[serde(skip)]
        reason: FreeText,
    },
    /// Said no after yes.
    Withdrawn {
        /// Which alert.
        alert: AlertId,
        /// The responder's reason.
        #[serde(skip)]
        reason: FreeText,
    },
    /// Set off.
    Departed {
        /// Which alert.
        alert: AlertId,
    },
    /// Is there.
    Arrived {
        /// Which alert.
        alert: AlertId,
    },
    /// Is with the patient: after this care may begin.
    ReachedPatient {
        /// Which alert.
        alert: AlertId,
    },
    /// Is done.
    Finished {
        /// Which alert.
        alert: AlertId,
        /// Why, if they said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<FinishReason>,
    },
    /// Silent for the answer window.
    Lapsed {
        /// Which alert.
        alert: AlertId,
    },
    /// No phone gave a receipt.
    Unreachable {
        /// Which alert.
        alert: AlertId,
    },
    /// Too old to answer, or engaged for too long without a word.
    Expired {
        /// Which alert.
        alert: AlertId,
    },
    /// Not needed any more.
    StoodDown {
        /// Which alert.
        alert: AlertId,
        /// Why.
        why: WhyStoodDown,
        /// What the desk adds.
        #[serde(skip)]
        reason: FreeText,
    },
    /// The desk takes back a mistaken arrival or end.
    Corrected {
        /// Which alert.
        alert: AlertId,
        /// Where it stood.
        from: AlertState,
        /// Where it stands.
        to: AlertState,
        /// The person's reason.
        #[serde(skip)]
        reason: FreeText,
    },
    /// Two positions in a row were at the place: they are there, and have not said so.
    AtAddress {
        /// Which alert.
        alert: AlertId,
    },
    /// Not at the place any more.
    LeftAddress {
        /// Which alert.
        alert: AlertId,
    },
    /// Not heard from: asked "still going?".
    StillGoingAsked {
        /// Which alert.
        alert: AlertId,
    },
    /// A sign of life of somebody engaged.
    Heard {
        /// Which alert.
        alert: AlertId,
        /// When.
        heard_at: Timestamp,
    },
    /// A responder is in danger.
    DangerReported {
        /// Which alert.
        alert: AlertId,
        /// What they said.
        #[serde(skip)]
        reason: FreeText,
    },
    /// A responder is out of the danger that they reported. That of the incident goes on.
    DangerEnded {
        /// Which alert.
        alert: AlertId,
    },
    /// Enough accepted.
    Covered,
    /// A place became free again.
    Uncovered,
    /// What is known of the scene changed.
    SceneChanged {
        /// Now.
        scene: Scene,
    },
    /// The place changed; old and new are private.
    Moved {
        /// New distance in metres and time in seconds of each open alert.
        distances: Vec<(AlertId, f64, u32)>,
        /// The known address is that of the old place, and may be wrong for the new one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        address_doubtful: bool,
    },
    /// The address or access notes changed; the text is private.
    AddressChanged,
    /// The address was removed.
    AddressRemoved,
    /// A doubtful address is right for the new place, too.
    AddressConfirmed,
    /// It is another kind of emergency: whoever is asked from now on is asked by its plan.
    KindChanged {
        /// The kind, or `other` when it is none that is known.
        kind: String,
        /// The rules that it runs by from now on.
        plan: Box<Plan>,
    },
    /// What is known of the patient changed.
    PatientChanged {
        /// Age in years.
        age_y: Option<u16>,
    },
    /// It is another kind of place.
    PlaceKindChanged {
        /// Which.
        place: PlaceKind,
    },
    /// The ambulance's estimate changed.
    EmsEtaChanged {
        /// When it should be there.
        at: Option<Timestamp>,
    },
    /// A named person knows of an alarm: every desk goes quiet about it.
    Acknowledged {
        /// Which alarm.
        alarm: Alarm,
        /// Subject of that person's token.
        by: String,
    },
    /// A note for the log.
    Noted {
        /// The note.
        #[serde(skip)]
        text: FreeText,
    },
    /// A message to those who accepted.
    MessageSent {
        /// The message.
        #[serde(skip)]
        text: FreeText,
    },
    /// Open for long; somebody should look.
    OpenForLong,
    /// Ended.
    Closed {
        /// How.
        outcome: Outcome,
        /// The incident that stands for this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<IncidentId>,
    },
    /// Open again.
    Reopened {
        /// The person's reason.
        #[serde(skip)]
        reason: FreeText,
    },
}

impl Event {
    /// The alert it is about.
    pub fn alert(&self) -> Option<&AlertId> {
        match self {
            Self::Alerted { alert } | Self::TakenOver { alert, .. } => Some(&alert.id),
            Self::Sent { alert }
            | Self::Received { alert, .. }
            | Self::Seen { alert }
            | Self::Confirmed { alert, .. }
            | Self::PushPutOff { alert, .. }
            | Self::PushFailed { alert, .. }
            | Self::Accepted { alert }
            | Self::Declined { alert, .. }
            | Self::Withdrawn { alert, .. }
            | Self::Departed { alert }
            | Self::Arrived { alert }
            | Self::ReachedPatient { alert }
            | Self::Finished { alert, .. }
            | Self::Corrected { alert, .. }
            | Self::AtAddress { alert }
            | Self::LeftAddress { alert }
            | Self::DangerEnded { alert }
            | Self::Lapsed { alert }
            | Self::Unreachable { alert }
            | Self::Expired { alert }
            | Self::StoodDown { alert, .. }
            | Self::StillGoingAsked { alert }
            | Self::Heard { alert, .. }
            | Self::DangerReported { alert, .. } => Some(alert),
            Self::Raised { .. }
            | Self::Released { .. }
            | Self::StillHeld { .. }
            | Self::WaveEmpty { .. }
            | Self::WaveLaunched { .. }
            | Self::WidenRequested
            | Self::PassedOver { .. }
            | Self::FoundTooFew { .. }
            | Self::Exhausted { .. }
            | Self::Covered
            | Self::Uncovered
            | Self::SceneChanged { .. }
            | Self::Moved { .. }
            | Self::AddressChanged
            | Self::AddressRemoved
            | Self::AddressConfirmed
            | Self::KindChanged { .. }
            | Self::PatientChanged { .. }
            | Self::PlaceKindChanged { .. }
            | Self::EmsEtaChanged { .. }
            | Self::Acknowledged { .. }
            | Self::Noted { .. }
            | Self::MessageSent { .. }
            | Self::OpenForLong
            | Self::Closed { .. }
            | Self::Reopened { .. } => None,
        }
    }

    /// What a person wrote, for the ledger's private store.
    pub fn free_text(&self) -> Option<&str> {
        match self {
            Self::Released { reason, .. }
            | Self::Reopened { reason }
            | Self::StoodDown { reason, .. }
            | Self::Corrected { reason, .. }
            | Self::Declined { reason, .. }
            | Self::Withdrawn { reason, .. }
            | Self::DangerReported { reason, .. } => Some(reason),
            Self::Noted { text } | Self::MessageSent { text } => Some(text),
            _ => None,
        }
        .map(|text| text.0.as_str())
        .filter(|text| !text.is_empty())
    }
}

/// An event with its time and its place in the incident's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// When it was decided, on the server's clock.
    pub at: Timestamp,
    /// The incident's version after the decision it belongs to.
    pub version: u64,
    /// What happened.
    pub event: Event,
}
