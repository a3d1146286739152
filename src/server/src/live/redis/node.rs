//! What the loops of a node share.

use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, LastKnown};
use tokio::sync::mpsc;

use super::keys::Shard;
use super::settings::RedisSettings;
use super::shards::Shards;
use super::store::Store;
use super::writer::Writer;
use crate::live::memory::MemoryIndex;

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
    /// Shards to be read whole.
    pub(super) unread: mpsc::Sender<Shard>,
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

    /// Has a shard read whole, later. There is room for all, and who is on the list once is enough.
    pub(super) fn read_whole(&self, shard: Shard) {
        self.unread.try_send(shard).ok();
    }
}

/// How long a cell lives after its last change: as long as a position.
pub(super) fn life(settings: &RedisSettings) -> Duration {
    Duration::from_millis(settings.fix_age_max.0.unsigned_abs())
}
