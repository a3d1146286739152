//! What happened to an incident: the audit trail, the live feed and the evidence.
//!
//! Invariant: no event holds an address, an exact place, a name or free text. Free text travels
//! beside the event in a field that is never serialised; the ledger keeps it under the incident's
//! own key, which is destroyed at retention.

use serde::{Deserialize, Serialize};

use super::alert::Alert;
use super::ids::{AlertId, IncidentId};
use super::incident::Opening;
use super::plan::Scene;
use super::selection::PassedOver;
use super::time::Timestamp;

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

/// Why an incident waits for a person before anybody is alerted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldReason {
    /// The scene is known to be dangerous.
    SceneUnsafe,
    /// The plan does not alert on what is known of the scene.
    SceneNotCleared,
    /// The call is older than the plan allows.
    CallTooOld,
    /// The patient is younger than the plan allows.
    PatientTooYoung,
    /// The plan holds every incident of this kind.
    PlanHolds,
}

impl HeldReason {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SceneUnsafe => "scene_unsafe",
            Self::SceneNotCleared => "scene_not_cleared",
            Self::CallTooOld => "call_too_old",
            Self::PatientTooYoung => "patient_too_young",
            Self::PlanHolds => "plan_holds",
        }
    }
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Volunteers are not needed.
    StoodDown,
    /// The ambulance is there.
    EmsOnScene,
    /// Done.
    Completed,
    /// Nothing had happened.
    FalseAlarm,
    /// Another incident stands for it.
    Duplicate,
    /// Open for too long; closed by itself.
    Expired,
}

impl Outcome {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StoodDown => "stood_down",
            Self::EmsOnScene => "ems_on_scene",
            Self::Completed => "completed",
            Self::FalseAlarm => "false_alarm",
            Self::Duplicate => "duplicate",
            Self::Expired => "expired",
        }
    }

    /// The outcome of that word, as far as a person may choose it.
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::StoodDown,
            Self::EmsOnScene,
            Self::Completed,
            Self::FalseAlarm,
            Self::Duplicate,
        ]
        .into_iter()
        .find(|outcome| outcome.as_str() == word)
    }
}

/// Why somebody is not needed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyStoodDown {
    /// Enough others accepted.
    EnoughAccepted,
    /// The incident was closed.
    IncidentClosed,
    /// The place changed and is now out of reach.
    PlaceMoved,
    /// The responder went to another incident, or a real one came before an exercise.
    CalledElsewhere,
    /// The responder was suspended, or left.
    NoLongerEligible,
}

/// What sounds at every desk until a named person says that they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// A minute has gone and nobody has accepted.
    NobodyComing,
    /// Nobody is left to ask for now.
    Exhausted,
    /// The scene is dangerous.
    Unsafe,
    /// A responder said that they are in danger.
    Danger,
}

impl Alarm {
    /// Every alarm.
    pub const ALL: [Self; 4] = [
        Self::NobodyComing,
        Self::Exhausted,
        Self::Unsafe,
        Self::Danger,
    ];

    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NobodyComing => "nobody_coming",
            Self::Exhausted => "exhausted",
            Self::Unsafe => "unsafe",
            Self::Danger => "danger",
        }
    }

    /// The alarm of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alarm| alarm.as_str() == word)
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
    /// A held incident was released, or reopened: alerting begins now.
    Released {
        /// The person's reason.
        #[serde(skip)]
        reason: FreeText,
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
    /// Nobody is left to ask for now.
    Exhausted,
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
    /// A provider refused the push for good, or the address is dead.
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
    },
    /// The address or access notes changed; the text is private.
    AddressChanged,
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
            Self::Alerted { alert } => Some(&alert.id),
            Self::Sent { alert }
            | Self::Received { alert, .. }
            | Self::Seen { alert }
            | Self::Confirmed { alert, .. }
            | Self::PushFailed { alert, .. }
            | Self::Accepted { alert }
            | Self::Declined { alert, .. }
            | Self::Withdrawn { alert, .. }
            | Self::Departed { alert }
            | Self::Arrived { alert }
            | Self::ReachedPatient { alert }
            | Self::Finished { alert }
            | Self::Lapsed { alert }
            | Self::Unreachable { alert }
            | Self::Expired { alert }
            | Self::StoodDown { alert, .. }
            | Self::StillGoingAsked { alert }
            | Self::Heard { alert, .. }
            | Self::DangerReported { alert, .. } => Some(alert),
            Self::Raised { .. }
            | Self::Released { .. }
            | Self::WaveLaunched { .. }
            | Self::WidenRequested
            | Self::PassedOver { .. }
            | Self::FoundTooFew { .. }
            | Self::Exhausted
            | Self::Covered
            | Self::Uncovered
            | Self::SceneChanged { .. }
            | Self::Moved { .. }
            | Self::AddressChanged
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
            Self::Released { reason }
            | Self::Reopened { reason }
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

#[cfg(test)]
mod tests {
    use super::Alarm;

    #[test]
    fn every_alarm_parses_back() {
        for alarm in Alarm::ALL {
            assert_eq!(Alarm::parse(alarm.as_str()), Some(alarm));
        }
        assert_eq!(Alarm::parse("fire"), None);
    }
}
