//! One machine, nothing but the binary: SQLite, an index in memory, a bus within the process.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use muster_core::dispatch::Dispatch;
use muster_core::domain::time::Millis;
use muster_core::ports::{Bus, Clock, Ledger, LiveIndex, PhoneLedger, PlaceTimes as _};
use muster_ledger::{Depths, SqliteLedger};
use muster_live::memory::MemoryIndex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::error::{AppError, adapter, io};
use super::services::{Services, World, idle_loops, senders, travel};
use crate::bus::local::LocalBus;
use crate::config::Config;
use crate::obs::{SystemClock, TimeOrderedIds};
use crate::ops::health::{Dependency, Health};
use crate::worker::{Positions, keep_positions};

/// Says in the data directory that its data are simulated; a real server never uses them.
const SIMULATED_MARK: &str = "simulated";

struct Embedded {
    ledger: Arc<SqliteLedger>,
    index: Arc<MemoryIndex>,
    clock: Arc<dyn Clock>,
}

/// Opens every adapter and loads the index; nothing runs yet.
pub(super) async fn open(config: &Config, dir: &Path) -> Result<Services, AppError> {
    mark_simulated(dir, config.simulated)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ledger = SqliteLedger::open(dir, Arc::clone(&clock)).map_err(adapter)?;
    let slots = dir.join("positions.slots");
    let index = Arc::new(MemoryIndex::open(Some(slots)).map_err(io("slot file"))?);
    let bus = Arc::new(LocalBus::new());
    let loops = idle_loops();
    let dispatch = Dispatch {
        ledger: Arc::clone(&ledger) as Arc<dyn Ledger>,
        roster: Arc::clone(&ledger) as _,
        agenda: Arc::clone(&ledger) as _,
        feed: Arc::clone(&ledger) as _,
        index: Arc::clone(&index) as Arc<dyn LiveIndex>,
        travel: travel(config),
        bus: Arc::clone(&bus) as Arc<dyn Bus>,
        loops: Arc::clone(&loops) as _,
        clock: Arc::clone(&clock),
        ids: Arc::new(TimeOrderedIds),
        plans: Arc::new(config.plans.clone()),
        tracks: Arc::default(),
    };
    let enrolled = dispatch.load_index().await.map_err(adapter)?;
    let positions = index.positions();
    info!(enrolled, positions, simulated = config.simulated, "loaded");
    // a server that was killed has not kept what the index was told in its last second, and would
    // tell it again in a quarter of an hour only; a full disk is no reason not to start
    if let Err(error) = ledger.look_again().await {
        warn!(%error, "places with hours are looked at again when they are due");
    }
    let phone_ledger: Arc<dyn PhoneLedger> = Arc::clone(&ledger) as _;
    Ok(Services {
        trackers: Arc::clone(&ledger) as _,
        records: Arc::clone(&ledger) as _,
        senders: senders(config, &*phone_ledger, &clock).await?,
        world: Arc::new(Embedded {
            ledger,
            index,
            clock,
        }),
        dispatch,
        loops,
        bus,
        phone_ledger,
    })
}

#[async_trait]
impl Health for Embedded {
    async fn dependencies(&self) -> Vec<Dependency> {
        let ledger = self.ledger.check().await;
        vec![
            Dependency {
                name: "ledger".to_owned(),
                ok: ledger.is_ok(),
                needed: true,
                detail: ledger.err().map(|_private| "cannot be written".to_owned()),
            },
            Dependency {
                name: "index".to_owned(),
                ok: true,
                needed: true,
                detail: Some(format!("{} findable", self.index.len())),
            },
        ]
    }

    fn queue_depths(&self) -> Depths {
        self.ledger.queue_depths()
    }
}

#[async_trait]
impl World for Embedded {
    fn start_loops(
        self: Arc<Self>,
        config: &Config,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let flushed = Arc::clone(&self.index);
        let aged = Arc::clone(&self.index);
        let positions = Positions {
            flush: Arc::new(move || flushed.flush()),
            drop_older: Arc::new(move |t| aged.drop_older_than(t)),
            age_max: Millis::from_s(i64::from(config.retention.fix_s)),
        };
        let kept = keep_positions(positions, Arc::clone(&self.clock), stop.clone());
        vec![tokio::spawn(kept)]
    }

    async fn close(&self) {
        self.ledger.close().await;
    }
}

/// A data directory is simulated or real for ever, so that no test ever wakes somebody real.
fn mark_simulated(dir: &Path, simulated: bool) -> Result<(), AppError> {
    let mark = dir.join(SIMULATED_MARK);
    let used = dir.join("muster.db").exists();
    let shown = dir.display();
    match (mark.exists(), simulated) {
        (true, false) => Err(AppError::Simulated(format!(
            "{shown} holds simulated data: set MUSTER__SIMULATED=true or use another directory"
        ))),
        (false, true) if used => Err(AppError::Simulated(format!(
            "{shown} holds real data: a simulated server must use another directory"
        ))),
        (false, true) => fs::write(&mark, "").map_err(io(mark.display())),
        (true, true) | (false, false) => Ok(()),
    }
}
