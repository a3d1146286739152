//! The live index of one process.

use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use h3o::Resolution;
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::responder::{Fix, Profile};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Found, LiveIndex, Nearest, Search};
use parking_lot::{Mutex, RwLock};
use tokio::time::Instant;

use super::density::{Change, Density, Sight};
use super::grid::{GridPoint, Ruler, reach_cm2};
use super::slot::{Slot, Slots};
use super::slots::SlotFile;
use super::state::State;
use crate::record::{Position, Record, Who};

/// So many slots are looked at under one hold of the lock by work that can wait: searches and
/// reports get in between.
const STEP: u32 = 1024;

/// Live positions in memory, with a slot file that survives a restart.
///
/// Positions are held to 1e-7 degrees (about a centimetre), so that is how they come back.
/// Distances are great-circle, in metres. Only responders with a profile that is available and
/// with a fix can be found.
///
/// No lock is held over an await or over file I/O. Searches share the lock; a change holds it for
/// about a microsecond.
#[derive(Debug)]
pub struct MemoryIndex {
    state: RwLock<State>,
    density: Density,
    file: Option<Mutex<SlotFile>>,
}

impl MemoryIndex {
    /// An index that keeps nothing over a restart.
    pub fn volatile() -> Self {
        Self {
            state: RwLock::new(State::new(false)),
            density: Density::new(),
            file: None,
        }
    }

