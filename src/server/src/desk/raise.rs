//! Raising an incident. A wrong detail never refuses a call for help.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use muster_core::dispatch::{Dispatch, Report};
use muster_core::domain::incident::PlaceKind;
use muster_core::domain::place::Point;
use muster_core::domain::plan::Scene;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Address, Location, Private, Raised, Source};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::permissions::CallHandler;
use crate::desk::canonical_json::canonical;
use crate::desk::incident::IncidentView;
use crate::desk::incidents::etag;
use crate::desk::place_bodies::{ADDRESS_MAX, AddressIn, LocationIn};
use crate::view::body::Body;
use crate::view::deadline::change;
use crate::view::error::{ApiError, Code, Problem};
use crate::view::invalid::Invalid;
use crate::view::time::WireTime;

/// Longest idempotency key, characters.
const KEY_MAX: usize = 128;

/// Raises an incident and alerts the nearest.
#[utoipa::path(
    post, path = "/v1/incidents", tag = "incidents",
    request_body = RaiseIncident,
    params(("Idempotency-Key" = String, Header, description = "At most 128 characters.")),
    responses(
        (status = 201, body = IncidentView, description = "Raised, and on disk.",
            headers(("Location" = String))),
        (status = 200, body = IncidentView,
            description = "The same key and body were seen before, or the warning \
                `source_already_open`: the incident as it is now."),
        (status = 400, body = Problem, description = "`bad_json`, `invalid`, \
            `idempotency_key_missing`, `idempotency_key_too_long`"),
        (status = 413, body = Problem, description = "`body_too_large`"),
        (status = 422, body = Problem, description = "`idempotency_mismatch`"),
        (status = 503, body = Problem, description = "`unavailable`, `outcome_unknown`"),
    ),
)]
pub(crate) async fn raise(
    dispatch: web::Data<Dispatch>,
    desk: CallHandler,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let key = idempotency_key(&request)?;
    let (value, mut warnings) = body.emergency()?;
    let said = ParsedRaise::read(&value)?;
    warnings.extend(said.warnings);
    if !dispatch.plans.of_kind(&said.kind).1 {
        warnings.push(format!("unknown_kind:{}", said.kind));
    }
    let report = Report {
        org: desk.org,
        actor: desk.actor,
        kind: said.kind,
        private: said.private,
        source: said.source,
        called_at: said.called_at,
        patient_age_y: said.patient_age_y,
        scene: said.scene,
        place: said.place,
        ems_eta: said.ems_eta,
        exercise: said.exercise,
        idempotency: (key, canonical(&value)),
    };
    let raising = dispatch.clone();
    let raising = async move {
        let (mut raised, degraded) = raising.raise(report).await?;
        let taken = raised.profiles();
        // whoever calls for help does not wait for the index
        tokio::spawn(async move { raising.tell_index(taken).await });
        Ok((raised, degraded))
    };
    let (raised, degraded) = change(raising).await?;
    let (status, stored) = match &raised {
        Raised::New(committed) => (StatusCode::CREATED, &committed.stored),
        Raised::Repeated(known) => {
            if known.stored.private.is_none() {
                warnings.push("body_not_compared".to_owned());
            }
            (StatusCode::OK, &known.stored)
        }
        Raised::SourceOpen(known) => {
            warnings.push("source_already_open".to_owned());
            (StatusCode::OK, &known.stored)
        }
    };
    if degraded && status == StatusCode::CREATED {
        warnings.push("degraded".to_owned());
    }
    let location = format!("/v1/incidents/{}", stored.incident.opening.id);
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((LOCATION, location))
        .insert_header(etag(stored));
    let approaches = dispatch.approaches([stored]).await;
    Ok(answer.json(IncidentView::of(
        stored,
        &approaches,
        dispatch.clock.now(),
        warnings,
    )))
}

fn idempotency_key(request: &HttpRequest) -> Result<String, ApiError> {
    let key = request.headers().get("idempotency-key");
    let key = key.map(|key| match std::str::from_utf8(key.as_bytes()) {
        Ok(key) => key.trim().to_owned(),
        // one character for each byte, so that two keys never become one
        Err(_) => key.as_bytes().iter().copied().map(char::from).collect(),
    });
    match key {
        None => Err(Code::KeyMissing.into()),
        Some(key) if key.is_empty() => Err(Code::KeyMissing.into()),
        Some(key) if key.chars().count() > KEY_MAX => Err(Code::KeyTooLong.into()),
        Some(key) => Ok(key),
    }
}

