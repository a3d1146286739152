//! Whom to ask, in which order, for what, and why.

use serde::{Deserialize, Serialize};

use super::ids::{ResponderId, ResponderNo};
use super::responder::{Bar, Fix, Skill, Skills, Source, Travel};
use super::time::{Millis, Timestamp};

/// What a responder is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Straight to the patient, to give chest compressions.
    Cpr,
    /// By way of a defibrillator.
    Aed,
    /// Straight to the patient, with professional skills.
    Clinician,
    /// To the street, to show the ambulance the way.
    Guide,
}

impl Role {
    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpr => "cpr",
            Self::Aed => "aed",
            Self::Clinician => "clinician",
            Self::Guide => "guide",
        }
    }

    /// The role of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Cpr, Self::Aed, Self::Clinician, Self::Guide]
            .into_iter()
            .find(|role| role.as_str() == word)
    }

    /// Professional skills go to the patient as such; everybody else is asked for compressions.
    pub fn for_skills(skills: Skills) -> Self {
        let clinical = [Skill::Doctor, Skill::Paramedic, Skill::Nurse, Skill::Emt];
        if skills.meets(clinical.into_iter().collect()) {
            Self::Clinician
        } else {
            Self::Cpr
        }
    }
}

/// How fast somebody may have moved since an old fix, metres a second: the median effective speed
/// of alerted volunteers in Sweden, 2.3 m/s, stands in for everyday movement.
const DRIFT_M_PER_S: f64 = 2.3;

/// Drift stops to matter for the order beyond this: the fix is then a last resort anyway.
const DRIFT_MAX_M: f64 = 2000.0;

/// A stale fix sorts behind every fresh one within any radius.
const LAST_RESORT_M: f64 = 1e7;

/// What it costs in the order not to be seen but to be where one usually is, metres: whoever is at
/// a place by their hours may be out, or late. As much as seven minutes of drift: a live position
/// of a few minutes ago at a similar distance comes first.
const PLACE_DOUBT_M: f64 = 500.0;

/// The measure that decides whom to ask first, at one instant: the index finds the best by it and
/// the decision ranks by it, so that nobody is left out who would have been asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weighing {
    /// When people are compared.
    pub now: Timestamp,
    /// A live position older than this is a last resort.
    pub stale: Millis,
}

impl Weighing {
    /// The distance that decides the order: inflated by what the position leaves in doubt.
    pub fn weighed_m(&self, distance_m: f64, fix: &Fix) -> f64 {
        distance_m + self.doubt_m(fix.source, fix.at, f64::from(fix.accuracy_m))
    }

    /// By how many metres a position counts as further away than it is: for its accuracy and for
    /// how far its owner may have gone since. A live one that is stale is far behind everybody
    /// else; that of a place has a doubt that is always the same.
    ///
    /// Never negative, and never less for a position of the same source that is older or less
    /// accurate: an index may pass over what is too far away even without doubt. Ages count in
    /// whole seconds of the clock, as nobody's position is known to the metre that a part is worth.
    pub fn doubt_m(&self, source: Source, at: Timestamp, accuracy_m: f64) -> f64 {
        // half of accuracy and drift: they push outwards as often as inwards
        let accuracy = 0.5 * accuracy_m;
        if source == Source::Place {
            return accuracy + PLACE_DOUBT_M;
        }
        let age_s = (Millis(self.now.0).as_s() - Millis(at.0).as_s()).max(0);
        let drift = (age_s as f64 * DRIFT_M_PER_S).min(DRIFT_MAX_M);
        let resort = if age_s.saturating_mul(1000) > self.stale.0 {
            LAST_RESORT_M
        } else {
            0.0
        };
        accuracy + 0.5 * drift + resort
    }
}

/// Somebody who could be asked, as the index and the travel estimate describe them.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Who.
    pub responder: ResponderNo,
    /// What they can do.
    pub skills: Skills,
    /// How they travel.
    pub travel: Travel,
    /// Great-circle distance to the place, metres.
    pub distance_m: f64,
    /// Estimated seconds to the place.
    pub eta_s: u32,
    /// Radius of uncertainty of their position, metres.
    pub accuracy_m: f64,
    /// When their position was taken.
    pub fix_at: Timestamp,
    /// Where their position comes from.
    pub source: Source,
}

