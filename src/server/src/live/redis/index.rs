//! The live index of many nodes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use h3o::{CellIndex, Resolution};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::responder::{Fix, Profile};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, Found, LastKnown, LiveIndex, Nearest, Roster, Search};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::change::{Change, Outcome};
use super::crowd::{self, Crowds};
use super::density::{Asked, Density};
use super::flush::{Flusher, read_record, record};
use super::found::At;
use super::ground::Spot;
use super::guess::Guesses;
use super::heal::heal;
use super::keeper::Keeper;
use super::keys::{Tag, UPKEEP};
use super::record::{Record, on_grid};
use super::search::{self, Walked};
use super::settings::{Misconfigured, RedisSettings};
use super::stand_in::{Silent, StandIn};
use super::stats::{Cost, Stats};
use super::store::{Ask, Lane, Store, Value, cmd};
use super::sweep::Sweeper;
use super::writer::Writer;
use crate::obs::Stage;

/// Work found on the way that can wait; what does not fit is found again.
const CHORES_MAX: usize = 4096;

/// Sightings reach the ledger, and changes that failed are tried again, this often.
const TICK: Duration = Duration::from_secs(1);

/// One of all nodes does the upkeep this often.
const UPKEEP_EVERY: Duration = Duration::from_mins(10);

/// No ledger gives numbers from here on: they are packed into six bytes.
const NUMBERS: u64 = 1 << 48;

/// What was found on the way and can wait.
pub(super) enum Chore {
    /// Somebody was met twice: take away what is not theirs.
    Heal(Vec<(At, At)>),
    /// Bring regions into the index; with everybody last seen in them, if that was read.
    Load(Vec<CellIndex>, Option<Vec<Record>>),
    /// Split a crowded cell.
    Split(Spot),
}

/// Live positions in Redis, Redis Cluster or Valkey (7.0 and later), for any number of nodes.
///
/// Positions are held to 1e-7 degrees (about a centimetre), so that is how they come back. A
/// search sees at most 600 km around.
///
/// While Redis does not answer, [`LiveIndex::nearest`] answers from last known cells, fixes are
/// lost until the phone reports again, and changes of profiles are made up for later.
pub struct RedisIndex {
    store: Arc<Store>,
    writer: Writer,
    guesses: Guesses,
    keeper: Keeper,
    crowds: Arc<Crowds>,
    density: Density,
    stats: Arc<Stats>,
    clock: Arc<dyn Clock>,
    settings: RedisSettings,
    resolution: Resolution,
    chores: mpsc::Sender<Chore>,
    to_do: Mutex<Option<mpsc::Receiver<Chore>>>,
}

