//! An alert as a phone is shown it, before and after its yes.
//! The push that wakes the phone says less: `push/payload.rs`.

use muster_core::domain::aed::Aeds;
use muster_core::domain::alert::Alert;
use muster_core::domain::approach::Approach;
use muster_core::domain::event::{FinishReason, WhyStoodDown};
use muster_core::domain::place::{DISCLOSED_RADIUS_M, Point};
use muster_core::domain::responder::Source;
use muster_core::domain::selection::Role;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Private, Stored};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::map::view::AedView;
use crate::phone::positions::FixIn;
use crate::view::invalid::{Invalid, text};
use crate::view::place::{AddressView, LocationView, kind, tenth};
use crate::view::reason::{REASON_MAX, overrides};
use crate::view::time::WireTime;

/// Distances before acceptance are rounded up to this, metres.
const STEP_M: f64 = 100.0;
/// The same when the responder's position is not known and the exact distance must stand in: a
/// hundred metres of it would help to find the place.
const COARSE_STEP_M: f64 = 1000.0;
/// Times before acceptance are rounded up to this, seconds.
const STEP_S: u32 = 60;
/// Dispatch guidelines call a patient below this an infant, years (ERC 2021, Utstein).
const CHILD_FROM_Y: u16 = 1;
/// Dispatch guidelines use the instructions for adults from here on, years. Clinical guidelines
/// draw the line at puberty, which nobody can ask for on the telephone.
const ADULT_FROM_Y: u16 = 8;

/// Where it is, as far as everybody asked may know.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Approximate {
    /// Centre of the area, degrees.
    pub lat: f64,
    /// Centre of the area, degrees.
    pub lon: f64,
    /// Its radius in metres.
    pub radius_m: f64,
}

/// How far a responder is from the centre of the disclosed area, before rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoarseWay {
    /// Metres.
    pub distance_m: f64,
    /// Seconds.
    pub eta_s: f64,
    /// Where the position comes from.
    pub source: Source,
}

/// The alert before acceptance, and after its end.
#[derive(Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that come and go independently of each other"
)]
pub struct AlertBefore {
    /// Its name.
    pub id: String,
    /// Of which incident.
    pub incident_id: String,
    /// Orders what is said about the alert.
    pub version: u64,
    /// What happened.
    pub kind: String,
    /// `infant` (under 1 year), `child` (1 to 7), `adult` (from 8) or `unknown`.
    pub patient_group: &'static str,
    /// What to do: `cpr`, `aed`, `clinician` or `guide`.
    pub role: &'static str,
    /// Where the alert stands.
    #[schema(example = "seen")]
    pub state: &'static str,
    /// Not a real emergency.
    pub exercise: bool,
    /// What is known of the scene: `safe`, `unsafe` or `unknown`.
    pub scene: &'static str,
    /// People are asked although the scene is unsafe: accepting needs `override`.
    #[serde(rename = "override")]
    pub override_scene: bool,
    /// The scene is dangerous: stay away.
    pub danger: bool,
    /// The responder said that they are in danger, and nobody said yet that it is over.
    pub in_danger: bool,
    /// When the danger that they were told of was over; absent while there is one, or was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_clear_at: Option<WireTime>,
    /// Not heard from since the yes: still going?
    pub still_going_asked: bool,
    /// When the ask was decided.
    pub sent_at: WireTime,
    /// When somebody else is asked as well.
    pub answer_by: WireTime,
    /// Seconds until then; 0 after that.
    pub answer_in_s: i64,
    /// When the ask ends.
    pub expires_at: WireTime,
    /// Seconds until then.
    pub expires_in_s: i64,
    /// Metres: to the centre of the area, rounded up to 100; exact after acceptance.
    pub distance_m: f64,
    /// Seconds: to the centre of the area, rounded up to 60; exact after acceptance.
    pub eta_s: u32,
    /// Since when the responder is with the patient; absent when they have not said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with_patient_at: Option<WireTime>,
    /// From where distance and time count: `live`, from where a phone or tracker was, or `place`,
    /// from where the responder usually is at that hour.
    #[schema(example = "live")]
    pub position: &'static str,
    /// When that position was taken; absent before acceptance, and while none came since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_at: Option<WireTime>,
    /// The emergency was reported twice: the alerts of the other reports, which this one goes on
    /// for. Nothing changes for the responder. Absent: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaces: Vec<String>,
    /// Why they are not needed any more: `enough_accepted`, `incident_closed`, `place_moved`,
    /// `called_elsewhere`, `no_longer_eligible`, `doubt_ended`, `by_desk` or `merged`: another
    /// alert replaces this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "enough_accepted")]
    pub ended_because: Option<&'static str>,
    /// How the incident ended, when that is why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// The area; `null` once it was destroyed at retention.
    pub approximate_location: Option<Approximate>,
}

