//! The index against its contract and against brute force, with and without its file.

use std::fs;

use muster_core::domain::place::Point;
use muster_core::domain::responder::{Skill, Skills, Source, Travel};
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::Millis;
use proptest::prelude::*;

use super::*;

const EVERYWHERE: [Bounds; 1] = [Bounds::EVERYWHERE];

const NOW: Timestamp = Timestamp(1_800_000_000_000);

const BY: Weighing = Weighing {
    now: NOW,
    stale: Millis::from_s(1_200),
};

fn point(lat: f64, lon: f64) -> Point {
    Point::new(lat, lon).unwrap()
}

fn profile(number: u64, version: u64) -> Profile {
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

fn fix(lat: f64, lon: f64, at: i64) -> Fix {
    Fix {
        point: point(lat, lon),
        accuracy_m: 10.0,
        at: Timestamp(at),
        source: Source::Live,
    }
}

fn around(lat: f64, lon: f64) -> Search {
    Search {
        centre: point(lat, lon),
        orgs: vec![OrgNo(1)],
        radius_m: 5_000.0,
        limit: 50,
        weighing: BY,
        skills: Skills::default(),
        not_before: Timestamp(0),
        places: None,
        exercise: false,
    }
}

fn who(found: &[Found]) -> Vec<u64> {
    found.iter().map(|f| f.profile.responder.0).collect()
}

async fn with(people: &[(Profile, Fix)]) -> MemoryIndex {
    let index = MemoryIndex::volatile();
    for (profile, fix) in people {
        index.admit(*profile).await;
        assert!(index.report(profile.responder, *fix).await);
    }
    index
}

#[tokio::test]
async fn a_stranger_is_not_made_findable_by_a_fix() {
    let index = MemoryIndex::volatile();
    assert!(!index.report(ResponderNo(1), fix(50.0, 8.0, 1)).await);
    assert!(!index.report(ResponderNo(u64::MAX), fix(50.0, 8.0, 1)).await);
    index.admit(profile(u64::MAX, 1)).await;
    assert!(index.search(&around(50.0, 8.0)).is_empty());
    assert!(index.is_empty());
}

#[tokio::test]
async fn what_comes_back_is_what_was_said() {
    let index = with(&[(profile(3, 7), fix(50.001, 8.0, 99))]).await;
    let found = index.nearest(&around(50.0, 8.0)).await;
    assert!(!found.degraded);
    assert_eq!(found.found[0].profile, profile(3, 7));
    assert_eq!(found.found[0].fix, fix(50.001, 8.0, 99));
    assert!((found.found[0].distance_m - 111.2).abs() < 0.1);
    let fixes = index.fixes(&[ResponderNo(2), ResponderNo(3)]).await;
    assert_eq!(fixes, [(ResponderNo(3), fix(50.001, 8.0, 99))]);
}

#[tokio::test]
async fn an_older_fix_or_profile_never_replaces_a_newer_one() {
    let index = with(&[(profile(1, 5), fix(50.0, 8.0, 100))]).await;
    assert!(!index.report(ResponderNo(1), fix(51.0, 8.0, 99)).await);
    // of the same instant the later report counts: phones and networks keep their order
    assert!(index.report(ResponderNo(1), fix(50.0, 8.0001, 100)).await);
    let older = Profile {
        available: false,
        ..profile(1, 4)
    };
    index.admit(older).await;
    assert_eq!(who(&index.search(&around(50.0, 8.0))), [1]);
    index
        .admit(Profile {
            version: 6,
            ..older
        })
        .await;
    assert!(index.search(&around(50.0, 8.0)).is_empty());
    assert_eq!((index.len(), index.positions()), (0, 1));
    index.admit(profile(1, 7)).await;
    assert_eq!(who(&index.search(&around(50.0, 8.0))), [1]);
}

#[tokio::test]
async fn each_condition_of_a_search_holds_by_itself() {
    let index = with(&[(profile(1, 1), fix(50.0, 8.0, 100))]).await;
    let asked = around(50.0, 8.0);
    assert_eq!(index.search(&asked).len(), 1);
    let doctor = Skills::from_iter([Skill::Doctor]);
    let in_vain = [
        Search {
            orgs: vec![OrgNo(2)],
            ..asked.clone()
        },
        Search {
            orgs: Vec::new(),
            ..asked.clone()
        },
        Search {
            skills: doctor,
            ..asked.clone()
        },
        Search {
            not_before: Timestamp(101),
            ..asked.clone()
        },
        Search {
            limit: 0,
            ..asked.clone()
        },
        Search {
            radius_m: f64::NAN,
            ..asked.clone()
        },
        Search {
            radius_m: -1.0,
            ..asked.clone()
        },
        Search {
            centre: point(50.1, 8.0),
            ..asked.clone()
        },
    ];
    for search in in_vain {
        assert!(index.search(&search).is_empty(), "{search:?}");
    }
    let exercise = Search {
        exercise: true,
        ..asked
    };
    assert_eq!(index.search(&exercise).len(), 1);
    index
        .admit(Profile {
            exercises: false,
            ..profile(1, 2)
        })
        .await;
    assert!(index.search(&exercise).is_empty());
}

#[tokio::test]
async fn density_follows_who_can_be_found() {
    let index = with(&[
        (profile(1, 1), fix(50.0, 8.0, 1)),
        (profile(2, 1), fix(50.0, 8.0, 1)),
        (
            Profile {
                org: OrgNo(2),
                ..profile(3, 1)
            },
            fix(50.0, 8.0, 1),
        ),
        (profile(4, 1), fix(-50.0, 8.0, 1)),
    ])
    .await;
    let cell = |lat: f64, resolution| u64::from(point(lat, 8.0).cell(resolution));
    let mut fine = index.density(&[OrgNo(1), OrgNo(1)], 9, &EVERYWHERE).await;
    fine.sort_by_key(|c| c.1);
    let nine = Resolution::Nine;
    assert_eq!(fine, [(cell(-50.0, nine), 1), (cell(50.0, nine), 2)]);
    let both = index.density(&[OrgNo(2), OrgNo(1)], 3, &EVERYWHERE).await;
    assert!(both.contains(&(cell(50.0, Resolution::Three), 3)));
    index.report(ResponderNo(1), fix(50.0, 9.0, 2)).await;
    index
        .admit(Profile {
            available: false,
            ..profile(2, 2)
        })
        .await;
    index.forget(ResponderNo(4)).await;
    let left = index.density(&[OrgNo(1)], 9, &EVERYWHERE).await;
    assert_eq!(left, [(u64::from(point(50.0, 9.0).cell(nine)), 1)]);
    assert!(index.density(&[OrgNo(1)], 16, &EVERYWHERE).await.is_empty());
}

#[tokio::test]
async fn a_stadium_of_twenty_thousand_is_searched_and_emptied() {
    let index = MemoryIndex::volatile();
    for number in 1..=20_000 {
        index.admit(profile(number, 1)).await;
        assert!(index.report(ResponderNo(number), fix(50.0, 8.0, 1)).await);
    }
    assert_eq!(index.search(&around(50.0, 8.0)).len(), 50);
    assert_eq!(
        index.density(&[OrgNo(1)], 0, &EVERYWHERE).await[0].1,
        20_000
    );
    assert_eq!(index.drop_older_than(Timestamp(1)), 0);
    assert_eq!(index.drop_older_than(Timestamp(2)), 20_000);
    assert_eq!((index.len(), index.positions()), (0, 0));
    assert!(index.density(&[OrgNo(1)], 9, &EVERYWHERE).await.is_empty());
    assert!(index.report(ResponderNo(5), fix(50.0, 8.0, 3)).await);
    assert_eq!(who(&index.search(&around(50.0, 8.0))), [5]);
}

#[tokio::test]
async fn positions_survive_a_restart_but_nobody_is_findable_unnamed() {
    let dir = tempfile::tempdir().unwrap();
    let path = Some(dir.path().join("slots"));
    let index = MemoryIndex::open(path.clone()).unwrap();
    for number in [1, 2, 5_000] {
        index.admit(profile(number, 1)).await;
        index.report(ResponderNo(number), fix(50.0, 8.0, 100)).await;
    }
    assert_eq!(index.flush().unwrap(), 3);
    assert_eq!(index.flush().unwrap(), 0);
    drop(index);
    let index = MemoryIndex::open(path).unwrap();
    assert!(index.search(&around(50.0, 8.0)).is_empty());
    assert_eq!(index.positions(), 3);
    assert_eq!(
        index.fixes(&[ResponderNo(5_000)]).await[0].1,
        fix(50.0, 8.0, 100)
    );
    index.admit(profile(2, 1)).await;
    assert_eq!(who(&index.search(&around(50.0, 8.0))), [2]);
    assert!(!index.report(ResponderNo(2), fix(51.0, 8.0, 99)).await);
}

#[tokio::test]
async fn who_is_forgotten_or_long_unseen_leaves_no_byte_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slots");
    let index = MemoryIndex::open(Some(path.clone())).unwrap();
    for number in [1, 2] {
        index.admit(profile(number, 1)).await;
        index.report(ResponderNo(number), fix(50.0, 8.0, 100)).await;
    }
    index.flush().unwrap();
    assert!(fs::read(&path).unwrap().iter().any(|&byte| byte != 0));
    index.forget(ResponderNo(1)).await;
    assert_eq!(index.drop_older_than(Timestamp(101)), 1);
    assert!(
        index
            .fixes(&[ResponderNo(1), ResponderNo(2)])
            .await
            .is_empty()
    );
    assert_eq!(index.flush().unwrap(), 2);
    assert!(fs::read(&path).unwrap().iter().all(|&byte| byte == 0));
    assert!(!index.report(ResponderNo(1), fix(50.0, 8.0, 200)).await);
}

