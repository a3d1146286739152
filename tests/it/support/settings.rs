//! What a test may change before the server starts.

use super::ORG;
use muster_core::domain::plan::{DEFAULT_PLAN, Plan, Plans};
use std::path::{Path, PathBuf};

/// Settings of a world; every method may be called in any order.
pub(crate) struct Settings {
    pub(super) plans: Plans,
    pub(super) env: Vec<(String, String)>,
    pub(super) org: String,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) expected_errors: Vec<String>,
    pub(super) secrets: Vec<String>,
}

impl Settings {
    /// The built-in plans, but wide awake: whoever comes into reach is found in half a second.
    pub(super) fn new() -> Self {
        let mut plans = Plans::built_in();
        for plan in &mut plans.plans {
            plan.recheck_s = 0.3;
        }
        Self {
            plans,
            env: Vec::new(),
            org: ORG.to_owned(),
            data_dir: None,
            expected_errors: Vec::new(),
            // the digits of HOME's surroundings, what `call()` says of the address, and tokens
            secrets: [
                "-75.9",
                "Main Street",
                "Harbour flats",
                "4711\"",
                "blue door",
                "eyJ",
                "BEGIN ",
            ]
            .map(str::to_owned)
            .into(),
        }
    }

    /// Changes the plan of `cardiac_arrest`.
    pub(crate) fn plan(&mut self, change: impl FnOnce(&mut Plan)) {
        self.plan_of("cardiac_arrest", change);
    }

    /// Changes the plan that unknown kinds get.
    pub(crate) fn default_plan(&mut self, change: impl FnOnce(&mut Plan)) {
        self.plan_of(DEFAULT_PLAN, change);
    }

    fn plan_of(&mut self, id: &str, change: impl FnOnce(&mut Plan)) {
        change(
            self.plans
                .plans
                .iter_mut()
                .find(|plan| plan.id == id)
                .unwrap(),
        );
    }

    /// Sets a variable of the server's environment.
    pub(crate) fn env(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// Keeps the data somewhere else than in the world's folder.
    pub(crate) fn data_in(&mut self, dir: &Path) {
        self.data_dir = Some(dir.to_owned());
    }

    /// Log lines of level ERROR that hold these words are no failure.
    pub(crate) fn expect_error(&mut self, words: &str) {
        self.expected_errors.push(words.to_owned());
    }

    /// These words must not stand in the log.
    pub(crate) fn secret(&mut self, words: &str) {
        self.secrets.push(words.to_owned());
    }

    pub(super) fn write_plans(&self, file: &Path) {
        std::fs::write(file, toml::to_string(&self.plans).unwrap()).unwrap();
    }
}
