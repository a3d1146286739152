//! What maps are drawn from: a base map or style, a register of defibrillators, a search for addresses.
//!
//! Invariant: what is searched for is an address, so it never stands in a log or an error.

mod aeds;
mod base_map;
mod geocoder;
pub(crate) mod serve;
pub(crate) mod view;

pub use aeds::{AedsError, read_aeds};
pub use base_map::base_map_bounds;
pub use geocoder::{GeocoderError, HttpGeocoder};

use std::path::PathBuf;

use muster_core::domain::aed::Aeds;
use muster_core::domain::place::Point;
use muster_core::ports::Geocoder;
use tokio::sync::Semaphore;

/// Addresses are searched for so many call handlers at a time.
const GEOCODING_MAX: usize = 16;

/// What maps are drawn from.
pub(crate) struct Map {
    /// URL of a style, and its site.
    pub(crate) style: Option<(String, String)>,
    /// A base map, and what it holds: west, south, east, north.
    pub(crate) pmtiles: Option<(PathBuf, Option<[f64; 4]>)>,
    /// Whom to thank for the style or the base map.
    pub(crate) attribution: Option<String>,
    /// Where to begin, and how near.
    pub(crate) centre: Option<(Point, f64)>,
    /// Known defibrillators.
    pub(crate) aeds: Aeds,
    /// Finds addresses.
    pub(crate) geocoder: Option<Box<dyn Geocoder>>,
    /// Who searches for an address now.
    pub(crate) geocoding: Semaphore,
}

impl Default for Map {
    fn default() -> Self {
        Self {
            style: None,
            pmtiles: None,
            attribution: None,
            centre: None,
            aeds: Aeds::default(),
            geocoder: None,
            geocoding: Semaphore::new(GEOCODING_MAX),
        }
    }
}
