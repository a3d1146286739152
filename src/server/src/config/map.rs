//! Settings of the desk's map, checked.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use muster_core::domain::place::Point;
use serde::Deserialize;

use super::{ConfigError, malformed, set};

/// How every base map begins: the name of the format and its version.
const PMTILES: &[u8] = b"PMTiles\x03";
/// The nearest that a map can be looked at.
const ZOOM_MAX: f64 = 24.0;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMap {
    style_url: String,
    pmtiles: String,
    attribution: String,
    centre: String,
    aeds_file: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenGeocoder {
    pub(super) url: String,
}

/// What the desk's map is drawn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// A `MapLibre` style.
    pub style: Option<Style>,
    /// A base map that is served.
    pub pmtiles: Option<PathBuf>,
    /// Whom to thank for the style or the base map.
    pub attribution: Option<String>,
    /// Where the map begins, and how near.
    pub centre: Option<(Point, f64)>,
    /// A register of defibrillators.
    pub aeds_file: Option<PathBuf>,
}

/// A style of another site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Where it is.
    pub url: String,
    /// Its site: scheme, host and port.
    pub site: String,
}

impl WrittenMap {
    pub(super) fn check(&self) -> Result<Map, ConfigError> {
        let path = |text: &str| set(text).map(PathBuf::from);
        let (pmtiles, aeds_file) = (path(&self.pmtiles), path(&self.aeds_file));
        if let Some(path) = &pmtiles {
            check_base_map(path)?;
        }
        if let Some(path) = &aeds_file {
            std::fs::metadata(path).map_err(unreadable(path))?;
        }
        Ok(Map {
            style: set(&self.style_url).map(style).transpose()?,
            pmtiles,
            attribution: set(&self.attribution).map(str::to_owned),
            centre: set(&self.centre).map(centre).transpose()?,
            aeds_file,
        })
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> ConfigError {
    let path = path.to_owned();
    move |cause| ConfigError::Unreadable { path, cause }
}

fn check_base_map(path: &Path) -> Result<(), ConfigError> {
    let mut file = std::fs::File::open(path).map_err(unreadable(path))?;
    let mut head = [0; PMTILES.len()];
    let read = file.read_exact(&mut head);
    if read.is_err() || head != PMTILES {
        let cause = format!("{}: no base map of version 3", path.display());
        return Err(malformed("map.pmtiles", &cause));
    }
    Ok(())
}

/// The site goes into the page's content security policy, so it is letters and digits only.
fn style(url: &str) -> Result<Style, ConfigError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let site = url.split_once("://").and_then(|(scheme, rest)| {
        let host = rest.split(['/', '?', '#']).next()?;
        let good = ["http", "https"].contains(&scheme) && !host.is_empty();
        (good && host.chars().all(plain)).then(|| format!("{scheme}://{host}"))
    });
    let site = site.ok_or_else(|| malformed("map.style_url", "an http or https URL expected"))?;
    Ok(Style {
        url: url.to_owned(),
        site,
    })
}

fn centre(text: &str) -> Result<(Point, f64), ConfigError> {
    let wrong = || malformed("map.centre", "\"latitude,longitude,zoom\" expected");
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    let numbers = numbers.map_err(|_not_a_number| wrong())?;
    let [lat, lon, zoom] = numbers[..] else {
        return Err(wrong());
    };
    let point = Point::new(lat, lon).map_err(|_impossible| wrong())?;
    if !(0.0..=ZOOM_MAX).contains(&zoom) {
        return Err(wrong());
    }
    Ok((point, zoom))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> WrittenMap {
        WrittenMap {
            style_url: String::new(),
            pmtiles: String::new(),
            attribution: String::new(),
            centre: String::new(),
            aeds_file: String::new(),
        }
    }

    #[test]
    fn nothing_set_is_a_map_of_nothing() {
        let map = written().check().unwrap();
        assert_eq!((map.style, map.pmtiles, map.centre), (None, None, None));
    }

    #[test]
    fn only_the_site_of_a_style_reaches_the_policy() {
        let site = |url: &str| style(url).map(|style| style.site);
        assert_eq!(site("https://h:8/a/b.json?k=1").unwrap(), "https://h:8");
        for wrong in [
            "/style.json",
            "ftp://h/",
            "https://",
            "https://h;script-src */",
            "https://a b/",
        ] {
            assert!(site(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_centre_is_a_place_and_a_zoom() {
        assert!(centre("36.85, -75.97, 11.5").is_ok());
        for wrong in [
            "36.85,-75.97",
            "91,0,1",
            "36.85,-75.97,25",
            "a,b,c",
            "0,0,1",
        ] {
            assert!(centre(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_base_map_that_is_missing_or_none_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("town.pmtiles");
        let check = || {
            let map = WrittenMap {
                pmtiles: path.display().to_string(),
                ..written()
            };
            map.check().map_err(|error| error.to_string())
        };
        assert!(check().unwrap_err().contains("town.pmtiles"));
        for wrong in [&b"PMTiles\x02......"[..], b"PMT"] {
            std::fs::write(&path, wrong).unwrap();
            assert!(check().unwrap_err().contains("map.pmtiles"));
        }
        std::fs::write(&path, b"PMTiles\x03......").unwrap();
        assert!(check().unwrap().pmtiles.is_some());
    }
}
