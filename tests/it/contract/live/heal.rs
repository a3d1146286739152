//! What crashes leave behind, and several nodes at once.

use futures_util::future::join_all;
use h3o::Resolution;
use muster_core::domain::responder::Profile;
use muster_core::ports::{LiveIndex as _, Search};

use super::given::{no, who};
use super::{Given, Kind, around, at, fix, point, profile};
use crate::support::eventually;

/// All hashes of people, with what is in them, as text.
async fn cells(given: &mut Given) -> Vec<String> {
    let keys = given.server().ask(&["KEYS", "c:*"]).await.unwrap();
    keys.split(|c: char| c.is_whitespace() || c == ',' || c == '[' || c == ']' || c == '"')
        .filter(|key| key.starts_with("c:"))
        .map(str::to_owned)
        .collect()
}

/// Keeps what is in the one cell there is, and lays it into that cell again when called: the
/// entry that a crash between two steps of a move leaves behind.
async fn dump(given: &mut Given) -> String {
    let cells = cells(given).await;
    assert_eq!(cells.len(), 1, "{cells:?}");
    let copied = ["COPY", cells[0].as_str(), "kept"];
    assert_eq!(given.server().ask(&copied).await.unwrap(), "1");
    cells[0].clone()
}

async fn lay_again(given: &mut Given, key: &str) {
    let copied = ["COPY", "kept", key, "REPLACE"];
    assert_eq!(given.server().ask(&copied).await.unwrap(), "1");
    occupied(given, "1").await;
}

/// Says of the cell at 50, 8 whether anybody is in it.
async fn occupied(given: &mut Given, is: &str) {
    let cell = point(50.0, 8.0).cell(Resolution::Eleven);
    let region = cell.parent(Resolution::Five).unwrap();
    let cell = cell.parent(Resolution::Nine).unwrap();
    let bit = cell.child_position(Resolution::Five).unwrap().to_string();
    let map = format!("o:{{{region:x}}}9", region = u64::from(region));
    let set = ["SETBIT", &map, &bit, is];
    given.server().ask(&set).await.unwrap();
}

