//! When each call is raised: the real order and bursts, the quiet between them cut short.

use super::Call;
use std::time::Duration;

/// Wall-clock offsets from the start of the run, ascending.
pub(super) fn offsets(calls: &[Call], speed: f64, max_gap_s: f64) -> Vec<Duration> {
    let mut at = 0.0;
    let mut before = calls.first().map_or(0.0, |call| call.at_s);
    calls
        .iter()
        .map(|call| {
            at += (call.at_s - before).clamp(0.0, max_gap_s.max(0.0));
            before = call.at_s;
            Duration::from_secs_f64(at / speed.max(1e-3))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_stand::geo::LatLon;

    #[test]
    fn bursts_stay_and_quiet_is_cut() {
        let call = |at_s| Call {
            at_s,
            place: LatLon::new(1.0, 1.0),
            kind: String::new(),
            response_s: None,
            row: 1,
        };
        let calls = [call(1_000.0), call(1_000.0), call(1_004.0), call(90_000.0)];
        let plan = offsets(&calls, 2.0, 10.0);
        let seconds: Vec<_> = plan.iter().map(Duration::as_secs_f64).collect();
        assert_eq!(seconds, [0.0, 0.0, 2.0, 7.0]);
    }
}
