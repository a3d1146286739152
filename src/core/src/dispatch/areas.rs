//! Where people are, as coarsely as a doubt about a place needs it.

use std::cmp::Reverse;

use h3o::{CellIndex, Resolution};

use super::Dispatch;
use crate::domain::bounds::Bounds;
use crate::domain::ids::OrgNo;
use crate::domain::place::Point;

/// About 50 km across: enough to tell a town from the other side of the earth, too coarse to find
/// anybody.
const AREA: Resolution = Resolution::Four;
/// Where fewer are, nothing is said: an area never stands for one person.
const PEOPLE_MIN: u32 = 3;
/// Most areas of an answer: all of a country as large as France.
const AREAS_MAX: usize = 500;

impl Dispatch {
    /// The centres of the areas where at least three who may be found are, the fullest first.
    pub async fn areas(&self, org: OrgNo) -> Vec<Point> {
        let all = [Bounds::EVERYWHERE];
        let mut areas = self.index.density(&[org], AREA.into(), &all).await;
        areas.retain(|(_, people)| *people >= PEOPLE_MIN);
        areas.sort_by_key(|(cell, people)| (Reverse(*people), *cell));
        areas.truncate(AREAS_MAX);
        let cells = areas
            .into_iter()
            .flat_map(|(cell, _)| CellIndex::try_from(cell));
        cells.map(Point::centre_of).collect()
    }
}