    /// An index with its slot file at `path`, made when there is none; without a path the same as
    /// [`Self::volatile`]. Blocks while it reads.
    ///
    /// Positions in the file are known to [`LiveIndex::fixes`] at once, but nobody is findable
    /// before [`LiveIndex::admit`] has named them again. Damaged records are ignored, and wiped by
    /// the next [`Self::flush`].
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::volatile());
        };
        let (file, contents) = SlotFile::open(&path)?;
        let mut state = State::new(true);
        for saved in contents.saved {
            state.restore(saved);
        }
        for number in contents.broken {
            state.mark(number);
        }
        Ok(Self {
            state: RwLock::new(state),
            density: Density::new(),
            file: Some(Mutex::new(file)),
        })
    }

    /// Brings the slot file up to date and says how many records that took; 0 without a file.
    /// Blocks on file I/O, so it belongs on a blocking thread, about once a second: what was
    /// forgotten stays in the file until then. Does not wait for the disk.
    ///
    /// # Errors
    /// When a write fails. What was not written is tried again by the next call.
    pub fn flush(&self) -> io::Result<usize> {
        let Some(file) = &self.file else {
            return Ok(0);
        };
        // Held to the end, so that two flushes cannot write a record in the wrong order.
        let file = file.lock();
        let mut dirty = self.state.write().take_dirty();
        dirty.sort_unstable();
        dirty.dedup();
        let mut written = 0;
        for batch in dirty.chunks(STEP as usize) {
            let records = self.state.write().records(batch);
            if let Err(error) = file.write(&records) {
                self.state.write().mark_again(&dirty[written..]);
                return Err(error);
            }
            written += batch.len();
        }
        Ok(written)
    }

    /// Forgets every position whose fix was taken before `t`, in memory now and in the file with
    /// the next [`Self::flush`]; says how many. Profiles stay, and a new fix makes their owners
    /// findable again. Looks at every slot and takes about a microsecond per position dropped, a
    /// thousand slots under one hold of the lock; belongs on a blocking thread.
    pub fn drop_older_than(&self, t: Timestamp) -> usize {
        let mut dropped = 0;
        let mut changes = Vec::new();
        let mut start = 0;
        loop {
            {
                let mut state = self.state.write();
                let end = state.slots.end().min(start + STEP);
                if start >= end {
                    return dropped;
                }
                changes.extend((start..end).filter_map(|number| state.drop_older(number, t)));
                start = end;
            }
            dropped += changes.len();
            for change in changes.drain(..) {
                self.density.apply(change);
            }
        }
    }

    /// How many can be found: available, with a fix.
    pub fn len(&self) -> usize {
        self.state.read().tree.len()
    }

    /// Whether nobody can be found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many positions are held, of findable responders and others.
    pub fn positions(&self) -> usize {
        self.state.read().fixes()
    }

    /// Bytes of heap held by slots, tree and density map together, without what the allocator
    /// adds. Counts bucket by bucket under the lock: for benchmarks and rare gauges.
    pub fn heap_bytes(&self) -> usize {
        let state = self.state.read().heap_bytes();
        state + self.density.heap_bytes()
    }

    /// The best placed available responders, without a future around it: see [`LiveIndex::nearest`].
    pub fn search(&self, search: &Search) -> Vec<Found> {
        // A distance that is not a number holds nobody.
        if search.limit == 0 || search.radius_m.is_nan() || search.radius_m < 0.0 {
            return Vec::new();
        }
        let wanted = Wanted::by(search);
        let mut found: Vec<Found> = Vec::with_capacity(search.limit.min(1024));
        {
            let state = self.state.read();
            let from = GridPoint::of(search.centre).spot();
            let mut walk = state
                .tree
                .outward(from, reach_cm2(search.radius_m), search.weighing);
            let mut numbers: Vec<u32> = Vec::with_capacity(found.capacity());
            let mut slots: Vec<(u32, Slot)> = Vec::with_capacity(found.capacity());
            // Slots are scattered over memory: fetched in a row, before anything is computed, the
            // processor waits for many at a time. A batch is never more than what is missing.
            while found.len() < search.limit {
                numbers.clear();
                numbers.extend(walk.by_ref().take(search.limit - found.len()));
                if numbers.is_empty() {
                    break;
                }
                slots.clear();
                slots.extend(
                    numbers
                        .iter()
                        .filter_map(|&n| Some((n, *state.slots.get(n)?))),
                );
                found.extend(slots.iter().filter_map(|(n, slot)| wanted.look(*n, slot)));
            }
        }
        // The walk goes by whole centimetres; who is a little better comes first.
        search.best(&mut found);
        found
    }

    /// Changes somebody by a word of this node; `None` when what is held counts more, or nobody
    /// knows them.
    pub fn change(&self, responder: ResponderNo, word: Word) -> Option<Changed> {
        let number = Slots::number(responder)?;
        let (change, changed) = {
            let mut state = self.state.write();
            let before = state.slots.get(number).and_then(|slot| slot.record(number));
            let change = match word {
                Word::Admit(profile) => Some(state.admit(number, &profile)),
                Word::Report(fix) => state.report(number, &fix),
                Word::Leave(at) => state.leave(number, at),
                Word::Forget(at) => {
                    let gone = Record {
                        responder,
                        who: Who::Gone,
                        position: Position::Left(at),
                    };
                    Some(state.merge(number, &gone).0)
                }
            };
            let after = state.slots.get(number)?.record(number)?;
            (change?, Changed { before, after })
        };
        self.density.apply(change);
        Some(changed)
    }

    /// What is held of somebody.
    pub fn record(&self, responder: ResponderNo) -> Option<Record> {
        let number = Slots::number(responder)?;
        self.state.read().slots.get(number)?.record(number)
    }

    /// Takes over what other nodes say, each word as far as it is news; returns each with what is
    /// held afterwards. People whom no ledger can have numbered are left out.
    pub fn merge(&self, said: &[Record]) -> Vec<(Record, Record)> {
        let mut held = Vec::with_capacity(said.len());
        let mut changes = Vec::with_capacity(said.len());
        for batch in said.chunks(STEP as usize) {
            let mut state = self.state.write();
            for word in batch {
                if let Some(number) = Slots::number(word.responder) {
                    let (change, record) = state.merge(number, word);
                    changes.push(change);
                    held.push((*word, record));
                }
            }
        }
        for change in changes {
            self.density.apply(change);
        }
        held
    }

    /// Everybody of whom something is held, from the slot `from` on, some at a time; and where to
    /// go on, if there is more.
    pub fn everybody(&self, from: u32) -> (Vec<Record>, Option<u32>) {
        let state = self.state.read();
        let end = state.slots.end().min(from.saturating_add(STEP));
        let records = (from..end).filter_map(|number| state.slots.get(number)?.record(number));
        let next = (end < state.slots.end()).then_some(end);
        (records.collect(), next)
    }

    fn counted(&self, change: Option<Change>) -> bool {
        if let Some(change) = change {
            self.density.apply(change);
        }
        change.is_some()
    }
}

