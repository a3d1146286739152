//! OwnTracks in mode HTTP.

use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::domain::fix::ReportedFix;
use muster_core::domain::time::Timestamp;
use serde_json::{Value, json};

use crate::fixes::intake::Intake;
use crate::trackers::keys::{Keys, Speaker, stranger};
use crate::view::body::Body;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::Invalid;

/// Takes what the OwnTracks app sends, by a tracker's credential (HTTP Basic) or a responder's
/// token. Anything but a position is taken and ignored; so is an empty body.
#[utoipa::path(
    post, path = "/v1/owntracks", tag = "trackers", request_body = serde_json::Value,
    security(("tracker" = []), ("bearer" = [])),
    responses((status = 200, description = "Taken; nothing for the app to do.",
            body = Vec<serde_json::Value>),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`, `encrypted_payload`"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(crate) async fn owntracks(
    keys: web::Data<Keys>,
    intake: web::Data<Intake>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let speaker = Speaker::of_request(&keys, &request)
        .await?
        .ok_or_else(stranger)?;
    speaker.admit(&intake)?;
    if !body.is_empty() {
        match OwnTracks::of(&body.value()?)? {
            OwnTracks::Fix(fix) => speaker.report(&intake, fix).await,
            OwnTracks::Encrypted => return Err(Code::EncryptedPayload.into()),
            OwnTracks::Other => {}
        }
    }
    // the app expects a list of messages for it
    Ok(HttpResponse::Ok().json(json!([])))
}

/// Assumed where an app does not say how uncertain a position is, metres. The app leaves out what
/// is zero, and zero means that it does not know.
pub(crate) const ACCURACY_UNKNOWN_M: f64 = 100.0;
/// The trigger of a position that the app sent because it was asked or because time had passed:
/// its time is when it was sent, and not when the position was taken.
const PING: &str = "p";
const KM_H: f64 = 1.0 / 3.6;

/// A message of the app.
pub(crate) enum OwnTracks {
    /// Where the phone is.
    Fix(ReportedFix),
    /// Sealed with a key that only its owner has.
    Encrypted,
    /// Anything else that the app tells: nothing to do.
    Other,
}

impl OwnTracks {
    /// Reads a message.
    pub(crate) fn of(message: &Value) -> Result<Self, Invalid> {
        let kind = message.get("_type").and_then(Value::as_str);
        match kind.ok_or_else(|| Invalid::new("_type", "a text expected"))? {
            "location" => location(message).map(Self::Fix),
            "encrypted" => Ok(Self::Encrypted),
            _ => Ok(Self::Other),
        }
    }
}

fn location(message: &Value) -> Result<ReportedFix, Invalid> {
    let number = |field: &str| message.get(field).and_then(Value::as_f64);
    let needed = |field| number(field).ok_or_else(|| Invalid::new(field, "a number expected"));
    let known = |accuracy_m: &f64| *accuracy_m != 0.0;
    Ok(ReportedFix {
        lat: needed("lat")?,
        lon: needed("lon")?,
        accuracy_m: number("acc").filter(known).unwrap_or(ACCURACY_UNKNOWN_M),
        at: seconds(needed("tst")?),
        speed_m_s: number("vel").map(|km_h| km_h * KM_H),
        dated: message.get("t").and_then(Value::as_str) != Some(PING),
    })
}

/// Seconds since 1970 as an instant; what is beyond all times stays beyond them.
pub(crate) fn seconds(s: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates")]
    Timestamp((s * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fix(message: &Value) -> ReportedFix {
        match OwnTracks::of(message) {
            Ok(OwnTracks::Fix(fix)) => fix,
            _ => panic!("a position: {message}"),
        }
    }

    #[test]
    fn a_position_is_read_with_its_units() {
        let message = json!({"_type": "location", "lat": 52.5, "lon": 13.25, "tst": 1_790_000_000,
            "acc": 12, "alt": 40, "vac": 3, "vel": 36, "cog": 270, "batt": 81, "bs": 1, "t": "u",
            "tid": "an", "conn": "m", "m": 1, "created_at": 1_790_000_002, "SSID": "home",
            "topic": "owntracks/anna/phone", "inregions": ["home"], "p": 101.3});
        let fix = fix(&message);
        assert_eq!((fix.lat, fix.lon, fix.accuracy_m), (52.5, 13.25, 12.0));
        assert_eq!(fix.at, Timestamp(1_790_000_000_000));
        assert_eq!(fix.speed_m_s, Some(10.0), "km/h");
        assert!(fix.dated);
    }

    #[test]
    fn what_is_left_out_is_zero_and_what_is_odd_is_unknown() {
        let bare = json!({"_type": "location", "lat": 1, "lon": -2, "tst": 5, "acc": 0,
            "vel": "fast"});
        let fix = fix(&bare);
        let read = (fix.accuracy_m, fix.at, fix.speed_m_s);
        assert_eq!(read, (ACCURACY_UNKNOWN_M, Timestamp(5_000), None));
    }

    #[test]
    fn a_ping_has_no_time_of_its_own() {
        let ping = json!({"_type": "location", "lat": 1, "lon": 2, "tst": 5, "t": "p"});
        assert!(!fix(&ping).dated);
        let asked = json!({"_type": "location", "lat": 1, "lon": 2, "tst": 5, "t": "r"});
        assert!(fix(&asked).dated);
    }

    #[test]
    fn other_messages_are_told_apart_from_broken_ones() {
        for kind in [
            "lwt",
            "transition",
            "waypoint",
            "waypoints",
            "status",
            "card",
            "steps",
        ] {
            let message = json!({"_type": kind, "tst": 1});
            assert!(
                matches!(OwnTracks::of(&message), Ok(OwnTracks::Other)),
                "{kind}"
            );
        }
        let sealed = json!({"_type": "encrypted", "data": "abc"});
        assert!(matches!(OwnTracks::of(&sealed), Ok(OwnTracks::Encrypted)));
        for (message, field) in [
            (json!({}), "_type"),
            (json!([]), "_type"),
            (json!({"_type": "location", "lon": 2, "tst": 5}), "lat"),
            (
                json!({"_type": "location", "lat": "1", "lon": 2, "tst": 5}),
                "lat",
            ),
            (json!({"_type": "location", "lat": 1, "lon": 2}), "tst"),
        ] {
            assert_eq!(OwnTracks::of(&message).err().unwrap().field, field);
        }
    }

    #[test]
    fn times_beyond_all_times_do_not_wrap() {
        assert_eq!(seconds(1e300), Timestamp(i64::MAX));
        assert_eq!(seconds(-1e300), Timestamp(i64::MIN));
        assert_eq!(seconds(1.5), Timestamp(1_500));
    }
}
