//! The words for why: why an incident waits, ends, or finds nobody, why somebody left, and what
//! sounds at the desk.

use serde::{Deserialize, Serialize};

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
    /// The ambulance should be there by now.
    EmsDue,
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
            Self::EmsDue => "ems_due",
        }
    }
}

/// Why nobody will be asked any more by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExhaustedReason {
    /// The last wave was searched in full; whoever comes into reach is still asked.
    #[default]
    NobodyInReach,
    /// The round has asked as many as the plan allows.
    MaxAsked,
    /// All places were asked for, and the plan replaces nobody who declines or stays silent.
    NoReplacement,
}

impl ExhaustedReason {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NobodyInReach => "nobody_in_reach",
            Self::MaxAsked => "max_asked",
            Self::NoReplacement => "no_replacement",
        }
    }
}

/// Why somebody who was on it is not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The ambulance's crew has taken over.
    EmsTookOver,
    /// The patient needs no help.
    NotNeeded,
    /// There was no way in.
    NoAccess,
    /// They could not stay.
    HadToLeave,
    /// Not heard from for so long that the engagement ended by itself. Nobody says this.
    Silent,
}

impl FinishReason {
    /// The reasons that a responder may give.
    pub const SAID: [Self; 4] = [
        Self::EmsTookOver,
        Self::NotNeeded,
        Self::NoAccess,
        Self::HadToLeave,
    ];

    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmsTookOver => "ems_took_over",
            Self::NotNeeded => "not_needed",
            Self::NoAccess => "no_access",
            Self::HadToLeave => "had_to_leave",
            Self::Silent => "silent",
        }
    }

    /// The reason of that word, as far as a responder may give it.
    pub fn parse(word: &str) -> Option<Self> {
        Self::SAID.into_iter().find(|why| why.as_str() == word)
    }

    /// The patient may still need somebody.
    pub fn frees_the_place(self) -> bool {
        matches!(self, Self::NoAccess | Self::HadToLeave)
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
    /// Asked because somebody had fallen silent, who was heard from again.
    DoubtEnded,
    /// The desk said so.
    ByDesk,
    /// The emergency was reported twice: they are on the other incident.
    Merged,
}

impl WhyStoodDown {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnoughAccepted => "enough_accepted",
            Self::IncidentClosed => "incident_closed",
            Self::PlaceMoved => "place_moved",
            Self::CalledElsewhere => "called_elsewhere",
            Self::NoLongerEligible => "no_longer_eligible",
            Self::DoubtEnded => "doubt_ended",
            Self::ByDesk => "by_desk",
            Self::Merged => "merged",
        }
    }
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
    /// Somebody left without handing over, or could not get in.
    Left,
    /// No provider takes the pushes of people who were asked.
    Unreachable,
}

impl Alarm {
    /// Every alarm.
    pub const ALL: [Self; 6] = [
        Self::NobodyComing,
        Self::Exhausted,
        Self::Unsafe,
        Self::Danger,
        Self::Left,
        Self::Unreachable,
    ];

    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NobodyComing => "nobody_coming",
            Self::Exhausted => "exhausted",
            Self::Unsafe => "unsafe",
            Self::Danger => "danger",
            Self::Left => "left",
            Self::Unreachable => "unreachable",
        }
    }

    /// The alarm of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alarm| alarm.as_str() == word)
    }
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