impl RedisIndex {
    /// An index that connects when it is first used; Redis may be away. To be called inside a
    /// tokio runtime.
    ///
    /// # Errors
    /// When the settings cannot be used.
    pub fn open(
        settings: RedisSettings,
        last_known: Arc<dyn LastKnown>,
        roster: Arc<dyn Roster>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, Misconfigured> {
        let resolution = settings.cells()?;
        let store = Store::new(&settings)?;
        let stats = Arc::new(Stats::default());
        let (chores, to_do) = mpsc::channel(CHORES_MAX);
        let crowds = Arc::new(Crowds::new(settings.crowd, chores.clone()));
        let writer = Writer::start(Flusher {
            store: Arc::clone(&store),
            roster,
            stats: Arc::clone(&stats),
            crowds: Arc::clone(&crowds),
            resolution,
        });
        let guesses = Guesses {
            last_known: Arc::clone(&last_known),
            clock: Arc::clone(&clock),
            store: Arc::clone(&store),
            writer: writer.clone(),
            resolution,
            loading: Mutex::new(HashSet::new()),
        };
        Ok(Arc::new(Self {
            store,
            writer,
            guesses,
            keeper: Keeper::new(last_known),
            crowds,
            density: Density::new(settings.map_fresh),
            stats,
            clock,
            settings,
            resolution,
            chores,
            to_do: Mutex::new(Some(to_do)),
        }))
    }

    /// Does the work in the background until shutdown: loads unknown regions, heals duplicates,
    /// splits crowds, writes last known cells down, forgets old positions. To be run once.
    pub async fn run(self: Arc<Self>, shutdown: watch::Receiver<bool>) {
        tokio::join!(
            self.do_chores(shutdown.clone()),
            self.keep(shutdown.clone()),
            self.sweep(shutdown),
        );
        self.keeper.write().await;
    }

    /// Whether Redis answers, as far as anybody asked lately.
    ///
    /// # Errors
    /// In one line, what is wrong.
    pub fn health(&self) -> Result<(), String> {
        self.store.health()
    }

    /// What searches and changes have cost on this node.
    pub fn cost(&self) -> Cost {
        self.stats.cost()
    }

    /// Forgets every position whose fix was taken before `t` and takes away entries that belong to
    /// no record; returns how many positions are gone. Reads everything once: for a slow clock.
    pub async fn drop_older_than(&self, t: Timestamp) -> usize {
        let sweeper = Sweeper {
            store: &self.store,
            writer: &self.writer,
            resolution: self.resolution,
            small: self.crowds.small(),
            now: self.clock.now(),
        };
        let forgotten = sweeper.forget(t).await;
        let orphans = sweeper.tidy().await;
        metrics::counter!("muster_live_orphans_total").increment(orphans as u64);
        forgotten
    }

    /// Later, in the background; what does not fit into the queue is found again. False when it
    /// does not fit.
    fn later(&self, chore: Chore) -> bool {
        let fits = self.chores.try_send(chore).is_ok();
        if !fits {
            metrics::counter!("muster_live_chores_dropped_total").increment(1);
        }
        fits
    }

    async fn do_chores(&self, mut shutdown: watch::Receiver<bool>) {
        let Some(mut to_do) = self.to_do.lock().take() else {
            return;
        };
        loop {
            let chore = tokio::select! {
                chore = to_do.recv() => chore,
                _ = shutdown.wait_for(|down| *down) => return,
            };
            match chore {
                Some(Chore::Heal(twice)) => heal(&self.store, twice, self.resolution).await,
                Some(Chore::Load(regions, people)) => self.guesses.load(regions, people).await,
                Some(Chore::Split(spot)) => {
                    crowd::split(&self.store, spot, self.resolution).await;
                }
                None => return,
            }
        }
    }

    async fn keep(&self, mut shutdown: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = shutdown.wait_for(|down| *down) => return,
            }
            self.keeper.write().await;
            if self.health().is_ok() {
                self.writer.retry();
            }
        }
    }

    async fn sweep(&self, mut shutdown: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval_at(Instant::now() + UPKEEP_EVERY, UPKEEP_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = shutdown.wait_for(|down| *down) => return,
            }
            if self.is_my_turn().await {
                let oldest = self.clock.now() - self.settings.fix_age_max;
                let forgotten = self.drop_older_than(oldest).await;
                tracing::info!(forgotten, "upkeep of the live index");
            }
        }
    }

    /// One node does the upkeep for all; should it die, another does so the next time.
    async fn is_my_turn(&self) -> bool {
        let mut lock = cmd("SET");
        lock.arg(UPKEEP)
            .arg(1)
            .arg("NX")
            .arg("PX")
            .arg(UPKEEP_EVERY.as_secs() * 900);
        let answer = self
            .store
            .one(Lane::Work, Ask::new(Tag::Upkeep, lock))
            .await;
        matches!(answer, Some(Value::Okay))
    }

    /// Whom a search found, with last known positions where the index does not know. Returns as
    /// well whose those are, and whether somebody may be missing even so.
    async fn fill(
        &self,
        search: &Search,
        walked: &Walked,
    ) -> (Vec<Found>, HashSet<ResponderNo>, bool) {
        let mut regions = walked.unknown.clone();
        regions.extend(&walked.unread);
        regions.sort_unstable();
        regions.dedup();
        let mut stand_in = StandIn::of(search, &walked.people);
        let mut missing = !walked.unread.is_empty();
        if !regions.is_empty() {
            match stand_in.read(&self.guesses, &regions).await {
                Ok(everybody) => self.load_later(&walked.unknown, everybody),
                Err(Silent) => missing = true,
            }
        }
        let (found, guessed) = stand_in.answer();
        (found, guessed, missing)
    }

    /// Has those of the regions loaded that nobody loads yet, from what was read of them if that
    /// was all.
    fn load_later(&self, regions: &[CellIndex], everybody: Option<Vec<Record>>) {
        let claimed = self.guesses.claim(regions);
        if !claimed.is_empty() && !self.later(Chore::Load(claimed.clone(), everybody)) {
            self.guesses.leave(&claimed);
        }
    }
}

