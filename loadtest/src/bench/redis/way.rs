//! One way to find the nearest, and whether it finds them.

use async_trait::async_trait;
use muster_core::domain::place::Point;

use super::cases::Case;
use crate::failure::{Failure, Outcome};

/// Whom to find: the number in the list of places, and the distance in metres.
pub(super) type Near = (u32, f64);

/// Searches that are compared with a look at everybody.
const CHECKED: usize = 40;

/// One way to find the nearest, over a connection.
#[async_trait(?Send)]
pub(super) trait Way {
    /// As tables show it.
    fn name(&self) -> &'static str;
    /// The process that answers.
    fn server(&self) -> u32;
    /// Its distances may be wrong by this much, metres.
    fn tolerance_m(&self) -> f64;
    /// The nearest, nearest first, no further than `radius_m`.
    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>>;
}

/// The distances that looking at everybody finds, nearest first.
pub(super) struct Truth(Vec<(Point, Vec<f64>)>);

impl Truth {
    /// Looks at everybody, from some of the places that searches start from.
    pub(super) fn of(case: &Case) -> Self {
        let most = case.limits.iter().copied().max().unwrap_or_default();
        let from = case.from.iter().take(CHECKED);
        let all = from.map(|from| {
            let apart = case.places.iter().map(|place| from.distance_m(*place));
            let mut near: Vec<f64> = apart.filter(|m| *m <= case.radius_m).collect();
            if near.len() > most {
                near.select_nth_unstable_by(most, f64::total_cmp);
                near.truncate(most);
            }
            near.sort_unstable_by(f64::total_cmp);
            (*from, near)
        });
        Self(all.collect())
    }

    /// Fails when a way does not find exactly these: as many, at these distances, each person once
    /// and each where they are.
    pub(super) async fn check(&self, case: &Case, way: &dyn Way) -> Outcome<()> {
        for (from, near) in &self.0 {
            for limit in case.limits {
                let mut found = way.nearest(*from, *limit, case.radius_m).await?;
                let wanted = near.iter().take(*limit);
                // at the very edge of the radius either answer is right
                let edge = |m: &f64| way.same(*m, case.radius_m);
                let differ = found.len().abs_diff(wanted.len());
                let at_edge = wanted.clone().filter(|m| edge(m)).count()
                    + found.iter().filter(|(_, m)| edge(m)).count();
                let right = differ <= at_edge
                    && found.iter().zip(wanted).all(|((who, m), wanted)| {
                        let place = case.places.get(*who as usize);
                        way.same(*m, *wanted)
                            && place.is_some_and(|place| way.same(from.distance_m(*place), *m))
                    });
                let count = found.len();
                found.sort_unstable_by_key(|(who, _)| *who);
                found.dedup_by_key(|(who, _)| *who);
                if !right || found.len() < count {
                    let (name, case) = (way.name(), case.title());
                    return Err(Failure::new(format!(
                        "{case}: {name} is wrong about the nearest {limit} ({count} found, {} \
                         different people); nothing is measured",
                        found.len()
                    )));
                }
            }
        }
        Ok(())
    }
}

impl dyn Way + '_ {
    /// Whether two distances may be the same.
    fn same(&self, a: f64, b: f64) -> bool {
        (a - b).abs() <= self.tolerance_m()
    }
}
