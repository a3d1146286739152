//! An address and a place, as the desk and whoever is on the incident see them.

use muster_core::ports::{Address, Location, Stored};
use serde::Serialize;
use utoipa::ToSchema;

/// An exact place.
#[derive(Serialize, ToSchema)]
pub struct LocationView {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertainty_m: Option<f64>,
}

impl From<Location> for LocationView {
    fn from(place: Location) -> Self {
        Self {
            lat: place.point.lat(),
            lon: place.point.lon(),
            uncertainty_m: place.uncertainty_m,
        }
    }
}

/// How to find the patient.
#[derive(Serialize, ToSchema)]
pub struct AddressView {
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// Name of the building.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place_name: Option<String>,
    /// A grid or three-word reference, shown as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// Which floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    /// Code of the door.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_code: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// It belongs to an earlier place, and may be wrong for this one.
    pub doubtful: bool,
}

impl AddressView {
    /// An address, and whether it belongs to an earlier place.
    pub fn of(address: &Address, doubtful: bool) -> Self {
        let address = address.clone();
        Self {
            line: address.line,
            place_name: address.place_name,
            grid: address.grid,
            floor: address.floor,
            entry_code: address.entry_code,
            notes: address.notes,
            doubtful,
        }
    }
}

/// What happened, in the sender's word where that is kept: the desk may read it.
pub(crate) fn kind(stored: &Stored) -> &str {
    let word = stored.private.as_ref().and_then(|p| p.kind.as_deref());
    word.unwrap_or(&stored.incident.opening.kind)
}

/// Degrees with five decimals, about a metre: more would be noise on a map.
pub(crate) fn metre(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

/// Metres with one decimal: more would be noise.
pub(crate) fn tenth(metres: f64) -> f64 {
    (metres * 10.0).round() / 10.0
}