impl Candidate {
    /// How old the position is; never negative. Of a place 0: it holds while its hours run, and
    /// when they were last looked at says nothing about the person.
    pub fn fix_age(&self, now: Timestamp) -> Millis {
        match self.source {
            Source::Live => (now - self.fix_at).max(Millis(0)),
            Source::Place => Millis(0),
        }
    }

    /// The distance that decides the order: see [`Weighing`].
    pub fn weighed_m(&self, by: Weighing) -> f64 {
        self.distance_m + by.doubt_m(self.source, self.fix_at, self.accuracy_m)
    }
}

/// Why somebody in reach was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// The ledger says that they must not be.
    Barred(Bar),
    /// Already asked for this incident.
    AlreadyAsked,
    /// Others were nearer, and enough.
    OthersNearer,
}

/// Somebody who was considered and not asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Who.
    pub responder_id: ResponderId,
    /// How far away, metres.
    pub distance_m: f64,
    /// Where that position came from.
    #[serde(default, skip_serializing_if = "Source::is_live")]
    pub position: Source,
    /// Why not.
    pub why: Passed,
}

/// Best first: by weighed distance, ties by responder number so that a run can be replayed.
pub fn rank(candidates: &mut [Candidate], by: Weighing) {
    candidates.sort_by(|a, b| {
        a.weighed_m(by)
            .total_cmp(&b.weighed_m(by))
            .then(a.responder.cmp(&b.responder))
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn by(stale_s: i64) -> Weighing {
        let stale = Millis::from_s(stale_s);
        Weighing { now: NOW, stale }
    }

    proptest! {
        #[test]
        fn doubt_is_never_negative_and_never_less_for_an_older_or_less_accurate_position(
            age in -60_000..7_200_000_i64, older in 0..7_200_000_i64,
            accuracy_m in 0.0..5_000.0, worse_m in 0.0..5_000.0, stale_s in 0..3600_i64,
        ) {
            let doubt = |source, age, accuracy_m| by(stale_s).doubt_m(source, NOW - Millis(age), accuracy_m);
            for source in [Source::Live, Source::Place] {
                let doubt_m = doubt(source, age, accuracy_m);
                prop_assert!(doubt_m >= 0.0);
                prop_assert!(doubt_m <= doubt(source, age + older, accuracy_m + worse_m));
            }
        }
    }

    fn candidate(no: u64, distance_m: f64, age_s: i64) -> Candidate {
        Candidate {
            responder: ResponderNo(no),
            skills: Skills::default(),
            travel: Travel::default(),
            distance_m,
            eta_s: 60,
            accuracy_m: 10.0,
            fix_at: NOW - Millis::from_s(age_s),
            source: Source::Live,
        }
    }

    #[test]
    fn a_fresh_fix_beats_a_slightly_nearer_old_one_and_stale_ones_come_last() {
        let mut all = [
            candidate(1, 300.0, 700),
            candidate(2, 400.0, 5),
            candidate(3, 10.0, 2000),
        ];
        rank(&mut all, by(1200));
        let order: Vec<u64> = all.iter().map(|c| c.responder.0).collect();
        assert_eq!(order, [2, 1, 3]);
    }

    #[test]
    fn a_place_is_behind_live_positions_at_a_similar_distance_and_never_stale() {
        let place = |no, distance_m, age_s| Candidate {
            source: Source::Place,
            ..candidate(no, distance_m, age_s)
        };
        let mut all = [
            place(1, 100.0, 900),
            candidate(2, 500.0, 5),
            place(3, 90.0, 0),
            candidate(4, 700.0, 5),
            candidate(5, 10.0, 2000),
        ];
        rank(&mut all, by(600));
        let order: Vec<u64> = all.iter().map(|c| c.responder.0).collect();
        assert_eq!(order, [2, 3, 1, 4, 5]);
        assert_eq!(place(1, 100.0, 900).fix_age(NOW), Millis(0));
    }

    #[test]
    fn clinicians_go_as_clinicians() {
        let of = |skill| Role::for_skills([skill].into_iter().collect());
        assert_eq!(of(Skill::Doctor), Role::Clinician);
        assert_eq!(of(Skill::Bls), Role::Cpr);
    }
}
