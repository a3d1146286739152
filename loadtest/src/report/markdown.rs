//! Tables for people; the terminal gets the same.

use super::{Judged, Report};
use crate::bench::figures::show_us;
use crate::stages;
use std::fmt::Write as _;

impl Report {
    /// The whole report.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n{}\n", self.name, self.about);
        let setting = self.setting.iter();
        let setting = setting.map(|(name, value)| vec![(*name).to_owned(), value.clone()]);
        text += &table("", &["", ""], setting.collect());
        text += &table("Times", &FIGURES, self.figure_lines());
        text += &table("Counts", &["what", "n"], self.count_lines());
        text += &table("Processes", &PROCESSES, self.process_lines());
        if !self.stages.is_empty() {
            text += &table("Inside the servers", &stages::HEAD, self.stages.lines());
        }
        text += &table("Judged", &JUDGED, self.judged.iter().map(judged).collect());
        for note in &self.notes {
            let _ = writeln!(text, "\n- {note}");
        }
        text
    }

    pub(super) fn figure_lines(&self) -> Vec<Vec<String>> {
        let figures = self.figures.iter();
        let line = figures.map(|figure| {
            let times = &figure.times;
            let mut cells = vec![figure.name.to_owned(), times.len().to_string()];
            if times.len() == 0 {
                cells.extend(["–"; 5].map(str::to_owned));
            } else {
                let shares = [0.5, 0.9, 0.99, 0.999];
                cells.extend(shares.map(|share| show_us(times.us(share))));
                cells.push(show_us(times.max_us()));
            }
            cells
        });
        line.collect()
    }

    pub(super) fn count_lines(&self) -> Vec<Vec<String>> {
        let counts = self.counts.iter();
        counts
            .map(|(name, count)| vec![name.clone(), count.to_string()])
            .collect()
    }

    pub(super) fn process_lines(&self) -> Vec<Vec<String>> {
        let line = |used: super::figures::Used| {
            let mib = |mib: f64| match mib {
                0.0 => "–".to_owned(),
                mib => format!("{mib:.0}"),
            };
            vec![
                used.name,
                format!("{:.2}", used.cores),
                format!("{:.2}", used.cores_max),
                mib(used.mib_first),
                mib(used.mib_last),
                mib(used.mib_max),
            ]
        };
        self.usage.sums().into_iter().map(line).collect()
    }
}

pub(super) const FIGURES: [&str; 7] = [
    "from when it was due",
    "n",
    "p50",
    "p90",
    "p99",
    "p99.9",
    "max",
];
pub(super) const PROCESSES: [&str; 6] =
    ["process", "cores, mean", "max", "MiB, first", "last", "max"];
pub(super) const JUDGED: [&str; 4] = ["judged", "wanted", "is", ""];

pub(super) fn judged(one: &Judged) -> Vec<String> {
    let sign = match (one.held, one.counts) {
        (true, _) => "✓",
        (false, true) => "✗ fails",
        (false, false) => "✗",
    };
    vec![
        one.what.clone(),
        one.wanted.clone(),
        one.is.clone(),
        sign.to_owned(),
    ]
}

fn table(title: &str, head: &[&str], lines: Vec<Vec<String>>) -> String {
    let mut text = match title {
        "" => "\n".to_owned(),
        title => format!("\n### {title}\n\n"),
    };
    let _ = writeln!(text, "| {} |", head.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(head.len()));
    for line in lines {
        let _ = writeln!(text, "| {} |", line.join(" | "));
    }
    text
}