/// The alert while its responder is on the incident.
#[derive(Serialize, ToSchema)]
pub struct AlertAfter {
    /// What was known before, with exact distance and time.
    #[serde(flatten)]
    pub before: AlertBefore,
    /// Where exactly.
    pub location: LocationView,
    /// Where it was before it was moved.
    pub moved_from: Option<LocationView>,
    /// How to find it.
    pub address: AddressView,
    /// Where to fetch a defibrillator, for that role.
    pub aed: Option<AedToFetch>,
    /// The last message of the control room.
    pub message: Option<String>,
}

/// A defibrillator to be fetched.
#[derive(Serialize, ToSchema)]
pub struct AedToFetch {
    /// Which.
    #[serde(flatten)]
    pub aed: AedView,
    /// Metres from the place of the incident, in a straight line.
    pub distance_m: f64,
}

impl AedToFetch {
    /// The nearest to where it is, within reach.
    pub fn near(aeds: &Aeds, place: Point) -> Option<Self> {
        let (aed, distance_m) = aeds.nearest(place)?;
        Some(Self {
            aed: aed.into(),
            distance_m: tenth(distance_m),
        })
    }
}

/// The alert, as far as it is disclosed to its responder now.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum Disclosed {
    /// Not on the incident.
    Before(Box<AlertBefore>),
    /// On the incident.
    After(Box<AlertAfter>),
}

/// Where the responder is, seen from what they may know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// Before acceptance: to the centre of the area.
    pub coarse: Option<CoarseWay>,
    /// On the incident: to the place.
    pub exact: Option<Approach>,
}

impl Disclosed {
    /// What the responder of `alert` may see at `now`. `approach` is from their last position to
    /// the centre of the area; `None` when no position is known.
    pub fn of(stored: &Stored, alert: &Alert, way: Way, now: Timestamp) -> Self {
        match &stored.private {
            Some(private) if alert.state.is_engaged() => {
                Self::After(Box::new(after(stored, private, (alert, way.exact), now)))
            }
            private => {
                let centre = private.as_ref().map(approximate);
                let way = way.coarse.map_or_else(|| coarse(alert), rounded);
                Self::Before(Box::new(common(stored, alert, (centre, way), now)))
            }
        }
    }
}

impl Disclosed {
    /// Names a defibrillator of the register to whoever was asked to fetch one and is on the way.
    #[must_use]
    pub fn with_aed(mut self, aeds: &Aeds) -> Self {
        if let Self::After(after) = &mut self
            && after.before.role == Role::Aed.as_str()
        {
            let place = Point::new(after.location.lat, after.location.lon).ok();
            after.aed = place.and_then(|place| AedToFetch::near(aeds, place));
        }
        self
    }
}

fn after(
    stored: &Stored,
    private: &Private,
    (alert, exact): (&Alert, Option<Approach>),
    now: Timestamp,
) -> AlertAfter {
    let way = exact.map_or((alert.distance_m, alert.eta_s), |a| (a.distance_m, a.eta_s));
    let way = (tenth(way.0), way.1, alert.position);
    let mut before = common(stored, alert, (Some(approximate(private)), way), now);
    kind(stored).clone_into(&mut before.kind);
    if let Some(exact) = exact {
        before.position = Source::Live.as_str();
        before.position_at = Some(exact.position_at.into());
    }
    AlertAfter {
        before,
        location: private.location.into(),
        moved_from: private.moved_from.map(LocationView::from),
        address: AddressView::of(&private.address, stored.incident.address_doubtful),
        aed: None,
        message: private.message.clone(),
    }
}

fn common(
    stored: &Stored,
    alert: &Alert,
    (centre, (distance_m, eta_s, source)): (Option<Approximate>, (f64, u32, Source)),
    now: Timestamp,
) -> AlertBefore {
    let incident = &stored.incident;
    let opening = &incident.opening;
    let ends_with_incident = alert.stood_down_because == Some(WhyStoodDown::IncidentClosed);
    AlertBefore {
        id: alert.id.0.clone(),
        incident_id: opening.id.0.clone(),
        version: alert.newest(),
        kind: opening.kind.clone(),
        patient_group: patient_group(opening.patient_age_y),
        role: alert.role.as_str(),
        state: alert.state.as_str(),
        exercise: opening.exercise,
        scene: opening.scene.as_str(),
        override_scene: incident.overridden.is_some(),
        // where people are asked all the same, nobody is told to stay away
        danger: incident.danger && incident.overridden.is_none(),
        in_danger: alert.in_danger,
        all_clear_at: alert.all_clear_at.map(WireTime),
        replaces: alert.replaces.iter().map(|alert| alert.0.clone()).collect(),
        still_going_asked: alert.doubtful,
        sent_at: alert.created_at.into(),
        answer_by: alert.answer_by.into(),
        answer_in_s: (alert.answer_by - now).as_s().max(0),
        expires_at: alert.expires_at.into(),
        expires_in_s: (alert.expires_at - now).as_s().max(0),
        distance_m,
        eta_s,
        with_patient_at: alert.with_patient_at.map(WireTime),
        position: source.as_str(),
        position_at: None,
        ended_because: alert.stood_down_because.map(WhyStoodDown::as_str),
        outcome: ends_with_incident
            .then(|| incident.closed.map(|(_, outcome)| outcome.as_str()))
            .flatten(),
        approximate_location: centre,
    }
}

