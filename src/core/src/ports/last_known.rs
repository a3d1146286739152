//! Where people were, coarsely, for when the live index is away.

use async_trait::async_trait;
use h3o::CellIndex;

use crate::domain::ids::ResponderNo;
use crate::domain::responder::{Profile, Source, rank};
use crate::domain::time::Timestamp;
use crate::ports::LedgerError;

/// Where somebody was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Who.
    pub responder: ResponderNo,
    /// In which H3 cell of resolution 9.
    pub cell: CellIndex,
    /// When.
    pub at: Timestamp,
    /// Where that position came from.
    pub source: Source,
}

impl Seen {
    /// Of two sightings of somebody the one of the greater rank counts, as of two fixes.
    pub fn rank(&self) -> (Timestamp, Source) {
        rank(self.at, self.source)
    }
}

/// One last known cell per responder, kept where a flushed or lost live index cannot take it
/// along: the current one only, overwritten in place, never a track, with an age limit.
///
/// Contract:
/// - a sighting of a lesser rank never replaces one of a greater;
/// - sightings of responders nobody knows are ignored.
#[async_trait]
pub trait LastKnown: Send + Sync {
    /// Writes sightings down, at most one per responder.
    async fn keep(&self, seen: Vec<Seen>) -> Result<(), LedgerError>;
    /// Everybody last seen inside these cells, with the ledger's word on whether they may be
    /// alerted at `now`; at most `limit`, the newest sightings first. The cells are of one
    /// resolution, 9 at the finest: anything else is [`LedgerError::Broken`].
    async fn inside(
        &self,
        cells: &[CellIndex],
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Profile, Seen)>, LedgerError>;
    /// Forgets sightings taken before `before`; returns how many.
    async fn forget_seen(&self, before: Timestamp) -> Result<usize, LedgerError>;
}
