//! Whether somebody on an incident is at its address, as far as their positions say: never
//! confirmed, and never in place of their own word.
//!
//! It takes two good positions to begin and two to end: one alone may be a jump, and whoever
//! drives past is gone before the second.

use super::place::Point;
use super::responder::{Fix, Source};
use super::time::{Millis, Timestamp};

/// So near to the place counts as being there, metres: the distance at which arrivals of alerted
/// volunteers are counted in Sweden.
const AT_M: f64 = 25.0;

/// Positions less accurate than this say nothing, metres.
const ACCURACY_MAX_M: f64 = 50.0;

/// Two positions that say the same must be so far apart in time.
const APART: Millis = Millis::from_s(10);

/// Two positions that are further apart in time than this say nothing together: in between somebody
/// may have gone and come back.
const TOGETHER: Millis = Millis::from_s(120);

/// Nobody walks faster from one position to the other, metres a second: the mean greatest walking
/// speed of men in their twenties, 2.53 m/s, the fastest of all groups in Bohannon, "Comfortable
/// and maximum walking speed of adults aged 20–79 years", Age and Ageing 26 (1997), 15–19.
const WALKING_M_S: f64 = 2.53;

/// Who was there has left once they are further away than this, metres, by more than a position is
/// uncertain. Twice as far as it takes to arrive: who fetches something from the car stays.
const LEFT_M: f64 = 50.0;

/// So long after the last sign of life nobody is said to be at an address any more: a page that was
/// closed says nothing of its owner's going. Longer than an ambulance takes in most cities, so that
/// whoever kneels beside the patient is not asked whether they are still coming; assumed.
pub const SILENT_MAX: Millis = Millis::from_s(600);

/// What a position has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// They are at the address now.
    Arrived,
    /// They are there no more.
    Left,
}

/// Whether one person is at one place. No `Debug`: positions never reach a log.
#[derive(Clone, Copy, PartialEq, Default)]
pub struct Presence {
    /// When the last good position was taken; an older one changes nothing.
    heard_at: Option<Timestamp>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// Not there: where and when they were first near, if they were and have not gone since.
    Away(Option<(Point, Timestamp)>),
    /// There: since when positions say otherwise, if they do.
    There(Option<Timestamp>),
}

impl Default for Stage {
    fn default() -> Self {
        Self::Away(None)
    }
}

impl Presence {
    /// Takes over what the incident says, which may have changed for other reasons than a position.
    pub fn set(&mut self, at_address: bool) {
        if self.is_at_address() != at_address {
            self.stage = if at_address {
                Stage::There(None)
            } else {
                Stage::Away(None)
            };
        }
    }

    /// Whether they are at the address.
    pub fn is_at_address(&self) -> bool {
        matches!(self.stage, Stage::There(_))
    }

    /// Takes the next position into account, with the place as it is now. What is not live, not
    /// accurate or not newer than the last changes nothing.
    pub fn follow(&mut self, fix: &Fix, place: Point) -> Option<Change> {
        let is_new = self.heard_at.is_none_or(|heard_at| fix.at > heard_at);
        let accuracy_m = f64::from(fix.accuracy_m);
        if fix.source != Source::Live
            || !is_new
            || accuracy_m.is_nan()
            || accuracy_m > ACCURACY_MAX_M
        {
            return None;
        }
        let before = self.heard_at.replace(fix.at);
        let distance_m = fix.point.distance_m(place);
        let is_there = self.is_at_address();
        self.stage = match self.stage {
            Stage::Away(first) => {
                let lately = before.is_some_and(|before| fix.at - before <= TOGETHER);
                // the place may have moved since they were near
                let first = first.filter(|(point, _)| lately && point.distance_m(place) <= AT_M);
                away(first, fix, distance_m)
            }
            Stage::There(since) => there(since, fix, distance_m > LEFT_M + accuracy_m),
        };
        match (is_there, self.is_at_address()) {
            (false, true) => Some(Change::Arrived),
            (true, false) => Some(Change::Left),
            _ => None,
        }
    }
}

fn away(first: Option<(Point, Timestamp)>, fix: &Fix, distance_m: f64) -> Stage {
    if distance_m > AT_M {
        // somewhere around it, perhaps, unless certainly elsewhere
        let elsewhere = distance_m > AT_M + f64::from(fix.accuracy_m);
        return Stage::Away(first.filter(|_| !elsewhere));
    }
    let Some((point, at)) = first else {
        return Stage::Away(Some((fix.point, fix.at)));
    };
    let took = fix.at - at;
    let walked_m = took.0 as f64 / 1000.0 * WALKING_M_S;
    if took >= APART && point.distance_m(fix.point) <= walked_m {
        Stage::There(None)
    } else {
        Stage::Away(first)
    }
}

fn there(since: Option<Timestamp>, fix: &Fix, outside: bool) -> Stage {
    match since {
        _ if !outside => Stage::There(None),
        Some(since) if fix.at - since >= APART => Stage::Away(None),
        since => Stage::There(since.or(Some(fix.at))),
    }
}

