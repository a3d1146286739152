//! How many may be found in each cell, counted from the cells now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use h3o::{CellIndex, Resolution};
use muster_core::domain::ids::OrgNo;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::record::Entry;
use super::store::Store;
use super::walk;

/// The finest resolution that can be asked for.
const FINEST: Resolution = Resolution::Nine;

/// Counted again no sooner than so many times as long as it took: a large country is counted less
/// often, so that the map never takes more than a twentieth of anything.
const REST: u32 = 20;

type Counts = HashMap<OrgNo, HashMap<CellIndex, u32>>;

/// The last count.
pub(super) struct Density {
    last: Mutex<Option<Counted>>,
    fresh: Duration,
}

struct Counted {
    counts: Arc<Counts>,
    at: Instant,
    took: Duration,
}

impl Density {
    /// A count is good for at least `fresh`.
    pub(super) fn new(fresh: Duration) -> Self {
        Self {
            last: Mutex::default(),
            fresh,
        }
    }

    /// Findable people of these organisations by cell of `resolution`; as of some seconds ago,
    /// older while Redis does not answer.
    pub(super) async fn read(
        &self,
        store: &Arc<Store>,
        cells: Resolution,
        orgs: &[OrgNo],
        resolution: Resolution,
    ) -> HashMap<CellIndex, u32> {
        let counts = self.counts(store, cells).await;
        let mut sums = HashMap::new();
        for org in orgs {
            for (cell, count) in counts.get(org).into_iter().flatten() {
                if let Some(above) = cell.parent(resolution) {
                    *sums.entry(above).or_default() += count;
                }
            }
        }
        sums
    }

    /// Counts anew when the last count is old; who comes meanwhile waits for it.
    async fn counts(&self, store: &Arc<Store>, cells: Resolution) -> Arc<Counts> {
        let mut last = self.last.lock().await;
        if let Some(counted) = &*last
            && counted.at.elapsed() < self.fresh.max(counted.took * REST)
        {
            return Arc::clone(&counted.counts);
        }
        let began = Instant::now();
        let counted = count(store, cells).await.map(Arc::new);
        let counts = match (counted, last.take()) {
            (Some(counts), _) => counts,
            (None, Some(before)) => before.counts,
            (None, None) => Arc::default(),
        };
        *last = Some(Counted {
            counts: Arc::clone(&counts),
            at: Instant::now(),
            took: began.elapsed(),
        });
        counts
    }
}

async fn count(store: &Arc<Store>, cells: Resolution) -> Option<Counts> {
    let mut counts = Counts::new();
    for region in walk::regions(store, cells).await? {
        for occupied in walk::occupied(store, region, cells).await? {
            for entry in occupied.entries {
                let Entry::Person(record) = entry else {
                    continue;
                };
                if let Some(fix) = record.fix {
                    let cells = counts.entry(record.profile.org).or_default();
                    *cells.entry(fix.point.cell(FINEST)).or_default() += 1;
                }
            }
        }
    }
    Some(counts)
}
