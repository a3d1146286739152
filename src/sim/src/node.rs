//! One node: its use-cases over the faulty ports, and the loops that drive them.

use std::sync::Arc;

use super::engine::SimEngine;
use super::exec::{Home, pause, wait};
use super::index::{SimIndex, follow};
use super::ports::{SimBus, SimClock, SimGateway, SimIds, SimLoops, SimTravel};
use super::world::{Inner, Shared};
use muster_core::dispatch::Dispatch;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Outgoing, PushGateway as _, PushReport, PushResult, PutOff, SendResult};
use muster_ledger::engine::{Engine as _, Lane, Sql, SqlLedger, adopt};
use muster_live::memory::MemoryIndex;

/// Pushes that are leased to some nodes.
const LEASED_TO: Sql = Sql {
    sqlite: "SELECT no FROM outbox WHERE due_at > 0 AND owner IN (SELECT value FROM json_each($1))",
    postgres: "",
};

/// What ends a loop's wait early.
#[derive(Clone, Copy)]
pub(super) enum Bell {
    Timers,
    Sweep,
    Results,
}

/// Bells of nodes are the first numbers; callers take the rest.
pub(super) fn bell(node: usize, bell: Bell) -> u64 {
    let base = u64::try_from(node).unwrap_or_default() * 3;
    base + match bell {
        Bell::Timers => 0,
        Bell::Sweep => 1,
        Bell::Results => 2,
    }
}

/// The use-cases of one life of one node.
pub(super) fn dispatch(world: &Shared, node: usize, boot: u64) -> Dispatch {
    let clock = Arc::new(SimClock {
        world: Arc::clone(world),
        node,
    });
    let engine = SimEngine {
        world: Arc::clone(world),
        node,
    };
    let ledger = SqlLedger::over(engine, Arc::clone(&clock) as _);
    let loops = {
        let world = Arc::clone(world);
        move |row| {
            let attempt = attempt(Arc::clone(&world), (node, boot), row);
            world.start(Home::Node(node, boot), "push", Box::pin(attempt));
        }
    };
    Dispatch {
        ledger: Arc::clone(&ledger) as _,
        roster: Arc::clone(&ledger) as _,
        agenda: Arc::clone(&ledger) as _,
        feed: ledger,
        index: Arc::new(SimIndex {
            world: Arc::clone(world),
            node,
        }),
        travel: Arc::new(SimTravel(Arc::clone(world))),
        bus: Arc::new(SimBus(Arc::clone(world))),
        loops: Arc::new(SimLoops {
            world: Arc::clone(world),
            node,
            boot,
            send: Box::new(loops),
        }),
        clock,
        ids: Arc::new(SimIds(Arc::clone(world))),
        plans: world.with(|w| Arc::clone(&w.plans)),
        tracks: world.with(|w| Arc::clone(&w.nodes[node].tracks)),
    }
}

/// Begins a new life of a node, with nothing in memory.
pub(super) fn boot(world: &Shared, node: usize) {
    let boot = world.with(|w| {
        let boot = w.name();
        w.nodes[node].boot = boot;
        w.join(node);
        let state = &mut w.nodes[node];
        state.up = true;
        state.frozen_until = 0;
        state.held.clear();
        state.tracks = Arc::default();
        state.results.clear();
        state.tree = Arc::new(MemoryIndex::volatile());
        state.follows = false;
        state.entries.clear();
        state.owed.clear();
        boot
    });
    let home = Home::Node(node, boot);
    let dispatch = dispatch(world, node, boot);
    let own = || (Arc::clone(world), dispatch.clone());
    let (w, d) = own();
    world.start(home, "timers", Box::pin(timers(w, d, node, home)));
    let (w, d) = own();
    world.start(home, "sweep", Box::pin(sweep(w, d, node)));
    let (w, d) = own();
    world.start(home, "settle", Box::pin(settle(w, d, node)));
    world.start(
        home,
        "heartbeat",
        Box::pin(heartbeat(Arc::clone(world), node)),
    );
    world.start(home, "follow", Box::pin(follow(Arc::clone(world), node)));
    let (w, d) = own();
    world.start(home, "upkeep", Box::pin(upkeep(w, d)));
}

/// Without an alarm a loop looks this often: another node may have died.
fn patience(world: &Shared) -> i64 {
    world.with(|w| if w.healed { 10_000 } else { 2_000 })
}

fn alarm(world: &Shared, node: usize, which: Bell, at: Timestamp) {
    world.with(|w| {
        let offset = w.nodes[node].offset;
        // never the same instant again, or nothing else would ever run
        let at = (at.0 - offset).max(w.now + 1);
        w.ring(bell(node, which), at);
    });
}

async fn timers(world: Shared, dispatch: Dispatch, node: usize, home: Home) {
    loop {
        wait(&world, bell(node, Bell::Timers), patience(&world)).await;
        let soon = dispatch.clock.now() + Millis::from_s(1);
        match dispatch.agenda.next_wake().await {
            Ok(Some(at)) if at <= dispatch.clock.now() => {}
            Ok(Some(at)) => {
                alarm(&world, node, Bell::Timers, at);
                continue;
            }
            Ok(None) => continue,
            Err(_) => {
                alarm(&world, node, Bell::Timers, soon);
                continue;
            }
        }
        let Ok(due) = dispatch.agenda.due(dispatch.clock.now(), 8).await else {
            alarm(&world, node, Bell::Timers, soon);
            continue;
        };
        for (org, incident) in due {
            world.with(|w| w.witness.woken(&incident, w.healed));
            let dispatch = dispatch.clone();
            let look = async move {
                // a failed look is due again when its lease runs out
                drop(dispatch.wake(org, &incident).await);
            };
            world.start(home, "wake", Box::pin(look));
        }
        alarm(&world, node, Bell::Timers, dispatch.clock.now());
    }
}

