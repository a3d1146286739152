//! Somebody who said yes falls silent.

use super::*;

/// Three of three said yes, all were heard from after 150 s but the third.
fn one_is_silent() -> Town {
    let mut town = cardiac(30);
    for at in 0..3 {
        town.accept(at).unwrap();
    }
    // whoever was asked at the beginning does not answer
    for at in 3..7 {
        let id = town.id(at);
        town.says(&Command::Decline(id, FreeText::default()));
    }
    town.now = town.now + Millis::from_s(150);
    let heard = vec![(ResponderNo(1), town.now), (ResponderNo(2), town.now)];
    town.says(&Command::Wake {
        lost: vec![],
        heard,
    });
    town
}

#[test]
fn one_more_is_asked_and_no_second_one_while_that_one_may_answer() {
    let mut town = one_is_silent();
    assert!(town.incident.alerts[2].doubtful && !town.incident.alerts[0].doubtful);
    for _ in 0..20 {
        town.offer(60);
    }
    assert_eq!(town.incident.alerts.len(), 8);
    assert_eq!(town.incident.wants(town.now), None);
}

#[test]
fn whoever_was_asked_for_the_doubt_is_replaced_when_they_decline() {
    let mut town = one_is_silent();
    town.offer(60);
    let extra = town.id(7);
    town.says(&Command::Decline(extra, FreeText::default()));
    town.offer(60);
    assert_eq!(town.incident.alerts.len(), 9);
}

#[test]
fn a_yes_beyond_those_wanted_answers_the_doubt() {
    let mut town = one_is_silent();
    town.offer(60);
    town.accept(7).unwrap();
    town.offer(60);
    assert_eq!(town.incident.alerts.len(), 8);
    town.hear(3);
    assert_eq!(town.states()[7], "accepted", "a yes stays");
}

impl Town {
    /// What a provider says of somebody's ask.
    fn provider(&mut self, event: Event) {
        let version = self.incident.version;
        let recorded = Recorded {
            at: self.now,
            version,
            event,
        };
        self.incident.apply(&recorded);
        self.history.push(recorded);
    }
}

#[test]
fn whoever_is_asked_beside_somebody_who_waits_is_not_sent_home_for_them() {
    let mut town = one_is_silent();
    town.offer(60);
    let waits = town.id(7);
    town.provider(Event::PushPutOff {
        alert: waits.clone(),
        reason: "unavailable".to_owned(),
    });
    town.wake();
    town.offer(60);
    assert_eq!(town.states()[7..], ["queued", "queued"]);
    town.wake();
    town.offer(60);
    assert_eq!(town.incident.alerts.len(), 9, "once");
    // the provider is back, and the doubt goes on
    town.provider(Event::Sent { alert: waits });
    town.wake();
    assert_eq!(town.states()[7..], ["sent", "queued"]);
    town.hear(3);
    assert_eq!(town.states()[7..], ["stood_down", "stood_down"]);
}

#[test]
fn when_the_doubt_ends_whoever_was_asked_for_it_is_stood_down() {
    let mut town = one_is_silent();
    town.offer(60);
    town.hear(3);
    let extra = &town.incident.alerts[7];
    assert_eq!(extra.state, AlertState::StoodDown);
    assert_eq!(extra.stood_down_because, Some(WhyStoodDown::DoubtEnded));
    assert_eq!(town.incident.wants(town.now), None);
}

#[test]
fn a_second_doubt_asks_once_more() {
    let mut town = one_is_silent();
    town.offer(60);
    town.hear(3);
    town.now = town.now + Millis::from_s(200);
    for no in [1, 2] {
        town.hear(no);
    }
    assert!(town.incident.alerts[2].doubtful);
    town.offer(60);
    assert_eq!(town.incident.unanswered(), 1);
}

#[test]
fn whoever_is_at_the_address_is_not_doubted() {
    let mut town = cardiac(30);
    for at in 0..3 {
        town.accept(at).unwrap();
    }
    let there = town.id(2);
    town.says(&Command::Presence(there.clone(), true));
    assert_eq!(town.act(&Command::Presence(there.clone(), true)), Ok(0));
    town.now = town.now + Millis::from_s(590);
    for no in [1, 2] {
        town.hear(no);
    }
    assert!(!town.incident.alerts[2].doubtful);
    assert_eq!(
        town.states()[2],
        "accepted",
        "only their word is an arrival"
    );
    town.says(&Command::Presence(there, false));
    town.now = town.now + Millis::from_s(150);
    town.wake();
    assert!(town.incident.alerts[2].doubtful);
}

#[test]
fn nobody_is_said_to_be_there_for_ten_minutes_of_silence() {
    let mut town = cardiac(30);
    let id = town.id(0);
    for at in 0..4 {
        town.accept(at).unwrap();
    }
    town.says(&Command::Presence(id.clone(), true));
    for at in 1..4 {
        town.says(&Command::Arrive(town.id(at)));
    }
    town.pass(599);
    assert!(town.incident.alerts[0].at_address && !town.incident.alerts[0].doubtful);
    assert_eq!(
        town.incident.wake_at(town.now),
        Some(town.now + Millis::from_s(1))
    );
    town.pass(1);
    assert!(!town.incident.alerts[0].at_address && town.incident.alerts[0].doubtful);
    let after = town.history.len();
    town.wake();
    assert_eq!(town.history.len(), after, "once");
    // seen again there
    town.says(&Command::Presence(id, true));
    assert!(town.incident.alerts[0].at_address && !town.incident.alerts[0].doubtful);
}

#[test]
fn positions_of_somebody_at_the_address_put_the_doubt_off() {
    let mut town = cardiac(30);
    let id = town.id(0);
    town.accept(0).unwrap();
    town.says(&Command::Presence(id, true));
    for _ in 0..4 {
        town.now = town.now + Millis::from_s(600);
        town.hear(1);
        assert!(town.incident.alerts[0].at_address);
    }
}