#[tokio::test]
async fn a_damaged_record_is_wiped_by_the_next_flush() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("slots");
    fs::write(&path, [0xAB; 96]).unwrap();
    let index = MemoryIndex::open(Some(path.clone())).unwrap();
    assert_eq!(index.positions(), 0);
    assert_eq!(index.flush().unwrap(), 3);
    assert!(fs::read(&path).unwrap().iter().all(|&byte| byte == 0));
}

#[tokio::test]
async fn without_a_file_there_is_nothing_to_flush() {
    let index = MemoryIndex::open(None).unwrap();
    index.admit(profile(1, 1)).await;
    index.report(ResponderNo(1), fix(50.0, 8.0, 1)).await;
    assert_eq!(index.flush().unwrap(), 0);
    assert!(index.heap_bytes() > 0);
}

#[tokio::test]
async fn many_old_positions_do_not_hide_a_fresh_one_behind_them() {
    let minutes = |n: i64| NOW.0 - n * 60_000;
    let old = |number: u64| (profile(number, 1), fix(50.0, 8.0, minutes(40)));
    let mut people: Vec<_> = (1..=30).map(old).collect();
    people.push((profile(31, 1), fix(50.002, 8.0, minutes(0))));
    let home = Fix {
        source: Source::Place,
        ..fix(50.0, 8.0, minutes(1))
    };
    people.push((profile(32, 1), home));
    let index = with(&people).await;
    let best = |limit, places| {
        let search = Search {
            limit,
            places,
            ..around(50.0, 8.0)
        };
        who(&index.search(&search))
    };
    assert_eq!(best(1, None), [31]);
    assert_eq!(best(2, Some(NOW - Millis::from_s(1_200))), [31, 32]);
    // seen again without having moved
    let again = fix(50.0, 8.0, minutes(0));
    assert!(index.report(ResponderNo(7), again).await);
    assert_eq!(best(2, None), [7, 31]);
}