/// What this node learns of somebody.
#[derive(Debug, Clone, Copy)]
pub enum Word {
    /// Who they are, and whether they may be found.
    Admit(Profile),
    /// Where they are.
    Report(Fix),
    /// They are not any more where their hours had them until then.
    Leave(Timestamp),
    /// They were removed for good, then.
    Forget(Timestamp),
}

/// What was held of somebody before a change, and after it.
#[derive(Debug, Clone, Copy)]
pub struct Changed {
    /// `None` when nobody knew them.
    pub before: Option<Record>,
    /// What is held now.
    pub after: Record,
}

/// What a search asks of those it meets.
struct Wanted<'a> {
    search: &'a Search,
    /// In ascending order.
    orgs: Vec<OrgNo>,
    ruler: Ruler,
}

impl<'a> Wanted<'a> {
    fn by(search: &'a Search) -> Self {
        let mut orgs = search.orgs.clone();
        orgs.sort_unstable();
        Self {
            search,
            orgs,
            ruler: Ruler::at(search.centre),
        }
    }

    /// Whoever is in that slot, if the search asks for them.
    fn look(&self, number: u32, slot: &Slot) -> Option<Found> {
        let profile = slot.profile(number);
        let asked_for = self.orgs.binary_search(&profile.org).is_ok()
            && (self.search.skills.is_empty() || self.search.skills.meets(profile.skills))
            && (!self.search.exercise || profile.exercises);
        if !asked_for {
            return None;
        }
        let fix = slot.fix().filter(|fix| self.search.takes(fix))?;
        let distance_m = self.ruler.distance_m(fix.point);
        (distance_m <= self.search.radius_m).then_some(Found {
            profile,
            fix,
            distance_m,
        })
    }
}

#[async_trait]
impl LiveIndex for MemoryIndex {
    async fn admit(&self, profile: Profile) {
        let Some(number) = Slots::number(profile.responder) else {
            tracing::error!(
                responder = profile.responder.0,
                "number beyond any ledger's, refused"
            );
            return;
        };
        let change = self.state.write().admit(number, &profile);
        self.counted(Some(change));
    }

    async fn report(&self, responder: ResponderNo, fix: Fix) -> bool {
        let Some(number) = Slots::number(responder) else {
            return false;
        };
        let change = self.state.write().report(number, &fix);
        self.counted(change)
    }

    async fn leave_place(&self, responder: ResponderNo, at: Timestamp) {
        if let Some(number) = Slots::number(responder) {
            let change = self.state.write().leave(number, at);
            self.counted(change);
        }
    }

    async fn nearest(&self, search: &Search) -> Nearest {
        let began = Instant::now();
        let found = self.search(search);
        crate::took(began.elapsed());
        Nearest {
            found,
            degraded: false,
        }
    }

    async fn fixes(&self, responders: &[ResponderNo]) -> Vec<(ResponderNo, Fix)> {
        let state = self.state.read();
        let fix = |&responder: &ResponderNo| {
            let slot = state.slots.get(Slots::number(responder)?)?;
            Some((responder, slot.fix()?))
        };
        responders.iter().filter_map(fix).collect()
    }

    async fn forget(&self, responder: ResponderNo) {
        if let Some(number) = Slots::number(responder) {
            let change = self.state.write().forget(number);
            self.counted(Some(change));
        }
    }

    async fn density(&self, orgs: &[OrgNo], resolution: u8, within: &[Bounds]) -> Vec<(u64, u32)> {
        let Ok(resolution) = Resolution::try_from(resolution) else {
            return Vec::new();
        };
        let mut orgs = orgs.to_vec();
        orgs.sort_unstable();
        orgs.dedup();
        let mut sight = Sight::of(within, resolution);
        for shard in 0..Density::shards() {
            self.density.shard(shard, &orgs, &mut sight);
            // A million cells take hundreds of milliseconds: others on this thread go first.
            tokio::task::yield_now().await;
        }
        sight.counts()
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
