//! Reads shards whole, and puts back what Redis lost.
//!
//! Reading merges and never replaces: what the tree holds newer stays, and is written back. A
//! shard without a name (`epoch`) was flushed: one node after the other puts back what its tree
//! holds, and the first one gives it a name. Until then it is unknown, not empty.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use h3o::CellIndex;
use muster_core::domain::ids::ResponderNo;
use tokio::time::Instant;

use super::connections::Lane;
use super::fallback::blurred;
use super::follow::merge;
use super::keys::{EPOCH, Shard};
use super::node::Node;
use super::packed::{on_grid, pack};
use super::scripts::{self, Change, Kind};
use super::store::{Value, cmd};
use super::writer::{bulk, cell};
use crate::record::{Position, Record, Who};

/// Cells that are read side by side.
const AT_ONCE: usize = 8;

/// Whoever puts a shard back has it for so long.
const LEASE: Duration = Duration::from_secs(10);

/// Between two looks whether another node is done.
const LOOK: Duration = Duration::from_millis(100);

/// A node that has not known a shard leaves it to those that have for so long: they notice a flush
/// within a beat.
const OTHERS_FIRST: Duration = Duration::from_millis(1_500);

/// In a base cell, a hundredth of the earth, with more volunteers the oldest sightings are lost.
const RECALLED_MAX: usize = 500_000;

/// Pause before what could not be read is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// Reads whole whatever is on the list, for ever.
pub(super) async fn keep_reading(node: &Arc<Node>) {
    loop {
        node.has_unread.notified().await;
        let shards = std::mem::take(&mut *node.unread.lock());
        let failed = sync(node, shards).await;
        if !failed.is_empty() {
            tokio::time::sleep(RETRY).await;
            for shard in failed {
                node.read_whole(shard);
            }
        }
    }
}

/// Those that could not be read.
async fn sync(node: &Arc<Node>, shards: BTreeSet<Shard>) -> Vec<Shard> {
    let mut failed = Vec::new();
    let mut names = BTreeMap::new();
    let mut met = Met::default();
    let others_first = Instant::now() + OTHERS_FIRST;
    for shard in shards {
        let knew = node.shards.was_loaded(shard);
        let name = name_of(node, shard, (!knew).then_some(others_first)).await;
        let read = match name {
            Some(name) => read(node, shard, &mut met).await.map(|()| name),
            None => None,
        };
        match read {
            Some(name) => {
                names.insert(shard, name);
            }
            None => failed.push(shard),
        }
    }
    let lost = names.iter().filter(|(shard, name)| {
        // nobody who knew it was there to put it back
        name.is_empty() && !node.shards.was_loaded(**shard)
    });
    let lost: Vec<Shard> = lost.map(|(shard, _)| *shard).collect();
    if !lost.is_empty() && !recall(node, &lost).await {
        failed.extend(&lost);
    }
    failed.extend(put_back(node, &names, &met).await);
    names.retain(|shard, _| !failed.contains(shard));
    for (shard, name) in names {
        match name_it(node, shard, name).await {
            Some(epoch) => {
                node.shards.set_epoch(shard, epoch);
                node.shards.set_loaded(shard);
            }
            None => failed.push(shard),
        }
    }
    failed
}

/// The name of a shard; empty when it has none and this node is to put it back and name it, which
/// it leaves to others until `not_before`.
async fn name_of(node: &Node, shard: Shard, not_before: Option<Instant>) -> Option<Vec<u8>> {
    let is_turn = || not_before.is_none_or(|at| Instant::now() >= at);
    loop {
        let mut command = cmd("HGET");
        command.arg(shard.cells()).arg(EPOCH);
        let name: Option<Vec<u8>> =
            redis::from_redis_value(node.ask(shard, command).await?).ok()?;
        match name {
            Some(name) => return Some(name),
            None if is_turn() && lease(node, shard).await? => {
                return Some(Vec::new());
            }
            None => tokio::time::sleep(LOOK).await,
        }
    }
}

/// Reads a shard into the tree. `None` when Redis does not answer.
async fn read(node: &Arc<Node>, shard: Shard, met: &mut Met) -> Option<()> {
    let cells = node.cells(shard).await?;
    let mut reading = futures_util::stream::iter(cells)
        .map(|cell| read_cell(node, shard, cell))
        .buffer_unordered(AT_ONCE);
    let mut amended = Vec::new();
    while let Some(people) = reading.next().await {
        let people = people?;
        met.add(&people);
        for (change, whose) in merge(node, &people) {
            // somebody may stand in a cell of another shard
            if Shard::of(change.cell) == shard {
                amended.push(change);
            } else {
                node.writer.write_later(change, whose);
            }
        }
    }
    bulk(&node.store, shard, node.life(), &amended)
        .await
        .then_some(())
}

