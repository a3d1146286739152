//! Follows the streams: what other nodes write reaches the tree of this one.

use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::ids::ResponderNo;
use redis::RedisResult;
use tokio::time::Instant;

use super::connections::Listener;
use super::keys::Shard;
use super::node::Node;
use super::packed::{LEN, pack, unpack};
use super::scripts::{Change, Kind};
use super::store::{Cmd, Value, cmd};
use super::writer::cell;
use crate::record::Record;

/// A read waits so long for news.
const BLOCK: Duration = Duration::from_secs(1);

/// Entries of a stream in one read.
const COUNT: usize = 1_000;

/// Pause before a broken stream is taken up again.
const RETRY: Duration = Duration::from_millis(200);

/// Whether Redis would drop people when it is full is asked this often.
const MEMORY_EVERY: Duration = Duration::from_secs(10);

/// So many beats that were taken and did not come back mean that the stream has another clock
/// than it had: a replica that was promoted.
const BEATS_LOST: u64 = 6;

/// Follows these shards for ever over one connection.
pub(super) async fn follow(node: Arc<Node>, shards: Vec<Shard>) {
    loop {
        if let Err(error) = listen(&node, &shards).await {
            tracing::debug!(%error, "a stream of the live index broke");
        }
        for shard in &shards {
            // nobody knows what was missed
            node.shards.unload(*shard);
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// Where a stream was read to.
struct Cursor {
    shard: Shard,
    key: String,
    id: String,
}

/// Follows until something breaks.
async fn listen(node: &Arc<Node>, shards: &[Shard]) -> RedisResult<()> {
    let mut listener = node.store.listener(BLOCK).await?;
    look_at_memory(node, &mut listener).await?;
    let mut looked = Instant::now();
    let mut cursors = Vec::with_capacity(shards.len());
    for shard in shards {
        let key = shard.moves();
        let id = last_id(&mut listener, &key).await?;
        cursors.push(Cursor {
            shard: *shard,
            key,
            id,
        });
        // what was there before is read whole, and from here on nothing is missed
        node.shards.listens(*shard);
        node.read_whole(*shard);
    }
    loop {
        let answer = listener.ask(&read(&cursors)).await?;
        for (key, entries) in streams(answer)? {
            let Some(cursor) = cursors.iter_mut().find(|cursor| cursor.key == key) else {
                continue;
            };
            take(node, cursor, entries);
        }
        if cursors
            .iter()
            .any(|cursor| node.shards.beats_lost(cursor.shard) > BEATS_LOST)
        {
            return Ok(());
        }
        if looked.elapsed() > MEMORY_EVERY {
            look_at_memory(node, &mut listener).await?;
            looked = Instant::now();
        }
    }
}

async fn look_at_memory(node: &Node, listener: &mut Listener) -> RedisResult<()> {
    let mut about = cmd("INFO");
    about.arg("memory");
    let memory = listener.ask(&about).await?;
    node.store.note_memory(&memory);
    Ok(())
}

async fn last_id(listener: &mut Listener, key: &str) -> RedisResult<String> {
    let mut command = cmd("XREVRANGE");
    command.arg(key).arg("+").arg("-").arg("COUNT").arg(1);
    let answer = listener.ask(&command).await?;
    let entries: Vec<Entry> = redis::from_redis_value(answer)?;
    let last = entries.into_iter().next();
    Ok(last.map_or_else(|| "0-0".to_owned(), |(id, _)| id))
}

fn read(cursors: &[Cursor]) -> Cmd {
    let mut command = cmd("XREAD");
    command
        .arg("COUNT")
        .arg(COUNT)
        .arg("BLOCK")
        .arg(u64::try_from(BLOCK.as_millis()).unwrap_or(1))
        .arg("STREAMS");
    for cursor in cursors {
        command.arg(&cursor.key);
    }
    for cursor in cursors {
        command.arg(&cursor.id);
    }
    command
}

/// Its id, and fields and values by turns.
type Entry = (String, Vec<Vec<u8>>);

/// Streams with news, by key.
fn streams(answer: Value) -> RedisResult<Vec<(String, Vec<Entry>)>> {
    if answer == Value::Nil {
        return Ok(Vec::new());
    }
    Ok(redis::from_redis_value(answer)?)
}

fn take(node: &Node, cursor: &mut Cursor, entries: Vec<Entry>) {
    let mut news = Vec::new();
    for (id, words) in entries {
        cursor.id = id;
        let [field, value] = words.as_slice() else {
            continue;
        };
        match field.as_slice() {
            b"m" => news.extend(value.chunks(LEN).filter_map(unpack)),
            b"b" => {
                if let Some(number) = own_beat(value, &node.me) {
                    node.shards.heard(cursor.shard, number);
                }
            }
            _ => {}
        }
    }
    // another installation's people have the numbers of ours
    if node.store.is_ours() {
        for (change, whose) in merge(node, &news) {
            node.writer.write_later(change, whose);
        }
    }
}

fn own_beat(value: &[u8], me: &str) -> Option<u64> {
    let word = std::str::from_utf8(value).ok()?;
    let (who, number) = word.rsplit_once(':')?;
    (who == me).then(|| number.parse().ok())?
}

/// Takes over what was read, and says what must be put right in Redis: whatever is newer here, and
/// whoever stands in two cells.
pub(super) fn merge(node: &Node, said: &[Record]) -> Vec<(Change, ResponderNo)> {
    let held = node.tree.merge(said);
    held.iter()
        .flat_map(|(said, held)| {
            amendments(said, held)
                .into_iter()
                .map(|change| (change, said.responder))
        })
        .collect()
}

/// What must be written when `held` is newer than what was said of somebody in a cell. Whoever stands
/// elsewhere is written there as well, since what was said may have brought a newer profile.
fn amendments(said: &Record, held: &Record) -> Vec<Change> {
    let Some(there) = cell(said).filter(|_| held.says_more_than(said)) else {
        return Vec::new();
    };
    let change = |cell, kind| Change {
        cell,
        kind,
        record: pack(held),
    };
    match cell(held).filter(|here| *here != there) {
        Some(here) => vec![change(here, Kind::Put), change(there, Kind::Leave)],
        None => vec![change(there, Kind::Put)],
    }
}
