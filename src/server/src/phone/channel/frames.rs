//! What the phone channel says, from and to the shapes of the HTTP API: one vocabulary for both.

use muster_core::domain::time::Timestamp;

use crate::phone::disclosure::{AedToFetch, AlertAction, AlertAfter, AlertBefore, Disclosed};
use crate::phone::positions::FixIn;
use crate::phone::proto;
use crate::view::place::{AddressView, LocationView};
use crate::view::time::WireTime;

impl From<Disclosed> for proto::Alert {
    fn from(alert: Disclosed) -> Self {
        match alert {
            Disclosed::Before(before) => before_alert(*before),
            Disclosed::After(after) => after_alert(*after),
        }
    }
}

fn before_alert(alert: AlertBefore) -> proto::Alert {
    proto::Alert {
        id: alert.id,
        incident_id: alert.incident_id,
        version: alert.version,
        kind: alert.kind,
        patient_group: alert.patient_group.to_owned(),
        role: alert.role.to_owned(),
        state: alert.state.to_owned(),
        exercise: alert.exercise,
        danger: alert.danger,
        still_going_asked: alert.still_going_asked,
        sent_at_ms: alert.sent_at.0.0,
        answer_by_ms: alert.answer_by.0.0,
        expires_at_ms: alert.expires_at.0.0,
        expires_in_s: u32::try_from(alert.expires_in_s).unwrap_or_default(),
        distance_m: alert.distance_m,
        eta_s: alert.eta_s,
        position: alert.position.to_owned(),
        approximate_location: alert.approximate_location.map(|area| proto::Area {
            lat: area.lat,
            lon: area.lon,
            radius_m: area.radius_m,
        }),
        with_patient_at_ms: alert.with_patient_at.map(|at| at.0.0),
        scene: alert.scene.to_owned(),
        r#override: alert.override_scene,
        answer_in_s: u32::try_from(alert.answer_in_s).unwrap_or_default(),
        in_danger: alert.in_danger,
        all_clear_at_ms: alert.all_clear_at.map(|at| at.0.0),
        replaces: alert.replaces,
        ended_because: alert.ended_because.unwrap_or_default().to_owned(),
        outcome: alert.outcome.unwrap_or_default().to_owned(),
        position_at_ms: alert.position_at.map(|at| at.0.0),
        ..proto::Alert::default()
    }
}

fn after_alert(alert: AlertAfter) -> proto::Alert {
    proto::Alert {
        location: Some(place(&alert.location)),
        moved_from: alert.moved_from.as_ref().map(place),
        address: Some(address(alert.address)),
        message: alert.message.unwrap_or_default(),
        aed: alert.aed.map(aed),
        ..before_alert(alert.before)
    }
}

fn place(place: &LocationView) -> proto::Place {
    proto::Place {
        lat: place.lat,
        lon: place.lon,
        uncertainty_m: place.uncertainty_m,
    }
}

fn aed(found: AedToFetch) -> proto::Aed {
    let AedToFetch { aed, distance_m } = found;
    proto::Aed {
        id: aed.id,
        lat: aed.lat,
        lon: aed.lon,
        name: aed.name.unwrap_or_default(),
        access: aed.access.unwrap_or_default(),
        hours: aed.hours.unwrap_or_default(),
        distance_m,
    }
}

fn address(address: AddressView) -> proto::Address {
    proto::Address {
        line: address.line.unwrap_or_default(),
        place_name: address.place_name.unwrap_or_default(),
        grid: address.grid.unwrap_or_default(),
        floor: address.floor.unwrap_or_default(),
        entry_code: address.entry_code.unwrap_or_default(),
        notes: address.notes.unwrap_or_default(),
        doubtful: address.doubtful,
    }
}

impl From<&proto::Fix> for FixIn {
    fn from(fix: &proto::Fix) -> Self {
        Self {
            lat: fix.lat,
            lon: fix.lon,
            accuracy_m: fix.accuracy_m,
            at: WireTime(Timestamp(fix.at_ms)),
        }
    }
}

/// What stands beside the answer itself; still to be checked.
pub(super) fn action_of(say: proto::Say, device_id: &str) -> AlertAction {
    let some = |text: String| (!text.is_empty()).then_some(text);
    AlertAction {
        device_id: Some(device_id.to_owned()),
        at: say.at_ms.map(|at| WireTime(Timestamp(at))),
        fix: say.fix.as_ref().map(FixIn::from),
        reason: some(say.reason),
        override_scene: some(say.r#override),
        priority_original: some(say.priority_original),
        priority_delivered: some(say.priority_delivered),
        version: say.version,
    }
}
