//! Each rule by itself, and what holds whatever is sent.

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp(2_000_000_000_000);

fn reported(at: Timestamp) -> ReportedFix {
    ReportedFix {
        lat: 50.0,
        lon: 8.0,
        accuracy_m: 10.0,
        at,
        speed_m_s: None,
        dated: true,
    }
}

fn point(north_m: f64) -> Point {
    Point::new(50.0 + north_m / 111_195.0, 8.0).unwrap()
}

/// A good position so far north, taken and sent so long after [`NOW`] by a right clock.
fn step(north_m: f64, after_s: i64) -> Step {
    let at = NOW + Millis::from_s(after_s);
    Step {
        fix: Fix {
            point: point(north_m),
            accuracy_m: 10.0,
            at,
            source: Source::Live,
        },
        sender: Sender::App(1),
        taken_at: at,
        sent_at: at,
        dated: true,
    }
}

fn by(sender: Sender, step: Step) -> Step {
    Step { sender, ..step }
}

/// What becomes of each, sent one after the other.
fn verdicts(steps: &[Step]) -> Vec<Result<(), Rejected>> {
    let mut last = None;
    let judge = |step: &Step| {
        let now = step.fix.at;
        Last::follow(&mut last, step, now).map(|_| ())
    };
    steps.iter().map(judge).collect()
}

#[test]
fn what_cannot_be_is_rejected_by_name() {
    let with = |change: &dyn Fn(&mut ReportedFix)| {
        let mut fix = reported(NOW);
        change(&mut fix);
        check(&fix, NOW, NOW).map(|_| ())
    };
    let set = |(lat, lon): (f64, f64)| with(&|f| (f.lat, f.lon) = (lat, lon));
    assert_eq!(set((90.1, 8.0)), Err(Rejected::ImpossiblePosition));
    assert_eq!(set((50.0, -180.1)), Err(Rejected::ImpossiblePosition));
    assert_eq!(set((f64::NAN, 8.0)), Err(Rejected::ImpossiblePosition));
    assert_eq!(set((0.0, 0.0)), Err(Rejected::ZeroIsland));
    assert_eq!(set((-0.000_9, 0.000_9)), Err(Rejected::ZeroIsland));
    assert_eq!(set((0.0, 8.0)), Ok(()), "the equator is a place");
    for accuracy_m in [-1.0, 5_000.1, f64::NAN, f64::INFINITY] {
        let verdict = with(&|f| f.accuracy_m = accuracy_m);
        assert_eq!(verdict, Err(Rejected::BadAccuracy), "{accuracy_m}");
    }
    assert_eq!(with(&|f| f.accuracy_m = 5_000.0), Ok(()));
    let at = |ms: i64| with(&|f| f.at = Timestamp(NOW.0 + ms));
    assert_eq!(at(120_001), Err(Rejected::FromTheFuture));
    assert_eq!(at(120_000), Ok(()));
    assert_eq!(at(-86_400_001), Err(Rejected::TooOld));
    assert_eq!(at(-86_400_000), Ok(()));
    assert_eq!(with(&|f| f.speed_m_s = Some(70.1)), Err(Rejected::TooFast));
    assert_eq!(with(&|f| f.speed_m_s = Some(70.0)), Ok(()));
}

#[test]
fn a_clock_that_is_an_hour_wrong_does_no_harm() {
    for wrong_by in [-3600, 3600] {
        let sent_at = NOW + Millis::from_s(wrong_by);
        let fix = check(&reported(sent_at - Millis(5_000)), sent_at, NOW).unwrap();
        assert_eq!(fix.at, NOW - Millis(5_000));
    }
    // it is set right in the middle: from an hour fast to right, and the phone goes on reporting
    let fast = |after_s, wrong_s| {
        let right = step(0.0, after_s);
        Step {
            taken_at: right.taken_at + Millis::from_s(wrong_s),
            sent_at: right.sent_at + Millis::from_s(wrong_s),
            ..right
        }
    };
    let steps = [
        fast(0, 3600),
        fast(10, 3600),
        fast(20, 0),
        fast(30, 0),
        fast(40, 3600),
    ];
    assert_eq!(verdicts(&steps), [Ok(()); 5]);
}

#[test]
fn older_ones_and_repeats_are_not_taken_again() {
    let steps = [step(0.0, 0), step(5.0, 10), step(5.0, 10), step(0.0, 0)];
    let expected = [
        Ok(()),
        Ok(()),
        Err(Rejected::Repeated),
        Err(Rejected::OutOfOrder),
    ];
    assert_eq!(verdicts(&steps), expected);
    // the same message arrives again, later: by its age it would look newer than it is
    let mut late = step(0.0, 0);
    late.fix.at = NOW + Millis::from_s(60);
    let verdict = verdicts(&[step(0.0, 0), step(5.0, 10), late]);
    assert_eq!(verdict[2], Err(Rejected::OutOfOrder));
    // standing still is no repeat
    assert_eq!(verdicts(&[step(0.0, 0), step(0.0, 10)]), [Ok(()); 2]);
}

