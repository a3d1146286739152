//! The index of many nodes, through the port that the server uses.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _};
use muster::ledger::SqliteLedger;
use muster::live::redis::{RedisIndex, RedisSettings};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::ports::LiveIndex as _;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::LIMIT;
use super::in_process::{fix, near, profile, search};
use super::way::{Near, Set, Way};
use crate::seed::Now;
use crate::seed::scaled::{Nobody, come_to_rest};
use muster_stand::failure::{Context as _, Failure, Outcome};

pub(super) const NAME: &str = "muster, over Redis";
/// People under way while all are put in.
const LOADING: usize = 1_024;
/// Every region is known by then, and then the work behind the answers is over by then.
const SETTLE: Duration = Duration::from_mins(1);

/// An index over one Redis. In its ledger is nobody: it is asked for strangers who report, and here
/// everybody was admitted before.
pub(in crate::bench) struct Node {
    pub(in crate::bench) index: Arc<RedisIndex>,
    /// Of the ledger, as long as the index lives.
    _folder: TempDir,
}

impl Node {
    /// One that only answers: it runs no work in the background.
    pub(in crate::bench) fn open(url: &str) -> Outcome<Self> {
        let folder = tempfile::tempdir().doing("making a folder for the ledger")?;
        let ledger = SqliteLedger::open(folder.path(), Arc::new(Now));
        let ledger = ledger.doing("opening the ledger")?;
        let settings = RedisSettings::at(vec![url.to_owned()]);
        let index = RedisIndex::open(settings, Arc::new(Nobody), ledger, Arc::new(Now));
        Ok(Self {
            index: index.doing("opening the index")?,
            _folder: folder,
        })
    }
}

/// A node's index with everybody in it.
pub(super) struct OverRedis {
    node: Node,
    server: u32,
    /// Dropping it ends the work in the background.
    _running: watch::Sender<bool>,
}

impl OverRedis {
    /// Puts all of them in; everything is known to the index and at rest then.
    pub(super) async fn load(url: &str, server: u32, set: &Set) -> Outcome<Self> {
        let node = Node::open(url)?;
        let (running, shutdown) = watch::channel(false);
        drop(tokio::spawn(Arc::clone(&node.index).run(shutdown)));
        let ours = Self {
            node,
            server,
            _running: running,
        };
        ours.place(&set.places).await?;
        ours.explore(set).await?;
        let rest = timeout(SETTLE, come_to_rest(url)).await;
        rest.doing("waiting for the index to come to rest")??;
        Ok(ours)
    }

    /// Everybody is admitted and reports where they are.
    async fn place(&self, places: &[Point]) -> Outcome<()> {
        let index = &self.node.index;
        let reported = stream::iter((1_u64..).zip(places))
            .map(async |(no, place)| {
                let admitted = index.admit(profile(no));
                let reported = index.report(ResponderNo(no), fix(*place));
                // together they are one change of the record
                let ((), taken) = tokio::join!(admitted, reported);
                taken
            })
            .buffer_unordered(LOADING);
        let refused = reported.filter(|taken| std::future::ready(!taken));
        match refused.count().await {
            0 => Ok(()),
            n => Err(Failure::new(format!("{n} positions were not taken"))),
        }
    }

    /// Until every place that is searched is known.
    async fn explore(&self, set: &Set) -> Outcome<()> {
        let until = Instant::now() + SETTLE;
        for from in &set.from {
            let search = search(*from, LIMIT, set.radius_m);
            while self.node.index.nearest(&search).await.degraded {
                if Instant::now() > until {
                    return Err(Failure::new("a region does not become known"));
                }
            }
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Way for OverRedis {
    fn name(&self) -> &'static str {
        NAME
    }

    fn server(&self) -> Option<u32> {
        Some(self.server)
    }

    fn tolerance_m(&self) -> f64 {
        // places are held in 1e-7 degrees
        0.05
    }

    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>> {
        let search = search(from, limit, radius_m);
        let nearest = self.node.index.nearest(&search).await;
        if nearest.degraded {
            return Err(Failure::new(
                "the index answered from last known positions; nothing is measured",
            ));
        }
        near(&nearest.found)
    }
}
