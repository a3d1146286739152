//! How many may be found in each cell, counted from the cells now and then.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use h3o::{CellIndex, Resolution};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::OrgNo;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::ground::REGION;
use super::record::Entry;
use super::store::Store;
use super::walk;

/// The finest resolution that can be asked for.
const FINEST: Resolution = Resolution::Nine;

/// Counted again no sooner than so many times as long as it took: a large country is counted less
/// often, so that the map never takes more than a twentieth of anything.
const REST: u32 = 20;

type Counts = HashMap<OrgNo, HashMap<CellIndex, u32>>;

/// The last counts, region by region: a desk that looks at one town has one town counted.
pub(super) struct Density {
    last: Mutex<Counted>,
    fresh: Duration,
}

#[derive(Default)]
struct Counted {
    /// Regions that had somebody in them when Redis was last asked, and when that was.
    listed: Option<Timed<BTreeSet<CellIndex>>>,
    regions: HashMap<CellIndex, Timed<Arc<Counts>>>,
}

/// Something with the instant and the time it took to read.
struct Timed<T> {
    what: T,
    at: Instant,
    took: Duration,
}

/// What is asked for.
pub(super) struct Asked<'a> {
    /// In ascending order, each once.
    pub(super) orgs: &'a [OrgNo],
    /// Of the cells of the answer.
    pub(super) resolution: Resolution,
    /// The centre of each cell lies in one of them.
    pub(super) within: &'a [Bounds],
}

impl Density {
    /// A count is good for at least `fresh`.
    pub(super) fn new(fresh: Duration) -> Self {
        Self {
            last: Mutex::default(),
            fresh,
        }
    }

    /// Findable people by cell; as of some seconds ago, older while Redis does not answer.
    pub(super) async fn read(
        &self,
        store: &Arc<Store>,
        cells: Resolution,
        asked: &Asked<'_>,
    ) -> HashMap<CellIndex, u32> {
        let mut sums = HashMap::new();
        for counts in self.counts(store, cells, asked).await {
            for org in asked.orgs {
                for (cell, count) in counts.get(org).into_iter().flatten() {
                    if let Some(above) = cell.parent(asked.resolution) {
                        *sums.entry(above).or_default() += count;
                    }
                }
            }
        }
        sums.retain(|cell, _| asked.within.iter().any(|bounds| bounds.has_centre(*cell)));
        sums
    }

    /// The counts of every region that may hold something asked for. Counts those anew whose
    /// count is old; who comes meanwhile waits for it.
    async fn counts(
        &self,
        store: &Arc<Store>,
        cells: Resolution,
        asked: &Asked<'_>,
    ) -> Vec<Arc<Counts>> {
        let mut last = self.last.lock().await;
        last.list(store, cells, self.fresh).await;
        // people stand in a region by its cells, which stick out of coarser cells and of regions
        let coarsest = asked.resolution.min(REGION);
        let reach = asked.within.iter().map(|bounds| bounds.touched(coarsest));
        let reach: Vec<Bounds> = reach.map(|bounds| bounds.touched(REGION)).collect();
        let listed = last.listed.iter().flat_map(|listed| &listed.what);
        let near: Vec<CellIndex> = listed
            .filter(|region| reach.iter().any(|bounds| bounds.has_centre(**region)))
            .copied()
            .collect();
        let all = near.iter().filter_map(|region| last.regions.get(region));
        let rest = self
            .fresh
            .max(all.map(|counted| counted.took).sum::<Duration>() * REST);
        for region in &near {
            let counted = last.regions.get(region);
            if counted.is_some_and(|counted| counted.at.elapsed() < rest) {
                continue;
            }
            let began = Instant::now();
            let Some(what) = count(store, *region, cells).await else {
                // what was counted before is better than nothing
                break;
            };
            let counted = Timed {
                what: Arc::new(what),
                at: Instant::now(),
                took: began.elapsed(),
            };
            last.regions.insert(*region, counted);
        }
        let counted = near.iter().filter_map(|region| last.regions.get(region));
        counted.map(|counted| Arc::clone(&counted.what)).collect()
    }
}

impl Counted {
    /// Looks which regions there are, when that was long ago.
    async fn list(&mut self, store: &Arc<Store>, cells: Resolution, fresh: Duration) {
        if let Some(listed) = &self.listed
            && listed.at.elapsed() < fresh.max(listed.took * REST)
        {
            return;
        }
        let began = Instant::now();
        if let Some(what) = walk::regions(store, cells).await {
            self.regions.retain(|region, _| what.contains(region));
            self.listed = Some(Timed {
                what,
                at: Instant::now(),
                took: began.elapsed(),
            });
        }
    }
}

async fn count(store: &Arc<Store>, region: CellIndex, cells: Resolution) -> Option<Counts> {
    let mut counts = Counts::new();
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
    Some(counts)
}
