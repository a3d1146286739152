//! What the desk's map shows beside incidents.

use h3o::{CellIndex, LatLng};
use muster_core::dispatch::Covered;
use muster_core::domain::aed::Aed;
use muster_core::domain::bounds::Bounds;
use muster_core::domain::place::Point;
use muster_core::domain::time::Timestamp;
use muster_core::ports::NamedPlace;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Invalid, WireTime};

/// Numbers with commas between them, exactly `N`.
fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let parsed: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    parsed.ok()?.try_into().ok()
}

/// A box as an outsider names it: `W,S,E,N` in degrees.
pub(crate) fn bounds(field: &str, text: &str) -> Result<Bounds, Invalid> {
    let wrong = || Invalid::new(field, "west,south,east,north in degrees expected");
    let [west, south, east, north] = numbers(text).ok_or_else(wrong)?;
    Bounds::new(west, south, east, north).map_err(|_impossible| wrong())
}

/// A point as an outsider names it: `LAT,LON` in degrees.
pub(crate) fn point(field: &str, text: &str) -> Result<Point, Invalid> {
    let wrong = || Invalid::new(field, "latitude,longitude in degrees expected");
    let [lat, lon] = numbers(text).ok_or_else(wrong)?;
    Point::new(lat, lon).map_err(|_impossible| wrong())
}

/// Degrees with five decimals, about a metre: more would be noise on a map.
pub(crate) fn metre(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

/// The corners of a cell, each as longitude and latitude, not closed. They follow each other in
/// longitude too, so that a cell across the 180th meridian is one piece: they may pass 180.
pub(crate) fn ring(cell: CellIndex) -> Vec<[f64; 2]> {
    let centre = LatLng::from(cell).lng();
    let near = |lon: f64| {
        if lon - centre > 180.0 {
            lon - 360.0
        } else if centre - lon > 180.0 {
            lon + 360.0
        } else {
            lon
        }
    };
    let boundary = cell.boundary();
    let corners = boundary.iter();
    corners
        .map(|corner| [metre(near(corner.lng())), metre(corner.lat())])
        .collect()
}

/// Where a map begins.
#[derive(Serialize, ToSchema)]
pub struct MapCentre {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// 0 (the earth) to 24.
    pub zoom: f64,
}

/// What the map is drawn from, as the operator set it.
#[derive(Serialize, ToSchema)]
pub struct MapView {
    /// A `MapLibre` style; comes before everything else.
    pub style_url: Option<String>,
    /// Whether there is a base map at `/v1/map/base.pmtiles`.
    pub pmtiles: bool,
    /// Whom to thank for the style or the base map.
    pub attribution: Option<String>,
    /// What the base map holds: west, south, east, north in degrees.
    #[schema(value_type = Option<Vec<f64>>)]
    pub bounds: Option<[f64; 4]>,
    /// Where to begin.
    pub centre: Option<MapCentre>,
    /// Whether addresses can be searched for.
    pub geocoder: bool,
    /// Whether defibrillators are known.
    pub aeds: bool,
}

/// A defibrillator.
#[derive(Serialize, ToSchema)]
pub struct AedView {
    /// Its name in the register.
    pub id: String,
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// What it is called, or in which house it hangs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How to get at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// When one can get at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
}

impl From<&Aed> for AedView {
    fn from(aed: &Aed) -> Self {
        Self {
            id: aed.id.clone(),
            lat: aed.point.lat(),
            lon: aed.point.lon(),
            name: aed.name.clone(),
            access: aed.access.clone(),
            hours: aed.hours.clone(),
        }
    }
}

/// Defibrillators in a box.
#[derive(Serialize, ToSchema)]
pub struct AedItems {
    /// In no order.
    pub items: Vec<AedView>,
    /// There are more: look at a smaller box.
    pub truncated: bool,
}

/// A place that a search found.
#[derive(Serialize, ToSchema)]
pub struct NamedPlaceView {
    /// For people.
    pub label: String,
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
}

impl From<NamedPlace> for NamedPlaceView {
    fn from(place: NamedPlace) -> Self {
        Self {
            label: place.label,
            lat: place.point.lat(),
            lon: place.point.lon(),
        }
    }
}

/// What a search found, the best first.
#[derive(Serialize, ToSchema)]
pub struct NamedPlaces {
    /// The places.
    pub items: Vec<NamedPlaceView>,
}

/// How many could be in a cell in time.
#[derive(Serialize, ToSchema)]
pub struct CoverageCell {
    /// H3 index.
    #[schema(example = "882aae4d01fffff")]
    pub cell: String,
    /// So many within each of `seconds`.
    pub counts: Vec<u32>,
    /// The cell's corners, each as longitude and latitude; not closed.
    pub ring: Vec<[f64; 2]>,
}

/// Who could be where in time.
#[derive(Serialize, ToSchema)]
pub struct CoverageView {
    /// H3 resolution of the cells.
    pub resolution: u8,
    /// When this was so.
    pub as_of: WireTime,
    /// The times, in seconds.
    pub seconds: Vec<u32>,
    /// Cells where somebody could be within the longest time; nobody could be in others.
    pub cells: Vec<CoverageCell>,
    /// Somewhere stood more people than were looked at: counts there are too low, never too high.
    pub partial: bool,
}

impl CoverageView {
    /// As found at `now`.
    pub fn of(covered: Covered, seconds: &[u32], resolution: u8, now: Timestamp) -> Self {
        let cells = covered
            .cells
            .into_iter()
            .map(|(cell, counts)| CoverageCell {
                cell: cell.to_string(),
                counts,
                ring: ring(cell),
            });
        Self {
            resolution,
            as_of: now.into(),
            seconds: seconds.to_vec(),
            cells: cells.collect(),
            partial: covered.partial,
        }
    }
}

#[cfg(test)]
mod tests {
    use h3o::Resolution;

    use super::*;

    #[test]
    fn a_box_is_four_numbers_and_a_point_is_two() {
        assert!(bounds("bbox", "8, 50,8.1,50.1").is_ok());
        for wrong in [
            "",
            "8,50,8.1",
            "8,50,8.1,50.1,1",
            "a,50,8.1,50.1",
            "8,51,8.1,50",
        ] {
            assert_eq!(bounds("bbox", wrong).unwrap_err().field, "bbox", "{wrong}");
        }
        assert!(point("near", "50,8").is_ok());
        assert!(point("near", "0,0").is_err() && point("near", "50").is_err());
    }

    #[test]
    fn the_corners_of_a_cell_follow_each_other_across_the_180th_meridian() {
        let cell = Point::new(0.5, 179.99).unwrap().cell(Resolution::Four);
        let ring = ring(cell);
        assert!((5..=6).contains(&ring.len()));
        let lons: Vec<f64> = ring.iter().map(|corner| corner[0]).collect();
        let spread = lons.iter().fold(f64::MIN, |a, b| a.max(*b))
            - lons.iter().fold(f64::MAX, |a, b| a.min(*b));
        assert!(spread < 2.0, "{lons:?}");
    }
}