#[test]
fn one_impossible_jump_is_not_believed_and_a_second_one_there_is() {
    let far = 50_000.0;
    let glitch = [step(0.0, 0), step(far, 10), step(20.0, 20), step(far, 30)];
    let doubted = Err(Rejected::ImpossibleJump);
    assert_eq!(verdicts(&glitch), [Ok(()), doubted, Ok(()), doubted]);
    let moved = [step(far, 0), step(0.0, 10), step(10.0, 20), step(0.0, 30)];
    assert_eq!(verdicts(&moved), [Ok(()), doubted, Ok(()), Ok(())]);
    let again = [step(far, 0), step(0.0, 10), step(0.0, 10)];
    let verdict = verdicts(&again);
    assert_eq!(verdict[2], doubted, "a repeat confirms nothing");
    // an hour is enough for fifty kilometres, and a correction of some kilometres is none
    assert_eq!(verdicts(&[step(0.0, 0), step(far, 3600)]), [Ok(()); 2]);
    assert_eq!(verdicts(&[step(0.0, 0), step(29_900.0, 1)]), [Ok(()); 2]);
}

#[test]
fn a_tracker_stands_in_when_the_app_is_silent() {
    let tracker = |north_m, after_s| by(Sender::Tracker(7), step(north_m, after_s));
    let steps = [
        tracker(0.0, 0),
        step(10.0, 10),
        tracker(500.0, 20),
        tracker(500.0, 70),
        tracker(520.0, 71),
        step(30.0, 80),
    ];
    let other = Err(Rejected::OtherDevice);
    assert_eq!(
        verdicts(&steps),
        [Ok(()), Ok(()), other, other, Ok(()), Ok(())]
    );
    // two phones of one responder: the newest wins
    let phones = [
        step(0.0, 0),
        by(Sender::App(2), step(90.0, 5)),
        step(0.0, 9),
    ];
    assert_eq!(verdicts(&phones), [Ok(()); 3]);
}

#[test]
fn a_position_without_a_time_confirms_a_place_and_never_moves_anybody_far() {
    let undated = |north_m, after_s| Step {
        dated: false,
        ..by(Sender::Tracker(7), step(north_m, after_s))
    };
    let first = by(Sender::Tracker(7), step(0.0, 0));
    let mut last = None;
    for (ping, expected) in [
        (first, Ok(10.0)),
        (undated(2_000.0, 900), Err(Rejected::Undated)),
        (undated(300.0, 1800), Ok(500.0)),
    ] {
        let verdict = Last::follow(&mut last, &ping, ping.fix.at);
        assert_eq!(verdict.map(|fix| fix.accuracy_m), expected);
    }
    assert!(last.is_some_and(|last| last.at() == NOW + Millis::from_s(1800)));
}

fn any_step() -> impl Strategy<Value = Step> {
    let parts = (
        (-150_000.0..150_000.0, 0_i64..400, 0_i64..100),
        0_u64..2,
        any::<bool>(),
        any::<bool>(),
        -3_600_i64..3_600,
    );
    parts.prop_map(|((north_m, after_s, age_s), name, app, dated, wrong_s)| {
        let right = step(north_m, after_s);
        let sender = if app {
            Sender::App(name)
        } else {
            Sender::Tracker(name)
        };
        let sent_at = right.sent_at + Millis::from_s(wrong_s);
        Step {
            sender,
            sent_at,
            taken_at: sent_at - Millis::from_s(age_s),
            dated,
            ..right
        }
    })
}

proptest! {
    #[test]
    fn whatever_a_clock_says_only_differences_count(
        wrong_ms in -100_000_000_000_i64..100_000_000_000,
        age_ms in -200_000_i64..100_000_000,
    ) {
        let verdict = |sent_at: Timestamp| check(&reported(sent_at - Millis(age_ms)), sent_at, NOW);
        let (right, wrong) = (verdict(NOW), verdict(NOW + Millis(wrong_ms)));
        prop_assert!(right == wrong);
        if let Ok(fix) = right {
            prop_assert!(fix.at <= NOW && NOW - fix.at <= AGE_MAX);
        }
    }

    #[test]
    fn nothing_that_is_sent_makes_a_check_panic_or_a_place_that_cannot_be(
        lat in any::<f64>(), lon in any::<f64>(), accuracy_m in any::<f64>(),
        (at, sent_at) in any::<(i64, i64)>(), speed in any::<f64>(),
    ) {
        let reported = ReportedFix {
            lat, lon, accuracy_m, at: Timestamp(at), speed_m_s: Some(speed), dated: true,
        };
        if let Ok(fix) = check(&reported, Timestamp(sent_at), NOW) {
            prop_assert!(fix.point.lat().abs() <= 90.0 && fix.accuracy_m >= 0.0);
            prop_assert!(fix.at <= NOW);
        }
    }

    #[test]
    fn time_never_goes_back_and_nobody_is_moved_impossibly_by_one_message(
        steps in prop::collection::vec(any_step(), 1..40)
    ) {
        let mut last = None;
        let mut taken: Option<Fix> = None;
        let mut doubted = false;
        for step in &steps {
            match Last::follow(&mut last, step, step.fix.at) {
                Ok(fix) => {
                    if let Some(before) = taken {
                        prop_assert!(fix.at >= before.at);
                        prop_assert!(doubted || !is_impossible(&before, &fix));
                    }
                    (taken, doubted) = (Some(fix), false);
                }
                Err(why) => doubted |= why == Rejected::ImpossibleJump,
            }
        }
    }

    #[test]
    fn somebody_who_walks_or_drives_is_always_believed(
        metres in prop::collection::vec(0.0..60.0_f64, 1..60), gap_s in 1_i64..600
    ) {
        let mut north_m = 0.0;
        let steps: Vec<Step> = (0..).zip(metres).map(|(n, m)| {
            north_m += m * gap_s as f64;
            step(north_m, n * gap_s)
        }).collect();
        prop_assert!(verdicts(&steps).iter().all(Result::is_ok));
    }
}
