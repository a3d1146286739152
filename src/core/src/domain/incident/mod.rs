//! The life of an incident: `decide` says what happens, `apply` makes it so, `wake_at` says when
//! to look again. Its events are the whole truth: replaying them gives the same incident.

mod apply;
mod decide;
mod schedule;
#[cfg(test)]
mod tests;

pub use decide::{Command, Receipt, Refusal};
pub use schedule::Want;

use serde::{Deserialize, Serialize};

use super::alert::{Alert, AlertState};
use super::event::{Alarm, HeldReason, Outcome};
use super::ids::{AlertId, IncidentId, OrgNo, ResponderNo};
use super::plan::{Plan, Scene};
use super::responder::Skill;
use super::time::{Millis, Timestamp};

/// Within so long a closed incident can be opened again.
pub const REOPEN_WINDOW: Millis = Millis::from_s(30 * 60);

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A home.
    Private,
    /// A street, a shop, a station.
    Public,
    /// A care home or clinic.
    Care,
    /// Nobody said.
    Unknown,
}

impl PlaceKind {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
            Self::Care => "care",
            Self::Unknown => "unknown",
        }
    }

    /// The value of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Private, Self::Public, Self::Care, Self::Unknown]
            .into_iter()
            .find(|place| place.as_str() == word)
    }
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody is alerted until a person says so.
    Held,
    /// People are being asked.
    Alerting,
    /// As many accepted as are wanted.
    Covered,
    /// Nobody is left to ask for now; whoever comes into reach is still asked.
    Exhausted,
    /// Over.
    Closed,
}

impl State {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Alerting => "alerting",
            Self::Covered => "covered",
            Self::Exhausted => "exhausted",
            Self::Closed => "closed",
        }
    }
}

/// All that is known at the start and is not private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// Its name.
    pub id: IncidentId,
    /// Who raised it.
    pub org: OrgNo,
    /// What happened, in the caller's system's word.
    pub kind: String,
    /// The rules it runs by, copied.
    pub plan: Plan,
    /// Not a real emergency.
    pub exercise: bool,
    /// What is known of the scene.
    pub scene: Scene,
    /// What kind of place it is.
    pub place: PlaceKind,
    /// The patient's age in years.
    pub patient_age_y: Option<u16>,
    /// When the call began.
    pub called_at: Option<Timestamp>,
    /// When the ambulance should be there.
    pub ems_eta_at: Option<Timestamp>,
    /// When muster learned of it.
    pub opened_at: Timestamp,
}

impl Opening {
    /// Why nobody may be alerted yet; empty when alerting can begin.
    pub fn held_reasons(&self) -> Vec<HeldReason> {
        let mut reasons = Vec::new();
        if self.plan.hold {
            reasons.push(HeldReason::PlanHolds);
        }
        if self.scene == Scene::Unsafe {
            reasons.push(HeldReason::SceneUnsafe);
        } else if !self.plan.scene.contains(&self.scene) {
            reasons.push(HeldReason::SceneNotCleared);
        }
        if self
            .called_at
            .is_some_and(|at| self.opened_at - at > self.plan.max_call_age())
        {
            reasons.push(HeldReason::CallTooOld);
        }
        if let (Some(least), Some(age)) = (self.plan.min_patient_age_y, self.patient_age_y)
            && age < least
        {
            reasons.push(HeldReason::PatientTooYoung);
        }
        reasons
    }
}

/// Somebody knows of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Which alarm.
    pub alarm: Alarm,
    /// Subject of their token.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
}

/// An incident as its events have made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that come and go independently of each other and of the state"
)]
pub struct Incident {
    /// What was known at the start; `scene` and `ems_eta_at` follow later changes.
    pub opening: Opening,
    /// Grows by one with each decision.
    pub version: u64,
    /// Where it stands.
    pub state: State,
    /// Why it waits, while held.
    pub held_reasons: Vec<HeldReason>,
    /// When alerting began; waves count from here.
    pub alerting_since: Option<Timestamp>,
    /// The wave that runs, 0 before the first.
    pub wave: u32,
    /// A person asked for the next wave now.
    pub widen_requested: bool,
    /// The last search found too few.
    pub short: bool,
    /// The scene is dangerous or somebody on it said so: no more people are sent.
    pub danger: bool,
    /// The desk was told that it is open for long.
    pub warned: bool,
    /// When and how it ended.
    pub closed: Option<(Timestamp, Outcome)>,
    /// The latest acknowledgement of each alarm, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<Acknowledgement>,
    /// Everybody asked, in the order of asking.
    pub alerts: Vec<Alert>,
}

/// What a call handler tells the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Accepted and not there yet.
    pub coming: u32,
    /// There.
    pub on_scene: u32,
    /// Estimated seconds until the first is there, from now.
    pub first_eta_s: Option<u32>,
    /// What that first one can do.
    pub first_skill: Option<Skill>,
}

impl Incident {
    /// The alert of that name.
    pub fn alert(&self, id: &AlertId) -> Option<&Alert> {
        self.alerts.iter().find(|alert| alert.id == *id)
    }

    /// Everybody who said yes and did not take it back.
    pub fn accepted(&self) -> u32 {
        self.count(AlertState::is_accepted)
    }

    /// Everybody asked whose answer window still runs.
    pub fn unanswered(&self) -> u32 {
        self.count(AlertState::is_unanswered)
    }

    /// Whether this responder must not be asked again for this incident. Being stood down is not
    /// an answer: those people may be asked again when a place reopens.
    pub fn was_asked(&self, responder: ResponderNo) -> bool {
        self.alerts
            .iter()
            .any(|a| a.responder == responder && a.state != AlertState::StoodDown)
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// What a call handler tells the caller, as of `now`.
    pub fn summary(&self, now: Timestamp) -> Summary {
        let coming = |a: &&Alert| matches!(a.state, AlertState::Accepted | AlertState::EnRoute);
        let left = |a: &Alert| {
            let gone = now - a.accepted_at.unwrap_or(now);
            i64::from(a.eta_s).saturating_sub(gone.as_s()).max(0)
        };
        let first = self.alerts.iter().filter(coming).min_by_key(|a| left(a));
        Summary {
            coming: self.count(|s| matches!(s, AlertState::Accepted | AlertState::EnRoute)),
            on_scene: self.count(|s| s == AlertState::OnScene),
            first_eta_s: first.map(|a| u32::try_from(left(a)).unwrap_or(u32::MAX)),
            first_skill: first.and_then(|a| a.skills.foremost()),
        }
    }

    fn count(&self, class: impl Fn(AlertState) -> bool) -> u32 {
        let n = self.alerts.iter().filter(|a| class(a.state)).count();
        u32::try_from(n).unwrap_or(u32::MAX)
    }
}
