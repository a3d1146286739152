//! Everybody who calls a node over a network: a request may not arrive, its answer may not come
//! back, and the caller asks another node.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use super::exec::{Home, pause_between, wait};
use super::node;
use super::world::Shared;
use muster_core::dispatch::Dispatch;
use muster_core::domain::event::Actor;
use muster_core::ports::LedgerError;

/// A caller gives up on a node after so many milliseconds.
const PATIENCE: i64 = 3_000;

pub(super) type Answer<T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send>>;

/// One call. `None`: no node, no answer, or none that was heard.
async fn call<T: Send + 'static>(
    world: &Shared,
    name: &'static str,
    make: impl FnOnce(Dispatch) -> Answer<T>,
) -> Option<Result<T, LedgerError>> {
    pause_between(world, 1, 20).await;
    let (home, bell) = world.with(|w| {
        let node = w.rng.below(w.nodes.len());
        let state = &w.nodes[node];
        let home = state.up.then_some((node, state.boot));
        (home, w.name())
    });
    let (node, boot) = home?;
    let slot = Arc::new(Mutex::new(None));
    let work = make(node::dispatch(world, node, boot));
    let (into, there) = (Arc::clone(&slot), Arc::clone(world));
    let serve = async move {
        let answer = work.await;
        *into.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        there.with(|w| {
            let at = w.now + w.rng.span(0, 20);
            w.ring(bell, at);
        });
    };
    world.start(Home::Node(node, boot), name, Box::pin(serve));
    wait(world, bell, PATIENCE).await;
    if world.with(|w| w.rng.chance(w.faults.unheard)) {
        return None;
    }
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Calls again, on any node, until somebody answers for good or the caller has had enough.
pub(super) async fn insist<T: Send + 'static>(
    world: &Shared,
    name: &'static str,
    tries: usize,
    make: impl Fn(Dispatch) -> Answer<T>,
) -> Option<Result<T, LedgerError>> {
    for _ in 0..tries {
        match call(world, name, &make).await {
            Some(Err(
                LedgerError::Unavailable(_)
                | LedgerError::OutcomeUnknown(_)
                | LedgerError::Broken(_),
            ))
            | None => {}
            heard => return heard,
        }
        pause_between(world, 50, 800).await;
    }
    None
}

/// Somebody of that role.
pub(super) fn actor(role: &str) -> Actor {
    Actor {
        role: role.to_owned(),
        subject: role.to_owned(),
        device: None,
    }
}
