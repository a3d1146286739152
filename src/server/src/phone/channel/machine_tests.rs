//! The machine alone: what a phone is told, and when it is sent away.

use muster_core::domain::time::{Millis, Timestamp};

use crate::phone::channel::machine::{Aside, Close, Machine, Step};
use crate::phone::proto::news::Why;
use crate::phone::proto::{
    Alert, Area, Attention, Done, Down, Fixes, Hello, Ping, Place, Refused, Say, Shown, Up, down,
    up,
};

const NOW: Timestamp = Timestamp(1_900_000_000_000);

fn machine() -> Machine {
    Machine::new("anna".to_owned(), None, NOW + Millis::from_s(86_400), NOW)
}

fn hello(shown: &[(&str, u64)]) -> Up {
    let shown = shown.iter().map(|(id, version)| Shown {
        alert_id: (*id).to_owned(),
        version: *version,
    });
    Up {
        seq: 0,
        what: Some(up::What::Hello(Hello {
            device_id: "d".to_owned(),
            shown: shown.collect(),
        })),
    }
}

fn ping(seq: u32) -> Up {
    Up {
        seq,
        what: Some(up::What::Ping(Ping {})),
    }
}

fn alert(id: &str, state: &str, version: u64) -> Alert {
    Alert {
        id: id.to_owned(),
        state: state.to_owned(),
        version,
        approximate_location: Some(Area {
            lat: 1.0,
            lon: 2.0,
            radius_m: 531.0,
        }),
        ..Alert::default()
    }
}

fn engaged(id: &str, version: u64) -> Alert {
    Alert {
        location: Some(Place::default()),
        ..alert(id, "accepted", version)
    }
}

/// A machine whose phone entered and was welcomed with these.
fn welcomed(shown: &[(&str, u64)], alerts: Vec<Alert>) -> (Machine, Vec<(String, Why)>) {
    let mut machine = machine();
    let entered = machine.frame(Some(hello(shown)), NOW);
    assert_eq!(entered, Step::Enter("d".to_owned()));
    let Some(down::What::Welcome(welcome)) = machine.welcome(alerts, NOW).what else {
        panic!("no welcome");
    };
    let news = welcome.news.into_iter().map(|news| {
        let why = news.why();
        (news.alert.unwrap().id, why)
    });
    (machine, news.collect())
}

/// What a phone that is there is told.
fn told(machine: &mut Machine, alerts: Vec<Alert>) -> Vec<Why> {
    let frames = machine.looked(alerts).into_iter();
    frames
        .map(|frame| match frame.what {
            Some(down::What::News(news)) => news.why(),
            other => panic!("not news: {other:?}"),
        })
        .collect()
}

#[test]
fn nothing_is_read_before_hello_and_hello_only_once() {
    for frame in [Some(ping(1)), None, Some(Up::default())] {
        assert_eq!(machine().frame(frame, NOW), Step::Close(Close::NotAFrame));
    }
    let (mut machine, _) = welcomed(&[], vec![]);
    let again = machine.frame(Some(hello(&[])), NOW);
    assert_eq!(again, Step::Close(Close::NotAFrame));
}

#[test]
fn a_session_of_one_device_takes_no_other() {
    let until = NOW + Millis::from_s(60);
    let mut machine = Machine::new("anna".to_owned(), Some("other".to_owned()), until, NOW);
    let entered = machine.frame(Some(hello(&[])), NOW);
    assert_eq!(entered, Step::Close(Close::WrongDevice));
}

#[test]
fn an_alert_rings_once_however_often_the_bell_does() {
    let (mut machine, news) = welcomed(&[], vec![]);
    assert!(news.is_empty());
    assert_eq!(
        told(&mut machine, vec![alert("a", "queued", 2)]),
        [Why::Alert]
    );
    assert!(told(&mut machine, vec![alert("a", "queued", 2)]).is_empty());
    let mut walked = alert("a", "queued", 2);
    (walked.expires_in_s, walked.distance_m, walked.eta_s) = (5, 10.0, 20);
    assert!(
        told(&mut machine, vec![walked]).is_empty(),
        "time and feet are no news"
    );
    assert_eq!(
        told(&mut machine, vec![alert("a", "seen", 2)]),
        [Why::State]
    );
}

