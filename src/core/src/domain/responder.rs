//! A verified volunteer: skills, how they travel, where they were last seen.

use serde::{Deserialize, Serialize};

use super::ids::{AlertId, OrgNo, ResponderId, ResponderNo};
use super::place::Point;
use super::time::{Millis, Timestamp};

/// A live position that is not older than this counts more than any place. Longer than plans
/// believe a position without doubt (20 minutes), so that whoever just looked at the page is not
/// moved home by their hours; short enough that the place is there when the position is worth
/// less than it.
pub const LIVE_FIRST: Millis = Millis::from_s(30 * 60);

/// What a responder can do. Unknown skills are refused at enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skill {
    /// Basic life support.
    Bls,
    /// First aid beyond basic life support.
    FirstAid,
    /// Registered nurse.
    Nurse,
    /// Emergency medical technician.
    Emt,
    /// Paramedic.
    Paramedic,
    /// Physician.
    Doctor,
    /// Fire and rescue.
    Firefighter,
    /// Police.
    Police,
}

impl Skill {
    /// Every skill, in ascending order of what is said first to a caller.
    pub const ALL: [Self; 8] = [
        Self::Bls,
        Self::FirstAid,
        Self::Police,
        Self::Firefighter,
        Self::Emt,
        Self::Nurse,
        Self::Paramedic,
        Self::Doctor,
    ];

    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bls => "bls",
            Self::FirstAid => "first_aid",
            Self::Nurse => "nurse",
            Self::Emt => "emt",
            Self::Paramedic => "paramedic",
            Self::Doctor => "doctor",
            Self::Firefighter => "firefighter",
            Self::Police => "police",
        }
    }

    /// The skill of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|skill| skill.as_str() == word)
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of skills in one word of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skills(pub u16);

impl Skills {
    /// Whether any skill is in both sets.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order of [`Skill::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Skill> {
        Skill::ALL
            .into_iter()
            .filter(move |s| self.0 & s.bit() != 0)
    }

    /// The member that says most about what the responder can do.
    pub fn foremost(self) -> Option<Skill> {
        self.iter().last()
    }
}

impl FromIterator<Skill> for Skills {
    fn from_iter<I: IntoIterator<Item = Skill>>(skills: I) -> Self {
        Self(skills.into_iter().fold(0, |set, skill| set | skill.bit()))
    }
}

/// How a responder gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Travel {
    /// On foot.
    #[default]
    Foot,
    /// By bicycle.
    Bike,
    /// By car.
    Car,
}

impl Travel {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Foot => "foot",
            Self::Bike => "bike",
            Self::Car => "car",
        }
    }

    /// The mode of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Foot, Self::Bike, Self::Car]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// Where enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Enrolled, papers not yet checked.
    Pending,
    /// May be alerted.
    Verified,
    /// Must not be alerted.
    Suspended,
}

impl Standing {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Suspended => "suspended",
        }
    }

    /// The standing of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Verified, Self::Suspended]
            .into_iter()
            .find(|standing| standing.as_str() == word)
    }
}

/// Where a position comes from. The greater counts more.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// From a place and hours that its owner named.
    Place,
    /// From a phone or tracker, where it was.
    #[default]
    Live,
}

impl Source {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Live => "live",
        }
    }

    /// Whether it is from a phone or tracker: what is stored says so only when it is not.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub fn is_live(&self) -> bool {
        *self == Self::Live
    }
}

/// A position with accuracy and time, already on the server's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// Where.
    pub point: Point,
    /// Radius of uncertainty in metres, at least 0.
    pub accuracy_m: f32,
    /// When the position was taken; of a place, when its hours last were seen to run.
    pub at: Timestamp,
    /// Where it comes from.
    pub source: Source,
}

impl Fix {
    /// Of two positions of somebody the one of the greater rank counts, whatever the order in
    /// which they come: a place counts like a live position of half an hour before.
    pub fn rank(&self) -> (Timestamp, Source) {
        rank(self.at, self.source)
    }

    /// Whether it takes the place of the one that is held. Of two of the same rank the later word
    /// counts: phones and networks keep their order.
    pub fn replaces(&self, held: &Self) -> bool {
        self.rank() >= held.rank()
    }
}

/// The rank of a position of that time and source: see [`Fix::rank`].
pub fn rank(at: Timestamp, source: Source) -> (Timestamp, Source) {
    match source {
        Source::Live => (at, source),
        Source::Place => (at - LIVE_FIRST, source),
    }
}

/// What the live index must know of a responder before it may show them to a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Whose.
    pub responder: ResponderNo,
    /// The organisation that may alert them.
    pub org: OrgNo,
    /// What they can do.
    pub skills: Skills,
    /// How they travel.
    pub travel: Travel,
    /// Whether they opted in to exercises.
    pub exercises: bool,
    /// Whether they may be alerted now: verified, on duty, reachable, not on an incident.
    pub available: bool,
    /// Grows with every change of the above; an older profile never replaces a newer one.
    pub version: u64,
}

/// What the ledger says, inside the deciding transaction, of a responder the index proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// Whose.
    pub responder: ResponderNo,
    /// As the organisation names them.
    pub responder_id: ResponderId,
    /// What they can do.
    pub skills: Skills,
    /// Why they must not be alerted for this incident; `None` when they may be.
    pub barred: Option<Bar>,
    /// The alert that has a hold on them, of this incident or of another.
    pub held_by: Option<AlertId>,
}

/// Why a proposed responder must not be alerted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// Not verified, or suspended.
    NotVerified,
    /// Does not want alerts now.
    OffDuty,
    /// No phone that a push can reach.
    NoDevice,
    /// Holds an unanswered alert or is on an incident.
    Engaged,
    /// Did not opt in to exercises.
    NoExercises,
    /// Not of this organisation.
    OtherOrganisation,
    /// The services that would wake their phones take nothing now: others are waiting for them
    /// already.
    PushWaits,
}

/// The one incident that has a hold on a responder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Through which alert.
    pub alert: AlertId,
    /// Accepted, and not only asked.
    pub engaged: bool,
    /// An exercise yields to a real incident.
    pub exercise: bool,
}
