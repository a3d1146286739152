//! Forgets old positions in Redis: one node does so for all, now and then.

use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::time::Timestamp;
use tokio::time::MissedTickBehavior;

use super::follow::ask;
use super::keys::{Shard, parse_cell};
use super::node::Node;
use super::packed::{pack, unpack};
use super::scripts::{Change, Kind};
use super::store::{Value, cmd};
use super::writer::bulk;
use crate::live::record::Record;

/// Between two sweeps; should the node that swept die, another does so the next time.
const EVERY: Duration = Duration::from_mins(10);

/// Entries in one answer.
const PAGE: usize = 1_000;

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
    matches!(ask(node, shard, command).await, Some(Value::Okay))
}

/// Takes everybody out of the cells of a shard whose position is older than `oldest`, and who has
/// none; says how many. `None` when Redis does not answer.
pub(super) async fn sweep(node: &Node, shard: Shard, oldest: Timestamp) -> Option<usize> {
    let mut command = cmd("HKEYS");
    command.arg(shard.cells());
    let fields: Vec<Vec<u8>> = redis::from_redis_value(ask(node, shard, command).await?).ok()?;
    let mut forgotten = 0;
    for cell in fields.iter().filter_map(|name| parse_cell(name)) {
        let key = shard.cell(cell);
        let mut cursor = 0_u64;
        loop {
            let mut command = cmd("HSCAN");
            command.arg(&key).arg(cursor).arg("COUNT").arg(PAGE);
            let answer = ask(node, shard, command).await?;
            let (next, words): (u64, Vec<Value>) = redis::from_redis_value(answer).ok()?;
            let records = words.chunks(2).filter_map(|pair| match pair {
                [_, Value::BulkString(bytes)] => unpack(bytes),
                _ => None,
            });
            let old: Vec<Change> = records
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
            cursor = next;
            if cursor == 0 {
                break;
            }
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
