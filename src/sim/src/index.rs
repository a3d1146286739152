//! The live index of one node: its own tree, and the cells that all nodes share. What one node writes
//! there reaches the others late, twice and in any order; a node that lost the stream reads the cells
//! anew, and puts back what they have lost.

use std::sync::Arc;

use async_trait::async_trait;
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::responder::{Fix, Profile};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Found, LiveIndex, Nearest, Search};
use muster_live::memory::{MemoryIndex, Word};
use muster_live::record::{Position, Record, Who};

use super::exec::pause_between;
use super::world::{EPOCH, Inner, Shared};

pub(super) struct SimIndex {
    pub(super) world: Shared,
    pub(super) node: usize,
}

/// Takes in what other nodes wrote, and reads the cells when it follows no stream, as long as the node
/// lives.
pub(super) async fn follow(world: Shared, node: usize) {
    loop {
        let (least, most) = world.with(|w| if w.healed { (2_000, 4_000) } else { (50, 800) });
        pause_between(&world, least, most).await;
        world.with(|w| {
            if w.cells_are_away() {
                w.nodes[node].follows = false;
                return;
            }
            if !w.nodes[node].follows {
                w.read_cells(node);
            }
            w.take_entries(node);
            for no in std::mem::take(&mut w.nodes[node].owed) {
                if let Some(record) = w.nodes[node].tree.record(ResponderNo(no)) {
                    w.write_cell(node, record);
                }
            }
        });
    }
}

impl Inner {
    fn cells_are_away(&self) -> bool {
        self.now < self.faults.cells_away_until
    }

    /// Merges, and never replaces: what the tree holds newer stays, and is written back.
    fn read_cells(&mut self, node: usize) {
        let tree = Arc::clone(&self.nodes[node].tree);
        let records: Vec<Record> = self.cells.values().copied().collect();
        tree.merge(&records);
        for record in everybody(&tree) {
            let known = self.cells.get(&record.responder.0);
            if known.is_none_or(|known| record.says_more_than(known)) {
                self.write_cell(node, record);
            }
        }
        self.nodes[node].follows = true;
    }

    fn take_entries(&mut self, node: usize) {
        let now = self.now;
        let state = &mut self.nodes[node];
        let arrived = state.entries.extract_if(.., |(at, _)| *at <= now);
        let arrived: Vec<Record> = arrived.map(|(_, record)| record).collect();
        for (said, held) in Arc::clone(&state.tree).merge(&arrived) {
            if held.says_more_than(&said) {
                self.write_cell(node, held);
            }
        }
    }

    /// Writes what a node knows of somebody, and tells the others. Returns what is there when that is
    /// newer.
    fn write_cell(&mut self, node: usize, record: Record) -> Option<Record> {
        let no = record.responder.0;
        if self.cells_are_away() {
            self.nodes[node].owed.insert(no);
            return None;
        }
        let held = self.cells.get(&no).copied();
        let merged = held.map_or(record, |held| held.merged(record));
        if held != Some(merged) {
            self.cells.insert(no, merged);
            let others = (0..self.nodes.len()).filter(|other| *other != node);
            for other in others.collect::<Vec<_>>() {
                for _ in 0..=usize::from(self.rng.chance(self.faults.twice)) {
                    let lag = i64::try_from(self.rng.below(self.faults.lag + 1)).unwrap_or(0);
                    self.nodes[other].entries.push((self.now + lag, merged));
                }
            }
        }
        merged.says_more_than(&record).then_some(merged)
    }

    fn change(&mut self, node: usize, responder: ResponderNo, word: Word) -> bool {
        let tree = Arc::clone(&self.nodes[node].tree);
        let Some(changed) = tree.change(responder, word) else {
            return false;
        };
        match self.write_cell(node, changed.after) {
            None => true,
            Some(newer) => {
                let held = tree.merge(&[newer]);
                let position = changed.after.position;
                held.first()
                    .is_some_and(|(_, held)| held.position == position)
            }
        }
    }

    fn nearest(&mut self, node: usize, search: &Search) -> Nearest {
        let state = &self.nodes[node];
        let nearest = Nearest {
            found: state.tree.search(search),
            degraded: !state.follows || self.cells_are_away(),
        };
        let reachable = in_reach(&state.tree, search);
        self.witness.pictures.take(search, reachable, &nearest);
        nearest
    }
}

fn everybody(tree: &MemoryIndex) -> Vec<Record> {
    let (mut all, mut next) = (Vec::new(), Some(0));
    while let Some(from) = next {
        let (some, more) = tree.everybody(from);
        all.extend(some);
        next = more;
    }
    all
}

/// Everybody whom a search without a limit would name, looked at one by one.
fn in_reach(tree: &MemoryIndex, search: &Search) -> Vec<Found> {
    let found = |record: Record| {
        let (Who::Known(profile), Position::At(fix)) = (record.who, record.position) else {
            return None;
        };
        let distance_m = fix.point.distance_m(search.centre);
        let wanted = profile.available
            && search.orgs.contains(&profile.org)
            && (search.skills.is_empty() || profile.skills.meets(search.skills))
            && (profile.exercises || !search.exercise)
            && distance_m <= search.radius_m
            && search.takes(&fix);
        wanted.then_some(Found {
            profile,
            fix,
            distance_m,
        })
    };
    everybody(tree).into_iter().filter_map(found).collect()
}

#[async_trait]
impl LiveIndex for SimIndex {
    async fn admit(&self, profile: Profile) {
        pause_between(&self.world, 0, 3).await;
        self.world.with(|w| {
            if !w.rng.chance(w.faults.forgets) {
                w.change(self.node, profile.responder, Word::Admit(profile));
            }
        });
    }

    async fn report(&self, responder: ResponderNo, fix: Fix) -> bool {
        pause_between(&self.world, 0, 3).await;
        self.world.with(|w| {
            let holds = w.change(self.node, responder, Word::Report(fix));
            if holds {
                w.witness.took_fix(responder.0, &fix);
            }
            w.tell(&format!(
                "{responder:?} is seen at {}: {holds}",
                fix.at.0 - EPOCH
            ));
            holds
        })
    }

    async fn leave_place(&self, responder: ResponderNo, at: Timestamp) {
        pause_between(&self.world, 0, 3).await;
        self.world
            .with(|w| w.change(self.node, responder, Word::Leave(at)));
    }

    async fn nearest(&self, search: &Search) -> Nearest {
        pause_between(&self.world, 0, 2).await;
        let nearest = self.world.with(|w| w.nearest(self.node, search));
        pause_between(&self.world, 0, 2).await;
        nearest
    }

    async fn fixes(&self, responders: &[ResponderNo]) -> Vec<(ResponderNo, Fix)> {
        pause_between(&self.world, 0, 3).await;
        let tree = self.world.with(|w| Arc::clone(&w.nodes[self.node].tree));
        tree.fixes(responders).await
    }

    async fn forget(&self, responder: ResponderNo) {
        self.world.with(|w| {
            let now = w.time();
            w.change(self.node, responder, Word::Forget(now))
        });
    }

    async fn density(&self, _: &[OrgNo], _: u8, _: &[Bounds]) -> Vec<(u64, u32)> {
        Vec::new()
    }
}
