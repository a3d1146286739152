//! One ask to one responder for one incident.

use serde::{Deserialize, Serialize};

use super::ids::{AlertId, ResponderId, ResponderNo};
use super::plan::Plan;
use super::presence::SILENT_MAX;
use super::reason::{FinishReason, WhyStoodDown};
use super::responder::{Skills, Source, Travel};
use super::selection::Role;
use super::time::{Millis, Timestamp};

/// Where an ask stands. States never move back, with one exception that saves lives: whoever was
/// silent may still accept while a place is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Decided and on disk, not yet taken by a provider.
    Queued,
    /// A push provider took it. Not delivery.
    Sent,
    /// The phone has it, by its own receipt.
    Received,
    /// A person looked at it.
    Seen,
    /// The responder said yes.
    Accepted,
    /// Under way.
    EnRoute,
    /// There.
    OnScene,
    /// Was there, and has left or handed over.
    Finished,
    /// The responder said no.
    Declined,
    /// Said no after having said yes.
    Withdrawn,
    /// Silent for the answer window; somebody else was asked as well.
    Lapsed,
    /// Not needed any more.
    StoodDown,
    /// No phone gave a receipt.
    Unreachable,
    /// Too old to answer.
    Expired,
}

impl AlertState {
    /// Every state.
    pub const ALL: [Self; 14] = [
        Self::Queued,
        Self::Sent,
        Self::Received,
        Self::Seen,
        Self::Accepted,
        Self::EnRoute,
        Self::OnScene,
        Self::Finished,
        Self::Declined,
        Self::Withdrawn,
        Self::Lapsed,
        Self::StoodDown,
        Self::Unreachable,
        Self::Expired,
    ];

    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Seen => "seen",
            Self::Accepted => "accepted",
            Self::EnRoute => "en_route",
            Self::OnScene => "on_scene",
            Self::Finished => "finished",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
            Self::StoodDown => "stood_down",
            Self::Unreachable => "unreachable",
            Self::Expired => "expired",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Asked, and the answer window still runs.
    pub fn is_unanswered(self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Sent | Self::Received | Self::Seen
        )
    }

    /// Said yes and is not done: the responder is taken.
    pub fn is_engaged(self) -> bool {
        matches!(self, Self::Accepted | Self::EnRoute | Self::OnScene)
    }

    /// Said yes and is not there.
    pub fn is_coming(self) -> bool {
        matches!(self, Self::Accepted | Self::EnRoute)
    }

    /// Said yes, and did not take it back.
    pub fn is_accepted(self) -> bool {
        self.is_engaged() || self == Self::Finished
    }

    /// Silent, but a late yes is welcome while a place is free.
    pub fn is_silent(self) -> bool {
        matches!(self, Self::Lapsed | Self::Unreachable)
    }

    /// The phone may still show it.
    pub fn is_open(self) -> bool {
        self.is_unanswered() || self.is_engaged() || self.is_silent()
    }

    /// Nothing changes any more.
    pub fn is_terminal(self) -> bool {
        !self.is_open()
    }

    /// The responder belongs to this incident and to no other. Whoever is silent is let go, and may
    /// still say yes while nobody else holds them.
    pub fn holds_claim(self) -> bool {
        self.is_unanswered() || self.is_engaged()
    }
}

