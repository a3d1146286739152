//! Where people usually are: kept, looked at when their hours say so, ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use h3o::Resolution;
use muster_core::domain::place::Point;
use muster_core::domain::responder::Source;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::domain::usual_places::{
    CONFIRM_EVERY, Label, Neighbourhood, UsualPlace, UsualPlaces,
};
use muster_core::domain::weekly::WeeklySpan;
use muster_core::ports::{
    Alarm, LastKnown as _, PhoneReport, PhoneStates as _, PlaceTimes as _, PositionSource, Seen,
    Whereabouts,
};
use tokio::task::JoinSet;

use super::support::{Engine, T0, device, town};

const ALL_DAYS: u8 = 0b111_1111;

fn at(lat: f64) -> Neighbourhood {
    Neighbourhood::of(Point::new(lat, 8.0).unwrap())
}

fn place(lat: f64, from_h: u16, to_h: u16) -> UsualPlace {
    UsualPlace {
        label: Label::Home,
        place: at(lat),
        hours: vec![WeeklySpan {
            days: ALL_DAYS,
            from: from_h * 60,
            to: to_h * 60,
        }],
    }
}

fn usual(places: Vec<UsualPlace>) -> UsualPlaces {
    UsualPlaces {
        zone: "UTC".to_owned(),
        places,
    }
}

/// T0 is eight in the morning there.
fn hour(n: i64) -> Timestamp {
    T0 + Millis::from_s(n * 3600)
}

pub(super) async fn places_are_kept_looked_at_and_ended<E: Engine>() {
    let town = town::<E>(2).await;
    let (ledger, anna) = (&town.ledger, town.people[0]);
    let due = async |now| ledger.due_places(now, 10).await.unwrap();
    let here = |lat: f64| {
        vec![Whereabouts {
            responder: anna,
            place: Some(at(lat)),
        }]
    };
    assert!(ledger.places_of(anna).await.unwrap().is_none());
    // work from nine to seventeen, home until nine and from sixteen
    let both = usual(vec![place(50.1, 9, 17), place(50.0, 16, 9)]);
    let now = ledger.set_places(anna, Some(both.clone()), T0).await;
    assert!(vec![now.unwrap()] == here(50.0));
    assert!(ledger.places_of(anna).await.unwrap() == Some(both));
    assert!(due(T0 + CONFIRM_EVERY - Millis(1)).await.is_empty());
    assert!(due(T0 + CONFIRM_EVERY).await == here(50.0));
    assert!(due(T0 + CONFIRM_EVERY).await.is_empty(), "looked at");
    // a node that was away looks once, at what is now
    assert!(due(hour(1)).await == here(50.1), "nine o'clock");
    assert!(due(hour(8)).await == here(50.1), "the first of two counts");
    assert!(due(hour(9)).await == here(50.0), "seventeen");
    ledger.look_again().await.unwrap();
    assert!(
        due(hour(9)).await == here(50.0),
        "the index may have lost it"
    );
    assert!(due(hour(9)).await.is_empty(), "told again");
    // another node, or another life of this one, knows all of it
    let again = town.engine.after_crash(ledger).await;
    assert!(again.due_places(hour(9), 10).await.unwrap().is_empty());
    assert!(again.due_places(hour(10), 10).await.unwrap() == here(50.0));
    let short = usual(vec![place(50.2, 20, 21)]);
    let now = ledger.set_places(anna, Some(short), hour(9)).await.unwrap();
    assert!(now.place.is_none(), "outside");
    assert!(due(hour(12) - Millis(1)).await.is_empty());
    assert!(due(hour(12)).await == here(50.2));
    let seen = Seen {
        responder: anna,
        cell: Point::new(50.2, 8.0).unwrap().cell(Resolution::Nine),
        at: hour(12),
        source: Source::Place,
    };
    ledger.keep(vec![seen]).await.unwrap();
    let home = [seen.cell];
    let last_seen = async || ledger.inside(&home, hour(12), 10).await.unwrap().len();
    assert_eq!(last_seen().await, 1);
    let gone = due(hour(13)).await;
    assert!(gone.len() == 1 && gone[0].place.is_none(), "twenty-one");
    assert_eq!(last_seen().await, 0, "not there any more, whatever is away");
    let dump = town.engine.dump("usual_place").await;
    assert!(dump.contains("home") && !dump.contains("50.2"), "{dump}");
    let now = ledger.set_places(anna, None, hour(12)).await.unwrap();
    assert!(now.place.is_none());
    assert!(ledger.places_of(anna).await.unwrap().is_none());
    assert!(due(hour(1_000)).await.is_empty());
    assert_eq!(town.engine.dump("usual_place").await.trim(), "");
}

pub(super) async fn each_is_looked_at_once_when_several_look<E: Engine>() {
    let town = town::<E>(40).await;
    for (who, n) in town.people.iter().zip(0_u8..) {
        let home = usual(vec![place(50.0 + f64::from(n) / 10.0, 0, 0)]);
        town.ledger.set_places(*who, Some(home), T0).await.unwrap();
    }
    let now = T0 + CONFIRM_EVERY;
    let mut looks = JoinSet::new();
    for _ in 0..8 {
        let ledger = Arc::clone(&town.ledger);
        looks.spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..20 {
                mine.extend(ledger.due_places(now, 3).await.unwrap());
            }
            mine
        });
    }
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    for looked in looks.join_all().await.into_iter().flatten() {
        assert!(looked.place.is_some());
        *times.entry(looked.responder).or_default() += 1;
    }
    assert_eq!(times.len(), 40, "nobody is left out");
    assert!(times.values().all(|times| *times == 1));
}

pub(super) async fn whoever_has_a_place_counts_as_findable<E: Engine>() {
    let town = town::<E>(3).await;
    let ledger = &town.ledger;
    let says = async |n: usize, position| {
        let report = PhoneReport {
            alarm: Alarm::Loud,
            position,
            whole: "{}".to_owned(),
        };
        let phone = device(n).id;
        let who = town.people[n];
        ledger.put_state(who, &phone, report, T0).await.unwrap();
    };
    says(0, PositionSource::None).await;
    says(1, PositionSource::Live).await;
    for who in &town.people {
        let home = usual(vec![place(50.0, 0, 0)]);
        ledger.set_places(*who, Some(home), T0).await.unwrap();
    }
    let positions = async || {
        let (_, people) = ledger.on_duty(town.org, T0).await.unwrap();
        people.iter().map(|one| one.position).collect::<Vec<_>>()
    };
    let (live, place) = (PositionSource::Live, PositionSource::Place);
    assert_eq!(positions().await, [place, live, place]);
    for who in &town.people {
        ledger.set_places(*who, None, T0).await.unwrap();
    }
    let none = PositionSource::None;
    assert_eq!(positions().await, [none, live, none]);
}
