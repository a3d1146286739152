//! When a phone can no longer be counted on, and when its owner is told: at most once of each
//! failure, and once a day.

use serde::{Deserialize, Serialize};

use super::ids::{AlertId, DeviceId};
use super::time::{Millis, Timestamp};

/// A test that was not received by then was missed.
pub const TEST_MISSED: Millis = Millis::from_s(60);
/// A phone that said nothing for so long is to be looked after. A page is opened or reports at
/// least once a day while its owner is on duty.
pub const SILENT_AFTER: Millis = Millis::from_s(48 * 3600);
/// Between two words about one phone: whoever knows need not be told again.
pub const TOLD_EVERY: Millis = Millis::from_s(24 * 3600);

/// Why a phone can no longer be counted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failing {
    /// Its push address died.
    PushDead,
    /// Its last test never came.
    TestMissed,
    /// It used to report, and no phone of its owner has said anything for days.
    NotHeardFrom,
}

impl Failing {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::PushDead, Self::TestMissed, Self::NotHeardFrom];

    /// The word outsiders use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PushDead => "push_dead",
            Self::TestMissed => "test_missed",
            Self::NotHeardFrom => "not_heard_from",
        }
    }

    /// The reason of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }
}

/// What is said of a phone that fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Which phone.
    pub device: DeviceId,
    /// What is wrong with it.
    pub why: Failing,
}

/// One failure: a phone that fails again fails anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    pub why: Failing,
    /// What sets it apart from the next of its kind: which address, which test, since when.
    pub mark: String,
}

/// What its owner was told of a phone last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Name of that word, so that each phone shows it once.
    pub id: AlertId,
    /// Of which failure.
    pub failure: Failure,
    /// When.
    pub at: Timestamp,
}

/// What is known of one phone, as far as it decides whether it fails.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    /// No push reaches it.
    pub dead: bool,
    /// Number of its address, which grows with each new one.
    pub generation: i64,
    /// When it last said how it is.
    pub reported_at: Option<Timestamp>,
    /// When it last had an alert.
    pub received_at: Option<Timestamp>,
    /// Its last test: its name, when it was sent, when it came.
    pub test: Option<(AlertId, Timestamp, Option<Timestamp>)>,
    /// What its owner was told last.
    pub told: Option<Told>,
}

/// What is to be done about a phone at some instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing before it is heard from, or before that instant.
    Rest(Option<Timestamp>),
    /// Its owner is to be told now.
    Tell(Failure),
}

impl Signs {
    /// When it last said anything that was kept.
    pub fn heard_at(&self) -> Option<Timestamp> {
        let tested_at = self.test.as_ref().and_then(|(_, _, came)| *came);
        self.reported_at.max(self.received_at).max(tested_at)
    }

    /// Its last test should have come, and nothing else that proves its pushes came since.
    pub fn missed_test(&self, now: Timestamp) -> bool {
        self.test.as_ref().is_some_and(|(_, sent, came)| {
            came.is_none() && now - *sent > TEST_MISSED && self.received_at < Some(*sent)
        })
    }

    /// What is wrong with it. `heard_at`: when any phone of its owner was last heard.
    pub fn failure(&self, heard_at: Option<Timestamp>, now: Timestamp) -> Option<Failure> {
        let failure = |why, mark| Some(Failure { why, mark });
        if self.dead {
            return failure(Failing::PushDead, self.generation.to_string());
        }
        if self.missed_test(now) {
            let test = self.test.as_ref().map(|(id, _, _)| id.0.clone());
            return failure(Failing::TestMissed, test.unwrap_or_default());
        }
        // the phone that its owner used last stands for all of them
        let last = heard_at.filter(|at| self.heard_at() == Some(*at) && self.reported_at.is_some());
        let silent = last.filter(|at| now - *at > SILENT_AFTER);
        silent.and_then(|at| failure(Failing::NotHeardFrom, at.0.to_string()))
    }

    /// What its owner was told of it, while it is still so.
    pub fn stands(&self, heard_at: Option<Timestamp>, now: Timestamp) -> Option<&Told> {
        let failure = self.failure(heard_at, now)?;
        self.told.as_ref().filter(|told| told.failure == failure)
    }

