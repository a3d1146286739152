//! The live index of a node among many.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::responder::{Fix, Profile};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, LastKnown, LiveIndex, Nearest, Profiles, Search};
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::beat::keep_beating;
use super::fallback::Fallback;
use super::follow::follow;
use super::keeper::Keeper;
use super::keys::Shard;
use super::look_ups::{LookUps, Silent};
use super::node::{self, Node};
use super::packed::on_grid;
use super::settings::{Misconfigured, RedisSettings};
use super::shards::Shards;
use super::store::Store;
use super::sweep::keep_sweeping;
use super::sync::keep_reading;
use super::writer::{Writer, Written, cell};
use crate::memory::{MemoryIndex, Word};
use crate::record::{Position, Record};

/// Sightings reach the ledger, and changes that failed are tried again, this often.
const TICK: Duration = Duration::from_secs(1);

/// Live positions for any number of nodes.
///
/// Positions are held to 1e-7 degrees (about a centimetre), so that is how they come back.
///
/// While Redis does not answer, searches go on with what is known, own fixes included; what this
/// node learns meanwhile reaches the others when Redis is back. Where the tree may be behind,
/// [`LiveIndex::nearest`] adds the ledger's last known cells and says `degraded`.
pub struct RedisIndex {
    node: Arc<Node>,
    keeper: Keeper,
    fallback: Fallback,
    look_ups: LookUps,
}

impl RedisIndex {
    /// An index that connects when it runs; Redis may be away. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(
        settings: RedisSettings,
        last_known: Arc<dyn LastKnown>,
        ledger: Arc<dyn Profiles>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, Misconfigured> {
        let store = Store::new(&settings)?;
        let tree = Arc::new(MemoryIndex::volatile());
        let writer = Writer::start(Arc::clone(&store), Arc::clone(&tree), node::life(&settings));
        Ok(Arc::new(Self {
            node: Arc::new(Node {
                me: settings.node.clone(),
                store,
                tree,
                shards: Shards::default(),
                writer,
                clock: Arc::clone(&clock),
                last_known: Arc::clone(&last_known),
                settings,
                unread: Mutex::default(),
                has_unread: Notify::new(),
            }),
            keeper: Keeper::new(Arc::clone(&last_known)),
            fallback: Fallback { last_known, clock },
            look_ups: LookUps::start(ledger),
        }))
    }

    /// Follows the other nodes and writes to Redis and the ledger until shutdown. To be run once.
    pub async fn run(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        let groups: Vec<Vec<Shard>> = if self.node.store.is_one() {
            vec![Shard::all().collect()]
        } else {
            // a read that waits may name streams of one slot only
            Shard::all().map(|shard| vec![shard]).collect()
        };
        let following = groups
            .into_iter()
            .map(|shards| follow(Arc::clone(&self.node), shards));
        let work = async {
            tokio::join!(
                futures_util::future::join_all(following),
                keep_reading(&self.node),
                keep_beating(&self.node),
                keep_sweeping(&self.node),
                self.keep_sightings(),
                self.keep_trying(),
            )
        };
        tokio::select! {
            _ = work => {}
            _ = shutdown.wait_for(|down| *down) => {}
        }
        self.keeper.write().await;
    }

    /// Whether Redis answers and takes changes, and this node is up to date.
    ///
    /// # Errors
    /// In one line, what is wrong.
    pub fn health(&self) -> Result<(), String> {
        self.node.store.health()?;
        let behind = Shard::all()
            .filter(|shard| !self.node.shards.is_current(*shard))
            .count();
        match behind {
            0 => Ok(()),
            some => Err(format!("{some} of {} shards are being read", Shard::COUNT)),
        }
    }

    /// Whether Redis answers, and this node has yet to read whatever is there for the first time.
    pub fn is_loading(&self) -> bool {
        self.node.store.answers()
            && self.node.store.is_ours()
            && Shard::all().any(|shard| !self.node.shards.was_loaded(shard))
    }

    async fn keep_sightings(&self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.keeper.write().await;
        }
    }

    async fn keep_trying(&self) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.node.store.answers() && self.node.store.is_ours() {
                self.node.writer.retry().await;
            }
        }
    }

    /// Whether this node may report somebody: it knows who they are. A first position asks the
    /// ledger, since nobody tells a node of changes of people who are nowhere.
    async fn knows(&self, responder: ResponderNo) -> bool {
        let held = self.node.tree.record(responder);
        if held.is_some_and(|held| matches!(held.position, Position::At(_))) {
            return true;
        }
        match self.look_ups.profile(responder).await {
            Ok(Some(profile)) => {
                self.node.tree.change(responder, Word::Admit(profile));
                true
            }
            Ok(None) => false,
            Err(Silent) => held.is_some(),
        }
    }

    /// Whether the change still holds once Redis has it, or will have it later.
    async fn write(&self, after: Record, before: Option<Record>) -> bool {
        let before = before.as_ref().and_then(cell);
        match self.node.writer.write(after, before).await {
            Written::Holds | Written::Owed => true,
            Written::Newer(record) => {
                let held = self.node.tree.merge(&[record]);
                held.first()
                    .is_some_and(|(_, held)| held.position == after.position)
            }
        }
    }
}

#[async_trait]
impl LiveIndex for RedisIndex {
    async fn admit(&self, profile: Profile) {
        let changed = self
            .node
            .tree
            .change(profile.responder, Word::Admit(profile));
        // of whoever is nowhere the other nodes learn with their first position
        if let Some(changed) = changed
            && changed.before != Some(changed.after)
            && cell(&changed.after).is_some()
        {
            self.write(changed.after, changed.before).await;
        }
    }

    async fn report(&self, responder: ResponderNo, fix: Fix) -> bool {
        let fix = on_grid(fix);
        if !self.knows(responder).await {
            return false;
        }
        let Some(changed) = self.node.tree.change(responder, Word::Report(fix)) else {
            return false;
        };
        self.keeper.note(responder, &fix);
        self.write(changed.after, changed.before).await
    }

    async fn leave_place(&self, responder: ResponderNo, at: Timestamp) {
        self.keeper.leave_place(responder);
        if let Some(changed) = self.node.tree.change(responder, Word::Leave(at)) {
            self.write(changed.after, changed.before).await;
        }
    }

    async fn nearest(&self, search: &Search) -> Nearest {
        let began = Instant::now();
        let found = self.node.tree.search(search);
        let (tree, shards) = (&self.node.tree, &self.node.shards);
        let behind = Shard::all().any(|shard| !shards.is_current(shard));
        let nearest = if behind && Fallback::is_needed(search, shards) {
            metrics::counter!("muster_live_degraded_total").increment(1);
            self.fallback.answer(search, tree, shards, found).await
        } else {
            Nearest {
                found,
                degraded: false,
            }
        };
        metrics::counter!("muster_live_searches_total").increment(1);
        crate::took(began.elapsed());
        nearest
    }

    async fn fixes(&self, responders: &[ResponderNo]) -> Vec<(ResponderNo, Fix)> {
        self.node.tree.fixes(responders).await
    }

    async fn forget(&self, responder: ResponderNo) {
        self.keeper.forget(responder);
        let now = self.node.clock.now();
        if let Some(changed) = self.node.tree.change(responder, Word::Forget(now)) {
            self.write(changed.after, changed.before).await;
        }
    }

    async fn density(&self, orgs: &[OrgNo], resolution: u8, within: &[Bounds]) -> Vec<(u64, u32)> {
        self.node.tree.density(orgs, resolution, within).await
    }
}
