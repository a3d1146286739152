//! One way to find the nearest, and whether it finds them.

use async_trait::async_trait;
use muster_core::domain::place::Point;

use super::LIMIT;
use muster_stand::failure::{Failure, Outcome};

/// Whom to find: the number in the list of places, and the distance in metres.
pub(super) type Near = (u32, f64);

/// Searches that are compared with a look at everybody.
const CHECKED: usize = 40;

/// A set of people and what to ask of it.
pub(super) struct Set {
    pub(super) name: &'static str,
    pub(super) places: Vec<Point>,
    /// Where searches start from.
    pub(super) from: Vec<Point>,
    pub(super) radius_m: f64,
}

impl Set {
    /// Name and size, as tables show them.
    pub(super) fn title(&self) -> String {
        format!("{} ({})", self.name, self.places.len())
    }
}

/// One way to find the nearest.
#[async_trait(?Send)]
pub(super) trait Way {
    /// As tables show it.
    fn name(&self) -> &'static str;
    /// The process that answers, if it is not this one.
    fn server(&self) -> Option<u32> {
        None
    }
    /// Its distances may be wrong by this much, metres.
    fn tolerance_m(&self) -> f64;
    /// The nearest, nearest first, no further than `radius_m`.
    async fn nearest(&self, from: Point, limit: usize, radius_m: f64) -> Outcome<Vec<Near>>;
}

/// The distances that looking at everybody finds, nearest first.
pub(super) struct Truth(Vec<(Point, Vec<f64>)>);

impl Truth {
    /// Looks at everybody, from some of the places that searches start from.
    pub(super) fn of(set: &Set) -> Self {
        let from = set.from.iter().take(CHECKED);
        let all = from.map(|from| {
            let apart = set.places.iter().map(|place| from.distance_m(*place));
            let mut near: Vec<f64> = apart.filter(|m| *m <= set.radius_m).collect();
            if near.len() > LIMIT {
                near.select_nth_unstable_by(LIMIT, f64::total_cmp);
                near.truncate(LIMIT);
            }
            near.sort_unstable_by(f64::total_cmp);
            (*from, near)
        });
        Self(all.collect())
    }

    /// Fails when a way does not find exactly these: as many, at these distances, each person once
    /// and each where they are.
    pub(super) async fn check(&self, set: &Set, way: &dyn Way) -> Outcome<()> {
        for (from, wanted) in &self.0 {
            let found = way.nearest(*from, LIMIT, set.radius_m).await?;
            if let Some(what) = wrong(set, way, *from, (&found, wanted)) {
                let (name, set) = (way.name(), set.title());
                return Err(Failure::new(format!(
                    "{set}: {name} is wrong about the nearest {LIMIT}: {what}; nothing is measured"
                )));
            }
        }
        Ok(())
    }
}

/// What is wrong with an answer.
fn wrong(
    set: &Set,
    way: &dyn Way,
    from: Point,
    (found, wanted): (&[Near], &[f64]),
) -> Option<String> {
    let same = |a: f64, b: f64| (a - b).abs() <= way.tolerance_m();
    for (at, (who, m)) in found.iter().enumerate() {
        let Some(place) = set.places.get(*who as usize) else {
            return Some(format!("nobody is number {who}"));
        };
        let truly = from.distance_m(*place);
        if !same(truly, *m) {
            return Some(format!("number {who} is {truly} m away, not {m}"));
        }
        if found.iter().take(at).any(|(other, _)| other == who) {
            return Some(format!("number {who} is found twice"));
        }
    }
    let mut pairs = found.iter().zip(wanted).enumerate();
    if let Some((at, ((_, m), wanted))) = pairs.find(|(_, ((_, m), wanted))| !same(*m, **wanted)) {
        return Some(format!("place {at} is {m} m away and should be {wanted}"));
    }
    // at the very edge of the radius either answer is right
    let both = found.len().min(wanted.len());
    let rest = found
        .iter()
        .map(|(_, m)| m)
        .skip(both)
        .chain(wanted.iter().skip(both));
    let missing = rest.filter(|m| !same(**m, set.radius_m)).count();
    (missing > 0).then(|| format!("{} found and not {}", found.len(), wanted.len()))
}

#[cfg(test)]
mod tests {
    use super::super::geo::{Geo, connect};
    use super::super::in_process::InProcess;
    use super::super::over_redis::OverRedis;
    use super::super::tree::Tree;
    use super::*;
    use crate::bench::places::Area;
    use muster_stand::engines::Redis;
    use muster_stand::rng::Rng;

    fn set(rng: &mut Rng) -> Set {
        let area = Area::city(rng);
        Set {
            name: "city",
            // more than go into one command of a load
            places: area.many(6_000, rng).unwrap(),
            from: area.many(20, rng).unwrap(),
            radius_m: 5_000.0,
        }
    }

    #[tokio::test]
    async fn the_ways_in_process_find_what_looking_at_everybody_finds() {
        let set = set(&mut Rng::new(3));
        let truth = Truth::of(&set);
        let (ours, tree) = (InProcess::of(&set.places).await, Tree::of(&set.places));
        truth.check(&set, &ours).await.unwrap();
        truth.check(&set, &tree).await.unwrap();
    }

    #[tokio::test]
    async fn the_ways_over_redis_find_what_looking_at_everybody_finds() {
        let set = set(&mut Rng::new(3));
        let truth = Truth::of(&set);
        let redis = Redis::start().await.unwrap();
        let (url, pid) = (redis.url(), redis.pid().unwrap());
        let ours = OverRedis::load(&url, pid, &set).await.unwrap();
        truth.check(&set, &ours).await.unwrap();
        let connection = connect(&url).await.unwrap();
        let geo = Geo::load(connection, pid, &set.places).await.unwrap();
        truth.check(&set, &geo).await.unwrap();
    }

    #[tokio::test]
    async fn a_way_that_misses_somebody_is_wrong() {
        let set = set(&mut Rng::new(3));
        let tree = Tree::of(&set.places);
        let from = set.from[0];
        let mut found = tree.nearest(from, LIMIT, set.radius_m).await.unwrap();
        let wanted: Vec<f64> = found.iter().map(|(_, m)| *m).collect();
        assert_eq!(wrong(&set, &tree, from, (&found, &wanted)), None);
        found.remove(3);
        let what = wrong(&set, &tree, from, (&found, &wanted)).unwrap();
        assert!(what.starts_with("place 3 is "), "{what}");
    }
}
