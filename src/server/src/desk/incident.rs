//! An incident as the desk sees it.

use muster_core::dispatch::Approaches;
use muster_core::domain::event::ExhaustedReason;
use muster_core::domain::incident::Acknowledgement;
use muster_core::domain::responder::Skill;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Source, Stored};
use serde::Serialize;
use utoipa::ToSchema;

use crate::desk::alert::DeskAlert;
use crate::view::place::{AddressView, LocationView, kind};
use crate::view::time::WireTime;

/// The rules an incident runs by.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanView {
    /// Which plan.
    pub id: String,
    /// Which version of it.
    pub version: u32,
}

/// The raising system's name for an incident.
#[derive(Serialize, ToSchema)]
pub(crate) struct SourceView {
    /// Which system.
    pub system: String,
    /// Its name for the incident.
    pub id: String,
}

impl From<&Source> for SourceView {
    fn from(source: &Source) -> Self {
        Self {
            system: source.system.clone(),
            id: source.id.clone(),
        }
    }
}

/// What a call handler tells the caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct SummaryView {
    /// Said yes and not there by their word.
    pub coming: u32,
    /// Of these, who have left: by their word, or as their position shows.
    pub left: u32,
    /// There, by their word.
    pub on_scene: u32,
    /// Of those who are coming, who are at the address and have not said so.
    pub at_address: u32,
    /// Were on it in this round, and are done.
    pub finished: u32,
    /// Estimated seconds until the first is there of those who have left and whose position is a
    /// minute old at most; `null` while nobody can be promised.
    pub first_eta_s: Option<u32>,
    /// What that first one can do.
    pub first_skill: Option<&'static str>,
    /// When this was so.
    pub as_of: WireTime,
}

/// Somebody knows of an alarm.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcknowledgedView {
    /// `nobody_coming`, `exhausted`, `unsafe` or `danger`.
    #[schema(example = "nobody_coming")]
    pub alarm: &'static str,
    /// Subject of the person's token.
    pub by: String,
    /// Since when.
    pub at: WireTime,
}

impl From<&Acknowledgement> for AcknowledgedView {
    fn from(known: &Acknowledgement) -> Self {
        Self {
            alarm: known.alarm.as_str(),
            by: known.by.clone(),
            at: known.at.into(),
        }
    }
}

/// An incident as the desk sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct IncidentView {
    /// Its name.
    pub id: String,
    /// Grows with each change.
    pub version: u64,
    /// `held`, `alerting`, `covered`, `exhausted` or `closed`.
    #[schema(example = "alerting")]
    pub state: &'static str,
    /// What happened: a known kind, or the sender's word.
    pub kind: String,
    /// The rules it runs by.
    pub plan: PlanView,
    /// When muster learned of it.
    pub opened_at: WireTime,
    /// When asking began in this round; `null` while held.
    pub alerting_since: Option<WireTime>,
    /// 1, and one more each time that it was opened again.
    pub round: u32,
    /// When it was last opened again.
    pub reopened_at: Option<WireTime>,
    /// When the call began.
    pub called_at: Option<WireTime>,
    /// When the ambulance should be there.
    pub ems_eta_at: Option<WireTime>,
    /// When it ended.
    pub closed_at: Option<WireTime>,
    /// How it ended.
    pub outcome: Option<&'static str>,
    /// The incident that stands for this one.
    pub duplicate_of: Option<String>,
    /// Not a real emergency.
    pub exercise: bool,
    /// Where; `null` once it was destroyed at retention.
    pub location: Option<LocationView>,
    /// Where it was before it was moved.
    pub moved_from: Option<LocationView>,
    /// How to find it; `null` once it was destroyed at retention.
    pub address: Option<AddressView>,
    /// The last message to those who accepted.
    pub message: Option<String>,
    /// The raising system's name for it.
    pub source: Option<SourceView>,
    /// The patient's age in years.
    pub patient_age_y: Option<u16>,
    /// What is known of the scene.
    pub scene: &'static str,
    /// The scene is dangerous, or somebody on it said so: no more people are sent, but by override.
    pub danger: bool,
    /// Who lets people be asked although the scene is unsafe.
    #[serde(rename = "override")]
    pub override_scene: Option<OverrideView>,
    /// What kind of place it is.
    pub place: &'static str,
    /// The wave that runs, 0 before the first.
    pub wave: u32,
    /// How many should come.
    pub wanted: u32,
    /// How many more may accept.
    pub overbook: u32,
    /// How many places of this round are filled: by whoever is on it, and whoever was and is done.
    pub accepted: u32,
    /// How many are being asked and have not answered.
    pub ringing: u32,
    /// The wave that begins by itself; `null` when none will as things stand.
    pub next: Option<NextWaveView>,
    /// `nobody_in_reach`, `max_asked` or `no_replacement`, while exhausted.
    pub exhausted_reason: Option<&'static str>,
    /// What to tell the caller.
    pub summary: SummaryView,
    /// Everybody asked, in the order of asking.
    pub alerts: Vec<DeskAlert>,
    /// Open incidents nearby that may be the same.
    pub possible_duplicates: Vec<String>,
    /// Why it waits, while held.
    pub held_reasons: Vec<&'static str>,
    /// The latest acknowledgement of each alarm.
    pub acknowledged: Vec<AcknowledgedView>,
    /// What was not understood, or has to be known.
    pub warnings: Vec<String>,
}

