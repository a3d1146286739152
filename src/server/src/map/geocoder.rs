//! Addresses through a Nominatim or a Photon server.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use muster_core::domain::place::Point;
use muster_core::ports::{Geocoder, NamedPlace, NoAnswer};
use reqwest::{Certificate, Client, Url, redirect};
use serde_json::Value;
use thiserror::Error;

/// A call handler does not wait longer for an address.
const DEADLINE: Duration = Duration::from_secs(2);
/// Places asked for and shown.
const PLACES_MAX: usize = 8;
/// Longer answers are not read, bytes.
const ANSWER_MAX: usize = 1 << 20;
/// Places within so many degrees are preferred.
const AROUND: f64 = 0.5;
/// Longest label, characters; the rest is cut.
const LABEL_MAX: usize = 200;
/// What Nominatim's usage policy asks of its callers.
const AGENT: &str = concat!("muster/", env!("CARGO_PKG_VERSION"));

/// Why the geocoder cannot be used; a sentence for the operator.
#[derive(Debug, Error)]
#[error("geocoder.url: {0}")]
pub struct GeocoderError(String);

/// Which protocol the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    /// `/search`: an array.
    Nominatim,
    /// `/api`: a `GeoJSON` collection.
    Photon,
}

/// A geocoder behind a URL.
pub struct HttpGeocoder {
    client: Client,
    url: Url,
    speaks: Speaks,
}

impl HttpGeocoder {
    /// The end of the URL's path tells the protocol: `/search` is Nominatim, `/api` is Photon.
    /// `ca_file` holds a further root certificate.
    pub fn open(url: &str, ca_file: Option<&Path>) -> Result<Self, GeocoderError> {
        let wrong = |cause: String| GeocoderError(cause);
        let url = Url::parse(url).map_err(|e| wrong(e.to_string()))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(wrong("it is neither http nor https".to_owned()));
        }
        let speaks = match url.path().trim_end_matches('/').rsplit('/').next() {
            Some("search") => Speaks::Nominatim,
            Some("api") => Speaks::Photon,
            _ => {
                let expected = "must end with /search (Nominatim) or /api (Photon)";
                return Err(wrong(expected.to_owned()));
            }
        };
        let roots = match ca_file {
            Some(file) => {
                let pem =
                    std::fs::read(file).map_err(|e| wrong(format!("{}: {e}", file.display())))?;
                Certificate::from_pem_bundle(&pem).map_err(|e| wrong(e.to_string()))?
            }
            None => Vec::new(),
        };
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .user_agent(AGENT)
            .timeout(DEADLINE)
            .tls_certs_merge(roots)
            .build()
            .map_err(|e| wrong(e.to_string()))?;
        Ok(Self {
            client,
            url,
            speaks,
        })
    }

    /// The URL of one search.
    fn asking(&self, text: &str, near: Option<Point>) -> Url {
        let mut url = self.url.clone();
        let mut query = url.query_pairs_mut();
        query.append_pair("q", text);
        query.append_pair("limit", &PLACES_MAX.to_string());
        match self.speaks {
            Speaks::Nominatim => {
                query.append_pair("format", "jsonv2");
                if let Some(near) = near {
                    let (lat, lon) = (near.lat(), near.lon());
                    let (west, north) = (lon - AROUND, lat + AROUND);
                    let (east, south) = (lon + AROUND, lat - AROUND);
                    query.append_pair("viewbox", &format!("{west},{north},{east},{south}"));
                }
            }
            Speaks::Photon => {
                if let Some(near) = near {
                    query.append_pair("lat", &near.lat().to_string());
                    query.append_pair("lon", &near.lon().to_string());
                }
            }
        }
        drop(query);
        url
    }
}

