//! The tree against brute force, through crowds, poles and churn.

use proptest::prelude::*;

use super::*;
use crate::live::memory::place::{Place, apart_cm2, reach_cm2};
use muster_core::domain::place::Point;

fn spot(lat: f64, lon: f64) -> Spot {
    Place::of(Point::new(lat, lon).unwrap()).spot()
}

/// Everybody in reach, by brute force, nearest first.
fn by_force(people: &[(u32, Spot)], from: Spot, reach: u64) -> Vec<u64> {
    let mut all: Vec<u64> = people.iter().map(|p| apart_cm2(from, p.1)).collect();
    all.retain(|&apart| apart <= reach);
    all.sort_unstable();
    all
}

fn same(tree: &Tree, people: &[(u32, Spot)], from: Spot, reach: u64) {
    let by_slot: std::collections::HashMap<u32, Spot> = people.iter().copied().collect();
    let walked: Vec<u64> = tree
        .outward(from, reach)
        .map(|slot| apart_cm2(from, by_slot[&slot]))
        .collect();
    let forced = by_force(people, from, reach);
    assert_eq!(walked.len(), forced.len());
    // The walk sorts by f32, so neighbours may change places within its precision.
    for (a, b) in walked.iter().zip(&forced) {
        assert!((*a as f64 - *b as f64).abs() <= *b as f64 * 2e-7, "{a} {b}");
    }
}

fn anywhere() -> impl Strategy<Value = (f64, f64)> {
    prop_oneof![
        (50.0..50.2, 8.0..8.3),
        (89.9..90.0, -180.0..180.0),
        (-90.0..-89.99, -180.0..180.0),
        (-17.0..-16.9, 179.95..180.0),
        (-17.0..-16.9, -180.0..-179.95),
        (-90.0..90.0, -180.0..180.0),
        (48.2..48.20001, 16.3..16.30001),
    ]
}

#[derive(Debug, Clone)]
enum Step {
    Come(u32, (f64, f64)),
    Go(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..600_u32, anywhere()).prop_map(|(slot, at)| Step::Come(slot, at)),
        2 => (0..600_u32).prop_map(Step::Go),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_walk_finds_all_in_reach_nearest_first(
        people in prop::collection::vec(anywhere(), 0..800),
        from in anywhere(),
        radius_m in prop_oneof![0.0..2_000.0, 0.0..50_000.0, 0.0..3_000_000.0, Just(2e7)],
    ) {
        let people: Vec<(u32, Spot)> =
            (0..).zip(people).map(|(slot, (lat, lon))| (slot, spot(lat, lon))).collect();
        let mut tree = Tree::new();
        for &(slot, at) in &people {
            tree.insert(at, slot);
        }
        prop_assert_eq!(tree.len(), people.len());
        same(&tree, &people, spot(from.0, from.1), reach_cm2(radius_m));
    }

    #[test]
    fn coming_moving_and_going_leave_exactly_who_is_there(
        steps in prop::collection::vec(step(), 0..3000),
        from in anywhere(),
    ) {
        let mut there = std::collections::HashMap::new();
        let mut tree = Tree::new();
        for step in steps {
            match step {
                Step::Come(slot, (lat, lon)) => {
                    let new = spot(lat, lon);
                    match there.insert(slot, new) {
                        Some(old) => tree.relocate(old, new, slot),
                        None => tree.insert(new, slot),
                    }
                }
                Step::Go(slot) => match there.remove(&slot) {
                    Some(old) => prop_assert!(tree.remove(old, slot)),
                    None => prop_assert!(!tree.remove(spot(from.0, from.1), slot)),
                },
            }
        }
        let people: Vec<(u32, Spot)> = there.iter().map(|(&slot, &at)| (slot, at)).collect();
        prop_assert_eq!(tree.len(), people.len());
        same(&tree, &people, spot(from.0, from.1), u64::MAX);
        for (slot, at) in people {
            prop_assert!(tree.remove(at, slot));
        }
        prop_assert_eq!(tree.len(), 0);
        prop_assert_eq!(tree.free_branches.len() + 1, tree.branches.len());
        prop_assert_eq!(tree.free_leaves.len(), tree.leaves.len());
    }
}

#[test]
fn twenty_thousand_on_one_spot_come_and_go() {
    let here = spot(51.5, -0.12);
    let mut tree = Tree::new();
    for slot in 0..20_000 {
        tree.insert(here, slot);
    }
    tree.insert(spot(51.501, -0.12), 20_000);
    assert_eq!(tree.outward(here, u64::MAX).count(), 20_001);
    assert_eq!(tree.outward(here, u64::MAX).last(), Some(20_000));
    assert!(tree.branches.len() <= DEEPEST as usize + 1);
    for slot in 0..20_000 {
        assert!(tree.remove(here, slot));
    }
    assert_eq!(tree.outward(here, u64::MAX).collect::<Vec<_>>(), [20_000]);
    assert_eq!(tree.branches.len() - tree.free_branches.len(), 1);
}

#[test]
fn a_walk_that_stops_early_reads_little() {
    let mut tree = Tree::new();
    let mut slot = 0;
    for lat in 0..200 {
        for lon in 0..200 {
            tree.insert(
                spot(50.0 + f64::from(lat) * 1e-3, 8.0 + f64::from(lon) * 1e-3),
                slot,
            );
            slot += 1;
        }
    }
    let mut walk = tree.outward(spot(50.1, 8.1), u64::MAX);
    assert_eq!(walk.by_ref().take(50).count(), 50);
    assert!(walk.unreturned() < 1_000, "{}", walk.unreturned());
}
