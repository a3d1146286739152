//! One last known cell per responder.

use h3o::{CellIndex, Resolution};
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::domain::time::Millis;
use muster_core::ports::{LastKnown as _, Roster as _, Seen};

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
    let before = T0 + Millis(5);
    assert_eq!(town.ledger.forget_seen(before).await.unwrap(), 1);
    assert_eq!(town.ledger.forget_seen(before).await.unwrap(), 0);
}