/// The ask and all that became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that come and go independently of each other"
)]
pub struct Alert {
    /// Its name; repeats of the push carry the same.
    pub id: AlertId,
    /// Who was asked.
    pub responder: ResponderNo,
    /// Who was asked, as the organisation names them.
    pub responder_id: ResponderId,
    /// What they can do.
    pub skills: Skills,
    /// How they travel.
    #[serde(default)]
    pub travel: Travel,
    /// Where it stands.
    pub state: AlertState,
    /// What they were asked to do.
    pub role: Role,
    /// Which wave of the round asked them, from 1; 0 when none did: they were on it when the round began, or
    /// came with another report.
    pub wave: u32,
    /// The last round that it belongs to, from 1.
    #[serde(default = "first_round")]
    pub round: u32,
    /// The alerts of other reports of the same emergency that this one goes on for, the last of them
    /// last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<AlertId>,
    /// Asked because somebody who had said yes fell silent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_doubt: bool,
    /// Great-circle distance to the place at the time of asking, or when the place last moved,
    /// metres.
    pub distance_m: f64,
    /// Estimated seconds to the place at that time.
    pub eta_s: u32,
    /// How old the position was at the time of asking, seconds; 0 when it was that of a place.
    pub fix_age_s: u32,
    /// Where that position came from.
    #[serde(default, skip_serializing_if = "Source::is_live")]
    pub position: Source,
    /// When the ask was decided.
    pub created_at: Timestamp,
    /// When somebody else is asked as well.
    pub answer_by: Timestamp,
    /// When no phone's receipt means unreached.
    pub receipt_by: Timestamp,
    /// When the ask ends.
    pub expires_at: Timestamp,
    /// Since when no provider takes its pushes; absent once one did, or a phone has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push_waiting_since: Option<Timestamp>,
    /// First receipt of any phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// First look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// The yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// With the patient for the first time; absent in what was written before it could be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_patient_at: Option<Timestamp>,
    /// When and why they were done; the reason is absent when they gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<(Timestamp, Option<FinishReason>)>,
    /// Why they are not needed any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stood_down_because: Option<WhyStoodDown>,
    /// Last sign of life after the yes: an answer or a fix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
    /// Asked "still going?" without an answer yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubtful: bool,
    /// Two positions in a row were at the place. Counts in no number: only their word does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_address: bool,
    /// The responder said that they are in danger, and nobody said yet that it is over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_danger: bool,
    /// When they last said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub danger_at: Option<Timestamp>,
    /// Was told of a danger that is not over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_danger: bool,
    /// When the danger that they were told of was over; absent while there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_clear_at: Option<Timestamp>,
    /// Version of the incident at the last change; orders messages to the phone.
    pub version: u64,
    /// Version of the last update, danger or stand-down that the phones were woken for; nothing
    /// since the ask when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_version: Option<u64>,
    /// The last version that a phone said it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_version: Option<u64>,
}

/// No alert remembers more of those that it goes on for.
const REPLACES_MAX: usize = 8;

fn first_round() -> u32 {
    1
}

impl Alert {
    /// Takes one of the places that the incident has in this round: on it, or done in it and not
    /// gone before their time.
    pub fn fills_a_place(&self, round: u32) -> bool {
        match self.state {
            AlertState::Finished => {
                let why = self.finished.and_then(|(_, why)| why);
                self.round == round && !why.is_some_and(FinishReason::frees_the_place)
            }
            state => state.is_engaged(),
        }
    }

    /// Takes hold of its responder now: newly asked, or said yes just now. `before` is what it was.
    pub fn takes_hold(&self, before: Option<&Self>) -> bool {
        let held = before.is_some_and(|a| a.state.holds_claim());
        let engaged = before.is_some_and(|a| a.state.is_engaged());
        self.state.holds_claim() && (!held || (self.state.is_engaged() && !engaged))
    }

    /// The same under another name, on another report of the same emergency.
    #[must_use]
    pub(in crate::domain) fn renamed(&self, id: AlertId) -> Self {
        let mut replaces = self.replaces.clone();
        if replaces.len() >= REPLACES_MAX {
            replaces.remove(0);
        }
        replaces.push(self.id.clone());
        Self {
            id,
            replaces,
            ..self.clone()
        }
    }

    /// Another alert goes on for it: the emergency was reported twice.
    pub fn is_merged(&self) -> bool {
        self.state == AlertState::StoodDown && self.stood_down_because == Some(WhyStoodDown::Merged)
    }

    /// So long after the last sign of life of somebody on their way it is doubted that they come.
    /// Whoever is at the address is not asked so soon.
    pub fn doubted_after(&self, plan: &Plan) -> Millis {
        if self.at_address {
            SILENT_MAX.max(plan.still_going())
        } else {
            plan.still_going()
        }
    }

    /// Nobody can have seen it, because no provider takes its pushes: it holds no place, its
    /// windows do not run, and it is sent when a provider is back.
    pub fn is_waiting(&self) -> bool {
        self.state == AlertState::Queued && self.push_waiting_since.is_some()
    }

    /// Version of the newest word about it: orders what phones are told, also of what concerns
    /// the whole incident, such as a message or a danger.
    pub fn newest(&self) -> u64 {
        self.version.max(self.told_version.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::AlertState;

    #[test]
    fn every_word_parses_back() {
        for state in AlertState::ALL {
            assert_eq!(AlertState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn every_state_is_in_just_one_class() {
        for state in AlertState::ALL {
            let classes = [
                state.is_unanswered(),
                state.is_engaged(),
                state.is_silent(),
                state.is_terminal(),
            ];
            assert_eq!(classes.iter().filter(|c| **c).count(), 1, "{state:?}");
        }
    }
}
