//! Walks the tree outward from a spot, best first, looking at no box before its turn: the turn of
//! a box is the distance to it and the least doubt of anybody in it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use muster_core::domain::selection::Weighing;

use super::grid::{Spot, apart_cm2, arc_cm};
use super::quality::Quality;
use super::tree::{Branch, Entry, Link, Target, Tree};

/// Everybody within reach, by weighed distance, found as they are asked for: who stops after the
/// fiftieth pays for fifty. Ties and differences of a few centimetres come in any order.
pub(super) struct Outward<'a> {
    tree: &'a Tree,
    from: Spot,
    reach_cm2: u64,
    by: Weighing,
    boxes: BinaryHeap<Reverse<Key>>,
    people: BinaryHeap<Reverse<Key>>,
}

/// A weighed distance in centimetres above, a link or a slot below: one word, so that the heaps
/// stay small. Half the way round the earth and the doubt of a last resort fit, and rounding keeps
/// the order.
type Key = u64;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and what is beyond any distance may stay there"
)]
fn key(apart_cm2: u64, quality: Quality, by: &Weighing, what: u32) -> Key {
    let weighed_cm = arc_cm(apart_cm2) + quality.doubt_m(by) * 100.0;
    u64::from(weighed_cm as u32) << 32 | u64::from(what)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is what is asked for"
)]
fn what(key: Key) -> u32 {
    key as u32
}

fn weighed(key: Key) -> u64 {
    key >> 32
}

impl Tree {
    /// Everybody no further than the root of `reach_cm2` centimetres in a straight line.
    pub(super) fn outward(&self, from: Spot, reach_cm2: u64, by: Weighing) -> Outward<'_> {
        let mut walk = Outward {
            tree: self,
            from,
            reach_cm2,
            by,
            boxes: BinaryHeap::with_capacity(128),
            people: BinaryHeap::with_capacity(512),
        };
        walk.open(self.root());
        walk
    }
}

impl Outward<'_> {
    fn open(&mut self, branch: &Branch) {
        let half = branch.half();
        let mut lower = [0_u64; 3];
        let mut upper = [0_u64; 3];
        for axis in 0..3 {
            let (from, low) = (self.from[axis], branch.corner[axis]);
            lower[axis] = square(gap(from, low, half));
            upper[axis] = square(gap(from, low + half, half));
        }
        for (octant, child) in branch.children.iter().enumerate() {
            if child.link == Link::NOTHING {
                continue;
            }
            let side = |axis: usize| {
                if octant >> axis & 1 == 0 {
                    lower[axis]
                } else {
                    upper[axis]
                }
            };
            let apart = side(0) + side(1) + side(2);
            if apart <= self.reach_cm2 {
                let turn = key(apart, child.best, &self.by, child.link.0);
                self.boxes.push(Reverse(turn));
            }
        }
    }

    fn read(&mut self, leaf: usize) {
        let (from, reach_cm2, by) = (self.from, self.reach_cm2, self.by);
        let near = |entry: &Entry| {
            let apart = apart_cm2(from, entry.spot);
            (apart <= reach_cm2).then(|| Reverse(key(apart, entry.quality, &by, entry.who)))
        };
        // In one go, so that a crowd on one spot is made a heap in linear time.
        self.people
            .extend(self.tree.leaf(leaf).iter().filter_map(near));
    }
}

impl Iterator for Outward<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let best = self.people.peek().map(|found| weighed(found.0));
            match (best, self.boxes.peek()) {
                (None, None) => return None,
                (Some(person), Some(unread)) if person > weighed(unread.0) => {}
                (None, Some(_)) => {}
                (Some(_), _) => return self.people.pop().map(|found| what(found.0)),
            }
            let Some(Reverse(unread)) = self.boxes.pop() else {
                continue;
            };
            match Link(what(unread)).target() {
                Target::Nothing => {}
                Target::Leaf(leaf) => self.read(leaf),
                Target::Branch(number) => {
                    let tree = self.tree;
                    self.open(tree.branch(number));
                }
            }
        }
    }
}

/// How far outside `low..low + width` a coordinate is.
fn gap(from: u32, low: u32, width: u32) -> u64 {
    let last = low + (width - 1);
    u64::from(low.saturating_sub(from).max(from.saturating_sub(last)))
}

fn square(n: u64) -> u64 {
    n * n
}

#[cfg(test)]
impl Outward<'_> {
    /// How many people and boxes were read and not asked for.
    pub(super) fn unreturned(&self) -> usize {
        self.people.len() + self.boxes.len()
    }
}