/// Longest word for a kind, characters.
pub(crate) const KIND_MAX: usize = 64;
/// Longest part of a source, characters.
const SOURCE_MAX: usize = 128;
/// Nobody is older, years.
pub(crate) const AGE_MAX_Y: f64 = 150.0;
/// No ambulance takes longer, seconds.
pub(crate) const EMS_ETA_MAX_S: f64 = 86_400.0;
/// More warnings than this help nobody.
const WARNINGS_MAX: usize = 50;
/// Longest field name repeated in a warning, characters.
const FIELD_MAX: usize = 100;
/// A place known no better than this, metres, is worth a second question to the caller: it is the
/// radius of the area that responders are shown first.
const UNCERTAIN_M: f64 = muster_core::domain::place::DISCLOSED_RADIUS_M;

/// The report of an incident, for the documentation; it is read by [`ParsedRaise::read`].
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are for the documentation")]
pub(crate) struct RaiseIncident {
    /// What happened; an unknown word gets the default plan.
    #[schema(example = "cardiac_arrest")]
    pub kind: String,
    /// Where.
    pub location: LocationIn,
    /// How to find it.
    pub address: Option<AddressIn>,
    /// The raising system's name for it.
    pub source: Option<SourceIn>,
    /// When the call began.
    pub called_at: Option<WireTime>,
    /// About the patient.
    pub patient: Option<PatientIn>,
    /// `safe`, `unsafe` or `unknown`.
    pub scene: Option<String>,
    /// `private`, `public`, `care` or `unknown`.
    pub place: Option<String>,
    /// Seconds until the ambulance is there.
    pub ems_eta_s: Option<f64>,
    /// Not a real emergency.
    pub exercise: Option<bool>,
}

/// The raising system's name for an incident.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are for the documentation")]
pub(crate) struct SourceIn {
    /// Which system.
    pub system: String,
    /// Its name for the incident.
    pub id: String,
}

/// About the patient.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are for the documentation")]
pub(crate) struct PatientIn {
    /// Age in years.
    pub age_y: Option<f64>,
}

/// A report as far as it could be understood.
pub(crate) struct ParsedRaise {
    /// What happened, in the sender's word.
    pub kind: String,
    /// Where, and how to find it.
    pub private: Private,
    /// The sender's name for it.
    pub source: Option<Source>,
    /// When the call began.
    pub called_at: Option<Timestamp>,
    /// The patient's age in years.
    pub patient_age_y: Option<u16>,
    /// What is known of the scene.
    pub scene: Scene,
    /// What kind of place it is.
    pub place: PlaceKind,
    /// Until the ambulance is there.
    pub ems_eta: Option<Millis>,
    /// Not a real emergency.
    pub exercise: bool,
    /// What was not understood, and left out.
    pub warnings: Vec<String>,
}

impl ParsedRaise {
    /// Reads a report.
    pub(crate) fn read(body: &Value) -> Result<Self, Invalid> {
        let Value::Object(fields) = body else {
            return Err(Invalid::new("body", "a JSON object expected"));
        };
        let mut reader = Reader::default();
        let kind = match fields.get("kind") {
            Some(Value::String(kind)) if !kind.trim().is_empty() => {
                reader.clipped("kind", kind.trim(), KIND_MAX)
            }
            _ => return Err(Invalid::new("kind", "a word expected")),
        };
        let location = reader.location(fields)?;
        let address = reader.address(fields);
        let source = reader.source(fields);
        let called_at = reader.optional(fields, "", "called_at", |value| {
            value.as_str().and_then(WireTime::parse).map(|at| at.0)
        });
        let patient_age_y = reader.age(fields);
        let scene = reader.word(fields, "scene", Scene::parse);
        let place = reader.word(fields, "place", PlaceKind::parse);
        let ems_eta = reader.optional(fields, "", "ems_eta_s", ems_eta);
        let exercise = reader.optional(fields, "", "exercise", Value::as_bool);
        reader.unknown(fields, "", &TOP);
        Ok(Self {
            kind,
            private: Private {
                location,
                address,
                message: None,
                moved_from: None,
                kind: None,
            },
            source,
            called_at,
            patient_age_y,
            scene: scene.unwrap_or(Scene::Unknown),
            place: place.unwrap_or(PlaceKind::Unknown),
            ems_eta,
            exercise: exercise.unwrap_or(false),
            warnings: reader.warnings,
        })
    }
}

const TOP: [&str; 10] = [
    "kind",
    "location",
    "address",
    "source",
    "called_at",
    "patient",
    "scene",
    "place",
    "ems_eta_s",
    "exercise",
];

const ADDRESS: [&str; 6] = ["line", "place_name", "grid", "floor", "entry_code", "notes"];

fn ems_eta(value: &Value) -> Option<Millis> {
    value
        .as_f64()
        .filter(|s| (0.0..=EMS_ETA_MAX_S).contains(s))
        .map(span)
}