fn approximate(private: &Private) -> Approximate {
    let centre: Point = private.location.point.approximate();
    Approximate {
        lat: centre.lat(),
        lon: centre.lon(),
        radius_m: DISCLOSED_RADIUS_M,
    }
}

fn rounded(approach: CoarseWay) -> (f64, u32, Source) {
    (
        up_to_step(approach.distance_m, STEP_M),
        up_to_minute(approach.eta_s),
        approach.source,
    )
}

/// Without a position: the distance at the time of asking, blurred by more than the area.
fn coarse(alert: &Alert) -> (f64, u32, Source) {
    let distance_m = up_to_step(alert.distance_m + DISCLOSED_RADIUS_M, COARSE_STEP_M);
    let pace = f64::from(alert.eta_s) / alert.distance_m.max(1.0);
    (
        distance_m,
        up_to_minute((distance_m * pace).max(f64::from(alert.eta_s))),
        alert.position,
    )
}

fn up_to_step(metres: f64, step: f64) -> f64 {
    (metres / step).ceil() * step
}

fn up_to_minute(seconds: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a range of u32 that whole minutes fit into"
    )]
    let minutes = (seconds / f64::from(STEP_S)).ceil().clamp(0.0, 1e6) as u32;
    minutes * STEP_S
}

pub(crate) fn patient_group(age_y: Option<u16>) -> &'static str {
    match age_y {
        None => "unknown",
        Some(age) if age < CHILD_FROM_Y => "infant",
        Some(age) if age < ADULT_FROM_Y => "child",
        Some(_) => "adult",
    }
}

/// The responder's open alerts.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertItems {
    /// The alerts, each as far as it is disclosed.
    pub items: Vec<Disclosed>,
}

/// What a phone may say with an answer.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertAction {
    /// Which phone.
    pub device_id: Option<String>,
    /// When, by the phone's clock.
    pub at: Option<WireTime>,
    /// Where the responder is.
    pub fix: Option<FixIn>,
    /// In words, up to 500 characters. With `finish` one of `ems_took_over`, `not_needed`,
    /// `no_access` and `had_to_leave`; the last two free the place.
    pub reason: Option<String>,
    /// With `accept`: `scene_unsafe` says that they know, where people are asked all the same.
    #[serde(rename = "override")]
    #[schema(example = "scene_unsafe")]
    pub override_scene: Option<String>,
    /// Priority the provider was asked for, as the phone saw it.
    pub priority_original: Option<String>,
    /// Priority the push arrived with.
    pub priority_delivered: Option<String>,
    /// The `version` of the newest push or answer about the alert that the phone shows: tells the
    /// desk who has seen an update or a stand-down.
    pub version: Option<u64>,
}

/// Longest word for a priority, characters.
const PRIORITY_MAX: usize = 32;

impl AlertAction {
    /// Checks every length.
    pub(crate) fn check(mut self) -> Result<Self, Invalid> {
        let check = |field: &str, value: Option<String>, most: usize| {
            let value = value.filter(|value| !value.is_empty());
            value.map(|value| text(field, value, most)).transpose()
        };
        self.device_id = check("device_id", self.device_id, 128)?;
        self.reason = check(
            "reason",
            self.reason.filter(|r| !r.trim().is_empty()),
            REASON_MAX,
        )?;
        self.priority_original = check("priority_original", self.priority_original, PRIORITY_MAX)?;
        self.priority_delivered =
            check("priority_delivered", self.priority_delivered, PRIORITY_MAX)?;
        self.override_scene = self.override_scene.filter(|word| !word.is_empty());
        overrides(self.override_scene.as_deref())?;
        Ok(self)
    }

    /// They say yes a second time, knowing that the scene is unsafe.
    pub(crate) fn knowing(&self) -> bool {
        self.override_scene.is_some()
    }

    /// Why they are done, if they say so.
    pub(crate) fn finish_reason(&self) -> Result<Option<FinishReason>, Invalid> {
        let Some(word) = &self.reason else {
            return Ok(None);
        };
        let why = "ems_took_over, not_needed, no_access or had_to_leave expected";
        let reason = FinishReason::parse(word).ok_or_else(|| Invalid::new("reason", why))?;
        Ok(Some(reason))
    }
}

#[cfg(test)]
#[path = "disclosure_tests.rs"]
mod tests;
