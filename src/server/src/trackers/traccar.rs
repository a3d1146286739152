//! Traccar Client, and whatever else speaks the OsmAnd protocol.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use muster_core::domain::fix::ReportedFix;
use muster_core::domain::time::Timestamp;
use serde_json::Value;

use crate::fixes::intake::Intake;
use crate::trackers::keys::{Keys, Speaker, stranger};
use crate::trackers::owntracks::{ACCURACY_UNKNOWN_M, seconds};
use crate::view::body::Body;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::Invalid;
use crate::view::time::WireTime;

/// Takes what Traccar Client sends: JSON, or the parameters of the OsmAnd protocol in the query or
/// in a form. The credential is the device identifier, `USER.SECRET`; HTTP Basic and a responder's
/// token count as well.
#[utoipa::path(
    post, path = "/v1/traccar", tag = "trackers", request_body = Option<serde_json::Value>,
    security((), ("tracker" = []), ("bearer" = [])),
    params(("id" = Option<String>, Query, description = "`USER.SECRET`")),
    responses((status = 200, description = "Taken."),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(crate) async fn traccar(
    keys: web::Data<Keys>,
    intake: web::Data<Intake>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let message = message(&request, &body)?;
    let speaker = if let Some(speaker) = Speaker::of_request(&keys, &request).await? {
        speaker
    } else {
        let device = message.device().and_then(|device| device.split_once('.'));
        let (user, secret) = device.ok_or_else(stranger)?;
        Speaker::of_tracker(&keys, user, secret).await?
    };
    speaker.admit(&intake)?;
    let Some(fix) = message.fix(intake.now())? else {
        return Ok(HttpResponse::Ok().finish());
    };
    if message.is_mock() {
        metrics::counter!("muster_fixes_mocked_total").increment(1);
    }
    speaker.report(&intake, fix).await;
    Ok(HttpResponse::Ok().finish())
}

/// The same with everything in the query, as other trackers send it.
#[utoipa::path(
    get, path = "/v1/traccar", tag = "trackers",
    security((), ("tracker" = []), ("bearer" = [])),
    params(("id" = Option<String>, Query, description = "`USER.SECRET`")),
    responses((status = 200, description = "Taken."),
        (status = 400, body = Problem, description = "`invalid`"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem, description = "`too_many_requests`")),
)]
pub(crate) async fn traccar_query(
    keys: web::Data<Keys>,
    intake: web::Data<Intake>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    traccar(keys, intake, request, body).await
}

fn message(request: &HttpRequest, body: &Body) -> Result<Traccar, ApiError> {
    let wrong = |what: &str| ApiError::with_detail(Code::Invalid, what);
    let form = body.text().ok_or_else(|| wrong("the body is no text"))?;
    if form.starts_with('{') {
        return Ok(Traccar::Object(body.value()?));
    }
    let mut parameters = Vec::new();
    for text in [request.query_string(), form] {
        let read = web::Query::<Vec<(String, String)>>::from_query(text);
        parameters.extend(
            read.map_err(|_why| wrong("parameters expected"))?
                .into_inner(),
        );
    }
    Ok(Traccar::Form(parameters))
}

/// A greater number is a time in milliseconds.
const SECONDS_MAX: f64 = 2_147_483_647.0;
const KNOT_M_S: f64 = 0.514_444;
/// Metres of uncertainty per unit of horizontal dilution, for receivers that say nothing better.
const HDOP_M: f64 = 5.0;

/// A message of the app, in either form.
pub(crate) enum Traccar {
    /// Parameters.
    Form(Vec<(String, String)>),
    /// An object.
    Object(Value),
}

impl Traccar {
    /// The device identifier that its owner entered.
    pub(crate) fn device(&self) -> Option<&str> {
        match self {
            Self::Form(_) => self.parameter("id").or_else(|| self.parameter("deviceid")),
            Self::Object(message) => message.get("device_id")?.as_str(),
        }
    }

    /// Where the phone is, as of `now` when it does not say; `None` when the message tells
    /// something else, or that the position is not valid.
    pub(crate) fn fix(&self, now: Timestamp) -> Result<Option<ReportedFix>, Invalid> {
        match self {
            Self::Form(_) => self.form_fix(now),
            Self::Object(message) => match message.get("location") {
                None | Some(Value::Null) => Ok(None),
                Some(location) => object_fix(location).map(Some),
            },
        }
    }