/// Takes from the ledger where people of these shards were last known, coarsely: all nodes started
/// anew, and Redis has nothing. Whether the ledger answered.
async fn recall(node: &Node, shards: &[Shard]) -> bool {
    for base in CellIndex::base_cells() {
        let now = node.clock.now();
        let seen = match node.last_known.inside(&[base], now, RECALLED_MAX).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(%error, "last known cells could not be read");
                return false;
            }
        };
        let records = seen.into_iter().filter_map(|(profile, seen)| {
            let record = Record {
                responder: profile.responder,
                who: Who::Known(profile),
                position: Position::At(on_grid(blurred(&seen)?)),
            };
            let held = node.tree.record(record.responder);
            let order = |record: &Record| record.position.order();
            // of the same rank the cell is the blurred image of what is held
            let news = held.is_none_or(|held| order(&record) > order(&held));
            (news && shards.contains(&Shard::of(cell(&record)?))).then_some(record)
        });
        node.tree.merge(&records.collect::<Vec<_>>());
        tokio::task::yield_now().await;
    }
    true
}

/// Everybody in a cell.
async fn read_cell(node: &Node, shard: Shard, cell: CellIndex) -> Option<Vec<Record>> {
    let mut everybody = Vec::new();
    let mut cursor = 0;
    loop {
        let (next, people) = node.people(shard, cell, cursor).await?;
        everybody.extend(people);
        if next == 0 {
            break;
        }
        cursor = next;
    }
    if everybody.is_empty() {
        let prune = scripts::prune(shard, cell);
        node.store.one(Lane::Bulk, prune).await?;
    }
    Some(everybody)
}

/// Writes everybody whom the tree has in these shards and the reading did not meet. Those of the
/// shards that could not be written.
async fn put_back(node: &Node, shards: &BTreeMap<Shard, Vec<u8>>, met: &Met) -> Vec<Shard> {
    let oldest = node.oldest();
    let mut failed = Vec::new();
    let mut next = Some(0);
    while let Some(from) = next {
        let (people, more) = node.tree.everybody(from);
        next = more;
        let mut missing: BTreeMap<Shard, Vec<Change>> = BTreeMap::new();
        for record in people {
            let fresh = matches!(record.position, Position::At(fix) if fix.at >= oldest);
            if let Some(cell) = cell(&record).filter(|_| fresh && !met.has(record.responder)) {
                let shard = Shard::of(cell);
                if shards.contains_key(&shard) && !failed.contains(&shard) {
                    missing.entry(shard).or_default().push(Change {
                        cell,
                        kind: Kind::Put,
                        record: pack(&record),
                    });
                }
            }
        }
        for (shard, changes) in missing {
            if !bulk(&node.store, shard, node.life(), &changes).await {
                failed.push(shard);
            }
        }
        tokio::task::yield_now().await;
    }
    failed
}

/// The name of a shard, which is given one if it has none. Whoever else was faster has named it.
async fn name_it(node: &Node, shard: Shard, name: Vec<u8>) -> Option<Vec<u8>> {
    if !name.is_empty() {
        return Some(name);
    }
    let mut new = cmd("HSETNX");
    let fresh = format!("{}:{}", node.me, node.clock.now().0);
    new.arg(shard.cells()).arg(EPOCH).arg(fresh);
    node.ask(shard, new).await?;
    let mut done = cmd("DEL");
    done.arg(shard.sync());
    node.ask(shard, done).await?;
    let mut command = cmd("HGET");
    command.arg(shard.cells()).arg(EPOCH);
    redis::from_redis_value(node.ask(shard, command).await?).ok()
}

/// Whether this node is the one to put the shard back; `None` when Redis does not answer.
async fn lease(node: &Node, shard: Shard) -> Option<bool> {
    let mut command = cmd("SET");
    command
        .arg(shard.sync())
        .arg(&node.me)
        .arg("NX")
        .arg("PX")
        .arg(u64::try_from(LEASE.as_millis()).unwrap_or(u64::MAX));
    if node.ask(shard, command).await? == Value::Okay {
        return Some(true);
    }
    // this node's own, of an attempt that failed
    let mut command = cmd("GET");
    command.arg(shard.sync());
    let holder: Option<String> = redis::from_redis_value(node.ask(shard, command).await?).ok()?;
    Some(holder.as_ref() == Some(&node.me))
}

/// Who was met, a bit for each number.
#[derive(Default)]
struct Met(Vec<u64>);

impl Met {
    fn add(&mut self, people: &[Record]) {
        for record in people {
            if let Some((word, bit)) = place(record.responder) {
                if self.0.len() <= word {
                    self.0.resize(word + 1, 0);
                }
                self.0[word] |= 1 << bit;
            }
        }
    }

    fn has(&self, responder: ResponderNo) -> bool {
        place(responder)
            .and_then(|(word, bit)| Some(self.0.get(word)? >> bit & 1 == 1))
            .unwrap_or(false)
    }
}

/// `None` for numbers that no ledger gives.
fn place(responder: ResponderNo) -> Option<(usize, u32)> {
    let number = u32::try_from(responder.0).ok().filter(|&n| n < 1 << 27)?;
    Some((usize::try_from(number / 64).ok()?, number % 64))
}
