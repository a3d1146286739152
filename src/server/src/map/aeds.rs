//! Defibrillators from a file: `GeoJSON` points, or a table with columns for latitude and longitude.

use std::fs;
use std::path::{Path, PathBuf};

use muster_core::domain::aed::Aed;
use muster_core::domain::place::Point;
use serde_json::{Map, Value};
use thiserror::Error;

/// Largest file, bytes.
const FILE_MAX: u64 = 128 << 20;
/// Most defibrillators; the whole world's known ones are fewer.
const AEDS_MAX: usize = 1_000_000;
/// Longest text about one, characters; the rest is cut.
const TEXT_MAX: usize = 300;

/// Names of columns and properties, the better first: registers call them differently.
const LAT: &[&str] = &["lat", "latitude", "y"];
const LON: &[&str] = &["lon", "lng", "longitude", "x"];
const ID: &[&str] = &["id", "@id", "ref"];
const NAME: &[&str] = &["name", "operator"];
const ACCESS: &[&str] = &["defibrillator:location", "location", "access"];
const HOURS: &[&str] = &["opening_hours", "hours"];
/// Said of access, these words tell nothing.
const SAYS_NOTHING: &[&str] = &["yes", "unknown"];

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub enum AedsError {
    /// It cannot be read.
    #[error("{path}: {cause}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{path}: {cause}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
}

/// Reads a file whole, and says as well how many entries had no possible position. Blocks.
///
/// # Errors
/// When it cannot be read, or holds not one defibrillator.
pub fn read_aeds(path: &Path) -> Result<(Vec<Aed>, usize), AedsError> {
    let unreadable = |cause| AedsError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let malformed = |cause: String| AedsError::Malformed {
        path: path.to_owned(),
        cause,
    };
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > FILE_MAX {
        return Err(malformed("larger than 128 MiB".to_owned()));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let entries = if text.trim_start().starts_with('{') {
        features(&text)
    } else {
        rows(&text)
    };
    let entries = entries.map_err(malformed)?;
    if entries.len() > AEDS_MAX {
        return Err(malformed(format!("more than {AEDS_MAX} entries")));
    }
    let all = entries.len();
    let aeds: Vec<Aed> = entries.into_iter().flatten().collect();
    if aeds.is_empty() {
        return Err(malformed("no defibrillator with a position".to_owned()));
    }
    let skipped = all - aeds.len();
    Ok((aeds, skipped))
}

/// One entry, if it has a possible position. `of` gives the text of the first of these names that
/// has one.
fn aed(
    number: usize,
    at: Option<(f64, f64)>,
    of: impl Fn(&[&str]) -> Option<String>,
) -> Option<Aed> {
    let (lat, lon) = at?;
    let access: Vec<String> = ACCESS
        .iter()
        .filter_map(|name| of(&[name]))
        .filter(|text| !SAYS_NOTHING.contains(&text.as_str()))
        .collect();
    Some(Aed {
        id: of(ID).unwrap_or_else(|| number.to_string()),
        point: Point::new(lat, lon).ok()?,
        name: of(NAME),
        access: (!access.is_empty()).then(|| cut(&access.join(", "))),
        hours: of(HOURS),
    })
}

fn cut(text: &str) -> String {
    text.trim().chars().take(TEXT_MAX).collect()
}

/// The points of a `GeoJSON` collection.
fn features(text: &str) -> Result<Vec<Option<Aed>>, String> {
    let whole: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let Some(features) = whole["features"].as_array() else {
        return Err("no GeoJSON FeatureCollection".to_owned());
    };
    let one = |(number, feature): (usize, &Value)| {
        let place = feature["geometry"]["coordinates"].as_array()?;
        let at = place.get(1)?.as_f64().zip(place.first()?.as_f64());
        let nothing = Map::new();
        let properties = feature["properties"].as_object().unwrap_or(&nothing);
        aed(number + 1, at, |names| {
            let of = |name: &&str| word(properties.get(*name).or_else(|| feature.get(*name))?);
            names.iter().find_map(of)
        })
    };
    Ok(features.iter().enumerate().map(one).collect())
}

fn word(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => cut(text),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The rows of a table with a head.
fn rows(text: &str) -> Result<Vec<Option<Aed>>, String> {
    let mut table = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let head = table.headers().map_err(|e| e.to_string())?.clone();
    let column = |name: &str| {
        head.iter()
            .position(|h| h.trim().eq_ignore_ascii_case(name))
    };
    let first = |names: &[&str]| names.iter().find_map(|name| column(name));
    let (Some(lat), Some(lon)) = (first(LAT), first(LON)) else {
        return Err("no columns `lat` and `lon`".to_owned());
    };
    let mut rows = Vec::new();
    for (number, row) in table.records().enumerate() {
        let row = row.map_err(|e| e.to_string())?;
        let number_at = |at: usize| row.get(at)?.trim().parse().ok();
        let at = number_at(lat).zip(number_at(lon));
        rows.push(aed(number + 1, at, |names| {
            let text = |name: &&str| Some(cut(row.get(column(name)?)?));
            names.iter().filter_map(text).find(|text| !text.is_empty())
        }));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Vec<Aed>, usize), AedsError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("aeds");
        fs::write(&path, text).unwrap();
        read_aeds(&path)
    }

    #[test]
    fn a_table_is_read_by_the_names_of_its_columns() {
        let (aeds, skipped) = read(
            "\u{feff}id,lat,lng,name,location,access,opening_hours\n\
             n/1,36.85,-75.97,,\"Hall, left\",yes,24/7\n\
             n/2,x,-75.97,,,,\nn/3,0,0,,,,\n",
        )
        .unwrap();
        assert_eq!(skipped, 2);
        assert_eq!(
            aeds,
            [Aed {
                id: "n/1".to_owned(),
                point: Point::new(36.85, -75.97).unwrap(),
                name: None,
                access: Some("Hall, left".to_owned()),
                hours: Some("24/7".to_owned()),
            }]
        );
    }

    #[test]
    fn points_of_a_collection_are_read_and_other_shapes_are_skipped() {
        let (aeds, skipped) = read(
            r#" {"type": "FeatureCollection", "features": [
              {"type": "Feature", "id": 7, "geometry": {"type": "Point", "coordinates": [8.5, 47.3]},
               "properties": {"name": "Town hall", "access": "customers"}},
              {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[8, 47]]]}},
              {"type": "Feature", "geometry": null, "properties": null}]}"#,
        )
        .unwrap();
        assert_eq!((aeds.len(), skipped), (1, 2));
        assert_eq!((aeds[0].id.as_str(), aeds[0].point.lat()), ("7", 47.3));
        assert_eq!(aeds[0].access.as_deref(), Some("customers"));
    }

    #[test]
    fn a_file_that_holds_none_is_an_error_that_names_it() {
        for text in [
            "",
            "id,name\n1,a\n",
            "lat,lon\n",
            r#"{"a": 1}"#,
            "{",
            "lat,lon\n0,0\n",
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("aeds: "), "{text:?}: {error}");
        }
        let error = read_aeds(Path::new("/nowhere/aeds.csv")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/aeds.csv"), "{error}");
    }
}
