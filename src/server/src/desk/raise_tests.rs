//! How a report of an emergency is understood.

use actix_web::test::TestRequest;
use serde_json::json;

use super::*;

fn read(body: &Value) -> ParsedRaise {
    ParsedRaise::read(body).ok().unwrap()
}

#[test]
fn a_whole_report_is_understood_without_a_warning() {
    let parsed = read(&json!({
        "kind": "cardiac_arrest",
        "location": {"lat": 36.8529, "lon": -75.9780, "uncertainty_m": 15},
        "address": {"line": "1 Main Street", "floor": 3, "grid": "///filled.count.soap"},
        "source": {"system": "cad-1", "id": "2019-000123"},
        "called_at": "2026-11-22T10:00:00.000Z",
        "patient": {"age_y": 61}, "scene": "safe", "place": "private", "ems_eta_s": 540,
        "exercise": false
    }));
    assert_eq!(parsed.warnings, Vec::<String>::new());
    assert_eq!(parsed.private.address.floor.as_deref(), Some("3"));
    assert_eq!(parsed.patient_age_y, Some(61));
    assert_eq!(parsed.ems_eta, Some(Millis::from_s(540)));
    assert_eq!(parsed.scene, Scene::Safe);
}

#[test]
fn wrong_details_never_refuse_a_call_for_help() {
    let parsed = read(&json!({
        "kind": "cardiac_arrest", "foo": {"bar": 1},
        "location": {"lat": 36.8529, "lon": -75.9780, "uncertainty_m": "much", "alt": 3},
        "address": "1 Main Street", "source": {"system": 7}, "called_at": "now",
        "patient": {"age_y": -3, "name": "x"}, "scene": "fine", "place": 1, "ems_eta_s": -1,
        "exercise": "no"
    }));
    for warning in [
        "unknown_field:foo",
        "unknown_field:location.alt",
        "ignored:location.uncertainty_m",
        "ignored:address",
        "ignored:source",
        "ignored:called_at",
        "ignored:patient.age_y",
        "unknown_field:patient.name",
        "ignored:scene",
        "ignored:place",
        "ignored:ems_eta_s",
        "ignored:exercise",
    ] {
        assert!(parsed.warnings.iter().any(|w| w == warning), "{warning}");
    }
    assert!(!parsed.exercise);
    assert_eq!(parsed.scene, Scene::Unknown);
}

#[test]
fn only_a_missing_kind_or_place_refuses() {
    for (body, field) in [
        (json!([]), "body"),
        (json!({"location": {"lat": 1.0, "lon": 2.0}}), "kind"),
        (json!({"kind": "x"}), "location"),
        (
            json!({"kind": "x", "location": {"lat": 1.0}}),
            "location.lon",
        ),
        (
            json!({"kind": "x", "location": {"lat": "1", "lon": 2.0}}),
            "location.lat",
        ),
        (
            json!({"kind": "x", "location": {"lat": 0, "lon": 0}}),
            "location",
        ),
        (
            json!({"kind": "x", "location": {"lat": 91, "lon": 0}}),
            "location",
        ),
    ] {
        assert_eq!(ParsedRaise::read(&body).err().unwrap().field, field);
    }
}

#[test]
fn warnings_and_texts_have_a_bound() {
    let mut body = json!({"kind": "x", "location": {"lat": 1.0, "lon": 2.0}});
    body["address"] = json!({"notes": "n".repeat(900)});
    for n in 0..500 {
        body[format!("field{n}")] = json!(1);
    }
    let parsed = read(&body);
    assert_eq!(parsed.warnings.len(), WARNINGS_MAX);
    assert_eq!(parsed.private.address.notes.unwrap().len(), ADDRESS_MAX);
}

#[test]
fn a_key_is_required_and_has_a_length() {
    let with = |key: &str| {
        let request = TestRequest::default().insert_header(("Idempotency-Key", key));
        idempotency_key(&request.to_http_request())
    };
    assert_eq!(with("abc").unwrap(), "abc");
    assert_eq!(with(" ").unwrap_err().code(), Code::KeyMissing);
    assert!(with(&"k".repeat(128)).is_ok());
    assert_eq!(with(&"k".repeat(129)).unwrap_err().code(), Code::KeyTooLong);
    let none = TestRequest::default().to_http_request();
    assert_eq!(idempotency_key(&none).unwrap_err().code(), Code::KeyMissing);
}