    /// What is to be done at `now` about the phone of somebody who wants alerts.
    pub fn next(&self, heard_at: Option<Timestamp>, now: Timestamp) -> Next {
        // of a phone that reports, silence is noticed; of one that failed, it says nothing new
        let silent_at = self
            .reported_at
            .and(heard_at)
            .map(|at| at + SILENT_AFTER + Millis(1));
        let silent_at = silent_at.filter(|at| *at > now);
        let Some(failure) = self.failure(heard_at, now) else {
            return Next::Rest(silent_at);
        };
        match &self.told {
            Some(told) if told.failure == failure => Next::Rest(silent_at),
            Some(told) if now - told.at < TOLD_EVERY => Next::Rest(Some(told.at + TOLD_EVERY)),
            _ => Next::Tell(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_900_000_000_000);

    fn hours(n: i64) -> Millis {
        Millis::from_s(n * 3600)
    }

    fn told(failure: &Failure, at: Timestamp) -> Told {
        Told {
            id: AlertId::from("w-1"),
            failure: failure.clone(),
            at,
        }
    }

    fn next(signs: &Signs, now: Timestamp) -> Next {
        signs.next(signs.heard_at(), now)
    }

    #[test]
    fn every_word_parses_back() {
        for why in Failing::ALL {
            assert_eq!(Failing::parse(why.as_str()), Some(why));
        }
        assert_eq!(Failing::parse("tired"), None);
    }

    #[test]
    fn a_phone_that_reports_is_looked_at_when_it_should_have_reported_again() {
        let fine = Signs {
            reported_at: Some(NOW),
            ..Signs::default()
        };
        let due = NOW + SILENT_AFTER + Millis(1);
        assert_eq!(next(&fine, NOW), Next::Rest(Some(due)));
        let Next::Tell(failure) = next(&fine, due) else {
            panic!("two days of silence");
        };
        assert_eq!(failure.why, Failing::NotHeardFrom);
        // another phone of theirs is in use
        assert_eq!(
            fine.next(Some(NOW + hours(40)), due),
            Next::Rest(Some(due + hours(40)))
        );
        let mute = Signs {
            received_at: Some(NOW),
            ..Signs::default()
        };
        assert_eq!(
            next(&mute, NOW + hours(999)),
            Next::Rest(None),
            "never reported"
        );
    }

    #[test]
    fn a_test_is_missed_after_a_minute_unless_an_alert_came_since() {
        let sent = |received_at, came| Signs {
            received_at,
            test: Some((AlertId::from("t"), NOW, came)),
            ..Signs::default()
        };
        let late = NOW + TEST_MISSED + Millis(1);
        assert!(!sent(None, None).missed_test(NOW + TEST_MISSED));
        assert!(sent(None, None).missed_test(late));
        assert!(sent(Some(NOW - hours(1)), None).missed_test(late));
        assert!(!sent(Some(NOW), None).missed_test(late));
        assert!(!sent(None, Some(late)).missed_test(late));
        let failure = sent(None, None).failure(None, late).unwrap();
        assert_eq!(
            (failure.why, failure.mark.as_str()),
            (Failing::TestMissed, "t")
        );
    }

    #[test]
    fn one_failure_is_told_once_and_another_not_on_the_same_day() {
        let mut phone = Signs {
            dead: true,
            generation: 3,
            ..Signs::default()
        };
        let Next::Tell(failure) = next(&phone, NOW) else {
            panic!("a dead address");
        };
        phone.told = Some(told(&failure, NOW));
        assert_eq!(next(&phone, NOW + hours(999)), Next::Rest(None));
        assert_eq!(phone.stands(None, NOW).map(|t| t.at), Some(NOW));
        // registered anew, and dead again
        phone.generation = 4;
        assert_eq!(phone.stands(None, NOW), None);
        let tomorrow = NOW + TOLD_EVERY;
        assert_eq!(next(&phone, NOW + hours(1)), Next::Rest(Some(tomorrow)));
        assert!(matches!(next(&phone, tomorrow), Next::Tell(_)));
        phone.dead = false;
        assert_eq!(next(&phone, tomorrow), Next::Rest(None), "repaired");
    }
}
