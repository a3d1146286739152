//! People for the index, and the ledger as far as the index sees it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use h3o::CellIndex;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Profile, Skill, Skills, Source, Travel};
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Clock, LastKnown, LedgerError, Profiles, Search, Seen};

/// Now, in every test; fixes are taken around it.
pub(crate) const NOW: i64 = 1_800_000_000_000;

/// A profile that may be found.
pub(crate) fn profile(number: u64, version: u64) -> Profile {
    Profile {
        responder: ResponderNo(number),
        org: OrgNo(1),
        skills: Skills::from_iter([Skill::Bls]),
        travel: Travel::Bike,
        exercises: true,
        available: true,
        version,
    }
}

pub(crate) fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

/// So many milliseconds after [`NOW`].
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp(NOW + ms)
}

pub(crate) fn fix(lat: f64, lon: f64, ms: i64) -> Fix {
    Fix {
        point: point(lat, lon),
        accuracy_m: 10.5,
        at: at(ms),
        source: Source::Live,
    }
}

/// The same by somebody's hours, seen to run then.
pub(crate) fn by_hours(lat: f64, lon: f64, ms: i64) -> Fix {
    Fix {
        source: Source::Place,
        ..fix(lat, lon, ms)
    }
}

/// Minutes ago counts as seen lately, half an hour ago as stale.
pub(crate) const BY: Weighing = Weighing {
    now: Timestamp(NOW),
    stale: Millis::from_s(1_200),
};

/// The fifty best placed within 5 km.
pub(crate) fn around(lat: f64, lon: f64) -> Search {
    Search {
        centre: point(lat, lon),
        orgs: vec![OrgNo(1)],
        radius_m: 5_000.0,
        limit: 50,
        weighing: BY,
        skills: Skills::default(),
        not_before: Timestamp(0),
        places: Some(Timestamp(0)),
        exercise: false,
    }
}

/// The ledger as the index sees it: who there is, where they were last known, what time it is.
#[derive(Default)]
pub(crate) struct People {
    enrolled: Mutex<BTreeMap<u64, Profile>>,
    seen: Mutex<HashMap<u64, Seen>>,
    asked: AtomicUsize,
    told: AtomicUsize,
    away: AtomicBool,
}

impl People {
    /// The ledger knows them from now on.
    pub(crate) fn enrol(&self, profile: Profile) {
        self.lock().insert(profile.responder.0, profile);
    }

    /// And not any more.
    pub(crate) fn strike(&self, number: u64) {
        self.lock().remove(&number);
        self.seen.lock().unwrap().remove(&number);
    }

    /// Where they were last known.
    pub(crate) fn seen(&self, number: u64) -> Option<Seen> {
        self.seen.lock().unwrap().get(&number).copied()
    }

    /// How often last known cells were read.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }

    /// How many last known cells were read.
    pub(crate) fn told(&self) -> usize {
        self.told.load(SeqCst)
    }

    /// Makes the ledger answer or not.
    pub(crate) fn answers(&self, answers: bool) {
        self.away.store(!answers, SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Profile>> {
        self.enrolled.lock().unwrap()
    }

    fn there(&self) -> Result<(), LedgerError> {
        if self.away.load(SeqCst) {
            return Err(LedgerError::Unavailable("as the test wants it".to_owned()));
        }
        Ok(())
    }
}

impl Clock for People {
    fn now(&self) -> Timestamp {
        Timestamp(NOW)
    }
}

#[async_trait]
impl LastKnown for People {
    async fn keep(&self, seen: Vec<Seen>) -> Result<(), LedgerError> {
        self.there()?;
        let mut held = self.seen.lock().unwrap();
        for seen in seen {
            let held_one = held.get(&seen.responder.0);
            let newer = held_one.is_none_or(|h| h.rank() <= seen.rank());
            if newer && self.lock().contains_key(&seen.responder.0) {
                held.insert(seen.responder.0, seen);
            }
        }
        Ok(())
    }

    async fn inside(
        &self,
        cells: &[CellIndex],
        _now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Profile, Seen)>, LedgerError> {
        self.asked.fetch_add(1, SeqCst);
        self.there()?;
        let held = self.seen.lock().unwrap();
        let mut inside: Vec<(Profile, Seen)> = held
            .values()
            .filter(|seen| {
                let around = |cell: &CellIndex| seen.cell.parent(cell.resolution());
                cells.iter().any(|cell| around(cell) == Some(*cell))
            })
            .filter_map(|seen| Some((*self.lock().get(&seen.responder.0)?, *seen)))
            .collect();
        inside.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.at));
        inside.truncate(limit);
        self.told.fetch_add(inside.len(), SeqCst);
        Ok(inside)
    }

    async fn forget_seen(&self, before: Timestamp) -> Result<usize, LedgerError> {
        let mut held = self.seen.lock().unwrap();
        let all = held.len();
        held.retain(|_, seen| seen.at >= before);
        Ok(all - held.len())
    }
}

#[async_trait]
impl Profiles for People {
    async fn profiles_of(&self, responders: Vec<ResponderNo>) -> Result<Vec<Profile>, LedgerError> {
        self.there()?;
        let enrolled = self.lock();
        let one = |responder: ResponderNo| enrolled.get(&responder.0).copied();
        Ok(responders.into_iter().filter_map(one).collect())
    }
}
