//! Several equal nodes: PostgreSQL for what is true, Redis for what is live.
//!
//! Invariant: a node holds nothing that another one could not take over.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use muster_core::dispatch::Dispatch;
use muster_core::domain::time::Millis;
use muster_core::ports::{Bus, Clock, Feed as _, Ledger, LiveIndex, PhoneLedger};
use muster_ledger::{Depths, PostgresLedger, PostgresSettings};
use muster_live::redis::{RedisIndex, RedisSettings};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tracing::{info, warn};

use super::error::{AppError, adapter};
use super::services::{Services, World, idle_loops, senders, travel};
use crate::auth::Issuer;
use crate::bus::local::LocalBus;
use crate::bus::redis::RedisBus;
use crate::config::Config;
use crate::obs::{DatabaseClock, TimeOrderedIds};
use crate::ops::health::{Dependency, Health};
use crate::worker::NodeLoops;

/// A node shows this often that it lives, and looks at what others may have left. It is dead
/// after four beats without one.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A clock that moves by more than this is worth a line in the log.
const STEP_WORTH_A_LINE_MS: i64 = 1_000;
/// The index learns every profile anew this often: a change whose hint was lost waits no longer.
const RELOAD_EVERY: Duration = Duration::from_hours(1);

/// Where PostgreSQL is.
pub(super) fn postgres(config: &Config, url: &str) -> PostgresSettings {
    PostgresSettings {
        url: url.to_owned(),
        ca_file: config.tls_ca_file.clone(),
    }
}

struct Scaled {
    ledger: Arc<PostgresLedger>,
    index: Arc<RedisIndex>,
    bus: Arc<RedisBus>,
    watched: Arc<LocalBus>,
    clock: Arc<DatabaseClock>,
    loops: Arc<NodeLoops>,
    dispatch: Dispatch,
}

/// Opens every adapter; nothing runs yet. Redis may be away, PostgreSQL may not.
pub(super) async fn open(
    config: &Config,
    redis_urls: &[String],
    postgres_url: &str,
) -> Result<Services, AppError> {
    let database_clock = Arc::new(DatabaseClock::new());
    let clock = Arc::clone(&database_clock) as Arc<dyn Clock>;
    let settings = postgres(config, postgres_url);
    let ledger = PostgresLedger::open(settings, Arc::clone(&clock))
        .await
        .map_err(adapter)?;
    ledger
        .mark_simulated(config.simulated)
        .await
        .map_err(|error| AppError::Simulated(error.to_string()))?;
    let issuer = Issuer::open(&config.data_dir).map_err(adapter)?;
    ledger.mark_issuer(issuer.key_id()).await.map_err(adapter)?;
    // a copy of the ledger that woke elsewhere is another installation, and has another epoch
    let owner = ledger.epoch();
    let me = ledger.node().to_string();
    let index = RedisIndex::open(
        RedisSettings {
            fix_age_max: Millis::from_s(i64::from(config.retention.fix_s)),
            ..RedisSettings::at(redis_urls.to_vec(), owner, me.clone())
        },
        Arc::clone(&ledger) as _,
        Arc::clone(&ledger) as _,
        Arc::clone(&clock),
    )
    .map_err(adapter)?;
    let watched = Arc::new(LocalBus::new());
    let bus = RedisBus::open(redis_urls, Arc::clone(&watched), me).map_err(adapter)?;
    let bus = Arc::new(bus);
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
    let trackers = Arc::clone(&ledger) as _;
    let records = Arc::clone(&ledger) as _;
    let phone_ledger: Arc<dyn PhoneLedger> = Arc::clone(&ledger) as _;
    let senders = senders(config, &*phone_ledger, &clock).await?;
    let scaled = Arc::new(Scaled {
        ledger,
        index,
        bus,
        watched: Arc::clone(&watched),
        clock: database_clock,
        loops: Arc::clone(&loops),
        dispatch: dispatch.clone(),
    });
    // no decision of this node is ever dated by its own clock
    scaled.beat(&mut 0).await.map_err(adapter)?;
    info!(simulated = config.simulated, "joined");
    Ok(Services {
        world: scaled,
        dispatch,
        trackers,
        records,
        senders,
        loops,
        bus: watched,
        phone_ledger,
    })
}