/// Seconds as a span; the caller has checked the range.
pub(crate) fn span(seconds: f64) -> Millis {
    #[expect(clippy::cast_possible_truncation, reason = "at most a day")]
    Millis((seconds * 1000.0).round() as i64)
}

/// Reads field by field and remembers what it left out.
#[derive(Default)]
struct Reader {
    warnings: Vec<String>,
}

impl Reader {
    fn warn(&mut self, what: &str, path: &str, name: &str) {
        if self.warnings.len() < WARNINGS_MAX {
            let name: String = name.chars().take(FIELD_MAX).collect();
            self.warnings.push(format!("{what}:{path}{name}"));
        }
    }

    /// The value of a field that nobody needs; a wrong one is as good as none.
    fn optional<T>(
        &mut self,
        fields: &Map<String, Value>,
        path: &str,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = fields.get(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.warn("ignored", path, name);
        }
        read
    }

    fn object<'a>(
        &mut self,
        fields: &'a Map<String, Value>,
        name: &str,
        known: &[&str],
    ) -> Option<&'a Map<String, Value>> {
        let value = fields.get(name).filter(|value| !value.is_null())?;
        let Value::Object(inner) = value else {
            self.warn("ignored", "", name);
            return None;
        };
        self.unknown(inner, &format!("{name}."), known);
        Some(inner)
    }

    fn unknown(&mut self, fields: &Map<String, Value>, path: &str, known: &[&str]) {
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            self.warn("unknown_field", path, name);
        }
    }

    fn word<T>(
        &mut self,
        fields: &Map<String, Value>,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.optional(fields, "", name, |value| value.as_str().and_then(parse))
    }

    fn clipped(&mut self, name: &str, text: &str, most: usize) -> String {
        if text.chars().count() > most {
            self.warn("truncated", "", name);
        }
        text.chars().take(most).collect()
    }

    fn location(&mut self, fields: &Map<String, Value>) -> Result<Location, Invalid> {
        let Some(Value::Object(location)) = fields.get("location") else {
            return Err(Invalid::new(
                "location",
                "an object with lat and lon expected",
            ));
        };
        let degrees = |name: &str| {
            let field = format!("location.{name}");
            let value = location.get(name).and_then(Value::as_f64);
            value.ok_or_else(|| Invalid::new(&field, "a number of degrees expected"))
        };
        let point = Point::new(degrees("lat")?, degrees("lon")?)
            .map_err(|_impossible| Invalid::new("location", "no such place on the earth"))?;
        let uncertainty_m = self.optional(location, "location.", "uncertainty_m", |value| {
            value.as_f64().filter(|m| *m >= 0.0)
        });
        self.unknown(location, "location.", &["lat", "lon", "uncertainty_m"]);
        if uncertainty_m.is_some_and(|m| m > UNCERTAIN_M) {
            self.warnings.push("location_uncertain".to_owned());
        }
        Ok(Location {
            point,
            uncertainty_m,
        })
    }

    fn address(&mut self, fields: &Map<String, Value>) -> Address {
        let Some(address) = self.object(fields, "address", &ADDRESS) else {
            return Address::default();
        };
        let mut text = |name: &str| {
            let text = self.optional(address, "address.", name, |value| match value {
                Value::String(text) => Some(text.clone()),
                // a floor is often a bare number
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })?;
            let text = self.clipped(&format!("address.{name}"), text.trim(), ADDRESS_MAX);
            (!text.is_empty()).then_some(text)
        };
        Address {
            line: text("line"),
            place_name: text("place_name"),
            grid: text("grid"),
            floor: text("floor"),
            entry_code: text("entry_code"),
            notes: text("notes"),
        }
    }

    fn source(&mut self, fields: &Map<String, Value>) -> Option<Source> {
        let source = self.object(fields, "source", &["system", "id"])?;
        let part = |name: &str| {
            let text = source.get(name)?.as_str()?.to_owned();
            crate::view::invalid::text(name, text, SOURCE_MAX).ok()
        };
        let named = part("system").zip(part("id"));
        if named.is_none() {
            self.warn("ignored", "", "source");
        }
        named.map(|(system, id)| Source { system, id })
    }

    fn age(&mut self, fields: &Map<String, Value>) -> Option<u16> {
        let patient = self.object(fields, "patient", &["age_y"])?;
        self.optional(patient, "patient.", "age_y", |value| {
            let age = value
                .as_f64()
                .filter(|age| (0.0..=AGE_MAX_Y).contains(age))?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 150; half a year is an infant of 0"
            )]
            let years = age as u16;
            Some(years)
        })
    }
}

#[cfg(test)]
#[path = "raise_tests.rs"]
mod tests;
