//! What the desk's map needs from elsewhere: a register of defibrillators, a search for addresses.
//!
//! Invariant: what is searched for is an address, so it never stands in a log or an error.

mod aeds;
mod base_map;
mod geocoder;

pub use aeds::{AedsError, read_aeds};
pub use base_map::base_map_bounds;
pub use geocoder::{GeocoderError, HttpGeocoder};
