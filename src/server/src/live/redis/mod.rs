//! The live index of many nodes: cells in Redis, Redis Cluster or Valkey.
//!
//! | part | what |
//! | --- | --- |
//! | [`keys`](mod@keys) | every key, and what is behind it |
//! | `record` | one responder in 40 bytes, the same in a cell and in the records |
//! | `ground` | cells, and how near anybody in one can be |
//! | `store` | the only file that knows the driver |
//! | `writer`, `flush` | changes of concurrent callers, grouped |
//! | `search`, `found` | cells outward, nearest first |
//! | `guess`, `stand_in` | last known cells, where the index does not know |
//! | `crowd` | cells too full to be read in one go |
//! | `heal` | people met twice |
//! | `walk`, `sweep`, `density` | everything there is, for upkeep and the map |
//!
//! Invariants, which hold for any number of nodes and across the crash of any:
//! - the record decides: whoever replaces it removes what it stood for, so that nobody is lost and
//!   a duplicate is the worst that a crash leaves;
//! - an entry goes only as it was written, and only by the word of a record that came after it: what
//!   a search met says nothing of what is there now;
//! - moving somebody between a cell and its parts is one step, and whoever reads the cell first and
//!   the parts after it meets everybody who stays in the cell;
//! - a set bit without anybody costs one empty read; nobody is in a cell without its bit;
//! - only a search that loaded a region marks it as known; a region without the mark is unknown,
//!   not empty.

mod bits;
mod change;
mod crowd;
mod density;
mod flush;
mod found;
mod ground;
mod guess;
mod heal;
mod index;
mod keeper;
pub mod keys;
mod record;
mod scripts;
mod search;
mod settings;
mod stand_in;
mod stats;
mod store;
mod sweep;
mod walk;
mod writer;

pub use index::RedisIndex;
pub use settings::{Misconfigured, RedisSettings};
pub use stats::Cost;
