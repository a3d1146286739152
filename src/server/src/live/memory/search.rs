//! Walks the tree outward from a spot, nearest first, looking at no box before its turn.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::place::{Spot, apart_cm2};
use super::tree::{Branch, Entry, Link, Target, Tree};

/// Everybody within reach, nearest first, found as they are asked for: who stops after the
/// fiftieth pays for fifty. Ties and differences below a ten-millionth of the distance come in any
/// order.
pub(super) struct Outward<'a> {
    tree: &'a Tree,
    from: Spot,
    reach_cm2: u64,
    boxes: BinaryHeap<Reverse<Key>>,
    people: BinaryHeap<Reverse<Key>>,
}

/// A squared distance above, a link or a slot below: one word, so that the heaps stay small. The
/// bits of floats that are not negative sort like the floats, and rounding keeps the order.
type Key = u64;

fn key(apart_cm2: u64, what: u32) -> Key {
    u64::from((apart_cm2 as f32).to_bits()) << 32 | u64::from(what)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is what is asked for"
)]
fn what(key: Key) -> u32 {
    key as u32
}

fn distance(key: Key) -> u64 {
    key >> 32
}

impl Tree {
    /// Everybody no further than the root of `reach_cm2` centimetres in a straight line.
    pub(super) fn outward(&self, from: Spot, reach_cm2: u64) -> Outward<'_> {
        let mut walk = Outward {
            tree: self,
            from,
            reach_cm2,
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
        for (octant, &link) in branch.links.iter().enumerate() {
            if link == Link::NOTHING {
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
                self.boxes.push(Reverse(key(apart, link.0)));
            }
        }
    }

    fn read(&mut self, leaf: usize) {
        let (from, reach_cm2) = (self.from, self.reach_cm2);
        let near = |entry: &Entry| {
            let apart = apart_cm2(from, entry.spot);
            (apart <= reach_cm2).then(|| Reverse(key(apart, entry.who)))
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
            let nearest = self.people.peek().map(|found| distance(found.0));
            match (nearest, self.boxes.peek()) {
                (None, None) => return None,
                (Some(person), Some(unread)) if person > distance(unread.0) => {}
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
