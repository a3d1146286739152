//! Oneself, and what a phone says of itself.

use muster_core::domain::responder::Skill;
use muster_core::ports::Responder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::phone::places::PlacesShape;
use crate::phone::quiet::QuietShape;
use crate::view::phone::PhoneView;
use crate::view::time::WireTime;

/// Oneself: also what a badge shows.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeView {
    /// Name in the organisation.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// The person's name.
    pub name: String,
    /// What they can do.
    pub skills: Vec<&'static str>,
    /// `foot`, `bike` or `car`.
    pub travel: &'static str,
    /// Opted in to exercises.
    pub exercises: bool,
    /// `pending`, `verified` or `suspended`.
    #[schema(example = "verified")]
    pub state: &'static str,
    /// Wants alerts now.
    pub on_duty: bool,
    /// When that turns by itself into its opposite.
    pub duty_until: Option<WireTime>,
    /// Weekly quiet hours.
    pub quiet: Option<QuietShape>,
    /// Where they usually are at given hours.
    pub places: Option<PlacesShape>,
    /// The device of this session; `null` for a token that belongs to none.
    pub device_id: Option<String>,
    /// When the session ends.
    pub session_expires_at: WireTime,
    /// The control room's telephone, to call with one tap.
    pub control_room_phone: Option<String>,
    /// Every registered phone.
    pub devices: Vec<PhoneView>,
    /// Nobody real is alerted by this server.
    pub simulated: bool,
}

/// What [`MeView`] needs beside the responder.
pub(crate) struct MeParts {
    /// The organisation.
    pub org: String,
    /// Weekly quiet hours.
    pub quiet: Option<QuietShape>,
    /// Where they usually are at given hours.
    pub places: Option<PlacesShape>,
    /// The device of this session.
    pub device_id: Option<String>,
    /// When the session ends.
    pub session_expires_at: WireTime,
    /// The control room's telephone.
    pub control_room_phone: Option<String>,
    /// Every registered phone.
    pub devices: Vec<PhoneView>,
    /// Nobody real is alerted by this server.
    pub simulated: bool,
}

impl MeView {
    /// The responder with everything else.
    pub(crate) fn of(responder: Responder, parts: MeParts) -> Self {
        Self {
            id: responder.id.0,
            org: parts.org,
            name: responder.name,
            skills: responder.skills.iter().map(Skill::as_str).collect(),
            travel: responder.travel.as_str(),
            exercises: responder.exercises,
            state: responder.standing.as_str(),
            on_duty: responder.on_duty,
            duty_until: responder.duty_until.map(WireTime),
            quiet: parts.quiet,
            places: parts.places,
            device_id: parts.device_id,
            session_expires_at: parts.session_expires_at,
            control_room_phone: parts.control_room_phone,
            devices: parts.devices,
            simulated: parts.simulated,
        }
    }
}

/// A test that was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct TestSentView {
    /// Its name; the push carries it as `alert_id`.
    pub id: String,
    /// When it was sent.
    pub sent_at: WireTime,
    /// When it is worth nothing any more.
    pub expires_at: WireTime,
    /// The phones that a push was sent to.
    pub devices: Vec<String>,
}

/// Which phone has its test.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestReceived {
    /// Which.
    pub device_id: String,
}

/// The key that a browser subscribes with.
#[derive(Serialize, ToSchema)]
pub(crate) struct PushKeyView {
    /// An uncompressed point of P-256, base64url: `applicationServerKey`.
    pub public_key: String,
}
