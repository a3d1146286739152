//! Where the time goes inside the servers: the histograms `muster_stage_seconds{stage="…"}` of
//! `/metrics`, read before and after a run. Stages are not named here: whatever a server says is
//! shown.

use std::collections::BTreeMap;

use muster_stand::client::Api;
use muster_stand::failure::{Context as _, Outcome};

const METRIC: &str = "muster_stage_seconds";

/// The head of [`Stages::lines`].
pub const HEAD: [&str; 6] = ["stage", "n", "mean", "p50", "p90", "p99"];

/// Times of all stages since the servers started, or between two looks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stages(BTreeMap<String, Stage>);

/// Times of one stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stage {
    /// How often.
    pub count: f64,
    /// Seconds, all together.
    pub sum_s: f64,
    /// Upper bound in seconds, and how many took no longer; the last has no bound.
    buckets: Vec<(f64, f64)>,
}

impl Stages {
    /// Those of several servers, added up.
    pub async fn of(servers: &[String]) -> Outcome<Self> {
        let mut all = Self::default();
        for base_url in servers {
            let api = Api::new(base_url, "").doing("building a client")?;
            let text = api.metrics().await.doing("asking for /metrics")?;
            all.add(&Self::parse(&text));
        }
        Ok(all)
    }

    /// From the text format of Prometheus. Lines that are not understood are passed over.
    pub fn parse(text: &str) -> Self {
        let mut stages: BTreeMap<String, Stage> = BTreeMap::new();
        for line in text.lines() {
            let Some((part, labels, value)) = sample(line) else {
                continue;
            };
            let Some(name) = label(labels, "stage") else {
                continue;
            };
            let stage = stages.entry(name.to_owned()).or_default();
            match part {
                "_count" => stage.count += value,
                "_sum" => stage.sum_s += value,
                "_bucket" => {
                    let bound = label(labels, "le").and_then(|bound| match bound {
                        "+Inf" => Some(f64::INFINITY),
                        bound => bound.parse().ok(),
                    });
                    stage.buckets.extend(bound.map(|bound| (bound, value)));
                }
                _ => {}
            }
        }
        for stage in stages.values_mut() {
            stage.buckets = summed(std::mem::take(&mut stage.buckets));
        }
        Self(stages)
    }

    /// What came after `before`. A server that was started in between counts from nothing.
    #[must_use]
    pub fn since(mut self, before: &Self) -> Self {
        for (name, stage) in &mut self.0 {
            if let Some(before) = before.0.get(name) {
                stage.take_away(before);
            }
        }
        self
    }

    fn add(&mut self, other: &Self) {
        for (name, stage) in &other.0 {
            let ours = self.0.entry(name.clone()).or_default();
            ours.count += stage.count;
            ours.sum_s += stage.sum_s;
            ours.buckets.extend(&stage.buckets);
            ours.buckets = summed(std::mem::take(&mut ours.buckets));
        }
    }

    /// Name and times, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Stage)> {
        self.0.iter().map(|(name, stage)| (name.as_str(), stage))
    }

    /// One stage, if a server named it.
    pub fn get(&self, name: &str) -> Option<&Stage> {
        self.0.get(name)
    }

    /// Whether no server named any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lines of a table under [`HEAD`], in milliseconds; percentiles are read between the bounds of
    /// the buckets.
    pub fn lines(&self) -> Vec<Vec<String>> {
        let shown = |seconds: f64| format!("{:.2} ms", seconds * 1000.0);
        let line = |(name, stage): (&str, &Stage)| {
            let mut cells = vec![
                name.to_owned(),
                format!("{:.0}", stage.count),
                shown(stage.mean_s()),
            ];
            cells.extend([0.5, 0.9, 0.99].map(|share| shown(stage.quantile_s(share))));
            cells
        };
        self.iter().map(line).collect()
    }
}

impl Stage {
    /// Seconds on average; 0 when it never happened.
    pub fn mean_s(&self) -> f64 {
        if self.count > 0.0 {
            self.sum_s / self.count
        } else {
            0.0
        }
    }

