//! Shapes of what the feed tells.

use h3o::{CellIndex, LatLng};
use muster_core::domain::alert::Alert;
use muster_core::domain::approach::Approach;
use muster_core::domain::responder::Fix;
use muster_core::ports::Engaged;
use serde::Serialize;
use utoipa::ToSchema;

use crate::view::place::{metre, tenth};
use crate::view::time::WireTime;

/// Where somebody is who said yes and is not finished.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedPosition {
    /// Who.
    pub responder_id: String,
    /// On which incident.
    pub incident_id: String,
    /// By which alert.
    pub alert_id: String,
    /// Degrees, WGS 84.
    pub lat: f64,
    /// Degrees, WGS 84.
    pub lon: f64,
    /// Radius of uncertainty in metres.
    pub accuracy_m: f64,
    /// When they were there.
    pub at: WireTime,
}

impl FeedPosition {
    /// Somebody and their last fix.
    pub(crate) fn of(who: &Engaged, fix: &Fix) -> Self {
        Self {
            responder_id: who.responder_id.0.clone(),
            incident_id: who.incident.0.clone(),
            alert_id: who.alert.0.clone(),
            lat: metre(fix.point.lat()),
            lon: metre(fix.point.lon()),
            accuracy_m: tenth(f64::from(fix.accuracy_m)),
            at: fix.at.into(),
        }
    }
}

/// The event `position`: whoever moved since the last one.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedPositions {
    /// In no order; each responder once.
    pub items: Vec<FeedPosition>,
}

/// Where somebody who said yes is on their way, since they were last heard from.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedApproach {
    /// On which incident.
    pub incident_id: String,
    /// By which alert.
    pub alert_id: String,
    /// Great-circle metres to the place as it is now.
    pub distance_m: f64,
    /// Seconds until they are there, by their own mode of travel, as of now.
    pub eta_s: u32,
    /// When that position was taken.
    pub position_at: WireTime,
    /// They are coming and have left: by their word, or as their position shows.
    pub left: bool,
    /// `at_address`: two positions in a row were there, and they have not said so.
    #[schema(example = "at_address")]
    pub presence: Option<&'static str>,
}

impl FeedApproach {
    /// An alert and where its responder is.
    pub(crate) fn of(who: &Engaged, alert: &Alert, approach: &Approach) -> Self {
        let coming = alert.state.is_coming();
        Self {
            incident_id: who.incident.0.clone(),
            alert_id: who.alert.0.clone(),
            distance_m: tenth(approach.distance_m),
            eta_s: approach.eta_s,
            position_at: approach.position_at.into(),
            left: coming && alert.has_left(Some(approach)),
            presence: (coming && alert.at_address).then_some("at_address"),
        }
    }
}

/// The event `approach`: whoever was heard from since the last one.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedApproaches {
    /// In no order; each alert once, at most every five seconds.
    pub items: Vec<FeedApproach>,
}

/// How many can be asked who stand in a cell.
#[derive(Serialize, ToSchema)]
pub(crate) struct DensityCell {
    /// H3 index.
    #[schema(example = "892aae4d007ffff")]
    pub cell: String,
    /// 0 removes the cell.
    pub count: u32,
    /// The cell's corners, each as longitude and latitude; not closed. Absent when the count is 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub ring: Vec<[f64; 2]>,
}

impl DensityCell {
    /// A cell and its count.
    pub(crate) fn of(cell: CellIndex, count: u32) -> Self {
        Self {
            cell: cell.to_string(),
            count,
            ring: if count > 0 { ring(cell) } else { Vec::new() },
        }
    }
}

/// The event `density`: what changed since the last one.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedDensity {
    /// H3 resolution of the cells.
    pub resolution: u8,
    /// These cells replace all that were sent before.
    pub full: bool,
    /// In no order; each cell once.
    pub cells: Vec<DensityCell>,
}

/// The event `beat`, at least every two seconds: the line and the server are alive.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedBeat {
    /// The server's time.
    pub at: WireTime,
}

/// The event `stale`, before each `beat` as long as it lasts: what was sent is behind the ledger,
/// or the ledger cannot be asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct FeedStale {
    /// All that had happened until then was sent.
    pub since: WireTime,
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

#[cfg(test)]
mod tests {
    use h3o::Resolution;
    use muster_core::domain::place::Point;

    use super::*;

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
