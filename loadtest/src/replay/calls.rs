//! Real calls from a file. Where the source gives the day only, the hour is drawn from the
//! published distribution of arrests over the day.

use crate::phones::open;
use jiff::Timestamp;
use muster_stand::failure::{Failure, Outcome};
use muster_stand::geo::LatLon;
use muster_stand::rng::Rng;
use serde::Deserialize;
use std::io::Read;
use std::path::Path;

/// Arrests per hour 0–23 in percent (`data/README.md`).
const PER_HOUR: [f64; 24] = [
    2.0, 1.6, 1.2, 1.3, 1.7, 1.8, 2.9, 4.7, 6.6, 6.3, 6.7, 6.8, 6.7, 5.2, 5.5, 5.0, 5.0, 5.6, 5.5,
    4.5, 4.0, 3.7, 3.1, 2.4,
];

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Seconds since 1970.
    pub at_s: f64,
    /// Where.
    pub place: LatLon,
    /// What, in the contract's words.
    pub kind: String,
    /// Call to first unit on scene; absent where the source has none (or 0).
    pub response_s: Option<f64>,
    /// Its row in the file, from 1.
    pub row: usize,
}

/// What a file holds.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    /// In the order of time.
    pub items: Vec<Call>,
    /// Rows that are not calls (no position, no time).
    pub skipped: usize,
}

#[derive(Deserialize)]
struct Row {
    at: String,
    lat: f64,
    lng: f64,
    kind: String,
    at_precision: String,
    response_s: Option<f64>,
}

/// Reads a file, plain or gzip, at most `limit` calls of it.
pub fn read_calls(path: &Path, seed: u64, limit: Option<usize>) -> Outcome<Calls> {
    let calls = parse(open(path)?, seed, limit);
    if calls.items.is_empty() {
        Err(Failure::new(format!(
            "there are no calls in {}",
            path.display()
        )))
    } else {
        Ok(calls)
    }
}

fn parse(from: impl Read, seed: u64, limit: Option<usize>) -> Calls {
    let mut calls = Calls::default();
    let mut reader = csv::Reader::from_reader(from);
    for (n, row) in reader.deserialize::<Row>().enumerate() {
        if calls.items.len() >= limit.unwrap_or(usize::MAX) {
            break;
        }
        match row
            .ok()
            .and_then(|row| call(&row, n + 1, &mut Rng::split(seed, n as u64)))
        {
            Some(call) => calls.items.push(call),
            None => calls.skipped += 1,
        }
    }
    calls.items.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    calls
}

fn call(row: &Row, number: usize, rng: &mut Rng) -> Option<Call> {
    let at: Timestamp = row.at.parse().ok()?;
    let mut at_s = at.as_millisecond() as f64 / 1_000.0;
    if row.at_precision == "day" {
        at_s += second_of_day(rng);
    }
    let possible = row.lat.abs() <= 90.0 && row.lng.abs() <= 180.0;
    (possible && (row.lat, row.lng) != (0.0, 0.0)).then(|| Call {
        at_s,
        place: LatLon::new(row.lat, row.lng),
        kind: row.kind.clone(),
        response_s: row.response_s.filter(|s| *s > 0.0),
        row: number,
    })
}

/// A second of a day, as often as arrests happen then.
fn second_of_day(rng: &mut Rng) -> f64 {
    let mut left = rng.unit() * PER_HOUR.iter().sum::<f64>();
    let mut start = 0.0;
    for share in PER_HOUR {
        if left < share {
            break;
        }
        left -= share;
        start += 3_600.0;
    }
    start + rng.between(0.0, 3_600.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "at,lat,lng,kind,raw_type,at_precision,response_s,area\n";

    fn read(rows: &str, seed: u64) -> Calls {
        parse(format!("{HEAD}{rows}").as_bytes(), seed, None)
    }

    #[test]
    fn a_call_to_the_minute_keeps_its_time_and_zone() {
        let row = "2015-12-10T17:40:00-05:00,40.29,-75.58,fire,\"Fire: GAS, LEAK\",minute,,X\n";
        let calls = read(row, 1);
        let at: Timestamp = "2015-12-10T22:40:00Z".parse().unwrap();
        let call = &calls.items[0];
        assert_eq!(
            (call.at_s, call.kind.as_str()),
            (at.as_second() as f64, "fire")
        );
        assert_eq!((call.response_s, call.row), (None, 1));
    }

    #[test]
    fn a_call_to_the_day_gets_a_time_of_that_day_the_same_for_the_same_seed() {
        let row = "2017-01-01T00:00:00-05:00,36.86,-76.02,cardiac_arrest,OHCA,day,340,VB\n";
        let midnight: Timestamp = "2017-01-01T05:00:00Z".parse().unwrap();
        let at = |seed| read(row, seed).items[0].at_s - midnight.as_second() as f64;
        assert!((0.0..86_400.0).contains(&at(1)));
        assert_eq!(at(1).to_bits(), at(1).to_bits());
        assert_ne!(at(1).to_bits(), at(2).to_bits());
    }

    #[test]
    fn most_arrests_are_by_day() {
        let mut rng = Rng::new(9);
        let by_day = (0..10_000).map(|_| second_of_day(&mut rng) / 3_600.0);
        let by_day = by_day.filter(|hour| (8.0..20.0).contains(hour)).count();
        assert!((6_900..7_300).contains(&by_day), "{by_day}");
    }

    #[test]
    fn a_response_of_zero_is_unknown_and_rows_without_a_place_are_skipped() {
        let rows = "2017-01-02T00:00:00Z,36.8,-76.0,cardiac_arrest,x,minute,0,VB\n\
            2017-01-01T00:00:00Z,36.8,-76.0,cardiac_arrest,x,minute,90,VB\n\
            2017-01-01T00:00:00Z,0,0,cardiac_arrest,x,minute,1,VB\n\
            2017-01-01T00:00:00Z,,,cardiac_arrest,x,minute,1,VB\n\
            yesterday,36.8,-76.0,cardiac_arrest,x,minute,1,VB\n";
        let calls = read(rows, 1);
        assert_eq!((calls.items.len(), calls.skipped), (2, 3));
        assert_eq!(calls.items[0].response_s, Some(90.0), "sorted by time");
        assert_eq!(calls.items[1].response_s, None);
    }
}