#[derive(Debug, Clone)]
struct Somebody {
    lat: f64,
    lon: f64,
    org: u32,
    skills: u16,
    age: i64,
    accuracy_m: f32,
    source: Source,
    available: bool,
    exercises: bool,
}

fn somebody() -> impl Strategy<Value = Somebody> {
    let place = prop_oneof![
        (50.0..50.05, 8.0..8.05),
        (89.99..90.0, -180.0..180.0),
        (-17.0..-16.98, 179.98..180.0),
        (-17.0..-16.98, -180.0..-179.98),
    ];
    let rest = (1..3_u32, 1..8_u16, prop::bool::weighted(0.8), any::<bool>());
    let fix = (
        prop_oneof![0..60_000_i64, 0..3_600_000_i64],
        0.0..300.0_f32,
        prop_oneof![4 => Just(Source::Live), 1 => Just(Source::Place)],
    );
    (place, rest, fix).prop_map(
        |((lat, lon), (org, skills, available, exercises), (age, accuracy_m, source))| Somebody {
            lat,
            lon,
            org,
            skills,
            age,
            accuracy_m,
            source,
            available,
            exercises,
        },
    )
}

impl Somebody {
    fn fix(&self) -> Fix {
        Fix {
            accuracy_m: self.accuracy_m,
            source: self.source,
            ..fix(self.lat, self.lon, NOW.0 - self.age)
        }
    }
}

fn wanted(s: &Somebody, search: &Search) -> bool {
    s.available
        && search.orgs.contains(&OrgNo(s.org))
        && (search.skills.is_empty() || search.skills.0 & s.skills != 0)
        && search.takes(&s.fix())
        && (!search.exercise || s.exercises)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_search_finds_what_brute_force_finds(
        people in prop::collection::vec(somebody(), 1..600),
        from in 0..600_usize,
        radius_m in prop_oneof![10.0..3_000.0, Just(2e6)],
        limit in 1..80_usize,
        skills in 0..8_u16,
        oldest in 0..3_600_000_i64,
        places in prop::option::of(0..3_600_000_i64),
        exercise in any::<bool>(),
    ) {
        let centre = &people[from % people.len()];
        let search = Search {
            radius_m,
            limit,
            skills: Skills(skills),
            not_before: NOW - Millis(oldest),
            places: places.map(|oldest| NOW - Millis(oldest)),
            exercise,
            ..around(centre.lat, centre.lon)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let index = MemoryIndex::volatile();
        let mut expected = Vec::new();
        for (number, s) in (1..).zip(&people) {
            let profile = Profile {
                org: OrgNo(s.org),
                skills: Skills(s.skills),
                available: s.available,
                exercises: s.exercises,
                ..profile(number, 1)
            };
            runtime.block_on(index.admit(profile));
            prop_assert!(runtime.block_on(index.report(profile.responder, s.fix())));
            let held = runtime.block_on(index.fixes(&[profile.responder]))[0].1;
            let distance_m = search.centre.distance_m(held.point);
            if wanted(s, &search) && distance_m <= radius_m {
                expected.push(BY.weighed_m(distance_m, &held));
            }
        }
        expected.sort_by(f64::total_cmp);
        expected.truncate(limit);
        let found = index.search(&search);
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            // Who is the last within the limit is decided by centimetres.
            prop_assert!((search.weighed_m(found) - expected).abs() <= 0.1, "{found:?} {expected}");
        }
    }
}
