//! Forgets old positions in Redis: one node does so for all, now and then.

use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::time::Timestamp;
use tokio::time::MissedTickBehavior;

use super::keys::Shard;
use super::node::Node;
use super::packed::pack;
use super::scripts::{Change, Kind};
use super::store::{Value, cmd};
use super::writer::bulk;
use crate::record::Record;

/// Between two sweeps; should the node that swept die, another does so the next time.
const EVERY: Duration = Duration::from_mins(10);

/// Sweeps for ever.
pub(super) async fn keep_sweeping(node: &Arc<Node>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let oldest = node.oldest();
        node.tree.drop_older_than(oldest);
        let mut forgotten = 0;
        for shard in Shard::all() {
            if is_my_turn(node, shard).await {
                forgotten += sweep(node, shard, oldest).await.unwrap_or(0);
            }
        }
        tracing::info!(forgotten, "upkeep of the live index");
    }
}

async fn is_my_turn(node: &Node, shard: Shard) -> bool {
    let mut command = cmd("SET");
    command
        .arg(shard.swept())
        .arg(&node.me)
        .arg("NX")
        .arg("PX")
        .arg(EVERY.as_secs() * 900);
    matches!(node.ask(shard, command).await, Some(Value::Okay))
}

/// Takes everybody out of the cells of a shard whose position is older than `oldest`, and who has
/// none; says how many. `None` when Redis does not answer.
pub(super) async fn sweep(node: &Node, shard: Shard, oldest: Timestamp) -> Option<usize> {
    let mut forgotten = 0;
    for cell in node.cells(shard).await? {
        let mut cursor = 0;
        loop {
            let (next, people) = node.people(shard, cell, cursor).await?;
            let old: Vec<Change> = people
                .into_iter()
                .filter(|record| is_old(record, oldest))
                .map(|record| Change {
                    cell,
                    kind: Kind::Leave,
                    record: pack(&record),
                })
                .collect();
            forgotten += old.len();
            if !bulk(&node.store, shard, node.life(), &old).await {
                return None;
            }
            if next == 0 {
                break;
            }
            cursor = next;
        }
    }
    Some(forgotten)
}

fn is_old(record: &Record, oldest: Timestamp) -> bool {
    record
        .position
        .order()
        .is_none_or(|(rank, ..)| rank < oldest)
}
