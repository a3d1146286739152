//! What the form of a desk checks a report against before it is sent.

use muster_core::domain::place::Point;
use serde::Serialize;
use utoipa::ToSchema;

use super::map::metre;

/// What a report is checked against before it is sent.
#[derive(Serialize, ToSchema)]
pub struct FormView {
    /// Kinds that a plan of this server names.
    pub kinds: Vec<String>,
    /// Where people are who may be alerted, coarsely; the fullest first, at most 500. None where
    /// fewer than three are.
    pub areas: Vec<AreaView>,
}

/// The centre of an area of about 50 km.
#[derive(Serialize, ToSchema)]
pub struct AreaView {
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
}

impl From<Point> for AreaView {
    fn from(centre: Point) -> Self {
        Self {
            lat: metre(centre.lat()),
            lon: metre(centre.lon()),
        }
    }
}