/// What comes by itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextWaveView {
    /// Number of the wave, from 1.
    pub wave: u32,
    /// How far it looks, metres.
    pub radius_m: f64,
    /// When it begins.
    pub at: WireTime,
}

/// People are asked although the scene is unsafe.
#[derive(Serialize, ToSchema)]
pub(crate) struct OverrideView {
    /// Subject of the coordinator's token.
    pub by: String,
    /// Since when.
    pub at: WireTime,
}

impl IncidentView {
    /// The incident as of `now`.
    pub(crate) fn of(
        stored: &Stored,
        approaches: &Approaches,
        now: Timestamp,
        warnings: Vec<String>,
    ) -> Self {
        let incident = &stored.incident;
        let (opening, private) = (&incident.opening, stored.private.as_ref());
        Self {
            id: opening.id.0.clone(),
            version: incident.version,
            state: incident.state.as_str(),
            kind: kind(stored).to_owned(),
            plan: PlanView {
                id: opening.plan.id.clone(),
                version: opening.plan.version,
            },
            opened_at: opening.opened_at.into(),
            alerting_since: incident.alerting_since.map(WireTime),
            round: incident.round,
            reopened_at: incident.reopened_at.map(WireTime),
            called_at: opening.called_at.map(WireTime),
            ems_eta_at: opening.ems_eta_at.map(WireTime),
            closed_at: incident.closed.map(|(at, _)| WireTime(at)),
            outcome: incident.closed.map(|(_, outcome)| outcome.as_str()),
            duplicate_of: incident.duplicate_of.as_ref().map(|id| id.0.clone()),
            exercise: opening.exercise,
            location: private.map(|p| p.location.into()),
            moved_from: private.and_then(|p| p.moved_from).map(LocationView::from),
            address: private.map(|p| AddressView::of(&p.address, incident.address_doubtful)),
            message: private.and_then(|p| p.message.clone()),
            source: stored.source.as_ref().map(SourceView::from),
            patient_age_y: opening.patient_age_y,
            scene: opening.scene.as_str(),
            danger: incident.danger,
            override_scene: incident.overridden.as_ref().map(|known| OverrideView {
                by: known.by.clone(),
                at: known.at.into(),
            }),
            place: opening.place.as_str(),
            wave: incident.wave,
            wanted: opening.plan.wanted,
            overbook: opening.plan.overbook,
            accepted: incident.accepted(),
            ringing: incident.unanswered(),
            next: incident.next_wave().map(|next| NextWaveView {
                wave: next.wave,
                radius_m: next.radius_m,
                at: next.at.max(now).into(),
            }),
            exhausted_reason: incident.exhausted.map(ExhaustedReason::as_str),
            summary: summary(stored, approaches, now),
            alerts: incident
                .alerts
                .iter()
                .map(|alert| DeskAlert::of(alert, approaches.get(&alert.id), now))
                .collect(),
            possible_duplicates: ids(stored),
            held_reasons: incident
                .held_reasons
                .iter()
                .map(|why| why.as_str())
                .collect(),
            acknowledged: incident
                .acknowledged
                .iter()
                .map(AcknowledgedView::from)
                .collect(),
            warnings,
        }
    }
}

fn summary(stored: &Stored, approaches: &Approaches, now: Timestamp) -> SummaryView {
    let summary = stored
        .incident
        .summary(|alert| approaches.get(&alert.id), now);
    SummaryView {
        coming: summary.coming,
        left: summary.left,
        on_scene: summary.on_scene,
        at_address: summary.at_address,
        finished: summary.finished,
        first_eta_s: summary.first_eta_s,
        first_skill: summary.first_skill.map(Skill::as_str),
        as_of: now.into(),
    }
}

fn ids(stored: &Stored) -> Vec<String> {
    stored
        .possible_duplicates
        .iter()
        .map(|id| id.0.clone())
        .collect()
}

/// A page of incidents, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct IncidentItems {
    /// The incidents.
    pub items: Vec<IncidentView>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Where the feed goes on after this page.
    pub feed_cursor: String,
}
