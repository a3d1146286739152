//! The rules for a kind of incident, as data.
//!
//! A plan is versioned and copied into each incident it governs, so that a changed plan never
//! changes an incident that is already running, and every decision can be explained afterwards.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::responder::Skills;
use super::selection::Weighing;
use super::time::{Millis, Timestamp};

/// Id of the plan that serves every kind without one of its own.
pub const DEFAULT_PLAN: &str = "default";

/// Most waves a plan may have; each costs a search.
pub const WAVES_MAX: usize = 8;
/// Most alerts one incident may ever send: a country must not be woken by a typing error.
pub const ASKED_MAX: u32 = 500;
/// No plan searches further, metres.
pub const RADIUS_MAX_M: f64 = 100_000.0;

/// One ring of a widening search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// Seconds after alerting started, while too few have accepted.
    pub after_s: f64,
    /// How far away people may be, metres great-circle.
    pub radius_m: f64,
    /// How many more people are asked at once from then on.
    pub at_once: u32,
}

/// Whether people are alerted when this is known of the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// Known to be safe.
    Safe,
    /// Known to be dangerous.
    Unsafe,
    /// Nobody said.
    Unknown,
}

impl Scene {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Unknown => "unknown",
        }
    }

    /// The value of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Safe, Self::Unsafe, Self::Unknown]
            .into_iter()
            .find(|scene| scene.as_str() == word)
    }
}

/// The rules for one kind of incident. Durations are seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "choices that are made independently of each other"
)]
pub struct Plan {
    /// Also the kind it serves; [`DEFAULT_PLAN`] serves all others.
    pub id: String,
    /// Grows with each change.
    pub version: u32,
    /// How many should come.
    pub wanted: u32,
    /// How many more may accept, because some abort.
    pub overbook: u32,
    /// The widening rings, nearest first.
    pub waves: Vec<Wave>,
    /// Silence for so long after the alert, and somebody else is asked as well.
    pub answer_window_s: f64,
    /// No phone's receipt for so long, and the responder counts as unreached.
    pub receipt_window_s: f64,
    /// The alert ends, and is the push's time to live.
    pub expires_s: f64,
    /// While too few can be asked, whoever came into reach is looked for this often.
    pub recheck_s: f64,
    /// An accepted responder not heard from for so long is asked "still going?".
    pub still_going_s: f64,
    /// An engagement without a word for so long ends by itself.
    pub engaged_max_s: f64,
    /// An open incident warns the desk after so long.
    pub open_warn_s: f64,
    /// An open incident closes as expired after so long.
    pub open_max_s: f64,
    /// Fixes older than this are never used.
    pub oldest_fix_s: f64,
    /// Fixes older than this are a last resort.
    pub stale_fix_s: f64,
    /// A call older than this is held for a person to decide.
    pub max_call_age_s: f64,
    /// Ask somebody else when one declines or withdraws.
    pub replace_on_decline: bool,
    /// Ask somebody else when one stays silent or is unreached.
    pub replace_on_silence: bool,
    /// A wave that finds nobody to ask is waited out all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wait_when_empty: bool,
    /// Values of `scene` that alert at once; any other is held.
    pub scene: Vec<Scene>,
    /// Only people with one of these skills; empty means any.
    pub skills: Vec<super::responder::Skill>,
    /// Below this age, in years, the incident is held.
    #[serde(default)]
    pub min_patient_age_y: Option<u16>,
    /// Every incident waits for a person.
    #[serde(default)]
    pub hold: bool,
    /// Most alerts one incident sends in all.
    pub max_asked: u32,
}

/// Why a plan cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("plan `{plan}`: {why}")]
pub struct BadPlan {
    /// Which.
    pub plan: String,
    /// A sentence for the operator.
    pub why: String,
}

fn span(s: f64) -> Millis {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be finite and below a year by Plan::check"
    )]
    Millis((s * 1000.0).round() as i64)
}

