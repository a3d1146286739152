//! The response plans of a run: the shape of the built-in ones, every duration divided by the
//! speed. Distances and numbers of people stay as they are.

use serde::{Deserialize, Serialize};

/// A receipt needs real time for two requests, however fast the run is; a shorter window would
/// call healthy phones unreachable.
pub const LEAST_RECEIPT_WINDOW_S: f64 = 0.5;

/// A plans file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plans {
    /// One for each kind, and `default`.
    pub plan: Vec<Plan>,
}

/// The rules for a kind of incident, as `MUSTER__PLANS_FILE` has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract of the plans file")]
pub struct Plan {
    pub id: String,
    pub version: u32,
    pub wanted: u32,
    pub overbook: u32,
    pub answer_window_s: f64,
    pub receipt_window_s: f64,
    pub expires_s: f64,
    pub recheck_s: f64,
    pub still_going_s: f64,
    pub engaged_max_s: f64,
    pub open_warn_s: f64,
    pub open_max_s: f64,
    pub oldest_fix_s: f64,
    pub stale_fix_s: f64,
    pub max_call_age_s: f64,
    pub replace_on_decline: bool,
    pub replace_on_silence: bool,
    pub scene: Vec<String>,
    pub skills: Vec<String>,
    pub max_asked: u32,
    pub waves: Vec<Wave>,
}

/// Alerts launched together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the contract of the plans file")]
pub struct Wave {
    pub after_s: f64,
    pub radius_m: f64,
    pub at_once: u32,
}

impl Plans {
    /// The plan for cardiac arrest and one for everything else, at real pace.
    pub fn real() -> Self {
        Self {
            plan: vec![
                Plan::real("cardiac_arrest", 3, 7),
                Plan::real("default", 2, 5),
            ],
        }
    }

    /// The same, so many times faster.
    #[must_use]
    pub fn scaled(mut self, speed: f64) -> Self {
        for plan in &mut self.plan {
            plan.scale(speed);
        }
        self
    }

    /// As the file has it.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

impl Plan {
    fn real(id: &str, wanted: u32, at_once: u32) -> Self {
        let wave = |after_s, radius_m| Wave {
            after_s,
            radius_m,
            at_once,
        };
        Self {
            id: id.to_owned(),
            version: 1,
            wanted,
            overbook: 1,
            answer_window_s: 30.0,
            receipt_window_s: 12.0,
            expires_s: 600.0,
            recheck_s: 10.0,
            still_going_s: 150.0,
            engaged_max_s: 7_200.0,
            open_warn_s: 7_200.0,
            open_max_s: 14_400.0,
            oldest_fix_s: 3_600.0,
            stale_fix_s: 600.0,
            max_call_age_s: 900.0,
            replace_on_decline: true,
            replace_on_silence: true,
            scene: vec!["safe".to_owned(), "unknown".to_owned()],
            skills: Vec::new(),
            max_asked: 60,
            waves: vec![
                wave(0.0, 1_000.0),
                wave(60.0, 2_000.0),
                wave(120.0, 5_000.0),
            ],
        }
    }

    fn scale(&mut self, speed: f64) {
        let durations = [
            &mut self.answer_window_s,
            &mut self.receipt_window_s,
            &mut self.expires_s,
            &mut self.recheck_s,
            &mut self.still_going_s,
            &mut self.engaged_max_s,
            &mut self.open_warn_s,
            &mut self.open_max_s,
            &mut self.oldest_fix_s,
            &mut self.stale_fix_s,
            &mut self.max_call_age_s,
        ];
        let waves = self.waves.iter_mut().map(|wave| &mut wave.after_s);
        for duration in durations.into_iter().chain(waves) {
            *duration /= speed;
        }
        self.receipt_window_s = self.receipt_window_s.max(LEAST_RECEIPT_WINDOW_S);
        self.answer_window_s = self.answer_window_s.max(self.receipt_window_s);
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn durations_are_divided_and_distances_and_people_are_not() {
        let plans = Plans::real().scaled(10.0);
        let arrest = &plans.plan[0];
        assert_eq!(
            (arrest.answer_window_s, arrest.receipt_window_s),
            (3.0, 1.2)
        );
        assert_eq!((arrest.open_max_s, arrest.waves[1].after_s), (1_440.0, 6.0));
        assert_eq!(
            (arrest.waves[1].radius_m, arrest.wanted, arrest.max_asked),
            (2_000.0, 3, 60)
        );
    }

    #[test]
    fn a_receipt_has_time_for_two_requests_at_any_speed() {
        let plans = Plans::real().scaled(1_000.0);
        assert_eq!(plans.plan[0].receipt_window_s, LEAST_RECEIPT_WINDOW_S);
        assert!(plans.plan[0].answer_window_s >= LEAST_RECEIPT_WINDOW_S);
    }

    #[test]
    fn the_file_reads_back_as_it_was_written() {
        let plans = Plans::real().scaled(60.0);
        assert_eq!(toml::from_str::<Plans>(&plans.to_toml()).unwrap(), plans);
        assert!(
            plans
                .to_toml()
                .starts_with("[[plan]]\nid = \"cardiac_arrest\"")
        );
    }
}
