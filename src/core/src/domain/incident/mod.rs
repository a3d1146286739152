//! The life of an incident: `decide` says what happens, `apply` makes it so, `wake_at` says when
//! to look again. Its events are the whole truth: replaying them gives the same incident.

mod apply;
mod decide;
pub mod second_reading;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod waiting_tests;
mod wake_at;
mod waves;

pub use decide::{Command, Correction, Receipt, Refusal};
pub use waves::{NextWave, Want};

use serde::{Deserialize, Serialize};

use super::alert::{Alert, AlertState};
use super::approach::Approach;
use super::event::{Alarm, ExhaustedReason, HeldReason, Outcome};
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
    /// What happened, as one of the known kinds, or `other`.
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
    /// Why nobody may be alerted as of `now`; empty when alerting can begin.
    pub fn held_reasons(&self, now: Timestamp) -> Vec<HeldReason> {
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
            .is_some_and(|at| now - at > self.plan.max_call_age())
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

/// A coordinator let people be asked although the scene is unsafe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Subject of their token.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
}

/// An incident as its events have made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that come and go independently of each other and of the state"
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
    /// Which round it is: 1, and one more each time that it is opened again.
    #[serde(default = "first_round")]
    pub round: u32,
    /// When it was last opened again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_at: Option<Timestamp>,
    /// When alerting began in this round.
    pub alerting_since: Option<Timestamp>,
    /// Waves count from here, when that is another instant: an empty wave brought the next forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waves_from: Option<Timestamp>,
    /// The wave that runs, 0 before the first.
    pub wave: u32,
    /// A person asked for the next wave now.
    pub widen_requested: bool,
    /// The last search found too few.
    pub short: bool,
    /// Why nobody is left to ask, while exhausted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhausted: Option<ExhaustedReason>,
    /// The scene is dangerous or somebody on it said so: no more people are sent.
    pub danger: bool,
    /// People are asked although there is danger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Override>,
    /// The address is that of a place further back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub address_doubtful: bool,
    /// The desk was told that it is open for long.
    pub warned: bool,
    /// When and how it ended.
    pub closed: Option<(Timestamp, Outcome)>,
    /// The incident that stands for this one, closed as a duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<IncidentId>,
    /// The latest acknowledgement of each alarm, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<Acknowledgement>,
    /// Everybody asked, in the order of asking.
    pub alerts: Vec<Alert>,
}

/// What a call handler tells the caller.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Said yes and not there by their word.
    pub coming: u32,
    /// Of these, who have left.
    pub left: u32,
    /// There, by their word.
    pub on_scene: u32,
    /// Of those who are coming, who are at the address and have not said so.
    pub at_address: u32,
    /// Were on it in this round, and are done.
    pub finished: u32,
    /// Seconds until the first is there of those who may be promised to a caller; see
    /// [`Approach::is_promised`].
    pub first_eta_s: Option<u32>,
    /// What that first one can do.
    pub first_skill: Option<Skill>,
}

fn first_round() -> u32 {
    1
}

impl Incident {
    /// The alert of that name.
    pub fn alert(&self, id: &AlertId) -> Option<&Alert> {
        self.alerts.iter().find(|alert| alert.id == *id)
    }

    /// How many places of this round are filled: by whoever is on it, and whoever was and is done.
    pub fn accepted(&self) -> u32 {
        self.count(|a| a.fills_a_place(self.round))
    }

    /// Everybody asked whose answer window still runs.
    pub fn unanswered(&self) -> u32 {
        self.count(|a| a.state.is_unanswered())
    }

    /// How many were asked in this round.
    pub fn asked(&self) -> u32 {
        self.count(|a| a.round == self.round)
    }

    /// How many of those are told nothing yet, because no provider takes their pushes.
    pub fn waiting(&self) -> u32 {
        self.count(Alert::is_waiting)
    }

    /// Whether this responder must not be asked again in this round. Being stood down is not an
    /// answer: those people may be asked again when a place reopens.
    pub fn was_asked(&self, responder: ResponderNo) -> bool {
        self.alerts.iter().any(|a| {
            a.responder == responder
                && (a.state.is_open()
                    || (a.round == self.round && a.state != AlertState::StoodDown))
        })
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// When this round began.
    pub fn round_began_at(&self) -> Timestamp {
        self.reopened_at.unwrap_or(self.opening.opened_at)
    }

    /// Whether somebody on it, or who was, is in danger by their own word.
    pub fn has_open_report(&self) -> bool {
        self.alerts.iter().any(|a| a.in_danger)
    }

    /// Whether a report of danger is open that nobody has acknowledged since it came: it rings,
    /// also when the incident is over.
    pub fn has_unheard_report(&self) -> bool {
        let heard = self
            .acknowledged
            .iter()
            .find(|known| known.alarm == Alarm::Danger);
        let is_heard = |alert: &Alert| {
            heard.is_some_and(|known| alert.danger_at.is_none_or(|at| at <= known.at))
        };
        self.alerts
            .iter()
            .any(|alert| alert.in_danger && !is_heard(alert))
    }

    /// What a call handler tells the caller as of `now`, given where those are who are on it.
    pub fn summary<'a>(
        &self,
        approach: impl Fn(&Alert) -> Option<&'a Approach>,
        now: Timestamp,
    ) -> Summary {
        let mut summary = Summary {
            on_scene: self.count(|a| a.state == AlertState::OnScene),
            finished: self.count(|a| a.state == AlertState::Finished && a.round == self.round),
            ..Summary::default()
        };
        for alert in self.alerts.iter().filter(|a| a.state.is_coming()) {
            let approach = approach(alert);
            summary.coming += 1;
            summary.at_address += u32::from(alert.at_address);
            summary.left += u32::from(alert.has_left(approach));
            let promised = approach.filter(|a| alert.has_left(Some(a)) && a.is_recent(now));
            if let Some(eta_s) = promised.map(|a| a.eta_s)
                && summary.first_eta_s.is_none_or(|first| eta_s < first)
            {
                summary.first_eta_s = Some(eta_s);
                summary.first_skill = alert.skills.foremost();
            }
        }
        summary
    }

    fn count(&self, class: impl Fn(&Alert) -> bool) -> u32 {
        let n = self.alerts.iter().filter(|a| class(a)).count();
        u32::try_from(n).unwrap_or(u32::MAX)
    }
}