impl Plan {
    /// Silence until somebody else is asked.
    pub fn answer_window(&self) -> Millis {
        span(self.answer_window_s)
    }
    /// Silence of every phone until unreached.
    pub fn receipt_window(&self) -> Millis {
        span(self.receipt_window_s)
    }
    /// Life of an alert.
    pub fn expires(&self) -> Millis {
        span(self.expires_s)
    }
    /// Pause between searches that found too few.
    pub fn recheck(&self) -> Millis {
        span(self.recheck_s)
    }
    /// Silence of an accepted responder until doubted.
    pub fn still_going(&self) -> Millis {
        span(self.still_going_s)
    }
    /// Silence of an engaged responder until released.
    pub fn engaged_max(&self) -> Millis {
        span(self.engaged_max_s)
    }
    /// Age of an open incident at which the desk is warned.
    pub fn open_warn(&self) -> Millis {
        span(self.open_warn_s)
    }
    /// Age of an open incident at which it closes by itself.
    pub fn open_max(&self) -> Millis {
        span(self.open_max_s)
    }
    /// Greatest age of a usable fix.
    pub fn oldest_fix(&self) -> Millis {
        span(self.oldest_fix_s)
    }
    /// Age from which a fix is a last resort.
    pub fn stale_fix(&self) -> Millis {
        span(self.stale_fix_s)
    }
    /// What makes one person better placed than another at `now`.
    pub fn weighing(&self, now: Timestamp) -> Weighing {
        Weighing {
            now,
            stale: self.stale_fix(),
        }
    }
    /// Greatest age of a call that alerts at once.
    pub fn max_call_age(&self) -> Millis {
        span(self.max_call_age_s)
    }
    /// Most that may have accepted.
    pub fn capacity(&self) -> u32 {
        self.wanted.saturating_add(self.overbook)
    }
    /// Skills to look for; empty means any.
    pub fn skill_set(&self) -> Skills {
        self.skills.iter().copied().collect()
    }
    /// Wave number `wave` (from 1), if the plan has so many.
    pub fn wave(&self, wave: u32) -> Option<&Wave> {
        self.waves.get(wave.checked_sub(1)? as usize)
    }
    /// When wave `wave` is due, counted from the start of alerting.
    pub fn wave_after(&self, wave: u32) -> Option<Millis> {
        self.wave(wave).map(|w| span(w.after_s))
    }
    /// How many people are asked or coming at once while wave `wave` runs.
    pub fn places(&self, wave: u32) -> u32 {
        self.waves
            .iter()
            .take(wave as usize)
            .fold(0, |sum, w| sum.saturating_add(w.at_once))
    }

    /// Whether the numbers make sense together.
    pub fn check(&self) -> Result<(), BadPlan> {
        let bad = |why: &str| {
            Err(BadPlan {
                plan: self.id.clone(),
                why: why.to_owned(),
            })
        };
        let spans = [
            self.answer_window_s,
            self.receipt_window_s,
            self.expires_s,
            self.recheck_s,
            self.still_going_s,
            self.engaged_max_s,
            self.open_warn_s,
            self.open_max_s,
            self.oldest_fix_s,
            self.stale_fix_s,
            self.max_call_age_s,
        ];
        if spans.iter().any(|s| !(*s >= 0.05 && *s <= 31_536_000.0)) {
            return bad("every duration must be between 0.05 s and a year");
        }
        if self.wanted == 0 {
            return bad("`wanted` must be at least 1");
        }
        if self.waves.is_empty() || self.waves.len() > WAVES_MAX {
            return bad("there must be between 1 and 8 waves");
        }
        let fits = |w: &Wave| {
            w.radius_m > 0.0
                && w.radius_m <= RADIUS_MAX_M
                && w.after_s >= 0.0
                && w.after_s <= 86_400.0
                && w.at_once <= ASKED_MAX
        };
        if !self.waves.iter().all(fits) {
            return bad(
                "a wave needs 0 < radius_m <= 100000, 0 <= after_s <= 86400, at_once <= 500",
            );
        }
        if self
            .waves
            .windows(2)
            .any(|w| w[0].radius_m > w[1].radius_m || w[0].after_s > w[1].after_s)
        {
            return bad("waves must not shrink and must follow each other in time");
        }
        if self.waves[0].at_once == 0 {
            return bad("the first wave must ask somebody");
        }
        if self.max_asked == 0 || self.max_asked > ASKED_MAX {
            return bad("`max_asked` must be between 1 and 500");
        }
        Ok(())
    }
}

/// All plans in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plans {
    /// The plans, in any order; one is named [`DEFAULT_PLAN`].
    #[serde(rename = "plan")]
    pub plans: Vec<Plan>,
}

impl Plans {
    /// The plan of a kind, and whether it is the kind's own.
    pub fn of_kind(&self, kind: &str) -> (&Plan, bool) {
        let named = |id: &str| self.plans.iter().find(|plan| plan.id == id);
        match named(kind) {
            Some(plan) => (plan, true),
            None => (
                named(DEFAULT_PLAN).expect("Plans::check saw a default plan"),
                false,
            ),
        }
    }

