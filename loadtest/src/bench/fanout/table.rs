//! What the rounds come to: a table for people, figures for programs, the aims.

use serde_json::{Value, json};

use super::way::Shot;
use crate::bench::figures::{Report, aim, round, show_us};
use crate::say::say;

/// What is judged: at no latency, so many alerts.
const JUDGED: (u64, usize) = (0, 500);
/// Ours, of the rate of whoever's name begins so: at least this much.
const AIMS: [(&str, f64); 3] = [
    ("h2load", 0.7),
    ("firebase-admin, Node", 4.0),
    ("firebase-admin, Python", 25.0),
];
const HEAD: [&str; 7] = [
    "alerts",
    "sender",
    "last arrival p50 (min..max)",
    "messages/s",
    "client CPU a message",
    "errors",
    "muster's rate, of theirs (min..max)",
];

/// All rounds of one size at one latency; ours come first.
pub(super) struct Bout {
    pub(super) latency_ms: u64,
    pub(super) count: usize,
    pub(super) shots: Vec<(String, Vec<Shot>)>,
}

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
    errors: u64,
    /// Our rate over this one's, round by round.
    ratio: Option<Spread>,
    rounds: usize,
}

impl Bout {
    /// One line for each sender; of `h2load` only the quickest.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut lines: Vec<Line<'_>> = self.shots.iter().map(|one| self.line(one)).collect();
        let rate = |line: &Line<'_>| line.rate.map_or(0.0, |rate| rate.p50);
        let ceilings = lines.iter().filter(|line| is_ceiling(line.name));
        let best = ceilings.max_by(|a, b| rate(a).total_cmp(&rate(b)));
        let best = best.map(|line| line.name);
        lines.retain(|line| !is_ceiling(line.name) || Some(line.name) == best);
        lines
    }

    fn line<'a>(&'a self, (name, shots): &'a (String, Vec<Shot>)) -> Line<'a> {
        let ours = self.shots.first().map(|(_, shots)| shots.as_slice());
        let pairs = ours.unwrap_or_default().iter().zip(shots);
        let ratio = pairs.filter_map(|(ours, theirs)| Some(ours.rate()? / theirs.rate()?));
        let sent: usize = shots.iter().map(|shot| shot.count).sum();
        let cpu_s: f64 = shots.iter().map(|shot| shot.cpu_s).sum();
        Line {
            name,
            last_s: Spread::of(shots.iter().filter_map(|shot| shot.last_s).collect()),
            rate: Spread::of(shots.iter().filter_map(Shot::rate).collect()),
            cpu_us: cpu_s * 1e6 / sent.max(1) as f64,
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
            json!({"latency_ms": self.latency_ms, "alerts": self.count, "sender": line.name,
                "rounds": line.rounds, "last_ms": number(line.last_s, 1e3),
                "per_s": number(line.rate, 1.0), "cpu_us": round(line.cpu_us),
                "errors": line.errors, "ours_of_theirs": number(line.ratio, 1.0)})
        };
        self.lines().into_iter().map(figure).collect()
    }

    /// The first thing that went wrong with each sender.
    fn troubles(&self) -> impl Iterator<Item = String> {
        self.shots.iter().filter_map(|(name, shots)| {
            let words = shots.iter().find(|shot| !shot.words.is_empty());
            let count = self.count;
            words.map(|shot| format!("{name}, {count} alerts: {}", shot.words))
        })
    }
}

fn is_ceiling(name: &str) -> bool {
    name.starts_with(AIMS[0].0)
}

/// Prints the table of one latency and judges what is to be judged.
pub(super) fn tell(report: &mut Report, latency_ms: u64, bouts: &[Bout]) {
    let mut rows = Vec::new();
    for bout in bouts {
        let judged = (bout.latency_ms, bout.count) == JUDGED;
        for line in bout.lines() {
            rows.push(row(report, bout.count, &line, judged));
        }
    }
    let title = format!("Fan-out, acknowledged after {latency_ms} ms");
    Report::table(&title, &HEAD, &rows);
    say("\nh2load: from its first arrival to its last, by its best number of connections; its CPU is with its own start");
    for words in bouts.iter().flat_map(Bout::troubles) {
        say(words);
    }
}

fn row(report: &mut Report, count: usize, line: &Line<'_>, judged: bool) -> Vec<String> {
    let none = || "–".to_owned();
    let ours = line.name == "muster";
    if ours {
        let errors = line.errors;
        let what = format!("fan-out: {errors} of muster's alerts in bursts of {count} went wrong");
        report.judge(errors == 0, &what);
    }
    let last = line.last_s.map(|s| {
        let [p50, min, max] = [s.p50, s.min, s.max].map(|s| show_us(s * 1e6));
        format!("{p50} ({min}..{max})")
    });
    let ratio = line.ratio.filter(|_| !ours).map(|s| {
        let aim = AIMS.iter().find(|(name, _)| line.name.starts_with(name));
        let middle = match aim.filter(|_| judged) {
            Some((name, least)) => {
                let (met, ratio) = (s.p50 >= *least, s.p50);
                let what = format!("fan-out of {count}: {ratio:.2} times {name}'s rate, aim {least}");
                report.judge(met, &what);
                aim_cell(ratio, met, *least)
            }
            None => format!("{:.2}", s.p50),
        };
        format!("{middle} ({:.2}..{:.2})", s.min, s.max)
    });
    vec![
        count.to_string(),
        line.name.to_owned(),
        last.unwrap_or_else(none),
        line.rate.map_or_else(none, |rate| format!("{:.0}", rate.p50)),
        format!("{:.1} µs", line.cpu_us),
        line.errors.to_string(),
        ratio.unwrap_or_else(none),
    ]
}

fn aim_cell(ratio: f64, met: bool, least: f64) -> String {
    aim(ratio, met, &format!("≥ {least}"))
}
