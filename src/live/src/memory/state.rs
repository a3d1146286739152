//! Slots and tree together, as one lock guards them.

use muster_core::domain::responder::{Fix, Profile, Source};
use muster_core::domain::time::Timestamp;

use super::density::Change;
use super::grid::GridPoint;
use super::slot::{Fixed, Slot, Slots};
use super::slots::{Record, Saved};
use super::tree::{Entry, Tree};
use crate::record::{Position, Record as Said};

/// Invariant: a slot is in the tree, at the spot of its place and with the quality of its fix,
/// exactly when it is findable.
#[derive(Debug)]
pub(super) struct State {
    pub(super) slots: Slots,
    pub(super) tree: Tree,
    /// Whose record in the file lags behind.
    dirty: Vec<u32>,
    /// Whether there is a file at all.
    kept: bool,
    fixes: usize,
}

impl State {
    pub(super) fn new(kept: bool) -> Self {
        Self {
            slots: Slots::default(),
            tree: Tree::new(),
            dirty: Vec::new(),
            kept,
            fixes: 0,
        }
    }

    /// Puts a position in that was read from the file; nobody is findable by it yet.
    pub(super) fn restore(&mut self, saved: Saved) {
        let slot = self.slots.entry(saved.number);
        slot.set_fix(&saved.fixed);
        self.fixes += 1;
    }

    /// How many positions are held, findable or not.
    pub(super) fn fixes(&self) -> usize {
        self.fixes
    }

    pub(super) fn admit(&mut self, number: u32, profile: &Profile) -> Change {
        let slot = self.slots.entry(number);
        if slot.gone() || (slot.known() && profile.version < slot.version()) {
            return Change::default();
        }
        self.edit(number, |slot| slot.set_profile(profile))
    }

    /// `None` when the fix held counts more or the responder is unknown.
    pub(super) fn report(&mut self, number: u32, fix: &Fix) -> Option<Change> {
        let slot = self.slots.get(number).filter(|slot| slot.known())?;
        let fixed = Fixed::of(fix);
        if Position::At(*fix).order() < slot.order() {
            return None;
        }
        let change = self.edit(number, |slot| slot.set_fix(&fixed));
        self.mark(number);
        Some(change)
    }

    /// Forgets all of a responder, in the file too, but that they are gone.
    pub(super) fn forget(&mut self, number: u32) -> Change {
        let change = self.edit(number, Slot::set_gone);
        self.mark(number);
        change
    }

    /// Takes over what another node says, as far as it is news. Returns what is held afterwards.
    pub(super) fn merge(&mut self, number: u32, said: &Said) -> (Change, Said) {
        let held = self.slots.entry(number).record(number);
        let merged = held.map_or(*said, |held| held.merged(*said));
        if held == Some(merged) {
            return (Change::default(), merged);
        }
        (self.edit(number, |slot| slot.set_record(&merged)), merged)
    }

    /// Forgets the position, in the file too, when it is older than `t`.
    pub(super) fn drop_older(&mut self, number: u32, t: Timestamp) -> Option<Change> {
        self.slots.get(number)?.fixed_at().filter(|&at| at < t)?;
        let change = self.edit(number, Slot::clear_fix);
        self.mark(number);
        Some(change)
    }

    /// Forgets the position, in the file too, when it is that of a place confirmed by `at`.
    pub(super) fn leave(&mut self, number: u32, at: Timestamp) -> Option<Change> {
        let fixed = self.slots.get(number)?.fixed();
        fixed.filter(|fixed| fixed.source == Source::Place && fixed.at <= at)?;
        let change = self.edit(number, |slot| slot.leave(at));
        self.mark(number);
        Some(change)
    }

    /// Changes a slot, and the tree with it.
    fn edit(&mut self, number: u32, edit: impl FnOnce(&mut Slot)) -> Change {
        let slot = self.slots.entry(number);
        let (from, held, was) = (slot.findable(), slot.place().is_some(), slot.quality());
        edit(slot);
        let (to, holds, quality) = (slot.findable(), slot.place().is_some(), slot.quality());
        let at = |place: GridPoint| Entry {
            spot: place.spot(),
            who: number,
            quality,
        };
        self.fixes = self.fixes + usize::from(holds) - usize::from(held);
        match (from, to) {
            (Some((_, old)), Some((_, new))) if old == new && was == quality => {}
            (Some((_, old)), Some((_, new))) => self.tree.relocate(old.spot(), at(new)),
            (Some((_, old)), None) => {
                self.tree.remove(old.spot(), number);
            }
            (None, Some((_, new))) => self.tree.insert(at(new)),
            (None, None) => {}
        }
        Change { from, to }
    }

    /// Notes that the record in the file lags behind.
    pub(super) fn mark(&mut self, number: u32) {
        let slot = self.slots.entry(number);
        if self.kept && !slot.dirty() {
            slot.set_dirty(true);
            self.dirty.push(number);
        }
    }

    /// Whose records lag behind, in any order; they stay marked until [`Self::records`].
    pub(super) fn take_dirty(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.dirty)
    }

    /// The records of these slots, which from now on are taken to be in the file.
    pub(super) fn records(&mut self, numbers: &[u32]) -> Vec<(u32, Record)> {
        let mut records = Vec::with_capacity(numbers.len());
        for &number in numbers {
            let slot = self.slots.entry(number);
            slot.set_dirty(false);
            let saved = slot.fixed().map(|fixed| Saved { number, fixed });
            records.push((number, saved.map_or_else(Saved::wiped, Saved::encode)));
        }
        records
    }

    /// Marks these again, as their records did not reach the file after all.
    pub(super) fn mark_again(&mut self, numbers: &[u32]) {
        for &number in numbers {
            self.slots.entry(number).set_dirty(false);
            self.mark(number);
        }
    }

    /// Bytes of heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.heap_bytes() + self.tree.heap_bytes() + self.dirty.capacity() * size_of::<u32>()
    }
}