impl Scaled {
    /// Shows that this node lives, sets its clock, and looks at what other nodes left.
    async fn beat(&self, newest: &mut u64) -> Result<(), muster_core::ports::LedgerError> {
        let beat = self.ledger.beat().await?;
        let step_ms = self.clock.measured(beat.database_now, beat.asked_for);
        if step_ms.abs() > STEP_WORTH_A_LINE_MS {
            warn!(step_ms, "this node's clock was set by the database");
        }
        if beat.adopted > 0 {
            warn!(rows = beat.adopted, "a node is dead; its pushes are due");
        }
        if beat.newest != *newest {
            // a lost hint costs a second and no more
            *newest = beat.newest;
            self.watched.changed();
        }
        let now = self.clock.now();
        self.loops.timers.wake_by(now);
        self.loops.pushes.look_by(now);
        Ok(())
    }

    async fn keep_beating(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut beats = tokio::time::interval(BEAT_EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut newest = 0;
        let mut missed: u32 = 0;
        loop {
            tokio::select! {
                _ = beats.tick() => {}
                _ = stop.wait_for(|down| *down) => return,
            }
            match self.beat(&mut newest).await {
                Ok(()) if missed > 0 => {
                    info!(missed, "PostgreSQL answers again");
                    missed = 0;
                }
                Ok(()) => {}
                Err(error) => {
                    if missed == 0 {
                        warn!(%error, "PostgreSQL does not answer; nothing can be promised");
                    }
                    missed = missed.saturating_add(1);
                }
            }
        }
    }

    /// Tells the index of everybody, at the start and now and then.
    async fn keep_index_complete(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut rounds = tokio::time::interval(RELOAD_EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = rounds.tick() => {}
                _ = stop.wait_for(|down| *down) => return,
            }
            tokio::select! {
                loaded = self.dispatch.load_index() => match loaded {
                    Ok(enrolled) => info!(enrolled, "the live index knows every profile"),
                    Err(error) => warn!(%error, "the live index could not be brought up to date"),
                },
                _ = stop.wait_for(|down| *down) => return,
            }
        }
    }
}

#[async_trait]
impl Health for Scaled {
    async fn dependencies(&self) -> Vec<Dependency> {
        let ledger = self.ledger.check().await;
        let index = self.index.health();
        let bus = self.bus.is_connected();
        vec![
            Dependency {
                name: "ledger".to_owned(),
                ok: ledger.is_ok(),
                needed: true,
                detail: ledger
                    .err()
                    .map(|_private| "PostgreSQL cannot be written".to_owned()),
            },
            Dependency {
                name: "index".to_owned(),
                ok: index.is_ok(),
                // a node that is about to know everybody is not asked before it does
                needed: self.index.is_loading(),
                detail: index.err(),
            },
            Dependency {
                name: "bus".to_owned(),
                ok: bus,
                needed: false,
                detail: (!bus).then(|| "no hints; the feed looks each second".to_owned()),
            },
        ]
    }

    fn queue_depths(&self) -> Depths {
        self.ledger.queue_depths()
    }
}

#[async_trait]
impl World for Scaled {
    fn start_loops(
        self: Arc<Self>,
        _config: &Config,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        vec![
            tokio::spawn(Arc::clone(&self.index).run(stop.clone())),
            tokio::spawn(Arc::clone(&self.bus).run(stop.clone())),
            tokio::spawn(Arc::clone(&self).keep_index_complete(stop.clone())),
            tokio::spawn(self.keep_beating(stop.clone())),
        ]
    }

    async fn close(&self) {
        self.ledger.close().await;
    }
}
