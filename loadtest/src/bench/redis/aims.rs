//! What was aimed at, beside what was measured.

use serde_json::{Value, json};

use crate::bench::figures::{Report, round};

/// One aim and what became of it.
struct Judged {
    what: String,
    wanted: String,
    got: String,
    /// How far on the right side: 2 is twice as good as wanted, below 1 is missed.
    margin: f64,
}

/// All of a run.
#[derive(Default)]
pub(super) struct Aims(Vec<Judged>);

impl Aims {
    /// No more than this.
    pub(super) fn at_most(&mut self, what: impl Into<String>, got: f64, bound: f64, unit: &str) {
        self.0.push(Judged {
            what: what.into(),
            wanted: format!("≤ {bound} {unit}"),
            got: format!("{} {unit}", three(got)),
            margin: bound / got,
        });
    }

    /// No less than this.
    pub(super) fn at_least(&mut self, what: impl Into<String>, got: f64, bound: f64, unit: &str) {
        self.0.push(Judged {
            what: what.into(),
            wanted: format!("≥ {bound} {unit}"),
            got: format!("{} {unit}", three(got)),
            margin: got / bound,
        });
    }

    /// Prints all and remembers what was missed.
    pub(super) fn show(&self, report: &mut Report) -> Value {
        let lines: Vec<_> = self.0.iter().map(Judged::line).collect();
        Report::table("Aims", &["what", "aim", "measured", "margin"], &lines);
        for judged in &self.0 {
            let what = format!("{}: {} ({})", judged.what, judged.got, judged.wanted);
            report.judge(judged.margin >= 1.0, &what);
        }
        let all = self.0.iter().map(|judged| {
            json!({"what": judged.what, "wanted": judged.wanted, "got": judged.got,
                   "margin": round(judged.margin)})
        });
        Value::Array(all.collect())
    }
}

impl Judged {
    fn line(&self) -> Vec<String> {
        let sign = if self.margin >= 1.0 { '✓' } else { '✗' };
        vec![
            self.what.clone(),
            self.wanted.clone(),
            self.got.clone(),
            format!("{:.2} {sign}", self.margin),
        ]
    }
}

/// Three digits that count.
pub(super) fn three(number: f64) -> String {
    match number.abs() {
        n if n >= 100.0 => format!("{number:.0}"),
        n if n >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worse_than_wanted_is_missed_and_by_how_much() {
        let mut aims = Aims::default();
        aims.at_most("time", 150.0, 300.0, "µs");
        aims.at_least("rate", 3.0, 6.0, "×");
        let mut report = Report::default();
        aims.show(&mut report);
        assert_eq!(report.missed(), ["rate: 3.00 × (≥ 6 ×)"]);
        assert!((aims.0[0].margin - 2.0).abs() < 1e-9);
        assert_eq!(aims.0[1].line(), ["rate", "≥ 6 ×", "3.00 ×", "0.50 ✗"]);
    }
}
