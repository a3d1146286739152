//! The live index: shared by all nodes, a hint, and often wrong.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::Broken;
use super::exec::pause_between;
use super::world::{Inner, Shared};
use crate::domain::bounds::Bounds;
use crate::domain::ids::{OrgNo, ResponderNo};
use crate::domain::responder::{Fix, Profile, Source};
use crate::domain::time::Timestamp;
use crate::ports::{Found, LiveIndex, Nearest, Search};

/// What the index was told and has not forgotten.
#[derive(Default)]
pub(super) struct Positions {
    pub(super) profiles: BTreeMap<u64, Profile>,
    pub(super) fixes: BTreeMap<u64, Fix>,
}

pub(super) struct SimIndex(pub(super) Shared);

fn nearest(w: &mut Inner, search: &Search) -> Nearest {
    let away = w.now < w.faults.index_away_until;
    if away && w.rng.chance(500) {
        w.tell("the index is away and finds nobody");
        let nobody = Nearest {
            found: Vec::new(),
            degraded: true,
        };
        w.witness.pictures.take(search, None, &nobody);
        return nobody;
    }
    // an old picture shows people who may not be asked any more, and people of others
    let stale = w.rng.chance(w.faults.stale);
    let reaches =
        |profile: &&Profile| stale || (profile.available && search.orgs.contains(&profile.org));
    let skilled =
        |profile: &Profile| search.skills.is_empty() || profile.skills.meets(search.skills);
    let mut found: Vec<Found> = w
        .index
        .profiles
        .values()
        .filter(reaches)
        .filter_map(|profile| {
            let fix = *w.index.fixes.get(&profile.responder.0)?;
            let distance_m = fix.point.distance_m(search.centre);
            let wanted = distance_m <= search.radius_m
                && skilled(profile)
                && search.takes(&fix)
                && (profile.exercises || !search.exercise);
            wanted.then_some(Found {
                profile: *profile,
                fix,
                distance_m,
            })
        })
        .collect();
    if stale && let Some(twice) = w.rng.pick(&found).copied() {
        w.tell("the index answers from an old picture");
        found.push(twice);
    }
    let reachable = (!stale).then(|| found.clone());
    if w.broken == Some(Broken::NearestOnly) {
        found.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
        found.truncate(search.limit);
    }
    search.best(&mut found);
    let nearest = Nearest {
        found,
        degraded: away,
    };
    w.witness.pictures.take(search, reachable, &nearest);
    nearest
}

#[async_trait]
impl LiveIndex for SimIndex {
    async fn admit(&self, profile: Profile) {
        pause_between(&self.0, 0, 3).await;
        self.0.with(|w| {
            let away = w.now < w.faults.index_away_until;
            if away || w.rng.chance(w.faults.forgets) {
                return;
            }
            let held = w
                .index
                .profiles
                .entry(profile.responder.0)
                .or_insert(profile);
            if held.version <= profile.version {
                *held = profile;
            }
        });
    }

    async fn report(&self, responder: ResponderNo, fix: Fix) -> bool {
        pause_between(&self.0, 0, 3).await;
        self.0.with(|w| {
            let away = w.now < w.faults.index_away_until;
            if away || w.rng.chance(w.faults.forgets) {
                return false;
            }
            let held = w.index.fixes.entry(responder.0).or_insert(fix);
            let newer = fix.replaces(held);
            if newer {
                *held = fix;
                w.witness.took_fix(responder.0, &fix);
            }
            newer
        })
    }

    async fn leave_place(&self, responder: ResponderNo, at: Timestamp) {
        pause_between(&self.0, 0, 3).await;
        self.0.with(|w| {
            let left = |fix: &Fix| fix.source == Source::Place && fix.at <= at;
            if w.index.fixes.get(&responder.0).is_some_and(left) {
                w.index.fixes.remove(&responder.0);
            }
        });
    }

    async fn nearest(&self, search: &Search) -> Nearest {
        pause_between(&self.0, 0, 5).await;
        let nearest = self.0.with(|w| nearest(w, search));
        pause_between(&self.0, 0, 5).await;
        nearest
    }

    async fn fixes(&self, responders: &[ResponderNo]) -> Vec<(ResponderNo, Fix)> {
        pause_between(&self.0, 0, 3).await;
        self.0.with(|w| {
            if w.now < w.faults.index_away_until {
                return Vec::new();
            }
            let fix = |no: &ResponderNo| Some((*no, *w.index.fixes.get(&no.0)?));
            responders.iter().filter_map(fix).collect()
        })
    }

    async fn forget(&self, responder: ResponderNo) {
        self.0.with(|w| {
            w.index.profiles.remove(&responder.0);
            w.index.fixes.remove(&responder.0);
        });
    }

    async fn density(&self, _: &[OrgNo], _: u8, _: &[Bounds]) -> Vec<(u64, u32)> {
        Vec::new()
    }
}
