//! The tree against brute force, through crowds, poles and churn.

use proptest::prelude::*;

use super::*;
use crate::memory::grid::{GridPoint, apart_cm2, arc_cm, reach_cm2};
use muster_core::domain::place::Point;
use muster_core::domain::responder::Source;
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::{Millis, Timestamp};
use std::collections::HashMap;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

const BY: Weighing = Weighing {
    now: NOW,
    stale: Millis::from_s(1_200),
};

fn spot(lat: f64, lon: f64) -> Spot {
    GridPoint::of(Point::new(lat, lon).unwrap()).spot()
}

fn entry(spot: Spot, who: u32) -> Entry {
    let quality = Quality::of(Source::Live, NOW, 10.0);
    Entry { spot, who, quality }
}

/// How far somebody counts as being, metres.
fn weighed_m(from: Spot, entry: &Entry) -> f64 {
    arc_cm(apart_cm2(from, entry.spot)) / 100.0 + entry.quality.doubt_m(&BY)
}

/// The walk finds those in reach whom brute force finds, best first.
fn same(tree: &Tree, people: &[Entry], from: Spot, reach: u64) {
    let by_slot: HashMap<u32, &Entry> = people.iter().map(|entry| (entry.who, entry)).collect();
    let walked = tree.outward(from, reach, BY);
    let walked: Vec<f64> = walked.map(|who| weighed_m(from, by_slot[&who])).collect();
    let near = |entry: &&Entry| apart_cm2(from, entry.spot) <= reach;
    let near = people.iter().filter(near);
    let mut forced: Vec<f64> = near.map(|entry| weighed_m(from, entry)).collect();
    forced.sort_by(f64::total_cmp);
    assert_eq!(walked.len(), forced.len());
    for (walked, forced) in walked.iter().zip(&forced) {
        assert!((walked - forced).abs() <= 0.05, "{walked} {forced}");
    }
}

/// Each child says what is the best below it, no better and no worse.
fn says_what_is_best(tree: &Tree, branch: &Branch) -> Quality {
    for child in &branch.children {
        let below = match child.link.target() {
            Target::Nothing => Quality::NONE,
            Target::Leaf(leaf) => best(tree.leaf(leaf).iter().map(|entry| entry.quality)),
            Target::Branch(number) => says_what_is_best(tree, tree.branch(number)),
        };
        assert_eq!(child.best, below);
    }
    branch.best()
}

/// Seen just now, minutes ago, long ago; precisely and not; or at a place.
fn quality() -> impl Strategy<Value = Quality> {
    let source = prop_oneof![4 => Just(Source::Live), 1 => Just(Source::Place)];
    let age = prop_oneof![0..60_000_i64, 0..3_600_000_i64];
    (source, age, 0.0..300.0_f32)
        .prop_map(|(source, age, accuracy_m)| Quality::of(source, NOW - Millis(age), accuracy_m))
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
    Come(u32, (f64, f64), Quality),
    /// Seen anew in the same place.
    Stay(u32, Quality),
    Go(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..600_u32, anywhere(), quality())
            .prop_map(|(slot, at, quality)| Step::Come(slot, at, quality)),
        1 => (0..600_u32, quality()).prop_map(|(slot, quality)| Step::Stay(slot, quality)),
        2 => (0..600_u32).prop_map(Step::Go),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_walk_finds_all_in_reach_best_first(
        people in prop::collection::vec((anywhere(), quality()), 0..800),
        from in anywhere(),
        radius_m in prop_oneof![0.0..2_000.0, 0.0..50_000.0, 0.0..3_000_000.0, Just(2e7)],
    ) {
        let people: Vec<Entry> = (0..)
            .zip(people)
            .map(|(who, ((lat, lon), quality))| Entry { spot: spot(lat, lon), who, quality })
            .collect();
        let mut tree = Tree::new();
        for &entry in &people {
            tree.insert(entry);
        }
        prop_assert_eq!(tree.len(), people.len());
        same(&tree, &people, spot(from.0, from.1), reach_cm2(radius_m));
    }

    #[test]
    fn coming_moving_and_going_leave_exactly_who_is_there(
        steps in prop::collection::vec(step(), 0..3000),
        from in anywhere(),
    ) {
        let mut there: HashMap<u32, Entry> = HashMap::new();
        let mut tree = Tree::new();
        for step in steps {
            match step {
                Step::Come(who, (lat, lon), quality) => {
                    let new = Entry { spot: spot(lat, lon), who, quality };
                    match there.insert(who, new) {
                        Some(old) => tree.relocate(old.spot, new),
                        None => tree.insert(new),
                    }
                }
                Step::Stay(who, quality) => {
                    if let Some(entry) = there.get_mut(&who) {
                        entry.quality = quality;
                        tree.relocate(entry.spot, *entry);
                    }
                }
                Step::Go(who) => match there.remove(&who) {
                    Some(old) => prop_assert!(tree.remove(old.spot, who)),
                    None => prop_assert!(!tree.remove(spot(from.0, from.1), who)),
                },
            }
        }
        let people: Vec<Entry> = there.into_values().collect();
        prop_assert_eq!(tree.len(), people.len());
        says_what_is_best(&tree, tree.root());
        same(&tree, &people, spot(from.0, from.1), u64::MAX);
        for entry in people {
            prop_assert!(tree.remove(entry.spot, entry.who));
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
        tree.insert(entry(here, slot));
    }
    tree.insert(entry(spot(51.501, -0.12), 20_000));
    assert_eq!(tree.outward(here, u64::MAX, BY).count(), 20_001);
    assert_eq!(tree.outward(here, u64::MAX, BY).last(), Some(20_000));
    assert!(tree.branches.len() <= DEEPEST as usize + 1);
    for slot in 0..20_000 {
        assert!(tree.remove(here, slot));
    }
    assert_eq!(
        tree.outward(here, u64::MAX, BY).collect::<Vec<_>>(),
        [20_000]
    );
    assert_eq!(tree.branches.len() - tree.free_branches.len(), 1);
}

#[test]
fn a_walk_that_stops_early_reads_little() {
    let few_fresh = |who| [NOW - BY.stale - Millis(1), NOW][usize::from(who % 100 == 0)];
    let ages: [&dyn Fn(u32) -> Timestamp; 4] = [
        &|_| NOW,
        &|who| NOW - Millis(i64::from(who % 1_000) * 1_000),
        // stale, all of them: nobody must be read before their turn because of that
        &|_| NOW - BY.stale - Millis(1),
        &few_fresh,
    ];
    for at in ages {
        let mut tree = Tree::new();
        for who in 0..40_000 {
            let (lat, lon) = (who / 200, who % 200);
            tree.insert(Entry {
                spot: spot(50.0 + f64::from(lat) * 1e-3, 8.0 + f64::from(lon) * 1e-3),
                who,
                quality: Quality::of(Source::Live, at(who), 10.0),
            });
        }
        let mut walk = tree.outward(spot(50.1, 8.1), u64::MAX, BY);
        assert_eq!(walk.by_ref().take(50).count(), 50);
        assert!(walk.unreturned() < 6_000, "{}", walk.unreturned());
    }
}
