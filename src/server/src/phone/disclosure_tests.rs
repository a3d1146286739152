//! What a responder learns, and when.

use muster_core::domain::aed::{Aed, Aeds};
use muster_core::domain::alert::{Alert, AlertState};
use muster_core::domain::ids::{AlertId, IncidentId, OrgNo, ResponderId, ResponderNo};
use muster_core::domain::incident::{Incident, Opening, PlaceKind};
use muster_core::domain::place::Point;
use muster_core::domain::plan::{Plans, Scene};
use muster_core::domain::responder::{Skills, Source, Travel};
use muster_core::domain::selection::Role;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Address, Location, Private, Stored};
use serde_json::Value;

use super::{CoarseWay, Disclosed, Way, patient_group};
use crate::phone::proto;

const NOW: Timestamp = Timestamp(1_900_000_000_000);

fn stored() -> Stored {
    let opening = Opening {
        id: IncidentId::from("i1"),
        org: OrgNo(1),
        kind: "cardiac_arrest".to_owned(),
        plan: Plans::built_in().of_kind("cardiac_arrest").0.clone(),
        exercise: false,
        scene: Scene::Safe,
        place: PlaceKind::Private,
        patient_age_y: Some(61),
        called_at: None,
        ems_eta_at: None,
        opened_at: NOW,
    };
    let place = Location {
        point: Point::new(36.852_937_1, -75.978_041_9).unwrap(),
        uncertainty_m: Some(15.0),
    };
    Stored {
        incident: Incident::raise(opening).0,
        private: Some(Private {
            location: place,
            address: Address {
                line: Some("1 Main Street".to_owned()),
                entry_code: Some("4711".to_owned()),
                ..Address::default()
            },
            message: Some("ring twice".to_owned()),
            moved_from: Some(place),
            kind: None,
        }),
        source: None,
        possible_duplicates: Vec::new(),
    }
}

fn alert(state: AlertState) -> Alert {
    Alert {
        id: AlertId::from("a1"),
        responder: ResponderNo(1),
        responder_id: ResponderId::from("r1"),
        skills: Skills::default(),
        travel: Travel::default(),
        state,
        role: Role::Cpr,
        wave: 1,
        round: 1,
        for_doubt: false,
        distance_m: 143.27,
        eta_s: 97,
        fix_age_s: 12,
        position: Source::Live,
        created_at: NOW,
        answer_by: NOW + Millis::from_s(60),
        receipt_by: NOW + Millis::from_s(20),
        expires_at: NOW + Millis::from_s(600),
        push_waiting_since: None,
        received_at: None,
        seen_at: None,
        accepted_at: None,
        with_patient_at: None,
        finished: None,
        stood_down_because: None,
        heard_at: None,
        doubtful: false,
        at_address: false,
        replaces: Vec::new(),
        in_danger: false,
        danger_at: None,
        told_danger: false,
        all_clear_at: None,
        version: 1,
        told_version: None,
        confirmed_version: None,
    }
}

fn shown(state: AlertState, coarse: Option<CoarseWay>) -> Value {
    let way = Way {
        coarse,
        exact: None,
    };
    serde_json::to_value(Disclosed::of(&stored(), &alert(state), way, NOW)).unwrap()
}

const APPROACH: CoarseWay = CoarseWay {
    distance_m: 301.0,
    eta_s: 61.0,
    source: Source::Place,
};

#[test]
fn nothing_exact_is_said_before_acceptance_or_after_the_end() {
    for state in AlertState::ALL.into_iter().filter(|s| !s.is_engaged()) {
        for approach in [Some(APPROACH), None] {
            let value = shown(state, approach);
            for key in ["location", "address", "aed", "message", "moved_from"] {
                assert!(value.get(key).is_none(), "{state:?} shows {key}");
            }
            let text = value.to_string();
            for secret in [
                "36.85293", "75.97804", "143.", "Main", "4711", "twice", ":97,",
            ] {
                assert!(!text.contains(secret), "{state:?} shows {secret}: {text}");
            }
        }
    }
}

