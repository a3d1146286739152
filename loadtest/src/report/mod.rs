//! The report of a scenario: what was measured, counted and judged, as a summary on the terminal,
//! one line of JSON, Markdown, and a page that needs nothing from elsewhere.

mod chart;
mod figures;
mod json;
mod markdown;
mod page;

pub(crate) use crate::bench::figures::Times;
pub(crate) use figures::{Figure, Point, Sample, Series, Usage, quarters};

use crate::bench::machine;
use crate::stages::Stages;
use muster_stand::failure::{Context as _, Outcome};
use std::path::Path;

/// One thing that was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    /// What.
    pub(crate) what: String,
    /// The limit, in words.
    pub(crate) wanted: String,
    /// What it was.
    pub(crate) is: String,
    /// Whether the limit was held.
    pub(crate) held: bool,
    /// Whether missing it fails the run: counts do, times and shares do not.
    pub(crate) counts: bool,
}

/// Everything that is to be told of a run.
pub(crate) struct Report {
    /// The scenario and what it is for.
    pub(crate) name: String,
    pub(crate) about: String,
    /// What the run was made of, by name: world, seed, commit, machine, sizes.
    pub(crate) setting: Vec<(&'static str, String)>,
    /// Times.
    pub(crate) figures: Vec<Figure>,
    /// Counts, by name.
    pub(crate) counts: Vec<(String, u64)>,
    /// Where the time went inside the servers.
    pub(crate) stages: Stages,
    /// Processor time and memory over time.
    pub(crate) usage: Usage,
    pub(crate) judged: Vec<Judged>,
    /// What a reader has to know.
    pub(crate) notes: Vec<String>,
    /// Whether nothing that counts was missed.
    pub(crate) passed: bool,
}

impl Report {
    /// Writes `result.json`, `report.md` and `report.html` into a folder.
    pub(crate) fn write(&self, folder: &Path) -> Outcome<()> {
        std::fs::create_dir_all(folder).doing("making the report's folder")?;
        machine::write(&folder.join("result.json"), &format!("{}\n", self.json()))?;
        machine::write(&folder.join("report.md"), &self.markdown())?;
        machine::write(&folder.join("report.html"), &self.page())
    }

    /// What was judged and missed.
    pub(crate) fn missed(&self) -> Vec<&Judged> {
        self.judged.iter().filter(|one| !one.held).collect()
    }
}

#[cfg(test)]
mod tests;
