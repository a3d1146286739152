//! The contract of the port, sentence by sentence.

use h3o::{LatLng, Resolution};
use muster_core::domain::bounds::Bounds;
use muster_core::domain::ids::OrgNo;
use muster_core::domain::responder::{Profile, Skill, Skills};
use muster_core::domain::time::Timestamp;
use muster_core::ports::Search;

use super::given::no;
use super::{Given, around, at, fix, point, profile};

pub(super) async fn strangers(given: &Given) {
    assert!(!given.index.report(no(1), fix(50.0, 8.0, 1)).await);
    assert!(!given.index.report(no(u64::MAX), fix(50.0, 8.0, 1)).await);
    given.index.admit(profile(u64::MAX, 1)).await;
    assert!(given.who(&around(50.0, 8.0)).await.is_empty());
    assert!(given.index.fixes(&[no(1), no(u64::MAX)]).await.is_empty());
    let barred = Profile {
        available: false,
        ..profile(2, 1)
    };
    given.admit(barred).await;
    assert!(given.index.report(no(2), fix(50.0, 8.0, 1)).await);
    assert!(given.who(&around(50.0, 8.0)).await.is_empty());
    assert_eq!(given.index.fixes(&[no(2)]).await.len(), 1);
}

pub(super) async fn comes_back(given: &Given) {
    let said = fix(50.001, 8.0, 99);
    given.place(&[(profile(3, 7), said)]).await;
    let found = given.find(&around(50.0, 8.0)).await;
    assert_eq!((found[0].profile, found[0].fix), (profile(3, 7), said));
    assert!((found[0].distance_m - 111.2).abs() < 0.1);
    let fixes = given.index.fixes(&[no(2), no(3)]).await;
    assert_eq!(fixes, [(no(3), said)]);
}

pub(super) async fn older(given: &Given) {
    let index = &given.index;
    given.place(&[(profile(1, 5), fix(50.0, 8.0, 100))]).await;
    assert!(!index.report(no(1), fix(51.0, 8.0, 99)).await);
    assert_eq!(index.fixes(&[no(1)]).await[0].1, fix(50.0, 8.0, 100));
    // of the same instant the later report counts: phones and networks keep their order
    assert!(index.report(no(1), fix(50.0, 8.0001, 100)).await);
    let gone = |version| Profile {
        available: false,
        ..profile(1, version)
    };
    index.admit(gone(4)).await;
    assert_eq!(given.who(&around(50.0, 8.0)).await, [1]);
    given.admit(gone(6)).await;
    assert!(given.who(&around(50.0, 8.0)).await.is_empty());
    assert_eq!(index.fixes(&[no(1)]).await.len(), 1);
    index.admit(profile(1, 5)).await;
    assert!(given.who(&around(50.0, 8.0)).await.is_empty());
    given.admit(profile(1, 7)).await;
    assert_eq!(given.who(&around(50.0, 8.0)).await, [1]);
}

pub(super) async fn conditions(given: &Given) {
    given.place(&[(profile(1, 1), fix(50.0, 8.0, 100))]).await;
    let asked = around(50.0, 8.0);
    assert_eq!(given.who(&asked).await, [1]);
    let in_vain: [fn(&mut Search); 8] = [
        |s| s.orgs = vec![OrgNo(2)],
        |s| s.orgs = Vec::new(),
        |s| s.skills = Skills::from_iter([Skill::Doctor]),
        |s| s.not_before = at(101),
        |s| s.limit = 0,
        |s| s.radius_m = f64::NAN,
        |s| s.radius_m = -1.0,
        |s| s.centre = point(50.1, 8.0),
    ];
    for (at, change) in in_vain.into_iter().enumerate() {
        let mut search = asked.clone();
        change(&mut search);
        assert!(given.who(&search).await.is_empty(), "condition {at}");
    }
    let exercise = Search {
        exercise: true,
        ..asked
    };
    assert_eq!(given.who(&exercise).await, [1]);
    let not_them = Profile {
        exercises: false,
        ..profile(1, 2)
    };
    given.admit(not_them).await;
    assert!(given.who(&exercise).await.is_empty());
    assert_eq!(
        given
            .who(&Search {
                not_before: Timestamp(0),
                ..around(50.0, 8.0)
            })
            .await,
        [1]
    );
}

