//! What the rounds come to: a table for people, figures for programs, the aims.

use serde_json::{Value, json};

use super::ALERTS;
use super::way::Shot;
use crate::bench::figures::{Report, aim, round, show_us};
use muster_stand::say::say;

/// Ours, of the rate of whoever's name begins so: at least this much.
const AIMS: [(&str, f64); 3] = [
    ("h2load", 0.7),
    ("firebase-admin, Node", 4.0),
    ("firebase-admin, Python", 25.0),
];
const HEAD: [&str; 7] = [
    "sender",
    "last arrival p50 (min..max)",
    "messages/s",
    "client CPU a message",
    "stand-in CPU",
    "errors",
    "muster's rate, of theirs (min..max)",
];

/// The rounds of each sender, by name; ours come first.
pub(super) struct Bout(pub(super) Vec<(String, Vec<Shot>)>);

/// The middle, the least and the greatest.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spread {
    p50: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(mut all: Vec<f64>) -> Option<Self> {
        all.sort_by(f64::total_cmp);
        Some(Self {
            p50: *all.get(all.len() / 2)?,
            min: *all.first()?,
            max: *all.last()?,
        })
    }
}

/// What one sender's rounds come to.
struct Line<'a> {
    name: &'a str,
    last_s: Option<Spread>,
    rate: Option<Spread>,
    cpu_us: f64,
    post_cpu_us: f64,
    errors: u64,
    /// Our rate over this one's, round by round.
    ratio: Option<Spread>,
    rounds: usize,
}

impl Bout {
    /// One line for each sender; of `h2load` only the quickest.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines: Vec<Line<'_>> = self.0.iter().map(|one| self.line(one)).collect();
        let rate = |line: &Line<'_>| line.rate.map_or(0.0, |rate| rate.p50);
        let ceilings = lines.iter().filter(|line| is_ceiling(line.name));
        let best = ceilings.max_by(|a, b| rate(a).total_cmp(&rate(b)));
        let best = best.map(|line| line.name);
        lines.retain(|line| !is_ceiling(line.name) || Some(line.name) == best);
        lines
    }

    fn line<'a>(&'a self, (name, shots): &'a (String, Vec<Shot>)) -> Line<'a> {
        let ours = self.0.first().map(|(_, shots)| shots.as_slice());
        let pairs = ours.unwrap_or_default().iter().zip(shots);
        let ratio = pairs.filter_map(|(ours, theirs)| Some(ours.rate()? / theirs.rate()?));
        let each = |cpu_s: fn(&Shot) -> f64| {
            let all: f64 = shots.iter().map(cpu_s).sum();
            all * 1e6 / (shots.len() * ALERTS).max(1) as f64
        };
        Line {
            name,
            last_s: Spread::of(shots.iter().filter_map(|shot| shot.last_s).collect()),
            rate: Spread::of(shots.iter().filter_map(Shot::rate).collect()),
            cpu_us: each(|shot| shot.cpu_s),
            post_cpu_us: each(|shot| shot.post_cpu_s),
            errors: shots.iter().map(|shot| shot.errors).sum(),
            ratio: Spread::of(ratio.collect()),
            rounds: shots.len(),
        }
    }

    /// One figure for each sender.
    pub(super) fn json(&self) -> Vec<Value> {
        let number = |spread: Option<Spread>, by: f64| {
            spread.map(|s| json!([round(s.p50 * by), round(s.min * by), round(s.max * by)]))
        };
        let figure = |line: Line<'_>| {
            json!({"alerts": ALERTS, "sender": line.name, "rounds": line.rounds,
                "last_ms": number(line.last_s, 1e3), "per_s": number(line.rate, 1.0),
                "cpu_us": round(line.cpu_us), "standin_cpu_us": round(line.post_cpu_us),
                "errors": line.errors, "ours_of_theirs": number(line.ratio, 1.0)})
        };
        self.lines().into_iter().map(figure).collect()
    }

    /// Prints the table and judges.
    pub(super) fn tell(&self, report: &mut Report) {
        let lines = self.lines();
        let rows: Vec<_> = lines.iter().map(|line| row(report, line)).collect();
        Report::table(&format!("Fan-out, {ALERTS} alerts at once"), &HEAD, &rows);
        say(
            "\nh2load: from its first arrival to its last, by its best number of connections; its CPU is with its own start",
        );
        for (name, shots) in &self.0 {
            if let Some(shot) = shots.iter().find(|shot| !shot.words.is_empty()) {
                say(format!("{name}: {}", shot.words));
            }
        }
    }
}

