//! The one world that all nodes share: time, chance, the ledger's tables, where people are, what fails.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::check::Witness;
use super::engine::{Base, Plain, observer};
use super::exec::{Home, Parked, Task, Work};
use super::mistakes::Mistake;
use super::rng::Rng;
use super::tables::Tables;
use muster_core::dispatch::Tracks;
use muster_core::domain::ids::IncidentId;
use muster_core::domain::plan::Plans;
use muster_core::domain::time::Timestamp;
use muster_core::ports::PushReport;
use muster_ledger::engine::{MemoryTables, SqlLedger};
use muster_live::memory::MemoryIndex;
use muster_live::record::Record;

/// Virtual milliseconds count from here.
pub(super) const EPOCH: i64 = 1_800_000_000_000;
/// So many steps are kept for the story of a failure.
const STORY_STEPS: usize = 40;

pub(super) type Shared = Arc<World>;

pub(super) struct World {
    inner: Mutex<Inner>,
    /// The ledger's tables. Locked before `inner`, where both are.
    pub(super) base: Base,
    /// Looks at them, and nothing goes wrong.
    pub(super) observer: Arc<SqlLedger<Plain>>,
}

/// One node: what of it outlives a step.
pub(super) struct Node {
    /// Its life; a restart is another one.
    pub(super) boot: u64,
    /// The number that its leases carry.
    pub(super) number: i64,
    pub(super) up: bool,
    /// Stopped until then, and does not know it.
    pub(super) frozen_until: i64,
    /// Milliseconds by which its clock is ahead of the database's.
    pub(super) offset: i64,
    /// Pushes of the outbox in memory here, by number.
    pub(super) held: BTreeSet<i64>,
    /// Where people were, as far as this life of it heard.
    pub(super) tracks: Arc<Tracks>,
    /// Results not yet written down.
    pub(super) results: Vec<PushReport>,
    /// Where people are, as far as it knows.
    pub(super) tree: Arc<MemoryIndex>,
    /// It has read all cells and follows their stream.
    pub(super) follows: bool,
    /// Entries of the stream on their way to it, with their time of arrival.
    pub(super) entries: Vec<(i64, Record)>,
    /// Of whom the cells have yet to hear what it knows.
    pub(super) owed: BTreeSet<u64>,
}

/// How often, in a thousand, something fails; drawn anew for each seed.
#[derive(Default, Clone)]
pub(super) struct Faults {
    /// The ledger refuses before it did anything.
    pub(super) before: usize,
    /// The ledger committed and its answer is lost.
    pub(super) after: usize,
    /// A transaction begins up to a second and a half late.
    pub(super) slow_commit: usize,
    /// The connection breaks during a commit, which lands later or never.
    pub(super) late: usize,
    /// A statement within a transaction fails.
    pub(super) within: usize,
    /// No row of that incident can be read until then.
    pub(super) unreadable: Option<(IncidentId, i64)>,
    /// Nobody can reach the ledger until then.
    pub(super) outage_until: i64,
    /// The longest way of an entry of the stream, milliseconds.
    pub(super) lag: usize,
    /// Nobody tells the index of a change.
    pub(super) forgets: usize,
    /// The cells cannot be reached until then.
    pub(super) cells_away_until: i64,
    /// The provider says "later".
    pub(super) later: usize,
    /// The provider refuses everything until then.
    pub(super) refuses_until: i64,
    /// The provider says that the phone is gone.
    pub(super) gone: usize,
    /// The provider takes it and says nothing for ten seconds.
    pub(super) slow: usize,
    /// A push that was taken never arrives.
    pub(super) undelivered: usize,
    /// A push arrives twice.
    pub(super) twice: usize,
    /// An answer to a caller is lost on its way.
    pub(super) unheard: usize,
}