    /// The seconds that a share of all stays within, on a straight line between the bounds of its
    /// bucket; beyond the last bound, that bound. 0 when it never happened.
    pub fn quantile_s(&self, share: f64) -> f64 {
        let all = self.buckets.last().map_or(0.0, |(_, count)| *count);
        let wanted = share * all;
        let (mut low, mut below) = (0.0, 0.0);
        for &(bound, count) in &self.buckets {
            if count >= wanted && count > below {
                if bound.is_infinite() {
                    return low;
                }
                return low + (bound - low) * (wanted - below) / (count - below);
            }
            (low, below) = (bound, count);
        }
        0.0
    }

    fn take_away(&mut self, before: &Self) {
        if self.count < before.count {
            return;
        }
        self.count -= before.count;
        self.sum_s = (self.sum_s - before.sum_s).max(0.0);
        let less = before.buckets.iter().map(|(bound, count)| (*bound, -count));
        self.buckets.extend(less);
        self.buckets = summed(std::mem::take(&mut self.buckets));
    }
}

/// Sorted by bound, the counts of equal bounds added up.
fn summed(mut buckets: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut all: Vec<(f64, f64)> = Vec::with_capacity(buckets.len());
    for (bound, count) in buckets {
        match all.last_mut() {
            Some(last) if last.0.total_cmp(&bound).is_eq() => last.1 += count,
            _ => all.push((bound, count)),
        }
    }
    all
}

/// What follows the metric's name, its labels and its value.
fn sample(line: &str) -> Option<(&str, &str, f64)> {
    let rest = line.strip_prefix(METRIC)?;
    let (part, rest) = rest.split_once('{')?;
    let (labels, value) = rest.rsplit_once('}')?;
    let value = value.split_whitespace().next()?.parse().ok()?;
    Some((part, labels, value))
}

/// The value of a label; those of stages and bounds hold neither commas nor quotes.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels.split(',').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    const BEFORE: &str = r#"
# TYPE muster_stage_seconds histogram
muster_stage_seconds_bucket{stage="search",le="0.001"} 10
muster_stage_seconds_bucket{stage="search",le="0.002"} 10
muster_stage_seconds_bucket{stage="search",le="+Inf"} 10
muster_stage_seconds_sum{stage="search"} 0.005
muster_stage_seconds_count{stage="search"} 10
muster_http_request_seconds_count{route="/v1",method="GET"} 3
"#;
    const AFTER: &str = r#"
muster_stage_seconds_bucket{stage="search",le="0.001"} 10
muster_stage_seconds_bucket{stage="search",le="0.002"} 90
muster_stage_seconds_bucket{stage="search",le="+Inf"} 110
muster_stage_seconds_sum{stage="search"} 0.205
muster_stage_seconds_count{stage="search"} 110
muster_stage_seconds_bucket{le="0.001",stage="commit"} 2
muster_stage_seconds_bucket{le="+Inf",stage="commit"} 2
muster_stage_seconds_sum{stage="commit"} 0.001
muster_stage_seconds_count{stage="commit"} 2
nonsense {
"#;

    #[test]
    fn only_what_came_between_two_looks_counts() {
        let stages = Stages::parse(AFTER).since(&Stages::parse(BEFORE));
        let search = stages.get("search").unwrap();
        assert_eq!((search.count, search.mean_s()), (100.0, 0.002));
        // 80 of 100 between 1 and 2 ms, nothing below, the rest beyond every bound
        assert_eq!(search.quantile_s(0.4), 0.0015);
        assert_eq!(search.quantile_s(0.99), 0.002);
        let commit = stages.get("commit").unwrap();
        assert_eq!(commit.quantile_s(0.5), 0.0005);
        assert_eq!(stages.lines()[0][..2], ["commit", "2"]);
        assert!(Stages::parse("").is_empty());
    }

    #[test]
    fn several_servers_add_up_and_one_that_started_anew_counts_from_nothing() {
        let mut both = Stages::parse(AFTER);
        both.add(&Stages::parse(BEFORE));
        let search = both.get("search").unwrap();
        assert_eq!(search.count, 120.0);
        assert_eq!(search.buckets[1], (0.002, 100.0));
        let anew = Stages::parse(BEFORE).since(&Stages::parse(AFTER));
        assert_eq!(anew.get("search").unwrap().count, 10.0);
    }
}