#[test]
fn whoever_comes_back_is_told_what_changed_and_rings_nothing_twice() {
    let open = vec![alert("a", "received", 2)];
    assert_eq!(
        welcomed(&[("a", 2)], open.clone()).1,
        [("a".to_owned(), Why::State)]
    );
    assert_eq!(welcomed(&[], open).1, [("a".to_owned(), Why::Alert)]);
    let gone = vec![alert("a", "stood_down", 5)];
    assert_eq!(
        welcomed(&[("a", 2)], gone.clone()).1,
        [("a".to_owned(), Why::StandDown)]
    );
    let (mut machine, news) = welcomed(&[("a", 2), ("destroyed", 1)], gone);
    assert_eq!(news.len(), 1);
    assert!(machine.shows().is_empty(), "what is over is told once");
    assert!(told(&mut machine, vec![]).is_empty());
    let moved = vec![engaged("a", 7)];
    assert_eq!(
        welcomed(&[("a", 3)], moved.clone()).1,
        [("a".to_owned(), Why::Update)]
    );
    assert_eq!(
        welcomed(&[("a", 7)], moved).1,
        [("a".to_owned(), Why::State)]
    );
}

#[test]
fn the_end_of_an_alert_is_told_by_whose_doing_it_was() {
    for (state, why) in [
        ("stood_down", Why::StandDown),
        ("expired", Why::StandDown),
        ("declined", Why::State),
        ("withdrawn", Why::State),
        ("finished", Why::State),
    ] {
        let (mut machine, _) = welcomed(&[], vec![alert("a", "received", 2)]);
        assert_eq!(
            told(&mut machine, vec![alert("a", state, 3)]),
            [why],
            "{state}"
        );
        assert!(
            told(&mut machine, vec![alert("a", state, 3)]).is_empty(),
            "{state}"
        );
    }
}

#[test]
fn danger_and_updates_are_told_to_whom_they_concern() {
    let (mut machine, _) = welcomed(&[], vec![alert("a", "received", 2), engaged("b", 2)]);
    let mut unsafe_now = alert("a", "received", 3);
    unsafe_now.danger = true;
    assert_eq!(told(&mut machine, vec![unsafe_now]), [Why::Danger]);
    let mut spoken = engaged("b", 4);
    spoken.message = "side door".to_owned();
    assert_eq!(told(&mut machine, vec![spoken.clone()]), [Why::Update]);
    spoken.still_going_asked = true;
    assert_eq!(told(&mut machine, vec![spoken.clone()]), [Why::Update]);
    spoken.still_going_asked = false;
    assert_eq!(told(&mut machine, vec![spoken]), [Why::State]);
    let mut moved = alert("a", "received", 5);
    moved.danger = true;
    moved.approximate_location = Some(Area::default());
    assert_eq!(told(&mut machine, vec![moved]), [Why::Update]);
}

#[test]
fn an_answer_is_known_to_the_phone_that_gave_it() {
    let (mut machine, _) = welcomed(&[], vec![alert("a", "seen", 2)]);
    let say = Say {
        alert_id: "a".to_owned(),
        ..Say::default()
    };
    let frame = Up {
        seq: 9,
        what: Some(up::What::Say(say.clone())),
    };
    assert_eq!(machine.frame(Some(frame), NOW), Step::Say(9, say));
    let done = Done {
        alert: Some(engaged("a", 3)),
        ..Done::default()
    };
    let Some(Down { answers: 9, .. }) = machine.answered(9, Ok(done)) else {
        panic!("no answer");
    };
    assert!(told(&mut machine, vec![engaged("a", 3)]).is_empty());
}

#[test]
fn a_frame_that_wants_no_answer_gets_none() {
    let (mut machine, _) = welcomed(&[], vec![]);
    assert_eq!(machine.frame(Some(ping(0)), NOW), Step::Rest);
    let Step::Send(pong) = machine.frame(Some(ping(3)), NOW) else {
        panic!("no answer");
    };
    assert_eq!(pong.answers, 3);
    assert_eq!(machine.answered(0, Ok(Done::default())), None);
}

