//! The other ways to find the nearest, in the same process: an R-tree, and H3 cells in a map.
//! They hold places only; ours also filters by organisation, age and skills.

use std::collections::HashMap;

use h3o::{CellIndex, Resolution};
use muster_core::domain::place::{EARTH_RADIUS_M, Point};
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Somebody at a place of `N` dimensions, metres.
type Pin<const N: usize> = GeomWithData<[f64; N], u32>;

/// Whom to find: the number in the list of places, and the distance in metres.
pub(super) type Near = (u32, f64);

/// One way to find the nearest.
pub(super) trait Peer {
    /// The nearest, nearest first, no further than `radius_m`.
    fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Vec<Near>;
    /// Somebody goes elsewhere.
    fn shift(&mut self, who: u32, from: Point, to: Point);
}

/// How a place becomes coordinates.
pub(super) trait Frame<const N: usize> {
    fn at(point: Point) -> [f64; N];
    /// Great-circle metres of a squared distance between two such coordinates.
    fn metres(apart2: f64) -> f64;
}

/// The square of the distance in a straight line: what is cheap to compare by.
fn apart2<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// On the globe, in space: nearer through the earth is nearer around it.
pub(super) struct Space;
/// On a plane that touches the middle of the set: quicker, but wrong by up to some percent at the edge
/// of a country.
pub(super) struct Plane;

impl Frame<3> for Space {
    fn at(point: Point) -> [f64; 3] {
        let (lat, lon) = (point.lat().to_radians(), point.lon().to_radians());
        let ring = EARTH_RADIUS_M * lat.cos();
        [
            ring * lon.cos(),
            ring * lon.sin(),
            EARTH_RADIUS_M * lat.sin(),
        ]
    }

    fn metres(apart2: f64) -> f64 {
        let half = apart2.sqrt() / (2.0 * EARTH_RADIUS_M);
        2.0 * EARTH_RADIUS_M * half.min(1.0).asin()
    }
}

impl Frame<2> for Plane {
    fn at(point: Point) -> [f64; 2] {
        let (lat, lon) = (point.lat().to_radians(), point.lon().to_radians());
        let across = super::places::MIDDLE.lat.to_radians().cos();
        [EARTH_RADIUS_M * lon * across, EARTH_RADIUS_M * lat]
    }

    fn metres(apart2: f64) -> f64 {
        apart2.sqrt()
    }
}

/// `rstar`.
pub(super) struct Rstar<const N: usize, F>
where
    [f64; N]: rstar::Point<Scalar = f64>,
{
    tree: RTree<Pin<N>>,
    frame: std::marker::PhantomData<F>,
}

impl<const N: usize, F: Frame<N>> Rstar<N, F>
where
    [f64; N]: rstar::Point<Scalar = f64>,
{
    pub(super) fn of(places: &[Point]) -> Self {
        let pins = (0_u32..)
            .zip(places)
            .map(|(who, place)| Pin::new(F::at(*place), who));
        Self {
            tree: RTree::bulk_load(pins.collect()),
            frame: std::marker::PhantomData,
        }
    }
}

impl<const N: usize, F: Frame<N>> Peer for Rstar<N, F>
where
    [f64; N]: rstar::Point<Scalar = f64>,
{
    fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Vec<Near> {
        let at = F::at(from);
        self.tree
            .nearest_neighbor_iter(&at)
            .take(limit)
            .map(|pin| (pin.data, F::metres(apart2(&at, pin.geom()))))
            .take_while(|(_, distance)| *distance <= radius_m)
            .collect()
    }

    fn shift(&mut self, who: u32, from: Point, to: Point) {
        self.tree.remove(&Pin::new(F::at(from), who));
        self.tree.insert(Pin::new(F::at(to), who));
    }
}

/// H3 cells of resolution 9 in a hash map, read ring by ring.
pub(super) struct Rings {
    cells: HashMap<CellIndex, Vec<(u32, [f64; 3])>>,
}

