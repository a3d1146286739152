//! Last known cells, for regions of which the index knows nothing or cannot be asked.

use std::collections::HashSet;
use std::sync::Arc;

use h3o::{CellIndex, LatLng, Resolution};
use muster_core::domain::place::Point;
use muster_core::domain::responder::Fix;
use muster_core::ports::{Clock, LastKnown, Seen};
use parking_lot::Mutex;

use super::change::{Change, Outcome};
use super::ground::{marker, reach_m};
use super::keys::{Tag, bitmap};
use super::record::{Record, on_grid};
use super::store::{Ask, Lane, Store, cmd};
use super::writer::Writer;

/// A region of 250 km² with more volunteers than this loses the oldest sightings.
const IN_A_REGION: usize = 500_000;

/// So many are brought into the index at a time.
const STEP: usize = 512;

/// What was last known of some cells.
pub(super) struct LastSeen {
    pub(super) people: Vec<Record>,
    /// Nobody was left out.
    pub(super) complete: bool,
}

impl LastSeen {
    /// Of no cells.
    pub(super) fn nobody() -> Self {
        Self {
            people: Vec::new(),
            complete: true,
        }
    }
}

/// Reads last known cells, and loads regions from them.
pub(super) struct Guesses {
    pub(super) last_known: Arc<dyn LastKnown>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Arc<Store>,
    pub(super) writer: Writer,
    pub(super) resolution: Resolution,
    /// Regions that this node loads or is about to.
    pub(super) loading: Mutex<HashSet<CellIndex>>,
}

impl Guesses {
    /// Everybody last seen in these cells of one resolution, at most `limit`, the newest; `None`
    /// when the ledger does not answer.
    pub(super) async fn read(&self, cells: &[CellIndex], limit: usize) -> Option<LastSeen> {
        let now = self.clock.now();
        match self.last_known.inside(cells, now, limit).await {
            Ok(seen) => Some(LastSeen {
                complete: seen.len() < limit,
                people: seen
                    .into_iter()
                    .filter_map(|(profile, seen)| {
                        let fix = Some(on_grid(blurred(&seen)?));
                        Some(Record { profile, fix })
                    })
                    .collect(),
            }),
            Err(error) => {
                tracing::warn!(%error, "last known cells could not be read");
                None
            }
        }
    }

    /// Those of the regions that nobody on this node is about to load; whoever asked is now, until
    /// [`Self::load`] or [`Self::leave`].
    pub(super) fn claim(&self, regions: &[CellIndex]) -> Vec<CellIndex> {
        let mut loading = self.loading.lock();
        let mut claimed = regions.to_vec();
        claimed.retain(|region| loading.insert(*region));
        claimed
    }

    /// These are not about to be loaded after all, or are no more.
    pub(super) fn leave(&self, regions: &[CellIndex]) {
        let mut loading = self.loading.lock();
        for region in regions {
            loading.remove(region);
        }
    }

    /// Brings everybody last seen in these regions into the index and marks the regions as known.
    /// `people` is what a search has read of them already, if that was everybody.
    pub(super) async fn load(&self, regions: Vec<CellIndex>, people: Option<Vec<Record>>) {
        let mut loaded = Vec::new();
        match people {
            Some(people) => {
                if self.place(people).await {
                    loaded.clone_from(&regions);
                }
            }
            None => {
                for region in &regions {
                    let Some(seen) = self.read(&[*region], IN_A_REGION).await else {
                        continue;
                    };
                    if self.place(seen.people).await {
                        loaded.push(*region);
                    }
                }
            }
        }
        let marks = loaded.iter().map(|region| {
            let mut command = cmd("SETBIT");
            command
                .arg(bitmap(*region, self.resolution))
                .arg(marker(self.resolution))
                .arg(1);
            Ask::new(Tag::Region((*region).into()), command)
        });
        self.store.ask(Lane::Work, marks.collect()).await;
        self.leave(&regions);
    }

    /// True when all of them are in the index, or something newer of them is.
    async fn place(&self, people: Vec<Record>) -> bool {
        for step in people.chunks(STEP) {
            let changes = step.iter().map(|record| {
                let number = record.profile.responder.0;
                self.writer.change(number, Change::Guess(*record))
            });
            let outcomes = futures_util::future::join_all(changes).await;
            if outcomes.contains(&Outcome::Failed) {
                return false;
            }
        }
        true
    }
}

/// In the middle of the cell, and no better than the cell.
fn blurred(seen: &Seen) -> Option<Fix> {
    let centre = LatLng::from(seen.cell);
    #[expect(clippy::cast_possible_truncation, reason = "some hundred metres")]
    let accuracy_m = reach_m(seen.cell.resolution()) as f32;
    Some(Fix {
        point: Point::new(centre.lat(), centre.lng()).ok()?,
        accuracy_m,
        at: seen.at,
        source: seen.source,
    })
}
