//! Shapes of what maps are drawn from.

use muster_core::domain::aed::Aed;
use muster_core::ports::NamedPlace;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a map begins.
#[derive(Serialize, ToSchema)]
pub(crate) struct MapCentre {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// 0 (the earth) to 24.
    pub zoom: f64,
}

/// What the map is drawn from, as the operator set it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MapView {
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
pub(crate) struct AedItems {
    /// In no order.
    pub items: Vec<AedView>,
    /// There are more: look at a smaller box.
    pub truncated: bool,
}

/// A place that a search found.
#[derive(Serialize, ToSchema)]
pub(crate) struct NamedPlaceView {
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
pub(crate) struct NamedPlaces {
    /// The places.
    pub items: Vec<NamedPlaceView>,
}
