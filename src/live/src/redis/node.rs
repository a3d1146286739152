//! What the loops of a node share.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use h3o::CellIndex;
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, LastKnown};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::connections::Lane;
use super::keys::{Shard, parse_cell};
use super::packed::unpack;
use super::scripts::Ask;
use super::settings::RedisSettings;
use super::shards::Shards;
use super::store::{Cmd, Store, Value, cmd};
use super::writer::Writer;
use crate::memory::MemoryIndex;
use crate::record::Record;

/// People in one answer.
const PAGE: usize = 1_000;

/// One node of an installation.
pub(super) struct Node {
    /// Tells the nodes of an installation apart.
    pub(super) me: String,
    pub(super) store: Arc<Store>,
    pub(super) tree: Arc<MemoryIndex>,
    pub(super) shards: Shards,
    pub(super) writer: Arc<Writer>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) last_known: Arc<dyn LastKnown>,
    pub(super) settings: RedisSettings,
    /// Shards to be read whole, and the bell of whoever reads them.
    pub(super) unread: Mutex<BTreeSet<Shard>>,
    pub(super) has_unread: Notify,
}

impl Node {
    /// Nobody's position is older than this.
    pub(super) fn oldest(&self) -> Timestamp {
        self.clock.now() - self.settings.fix_age_max
    }

    /// How long a cell lives after its last change.
    pub(super) fn life(&self) -> Duration {
        life(&self.settings)
    }

    /// Has a shard read whole, later.
    pub(super) fn read_whole(&self, shard: Shard) {
        self.unread.lock().insert(shard);
        self.has_unread.notify_one();
    }

    /// Asks one thing of a shard for which nobody waits.
    pub(super) async fn ask(&self, shard: Shard, command: Cmd) -> Option<Value> {
        self.store.one(Lane::Bulk, Ask::new(shard, command)).await
    }

    /// The cells of a shard in which somebody may be; `None` when Redis does not answer.
    pub(super) async fn cells(&self, shard: Shard) -> Option<Vec<CellIndex>> {
        let mut command = cmd("HKEYS");
        command.arg(shard.cells());
        let names: Vec<Vec<u8>> = redis::from_redis_value(self.ask(shard, command).await?).ok()?;
        Some(names.iter().filter_map(|name| parse_cell(name)).collect())
    }

    /// Some of the people of a cell, and where to go on, 0 at the end; `None` when Redis does not
    /// answer.
    pub(super) async fn people(
        &self,
        shard: Shard,
        cell: CellIndex,
        cursor: u64,
    ) -> Option<(u64, Vec<Record>)> {
        let mut command = cmd("HSCAN");
        command
            .arg(shard.cell(cell))
            .arg(cursor)
            .arg("COUNT")
            .arg(PAGE);
        let answer = self.ask(shard, command).await?;
        let (next, words): (u64, Vec<Value>) = redis::from_redis_value(answer).ok()?;
        let people = words.chunks(2).filter_map(|pair| match pair {
            [_, Value::BulkString(bytes)] => unpack(bytes),
            _ => None,
        });
        Some((next, people.collect()))
    }
}

/// How long a cell lives after its last change: as long as a position.
pub(super) fn life(settings: &RedisSettings) -> Duration {
    Duration::from_millis(settings.fix_age_max.0.unsigned_abs())
}
