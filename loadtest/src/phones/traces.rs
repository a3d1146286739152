//! Where a phone is at a given second: a recorded (or made up) trace, looped.

use flate2::read::MultiGzDecoder;
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::geo::LatLon;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// One phone's way, looped.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Second, place and accuracy, ascending; never empty once built. Shared: many phones may have
    /// the same recorded way, shifted in time.
    points: Arc<Vec<(f64, LatLon, f64)>>,
    shift_s: f64,
}

impl Trace {
    /// A trace of these points (second, place, accuracy in metres), in any order.
    pub fn new(mut points: Vec<(f64, LatLon, f64)>) -> Self {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            points: Arc::new(points),
            shift_s: 0.0,
        }
    }

    /// Somebody who stays where they are.
    pub fn still(at: LatLon) -> Self {
        Self::new(vec![(0.0, at, 10.0)])
    }

    /// The same way, that many seconds ahead.
    #[must_use]
    pub fn shifted(mut self, by_s: f64) -> Self {
        self.shift_s = by_s;
        self
    }

    /// Place and accuracy at a second, between two points on the straight line.
    pub fn at(&self, second: f64) -> (LatLon, f64) {
        let Some((last, place, accuracy)) = self.points.last().copied() else {
            return (LatLon::new(0.0, 0.0), 0.0);
        };
        if last <= 0.0 {
            return (place, accuracy);
        }
        let second = (second + self.shift_s).rem_euclid(last);
        let next = self.points.partition_point(|p| p.0 <= second);
        let (Some(before), Some(after)) =
            (self.points.get(next.wrapping_sub(1)), self.points.get(next))
        else {
            let first = self.points.first().map_or(place, |p| p.1);
            return (first, accuracy);
        };
        let share = (second - before.0) / (after.0 - before.0).max(1e-9);
        (before.1.towards(after.1, share), before.2)
    }
}

#[derive(Deserialize)]
struct Row {
    t_s: f64,
    volunteer: String,
    lat: f64,
    lng: f64,
    accuracy_m: f64,
}

/// Reads `t_s,volunteer,lat,lng,accuracy_m,speed_mps,mode`, plain or gzip: a trace for each
/// volunteer.
pub fn read_moves(path: &Path) -> Outcome<Vec<Trace>> {
    parse_moves(open(path)?).doing(path.display())
}

/// Opens a file, unpacking `.gz`.
pub(crate) fn open(path: &Path) -> Outcome<Box<dyn Read>> {
    let file = BufReader::new(File::open(path).doing(format!("opening {}", path.display()))?);
    Ok(if path.extension().is_some_and(|e| e == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}

fn parse_moves(from: impl Read) -> Outcome<Vec<Trace>> {
    let mut by_volunteer = BTreeMap::<String, Vec<_>>::new();
    for row in csv::Reader::from_reader(from).deserialize() {
        let row: Row = row.doing("reading a move")?;
        let point = (row.t_s, LatLon::new(row.lat, row.lng), row.accuracy_m);
        by_volunteer.entry(row.volunteer).or_default().push(point);
    }
    if by_volunteer.is_empty() {
        Err(Failure::new("there are no moves in it"))
    } else {
        Ok(by_volunteer.into_values().map(Trace::new).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "t_s,volunteer,lat,lng,accuracy_m,speed_mps,mode\n\
        0.0,7,36.0,-76.0,8,0,drive\n60.0,7,36.2,-76.0,9,1,drive\n0.0,9,37.0,-75.0,35,0,still\n";

    #[test]
    fn moves_are_grouped_by_volunteer_and_looped() {
        let traces = parse_moves(CSV.as_bytes()).unwrap();
        assert_eq!(traces.len(), 2);
        let (half, accuracy) = traces[0].at(30.0);
        assert!((half.lat - 36.1).abs() < 1e-9);
        assert!((accuracy - 8.0).abs() < 1e-9);
        assert_eq!(traces[0].at(90.0).0, half, "a loop later");
        assert_eq!(traces[1].at(1e6).0, LatLon::new(37.0, -75.0));
    }

    #[test]
    fn an_empty_or_broken_file_is_an_error() {
        assert!(parse_moves("t_s,volunteer,lat,lng,accuracy_m\n".as_bytes()).is_err());
        assert!(parse_moves("t_s,volunteer,lat,lng,accuracy_m\nx,1,2,3,4\n".as_bytes()).is_err());
    }
}
