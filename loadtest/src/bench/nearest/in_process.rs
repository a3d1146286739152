//! The index of one process, through the port that the server uses; and whom all searches of the
//! bench are among.

use async_trait::async_trait;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Profile, Skills, Source, Travel};
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Clock as _, Found, LiveIndex, Search};
use muster_live::memory::MemoryIndex;

use super::way::{Near, Way};
use crate::seed::Now;
use muster_stand::failure::{Context as _, Outcome};

pub(super) const NAME: &str = "muster, in process";

/// Somebody who may be found.
pub(super) fn profile(no: u64) -> Profile {
    Profile {
        responder: ResponderNo(no),
        org: OrgNo(1),
        skills: Skills(1),
        travel: Travel::Foot,
        exercises: false,
        available: true,
        version: 1,
    }
}

/// Where somebody is.
pub(in crate::bench) fn fix(point: Point) -> Fix {
    Fix {
        point,
        accuracy_m: 10.0,
        at: Now.now(),
        source: Source::Live,
    }
}

/// Who is asked for by a search from there.
pub(in crate::bench) fn search(centre: Point, limit: usize, radius_m: f64) -> Search {
    Search {
        centre,
        orgs: vec![OrgNo(1)],
        radius_m,
        limit,
        // no position is old then, and the best are the nearest, as the peers find them
        weighing: Weighing {
            now: Timestamp(0),
            stale: Millis(0),
        },
        skills: Skills(0),
        not_before: Timestamp(0),
        places: None,
        exercise: false,
    }
}

/// An index with these people, numbered from 1.
pub(in crate::bench) async fn index_of(places: &[Point]) -> MemoryIndex {
    let index = MemoryIndex::volatile();
    for (no, place) in (1_u64..).zip(places) {
        index.admit(profile(no)).await;
        index.report(ResponderNo(no), fix(*place)).await;
    }
    index
}

/// Whom an index found, by their numbers in the list of places.
pub(super) fn near(found: &[Found]) -> Outcome<Vec<Near>> {
    let near = found.iter().map(|found| {
        let no = u32::try_from(found.profile.responder.0.saturating_sub(1));
        Ok((no.doing("a number of somebody")?, found.distance_m))
    });
    near.collect()
}

/// The index of one process.
pub(super) struct InProcess(MemoryIndex);

impl InProcess {
    pub(super) async fn of(places: &[Point]) -> Self {
        Self(index_of(places).await)
    }

    /// Bytes of heap, everything included.
    pub(super) fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }
}

#[async_trait(?Send)]
impl Way for InProcess {
    fn name(&self) -> &'static str {
        NAME
    }

    fn tolerance_m(&self) -> f64 {
        // places are held in 1e-7 degrees
        0.05
    }

    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>> {
        let port: &dyn LiveIndex = &self.0;
        near(&port.nearest(&search(from, limit, radius_m)).await.found)
    }
}
