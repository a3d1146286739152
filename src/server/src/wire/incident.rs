//! An incident as the desk sees it: everything, because the desk holds it.

use muster_core::domain::alert::Alert;
use muster_core::domain::ids::AlertId;
use muster_core::domain::incident::Acknowledgement;
use muster_core::domain::responder::Skill;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Address, Place, Source, Stored};
use serde::Serialize;
use utoipa::ToSchema;

use super::WireTime;

/// The rules an incident runs by.
#[derive(Serialize, ToSchema)]
pub struct PlanView {
    /// Which plan.
    pub id: String,
    /// Which version of it.
    pub version: u32,
}

/// An exact place.
#[derive(Serialize, ToSchema)]
pub struct LocationView {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertainty_m: Option<f64>,
}

impl From<Place> for LocationView {
    fn from(place: Place) -> Self {
        Self {
            lat: place.point.lat(),
            lon: place.point.lon(),
            uncertainty_m: place.uncertainty_m,
        }
    }
}

/// How to find the patient.
#[derive(Serialize, ToSchema)]
pub struct AddressView {
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Name of the building.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// A grid or three-word reference, shown as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// Which floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    /// Code of the door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_code: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl From<&Address> for AddressView {
    fn from(address: &Address) -> Self {
        let address = address.clone();
        Self {
            line: address.line,
            place_name: address.place_name,
            grid: address.grid,
            floor: address.floor,
            entry_code: address.entry_code,
            notes: address.notes,
        }
    }
}

/// The raising system's name for an incident.
#[derive(Serialize, ToSchema)]
pub struct SourceView {
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
pub struct SummaryView {
    /// Accepted and not there yet.
    pub coming: u32,
    /// There.
    pub on_scene: u32,
    /// Estimated seconds until the first is there.
    pub first_eta_s: Option<u32>,
    /// What that first one can do.
    pub first_skill: Option<&'static str>,
    /// When this was so.
    pub as_of: WireTime,
}

/// One ask, as the desk sees it.
#[derive(Serialize, ToSchema)]
pub struct DeskAlert {
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
    /// Great-circle metres to the place when they were asked.
    pub distance_m: f64,
    /// Estimated seconds to the place when they were asked.
    pub eta_s: u32,
    /// Age of their position when they were asked; 0 when it was that of a place.
    pub fix_age_s: u32,
    /// Where that position came from: `live`, from a phone or tracker, or `place`, where they
    /// usually are at that hour by their own word.
    #[schema(example = "live")]
    pub position: &'static str,
    /// In which wave.
    pub wave: u32,
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
}

impl From<&Alert> for DeskAlert {
    fn from(alert: &Alert) -> Self {
        Self {
            id: alert.id.0.clone(),
            responder_id: alert.responder_id.0.clone(),
            state: alert.state.as_str(),
            role: alert.role.as_str(),
            skills: alert.skills.iter().map(Skill::as_str).collect(),
            distance_m: tenth(alert.distance_m),
            eta_s: alert.eta_s,
            fix_age_s: alert.fix_age_s,
            position: alert.position.as_str(),
            wave: alert.wave,
            version: alert.version,
            told_version: alert.told_version,
            confirmed_version: alert.confirmed_version,
            sent_at: alert.created_at.into(),
            received_at: alert.received_at.map(WireTime),
            seen_at: alert.seen_at.map(WireTime),
            accepted_at: alert.accepted_at.map(WireTime),
            with_patient_at: alert.with_patient_at.map(WireTime),
            heard_at: alert.heard_at.map(WireTime),
            answer_by: alert.answer_by.into(),
            expires_at: alert.expires_at.into(),
            doubtful: alert.doubtful,
            in_danger: alert.in_danger,
        }
    }
}

/// Metres with one decimal: more would be noise.
pub(super) fn tenth(metres: f64) -> f64 {
    (metres * 10.0).round() / 10.0
}

/// An alert as the feed shows it.
#[derive(Serialize, ToSchema)]
pub struct FeedAlert {
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
    pub fn of(stored: &Stored, alert: &AlertId, change: &str) -> Option<Self> {
        Some(Self {
            change: change.to_owned(),
            incident_id: stored.incident.opening.id.0.clone(),
            alert: stored.incident.alert(alert)?.into(),
        })
    }
}

/// Somebody knows of an alarm.
#[derive(Serialize, ToSchema)]
pub struct AcknowledgedView {
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
pub struct IncidentView {
    /// Its name.
    pub id: String,
    /// Grows with each change.
    pub version: u64,
    /// `held`, `alerting`, `covered`, `exhausted` or `closed`.
    #[schema(example = "alerting")]
    pub state: &'static str,
    /// What happened, in the sender's word.
    pub kind: String,
    /// The rules it runs by.
    pub plan: PlanView,
    /// When muster learned of it.
    pub opened_at: WireTime,
    /// When the call began.
    pub called_at: Option<WireTime>,
    /// When the ambulance should be there.
    pub ems_eta_at: Option<WireTime>,
    /// When it ended.
    pub closed_at: Option<WireTime>,
    /// How it ended.
    pub outcome: Option<&'static str>,
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
    /// No more people are sent: the scene is dangerous, or somebody on it said so.
    pub danger: bool,
    /// What kind of place it is.
    pub place: &'static str,
    /// The wave that runs, 0 before the first.
    pub wave: u32,
    /// How many should come.
    pub wanted: u32,
    /// How many more may accept.
    pub overbook: u32,
    /// How many said yes and did not take it back.
    pub accepted: u32,
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

impl IncidentView {
    /// The incident as of `now`.
    pub fn of(stored: &Stored, now: Timestamp, warnings: Vec<String>) -> Self {
        let incident = &stored.incident;
        let (opening, private) = (&incident.opening, stored.private.as_ref());
        Self {
            id: opening.id.0.clone(),
            version: incident.version,
            state: incident.state.as_str(),
            kind: opening.kind.clone(),
            plan: PlanView {
                id: opening.plan.id.clone(),
                version: opening.plan.version,
            },
            opened_at: opening.opened_at.into(),
            called_at: opening.called_at.map(WireTime),
            ems_eta_at: opening.ems_eta_at.map(WireTime),
            closed_at: incident.closed.map(|(at, _)| WireTime(at)),
            outcome: incident.closed.map(|(_, outcome)| outcome.as_str()),
            exercise: opening.exercise,
            location: private.map(|p| p.location.into()),
            moved_from: private.and_then(|p| p.moved_from).map(LocationView::from),
            address: private.map(|p| (&p.address).into()),
            message: private.and_then(|p| p.message.clone()),
            source: stored.source.as_ref().map(SourceView::from),
            patient_age_y: opening.patient_age_y,
            scene: opening.scene.as_str(),
            danger: incident.danger,
            place: opening.place.as_str(),
            wave: incident.wave,
            wanted: opening.plan.wanted,
            overbook: opening.plan.overbook,
            accepted: incident.accepted(),
            summary: summary(stored, now),
            alerts: incident.alerts.iter().map(DeskAlert::from).collect(),
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

fn summary(stored: &Stored, now: Timestamp) -> SummaryView {
    let summary = stored.incident.summary(now);
    SummaryView {
        coming: summary.coming,
        on_scene: summary.on_scene,
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
pub struct IncidentItems {
    /// The incidents.
    pub items: Vec<IncidentView>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Where the feed goes on after this page.
    pub feed_cursor: String,
}