/// The number, if a ledger can have given it.
fn number(responder: ResponderNo) -> Option<u64> {
    Some(responder.0).filter(|&number| number < NUMBERS)
}

#[async_trait]
impl LiveIndex for RedisIndex {
    async fn admit(&self, profile: Profile) {
        let Some(number) = number(profile.responder) else {
            tracing::error!(
                responder = profile.responder.0,
                "number beyond any ledger's, refused"
            );
            return;
        };
        self.writer.change(number, Change::Admit(profile)).await;
    }

    async fn report(&self, responder: ResponderNo, fix: Fix) -> bool {
        let Some(number) = number(responder) else {
            return false;
        };
        let fix = on_grid(fix);
        self.keeper.note(responder, &fix);
        self.writer.change(number, Change::Report(fix)).await == Outcome::Done
    }

    async fn leave_place(&self, responder: ResponderNo, at: Timestamp) {
        if let Some(number) = number(responder) {
            self.keeper.leave_place(responder);
            self.writer.change(number, Change::Leave(at)).await;
        }
    }

    async fn nearest(&self, search: &Search) -> Nearest {
        // A distance that is not a number holds nobody.
        if search.limit == 0 || search.radius_m.is_nan() || search.radius_m < 0.0 {
            return Nearest::default();
        }
        let began = Instant::now();
        let until = began + self.settings.timeout;
        let mut walked = search::walk(&self.store, search, self.resolution, until).await;
        if walked.gave_up {
            walked.unread = search::regions(search);
        }
        let (mut found, guessed, missing) = self.fill(search, &walked).await;
        search.best(&mut found);
        let guessed = found
            .iter()
            .any(|found| guessed.contains(&found.profile.responder));
        let twice = walked.people.twice();
        walked.cost.duplicates = twice.len() as u64;
        if !twice.is_empty() {
            self.later(Chore::Heal(twice));
        }
        let degraded = missing || guessed;
        self.stats.searched(walked.cost, degraded);
        Stage::Search.took(began.elapsed());
        Nearest { found, degraded }
    }

    async fn fixes(&self, responders: &[ResponderNo]) -> Vec<(ResponderNo, Fix)> {
        let asked: Vec<ResponderNo> = responders
            .iter()
            .copied()
            .filter(|responder| number(*responder).is_some())
            .collect();
        let asks = asked.iter().map(|responder| read_record(responder.0));
        let answers = self.store.ask(Lane::Search, asks.collect()).await;
        let fix = |(responder, answer): (ResponderNo, Option<Value>)| {
            Some((responder, record(&answer?)?.fix?))
        };
        asked.into_iter().zip(answers).filter_map(fix).collect()
    }

    async fn forget(&self, responder: ResponderNo) {
        if let Some(number) = number(responder) {
            self.keeper.forget(responder);
            self.writer.change(number, Change::Forget).await;
        }
    }

    async fn density(&self, orgs: &[OrgNo], resolution: u8, within: &[Bounds]) -> Vec<(u64, u32)> {
        let Ok(resolution) = Resolution::try_from(resolution) else {
            return Vec::new();
        };
        let mut orgs = orgs.to_vec();
        orgs.sort_unstable();
        orgs.dedup();
        let asked = Asked {
            orgs: &orgs,
            resolution,
            within,
        };
        let counts = self
            .density
            .read(&self.store, self.resolution, &asked)
            .await;
        counts
            .into_iter()
            .map(|(cell, count)| (cell.into(), count))
            .collect()
    }
}
