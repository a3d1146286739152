//! An alert as the desk sees it.

use muster_core::dispatch::Approaches;
use muster_core::domain::alert::Alert;
use muster_core::domain::approach::Approach;
use muster_core::domain::event::{FinishReason, WhyStoodDown};
use muster_core::domain::ids::AlertId;
use muster_core::domain::responder::Skill;
use muster_core::domain::time::Timestamp;
use muster_core::ports::Stored;
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::place::tenth;
use crate::view::time::WireTime;

/// One ask, as the desk sees it.
#[derive(Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that come and go independently of each other"
)]
pub(crate) struct DeskAlert {
    /// Its name.
    pub id: String,
    /// Who was asked.
    pub responder_id: String,
    /// Where it stands.
    #[schema(example = "queued")]
    pub state: &'static str,
    /// What they were asked to do: `cpr`, `aed`, `clinician` or `guide`.
    pub role: &'static str,
    /// What they can do.
    pub skills: Vec<&'static str>,
    /// Great-circle metres to the place: of whoever is on it from their last position, otherwise
    /// as when they were asked.
    pub distance_m: f64,
    /// Estimated seconds to the place when they were asked.
    pub eta_s: u32,
    /// Age of their position when they were asked; 0 when it was that of a place.
    pub fix_age_s: u32,
    /// Where that position came from: `live`, from a phone or tracker, or `place`, where they
    /// usually are at that hour by their own word.
    #[schema(example = "live")]
    pub position: &'static str,
    /// When the position was taken that distance and time count from; `null` while none came since
    /// the yes, and both are as they were at the time of asking.
    pub position_at: Option<WireTime>,
    /// They are coming and have left: by their word, or as their position shows.
    pub left: bool,
    /// `at_address`: two positions in a row were there, and they have not said so.
    #[schema(example = "at_address")]
    pub presence: Option<&'static str>,
    /// Which wave of the round asked them, from 1; 0 when none did: they were on it when the round began,
    /// or came with another report.
    pub wave: u32,
    /// The last round of the incident that it belongs to, from 1.
    pub round: u32,
    /// No provider takes its pushes and no phone has it: it holds no place, others are asked
    /// meanwhile, and it is sent when a provider is back.
    pub push_waiting: bool,
    /// Orders what is said about the alert.
    pub version: u64,
    /// The version of the last update, danger or stand-down that their phones were woken for;
    /// `null` when there was none since the ask.
    pub told_version: Option<u64>,
    /// The last version that a phone of theirs said it shows: older than `told_version`, they have
    /// not seen it.
    pub confirmed_version: Option<u64>,
    /// When the ask was decided.
    pub sent_at: WireTime,
    /// First receipt of a phone.
    pub received_at: Option<WireTime>,
    /// First look.
    pub seen_at: Option<WireTime>,
    /// The yes.
    pub accepted_at: Option<WireTime>,
    /// Since when they are with the patient.
    pub with_patient_at: Option<WireTime>,
    /// When they were done.
    pub finished_at: Option<WireTime>,
    /// `ems_took_over`, `not_needed`, `no_access`, `had_to_leave`, as they said; `silent` when they
    /// said nothing for hours.
    pub finish_reason: Option<&'static str>,
    /// `enough_accepted`, `incident_closed`, `place_moved`, `called_elsewhere`, `merged`,
    /// `no_longer_eligible`, `doubt_ended` or `by_desk`.
    pub stood_down_because: Option<&'static str>,
    /// Last sign of life after the yes.
    pub heard_at: Option<WireTime>,
    /// When somebody else is asked as well.
    pub answer_by: WireTime,
    /// When the ask ends.
    pub expires_at: WireTime,
    /// Not heard from; asked "still going?".
    pub doubtful: bool,
    /// Said to be in danger.
    pub in_danger: bool,
    /// When they last said so.
    pub danger_at: Option<WireTime>,
}

impl DeskAlert {
    /// An alert as of `now`, with where its responder is, if they are on it and that is known.
    pub(crate) fn of(alert: &Alert, approach: Option<&Approach>, now: Timestamp) -> Self {
        let age_s = approach.map(|a| (now - a.position_at).as_s().max(0));
        let age_s = age_s.map(|age_s| u32::try_from(age_s).unwrap_or(u32::MAX));
        let at_address = alert.at_address && alert.state.is_coming();
        Self {
            id: alert.id.0.clone(),
            responder_id: alert.responder_id.0.clone(),
            state: alert.state.as_str(),
            role: alert.role.as_str(),
            skills: alert.skills.iter().map(Skill::as_str).collect(),
            distance_m: tenth(approach.map_or(alert.distance_m, |a| a.distance_m)),
            eta_s: approach.map_or(alert.eta_s, |a| a.eta_s),
            fix_age_s: age_s.unwrap_or(alert.fix_age_s),
            position: alert.position.as_str(),
            position_at: approach.map(|a| WireTime(a.position_at)),
            left: alert.state.is_coming() && alert.has_left(approach),
            presence: at_address.then_some("at_address"),
            wave: alert.wave,
            push_waiting: alert.is_waiting(),
            round: alert.round,
            version: alert.version,
            told_version: alert.told_version,
            confirmed_version: alert.confirmed_version,
            sent_at: alert.created_at.into(),
            received_at: alert.received_at.map(WireTime),
            seen_at: alert.seen_at.map(WireTime),
            accepted_at: alert.accepted_at.map(WireTime),
            with_patient_at: alert.with_patient_at.map(WireTime),
            finished_at: alert.finished.map(|(at, _)| WireTime(at)),
            finish_reason: alert
                .finished
                .and_then(|(_, why)| why)
                .map(FinishReason::as_str),
            stood_down_because: alert.stood_down_because.map(WhyStoodDown::as_str),
            heard_at: alert.heard_at.map(WireTime),
            answer_by: alert.answer_by.into(),
            expires_at: alert.expires_at.into(),
            doubtful: alert.doubtful && alert.state.is_engaged(),
            in_danger: alert.in_danger,
            danger_at: alert.danger_at.map(WireTime),
        }
    }
}

/// An alert as the feed shows it.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedAlert {
    /// What happened to it.
    pub change: String,
    /// Of which incident.
    pub incident_id: String,
    /// The alert.
    #[serde(flatten)]
    pub alert: DeskAlert,
}

impl FeedAlert {
    /// The alert of that name, if the incident has it.
    pub(crate) fn of(
        stored: &Stored,
        alert: &AlertId,
        change: &str,
        (approaches, now): (&Approaches, Timestamp),
    ) -> Option<Self> {
        let alert = stored.incident.alert(alert)?;
        Some(Self {
            change: change.to_owned(),
            incident_id: stored.incident.opening.id.0.clone(),
            alert: DeskAlert::of(alert, approaches.get(&alert.id), now),
        })
    }
}
