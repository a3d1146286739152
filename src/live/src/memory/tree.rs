//! A bucketed octree over spots in space: who is near costs a descent and a few buckets, in a
//! crowd as in empty country.
//!
//! The root is branch 0 and is never merged away. Boxes halve per level down to about a metre;
//! below that a bucket grows without bound, so that a crowd on one spot is only a long bucket.

use super::grid::Spot;
use super::quality::Quality;

/// A bucket splits when it would hold more.
const BUCKET: usize = 64;

/// Buckets of one branch become one when all together hold no more. Well below [`BUCKET`], so
/// that somebody walking to and fro does not split and merge all the time.
const MERGE: usize = 24;

/// Coordinates have so many bits; a box of level n is 2^(BITS - n) cm wide.
const BITS: u32 = 31;

/// Branches of this level have buckets of 2.56 m as children and never branches.
const DEEPEST: u32 = 22;

/// How many places a bucket grows by while small: doubling would waste a third of the memory.
const STEP: usize = 8;

/// A bucket, a branch or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link(pub(super) u32);

/// A [`Link`] resolved.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Nothing,
    Leaf(usize),
    Branch(usize),
}

impl Link {
    pub(super) const NOTHING: Self = Self(u32::MAX);
    const LEAF: u32 = 1 << 31;

    fn leaf(number: usize) -> Self {
        Self(Self::LEAF | Self::number(number))
    }

    fn branch(number: usize) -> Self {
        Self(Self::number(number))
    }

    fn number(number: usize) -> u32 {
        u32::try_from(number).expect("fewer than 2^31 nodes, as there are fewer people")
    }

    pub(super) fn target(self) -> Target {
        if self == Self::NOTHING {
            Target::Nothing
        } else if self.0 & Self::LEAF != 0 {
            Target::Leaf((self.0 & !Self::LEAF) as usize)
        } else {
            Target::Branch(self.0 as usize)
        }
    }
}

/// Somebody at a spot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) spot: Spot,
    pub(super) who: u32,
    pub(super) quality: Quality,
}

/// What a branch has in one of its eight octants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) link: Link,
    /// The best position below.
    pub(super) best: Quality,
}

impl Child {
    const NONE: Self = Self {
        link: Link::NOTHING,
        best: Quality::NONE,
    };
}

/// A box cut into eight.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) children: [Child; 8],
    /// The lowest spot of the box.
    pub(super) corner: Spot,
    pub(super) level: u32,
}

impl Branch {
    fn around(spot: Spot, level: u32) -> Self {
        let inside = (1_u32 << (BITS - level)) - 1;
        Self {
            children: [Child::NONE; 8],
            corner: spot.map(|axis| axis & !inside),
            level,
        }
    }

    /// Width of a child's box in cm.
    pub(super) fn half(&self) -> u32 {
        1 << (BITS - 1 - self.level)
    }

    /// The child in whose box a spot inside this one lies.
    fn child(&mut self, spot: Spot) -> &mut Child {
        &mut self.children[octant(spot, self.level)]
    }

    fn best(&self) -> Quality {
        best(self.children.iter().map(|child| child.best))
    }
}

/// The best of many.
fn best(all: impl Iterator<Item = Quality>) -> Quality {
    all.fold(Quality::NONE, Quality::or)
}

/// In which octant of a box of that level a spot inside it lies.
fn octant(spot: Spot, level: u32) -> usize {
    let bit = |axis: usize| ((spot[axis] >> (BITS - 1 - level)) & 1) as usize;
    bit(0) | bit(1) << 1 | bit(2) << 2
}

/// The octree. Whoever is in it, by slot number, is in it once; the caller remembers at which
/// spot. Each child says exactly what is the best position below it.
#[derive(Debug)]
pub(super) struct Tree {
    branches: Vec<Branch>,
    leaves: Vec<Vec<Entry>>,
    free_branches: Vec<usize>,
    free_leaves: Vec<usize>,
    len: usize,
}

/// The way to a bucket: the branches passed, the last of which holds the bucket.
struct Path {
    branches: [usize; DEEPEST as usize + 1],
    depth: usize,
    leaf: usize,
}

impl Path {
    fn last(&self) -> usize {
        self.branches[self.depth]
    }
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            branches: vec![Branch::around([0; 3], 0)],
            leaves: Vec::new(),
            free_branches: Vec::new(),
            free_leaves: Vec::new(),
            len: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn root(&self) -> &Branch {
        &self.branches[0]
    }

    pub(super) fn branch(&self, number: usize) -> &Branch {
        &self.branches[number]
    }

    pub(super) fn leaf(&self, number: usize) -> &[Entry] {
        &self.leaves[number]
    }

    /// Bytes of heap, free places included.
    pub(super) fn heap_bytes(&self) -> usize {
        let buckets: usize = self.leaves.iter().map(Vec::capacity).sum();
        buckets * size_of::<Entry>()
            + self.leaves.capacity() * size_of::<Vec<Entry>>()
            + self.branches.capacity() * size_of::<Branch>()
            + (self.free_leaves.capacity() + self.free_branches.capacity()) * size_of::<usize>()
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        let spot = entry.spot;
        self.len += 1;
        let mut at = 0;
        loop {
            let level = self.branches[at].level;
            let child = self.branches[at].child(spot);
            child.best = child.best.or(entry.quality);
            match child.link.target() {
                Target::Branch(below) => at = below,
                Target::Nothing => {
                    self.branches[at].child(spot).link = self.grow_leaf(entry);
                    return;
                }
                Target::Leaf(leaf) if level == DEEPEST || self.leaves[leaf].len() < BUCKET => {
                    push(&mut self.leaves[leaf], entry);
                    return;
                }
                Target::Leaf(leaf) => {
                    self.branches[at].child(spot).link = self.split(leaf, spot, level + 1);
                }
            }
        }
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, spot: Spot, who: u32) -> bool {
        let Some(path) = self.path_to(spot) else {
            return false;
        };
        let bucket = &mut self.leaves[path.leaf];
        let Some(place) = bucket.iter().position(|entry| entry.who == who) else {
            return false;
        };
        bucket.swap_remove(place);
        if bucket.capacity() > 4 * STEP && bucket.len() < bucket.capacity() / 4 {
            bucket.shrink_to(bucket.capacity() / 2);
        }
        self.len -= 1;
        self.settle(&path, spot);
        if self.leaves[path.leaf].len() <= MERGE {
            self.tidy(&path, spot);
        }
        true
    }

