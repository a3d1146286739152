//! Where people are by their hours: found, labelled, replaced, left.

use muster_core::domain::place::Point;
use muster_core::domain::responder::LIVE_FIRST;
use muster_core::domain::responder::{Fix, Source};
use muster_core::ports::Search;

use super::given::no;
use super::people::by_hours;
use super::{Given, around, at, fix, profile};

const HALF_AN_HOUR: i64 = LIVE_FIRST.0;

async fn held(given: &Given) -> Option<Fix> {
    let fixes = given.index.fixes(&[no(1)]).await;
    fixes.first().map(|(_, fix)| *fix)
}

pub(super) async fn rank(given: &Given) {
    let index = &given.index;
    let (home, live) = (by_hours(50.0, 8.0, 0), fix(50.01, 8.0, 1_000));
    given.place(&[(profile(1, 1), home)]).await;
    assert_eq!(held(given).await, Some(home));
    assert!(
        index.report(no(1), live).await,
        "a live one always replaces"
    );
    let soon = by_hours(50.0, 8.0, 1_000 + HALF_AN_HOUR);
    assert!(!index.report(no(1), soon).await);
    assert_eq!(held(given).await, Some(live));
    let later = by_hours(50.0, 8.0, 1_001 + HALF_AN_HOUR);
    assert!(index.report(no(1), later).await);
    // one that was under way for long comes too late, a newer one does not
    assert!(!index.report(no(1), live).await);
    let work = by_hours(50.02, 8.0, 2_000 + HALF_AN_HOUR);
    assert!(index.report(no(1), work).await, "another place");
    assert!(!index.report(no(1), later).await, "confirmed before");
    let back = fix(50.01, 8.0, 2_000);
    assert!(
        index.report(no(1), back).await,
        "of the same rank live counts"
    );
    assert_eq!(held(given).await, Some(back));
}

pub(super) async fn age(given: &Given) {
    let (home, live) = (by_hours(50.0, 8.0, 100), fix(50.001, 8.0, 50));
    let people = [(profile(1, 1), home), (profile(2, 1), live)];
    given.place(&people).await;
    let asked = |places, not_before| Search {
        places,
        not_before: at(not_before),
        ..around(50.0, 8.0)
    };
    let everybody = asked(Some(at(100)), 50);
    let found = given.find(&everybody).await;
    let sources: Vec<_> = found.iter().map(|found| found.fix.source).collect();
    // a little further away, and there for certain
    assert_eq!(sources, [Source::Live, Source::Place], "labelled");
    assert_eq!(found[1].fix, home);
    assert_eq!(given.who(&asked(Some(at(101)), 50)).await, [2]);
    assert_eq!(given.who(&asked(None, 50)).await, [2], "live ones only");
    assert_eq!(given.who(&asked(Some(at(0)), 51)).await, [1]);
}

pub(super) async fn leaves(given: &Given) {
    let index = &given.index;
    let live = fix(50.0, 8.0, 100);
    given.place(&[(profile(1, 1), live)]).await;
    index.leave_place(no(1), at(200)).await;
    assert_eq!(held(given).await, Some(live), "not a place");
    let home = by_hours(50.0, 8.0, 200 + HALF_AN_HOUR);
    assert!(index.report(no(1), home).await);
    index.leave_place(no(1), at(199 + HALF_AN_HOUR)).await;
    assert_eq!(held(given).await, Some(home), "confirmed since");
    index.leave_place(no(1), at(200 + HALF_AN_HOUR)).await;
    assert_eq!(held(given).await, None);
    assert!(given.who(&around(50.0, 8.0)).await.is_empty());
    index.leave_place(no(u64::MAX), at(0)).await;
    index.leave_place(no(77), at(0)).await;
    assert!(!index.report(no(1), live).await, "older than the place");
    let back = fix(50.0, 8.0, 201);
    assert!(index.report(no(1), back).await, "and found again");
    assert_eq!(given.who(&around(50.0, 8.0)).await, [1]);
}

/// Far enough apart that each is in a cell of its own.
pub(super) async fn moves(given: &Given) {
    let spots = [50.0, 50.1, 50.2];
    given.place(&[(profile(1, 1), fix(spots[0], 8.0, 0))]).await;
    let whole = Search {
        radius_m: 60_000.0,
        ..around(50.1, 8.0)
    };
    for round in 1..30_i64 {
        let lat = spots[usize::try_from(round % 3).unwrap()];
        // by turns live and by hours, and each newer by rank
        let said = match round % 2 {
            0 => fix(lat, 8.0, round),
            _ => by_hours(lat, 8.0, round + HALF_AN_HOUR),
        };
        assert!(given.index.report(no(1), said).await, "round {round}");
        let found = given.find(&whole).await;
        assert_eq!(found.len(), 1, "round {round}");
        let there = Point::new(lat, 8.0).unwrap();
        assert!(found[0].fix.point.distance_m(there) < 1.0, "round {round}");
        assert_eq!(found[0].fix.source, said.source);
    }
}
