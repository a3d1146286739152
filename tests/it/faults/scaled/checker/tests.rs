//! The checker catches what it is for: each test breaks one promise in a story that keeps all.

use super::super::history::{
    Alert, Answer, Change, Feed, History, Ledger, Line, Push, Raise, Shown, Standing, Told, Us,
};
use super::story::{SECOND, span, story};
use super::{Rule, check, report};

/// The rules that a doctored story breaks, feeds being shown what the doctored logs say.
fn broken(doctor: impl FnOnce(&mut History, &mut Ledger)) -> Vec<Rule> {
    let (mut history, mut ledger) = story();
    doctor(&mut history, &mut ledger);
    history.feeds[0].steps = ledger.steps();
    rules(&history, &ledger)
}

fn rules(history: &History, ledger: &Ledger) -> Vec<Rule> {
    let mut rules: Vec<_> = check(history, ledger).iter().map(|v| v.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[test]
fn a_story_that_keeps_every_promise_breaks_none() {
    let (history, ledger) = story();
    assert_eq!(check(&history, &ledger), []);
    let text = report(&history, &ledger, &[]);
    assert!(text.contains("incidents: 2 acknowledged"), "{text}");
    assert!(text.contains("violations: 0"), "{text}");
}

#[test]
fn a_lost_incident_is_caught() {
    let lost = broken(|history, ledger| {
        ledger.incidents.remove("i2");
        history.answers.retain(|answer| answer.alert != "a3");
        history.pushes.retain(|push| push.alert != "a3");
    });
    assert!(lost.contains(&Rule::Kept), "{lost:?}");
}

#[test]
fn an_incident_that_a_node_does_not_know_is_caught() {
    let unknown = |known| broken(|history, _| history.reads[0].known = known);
    assert_eq!(unknown(Some(false)), [Rule::Kept]);
    assert_eq!(unknown(None), [], "no answer is no denial");
}

#[test]
fn two_incidents_of_one_key_are_caught() {
    let twice = broken(|_, ledger| "key-i1".clone_into(&mut ledger.incident("i2").key));
    assert_eq!(twice, [Rule::OneForEachKey]);
}

#[test]
fn an_incident_that_asks_nobody_must_say_why() {
    let doctor = |reasons: &[(i64, &'static str)]| {
        broken(|history, ledger| {
            let mut log = vec![(50, "raised", "")];
            log.extend(reasons.iter().map(|(at, kind)| (*at, *kind, "")));
            ledger.add("i3", &[], &log);
            history.raises.push(Raise {
                key: "key-i3".to_owned(),
                incident: Some("i3".to_owned()),
                ..history.raises[0].clone()
            });
            history.feeds[0].to = 1_000_000;
        })
    };
    assert_eq!(doctor(&[(50, "found_too_few")]), []);
    assert_eq!(doctor(&[(50, "wave_launched")]), [Rule::Explained]);
    assert_eq!(doctor(&[(50, "wave_empty"), (60, "closed")]), []);
    assert_eq!(doctor(&[(50, "wave_empty")]), [Rule::Timer]);
    let late = [(50, "wave_empty"), (80, "wave_launched"), (80, "exhausted")];
    assert_eq!(doctor(&late), [Rule::Timer]);
}

#[test]
fn a_lost_accept_is_caught() {
    let lost = broken(|_, ledger| ledger.forget("i1", "accepted"));
    assert!(lost.contains(&Rule::AnswerKept), "{lost:?}");
}

#[test]
fn an_accept_without_an_answer_may_be_lost() {
    let unsure = broken(|history, _| {
        history.answers.push(Answer {
            responder: "ben".to_owned(),
            alert: "a2".to_owned(),
            verb: "accept",
            told: Told::Unsure,
        });
    });
    assert_eq!(unsure, []);
}

#[test]
fn one_more_than_the_capacity_is_caught() {
    let full = broken(|_, ledger| {
        let line = ledger.line("i1", "lapsed");
        "accepted".clone_into(&mut line.kind);
    });
    assert_eq!(full, [Rule::Capacity]);
}

#[test]
fn a_double_claim_is_caught() {
    let twice = broken(|_, ledger| {
        // asked by the second while still on the first, by the order of commits alone
        ledger.line("i1", "finished").committed = 33 * SECOND;
    });
    assert_eq!(twice, [Rule::OneAtATime]);
    let asked_by_both = broken(|history, ledger| {
        ledger.add(
            "i3",
            &[("a4", "ben", 30)],
            &[
                (14, "raised", ""),
                (14, "alerted", "a4"),
                (15, "stood_down", "a4"),
            ],
        );
        for kind in ["alert", "stand_down"] {
            history.pushes.push(Push {
                responder: "ben".to_owned(),
                kind: kind.to_owned(),
                alert: "a4".to_owned(),
                exact: false,
            });
        }
    });
    assert_eq!(asked_by_both, [Rule::OneAtATime]);
}

#[test]
fn a_late_yes_takes_somebody_from_an_incident_that_only_asked() {
    let late = broken(|history, ledger| {
        ledger.add(
            "i3",
            &[("a4", "ben", 30)],
            &[
                (17, "raised", ""),
                (17, "alerted", "a4"),
                (25, "stood_down", "a4"),
            ],
        );
        ledger.incident("i1").capacity = 2;
        let line = ledger.line("i1", "stood_down");
        "accepted".clone_into(&mut line.kind);
        for kind in ["alert", "stand_down"] {
            history.pushes.push(Push {
                responder: "ben".to_owned(),
                kind: kind.to_owned(),
                alert: "a4".to_owned(),
                exact: false,
            });
        }
    });
    assert_eq!(late, []);
}

#[test]
fn asking_twice_or_after_the_end_is_caught() {
    let twice =
        broken(|_, ledger| "anna".clone_into(&mut ledger.incident("i1").alerts[1].responder));
    assert!(twice.contains(&Rule::AskedOnce), "{twice:?}");
    let again = broken(|history, ledger| {
        let incident = ledger.incident("i1");
        incident.alerts.push(Alert {
            id: "a2b".to_owned(),
            ..incident.alerts[1].clone()
        });
        let copies: Vec<_> = incident.lines("a2").cloned().collect();
        for (n, copy) in (1..).zip(copies) {
            incident.log.push(Line {
                alert: Some("a2b".to_owned()),
                seq: 230 + n,
                version: 10 + n,
                committed: copy.committed + 12 * SECOND,
                ..copy
            });
        }
        for kind in ["alert", "stand_down"] {
            history.pushes.push(Push {
                responder: "ben".to_owned(),
                kind: kind.to_owned(),
                alert: "a2b".to_owned(),
                exact: false,
            });
        }
    });
    assert!(
        !again.contains(&Rule::AskedOnce),
        "called off before: {again:?}"
    );
    let late = broken(|_, ledger| {
        let incident = ledger.incident("i2");
        let end = incident.log.pop().unwrap();
        let (first, seq) = (end.at, incident.log[0].seq + 1);
        let line = Line {
            at: first,
            seq,
            version: 1,
            ..end
        };
        incident.log.insert(1, line);
        for (n, line) in incident.log.iter_mut().enumerate() {
            line.seq = 301 + n as u64;
        }
    });
    assert!(late.contains(&Rule::ClosedIsQuiet), "{late:?}");
}

#[test]
fn an_alert_that_was_never_handed_over_is_caught_unless_the_log_explains_it() {
    let silent = |kind: &'static str| {
        broken(|history, ledger| {
            history.pushes.retain(|push| push.alert != "a2");
            if kind.is_empty() {
                ledger.forget("i1", "stood_down");
            } else {
                kind.clone_into(&mut ledger.line("i1", "stood_down").kind);
            }
        })
    };
    assert_eq!(silent(""), [Rule::Pushed]);
    assert_eq!(silent("push_failed"), []);
    assert_eq!(silent("stood_down"), []);
}

#[test]
fn a_lost_stand_down_is_caught() {
    let lost = broken(|history, _| history.pushes.retain(|push| push.kind != "stand_down"));
    assert_eq!(lost, [Rule::Pushed]);
}

#[test]
fn a_receipt_that_no_phone_gave_is_caught() {
    let made_up = broken(|_, ledger| "provider".clone_into(&mut ledger.line("i1", "received").by));
    assert_eq!(made_up, [Rule::Receipt]);
    let unheard = broken(|history, _| history.answers.retain(|answer| answer.alert != "a1"));
    assert_eq!(unheard, [Rule::Receipt]);
}

#[test]
fn an_exact_place_shown_too_early_or_pushed_is_caught() {
    let shown = |alert: &'static str, state: &'static str| {
        broken(|history, _| {
            history.shown.push(Shown {
                responder: "anna".to_owned(),
                alert: alert.to_owned(),
                state: state.to_owned(),
                exact: true,
            });
        })
    };
    assert_eq!(shown("a1", "on_scene"), []);
    assert_eq!(shown("a1", "finished"), [Rule::Undisclosed], "afterwards");
    assert_eq!(
        shown("a3", "accepted"),
        [Rule::Undisclosed],
        "never accepted"
    );
    assert_eq!(
        shown("a2", "accepted"),
        [Rule::Undisclosed],
        "somebody else's"
    );
    let pushed = broken(|history, _| history.pushes[0].exact = true);
    assert_eq!(pushed, [Rule::Undisclosed]);
}

/// The story with anna off duty from `ended` on, and on again at `again`.
fn off_duty(told: &Told, ended: Us, again: Option<Us>) -> Vec<Rule> {
    broken(|history, _| {
        let change = Change {
            responder: "anna".to_owned(),
            of: Standing::Duty,
            to: false,
            span: span(ended - 1, ended),
            told: told.clone(),
        };
        if let Some(again) = again {
            history.changes.push(Change {
                to: true,
                span: span(again, again + 1),
                told: Told::Done,
                ..change.clone()
            });
        }
        history.changes.push(change);
    })
}

#[test]
fn asking_somebody_after_the_acknowledgement_that_they_must_not_be_is_caught() {
    assert_eq!(off_duty(&Told::Done, 29, None), [Rule::Eligible]);
    assert_eq!(off_duty(&Told::Done, 29, Some(32)), [Rule::Eligible]);
    assert_eq!(off_duty(&Told::Done, 28, Some(30)), [], "on again before");
    assert_eq!(
        off_duty(&Told::Done, 31, None),
        [],
        "asked before the acknowledgement"
    );
    assert_eq!(off_duty(&Told::Unsure, 29, None), [], "never acknowledged");
}

#[test]
fn a_return_to_duty_without_an_answer_makes_what_follows_uncertain() {
    let uncertain = broken(|history, _| {
        let change = |to, began, told| Change {
            responder: "anna".to_owned(),
            of: Standing::Duty,
            to,
            span: span(began, began + 1),
            told,
        };
        history.changes.push(change(true, 5, Told::Unsure));
        history.changes.push(change(false, 25, Told::Done));
    });
    assert_eq!(uncertain, []);
}

#[test]
fn somebody_of_another_organisation_is_caught() {
    let foreign = broken(|history, _| _ = history.people.remove("ben"));
    assert_eq!(foreign, [Rule::Eligible]);
}

#[test]
fn a_feed_with_a_gap_a_repeat_or_another_order_is_caught() {
    let doctored = |doctor: fn(&mut Feed)| {
        let (mut history, ledger) = story();
        doctor(&mut history.feeds[0]);
        rules(&history, &ledger)
    };
    let broken = [Rule::Feed];
    assert_eq!(doctored(|feed| _ = feed.steps.remove(3)), broken, "gap");
    assert_eq!(
        doctored(|feed| _ = feed.steps.pop()),
        broken,
        "gap at the end"
    );
    assert_eq!(
        doctored(|feed| feed.steps.insert(3, feed.steps[2].clone())),
        broken,
        "repeat"
    );
    assert_eq!(doctored(|feed| feed.steps.swap(2, 3)), broken, "order");
    assert_eq!(doctored(|feed| feed.resets = 1), broken, "reset");
    assert_eq!(doctored(|feed| feed.from = None), broken, "never began");
    let cut = |feed: &mut Feed| {
        _ = feed.steps.pop();
        feed.to = feed.steps.last().unwrap().seq;
    };
    assert_eq!(doctored(cut), broken, "it must reach the end");
    let late = |feed: &mut Feed| {
        feed.from = Some(feed.steps[1].seq);
        feed.steps.drain(..2);
    };
    assert_eq!(doctored(late), [], "it may begin later");
}

#[test]
fn numbers_that_do_not_follow_the_versions_are_caught() {
    let order = broken(|_, ledger| ledger.line("i1", "accepted").version = 1);
    assert_eq!(order, [Rule::Order]);
    let unsorted = broken(|_, ledger| ledger.incident("i1").log[4].seq = 101);
    assert!(unsorted.contains(&Rule::Order), "{unsorted:?}");
    let before = broken(|_, ledger| {
        let log = &mut ledger.incident("i2").log;
        let (earlier, later) = (log[0].clone(), log[2].clone());
        log[0] = Line {
            seq: earlier.seq,
            version: 1,
            ..later
        };
    });
    assert!(before.contains(&Rule::Order), "{before:?}");
}

#[test]
fn a_timer_that_is_early_late_double_or_silent_is_caught() {
    let lapsed_at = |at: Us| broken(|_, ledger| ledger.line("i1", "lapsed").at = at * SECOND);
    assert_eq!(lapsed_at(15), []);
    assert_eq!(lapsed_at(12), [Rule::Timer], "early");
    let late = broken(|_, ledger| {
        ledger.forget("i1", "lapsed");
        ledger.line("i1", "stood_down").at = 50 * SECOND;
    });
    assert_eq!(late, [Rule::Timer], "late");
    let double = broken(|_, ledger| "lapsed".clone_into(&mut ledger.line("i1", "stood_down").kind));
    assert_eq!(double, [Rule::Timer], "twice");
    let silent = broken(|_, ledger| {
        ledger.forget("i1", "lapsed");
        ledger.forget("i1", "stood_down");
    });
    assert_eq!(silent, [Rule::Timer], "never");
}

#[test]
fn nodes_that_differ_are_caught() {
    let differ = broken(|_, ledger| ledger.incident("i1").versions[1] = 8);
    assert_eq!(differ, [Rule::SameEverywhere]);
}
