//! A made-up town for when no recorded moves are given: homes round a few centres, some people
//! out for a walk.

use super::Trace;
use muster_stand::geo::LatLon;
use muster_stand::rng::Rng;

/// Spread of homes round their centre, in metres.
const QUARTER_M: f64 = 900.0;
/// A loop of walking takes so long.
const LOOP_S: f64 = 1_800.0;

/// Centres that people live around.
#[derive(Debug, Clone)]
pub struct Town {
    quarters: Vec<LatLon>,
}

impl Town {
    /// A town of nine quarters, about 6 km across, on land.
    pub fn default_town() -> Self {
        let centre = LatLon::new(36.8400, -76.0600);
        let grid = [-2_000.0, 0.0, 2_000.0];
        let quarters = grid
            .iter()
            .flat_map(|n| grid.iter().map(|e| centre.offset_m(*n, *e)));
        Self {
            quarters: quarters.collect(),
        }
    }

    /// A town whose people live where these things happened.
    pub fn around(places: &[LatLon]) -> Self {
        if places.is_empty() {
            Self::default_town()
        } else {
            Self {
                quarters: places.to_vec(),
            }
        }
    }

    /// Somewhere in town.
    pub fn somewhere(&self, rng: &mut Rng) -> LatLon {
        let quarter = self.quarters[rng.below(self.quarters.len())];
        quarter.offset_m(QUARTER_M * rng.normal(), QUARTER_M * rng.normal())
    }

    /// The ways of so many people: six of ten are at home, the others walk about.
    pub fn traces(&self, people: usize, seed: u64) -> Vec<Trace> {
        (0..people)
            .map(|n| {
                let mut rng = Rng::split(seed, n as u64);
                let home = self.somewhere(&mut rng);
                if rng.chance(0.6) {
                    Trace::still(home)
                } else {
                    walk(home, &mut rng)
                }
            })
            .collect()
    }
}

/// A round of 1.2 m/s past three corners and home again.
fn walk(home: LatLon, rng: &mut Rng) -> Trace {
    let leg_s = LOOP_S / 4.0;
    let reach_m = leg_s * 0.85;
    let mut points = vec![(0.0, home, 12.0)];
    for corner in 1..4 {
        let (north, east) = (
            rng.between(-reach_m, reach_m),
            rng.between(-reach_m, reach_m),
        );
        points.push((
            f64::from(corner) * leg_s,
            home.offset_m(north / 2.0, east / 2.0),
            12.0,
        ));
    }
    points.push((LOOP_S, home, 12.0));
    Trace::new(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_builds_the_same_town() {
        let at = |seed| Town::default_town().traces(50, seed)[49].at(100.0).0;
        assert_eq!(at(1), at(1));
        assert_ne!(at(1), at(2));
    }

    #[test]
    fn walkers_come_home() {
        let trace = walk(LatLon::new(36.84, -76.06), &mut Rng::new(5));
        assert!(trace.at(0.0).0.distance_m(trace.at(LOOP_S - 0.01).0) < 1.0);
        assert!(trace.at(0.0).0.distance_m(trace.at(900.0).0) > 1.0);
    }
}
