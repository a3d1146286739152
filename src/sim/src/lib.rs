//! A whole installation on one thread: several nodes, one ledger, everything that can go wrong,
//! and all of it drawn from one seed.
//!
//! The use-cases run as they are, over the statements of the ledger on tables in memory and over the
//! trees of the live index. Every call of a port is a point at which another task may go on, time may
//! pass, an answer may be lost or a node may die. After every step the promises are checked, against what
//! then stands in the tables; at the end everything is healed and what was left undone must be done. The
//! same seed gives the same run.
//!
//! Invariant: nothing here reads a clock, draws from any chance but the seed's, or depends on the
//! order of a hash table.

mod callers;
mod check;
mod desk;
mod engine;
mod exec;
mod index;
mod mistakes;
mod nemesis;
mod node;
mod phones;
mod ports;
mod promises;
mod pushes;
mod rng;
mod searches;
mod statements;
mod tables;
#[cfg(test)]
mod tests;
mod town;
mod world;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use check::Watcher;
use exec::{Executor, Home};
pub use mistakes::{MISTAKES, Mistake, Wrong};
use world::{Shared, World};

use muster_core::domain::ids::OrgNo;

/// Steps before everything is healed, unless somebody wants another number.
pub const STEPS: u64 = 2_500;
/// After healing, everything must be done within so much virtual time, milliseconds: the life of
/// an incident of the simulated plans, twice.
const HEALING_MAX: i64 = 900_000;
/// Calls come within so many virtual milliseconds for each step.
const CALLS_MS_PER_STEP: i64 = 16;
/// Chance differs between the town and what happens in it.
const TOWN_SALT: u64 = 0x6D75_7374_6572;

/// One run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Everything is drawn from it.
    pub seed: u64,
    /// Steps before everything is healed.
    pub steps: u64,
    /// A mistake in the statements.
    pub mistake: Option<&'static Mistake>,
    /// Keep the whole story and not only its end.
    pub trace: bool,
}

impl Setup {
    /// The usual run of a seed.
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            steps: STEPS,
            mistake: None,
            trace: false,
        }
    }
}

/// What a run saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Steps in all.
    pub steps: u64,
    /// Acknowledged incidents.
    pub raised: usize,
    /// Acknowledged acceptances.
    pub accepted: usize,
    /// Pushes that commits promised.
    pub pushes: usize,
    /// Events in the history.
    pub events: usize,
    /// Nodes that died.
    pub crashes: u64,
    /// The story, when it was wanted.
    pub story: Vec<String>,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Replays it.
    pub seed: u64,
    /// At which step.
    pub step: u64,
    /// Which promise.
    pub rule: &'static str,
    /// By what.
    pub what: String,
    /// How it came to that.
    pub story: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.story {
            writeln!(f, "{line}")?;
        }
        let Self {
            seed,
            step,
            rule,
            what,
            ..
        } = self;
        write!(f, "seed {seed}, step {step}: {rule}: {what}")
    }
}

/// Runs one seed. Nothing but the setup decides what happens.
pub fn run(setup: &Setup) -> Result<Summary, Failure> {
    let plans = town::plans(&mut rng::Rng::new(setup.seed ^ TOWN_SALT));
    let world: Shared = Arc::new(World::new(setup.seed, plans));
    let mut executor = Executor::new(Arc::clone(&world));
    begin(&world, setup);
    loop {
        let stepped = catch_unwind(AssertUnwindSafe(|| executor.step()));
        let verdict = world.with(|w| match stepped {
            Ok(_) => {
                check::after_step(w);
                w.witness.verdict()
            }
            Err(_) => Some(("P7-no-panic", "a task panicked".to_owned())),
        });
        if let Some(verdict) = verdict {
            return Err(failure(&world, setup, verdict));
        }
        let (steps, healed) = world.with(|w| (w.step, w.healed));
        if !healed && steps >= setup.steps {
            nemesis::heal(&world);
        }
        if healed && let Some(done) = world.with(finished) {
            return done
                .map(|()| summary(&world))
                .map_err(|verdict| failure(&world, setup, verdict));
        }
    }
}

type Verdict = (&'static str, String);

/// `None` while there is still something to do, and time to do it.
fn finished(w: &mut world::Inner) -> Option<Result<(), Verdict>> {
    let late = w.now - w.healed_at > HEALING_MAX;
    let quiet = w.now - w.healed_at > 1_000 && check::is_quiet(w);
    if quiet {
        check::at_the_end(w);
        return Some(w.witness.verdict().map_or(Ok(()), Err));
    }
    late.then(|| Err(("P2-ends", "work is left that nobody does".to_owned())))
}

fn begin(world: &Shared, setup: &Setup) {
    town::build(world);
    tables::look(world);
    let (nodes, handlers) = world.with(|w| {
        w.mistake = setup.mistake;
        w.whole_story = setup.trace;
        for _ in 0..2 {
            let bell = w.name();
            w.witness.watchers.push(Watcher {
                org: OrgNo(1),
                bell,
                cursor: 0,
                seen: Vec::new(),
            });
        }
        // longer lives see more calls
        let calls = usize::try_from(setup.steps / STEPS).unwrap_or(1).max(1);
        (w.nodes.len(), (3 + w.rng.below(5)) * calls)
    });
    let within = i64::try_from(setup.steps).unwrap_or(i64::MAX) * CALLS_MS_PER_STEP;
    for node in 0..nodes {
        node::boot(world, node);
    }
    let outside = |name, work| world.start(Home::Outside, name, work);
    for number in 0..handlers {
        outside(
            "handler",
            Box::pin(desk::handler(Arc::clone(world), number, within)) as exec::Work,
        );
    }
    for number in 0..2 {
        outside(
            "watcher",
            Box::pin(desk::watcher(Arc::clone(world), number)),
        );
    }
    outside("office", Box::pin(desk::office(Arc::clone(world))));
    outside("nemesis", Box::pin(nemesis::nemesis(Arc::clone(world))));
}

fn summary(world: &Shared) -> Summary {
    world.with(|w| {
        let (raised, accepted, pushes) = w.witness.counts();
        Summary {
            steps: w.step,
            raised,
            accepted,
            pushes,
            events: w.tables.log.len(),
            crashes: w.witness.crashes,
            story: if w.whole_story {
                w.story.iter().cloned().collect()
            } else {
                Vec::new()
            },
        }
    })
}

fn failure(world: &Shared, setup: &Setup, (rule, what): Verdict) -> Failure {
    world.with(|w| Failure {
        seed: setup.seed,
        step: w.step,
        rule,
        what,
        story: w.story.iter().cloned().collect(),
    })
}
