//! What a change makes of a record. Of two records the fix of the greater rank and the newer profile
//! win, each by itself, whatever the order in which they come.

use muster_core::domain::responder::{Fix, Profile};
use muster_core::domain::time::Timestamp;
use tokio::sync::oneshot;

use super::record::Record;

/// A change of one responder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// Who they are, and whether they may be found.
    Admit(Profile),
    /// Where they are.
    Report(Fix),
    /// Where they were last known, when nothing better is held.
    Guess(Record),
    /// Forget the fix if it was taken before this.
    Older(Timestamp),
    /// Forget the fix if it is that of a place, confirmed at this or before.
    Leave(Timestamp),
    /// Forget all.
    Forget,
}

/// How a change went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It holds.
    Done,
    /// Something newer is held, or nobody knows the responder.
    Refused,
    /// Redis or the ledger did not answer: it may hold or not.
    Failed,
}

/// A change and who waits for it.
pub(super) struct Pending {
    pub(super) number: u64,
    pub(super) change: Change,
    pub(super) done: Option<oneshot::Sender<Outcome>>,
}

impl Change {
    /// The record after the change; `named` is the ledger's word on somebody without a record.
    pub(super) fn apply(
        self,
        held: Option<Record>,
        named: Option<Profile>,
    ) -> (Option<Record>, Outcome) {
        match (self, held) {
            (Self::Admit(profile), Some(held)) if profile.version < held.profile.version => {
                (Some(held), Outcome::Refused)
            }
            (Self::Admit(profile), held) => {
                let fix = held.and_then(|held| held.fix);
                (Some(Record { profile, fix }), Outcome::Done)
            }
            (Self::Report(fix), held) => {
                let Some(profile) = held.map(|held| held.profile).or(named) else {
                    return (None, Outcome::Refused);
                };
                let more = held.and_then(|held| held.fix).filter(|h| !fix.replaces(h));
                match more {
                    Some(_) => (held, Outcome::Refused),
                    None => (
                        Some(Record {
                            profile,
                            fix: Some(fix),
                        }),
                        Outcome::Done,
                    ),
                }
            }
            (Self::Guess(guess), Some(held)) => {
                let profile = if guess.profile.version > held.profile.version {
                    guess.profile
                } else {
                    held.profile
                };
                // of the same rank the guess is the blurred image of what is held
                let fix = if guess.rank() > held.rank() {
                    guess.fix
                } else {
                    held.fix
                };
                (Some(Record { profile, fix }), Outcome::Done)
            }
            (Self::Guess(guess), None) => (Some(guess), Outcome::Done),
            (Self::Older(before), Some(held)) if held.fix.is_some_and(|fix| fix.at < before) => {
                (Some(Record { fix: None, ..held }), Outcome::Done)
            }
            (Self::Leave(at), Some(held)) if held.is_at_place_by(at) => {
                (Some(Record { fix: None, ..held }), Outcome::Done)
            }
            (Self::Older(_) | Self::Leave(_), held) => (held, Outcome::Refused),
            (Self::Forget, _) => (None, Outcome::Done),
        }
    }
}

#[cfg(test)]
mod tests {
    use muster_core::domain::ids::{OrgNo, ResponderNo};
    use muster_core::domain::place::Point;
    use muster_core::domain::responder::{Skills, Source, Travel};
    use muster_core::domain::usual::LIVE_FIRST;
    use proptest::prelude::*;

    use super::*;

    fn profile(version: u64) -> Profile {
        Profile {
            responder: ResponderNo(1),
            org: OrgNo(1),
            skills: Skills(u16::try_from(version).unwrap()),
            travel: Travel::Foot,
            exercises: false,
            available: true,
            version,
        }
    }

    fn fix(at: i64) -> Fix {
        Fix {
            point: Point::new(50.0, 8.0 + at as f64 / 1e3).unwrap(),
            accuracy_m: 1.0,
            at: Timestamp(at),
            source: Source::Live,
        }
    }

    fn place(at: i64) -> Fix {
        Fix {
            source: Source::Place,
            ..fix(at)
        }
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            (0..9_u64).prop_map(|version| Change::Admit(profile(version))),
            (0..9_i64).prop_map(|at| Change::Report(fix(at))),
            // about as old as the live ones by rank
            (0..9_i64).prop_map(|at| Change::Report(Fix {
                at: Timestamp(at) + LIVE_FIRST,
                ..place(at)
            })),
        ]
    }

    proptest! {
        #[test]
        fn changes_end_the_same_in_any_order(
            changes in prop::collection::vec(change(), 1..8).prop_shuffle(), turn in 0..8_usize,
        ) {
            let fold = |changes: &[Change]| {
                changes.iter().fold(None, |held, change| {
                    change.apply(held, Some(profile(0))).0
                })
            };
            let mut turned = changes.clone();
            turned.rotate_left(turn % changes.len());
            // a report alone brings the ledger's version 0, an admit whatever it says: the
            // newest of each is what remains
            prop_assert_eq!(fold(&changes), fold(&turned));
        }
    }

    #[test]
    fn a_guess_fills_only_what_is_missing() {
        let guess = Change::Guess(Record {
            profile: profile(2),
            fix: Some(fix(5)),
        });
        let held = |at, version| Record {
            profile: profile(version),
            fix: Some(fix(at)),
        };
        assert_eq!(guess.apply(None, None).0, Some(held(5, 2)));
        assert_eq!(guess.apply(Some(held(4, 3)), None).0, Some(held(5, 3)));
        let exact = Record {
            fix: Some(Fix {
                accuracy_m: 9.0,
                ..fix(5)
            }),
            ..held(5, 2)
        };
        assert_eq!(guess.apply(Some(exact), None).0, Some(exact));
    }

    #[test]
    fn only_fixes_before_the_instant_are_forgotten() {
        let record = Record {
            profile: profile(1),
            fix: Some(fix(5)),
        };
        let older = |at| Change::Older(Timestamp(at)).apply(Some(record), None);
        assert_eq!(older(5), (Some(record), Outcome::Refused));
        assert_eq!(older(6).0.and_then(|r| r.fix), None);
        let at_home = Record {
            fix: Some(place(5)),
            ..record
        };
        let leave = |record, at| Change::Leave(Timestamp(at)).apply(Some(record), None);
        assert_eq!(leave(record, 9), (Some(record), Outcome::Refused));
        assert_eq!(leave(at_home, 4), (Some(at_home), Outcome::Refused));
        assert_eq!(leave(at_home, 5).0.and_then(|r| r.fix), None);
        assert_eq!(
            Change::Report(fix(1)).apply(None, None),
            (None, Outcome::Refused)
        );
    }
}