/// A failover may keep what is in a cell and lose that the cell has anybody in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stays_in_a_cell_is_found_again_with_their_next_report() {
    let mut given = Given::with(Kind::Redis).await;
    given.place(&[(profile(1, 1), fix(50.0, 8.0, 1))]).await;
    // from so far away that the bitmap says where to look
    let search = around(50.03, 8.0);
    given.knows_around(&search).await;
    assert_eq!(given.who(&search).await, [1]);
    occupied(&mut given, "0").await;
    assert!(given.who(&search).await.is_empty());
    assert!(given.index.report(no(1), fix(50.0, 8.0, 2)).await);
    assert_eq!(given.who(&search).await, [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_left_behind_by_a_crash_is_shown_once_and_taken_away() {
    let mut given = Given::with(Kind::Redis).await;
    given.place(&[(profile(1, 1), fix(50.0, 8.0, 1))]).await;
    let old = dump(&mut given).await;
    let search = around(50.0, 8.0);
    given.knows_around(&search).await;
    for (step, lat) in [(2, 50.01), (3, 50.03)] {
        assert!(given.index.report(no(1), fix(lat, 8.0, step)).await);
        lay_again(&mut given, &old).await;
        let found = given.find(&search).await;
        assert_eq!(who(&found), [1]);
        assert_eq!(found[0].fix, fix(lat, 8.0, step));
        let mut left = cells(&mut given).await;
        for _ in 0..500 {
            if left.len() == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            left = cells(&mut given).await;
        }
        assert_eq!(left.len(), 1, "not healed: {left:?}");
        assert_ne!(left[0], old);
    }
    assert_eq!(given.cost().duplicates, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_no_search_meets_with_its_double_is_found_by_the_upkeep() {
    let mut given = Given::with(Kind::Redis).await;
    given.place(&[(profile(1, 1), fix(50.0, 8.0, 1))]).await;
    let old = dump(&mut given).await;
    assert!(given.index.report(no(1), fix(51.0, 8.0, 2)).await);
    lay_again(&mut given, &old).await;
    let index = given.redis.clone().unwrap();
    assert_eq!(index.drop_older_than(at(0)).await, 0);
    assert_eq!(cells(&mut given).await.len(), 1);
    let here = around(50.0, 8.0);
    given.knows_around(&here).await;
    assert!(given.who(&here).await.is_empty());
    // and it leaves alone what belongs there
    let there = around(51.0, 8.0);
    given.knows_around(&there).await;
    assert_eq!(given.who(&there).await, [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_positions_are_forgotten_and_their_cells_with_them() {
    let mut given = Given::with(Kind::Redis).await;
    let people: Vec<_> = (1..=300)
        .map(|n| {
            let shift = 0.0005 * n as f64;
            (
                profile(n, 1),
                fix(50.0 + shift, 8.0, i64::try_from(n).unwrap()),
            )
        })
        .collect();
    given.place(&people).await;
    let index = given.redis.clone().unwrap();
    assert_eq!(index.drop_older_than(at(201)).await, 200);
    let search = Search {
        radius_m: 30_000.0,
        limit: 500,
        ..around(50.0, 8.0)
    };
    given.knows_around(&search).await;
    let mut left = given.who(&search).await;
    left.sort_unstable();
    assert_eq!(left, (201..=300).collect::<Vec<_>>());
    assert_eq!(given.index.fixes(&[no(200), no(201)]).await.len(), 1);
    assert_eq!(index.drop_older_than(at(1000)).await, 100);
    assert!(cells(&mut given).await.is_empty());
    // whoever reports again is back
    assert!(given.index.report(no(7), fix(50.0, 8.0, 2000)).await);
    assert_eq!(given.who(&around(50.0, 8.0)).await, [7]);
}

/// Every responder is reported and admitted by every node at once, over and over, across cells.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_write_the_same_people_at_once_agree_in_the_end() {
    let mut given = Given::with(Kind::Redis).await;
    let nodes = [
        given.redis.clone().unwrap(),
        given.another_node(),
        given.another_node(),
    ];
    let people: Vec<_> = (1..=40)
        .map(|n| (profile(n, 1), fix(50.0, 8.0, 0)))
        .collect();
    given.place(&people).await;
    let place = |number: u64, step: i64| {
        let turn = (number * 7 + step.unsigned_abs() * 13) % 29;
        fix(50.0 + 0.002 * turn as f64, 8.0, step)
    };
    for round in 0..8_i64 {
        let writes = nodes.iter().enumerate().flat_map(|(at, node)| {
            (1..=40_u64).map(move |number| async move {
                let step = round * 3 + i64::try_from(at).unwrap() + 1;
                let version = step.unsigned_abs();
                let now = Profile {
                    available: version % 5 != 0,
                    ..profile(number, version)
                };
                tokio::join!(
                    node.report(no(number), place(number, step)),
                    node.admit(now),
                );
            })
        });
        join_all(writes).await;
    }
    // the last word was version 24 and step 24: everybody available, each at one place
    let search = Search {
        radius_m: 30_000.0,
        limit: 500,
        ..around(50.0, 8.0)
    };
    given.knows_around(&search).await;
    // whoever meets a second entry, left where two nodes moved somebody at once, takes it away
    eventually("nobody stands in two places", async || {
        let before = given.cost().duplicates;
        given.find(&search).await;
        (given.cost().duplicates == before).then_some(())
    })
    .await;
    let found = given.find(&search).await;
    let mut numbers = who(&found);
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    for found in &found {
        let number = found.profile.responder.0;
        assert_eq!(found.profile.version, 24);
        assert_eq!(found.fix, place(number, 24));
    }
}
