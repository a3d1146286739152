//! A place and an address as the desk sends them.

use muster_core::domain::place::Point;
use muster_core::ports::{Address, Location};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::view::invalid::{Invalid, text};

/// Longest text in an address, characters.
pub(crate) const ADDRESS_MAX: usize = 500;

/// A place as an outsider names it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationIn {
    /// Degrees, WGS 84.
    #[schema(example = 36.8529)]
    pub lat: f64,
    /// Degrees, WGS 84.
    #[schema(example = -75.978)]
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub uncertainty_m: Option<f64>,
}

impl LocationIn {
    pub(super) fn place(self) -> Result<Location, Invalid> {
        if self
            .uncertainty_m
            .is_some_and(|m| !(m >= 0.0 && m.is_finite()))
        {
            return Err(Invalid::new(
                "location.uncertainty_m",
                "metres, 0 or more, expected",
            ));
        }
        let point = Point::new(self.lat, self.lon)
            .map_err(|_impossible| Invalid::new("location", "no such place on the earth"))?;
        Ok(Location {
            point,
            uncertainty_m: self.uncertainty_m,
        })
    }
}

/// How to find the patient.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressIn {
    /// Street and number.
    pub line: Option<String>,
    /// Name of the building.
    pub place_name: Option<String>,
    /// A grid or three-word reference, shown as text.
    pub grid: Option<String>,
    /// Which floor.
    pub floor: Option<String>,
    /// Code of the door.
    pub entry_code: Option<String>,
    /// Anything else.
    pub notes: Option<String>,
}

impl AddressIn {
    pub(super) fn address(self) -> Result<Address, Invalid> {
        let part = |name: &str, value: Option<String>| {
            let value = value.filter(|value| !value.trim().is_empty());
            value
                .map(|value| text(&format!("address.{name}"), value, ADDRESS_MAX))
                .transpose()
        };
        Ok(Address {
            line: part("line", self.line)?,
            place_name: part("place_name", self.place_name)?,
            grid: part("grid", self.grid)?,
            floor: part("floor", self.floor)?,
            entry_code: part("entry_code", self.entry_code)?,
            notes: part("notes", self.notes)?,
        })
    }
}