pub(super) async fn density_in_boxes(given: &Given) {
    given
        .place(&[
            (profile(1, 1), fix(50.0, 8.0, 1)),
            (profile(2, 1), fix(50.0, 8.0, 1)),
            (profile(4, 1), fix(-50.0, 8.0, 1)),
        ])
        .await;
    let cell = |resolution| u64::from(point(50.0, 8.0).cell(resolution));
    let everywhere = [Bounds::EVERYWHERE];
    given
        .eventually("everybody is counted", || async {
            given.index.density(&[OrgNo(1)], 9, &everywhere).await.len() == 2
        })
        .await;
    let boxed = async |resolution, west, south, east, north| {
        let bounds = [Bounds::new(west, south, east, north).unwrap()];
        given.index.density(&[OrgNo(1)], resolution, &bounds).await
    };
    let counted = boxed(9, 7.9, 49.9, 8.1, 50.1).await;
    assert_eq!(counted, [(cell(Resolution::Nine), 2)], "nobody far south");
    assert!(boxed(9, 8.1, 49.9, 8.3, 50.1).await.is_empty(), "beside it");
    // a cell far wider than the box is counted where its centre is, and only there
    let centre = LatLng::from(point(50.0, 8.0).cell(Resolution::Two));
    let (lat, lon) = (centre.lat(), centre.lng());
    let coarse = boxed(2, lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01).await;
    assert_eq!(coarse, [(cell(Resolution::Two), 2)]);
    assert!(boxed(2, 7.99, 49.99, 8.01, 50.01).await.is_empty());
}

pub(super) async fn density(given: &Given) {
    let other = Profile {
        org: OrgNo(2),
        ..profile(3, 1)
    };
    given
        .place(&[
            (profile(1, 1), fix(50.0, 8.0, 1)),
            (profile(2, 1), fix(50.0, 8.0, 1)),
            (other, fix(50.0, 8.0, 1)),
            (profile(4, 1), fix(-50.0, 8.0, 1)),
        ])
        .await;
    let cell = |lat, lon, resolution| u64::from(point(lat, lon).cell(resolution));
    let everywhere = [Bounds::EVERYWHERE];
    let nine = Resolution::Nine;
    let becomes = |orgs: &'static [OrgNo], resolution, mut expected: Vec<(u64, u32)>| {
        expected.sort_unstable();
        async move {
            given
                .eventually("the density is counted", || async {
                    let mut density = given.index.density(orgs, resolution, &everywhere).await;
                    density.sort_unstable();
                    density == expected
                })
                .await;
        }
    };
    let (south, north) = (cell(-50.0, 8.0, nine), cell(50.0, 8.0, nine));
    becomes(&[OrgNo(1), OrgNo(1)], 9, vec![(south, 1), (north, 2)]).await;
    let three = Resolution::Three;
    let coarse = vec![(cell(-50.0, 8.0, three), 1), (cell(50.0, 8.0, three), 3)];
    becomes(&[OrgNo(2), OrgNo(1)], 3, coarse).await;
    given.index.report(no(1), fix(50.0, 9.0, 2)).await;
    let off = Profile {
        available: false,
        ..profile(2, 2)
    };
    given.admit(off).await;
    given.index.forget(no(4)).await;
    becomes(&[OrgNo(1)], 9, vec![(cell(50.0, 9.0, nine), 1)]).await;
    assert!(
        given
            .index
            .density(&[OrgNo(1)], 16, &[Bounds::EVERYWHERE])
            .await
            .is_empty()
    );
}

pub(super) async fn moves(given: &Given) {
    given.place(&[(profile(1, 1), fix(50.0, 8.0, 0))]).await;
    let everywhere = Search {
        radius_m: 120_000.0,
        ..around(50.5, 8.0)
    };
    // metres, cells, regions
    for step in 1..40_i32 {
        let lat = 50.0 + 0.001 * f64::from(step * step);
        assert!(given.index.report(no(1), fix(lat, 8.0, step.into())).await);
        let found = given.find(&everywhere).await;
        assert_eq!(found.len(), 1, "at step {step}");
        assert_eq!(found[0].fix, fix(lat, 8.0, step.into()));
    }
    assert!(given.index.report(no(1), fix(50.0, 8.0, 99)).await);
    assert_eq!(given.find(&everywhere).await.len(), 1);
}

pub(super) async fn forgets(given: &Given) {
    let people: Vec<_> = (1..=3)
        .map(|number| (profile(number, 1), fix(50.0, 8.0, 1)))
        .collect();
    given.place(&people).await;
    given.index.forget(no(2)).await;
    given.people.strike(2);
    let mut left = given.who(&around(50.0, 8.0)).await;
    left.sort_unstable();
    assert_eq!(left, [1, 3]);
    assert!(given.index.fixes(&[no(2)]).await.is_empty());
    assert!(!given.index.report(no(2), fix(50.0, 8.0, 2)).await);
    given.index.forget(no(2)).await;
}
