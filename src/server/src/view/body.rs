//! Bodies, with a bound and a deadline, and their strict reading.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::view::characters::{read_mended, take_out_odd};
use crate::view::error::{ApiError, Code};

/// Largest body, bytes.
const BODY_MAX: usize = 64 * 1024;
/// The whole body must be here by then: a slow sender holds a connection.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// More places of odd characters help nobody.
const WARNINGS_MAX: usize = 20;
/// Longest such place repeated in a warning, characters.
const PLACE_MAX: usize = 100;

/// A whole body of bounded size, of any content type: a wrong header must not refuse a call for
/// help.
pub(crate) struct Body(Bytes);

impl FromRequest for Body {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let announced = request
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let payload = payload.take();
        Box::pin(async move {
            if announced.is_some_and(|length| length > BODY_MAX) {
                return Err(Code::BodyTooLarge.into());
            }
            match tokio::time::timeout(BODY_WITHIN, whole(payload)).await {
                Ok(body) => body.map(Self),
                Err(_elapsed) => Err(Code::SlowBody.into()),
            }
        })
    }
}

async fn whole(mut payload: Payload) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|broken| {
            ApiError::with_detail(Code::BadJson, format!("the body broke off: {broken}"))
        })?;
        if body.len() + chunk.len() > BODY_MAX {
            return Err(Code::BodyTooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

impl Body {
    /// Whether nothing but white space was sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(u8::is_ascii_whitespace)
    }

    /// The body as text, if it is some.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok().map(str::trim)
    }

    /// A call for help: no character is a reason to refuse it. What was taken out or mended is named in
    /// the warnings.
    pub(crate) fn emergency(&self) -> Result<(serde_json::Value, Vec<String>), ApiError> {
        let read = read_mended(&self.0);
        let (mut value, mended) = read.map_err(|error| not_json(&error))?;
        let places = take_out_odd(&mut value).into_iter();
        let mut warnings: Vec<String> = places
            .take(WARNINGS_MAX)
            .map(|place| {
                let place: String = place.chars().take(PLACE_MAX).collect();
                format!("characters_removed:{place}")
            })
            .collect();
        if mended {
            warnings.push("mended:body".to_owned());
        }
        Ok((value, warnings))
    }

    /// Any JSON value.
    pub(crate) fn value(&self) -> Result<serde_json::Value, ApiError> {
        self.read()
    }

    /// A shape that knows all its fields.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        if holds_nul(&self.0) {
            let detail = "a text holds a NUL character, which cannot be kept";
            return Err(ApiError::with_detail(Code::Invalid, detail));
        }
        let mut text = serde_json::Deserializer::from_slice(&self.0);
        let read = serde_path_to_error::deserialize(&mut text).map_err(|error| {
            let field = error.path().to_string();
            let error = error.into_inner();
            match error.classify() {
                // a field that is missing or not known is named by the error itself
                Category::Data if field != "." => {
                    ApiError::with_detail(Code::Invalid, format!("{field}: {error}"))
                }
                Category::Data => ApiError::with_detail(Code::Invalid, error.to_string()),
                Category::Syntax | Category::Eof | Category::Io => not_json(&error),
            }
        })?;
        text.end().map_err(|error| not_json(&error))?;
        Ok(read)
    }

    /// The same for a body that may be left out.
    pub(crate) fn read_or_default<T: DeserializeOwned + Default>(&self) -> Result<T, ApiError> {
        if self.is_empty() {
            return Ok(T::default());
        }
        self.read()
    }
}

/// Whether a JSON text has an escaped NUL in it; a raw one is no JSON.
fn holds_nul(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escaped = rest.get(at + 1..).unwrap_or_default();
        if escaped.starts_with(b"u0000") {
            return true;
        }
        rest = escaped.get(1..).unwrap_or_default();
    }
    false
}

fn not_json(error: &serde_json::Error) -> ApiError {
    ApiError::with_detail(Code::BadJson, error.to_string())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        #[serde(rename = "note")]
        _note: Option<String>,
    }

    #[derive(Deserialize)]
    struct Positions {
        #[serde(rename = "fixes")]
        _fixes: Vec<Position>,
    }

    #[derive(Deserialize)]
    struct Position {
        #[serde(rename = "lat")]
        _lat: f64,
    }

    fn detail<T: DeserializeOwned>(text: &'static str) -> (Code, String) {
        let error = Body(Bytes::from_static(text.as_bytes()))
            .read::<T>()
            .err()
            .unwrap();
        let code = error.code();
        (code, format!("{error:?}"))
    }

    #[test]
    fn a_wrong_value_is_named_by_its_field() {
        let fixes = "{\"device_id\": \"a:\\\"b\",\n \"sent_at\": \"2026-11-22T10:00:00Z\",
            \"fixes\": [{\"lat\": \"x\"}]}";
        let (code, detail) = detail::<Positions>(fixes);
        assert_eq!(code, Code::Invalid);
        assert!(detail.contains("fixes[0].lat: invalid type"), "{detail}");
    }

    #[test]
    fn unknown_fields_and_broken_json_are_told_apart() {
        assert_eq!(detail::<Change>(r#"{"colour": 1}"#).0, Code::Invalid);
        assert_eq!(detail::<Change>(r#"{"note": "#).0, Code::BadJson);
        assert_eq!(detail::<Change>("").0, Code::BadJson);
        for (text, nul) in [
            (r#"{"note": "a\u0000"}"#, true),
            (r#"{"note": "a\\u0000"}"#, false),
            (r#"{"note": "a\\\u0000"}"#, true),
        ] {
            assert_eq!(holds_nul(text.as_bytes()), nul, "{text}");
        }
        assert_eq!(detail::<Change>(r#"{"note": "\u0000"}"#).0, Code::Invalid);
        let empty = Body(Bytes::from_static(b" \n"));
        assert!(empty.read_or_default::<Change>().is_ok());
    }
}