    /// Kinds that have a plan of their own.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let ids = self.plans.iter().map(|plan| plan.id.as_str());
        ids.filter(|id| *id != DEFAULT_PLAN)
    }

    /// Whether each plan makes sense and the set is complete.
    pub fn check(&self) -> Result<(), BadPlan> {
        for (at, plan) in self.plans.iter().enumerate() {
            plan.check()?;
            if self.plans[..at].iter().any(|other| other.id == plan.id) {
                return Err(BadPlan {
                    plan: plan.id.clone(),
                    why: "defined twice".to_owned(),
                });
            }
        }
        if !self.plans.iter().any(|plan| plan.id == DEFAULT_PLAN) {
            return Err(BadPlan {
                plan: DEFAULT_PLAN.to_owned(),
                why: "missing: kinds without a plan of their own need it".to_owned(),
            });
        }
        Ok(())
    }

    /// The plans that are used when the operator names no file.
    pub fn built_in() -> Self {
        Self {
            plans: vec![cardiac_arrest(), default_plan()],
        }
    }
}

/// `cardiac_arrest`: seven asked at once, each decline and each 30 s of silence replaced. Asking
/// seven and replacing beats three at a time on every measure at equal fatigue (optimisation for
/// GoodSAM New Zealand, 2026); 30 s is KATRETTER's window, between Mobile Retter's 20 s and the
/// minutes of systems without one. One more than wanted may accept because a fifth abort after
/// accepting (Mobile Retter). 5 km is the widest radius in routine use (Denmark since 2021).
fn cardiac_arrest() -> Plan {
    Plan {
        id: "cardiac_arrest".to_owned(),
        wanted: 3,
        overbook: 1,
        waves: vec![
            Wave {
                after_s: 0.0,
                radius_m: 1000.0,
                at_once: 7,
            },
            Wave {
                after_s: 60.0,
                radius_m: 2000.0,
                at_once: 7,
            },
            Wave {
                after_s: 120.0,
                radius_m: 5000.0,
                at_once: 7,
            },
        ],
        scene: vec![Scene::Safe, Scene::Unknown],
        ..default_plan()
    }
}

/// Everything else: the three nearest within 1 km (GoodSAM's oldest rule), and only when somebody
/// said that the scene is safe, because nothing is known of the kind.
fn default_plan() -> Plan {
    Plan {
        id: DEFAULT_PLAN.to_owned(),
        version: 1,
        wanted: 1,
        overbook: 1,
        waves: vec![Wave {
            after_s: 0.0,
            radius_m: 1000.0,
            at_once: 3,
        }],
        answer_window_s: 30.0,
        // a phone that is awake answers a high-priority push in a few seconds; 8 to 12 s without
        // a receipt is the sign to look elsewhere
        receipt_window_s: 12.0,
        expires_s: 600.0,
        recheck_s: 10.0,
        still_going_s: 150.0,
        engaged_max_s: 7200.0,
        open_warn_s: 7200.0,
        open_max_s: 14_400.0,
        // heartbeats of idle phones are slow (half an hour is common); an hour covers one missed
        oldest_fix_s: 3600.0,
        stale_fix_s: 1200.0,
        max_call_age_s: 900.0,
        replace_on_decline: true,
        replace_on_silence: true,
        wait_when_empty: false,
        scene: vec![Scene::Safe],
        skills: vec![],
        min_patient_age_y: None,
        hold: false,
        max_asked: 60,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_plans_make_sense() {
        Plans::built_in().check().unwrap();
    }

    #[test]
    fn an_unknown_kind_gets_the_default_plan() {
        let plans = Plans::built_in();
        assert_eq!(plans.of_kind("cardiac_arrest").0.wanted, 3);
        assert!(!plans.of_kind("cat_in_tree").1);
        assert_eq!(plans.of_kind("cat_in_tree").0.id, DEFAULT_PLAN);
    }

    #[test]
    fn places_add_up_over_the_waves() {
        let plan = cardiac_arrest();
        assert_eq!(
            (plan.places(1), plan.places(2), plan.places(9)),
            (7, 14, 21)
        );
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let mut plan = cardiac_arrest();
        plan.waves[1].radius_m = 10.0;
        assert!(plan.check().unwrap_err().why.contains("shrink"));
        let mut plan = cardiac_arrest();
        plan.answer_window_s = f64::NAN;
        assert!(plan.check().is_err());
    }
}
