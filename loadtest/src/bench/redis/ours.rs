//! The index of many nodes, through the port that the server uses.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _};
use muster::live::redis::{RedisIndex, RedisSettings};
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Source};
use muster_core::domain::time::Timestamp;
use muster_core::ports::{Clock, LiveIndex as _};
use redis::aio::MultiplexedConnection;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::cases::Case;
use super::counters::Counters;
use super::ledger::ByRule;
use super::updates::{Mover, Step};
use super::way::{Near, Way};
use crate::bench::nearest::{profile, search};
use muster_stand::failure::{Context as _, Failure, Outcome};

/// When everybody was where they are.
const NOW: i64 = 1_900_000_000_000;
/// People under way while all are put in.
const LOADING: usize = 1_024;
/// Work behind the answers is over when nothing was asked of Redis for this long.
const QUIET: Duration = Duration::from_millis(300);
/// It takes no longer.
const SETTLE: Duration = Duration::from_mins(1);

/// The clock of the run stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(NOW)
    }
}

/// A node's index over one Redis.
pub(super) struct Ours {
    pub(super) index: Arc<RedisIndex>,
    server: u32,
    /// Dropping it ends the work in the background.
    _running: watch::Sender<bool>,
    /// Milliseconds since [`NOW`]: every report is newer than the one before.
    at: Cell<i64>,
}

impl Ours {
    /// A node, with its work in the background.
    pub(super) fn start(url: &str, server: u32, people: usize) -> Outcome<Self> {
        let ledger = Arc::new(ByRule(people as u64));
        let settings = RedisSettings::at(vec![url.to_owned()]);
        let index = RedisIndex::open(settings, Arc::clone(&ledger) as _, ledger, Arc::new(Still));
        let index = index.doing("opening the index")?;
        let (running, shutdown) = watch::channel(false);
        drop(tokio::spawn(Arc::clone(&index).run(shutdown)));
        Ok(Self {
            index,
            server,
            _running: running,
            at: Cell::new(1),
        })
    }

    /// Everybody is admitted and reports where they are.
    pub(super) async fn load(&self, places: &[Point]) -> Outcome<()> {
        let reported = stream::iter((1_u64..).zip(places))
            .map(async |(no, place)| {
                let admitted = self.index.admit(profile(no, OrgNo(1)));
                let ((), taken) = tokio::join!(admitted, self.report(no, *place));
                taken
            })
            .buffer_unordered(LOADING);
        let refused = reported.filter(|taken| std::future::ready(!taken));
        match refused.count().await {
            0 => Ok(()),
            n => Err(Failure::new(format!("{n} positions were not taken"))),
        }
    }

    async fn report(&self, no: u64, point: Point) -> bool {
        let at = self.at.get();
        self.at.set(at + 1);
        let fix = Fix {
            point,
            accuracy_m: 10.0,
            at: Timestamp(NOW + at),
            source: Source::Live,
        };
        self.index.report(ResponderNo(no), fix).await
    }

    /// Until every place that is searched is known, and nothing happens behind the answers.
    pub(super) async fn settle(
        &self,
        case: &Case,
        redis: &mut MultiplexedConnection,
    ) -> Outcome<()> {
        let until = Instant::now() + SETTLE;
        let most = case.limits.iter().copied().max().unwrap_or_default();
        for from in &case.from {
            let search = search(*from, most, case.radius_m);
            while self.index.nearest(&search).await.degraded {
                if Instant::now() > until {
                    return Err(Failure::new("a region does not become known"));
                }
            }
        }
        loop {
            let before = Counters::now(redis).await?;
            sleep(QUIET).await;
            let asked = Counters::now(redis).await?.since(before).commands;
            if asked < 1.0 {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(Failure::new("the index does not come to rest"));
            }
        }
    }
}

#[async_trait(?Send)]
impl Way for Ours {
    fn name(&self) -> &'static str {
        "muster"
    }

    fn server(&self) -> u32 {
        self.server
    }

    fn tolerance_m(&self) -> f64 {
        // places are held in 1e-7 degrees
        0.05
    }

    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>> {
        let nearest = self.index.nearest(&search(from, limit, radius_m)).await;
        if nearest.degraded {
            return Err(Failure::new(
                "the index answered from last known positions; nothing is measured",
            ));
        }
        let found = nearest.found.iter().map(|found| {
            let no = u32::try_from(found.profile.responder.0.saturating_sub(1));
            Ok((no.doing("a number of somebody")?, found.distance_m))
        });
        found.collect()
    }
}

#[async_trait(?Send)]
impl Mover for Ours {
    async fn shift(&self, steps: &[Step]) -> Outcome<()> {
        for (who, to) in steps {
            if !self.report(u64::from(*who) + 1, *to).await {
                return Err(Failure::new("a newer position was not taken"));
            }
        }
        Ok(())
    }

    fn servers(&self) -> Vec<u32> {
        vec![self.server]
    }
}
