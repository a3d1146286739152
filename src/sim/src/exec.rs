//! One thread, one step at a time: a step polls one task, and chance says which.
//!
//! A task that waits leaves the instant of virtual time from which it may go on, and perhaps the
//! bell that ends its wait earlier. When nobody may go on, the clock jumps to the first who may.
//! Wakers are called only because combinators poll none of their futures without it: several
//! pauses may wait within one task, and the first to be over decides when it goes on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::world::{Inner, Shared};

pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where a task runs: outside, or on one life of one node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Home {
    Outside,
    Node(usize, u64),
}

pub(super) struct Task {
    pub(super) home: Home,
    pub(super) name: &'static str,
    pub(super) from: Parked,
    pub(super) work: Work,
}

/// From when a task may go on.
#[derive(Clone, Copy, Default)]
pub(super) struct Parked {
    /// Virtual milliseconds.
    pub(super) at: i64,
    /// The bell that may ring earlier.
    pub(super) bell: Option<u64>,
}

/// Waits once.
pub(super) struct Pause {
    world: Shared,
    span: i64,
    bell: Option<u64>,
    /// Virtual milliseconds; known from the first poll on.
    until: Option<i64>,
}

impl Future for Pause {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let (span, bell, begun) = (self.span, self.bell, self.until);
        let until = self.world.with(|w| {
            let until = begun.unwrap_or(w.now + span.max(0));
            // whoever waits for a bell waits alone: polled again, it rang or it is late
            let over = begun.is_some() && (bell.is_some() || until <= w.now);
            if !over && w.parked.is_none_or(|first| until < first.at) {
                w.parked = Some(Parked { at: until, bell });
            }
            (!over).then_some(until)
        });
        if until.is_none() {
            return Poll::Ready(());
        }
        self.until = until;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Lets `span` milliseconds pass.
pub(super) fn pause(world: &Shared, span: i64) -> Pause {
    Pause {
        world: Arc::clone(world),
        span,
        bell: None,
        until: None,
    }
}

/// Lets a drawn number of milliseconds pass.
pub(super) fn pause_between(world: &Shared, low: i64, high: i64) -> Pause {
    let span = world.with(|w| w.rng.span(low, high));
    pause(world, span)
}

/// Waits for a bell, at most `span` milliseconds.
pub(super) fn wait(world: &Shared, bell: u64, span: i64) -> Pause {
    Pause {
        bell: Some(bell),
        ..pause(world, span)
    }
}

/// Everything that can go on.
pub(super) struct Executor {
    world: Shared,
    tasks: Vec<Task>,
}

impl Executor {
    pub(super) fn new(world: Shared) -> Self {
        Self {
            world,
            tasks: Vec::new(),
        }
    }

    /// Takes in what was started and lets go of what died.
    fn take_over(&mut self) {
        let world = Arc::clone(&self.world);
        let (mut started, killed) = world.with(|w| {
            (
                std::mem::take(&mut w.started),
                std::mem::take(&mut w.killed),
            )
        });
        self.tasks.append(&mut started);
        if killed {
            let alive: Vec<bool> =
                world.with(|w| self.tasks.iter().map(|task| w.lives(task.home)).collect());
            let mut alive = alive.into_iter();
            // dropping a task drops its transaction, which needs the world
            self.tasks.retain(|_| alive.next().unwrap_or(true));
        }
    }

    /// One step. False when nothing is left to do.
    pub(super) fn step(&mut self) -> bool {
        self.take_over();
        let Some(chosen) = self.world.with(|w| choose(w, &self.tasks)) else {
            return false;
        };
        let task = &mut self.tasks[chosen];
        let mut context = Context::from_waker(Waker::noop());
        let done = task.work.as_mut().poll(&mut context).is_ready();
        let parked = self.world.with(|w| w.parked.take());
        if done {
            drop(self.tasks.swap_remove(chosen));
        } else {
            self.tasks[chosen].from = parked.unwrap_or_default();
        }
        true
    }
}

fn choose(w: &mut Inner, tasks: &[Task]) -> Option<usize> {
    let from: Vec<i64> = tasks.iter().map(|task| w.ready_at(task)).collect();
    let first = from.iter().copied().min()?;
    w.now = w.now.max(first);
    let ready: Vec<usize> = (0..tasks.len()).filter(|at| from[*at] <= w.now).collect();
    let chosen = *w.rng.pick(&ready)?;
    w.step += 1;
    w.running = (tasks[chosen].home, tasks[chosen].name);
    if let Some(bell) = tasks[chosen].from.bell {
        w.bells.remove(&bell);
    }
    Some(chosen)
}
