//! Who is to be called after an incident, and who sees to it.

use muster_core::ports::{Care, FollowUp, FollowUps};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Invalid, WireTime, text};

/// Longest name of an owner, characters.
const OWNER_MAX: usize = 128;

/// Somebody takes it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeFollowUp {
    /// From whom, when somebody else has it: the `by` that was read.
    pub from: Option<String>,
}

impl TakeFollowUp {
    /// From whom.
    pub fn check(self) -> Result<Option<String>, Invalid> {
        self.from
            .map(|from| text("from", from, OWNER_MAX))
            .transpose()
    }
}

/// Who sees to it, and how far they are.
#[derive(Serialize, ToSchema)]
pub struct CareView {
    /// `open`, `taken` or `done`.
    #[schema(example = "open")]
    pub state: &'static str,
    /// Who took it.
    pub by: Option<String>,
    /// When they took it.
    pub taken_at: Option<WireTime>,
    /// When they said that it is done.
    pub done_at: Option<WireTime>,
}

impl From<Care> for CareView {
    fn from(care: Care) -> Self {
        let state = match (&care.taken, care.done_at) {
            (_, Some(_)) => "done",
            (Some(_), None) => "taken",
            (None, None) => "open",
        };
        let (by, taken_at) = care.taken.unzip();
        Self {
            state,
            by,
            taken_at: taken_at.map(WireTime),
            done_at: care.done_at.map(WireTime),
        }
    }
}

/// Somebody to be called, without what they said.
#[derive(Serialize, ToSchema)]
pub struct FollowUpView {
    /// The alert that they reported on.
    pub alert_id: String,
    /// After which incident.
    pub incident_id: String,
    /// What kind of incident.
    pub kind: String,
    /// When that incident was raised.
    pub raised_at: WireTime,
    /// Whom to call.
    pub responder_id: String,
    /// The person's name.
    pub name: String,
    /// The person's telephone.
    pub phone: Option<String>,
    /// When they asked.
    pub asked_at: WireTime,
    /// Who sees to it.
    pub care: CareView,
}

impl From<FollowUp> for FollowUpView {
    fn from(one: FollowUp) -> Self {
        Self {
            alert_id: one.alert.0,
            incident_id: one.incident.0,
            kind: one.kind,
            raised_at: one.raised_at.into(),
            responder_id: one.responder.0,
            name: one.name,
            phone: one.phone,
            asked_at: one.asked_at.into(),
            care: one.care.into(),
        }
    }
}

/// A page of those that are not done.
#[derive(Serialize, ToSchema)]
pub struct FollowUpItems {
    /// The longest waiting first.
    pub items: Vec<FollowUpView>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// How many nobody has taken.
    pub waiting: u64,
    /// How many you have taken and not done.
    pub mine: u64,
}

impl From<FollowUps> for FollowUpItems {
    fn from(page: FollowUps) -> Self {
        Self {
            items: page.items.into_iter().map(FollowUpView::from).collect(),
            next: page.next,
            waiting: page.waiting,
            mine: page.mine,
        }
    }
}