#[test]
fn a_flood_is_cut_answered_and_in_the_end_sent_away() {
    let (mut machine, _) = welcomed(&[], vec![]);
    let passed = (0..21)
        .filter(|_| machine.frame(Some(ping(0)), NOW) == Step::Rest)
        .count();
    assert_eq!(passed, 21, "nothing is said to who wants no answer");
    let Step::Send(down) = machine.frame(Some(ping(1)), NOW) else {
        panic!("not refused");
    };
    let Some(down::What::Refused(refused)) = down.what else {
        panic!("not refused");
    };
    assert_eq!(refused.code, "too_many_requests");
    let later = NOW + Millis::from_s(1);
    for _ in 0..10 {
        let Step::Send(pong) = machine.frame(Some(ping(1)), later) else {
            panic!("no answer");
        };
        assert!(
            matches!(pong.what, Some(down::What::Pong(_))),
            "not forgiven"
        );
    }
    let end = (0..1000).map(|_| machine.frame(Some(ping(1)), later));
    let sent = end
        .take_while(|step| *step != Step::Close(Close::Flood))
        .count();
    assert_eq!(sent, 199);
}

#[test]
fn a_flood_of_positions_is_sent_away_by_the_bound_of_their_own() {
    let (mut machine, _) = welcomed(&[], vec![]);
    let mut now = NOW;
    for at in 0..200 {
        assert!(!machine.is_flood(), "{at}");
        now = now + Millis(100);
        let frame = Up {
            seq: 1,
            what: Some(up::What::Fixes(Fixes::default())),
        };
        assert!(matches!(machine.frame(Some(frame), now), Step::Fixes(1, _)));
        let refused = Refused {
            code: "too_many_requests".to_owned(),
            detail: String::new(),
        };
        assert!(machine.answered(1, Err(refused)).is_some());
    }
    assert!(machine.is_flood());
}

#[test]
fn silence_and_the_end_of_the_session_are_noticed() {
    let fresh = machine();
    assert_eq!(fresh.wake_at(), NOW + Millis::from_s(10));
    assert_eq!(fresh.tick(NOW + Millis(9_999)), None);
    assert_eq!(fresh.tick(NOW + Millis::from_s(10)), Some(Close::NotAFrame));
    let (mut machine, _) = welcomed(&[], vec![]);
    assert_eq!(machine.tick(NOW + Millis(89_999)), None);
    assert_eq!(machine.tick(NOW + Millis::from_s(90)), Some(Close::Silent));
    machine.frame(Some(ping(0)), NOW + Millis::from_s(80));
    assert_eq!(machine.tick(NOW + Millis::from_s(90)), None);
    let end = NOW + Millis::from_s(86_400);
    machine.frame(Some(ping(0)), end);
    assert_eq!(machine.tick(end), Some(Close::SignedOut));
}

#[test]
fn a_phone_that_fails_is_told_once_while_it_does() {
    let (mut machine, _) = welcomed(&[], vec![]);
    let failing = |id: &str| Attention {
        id: id.to_owned(),
        device_id: "d-2".to_owned(),
        why: "push_dead".to_owned(),
        told_at_ms: 1,
    };
    let aside = |attention: Vec<Attention>| Aside {
        test: None,
        attention,
    };
    let said = |down: Vec<Down>| -> Vec<String> {
        let what = down.into_iter().map(|down| match down.what {
            Some(down::What::Attention(one)) => one.id,
            other => panic!("not attention: {other:?}"),
        });
        what.collect()
    };
    assert_eq!(said(machine.aside(aside(vec![failing("1")]))), ["1"]);
    assert!(machine.aside(aside(vec![failing("1")])).is_empty());
    let two = vec![failing("1"), failing("2")];
    assert_eq!(said(machine.aside(aside(two))), ["2"]);
    // repaired, and broken again
    assert!(machine.aside(aside(vec![failing("2")])).is_empty());
    assert_eq!(said(machine.aside(aside(vec![failing("3")]))), ["3"]);
}