async fn sweep(world: Shared, dispatch: Dispatch, node: usize) {
    loop {
        wait(&world, bell(node, Bell::Sweep), patience(&world)).await;
        match dispatch.agenda.next_outgoing().await {
            Ok(Some(at)) if at > dispatch.clock.now() => {
                alarm(&world, node, Bell::Sweep, at);
            }
            Ok(None) => {}
            Ok(Some(_)) => {
                let now = dispatch.clock.now();
                if let Ok(rows) = dispatch.agenda.lease_outgoing(now, 16).await {
                    dispatch.loops.send(rows);
                }
                alarm(&world, node, Bell::Sweep, now + Millis(500));
            }
            Err(_) => {
                let soon = dispatch.clock.now() + Millis::from_s(1);
                alarm(&world, node, Bell::Sweep, soon);
            }
        }
    }
}

async fn attempt(world: Shared, (node, boot): (usize, u64), mut row: Outgoing) {
    let clock = |w: &Inner| Timestamp(w.now + w.nodes[node].offset);
    let now = world.with(|w| clock(w));
    let result = if row.message.expires_at <= now {
        PushResult::Expired
    } else {
        row.message.sent_at = now;
        let gateway = SimGateway(Arc::clone(&world));
        match gateway.send(&row.message).await {
            SendResult::Taken { .. } => PushResult::Taken,
            SendResult::Gone { reason } => PushResult::Gone(reason.to_owned()),
            SendResult::Later(later) => {
                let back_off = Millis((500_i64 << row.attempts.min(6)).min(30_000));
                let at = world.with(|w| clock(w)) + later.after.unwrap_or(back_off);
                if later.refused || row.attempts > 1 {
                    PushResult::PutOff(PutOff {
                        until: Some(at),
                        why: later.reason.to_owned(),
                        all: later.all,
                    })
                } else {
                    PushResult::Later(at)
                }
            }
        }
    };
    world.with(|w| {
        w.tell(&format!(
            "push of {} to {}: {result:?}",
            row.message.alert, row.message.device
        ));
        w.witness.pushes.answered(row.id.no);
        if w.lives(Home::Node(node, boot)) {
            w.nodes[node]
                .results
                .push(PushReport { id: row.id, result });
            let now = w.now;
            w.ring(bell(node, Bell::Results), now);
        }
    });
}

async fn settle(world: Shared, dispatch: Dispatch, node: usize) {
    loop {
        wait(&world, bell(node, Bell::Results), 60_000).await;
        let batch = world.with(|w| std::mem::take(&mut w.nodes[node].results));
        if batch.is_empty() {
            continue;
        }
        let mut span = 50;
        while dispatch
            .agenda
            .settle_outgoing(batch.clone(), dispatch.clock.now())
            .await
            .is_err()
        {
            pause(&world, span).await;
            span = (span * 2).min(2_000);
        }
        dispatch.bus.changed();
        dispatch.loops.wake_by(dispatch.clock.now());
        world.with(|w| {
            for settled in &batch {
                w.nodes[node].held.remove(&settled.id.no);
            }
        });
        let later = batch.iter().filter_map(|settled| match &settled.result {
            PushResult::Later(at) => Some(*at),
            PushResult::PutOff(put_off) => put_off.until,
            _ => None,
        });
        if let Some(at) = later.min() {
            alarm(&world, node, Bell::Sweep, at);
        }
    }
}

/// A node that was silent for so long is dead, milliseconds.
const SILENCE: i64 = 4_000;

impl Inner {
    /// Gives a node a number that was never used.
    fn join(&mut self, node: usize) {
        let number = i64::try_from(self.name()).unwrap_or(i64::MAX);
        self.nodes[node].number = number;
        self.lives.insert(number, self.nodes[node].boot);
        self.beats.insert(number, self.now);
    }
}

/// Says that the node is alive, and makes the pushes of dead ones due. A node that was declared dead goes
/// on under another number.
async fn heartbeat(world: Shared, node: usize) {
    let engine = SimEngine {
        world: Arc::clone(&world),
        node,
    };
    loop {
        let dead: Vec<i64> = world.with(|w| {
            let silent = w.beats.iter().filter(|(_, beat)| w.now - **beat > SILENCE);
            silent.map(|(number, _)| *number).collect()
        });
        let buried = dead.clone();
        let beat = engine.write(Lane::Emergency, move |db| {
            adopt(db, &buried)?;
            let leased = db.query_one(LEASED_TO, &[(&buried).into()])?;
            Ok(leased.count())
        });
        // a beat that did not arrive is followed by the next
        if let Ok(leased) = beat.await {
            world.with(|w| {
                if leased > 0 {
                    w.witness
                        .broke("P2-adopted", "a push waits for a node that is dead");
                }
                for number in &dead {
                    w.beats.remove(number);
                }
                let number = w.nodes[node].number;
                if w.beats.contains_key(&number) {
                    w.beats.insert(number, w.now);
                } else {
                    w.tell("was declared dead, goes on under another number");
                    w.join(node);
                }
            });
        }
        let span = world.with(|w| if w.healed { 3_000 } else { 1_000 });
        pause(&world, span).await;
    }
}

/// Ends a node between two steps: all that it had in memory is gone.
pub(super) fn stop(world: &Shared, node: usize) {
    world.with(|w| {
        w.nodes[node].up = false;
        w.killed = true;
    });
}

async fn upkeep(world: Shared, dispatch: Dispatch) {
    // a node that cannot load the index yet serves all the same
    drop(dispatch.load_index().await);
    loop {
        let span = world.with(|w| if w.healed { 30_000 } else { 5_000 });
        pause(&world, span).await;
        drop(dispatch.follow_duty().await);
    }
}