#[test]
fn distance_and_time_before_acceptance_are_rounded_up() {
    let value = shown(AlertState::Seen, Some(APPROACH));
    assert_eq!(
        (&value["distance_m"], &value["eta_s"]),
        (&400.0.into(), &120.into())
    );
    let value = shown(AlertState::Seen, None);
    assert_eq!(
        value["distance_m"], 1000.0,
        "blurred, because the exact one stands in"
    );
    assert_eq!(value["approximate_location"]["radius_m"], 531.0);
    assert_eq!(value["expires_in_s"], 600);
}

#[test]
fn whoever_is_on_the_incident_sees_everything() {
    for state in [
        AlertState::Accepted,
        AlertState::EnRoute,
        AlertState::OnScene,
    ] {
        let value = shown(state, Some(APPROACH));
        assert_eq!(value["location"]["lat"], 36.852_937_1);
        assert_eq!(value["address"]["entry_code"], "4711");
        assert_eq!(value["distance_m"], 143.3);
        assert_eq!(value["eta_s"], 97);
        assert_eq!(value["message"], "ring twice");
        assert!(value["aed"].is_null() && value.get("aed").is_some());
        assert_eq!(value["state"], state.as_str());
    }
}

#[test]
fn an_expired_alert_has_no_negative_time_left() {
    let late = NOW + Millis::from_s(10_000);
    let shown = Disclosed::of(&stored(), &alert(AlertState::Expired), Way::default(), late);
    assert_eq!(serde_json::to_value(shown).unwrap()["expires_in_s"], 0);
}

#[test]
fn patients_are_grouped_as_on_the_telephone() {
    let groups = [None, Some(0), Some(1), Some(7), Some(8), Some(99)].map(patient_group);
    assert_eq!(
        groups,
        ["unknown", "infant", "child", "child", "adult", "adult"]
    );
}

#[test]
fn only_who_fetches_a_defibrillator_and_is_on_the_way_is_told_of_one() {
    let near = Point::new(36.853_5, -75.978_04).unwrap();
    let register = Aeds::new(vec![Aed {
        id: "a-1".to_owned(),
        point: near,
        name: Some("Library".to_owned()),
        access: Some("code 1234".to_owned()),
        hours: Some("24/7".to_owned()),
    }]);
    let told = |state, role| {
        let asked = Alert {
            role,
            ..alert(state)
        };
        let shown = Disclosed::of(&stored(), &asked, Way::default(), NOW).with_aed(&register);
        serde_json::to_value(shown).unwrap()["aed"].clone()
    };
    let aed = told(AlertState::Accepted, Role::Aed);
    assert_eq!(
        (&aed["name"], &aed["access"]),
        (&"Library".into(), &"code 1234".into())
    );
    assert!(aed["distance_m"].as_f64().unwrap() < 100.0);
    assert!(told(AlertState::Seen, Role::Aed).is_null());
    assert!(told(AlertState::Accepted, Role::Cpr).is_null());
}

#[test]
fn since_when_they_are_with_the_patient_is_said_once_they_said_so() {
    let bare = serde_json::to_value(alert(AlertState::OnScene)).unwrap();
    assert_eq!(bare.get("with_patient_at"), None, "as it always was stored");
    let mut there: Alert = serde_json::from_value(bare).unwrap();
    assert_eq!(there.with_patient_at, None);
    assert_eq!(
        shown(AlertState::OnScene, None).get("with_patient_at"),
        None
    );
    there.with_patient_at = Some(NOW);
    for state in [AlertState::OnScene, AlertState::Finished] {
        there.state = state;
        let view =
            serde_json::to_value(Disclosed::of(&stored(), &there, Way::default(), NOW)).unwrap();
        assert_eq!(view["with_patient_at"], "2030-03-17T17:46:40.000Z");
    }
    let framed = proto::Alert::from(Disclosed::of(&stored(), &there, Way::default(), NOW));
    assert_eq!(framed.with_patient_at_ms, Some(NOW.0));
}
