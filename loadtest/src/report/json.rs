//! One line for programs.

use super::{Figure, Report};
use crate::bench::figures::round;
use serde_json::{Map, Value, json};

impl Report {
    /// Everything but the points in time, as one object.
    pub(crate) fn json(&self) -> Value {
        let setting: Map<_, _> = self
            .setting
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        let figures: Map<_, _> = self
            .figures
            .iter()
            .map(|figure| (figure.name.to_owned(), times(figure)))
            .collect();
        let counts: Map<_, _> = self
            .counts
            .iter()
            .map(|(name, count)| (name.clone(), json!(count)))
            .collect();
        let stages: Map<_, _> = self
            .stages
            .iter()
            .map(|(name, stage)| {
                let ms = |seconds: f64| round(seconds * 1_000.0);
                let of = json!({"n": stage.count, "mean_ms": ms(stage.mean_s()),
                    "p50_ms": ms(stage.quantile_s(0.5)), "p99_ms": ms(stage.quantile_s(0.99))});
                (name.to_owned(), of)
            })
            .collect();
        let processes: Map<_, _> = self
            .usage
            .sums()
            .into_iter()
            .map(|used| {
                let of = json!({"cores": round(used.cores), "cores_max": round(used.cores_max),
                    "mib_first": round(used.mib_first), "mib_last": round(used.mib_last),
                    "mib_max": round(used.mib_max)});
                (used.name, of)
            })
            .collect();
        let judged: Vec<_> = self
            .judged
            .iter()
            .map(|one| {
                json!({"what": one.what, "wanted": one.wanted, "is": one.is, "held": one.held,
                       "decides": one.counts})
            })
            .collect();
        json!({"scenario": self.name, "setting": setting, "times": figures, "counts": counts,
               "stages": stages, "processes": processes, "judged": judged, "notes": self.notes,
               "passed": self.passed})
    }
}

fn times(figure: &Figure) -> Value {
    let times = &figure.times;
    let ms = |share: f64| round(times.us(share) / 1_000.0);
    json!({"n": times.len(), "p50_ms": ms(0.5), "p90_ms": ms(0.9), "p99_ms": ms(0.99),
           "p999_ms": ms(0.999), "max_ms": round(times.max_us() / 1_000.0)})
}
