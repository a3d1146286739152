//! What goes wrong on purpose, and the end of all that.

use std::sync::Arc;

use super::exec::{Home, pause, pause_between};
use super::node;
use super::world::{Faults, Shared};
use muster_core::domain::ids::IncidentId;

/// Kills, stops and cuts off, until the world is healed.
pub(super) async fn nemesis(world: Shared) {
    loop {
        pause_between(&world, 1_000, 15_000).await;
        if world.with(|w| w.healed) {
            return;
        }
        let (what, node, short, long) = world.with(|w| {
            let node = w.rng.below(w.nodes.len());
            let (short, long) = (w.rng.span(200, 7_000), w.rng.span(500, 20_000));
            (w.rng.below(12), node, short, long)
        });
        match what {
            0..4 => {
                world.with(|w| {
                    w.witness.crashes += 1;
                    w.tell(&format!("node {node} dies"));
                });
                node::stop(&world, node);
                let revival = revive(Arc::clone(&world), node, long);
                world.start(Home::Outside, "nemesis", Box::pin(revival));
            }
            4 | 5 => world.with(|w| {
                w.tell(&format!("node {node} stands still for {short} ms"));
                w.nodes[node].frozen_until = w.now + short;
            }),
            6 => world.with(|w| {
                w.tell(&format!("the ledger is gone for {short} ms"));
                w.faults.outage_until = w.now + short;
            }),
            7 => world.with(|w| {
                w.tell(&format!("the cells are away for {long} ms"));
                w.faults.cells_away_until = w.now + long;
            }),
            8 => world.with(|w| {
                w.tell(&format!("the provider refuses everything for {long} ms"));
                w.faults.refuses_until = w.now + long;
            }),
            9 => world.with(|w| {
                w.tell(&format!("node {node} loses the stream"));
                w.nodes[node].entries.clear();
                w.nodes[node].follows = false;
            }),
            10 => world.with(|w| {
                let ids: Vec<IncidentId> = w.tables.cases.keys().cloned().collect();
                if let Some(id) = w.rng.pick(&ids).cloned() {
                    w.tell(&format!("{id} cannot be read for {long} ms"));
                    w.faults.unreadable = Some((id, w.now + long));
                }
            }),
            _ => world.with(|w| {
                w.tell("the cells lose half of all people");
                let numbers: Vec<u64> = w.cells.keys().copied().collect();
                for no in numbers {
                    if w.rng.chance(500) {
                        w.cells.remove(&no);
                    }
                }
                for node in &mut w.nodes {
                    node.follows = false;
                }
            }),
        }
    }
}

async fn revive(world: Shared, node: usize, after: i64) {
    pause(&world, after).await;
    // somebody else may have begun a new life of it
    if world.with(|w| !w.nodes[node].up) {
        node::boot(&world, node);
    }
}

/// Ends all faults: what is left is the work that they left behind.
pub(super) fn heal(world: &Shared) {
    let down: Vec<usize> = world.with(|w| {
        w.healed = true;
        w.healed_at = w.now;
        w.faults = Faults::default();
        w.tell("everything is healed");
        for node in &mut w.nodes {
            node.frozen_until = 0;
            node.offset = node.offset.clamp(-40, 40);
        }
        (0..w.nodes.len()).filter(|no| !w.nodes[*no].up).collect()
    });
    for node in down {
        node::boot(world, node);
    }
}