#[async_trait]
impl Geocoder for HttpGeocoder {
    async fn search(&self, text: &str, near: Option<Point>) -> Result<Vec<NamedPlace>, NoAnswer> {
        // an error of the client names the URL, and that names the address
        let failed = |error: reqwest::Error| NoAnswer(error.without_url().to_string());
        let answer = self.client.get(self.asking(text, near)).send().await;
        let answer = answer.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(NoAnswer(format!("answered {}", answer.status())));
        }
        let mut body = Vec::new();
        let mut chunks = answer.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk.map_err(failed)?);
            if body.len() > ANSWER_MAX {
                return Err(NoAnswer("answered at great length".to_owned()));
            }
        }
        let body: Value = serde_json::from_slice(&body)
            .map_err(|_unreadable| NoAnswer("answered with something else than JSON".to_owned()))?;
        let places = match self.speaks {
            Speaks::Nominatim => body
                .as_array()
                .map(|all| all.iter().filter_map(nominatim).collect()),
            Speaks::Photon => body["features"]
                .as_array()
                .map(|all| all.iter().filter_map(photon).collect()),
        };
        let mut places: Vec<NamedPlace> =
            places.ok_or_else(|| NoAnswer("answered without a list of places".to_owned()))?;
        places.truncate(PLACES_MAX);
        Ok(places)
    }
}

fn nominatim(place: &Value) -> Option<NamedPlace> {
    // numbers as text
    let degrees = |name: &str| match &place[name] {
        Value::String(text) => text.parse().ok(),
        number => number.as_f64(),
    };
    named(
        place["display_name"].as_str()?,
        degrees("lat")?,
        degrees("lon")?,
    )
}

fn photon(feature: &Value) -> Option<NamedPlace> {
    let properties = &feature["properties"];
    let text = |name: &str| properties[name].as_str().map(str::to_owned);
    let street = match (text("street"), text("housenumber")) {
        (Some(street), Some(number)) => Some(format!("{street} {number}")),
        (street, _) => street,
    };
    let town = match (text("postcode"), text("city")) {
        (Some(code), Some(city)) => Some(format!("{code} {city}")),
        (_, city) => city,
    };
    let mut parts: Vec<String> = [text("name"), street, text("district"), town, text("state")]
        .into_iter()
        .flatten()
        .collect();
    parts.dedup();
    let at = feature["geometry"]["coordinates"].as_array()?;
    named(
        &parts.join(", "),
        at.get(1)?.as_f64()?,
        at.first()?.as_f64()?,
    )
}

fn named(label: &str, lat: f64, lon: f64) -> Option<NamedPlace> {
    let label: String = label.trim().chars().take(LABEL_MAX).collect();
    let point = Point::new(lat, lon).ok()?;
    (!label.is_empty()).then_some(NamedPlace { label, point })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_end_of_the_url_tells_the_protocol() {
        let speaks = |url: &str| HttpGeocoder::open(url, None).map(|g| g.speaks);
        assert_eq!(speaks("http://h/search").unwrap(), Speaks::Nominatim);
        assert_eq!(speaks("https://h/photon/api/").unwrap(), Speaks::Photon);
        for wrong in [
            "h/search",
            "ftp://h/search",
            "http://h/",
            "http://h/reverse",
        ] {
            let error = speaks(wrong).unwrap_err().to_string();
            assert!(error.contains("geocoder.url"), "{error}");
        }
    }

    #[test]
    fn what_is_asked_stays_one_parameter() {
        let geocoder = HttpGeocoder::open("http://h/search?countrycodes=us", None).unwrap();
        let near = Point::new(36.5, -76.0).ok();
        let url = geocoder.asking("1 Main & Side=x#y", near);
        let mut query: Vec<_> = url.query_pairs().into_owned().collect();
        query.sort();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            query,
            [
                pair("countrycodes", "us"),
                pair("format", "jsonv2"),
                pair("limit", "8"),
                pair("q", "1 Main & Side=x#y"),
                pair("viewbox", "-76.5,37,-75.5,36"),
            ]
        );
    }

    #[test]
    fn both_kinds_of_places_are_read_and_broken_ones_are_not() {
        let place = nominatim(&json!({"display_name": "Hall", "lat": "36.5", "lon": "-76.0"}));
        assert!(place.is_some_and(|p| p.label == "Hall" && p.point.lon() < -75.9));
        assert!(nominatim(&json!({"display_name": "Hall", "lat": "x", "lon": "1"})).is_none());
        let place = photon(&json!({
            "geometry": {"coordinates": [-76.0, 36.5]},
            "properties": {"name": "Hall", "street": "Main", "housenumber": "1",
                           "postcode": "23451", "city": "Town"},
        }));
        assert_eq!(place.map(|p| p.label).unwrap(), "Hall, Main 1, 23451 Town");
        assert!(photon(&json!({"geometry": {"coordinates": []}, "properties": {}})).is_none());
    }
}
