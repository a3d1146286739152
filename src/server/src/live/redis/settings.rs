//! How the index is set up.

use std::time::Duration;

use h3o::Resolution;
use muster_core::domain::time::Millis;
use thiserror::Error;

/// What the index must be told. All nodes of an installation need the same `resolution`.
#[derive(Clone)]
pub struct RedisSettings {
    /// `redis://` or `rediss://`: one for a single server, several for nodes of one cluster.
    /// They may hold a password, so they are never printed.
    pub urls: Vec<String>,
    /// H3 resolution of the cells, 8 to 10. Finer suits dense cities, coarser the empty country.
    pub resolution: u8,
    /// An answer that takes longer counts as none; a search waits at most so long for a server
    /// that is not known to be down. Work that nobody waits for is given five times as long.
    pub timeout: Duration,
    /// Positions older than this are forgotten.
    pub fix_age_max: Millis,
    /// A cell with more people than this is split, and read in parts.
    pub crowd: usize,
    /// Counts for the map are good for at least so long.
    pub map_fresh: Duration,
}

/// Why the index cannot be set up so.
#[derive(Debug, Error)]
pub enum Misconfigured {
    /// There is no address.
    #[error("no address of a Redis server")]
    NoAddress,
    /// The cells would be too large or too small.
    #[error("cells of resolution {0}: 8 to 10 can be used")]
    Resolution(u8),
    /// The driver refuses an address.
    #[error("an address of a Redis server cannot be used: {0}")]
    Address(String),
}

impl RedisSettings {
    /// The usual settings for these addresses.
    pub fn at(urls: Vec<String>) -> Self {
        Self {
            urls,
            resolution: 9,
            timeout: Duration::from_millis(200),
            fix_age_max: Millis::from_s(24 * 3600),
            crowd: 256,
            map_fresh: Duration::from_secs(5),
        }
    }

    /// The resolution of the cells.
    ///
    /// # Errors
    /// When it is not one of 8, 9 and 10.
    pub(super) fn cells(&self) -> Result<Resolution, Misconfigured> {
        match self.resolution {
            8 => Ok(Resolution::Eight),
            9 => Ok(Resolution::Nine),
            10 => Ok(Resolution::Ten),
            other => Err(Misconfigured::Resolution(other)),
        }
    }
}