const _: () = assert!(size_of::<Presence>() <= 64);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    /// A point so far east and north of the place, metres.
    fn at(east_m: f64, north_m: f64) -> Point {
        let lon = east_m / 111_195.0 / 50.0_f64.to_radians().cos();
        Point::new(50.0 + north_m / 111_195.0, 8.0 + lon).unwrap()
    }

    fn place() -> Point {
        at(0.0, 0.0)
    }

    /// So many seconds after the beginning.
    fn fix(second: f64, (east_m, north_m): (f64, f64), accuracy_m: f32) -> Fix {
        #[expect(clippy::cast_possible_truncation, reason = "a walk takes minutes")]
        let after = Millis((second * 1000.0) as i64);
        Fix {
            point: at(east_m, north_m),
            accuracy_m,
            at: NOW + after,
            source: Source::Live,
        }
    }

    /// The changes, each with the number of the position that brought it.
    fn changes(presence: &mut Presence, fixes: &[Fix]) -> Vec<(usize, Change)> {
        let change = |(n, fix): (usize, &Fix)| Some((n, presence.follow(fix, place())?));
        fixes.iter().enumerate().filter_map(change).collect()
    }

    /// Somebody who was seen standing at the place until second 10.
    fn arrived() -> Presence {
        let mut presence = Presence::default();
        let seen = [0.0, 10.0].map(|second| fix(second, (3.0, 4.0), 10.0));
        assert_eq!(changes(&mut presence, &seen), [(1, Change::Arrived)]);
        presence
    }

    /// A noise of at most 10 m, and the seconds until the next position.
    fn reading() -> impl Strategy<Value = ((f64, f64), f64, f32)> {
        let noise = (0.0..10.0_f64, 0.0..std::f64::consts::TAU);
        let noise = noise.prop_map(|(far, turn)| (far * turn.cos(), far * turn.sin()));
        (noise, 1.0..20.0_f64, 1.0..50.0_f32)
    }

    type Readings = Vec<((f64, f64), f64, f32)>;

    fn readings() -> impl Strategy<Value = Readings> {
        prop::collection::vec(reading(), 20..100)
    }

    /// Positions until second 800, along a way that is given by the seconds since the beginning.
    fn along(readings: &Readings, from_s: f64, way: impl Fn(f64) -> (f64, f64)) -> Vec<Fix> {
        let mut second = from_s;
        let mut fixes = Vec::new();
        for ((east, north), wait, accuracy_m) in readings.iter().cycle() {
            second += wait;
            if second > 800.0 {
                break;
            }
            let (x, y) = way(second);
            fixes.push(fix(second, (x + east, y + north), *accuracy_m));
        }
        fixes
    }

    proptest! {
        #[test]
        fn who_drives_past_never_arrives(
            readings in readings(), speed in 5.0..40.0_f64, offset_m in -60.0..60.0_f64,
            start_m in 0.0..400.0_f64,
        ) {
            let fixes = along(&readings, 0.0, |s| (speed * s - start_m, offset_m));
            prop_assert_eq!(changes(&mut Presence::default(), &fixes), []);
        }

        #[test]
        fn who_walks_there_and_stays_arrives_once_and_soon(
            readings in readings(), speed in 0.8..2.5_f64, start_m in 50.0..150.0_f64,
            stands_m in 0.0..10.0_f64,
        ) {
            let way = |s: f64| ((start_m - speed * s).max(stands_m), 0.0);
            let fixes = along(&readings, 0.0, way);
            let changes = changes(&mut Presence::default(), &fixes);
            let stands_at = NOW + Millis::from_s(200);
            prop_assert_eq!(changes.len(), 1);
            let (first, change) = changes[0];
            prop_assert_eq!(change, Change::Arrived);
            prop_assert!(fixes[first].at <= stands_at + Millis::from_s(40));
        }

        #[test]
        fn who_walks_away_has_left_once_and_comes_back(
            readings in readings(), speed in 0.8..2.5_f64,
        ) {
            let mut presence = arrived();
            // there and back, and then they stay
            let turn_s = 250.0 / speed;
            let way = |s: f64| {
                let s = s - 10.0;
                (if s < turn_s { speed * s } else { speed * (2.0 * turn_s - s).max(0.0) }, 0.0)
            };
            let fixes = along(&readings, 10.0, way);
            let changes = changes(&mut presence, &fixes);
            prop_assert_eq!(changes.len(), 2, "{:?}", changes);
            let ((left, _), (back, _)) = (changes[0], changes[1]);
            prop_assert_eq!((changes[0].1, changes[1].1), (Change::Left, Change::Arrived));
            prop_assert!(fixes[left].point.distance_m(place()) > LEFT_M);
            prop_assert!(fixes[back].point.distance_m(place()) <= AT_M);
            // while 180 m away and further, nothing else would be true
            let far = |fix: &&Fix| fix.point.distance_m(place()) > 180.0;
            let last_far = fixes.iter().rfind(far).unwrap();
            prop_assert!(fixes[left].at <= last_far.at && last_far.at < fixes[back].at);
        }

        #[test]
        fn no_bad_position_begins_or_ends_it(
            readings in readings(),
            bad in prop::collection::vec((0..5_u8, 100.0..5_000.0_f64), 800),
        ) {
            let stands = along(&readings, 10.0, |_| (5.0, -5.0));
            let mut presence = arrived();
            for (good, (kind, far_m)) in stands.iter().zip(bad) {
                let wrong = fix((good.at - NOW).0 as f64 / 1000.0 - 0.5, (far_m, 0.0), 10.0);
                let wrong = match kind {
                    // a jump, alone
                    0 => wrong,
                    1 => Fix { accuracy_m: 51.0, ..wrong },
                    2 => Fix { accuracy_m: f32::NAN, ..wrong },
                    3 => Fix { source: Source::Place, ..wrong },
                    _ => Fix { at: NOW, ..wrong },
                };
                prop_assert_eq!(presence.follow(&wrong, place()), None);
                prop_assert_eq!(presence.follow(good, place()), None);
                prop_assert!(presence.is_at_address());
            }
            let mut presence = Presence::default();
            for good in stands {
                let unusable = Fix { accuracy_m: 51.0, ..good };
                prop_assert_eq!(presence.follow(&unusable, place()), None);
                let by_hours = Fix { source: Source::Place, ..good };
                prop_assert_eq!(presence.follow(&by_hours, place()), None);
            }
            prop_assert!(!presence.is_at_address());
        }

        #[test]
        fn whatever_comes_each_change_has_two_good_positions_behind_it(
            steps in prop::collection::vec(
                (0.0..30.0_f64, -90.0..90.0_f64, -90.0..90.0_f64, 0.0..70.0_f32), 0..200,
            ),
        ) {
            let mut second = 0.0;
            let mut presence = Presence::default();
            let mut good: Vec<Fix> = Vec::new();
            for (wait, east, north, accuracy_m) in steps {
                second += wait;
                let fix = fix(second, (east, north), accuracy_m);
                let was_there = presence.is_at_address();
                let change = presence.follow(&fix, place());
                let earlier = |there: &dyn Fn(&Fix) -> bool| {
                    let apart = |f: &&Fix| fix.at - f.at >= APART;
                    good.iter().filter(apart).any(there)
                };
                let near = |f: &Fix| f.point.distance_m(place()) <= AT_M;
                let gone = |f: &Fix| f.point.distance_m(place()) > LEFT_M + f64::from(f.accuracy_m);
                match change {
                    Some(Change::Arrived) => prop_assert!(!was_there && near(&fix) && earlier(&near)),
                    Some(Change::Left) => prop_assert!(was_there && gone(&fix) && earlier(&gone)),
                    None => prop_assert_eq!(was_there, presence.is_at_address()),
                }
                prop_assert_eq!(change == Some(Change::Arrived), !was_there && presence.is_at_address());
                if f64::from(accuracy_m) <= ACCURACY_MAX_M {
                    good.push(fix);
                } else {
                    prop_assert_eq!(change, None);
                }
            }
        }
    }

    #[test]
    fn ten_seconds_and_walking_speed_are_needed_between_two_positions() {
        let seen = |seconds: f64, far_m: f64| {
            let fixes = [
                fix(0.0, (-20.0, 0.0), 5.0),
                fix(seconds, (far_m - 20.0, 0.0), 5.0),
            ];
            changes(&mut Presence::default(), &fixes).len()
        };
        assert_eq!((seen(9.9, 0.0), seen(10.0, 0.0)), (0, 1));
        // 40 m: 2.7 and 2.5 metres a second
        assert_eq!((seen(15.0, 40.0), seen(16.0, 40.0)), (0, 1));
        assert_eq!((seen(120.0, 0.0), seen(121.0, 0.0)), (1, 0));
    }

    #[test]
    fn who_was_seen_elsewhere_in_between_begins_anew() {
        let near = |second| fix(second, (5.0, 0.0), 10.0);
        let block = [near(0.0), fix(20.0, (60.0, 0.0), 10.0), near(40.0)];
        assert_eq!(changes(&mut Presence::default(), &block), []);
        let doubtful = [near(0.0), fix(5.0, (40.0, 0.0), 20.0), near(10.0)];
        let arrived = [(2, Change::Arrived)];
        assert_eq!(changes(&mut Presence::default(), &doubtful), arrived);
    }

    #[test]
    fn who_is_at_the_old_place_is_not_at_the_new_one() {
        let new = at(400.0, 0.0);
        let mut presence = arrived();
        let stays = |second| fix(second, (3.0, 4.0), 10.0);
        assert_eq!(presence.follow(&stays(20.0), new), None);
        assert_eq!(presence.follow(&stays(30.0), new), Some(Change::Left));
        let mut presence = Presence::default();
        assert_eq!(presence.follow(&stays(0.0), place()), None);
        assert_eq!(presence.follow(&fix(10.0, (400.0, 0.0), 5.0), new), None);
    }
}
