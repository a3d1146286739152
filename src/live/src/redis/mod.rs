//! The live index of many nodes. Each holds the tree of one process; Redis, Redis Cluster or Valkey
//! (7.0 and later) holds where everybody is, and tells the nodes what changed. No search waits for
//! Redis.
//!
//! | part | what |
//! | --- | --- |
//! | [`keys`](mod@keys) | every key, and what is behind it |
//! | `packed` | a record in 41 bytes |
//! | `scripts` | what Redis does in one step |
//! | `store`, `connections` | how Redis is reached, and what happens while it is away |
//! | `writer` | changes on their way to Redis, in groups |
//! | `follow`, `beat`, `shards` | changes on their way from Redis, and how far behind this node is |
//! | `sync`, `sweep` | shards read whole, put back after a flush; old positions |
//! | `look_ups` | who reports for the first time, asked of the ledger in groups |
//! | `fallback`, `cell_distance`, `keeper` | the ledger's last known cells, where the tree may be behind |
//!
//! Invariants, which hold for any number of nodes and across the crash of any:
//! - of two words about somebody the newer profile and the newer position are believed, each by
//!   itself, in the tree and in Redis by the same rule, so that all nodes come to the same;
//! - whoever moves is in the new cell before they leave the old one, and an entry goes only by a
//!   word that is not older than itself: a duplicate is the worst that a crash leaves;
//! - reading merges and never replaces;
//! - a shard without a name is unknown, not empty.

mod beat;
mod cell_distance;
mod connections;
mod fallback;
mod follow;
mod index;
mod keeper;
mod keys;
mod look_ups;
mod node;
mod packed;
mod scripts;
mod settings;
mod shards;
mod store;
mod sweep;
mod sync;
mod writer;

pub use index::RedisIndex;
pub use settings::{Misconfigured, RedisSettings};
