//! Where responders usually are: kept as the hours read on a clock, turned into where they are
//! now and when that is to be looked at again.

use async_trait::async_trait;
use muster_core::domain::ids::ResponderNo;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::domain::usual_places::{CONFIRM_EVERY, Neighbourhood, UsualPlaces};
use muster_core::ports::{LedgerError, PlaceTimes, Whereabouts};

use super::db::{Db, Row, Sql, args, sql};
use super::fault::{Done, Fault};
use super::rows::{bound, instant};
use super::weekly::{self, Stretch};
use super::{Engine, SqlLedger, last_known};
use crate::queue::Lane;

/// Where nothing is to be expected within a week, or the zone is not known any more.
const LOOK_ANYWAY: Millis = Millis::from_s(24 * 3600);

const OF: Sql = sql!("SELECT places FROM usual_place WHERE responder_no = $1");
const PUT: Sql = sql!(
    "INSERT INTO usual_place (responder_no, places, look_at) VALUES ($1, $2, $3)
     ON CONFLICT (responder_no) DO UPDATE SET places = excluded.places, look_at = excluded.look_at"
);
const DROP: Sql = sql!("DELETE FROM usual_place WHERE responder_no = $1");
const NEXT: Sql = sql!("SELECT MIN(look_at) FROM usual_place");
/// Rows that another node is looking at are left to it.
const DUE: Sql = sql!(
    "SELECT responder_no, places FROM usual_place WHERE look_at <= $1
     ORDER BY look_at, responder_no LIMIT $2" [pg " FOR UPDATE SKIP LOCKED"]
);
const LOOKED: Sql = sql!("UPDATE usual_place SET look_at = $1 WHERE responder_no = $2");
const LOOK_AGAIN: Sql = sql!("UPDATE usual_place SET look_at = 0 WHERE look_at > 0");

/// Where somebody is by their hours at `now`, and when to look again.
fn look(usual: &UsualPlaces, now: Timestamp) -> (Option<Neighbourhood>, Timestamp) {
    let mut here = None;
    let mut next = now + LOOK_ANYWAY;
    for usual_place in &usual.places {
        let all: Vec<Stretch> =
            weekly::stretches(&usual.zone, &usual_place.hours, now).unwrap_or_default();
        if here.is_none() && all.iter().any(|stretch| stretch.holds(now)) {
            here = Some(usual_place.place);
        }
        let ends = all.iter().flat_map(|stretch| [stretch.from, stretch.to]);
        next = ends.filter(|at| *at > now).fold(next, Timestamp::min);
    }
    if here.is_some() {
        next = next.min(now + CONFIRM_EVERY);
    }
    (here, next)
}

fn put(
    db: &dyn Db,
    who: ResponderNo,
    usual: Option<&UsualPlaces>,
    now: Timestamp,
) -> Done<Whereabouts> {
    db.execute(last_known::FORGET_BY_HOURS, args![who])?;
    let Some(usual) = usual else {
        db.execute(DROP, args![who])?;
        return Ok(Whereabouts {
            responder: who,
            place: None,
        });
    };
    if !weekly::knows(&usual.zone) {
        return Err(Fault::broken("places with hours of an unknown zone"));
    }
    let (place, next) = look(usual, now);
    db.execute(PUT, args![who, &serde_json::to_string(usual)?, next])?;
    Ok(Whereabouts {
        responder: who,
        place,
    })
}

/// Looks at whoever is due. What cannot be read is nobody's place, and holds no other up.
fn due(db: &dyn Db, now: Timestamp, limit: usize) -> Done<Vec<Whereabouts>> {
    let rows = db.query_one(DUE, args![now, bound(limit)])?;
    let mut people = Vec::with_capacity(rows.count());
    for row in rows.iter() {
        let responder = ResponderNo(row.nat(0)?);
        let (place, next) = match read(row, 1) {
            Ok(usual) => look(&usual, now),
            Err(_unreadable) => {
                tracing::error!(responder = responder.0, "places with hours are unreadable");
                (None, now + LOOK_ANYWAY)
            }
        };
        db.execute(LOOKED, args![next, responder])?;
        if place.is_none() {
            // nobody is looked for at a place that they have left, with or without a live index
            db.execute(last_known::FORGET_BY_HOURS, args![responder])?;
        }
        people.push(Whereabouts { responder, place });
    }
    Ok(people)
}

fn read(row: Row<'_>, at: usize) -> Done<UsualPlaces> {
    Ok(serde_json::from_str(row.text(at)?)?)
}

#[async_trait]
impl<E: Engine> PlaceTimes for SqlLedger<E> {
    async fn places_of(&self, who: ResponderNo) -> Result<Option<UsualPlaces>, LedgerError> {
        self.read(move |db| {
            let rows = db.query_one(OF, args![who])?;
            rows.first().map(|row| read(row, 0)).transpose()
        })
        .await
    }

    async fn set_places(
        &self,
        who: ResponderNo,
        places: Option<UsualPlaces>,
        now: Timestamp,
    ) -> Result<Whereabouts, LedgerError> {
        self.write(Lane::Routine, move |db| put(db, who, places.as_ref(), now))
            .await
    }

