//! The registry behind `/metrics`.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bucket bounds in seconds: from a fifth of a millisecond, where the hot path lives, to the
/// longest deadline.
const SECONDS: [f64; 14] = [
    0.0002, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 1.0, 4.0, 10.0,
];

/// Where the time of an emergency goes, by label `stage`: `search` (finding who is near), `queue`
/// (waiting for the ledger, in the lane of emergencies), `decide` (reading, deciding and writing,
/// without the flush), `commit` (until all of it is on disk), `push_queue` (from the commit until an
/// alert's or danger's push is handed to its sender), `push` (until the provider has answered;
/// waiting for a free place on a connection is in it).
const STAGES: &str = "muster_stage_seconds";

/// Bucket bounds of the stages in seconds, finer than those of everything else: this is what is
/// made faster.
const STAGE_SECONDS: [f64; 22] = [
    0.000_05, 0.000_1, 0.000_2, 0.000_3, 0.000_5, 0.000_7, 0.001, 0.001_5, 0.002, 0.003, 0.004,
    0.006, 0.008, 0.012, 0.016, 0.024, 0.032, 0.064, 0.125, 0.25, 1.0, 4.0,
];

/// Renders what was counted since the start.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Installs the registry of this process; the first one wins.
    pub fn install() -> Result<Self, String> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(|builder| {
                let stages = Matcher::Full(STAGES.to_owned());
                builder.set_buckets_for_metric(stages, &STAGE_SECONDS)
            })
            .map_err(|e| e.to_string())?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|e| e.to_string())?;
        Ok(Self { handle })
    }

    /// The exposition text.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}
