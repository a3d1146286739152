//! The summary of a replay, for people (Markdown) and for programs (JSON).

use super::ReplayArgs;
use super::incident::{Context, One};
use crate::phones::Totals;
use muster_stand::failure::{Context as _, Outcome};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// Mean and quantiles of something.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Spread {
    /// How many values.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their median.
    pub p50: f64,
    /// One in ten is above.
    pub p90: f64,
    /// One in twenty is above.
    pub p95: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of any values, by the nearest rank.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut all: Vec<f64> = values.collect();
        all.sort_by(f64::total_cmp);
        let n = all.len();
        let rank = |percent: usize| {
            all.get((n * percent).div_ceil(100).saturating_sub(1))
                .copied()
                .unwrap_or(0.0)
        };
        let mean = all.iter().sum::<f64>() / n.max(1) as f64;
        Self {
            n,
            mean,
            p50: rank(50),
            p90: rank(90),
            p95: rank(95),
            max: rank(100),
        }
    }
}

/// What came of a replay.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Calls replayed.
    pub incidents: usize,
    /// Phones that answered.
    pub phones: usize,
    /// How much faster than real.
    pub speed: f64,
    /// Wall-clock seconds.
    pub ran_s: f64,
    /// Incidents that could not be followed to their end.
    pub failed: usize,
    /// The first of those errors.
    pub first_errors: Vec<String>,
    /// Scheduled time to the answer, wall-clock milliseconds.
    pub raise_ms: Spread,
    /// Alerts per incident.
    pub alerts: Spread,
    /// Acceptances per incident, later withdrawn ones included.
    pub accepted: Spread,
    /// Raise to first acceptance, wall clock.
    pub first_acceptance_wall_s: Spread,
    /// The same at the people's pace.
    pub first_acceptance_real_s: Spread,
    /// Incidents with at least one acceptance.
    pub with_acceptance: usize,
    /// Incidents with somebody on scene before the ambulance.
    pub with_on_scene: usize,
    /// Their state just before the end.
    pub states: BTreeMap<String, usize>,
    /// Incidents for which nobody was asked.
    pub nobody_asked: usize,
    /// Alerts that the server called unreachable.
    pub unreachable: usize,
    /// Alerts still waiting for the push provider at the end.
    pub still_queued: usize,
    /// Alerts sent that never reached their phone. Must be 0.
    pub lost: usize,
    /// Incidents without a reason in their log. Must be 0.
    pub unexplained: usize,
    /// The first of them, by row and id.
    pub unexplained_ids: Vec<String>,
    /// The last logged reasons, counted.
    pub reasons: BTreeMap<String, usize>,
    /// What the phones counted.
    pub on_phones: Totals,
}

impl Summary {
    pub(super) fn new(args: &ReplayArgs, ones: &[One], context: &Context, ran: Duration) -> Self {
        let count = |test: &dyn Fn(&One) -> bool| ones.iter().filter(|one| test(one)).count();
        let seconds = |one: &One| one.first_acceptance.map(|d| d.as_secs_f64());
        let (mut states, mut reasons) = (BTreeMap::new(), BTreeMap::new());
        for one in ones.iter().filter(|one| one.error.is_none()) {
            *states.entry(one.state.clone()).or_default() += 1;
            if let Some(reason) = &one.reason {
                let short: String = reason.chars().take(80).collect();
                *reasons.entry(short).or_default() += 1;
            }
        }
        let errors = ones
            .iter()
            .filter_map(|o| o.error.as_ref().map(|e| format!("row {}: {e}", o.row)));
        let unexplained = ones.iter().filter(|one| one.reason.is_none());
        let unexplained =
            unexplained.map(|one| format!("row {} {} ({})", one.row, one.id, one.state));
        Self {
            incidents: ones.len(),
            phones: context.fleet.len(),
            speed: args.speed,
            ran_s: ran.as_secs_f64(),
            failed: count(&|one| one.error.is_some()),
            first_errors: errors.take(10).collect(),
            raise_ms: Spread::of(ones.iter().map(|one| one.raise.as_secs_f64() * 1_000.0)),
            alerts: Spread::of(ones.iter().map(|one| one.alerts as f64)),
            accepted: Spread::of(ones.iter().map(|one| one.ever_accepted as f64)),
            first_acceptance_wall_s: Spread::of(ones.iter().filter_map(seconds)),
            first_acceptance_real_s: Spread::of(
                ones.iter().filter_map(seconds).map(|s| s * args.speed),
            ),
            with_acceptance: count(&|one| one.ever_accepted > 0),
            with_on_scene: count(&|one| one.arrived > 0),
            states,
            nobody_asked: count(&|one| one.error.is_none() && one.alerts == 0),
            unreachable: ones.iter().map(|one| one.unreachable).sum(),
            still_queued: ones.iter().map(|one| one.queued).sum(),
            lost: ones.iter().map(|one| one.lost(&context.fleet)).sum(),
            unexplained: count(&|one| one.reason.is_none()),
            unexplained_ids: unexplained.take(20).collect(),
            reasons,
            on_phones: context.fleet.counts().totals(),
        }
    }