    async fn due_places(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Whereabouts>, LedgerError> {
        // a read first: most looks find nobody due, and a write costs a flush
        let next = self
            .read(|db| {
                let rows = db.query_one(NEXT, &[])?;
                let next = rows.first().map(|row| row.opt_int(0)).transpose()?;
                Ok(instant(next.flatten()))
            })
            .await?;
        if next.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        self.write(Lane::Routine, move |db| due(db, now, limit))
            .await
    }

    async fn look_again(&self) -> Result<(), LedgerError> {
        self.write(Lane::Routine, |db| db.execute(LOOK_AGAIN, &[]))
            .await
    }
}

#[cfg(test)]
mod tests {
    use muster_core::domain::place::Point;
    use muster_core::domain::usual_places::{Label, UsualPlace};
    use muster_core::domain::weekly::WeeklySpan;
    use proptest::prelude::*;

    use super::*;

    const ALL_DAYS: u8 = 0b111_1111;

    fn at(lat: f64) -> Neighbourhood {
        Neighbourhood::of(Point::new(lat, 8.0).unwrap())
    }

    fn place(lat: f64, days: u8, from: u16, to: u16) -> UsualPlace {
        UsualPlace {
            label: Label::Home,
            place: at(lat),
            hours: vec![WeeklySpan { days, from, to }],
        }
    }

    fn berlin(places: Vec<UsualPlace>) -> UsualPlaces {
        UsualPlaces {
            zone: "Europe/Berlin".to_owned(),
            places,
        }
    }

    fn t(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    /// Where somebody is then, and when they are looked at next.
    fn looked(usual: &UsualPlaces, now: &str) -> (Option<u64>, Timestamp) {
        let (here, next) = look(usual, t(now));
        (here.map(u64::from), next)
    }

    #[test]
    fn the_first_listed_counts_and_each_boundary_is_looked_at() {
        let usual = berlin(vec![
            // work on weekdays from nine to five, home always
            place(50.1, 0b001_1111, 9 * 60, 17 * 60),
            place(50.0, ALL_DAYS, 0, 0),
        ]);
        let (work, home) = (Some(u64::from(at(50.1))), Some(u64::from(at(50.0))));
        // 23 November 2026 is a Monday; Berlin is an hour ahead
        let monday = |time: &str| format!("2026-11-23T{time}Z");
        let look = |time: &str| looked(&usual, &monday(time));
        assert_eq!(look("06:00:00"), (home, t(&monday("06:15:00"))));
        assert_eq!(look("07:50:00"), (home, t(&monday("08:00:00"))));
        assert_eq!(look("08:00:00"), (work, t(&monday("08:15:00"))));
        assert_eq!(look("15:59:59"), (work, t(&monday("16:00:00"))));
        assert_eq!(look("16:00:00"), (home, t(&monday("16:15:00"))));
        assert_eq!(looked(&usual, "2026-11-28T08:00:00Z").0, home, "a Saturday");
    }

    #[test]
    fn outside_the_hours_the_next_beginning_is_looked_at_across_a_clock_change() {
        let usual = berlin(vec![place(50.0, 1 << 6, 18 * 60, 20 * 60)]);
        // Sunday 29 March 2026: the clock is put forward in the night before
        let begins = t("2026-03-29T16:00:00Z");
        assert_eq!(looked(&usual, "2026-03-29T01:30:00Z"), (None, begins));
        let (here, next) = looked(&usual, "2026-03-29T16:00:00Z");
        assert!(here.is_some());
        assert_eq!(next, t("2026-03-29T16:15:00Z"));
        let after = looked(&usual, "2026-03-29T18:00:00Z");
        assert_eq!(
            after,
            (None, t("2026-03-30T18:00:00Z")),
            "once a day at least"
        );
    }

    #[test]
    fn an_unknown_zone_is_nowhere_and_looked_at_again() {
        let usual = UsualPlaces {
            zone: "Mars/Olympus".to_owned(),
            places: vec![place(50.0, ALL_DAYS, 0, 0)],
        };
        let now = t("2026-11-23T12:00:00Z");
        assert!(look(&usual, now) == (None, now + LOOK_ANYWAY));
    }

    proptest! {
        /// Between two looks nothing begins or ends, and hours that run are seen in time.
        #[test]
        fn nothing_changes_between_two_looks(
            spans in prop::collection::vec((1..128_u8, 0..1440_u16, 0..1440_u16), 1..5),
            start_min in 0..60 * 24 * 400_i64,
        ) {
            let places = spans.iter().zip(0_u8..).map(|(&(days, from, to), n)| {
                place(50.0 + f64::from(n) / 10.0, days, from, to)
            });
            let usual = berlin(places.collect());
            // minutes of a year with both clock changes
            let now = t("2026-01-01T00:00:00Z") + Millis::from_s(start_min * 60);
            let (here, next) = look(&usual, now);
            prop_assert!(next > now && next <= now + LOOK_ANYWAY);
            prop_assert!(here.is_none() || next <= now + CONFIRM_EVERY);
            let last = next - Millis(1);
            prop_assert!(look(&usual, last).0 == here);
            let between = now + Millis((next - now).0 / 2);
            prop_assert!(look(&usual, between).0 == here);
        }
    }
}
