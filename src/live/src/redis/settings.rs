//! How the index is set up.

use std::time::Duration;

use muster_core::domain::time::Millis;
use thiserror::Error;

/// What the index must be told.
#[derive(Clone)]
pub struct RedisSettings {
    /// `redis://` or `rediss://`: one for a single server, several for nodes of one cluster.
    /// They may hold a password, so they are never printed.
    pub urls: Vec<String>,
    /// Which installation this is: another one on the same Redis is refused.
    pub owner: String,
    /// A name of this node that no other one has, nor had this one before it was started.
    pub node: String,
    /// An answer that takes longer counts as none. No search waits for Redis.
    pub timeout: Duration,
    /// Positions older than this are forgotten.
    pub fix_age_max: Millis,
}

/// Why the index cannot be set up so.
#[derive(Debug, Error)]
pub enum Misconfigured {
    /// There is no address.
    #[error("no address of a Redis server")]
    NoAddress,
    /// The driver refuses an address.
    #[error("an address of a Redis server cannot be used: {0}")]
    Address(String),
}

impl RedisSettings {
    /// The usual settings for these addresses, this installation and this node.
    pub fn at(urls: Vec<String>, owner: String, node: String) -> Self {
        Self {
            urls,
            owner,
            node,
            timeout: Duration::from_secs(1),
            fix_age_max: Millis::from_s(24 * 3600),
        }
    }
}