    /// Nothing was lost, everything is explained, every incident was followed to its end.
    pub fn passed(&self) -> bool {
        self.lost == 0 && self.unexplained == 0 && self.failed == 0 && self.incidents > 0
    }

    /// A table for people.
    pub fn markdown(&self) -> String {
        let share = |n: usize| 100.0 * n as f64 / self.incidents.max(1) as f64;
        let spread =
            |s: &Spread| format!("{:.1} / {:.1} / {:.1} / {:.1}", s.mean, s.p50, s.p90, s.p95);
        let rows = [
            ("incidents", self.incidents.to_string()),
            ("phones", self.phones.to_string()),
            (
                "speed, time run",
                format!("{}x, {:.0} s", self.speed, self.ran_s),
            ),
            ("raise, ms: mean / p50 / p90 / p95", spread(&self.raise_ms)),
            (
                "alerts per incident: mean / p50 / p90 / p95",
                spread(&self.alerts),
            ),
            (
                "accepted per incident: mean / p50 / p90 / p95",
                spread(&self.accepted),
            ),
            (
                "first acceptance at the people's pace, s: p50 / p90",
                pair(&self.first_acceptance_real_s),
            ),
            (
                "first acceptance as run, s: p50 / p90",
                pair(&self.first_acceptance_wall_s),
            ),
            (
                "with an acceptance",
                format!("{:.1} %", share(self.with_acceptance)),
            ),
            (
                "somebody on scene first",
                format!("{:.1} %", share(self.with_on_scene)),
            ),
            ("states before the end", counted(&self.states)),
            ("nobody asked", self.nobody_asked.to_string()),
            (
                "alerts unreachable / still queued",
                format!("{} / {}", self.unreachable, self.still_queued),
            ),
            ("**pushes lost**", format!("**{}**", self.lost)),
            (
                "duplicates / late",
                format!("{} / {}", self.on_phones.duplicates, self.on_phones.late),
            ),
            (
                "**incidents without a logged reason**",
                format!("**{}**", self.unexplained),
            ),
            ("incidents not followed to the end", self.failed.to_string()),
            ("on the phones", counted(&self.on_phones.happened)),
            ("position reports", counted(&self.on_phones.fixes)),
        ];
        let mut table = String::from("\n| replay | |\n| --- | --- |\n");
        for (name, value) in rows {
            let _ = writeln!(table, "| {name} | {value} |");
        }
        for error in &self.first_errors {
            let _ = writeln!(table, "\n- {error}");
        }
        for id in &self.unexplained_ids {
            let _ = writeln!(table, "\n- no reason logged: {id}");
        }
        table
    }

    /// Writes `summary.md` and `summary.json` into a folder.
    pub fn write(&self, dir: &Path) -> Outcome<()> {
        let json = serde_json::to_string_pretty(self).doing("writing the summary")?;
        std::fs::write(dir.join("summary.json"), json).doing("writing summary.json")?;
        std::fs::write(dir.join("summary.md"), self.markdown()).doing("writing summary.md")
    }
}

fn pair(spread: &Spread) -> String {
    match spread.n {
        0 => "none".to_owned(),
        _ => format!("{:.2} / {:.2}", spread.p50, spread.p90),
    }
}

fn counted<N: std::fmt::Display>(counts: &BTreeMap<String, N>) -> String {
    let all: Vec<_> = counts
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    all.join(", ")
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let spread = Spread::of((1..=100).map(f64::from));
        assert_eq!(
            (spread.p50, spread.p90, spread.p95, spread.max),
            (50.0, 90.0, 95.0, 100.0)
        );
        assert_eq!(Spread::of(std::iter::empty()), Spread::default());
        assert_eq!(Spread::of([3.0].into_iter()).p95, 3.0);
    }
}
