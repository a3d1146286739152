//! What reports are made of: times with their points in time, and samples of processes.

use crate::bench::figures::Times;
use hdrhistogram::Histogram;
use muster_stand::failure::{Context as _, Outcome};
use std::time::Duration;
use tokio::time::Instant;

/// Longer is cut, microseconds: nothing here waits for more than a minute.
const LONGEST_US: u64 = 60_000_000;

/// A time and when it was due, seconds from the first counted instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) at_s: f64,
    pub(crate) ms: f64,
}

impl Point {
    pub(crate) fn new(due: Instant, from: Instant, took: Duration) -> Self {
        Self {
            at_s: due.saturating_duration_since(from).as_secs_f64(),
            ms: took.as_secs_f64() * 1_000.0,
        }
    }
}

/// One kind of time.
pub(crate) struct Figure {
    /// From what to what.
    pub(crate) name: &'static str,
    pub(crate) times: Times,
    /// Over time, ascending: each time, or the median of each second where there are many.
    pub(crate) points: Vec<Point>,
}

impl Figure {
    /// Times with a point each.
    pub(crate) fn of(name: &'static str, mut points: Vec<Point>) -> Outcome<Self> {
        points.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let mut times = Times::new()?;
        for point in &points {
            times.add(Duration::from_secs_f64(point.ms / 1_000.0));
        }
        Ok(Self {
            name,
            times,
            points,
        })
    }
}

/// Many times, second by second: only the median of each second is kept.
pub(crate) struct Series {
    from: Instant,
    second: u64,
    within: Histogram<u64>,
    points: Vec<Point>,
}

impl Series {
    /// Seconds count from `from`.
    pub(crate) fn new(from: Instant) -> Outcome<Self> {
        let within = Histogram::new_with_bounds(1, LONGEST_US, 2);
        Ok(Self {
            from,
            second: 0,
            within: within.doing("making a histogram")?,
            points: Vec::new(),
        })
    }

    /// A time that ended now.
    pub(crate) fn add(&mut self, took: Duration) {
        let second = self.from.elapsed().as_secs();
        if second != self.second {
            self.turn(second);
        }
        let us = u64::try_from(took.as_micros()).unwrap_or(LONGEST_US);
        self.within.saturating_record(us);
    }

    fn turn(&mut self, second: u64) {
        if !self.within.is_empty() {
            self.points.push(Point {
                at_s: self.second as f64,
                ms: self.within.value_at_quantile(0.5) as f64 / 1_000.0,
            });
        }
        self.within.reset();
        self.second = second;
    }

    /// The medians, second by second.
    pub(crate) fn points(mut self) -> Vec<Point> {
        self.turn(u64::MAX);
        self.points
    }
}

/// One look at all processes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// Seconds from the first counted instant.
    pub(crate) at_s: f64,
    /// Cores that each process used since the look before.
    pub(crate) cores: Vec<f64>,
    /// Resident memory of each, MiB.
    pub(crate) mib: Vec<f64>,
    /// Cores that everybody else on the machine used.
    pub(crate) neighbours: f64,
}

/// Processor time and memory over time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Usage {
    pub(crate) names: Vec<String>,
    pub(crate) samples: Vec<Sample>,
}

/// What one process used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Used {
    pub(crate) name: String,
    pub(crate) cores: f64,
    pub(crate) cores_max: f64,
    pub(crate) mib_first: f64,
    pub(crate) mib_last: f64,
    pub(crate) mib_max: f64,
}

impl Usage {
    /// Each process over the whole time; the neighbours last, without memory.
    pub(crate) fn sums(&self) -> Vec<Used> {
        let names = self.names.iter().cloned().enumerate();
        let each = names.map(|(n, name)| {
            let cores: Vec<_> = self.samples.iter().map(|sample| sample.cores[n]).collect();
            let mib: Vec<_> = self.samples.iter().map(|sample| sample.mib[n]).collect();
            used(name, &cores, &mib)
        });
        let others: Vec<_> = self
            .samples
            .iter()
            .map(|sample| sample.neighbours)
            .collect();
        let others = used("neighbours".to_owned(), &others, &[]);
        each.chain([others]).collect()
    }

    /// Memory of all servers at each look, MiB.
    pub(crate) fn servers(&self) -> Vec<Point> {
        let is_server = |n: &usize| self.names[*n].starts_with("muster");
        let servers: Vec<_> = (0..self.names.len()).filter(is_server).collect();
        let samples = self.samples.iter();
        samples
            .map(|sample| Point {
                at_s: sample.at_s,
                ms: servers.iter().map(|n| sample.mib[*n]).sum(),
            })
            .collect()
    }
}

fn used(name: String, cores: &[f64], mib: &[f64]) -> Used {
    let greatest = |all: &[f64]| all.iter().copied().fold(0.0, f64::max);
    Used {
        name,
        cores: cores.iter().sum::<f64>() / cores.len().max(1) as f64,
        cores_max: greatest(cores),
        mib_first: mib.first().copied().unwrap_or(0.0),
        mib_last: mib.last().copied().unwrap_or(0.0),
        mib_max: greatest(mib),
    }
}

/// The median of the last quarter of a run over that of the second; nothing when either has too
/// few points to have one.
pub(crate) fn quarters(points: &[Point], length_s: f64) -> Option<f64> {
    const FEWEST: usize = 5;
    let median = |quarter: f64| {
        let (from, to) = (length_s * quarter / 4.0, length_s * (quarter + 1.0) / 4.0);
        let within = points.iter().filter(|p| (from..to).contains(&p.at_s));
        let mut all: Vec<_> = within.map(|point| point.ms).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2)
            .copied()
            .filter(|_| all.len() >= FEWEST)
    };
    let (second, last) = (median(1.0)?, median(3.0)?);
    (second > 0.0).then(|| last / second)
}
