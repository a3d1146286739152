//! The index of many nodes, through the port that the server uses.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::domain::responder::Profile;
use muster_core::ports::{LedgerError, LiveIndex as _, Profiles};
use muster_live::redis::{RedisIndex, RedisSettings};
use tokio::sync::watch;

use super::in_process::{fix, near, profile, search};
use super::way::{Near, Set, Way};
use crate::seed::Now;
use crate::seed::scaled::{Nobody, well};
use muster_stand::failure::{Context as _, Failure, Outcome};

pub(super) const NAME: &str = "muster, over Redis";
/// People under way while all are put in.
const LOADING: usize = 1_024;

/// A ledger in which everybody is enrolled.
struct Everybody;

#[async_trait]
impl Profiles for Everybody {
    async fn profiles_of(&self, responders: Vec<ResponderNo>) -> Result<Vec<Profile>, LedgerError> {
        Ok(responders.into_iter().map(|who| profile(who.0)).collect())
    }
}

/// A node's index with everybody in it.
pub(super) struct OverRedis {
    index: Arc<RedisIndex>,
    server: u32,
    /// Dropping it ends the work in the background.
    _running: watch::Sender<bool>,
}

impl OverRedis {
    /// Puts all of them in; everything is known to the index and at rest then.
    pub(super) async fn load(url: &str, server: u32, set: &Set) -> Outcome<Self> {
        let (index, running) = open(url, "one")?;
        well(&index).await?;
        report_all(&index, &set.places).await?;
        well(&index).await?;
        Ok(Self {
            index,
            server,
            _running: running,
        })
    }
}

/// The index of a node of that name, at work until the sender is dropped.
pub(in crate::bench) fn open(
    url: &str,
    name: &str,
) -> Outcome<(Arc<RedisIndex>, watch::Sender<bool>)> {
    let settings = RedisSettings::at(vec![url.to_owned()], "bench".to_owned(), name.to_owned());
    let index = RedisIndex::open(
        settings,
        Arc::new(Nobody),
        Arc::new(Everybody),
        Arc::new(Now),
    );
    let index = index.doing("opening the index")?;
    let (running, shutdown) = watch::channel(false);
    drop(tokio::spawn(Arc::clone(&index).run(shutdown)));
    Ok((index, running))
}

/// Everybody, numbered from 1, reports where they are.
pub(in crate::bench) async fn report_all(index: &RedisIndex, places: &[Point]) -> Outcome<()> {
    let reported = stream::iter((1_u64..).zip(places))
        .map(|(no, place)| index.report(ResponderNo(no), fix(*place)))
        .buffer_unordered(LOADING);
    let refused = reported.filter(|taken| std::future::ready(!taken));
    match refused.count().await {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} positions were not taken"))),
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
        let nearest = self.index.nearest(&search).await;
        if nearest.degraded {
            return Err(Failure::new(
                "the index answered from last known positions; nothing is measured",
            ));
        }
        near(&nearest.found)
    }
}