    /// Whether the phone says that the position was made up by another app.
    pub(crate) fn is_mock(&self) -> bool {
        match self {
            Self::Form(_) => self.parameter("mock").is_some_and(is_true),
            Self::Object(message) => message["location"]["mock"] == true,
        }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        let Self::Form(parameters) = self else {
            return None;
        };
        let found = parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The parameter as a number; an odd one where a detail is meant is as good as none.
    fn number(&self, name: &str) -> Option<f64> {
        self.parameter(name)?.trim().parse().ok()
    }

    fn form_fix(&self, now: Timestamp) -> Result<Option<ReportedFix>, Invalid> {
        let place = match (self.parameter("lat"), self.parameter("lon")) {
            (Some(lat), Some(lon)) => Some((lat, lon)),
            (None, None) => match self.parameter("location") {
                Some(both) => Some(
                    both.split_once(',')
                        .ok_or_else(|| Invalid::new("location", "`lat,lon` expected"))?,
                ),
                None => None,
            },
            (None, Some(_)) => return Err(Invalid::new("lat", "a number expected")),
            (Some(_), None) => return Err(Invalid::new("lon", "a number expected")),
        };
        let Some((lat, lon)) = place else {
            // cells, networks, or the push token of the app
            return Ok(None);
        };
        let degrees = |field, text: &str| {
            let number = text.trim().parse::<f64>();
            number.map_err(|_why| Invalid::new(field, "a number expected"))
        };
        let (lat, lon) = (degrees("lat", lat)?, degrees("lon", lon)?);
        let at = match self.parameter("timestamp") {
            Some(text) => time(text).ok_or_else(|| Invalid::new("timestamp", "a time expected"))?,
            None => now,
        };
        if self.parameter("valid").is_some_and(|valid| !is_true(valid)) {
            return Ok(None);
        }
        let known = |metres: &f64| *metres != 0.0;
        let accuracy = self.number("accuracy").filter(known);
        let dilution = self.number("hdop").filter(known).map(|hdop| hdop * HDOP_M);
        let speed = self.number("speed").filter(|knots| *knots >= 0.0);
        Ok(Some(ReportedFix {
            lat,
            lon,
            accuracy_m: accuracy.or(dilution).unwrap_or(ACCURACY_UNKNOWN_M),
            at,
            speed_m_s: speed.map(|knots| knots * KNOT_M_S),
            dated: true,
        }))
    }
}

fn object_fix(location: &Value) -> Result<ReportedFix, Invalid> {
    let coords = &location["coords"];
    let number = |field: &str| coords.get(field).and_then(Value::as_f64);
    let needed = |field: &str| {
        let path = format!("location.coords.{field}");
        number(field).ok_or_else(|| Invalid::new(&path, "a number expected"))
    };
    let timestamp = location.get("timestamp").and_then(Value::as_str);
    let at = timestamp.and_then(time);
    Ok(ReportedFix {
        lat: needed("latitude")?,
        lon: needed("longitude")?,
        accuracy_m: number("accuracy").unwrap_or(ACCURACY_UNKNOWN_M),
        at: at.ok_or_else(|| Invalid::new("location.timestamp", "a time expected"))?,
        // already metres a second; below zero means that the phone does not know
        speed_m_s: number("speed").filter(|speed| *speed >= 0.0),
        dated: true,
    })
}

/// Seconds or milliseconds since 1970, RFC 3339, or a date and a time in UTC.
fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        let in_seconds = number < SECONDS_MAX;
        return Some(seconds(if in_seconds { number } else { number / 1000.0 }));
    }
    if let Some(WireTime(at)) = WireTime::parse(text) {
        return Some(at);
    }
    let utc = text
        .parse::<DateTime>()
        .ok()?
        .to_zoned(TimeZone::UTC)
        .ok()?;
    Some(Timestamp(utc.timestamp().as_millisecond()))
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text == "1"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn form(pairs: &[(&str, &str)]) -> Traccar {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Traccar::Form(pairs.iter().map(owned).collect())
    }

    fn fix(message: &Traccar) -> ReportedFix {
        message.fix(NOW).ok().flatten().expect("a position")
    }

    #[test]
    fn parameters_are_read_with_their_units() {
        let message = form(&[
            ("id", "anna"),
            ("timestamp", "1789999990"),
            ("lat", "52.5"),
            ("lon", "-13.25"),
            ("speed", "10"),
            ("bearing", "90"),
            ("accuracy", "8"),
            ("batt", "80"),
        ]);
        assert_eq!(message.device(), Some("anna"));
        let fix = fix(&message);
        assert_eq!((fix.lat, fix.lon, fix.accuracy_m), (52.5, -13.25, 8.0));
        assert_eq!(fix.at, Timestamp(1_789_999_990_000));
        assert!(
            fix.speed_m_s
                .is_some_and(|speed| (speed - 5.144_44).abs() < 1e-9),
            "knots"
        );
    }

    #[test]
    fn times_come_in_four_ways_or_not_at_all() {
        for text in [
            "1790000000",
            "1790000000000",
            "2026-09-21T14:13:20Z",
            "2026-09-21 14:13:20",
        ] {
            let message = form(&[
                ("deviceid", "a"),
                ("lat", "1"),
                ("lon", "2"),
                ("timestamp", text),
            ]);
            assert_eq!(fix(&message).at, NOW, "{text}");
        }
        assert_eq!(fix(&form(&[("location", "60.5,30"), ("id", "a")])).at, NOW);
        assert_eq!(time("soon"), None);
    }

    #[test]
    fn an_accuracy_is_said_guessed_from_the_satellites_or_unknown() {
        let with = |name, value| {
            let fix = fix(&form(&[("lat", "1"), ("lon", "2"), (name, value)]));
            Some(fix.accuracy_m)
        };
        assert_eq!(with("accuracy", "3.5"), Some(3.5));
        assert_eq!(with("hdop", "6.0"), Some(30.0));
        for (name, value) in [
            ("hdop", "0.0"),
            ("accuracy", "0"),
            ("accuracy", "good"),
            ("a", "b"),
        ] {
            assert_eq!(
                with(name, value),
                Some(ACCURACY_UNKNOWN_M),
                "{name} {value}"
            );
        }
    }

    #[test]
    fn what_tells_no_place_is_taken_and_what_tells_it_wrong_is_not() {
        let nothing = |pairs: &[(&str, &str)]| form(pairs).fix(NOW).is_ok_and(|fix| fix.is_none());
        assert!(nothing(&[
            ("id", "a"),
            ("cell", "262,1,2,3"),
            ("cell", "262,1,2,4,-90")
        ]));
        assert!(nothing(&[("id", "a"), ("notificationToken", "t")]));
        assert!(nothing(&[("lat", "1"), ("lon", "2"), ("valid", "0")]));
        assert!(nothing(&[]));
        for (pairs, field) in [
            (&[("lat", "north"), ("lon", "2")][..], "lat"),
            (&[("lat", "1")][..], "lon"),
            (&[("location", "1")][..], "location"),
            (
                &[("lat", "1"), ("lon", "2"), ("timestamp", "soon")][..],
                "timestamp",
            ),
        ] {
            assert_eq!(form(pairs).fix(NOW).err().unwrap().field, field);
        }
    }

    #[test]
    fn an_object_is_read_with_its_units() {
        let message = json!({"device_id": "anna", "location": {"timestamp": "2026-09-21T14:13:20.000Z",
            "coords": {"latitude": 52.5, "longitude": 13.25, "accuracy": 4.5, "speed": 7.5,
                "heading": -1, "altitude": 30},
            "is_moving": true, "event": "motionchange", "odometer": 12.5, "mock": true,
            "activity": {"type": "walking"}, "battery": {"level": 0.5, "is_charging": false},
            "extras": {}}});
        let message = Traccar::Object(message);
        assert_eq!(message.device(), Some("anna"));
        assert!(message.is_mock());
        let fix = fix(&message);
        assert_eq!((fix.lat, fix.lon, fix.accuracy_m), (52.5, 13.25, 4.5));
        assert_eq!((fix.at, fix.speed_m_s), (NOW, Some(7.5)));
    }

    #[test]
    fn an_object_may_leave_out_the_place_and_not_half_of_it() {
        let read = |location: Value| {
            Traccar::Object(json!({"device_id": "a", "location": location})).fix(NOW)
        };
        assert!(read(Value::Null).is_ok_and(|fix| fix.is_none()));
        let unknown = json!({"timestamp": "2026-09-21T14:13:20Z",
            "coords": {"latitude": 1, "longitude": 2, "speed": -1}});
        let fix = read(unknown).ok().flatten().unwrap();
        assert_eq!((fix.speed_m_s, fix.accuracy_m), (None, ACCURACY_UNKNOWN_M));
        for (location, field) in [
            (
                json!({"coords": {"latitude": 1, "longitude": 2}}),
                "location.timestamp",
            ),
            (
                json!({"timestamp": "2026-09-21T14:13:20Z"}),
                "location.coords.latitude",
            ),
            (json!("here"), "location.coords.latitude"),
        ] {
            assert_eq!(read(location).err().unwrap().field, field);
        }
        assert_eq!(Traccar::Object(json!([1])).device(), None);
    }
}
