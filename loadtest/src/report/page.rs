//! A page that needs nothing from elsewhere, readable in light and dark.

use super::chart::{Axis, Chart, escape, short};
use super::markdown::{FIGURES, JUDGED, PROCESSES, judged};
use super::{Figure, Report};
use crate::stages;
use std::fmt::Write as _;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --grid: #d8dde3; --soft: #57606a;
  --c0: #0969da; --c1: #cf222e; --c2: #1a7f37; --c3: #8250df; --c4: #bc4c00; --c5: #0e7c86;
  --c6: #9a6700; --c7: #6e7781; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --grid: #30363d; --soft: #9198a1;
    --c0: #58a6ff; --c1: #ff7b72; --c2: #56d364; --c3: #d2a8ff; --c4: #ffa657; --c5: #56d4dd;
    --c6: #e3b341; --c7: #8b949e; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 900px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: .6em 0 1.4em; display: block; overflow-x: auto; }
td, th { border-bottom: 1px solid var(--grid); padding: .2em .8em .2em 0; text-align: left;
  vertical-align: top; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--soft); }
.grid { stroke: var(--grid); stroke-width: 1; } .line { fill: none; stroke-width: 1.6; }
.k { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em; }
.legend { font-size: 13px; color: var(--soft); }
";
/// Points of a percentile curve for each factor of two of what lies above.
const PER_HALF: u32 = 4;

impl Report {
    /// The whole page.
    pub(crate) fn page(&self) -> String {
        let mut colours = String::new();
        for n in 0..8 {
            let _ = writeln!(
                colours,
                ".line.c{n} {{ stroke: var(--c{n}); }} .k.c{n} {{ background: var(--c{n}); }}"
            );
        }
        let title = escape(&format!("muster: {}", self.name));
        let mut text = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}{colours}</style>\n\
             <h1>{title}</h1>\n<p>{}</p>\n",
            escape(&self.about)
        );
        let verdict = if self.passed {
            "Nothing was lost, sent twice or left out."
        } else {
            "Failed: see what is judged."
        };
        let _ = writeln!(text, "<p><strong>{verdict}</strong></p>");
        text += &table(&JUDGED, self.judged.iter().map(judged));
        text += "<h2>Times</h2>\n";
        text += &table(&FIGURES, self.figure_lines());
        text += &self.percentiles();
        text += &self.over_time();
        text += "<h2>Processes</h2>\n";
        text += &table(&PROCESSES, self.process_lines());
        text += &self.processes();
        if !self.stages.is_empty() {
            text += "<h2>Inside the servers</h2>\n";
            text += &table(&stages::HEAD, self.stages.lines());
        }
        text += "<h2>Counts</h2>\n";
        text += &table(&["what", "n"], self.count_lines());
        text += "<h2>Setting</h2>\n";
        let setting = self.setting.iter();
        let setting = setting.map(|(name, value)| vec![(*name).to_owned(), value.clone()]);
        text += &table(&["", ""], setting);
        for note in &self.notes {
            let _ = writeln!(text, "<p>{}</p>", escape(note));
        }
        text
    }

    fn percentiles(&self) -> String {
        let lines = self.figures.iter().filter(|f| f.times.len() > 0);
        let chart = Chart {
            title: "Latency by percentile",
            x: ("share that took no longer, %", Axis::Powers, percent),
            y: ("ms", Axis::Powers),
            lines: lines.map(|f| (f.name.to_owned(), curve(f))).collect(),
        };
        chart.draw()
    }

    fn over_time(&self) -> String {
        let points = |figure: &Figure| {
            let points = figure.points.iter();
            points.map(|point| (point.at_s, point.ms)).collect()
        };
        let chart = Chart {
            title: "Latency over time",
            x: ("s", Axis::Even, short),
            y: ("ms", Axis::Powers),
            lines: self
                .figures
                .iter()
                .map(|figure| (figure.name.to_owned(), points(figure)))
                .collect(),
        };
        chart.draw()
    }

    fn processes(&self) -> String {
        let of = |what: &dyn Fn(&super::Sample) -> f64| {
            let samples = self.usage.samples.iter();
            samples.map(|s| (s.at_s, what(s))).collect::<Vec<_>>()
        };
        let names = || self.usage.names.iter().cloned().enumerate();
        let mut cores: Vec<_> = names()
            .map(|(n, name)| (name, of(&|s| s.cores[n])))
            .collect();
        cores.push(("neighbours".to_owned(), of(&|s| s.neighbours)));
        let memory = names().map(|(n, name)| (name, of(&|s| s.mib[n])));
        let chart = |title, unit, lines| Chart {
            title,
            x: ("s", Axis::Even, short),
            y: (unit, Axis::Even),
            lines,
        };
        chart("Processor time over time", "cores", cores).draw()
            + &chart("Memory over time", "MiB", memory.collect()).draw()
    }
}

/// The share that all but one in so many makes, as it is usually written: 90, 99, 99.9.
fn percent(one_in: f64) -> String {
    let text = format!("{:.4}", 100.0 - 100.0 / one_in.max(1.0));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The percentile curve: how many times rarer than everything, and the milliseconds there.
fn curve(figure: &Figure) -> Vec<(f64, f64)> {
    let times = &figure.times;
    let rarest = times.len() as f64;
    let steps = (0_u32..).map(|n| 2_f64.powf(f64::from(n) / f64::from(PER_HALF)));
    let steps = steps.take_while(|above| *above < rarest).chain([rarest]);
    steps
        .map(|above| (above, times.us(1.0 - 1.0 / above) / 1_000.0))
        .collect()
}

fn table(head: &[&str], lines: impl IntoIterator<Item = Vec<String>>) -> String {
    let row = |tag: &str, cells: &mut dyn Iterator<Item = String>| {
        let mut row = "<tr>".to_owned();
        for cell in cells {
            let _ = write!(row, "<{tag}>{}</{tag}>", escape(&cell));
        }
        row + "</tr>\n"
    };
    let mut text = "<table>\n".to_owned();
    if head.iter().any(|cell| !cell.is_empty()) {
        text += &row("th", &mut head.iter().map(|cell| (*cell).to_owned()));
    }
    for line in lines {
        text += &row("td", &mut line.into_iter());
    }
    text + "</table>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nines_are_written_as_such() {
        let shown = [1.0, 10.0, 100.0, 1_000.0, 10_000.0].map(percent);
        assert_eq!(shown, ["0", "90", "99", "99.9", "99.99"]);
    }
}