    /// Moves somebody, or only changes how good their position is. Most moves end in the same
    /// bucket and cost no more than the descent.
    pub(super) fn relocate(&mut self, old: Spot, new: Entry) {
        if let Some(path) = self.path_to(old) {
            let child_level = self.branches[path.last()].level + 1;
            let apart = |axis: usize| old[axis] ^ new.spot[axis];
            let differing = apart(0) | apart(1) | apart(2);
            let same_box = differing >> (BITS - child_level) == 0;
            let bucket = &mut self.leaves[path.leaf];
            let mut entries = bucket.iter_mut();
            if same_box && let Some(entry) = entries.find(|entry| entry.who == new.who) {
                *entry = new;
                self.settle(&path, old);
                return;
            }
        }
        self.remove(old, new.who);
        self.insert(new);
    }

    /// After a bucket has changed: says anew what is the best in it, and upward, as far as that
    /// changes anything.
    fn settle(&mut self, path: &Path, spot: Spot) {
        let mut now = best(self.leaves[path.leaf].iter().map(|entry| entry.quality));
        for at in path.branches[..=path.depth].iter().rev() {
            let branch = &mut self.branches[*at];
            let child = branch.child(spot);
            if child.best == now {
                return;
            }
            child.best = now;
            now = branch.best();
        }
    }

    fn path_to(&self, spot: Spot) -> Option<Path> {
        let mut path = Path {
            branches: [0; DEEPEST as usize + 1],
            depth: 0,
            leaf: 0,
        };
        loop {
            let branch = &self.branches[path.last()];
            match branch.children[octant(spot, branch.level)].link.target() {
                Target::Nothing => return None,
                Target::Branch(below) => {
                    path.depth += 1;
                    path.branches[path.depth] = below;
                }
                Target::Leaf(leaf) => {
                    path.leaf = leaf;
                    return Some(path);
                }
            }
        }
    }

    fn grow_leaf(&mut self, entry: Entry) -> Link {
        let number = self.free_leaves.pop().unwrap_or_else(|| {
            self.leaves.push(Vec::new());
            self.leaves.len() - 1
        });
        push(&mut self.leaves[number], entry);
        Link::leaf(number)
    }

    /// Empties a bucket and gives its place back.
    fn fell_leaf(&mut self, number: usize) -> Vec<Entry> {
        self.free_leaves.push(number);
        std::mem::take(&mut self.leaves[number])
    }

    /// Turns a bucket around `spot` into a branch of `level`.
    fn split(&mut self, leaf: usize, spot: Spot, level: u32) -> Link {
        let mut branch = Branch::around(spot, level);
        for entry in self.fell_leaf(leaf) {
            let child = branch.child(entry.spot);
            child.best = child.best.or(entry.quality);
            match child.link.target() {
                Target::Leaf(leaf) => push(&mut self.leaves[leaf], entry),
                _ => child.link = self.grow_leaf(entry),
            }
        }
        let number = if let Some(number) = self.free_branches.pop() {
            self.branches[number] = branch;
            number
        } else {
            self.branches.push(branch);
            self.branches.len() - 1
        };
        Link::branch(number)
    }

    /// Takes away an empty bucket and makes one bucket of a branch that has become sparse, upward
    /// as far as that goes.
    fn tidy(&mut self, path: &Path, spot: Spot) {
        if self.leaves[path.leaf].is_empty() {
            self.fell_leaf(path.leaf);
            *self.branches[path.last()].child(spot) = Child::NONE;
        }
        for depth in (1..=path.depth).rev() {
            let sparse = path.branches[depth];
            let Some(leaves) = self.mergeable(sparse) else {
                return;
            };
            let mut merged = Link::NOTHING;
            for leaf in leaves {
                for entry in self.fell_leaf(leaf) {
                    match merged.target() {
                        Target::Leaf(into) => push(&mut self.leaves[into], entry),
                        _ => merged = self.grow_leaf(entry),
                    }
                }
            }
            self.free_branches.push(sparse);
            let above = &mut self.branches[path.branches[depth - 1]];
            above.child(spot).link = merged;
        }
    }

    /// The buckets of a branch, when it has nothing else and they are few enough together.
    fn mergeable(&self, branch: usize) -> Option<Vec<usize>> {
        let mut leaves = Vec::new();
        let mut total = 0;
        for child in self.branches[branch].children {
            match child.link.target() {
                Target::Nothing => {}
                Target::Branch(_) => return None,
                Target::Leaf(leaf) => {
                    total += self.leaves[leaf].len();
                    leaves.push(leaf);
                }
            }
        }
        (total <= MERGE).then_some(leaves)
    }
}

fn push(bucket: &mut Vec<Entry>, entry: Entry) {
    if bucket.len() == bucket.capacity() && bucket.len() < BUCKET {
        bucket.reserve_exact(STEP);
    }
    bucket.push(entry);
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
