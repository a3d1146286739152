//! Numbers and how they are shown: percentiles, lines of the table, the JSON line.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

use muster_stand::failure::{Context as _, Outcome};
use muster_stand::say::say;

/// Longer than anything measured here, nanoseconds.
const LONGEST_NS: u64 = 60_000_000_000;

/// Times, to three digits.
pub(crate) struct Times(Histogram<u64>);

impl Times {
    pub(crate) fn new() -> Outcome<Self> {
        let times = Histogram::new_with_bounds(1, LONGEST_NS, 3).doing("making a histogram")?;
        Ok(Self(times))
    }

    pub(crate) fn add(&mut self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(LONGEST_NS);
        self.0.saturating_record(ns);
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    /// The time that a share of all stays within, microseconds.
    pub(crate) fn us(&self, share: f64) -> f64 {
        self.0.value_at_quantile(share) as f64 / 1000.0
    }

    pub(crate) fn max_us(&self) -> f64 {
        self.0.max() as f64 / 1000.0
    }

    pub(crate) fn json(&self) -> Value {
        json!({"n": self.len(), "p50_us": round(self.us(0.5)), "p90_us": round(self.us(0.9)),
               "p99_us": round(self.us(0.99)), "max_us": round(self.max_us())})
    }

    /// p50, p90, p99 and the greatest, for a line of the table.
    pub(crate) fn cells(&self) -> [String; 4] {
        [
            show_us(self.us(0.5)),
            show_us(self.us(0.9)),
            show_us(self.us(0.99)),
            show_us(self.max_us()),
        ]
    }
}

/// Microseconds as people read them.
pub(crate) fn show_us(us: f64) -> String {
    match us {
        us if us < 10.0 => format!("{us:.2} µs"),
        us if us < 1000.0 => format!("{us:.0} µs"),
        us => format!("{:.2} ms", us / 1000.0),
    }
}

/// Three significant places are more than the machine holds still for.
pub(crate) fn round(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// A ratio beside its aim, and whether it is met.
pub(crate) fn aim(ratio: f64, met: bool, wanted: &str) -> String {
    let sign = if met { '✓' } else { '✗' };
    format!("{ratio:.2} ({wanted}) {sign}")
}

/// What a run prints: tables as it goes, one JSON line at its end.
#[derive(Default)]
pub(crate) struct Report {
    figures: Map<String, Value>,
    limits: Vec<Limit>,
}

/// Something that was looked at, and whether it is as it should be.
struct Limit {
    held: bool,
    /// Milliseconds only inform: they say as much of the machine and its neighbours.
    judged: bool,
    what: String,
}

impl Report {
    /// A table for people.
    pub(crate) fn table(title: &str, head: &[&str], lines: &[Vec<String>]) {
        say(format!("\n### {title}\n"));
        say(format!("| {} |", head.join(" | ")));
        say(format!("|{}", " --- |".repeat(head.len())));
        for line in lines {
            say(format!("| {} |", line.join(" | ")));
        }
    }

    /// A figure for programs.
    pub(crate) fn figure(&mut self, name: &str, value: Value) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Notes whether an aim was met.
    pub(crate) fn judge(&mut self, met: bool, what: &str) {
        self.note(met, true, what);
    }

    /// Notes whether a time is as it would be on a quiet machine of this size.
    pub(crate) fn inform(&mut self, met: bool, what: &str) {
        self.note(met, false, what);
    }

    fn note(&mut self, held: bool, judged: bool, what: &str) {
        self.limits.push(Limit {
            held,
            judged,
            what: what.to_owned(),
        });
    }

    /// What was judged and not met.
    pub(crate) fn missed(&self) -> Vec<&str> {
        let missed = self.limits.iter().filter(|one| one.judged && !one.held);
        missed.map(|one| one.what.as_str()).collect()
    }

    /// All limits of the run, and which hold.
    pub(crate) fn show_limits(&self) {
        let line = |one: &Limit| {
            let sign = if one.held { '✓' } else { '✗' };
            let weight = if one.judged { "judged" } else { "informs" };
            vec![sign.to_string(), weight.to_owned(), one.what.clone()]
        };
        let lines: Vec<_> = self.limits.iter().map(line).collect();
        Self::table("Limits", &["holds", "", "what"], &lines);
    }

    pub(crate) fn json(&self) -> Value {
        let mut all = self.figures.clone();
        let limits = self
            .limits
            .iter()
            .map(|one| json!({"what": one.what, "held": one.held, "judged": one.judged}));
        all.insert("limits".to_owned(), limits.collect());
        all.insert("missed".to_owned(), json!(self.missed()));
        Value::Object(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_what_was_added() {
        let mut times = Times::new().unwrap();
        for ms in 1..=100 {
            times.add(Duration::from_millis(ms));
        }
        assert!((times.us(0.5) - 50_000.0).abs() < 100.0);
        assert!((times.us(0.99) - 99_000.0).abs() < 200.0);
        assert_eq!(times.len(), 100);
    }

    #[test]
    fn a_missed_aim_is_marked_and_remembered() {
        assert_eq!(aim(1.5, true, "≤ 2"), "1.50 (≤ 2) ✓");
        let mut report = Report::default();
        report.judge(true, "a");
        report.judge(false, "b");
        report.inform(false, "c");
        assert_eq!(report.missed(), ["b"]);
        assert_eq!(report.json()["limits"][2]["judged"], false);
    }
}
