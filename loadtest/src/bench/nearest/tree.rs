//! `rstar`, an R-tree in the same process. In space and not on a plane: what is nearer through the
//! earth is nearer around it, so its distances are right.

use async_trait::async_trait;
use muster_core::domain::place::{EARTH_RADIUS_M, Point};
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::way::{Near, Way};
use muster_stand::failure::Outcome;

pub(super) const NAME: &str = "rstar";

/// Somebody at a place in space, metres.
type Pin = GeomWithData<[f64; 3], u32>;

/// People numbered from 0.
pub(super) struct Tree(RTree<Pin>);

impl Tree {
    pub(super) fn of(places: &[Point]) -> Self {
        let pins = (0_u32..).zip(places);
        let pins = pins.map(|(who, place)| Pin::new(in_space(*place), who));
        Self(RTree::bulk_load(pins.collect()))
    }
}

fn in_space(point: Point) -> [f64; 3] {
    let (lat, lon) = (point.lat().to_radians(), point.lon().to_radians());
    let ring = EARTH_RADIUS_M * lat.cos();
    [
        ring * lon.cos(),
        ring * lon.sin(),
        EARTH_RADIUS_M * lat.sin(),
    ]
}

/// Metres around the earth between two such places.
fn apart_m(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    let apart2: f64 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
    let half = apart2.sqrt() / (2.0 * EARTH_RADIUS_M);
    2.0 * EARTH_RADIUS_M * half.min(1.0).asin()
}

#[async_trait(?Send)]
impl Way for Tree {
    fn name(&self) -> &'static str {
        NAME
    }

    fn tolerance_m(&self) -> f64 {
        // nothing is rounded but what ours rounds
        0.05
    }

    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>> {
        let at = in_space(from);
        let near = self.0.nearest_neighbor_iter(&at).take(limit);
        let near = near.map(|pin| (pin.data, apart_m(&at, pin.geom())));
        Ok(near.take_while(|(_, m)| *m <= radius_m).collect())
    }
}