fn is_ceiling(name: &str) -> bool {
    name.starts_with(AIMS[0].0)
}

fn row(report: &mut Report, line: &Line<'_>) -> Vec<String> {
    let none = || "–".to_owned();
    let ours = line.name == "muster";
    if ours {
        let errors = line.errors;
        let what = format!("fan-out: {errors} of muster's alerts went wrong");
        report.judge(errors == 0, &what);
    }
    let last = line.last_s.map(|s| {
        let [p50, min, max] = [s.p50, s.min, s.max].map(|s| show_us(s * 1e6));
        format!("{p50} ({min}..{max})")
    });
    let ratio = line.ratio.filter(|_| !ours).map(|s| {
        let known = AIMS.iter().find(|(name, _)| line.name.starts_with(name));
        let middle = match known {
            Some((name, wanted)) => {
                let (met, ratio) = (s.p50 >= *wanted, s.p50);
                let what =
                    format!("fan-out of {ALERTS}: {ratio:.2} times {name}'s rate, aim {wanted}");
                report.judge(met, &what);
                aim(ratio, met, &format!("≥ {wanted}"))
            }
            None => format!("{:.2}", s.p50),
        };
        format!("{middle} ({:.2}..{:.2})", s.min, s.max)
    });
    vec![
        line.name.to_owned(),
        last.unwrap_or_else(none),
        line.rate
            .map_or_else(none, |rate| format!("{:.0}", rate.p50)),
        show_us(line.cpu_us),
        show_us(line.post_cpu_us),
        line.errors.to_string(),
        ratio.unwrap_or_else(none),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shots(last_s: &[f64]) -> Vec<Shot> {
        last_s.iter().map(|last| Shot::of(*last)).collect()
    }

    fn bout() -> Bout {
        let shots = [
            ("muster", shots(&[0.02, 0.03, 0.02])),
            ("firebase-admin, Node 1.0", shots(&[0.1, 0.06, 0.1])),
            ("h2load, 1 conn.", shots(&[0.02, 0.02, 0.02])),
            ("h2load, 4 conn.", shots(&[0.01, 0.01, 0.01])),
        ];
        Bout(shots.map(|(name, shots)| (name.to_owned(), shots)).to_vec())
    }

    #[test]
    fn ratios_are_taken_round_by_round_and_of_h2load_the_quickest_is_kept() {
        let bout = bout();
        let lines = bout.lines();
        let names: Vec<_> = lines.iter().map(|line| line.name).collect();
        assert_eq!(
            names,
            ["muster", "firebase-admin, Node 1.0", "h2load, 4 conn."]
        );
        let near = |spread: Option<Spread>, want: [f64; 3]| {
            let s = spread.unwrap();
            let all = [s.p50, s.min, s.max];
            all.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6)
        };
        assert!(near(lines[1].ratio, [5.0, 2.0, 5.0]));
        assert!(near(lines[2].ratio, [0.5, 1.0 / 3.0, 0.5]));
    }

    #[test]
    fn only_missed_aims_are_listed() {
        let mut report = Report::default();
        bout().tell(&mut report);
        assert_eq!(
            report.missed(),
            ["fan-out of 500: 0.50 times h2load's rate, aim 0.7"]
        );
    }
}