pub(super) struct Inner {
    pub(super) now: i64,
    pub(super) step: u64,
    pub(super) rng: Rng,
    pub(super) parked: Option<Parked>,
    pub(super) started: Vec<Task>,
    pub(super) killed: bool,
    pub(super) bells: BTreeMap<u64, i64>,
    pub(super) next_name: u64,
    pub(super) running: (Home, &'static str),
    pub(super) nodes: Vec<Node>,
    pub(super) faults: Faults,
    pub(super) healed: bool,
    pub(super) healed_at: i64,
    pub(super) mistake: Option<&'static Mistake>,
    pub(super) plans: Arc<Plans>,
    /// As they were after the last commit.
    pub(super) tables: Tables,
    /// Transactions of broken connections that will land.
    pub(super) landing: u32,
    /// Lives of nodes that are at a raise, each as often as it is.
    pub(super) raising: Vec<u64>,
    /// The life of a node to which each number was given.
    pub(super) lives: BTreeMap<i64, u64>,
    /// Last heartbeat of each number of a node, on the database's clock.
    pub(super) beats: BTreeMap<i64, i64>,
    /// Where people are, in cells that all nodes share.
    pub(super) cells: BTreeMap<u64, Record>,
    pub(super) witness: Witness,
    pub(super) story: VecDeque<String>,
    /// The whole story is wanted, not its end.
    pub(super) whole_story: bool,
    /// How far the town reaches from its middle, ten-thousandths of a degree.
    pub(super) reach: i64,
}

impl World {
    pub(super) fn new(seed: u64, plans: Plans) -> Self {
        let tables = MemoryTables::new().expect("the tables of an empty ledger");
        let base: Base = Arc::new(Mutex::new(tables));
        let inner = Inner {
            now: EPOCH,
            step: 0,
            rng: Rng::new(seed),
            parked: None,
            started: Vec::new(),
            killed: false,
            bells: BTreeMap::new(),
            next_name: 0,
            running: (Home::Outside, "begin"),
            nodes: Vec::new(),
            faults: Faults::default(),
            healed: false,
            healed_at: 0,
            mistake: None,
            plans: Arc::new(plans),
            tables: Tables::default(),
            landing: 0,
            raising: Vec::new(),
            lives: BTreeMap::new(),
            beats: BTreeMap::new(),
            cells: BTreeMap::new(),
            witness: Witness::default(),
            story: VecDeque::new(),
            whole_story: false,
            reach: 150,
        };
        Self {
            inner: Mutex::new(inner),
            observer: observer(&base),
            base,
        }
    }

    /// Looks at the world, or changes it. A task that panicked leaves it readable for the story.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Starts a task.
    pub(super) fn start(&self, home: Home, name: &'static str, work: Work) {
        self.with(|w| {
            let from = Parked {
                at: w.now,
                bell: None,
            };
            w.started.push(Task {
                home,
                name,
                from,
                work,
            });
        });
    }
}

impl Inner {
    pub(super) fn lives(&self, home: Home) -> bool {
        match home {
            Home::Outside => true,
            Home::Node(no, boot) => self.nodes[no].up && self.nodes[no].boot == boot,
        }
    }

    pub(super) fn ready_at(&self, task: &Task) -> i64 {
        let rung = task.from.bell.and_then(|bell| self.bells.get(&bell));
        let at = rung.map_or(task.from.at, |rung| task.from.at.min(*rung));
        match task.home {
            Home::Outside => at,
            Home::Node(no, _) => at.max(self.nodes[no].frozen_until),
        }
    }

    /// A number that was never given before.
    pub(super) fn name(&mut self) -> u64 {
        self.next_name += 1;
        self.next_name
    }

    /// Rings a bell no later than `at`.
    pub(super) fn ring(&mut self, bell: u64, at: i64) {
        let rings = self.bells.entry(bell).or_insert(at);
        *rings = (*rings).min(at);
    }

    pub(super) fn time(&self) -> Timestamp {
        Timestamp(self.now)
    }

    /// Adds a line to the story.
    pub(super) fn tell(&mut self, what: &str) {
        let (home, name) = self.running;
        let home = match home {
            Home::Outside => "outside".to_owned(),
            Home::Node(no, boot) => format!("node {no} life {boot}"),
        };
        self.story.push_back(format!(
            "{:>6}  {:>9.3} s  {home:<15} {name:<10} {what}",
            self.step,
            (self.now - EPOCH) as f64 / 1000.0,
        ));
        if !self.whole_story && self.story.len() > STORY_STEPS {
            self.story.pop_front();
        }
    }
}
