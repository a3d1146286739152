//! One last known cell per responder.

use h3o::{CellIndex, Resolution};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::domain::responder::LIVE_FIRST;
use muster_core::domain::responder::Source;
use muster_core::domain::time::Millis;
use muster_core::ports::{LastKnown as _, LedgerError, PlaceTimes as _, Roster as _, Seen};

use super::support::{Engine, T0, town};

fn cell(lat: f64) -> CellIndex {
    Point::new(lat, 8.0).unwrap().cell(Resolution::Nine)
}

pub(super) async fn sightings_are_kept_found_by_place_and_forgotten<E: Engine>() {
    let town = town::<E>(3).await;
    let (here, far) = (cell(50.0), cell(60.0));
    let seen = |at: usize, cell, ms| Seen {
        responder: town.people[at],
        cell,
        at: T0 + Millis(ms),
        source: Source::Live,
    };
    let nobody = Seen {
        responder: ResponderNo(4_000),
        ..seen(0, here, 0)
    };
    let first = vec![seen(2, far, 0), seen(0, here, 5), nobody, seen(1, here, 9)];
    town.ledger.keep(first).await.unwrap();
    // an older sighting changes nothing, a newer one moves
    town.ledger.keep(vec![seen(0, far, 4)]).await.unwrap();
    town.ledger.keep(vec![seen(2, here, 1)]).await.unwrap();
    town.ledger
        .set_duty(town.people[0], false, None)
        .await
        .unwrap();
    let parents = [here.parent(Resolution::Five).unwrap()];
    let inside = town.ledger.inside(&parents, T0, 10).await.unwrap();
    let found: Vec<_> = inside.iter().map(|(_, seen)| *seen).collect();
    assert_eq!(
        found,
        [seen(1, here, 9), seen(0, here, 5), seen(2, here, 1)]
    );
    let available: Vec<_> = inside.iter().map(|(p, _)| p.available).collect();
    assert_eq!(available, [true, false, true]);
    assert_eq!(town.ledger.inside(&parents, T0, 1).await.unwrap().len(), 1);
    let elsewhere = [far.parent(Resolution::Five).unwrap()];
    let empty = town.ledger.inside(&elsewhere, T0, 10).await.unwrap();
    assert!(empty.is_empty());
    assert!(town.ledger.inside(&[], T0, 10).await.unwrap().is_empty());
    let before = T0 + Millis(5);
    assert_eq!(town.ledger.forget_seen(before).await.unwrap(), 1);
    assert_eq!(town.ledger.forget_seen(before).await.unwrap(), 0);
}

pub(super) async fn who_is_seen_by_their_hours_is_kept_as_such<E: Engine>() {
    let town = town::<E>(1).await;
    let (here, far) = (cell(50.0), cell(60.0));
    let seen = |cell, ms, source| Seen {
        responder: town.people[0],
        cell,
        at: T0 + Millis(ms),
        source,
    };
    let kept = async |new: Seen| {
        town.ledger.keep(vec![new]).await.unwrap();
        let inside = town.ledger.inside(&[here, far], T0, 10).await.unwrap();
        inside.first().map(|(_, seen)| *seen)
    };
    let half = LIVE_FIRST.0;
    let live = seen(here, 10, Source::Live);
    assert_eq!(kept(live).await, Some(live));
    assert_eq!(kept(seen(far, 10 + half, Source::Place)).await, Some(live));
    let home = seen(far, 11 + half, Source::Place);
    assert_eq!(kept(home).await, Some(home));
    assert_eq!(kept(live).await, Some(home));
    let later = seen(far, 12 + half, Source::Place);
    assert_eq!(kept(later).await, Some(later));
    let back = seen(here, 12, Source::Live);
    assert_eq!(kept(back).await, Some(back));
    // whoever ends their places is not remembered at one, and still where they were live
    let who = town.people[0];
    let end = async || town.ledger.set_places(who, None, T0).await.unwrap();
    end().await;
    assert_eq!(kept(back).await, Some(back));
    let home = seen(far, 13 + half, Source::Place);
    assert_eq!(kept(home).await, Some(home));
    end().await;
    let inside = town.ledger.inside(&[here, far], T0, 10).await.unwrap();
    assert!(inside.is_empty());
}

pub(super) async fn cells_of_any_one_resolution_hold_whom_they_are_around<E: Engine>() {
    let town = town::<E>(3).await;
    let here = cell(50.0);
    // next to it, so that only the finest cells tell them apart, and some way off
    let next = here.grid_disk::<Vec<_>>(1).into_iter();
    let next = next.filter(|cell| *cell != here).min().unwrap();
    let places = [here, next, cell(50.1)];
    let seen: Vec<Seen> = (0..)
        .zip(places)
        .map(|(at, cell)| Seen {
            responder: town.people[at],
            cell,
            at: T0,
            source: Source::Live,
        })
        .collect();
    town.ledger.keep(seen).await.unwrap();
    for resolution in 5..=9 {
        let resolution = Resolution::try_from(resolution).unwrap();
        let above = |cell: &CellIndex| cell.parent(resolution).unwrap();
        for asked in [&places[..1], &places[1..], &places[..]] {
            let cells: Vec<_> = asked.iter().map(above).collect();
            let inside = town.ledger.inside(&cells, T0, 10).await.unwrap();
            let mut found: Vec<_> = inside.iter().map(|(_, seen)| seen.cell).collect();
            let mut wanted = places.to_vec();
            wanted.retain(|place| cells.contains(&above(place)));
            found.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{resolution}");
        }
    }
    let mixed = [here, here.parent(Resolution::Five).unwrap()];
    let finer = [here.center_child(Resolution::Ten).unwrap()];
    for wrong in [&mixed[..], &finer[..]] {
        let answer = town.ledger.inside(wrong, T0, 10).await;
        assert!(matches!(answer, Err(LedgerError::Broken(_))));
    }
}