impl Rings {
    pub(super) fn of(places: &[Point]) -> Self {
        let mut cells: HashMap<CellIndex, Vec<(u32, [f64; 3])>> = HashMap::new();
        for (who, place) in (0_u32..).zip(places) {
            cells
                .entry(cell(*place))
                .or_default()
                .push((who, Space::at(*place)));
        }
        Self { cells }
    }
}

impl Peer for Rings {
    fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Vec<Near> {
        let middle = cell(from);
        let edge = middle.edges().map(h3o::DirectedEdgeIndex::length_m);
        // rings lie three halves of an edge apart where they are closest; a tenth for distortion
        let apart = edge.fold(f64::MAX, f64::min) * 1.5 * 0.9;
        let at = Space::at(from);
        // squared straight lines until the end
        let reach = straight2(radius_m);
        let mut near: Vec<Near> = Vec::new();
        for ring in 0_u32.. {
            // whoever is in this ring is at least this far away
            let least = f64::from(ring.saturating_sub(1)) * apart;
            if least > radius_m || (near.len() == limit && near[limit - 1].1 <= straight2(least)) {
                break;
            }
            let before = near.len();
            for cell in middle.grid_ring_fast(ring).flatten() {
                let there = self.cells.get(&cell).into_iter().flatten();
                let measured = there.map(|(who, place)| (*who, apart2(&at, place)));
                near.extend(measured.filter(|(_, apart)| *apart <= reach));
            }
            if near.len() > before {
                cut(&mut near, limit);
            }
        }
        near.iter()
            .map(|(who, apart)| (*who, Space::metres(*apart)))
            .collect()
    }

    fn shift(&mut self, who: u32, from: Point, to: Point) {
        let (old, new) = (cell(from), cell(to));
        if let Some(there) = self.cells.get_mut(&old)
            && let Some(at) = there.iter().position(|(other, _)| *other == who)
        {
            there.swap_remove(at);
            if there.is_empty() {
                self.cells.remove(&old);
            }
        }
        self.cells
            .entry(new)
            .or_default()
            .push((who, Space::at(to)));
    }
}

/// The squared straight line through the earth of metres around it.
fn straight2(metres: f64) -> f64 {
    (2.0 * EARTH_RADIUS_M * (metres / (2.0 * EARTH_RADIUS_M)).sin()).powi(2)
}

/// Keeps the nearest, in order.
fn cut(near: &mut Vec<Near>, limit: usize) {
    let order = |a: &Near, b: &Near| a.1.total_cmp(&b.1);
    if near.len() > limit {
        near.select_nth_unstable_by(limit - 1, order);
        near.truncate(limit);
    }
    near.sort_unstable_by(order);
}

fn cell(place: Point) -> CellIndex {
    place.cell(Resolution::Nine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::places::Area;
    use muster_stand::rng::Rng;

    #[test]
    fn both_find_what_looking_at_everybody_finds_also_after_moves() {
        let mut rng = Rng::new(3);
        let area = Area::city(&mut rng);
        let mut places = area.many(3_000, &mut rng).unwrap();
        let mut peers: [Box<dyn Peer>; 2] = [
            Box::new(Rstar::<3, Space>::of(&places)),
            Box::new(Rings::of(&places)),
        ];
        for who in 0..500_u32 {
            let to = crate::bench::places::step(places[who as usize], 500.0, &mut rng).unwrap();
            for peer in &mut peers {
                peer.shift(who, places[who as usize], to);
            }
            places[who as usize] = to;
        }
        let from = area.many(20, &mut rng).unwrap();
        for from in from {
            let mut all: Vec<f64> = places.iter().map(|place| from.distance_m(*place)).collect();
            all.sort_by(f64::total_cmp);
            for peer in &peers {
                let near = peer.nearest(from, 10, 100_000.0);
                assert!(
                    near.iter()
                        .zip(&all)
                        .all(|(near, want)| (near.1 - want).abs() < 0.01)
                );
                assert_eq!(near.len(), 10);
            }
        }
    }
}
