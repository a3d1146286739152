//! One way to find the nearest, and whether it finds them.

use async_trait::async_trait;
use muster_core::domain::place::Point;

use super::cases::Case;
use muster_stand::failure::{Failure, Outcome};

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
                let found = way.nearest(*from, *limit, case.radius_m).await?;
                let wanted = near.get(..*limit).unwrap_or(near);
                if let Some(what) = wrong(case, way, *from, &found, wanted) {
                    let (name, case) = (way.name(), case.title());
                    return Err(Failure::new(format!(
                        "{case}: {name} is wrong about the nearest {limit}: {what}; nothing is \
                         measured"
                    )));
                }
            }
        }
        Ok(())
    }
}

/// What is wrong with an answer.
fn wrong(
    case: &Case,
    way: &dyn Way,
    from: Point,
    found: &[Near],
    wanted: &[f64],
) -> Option<String> {
    for (at, (who, m)) in found.iter().enumerate() {
        let Some(place) = case.places.get(*who as usize) else {
            return Some(format!("nobody is number {who}"));
        };
        let truly = from.distance_m(*place);
        if !way.same(truly, *m) {
            return Some(format!("number {who} is {truly} m away, not {m}"));
        }
        if found.iter().take(at).any(|(other, _)| other == who) {
            return Some(format!("number {who} is found twice"));
        }
    }
    let differ = |((_, m), wanted): &(&Near, &f64)| !way.same(*m, **wanted);
    if let Some((at, ((_, m), wanted))) = found
        .iter()
        .zip(wanted)
        .enumerate()
        .find(|(_, pair)| differ(pair))
    {
        return Some(format!("place {at} is {m} m away and should be {wanted}"));
    }
    // at the very edge of the radius either answer is right
    let both = found.len().min(wanted.len());
    let rest = found
        .iter()
        .map(|(_, m)| m)
        .skip(both)
        .chain(wanted.iter().skip(both));
    let missing = rest.filter(|m| !way.same(**m, case.radius_m)).count();
    (missing > 0).then(|| format!("{} found and not {}", found.len(), wanted.len()))
}

impl dyn Way + '_ {
    /// Whether two distances may be the same.
    fn same(&self, a: f64, b: f64) -> bool {
        (a - b).abs() <= self.tolerance_m()
    }
}
