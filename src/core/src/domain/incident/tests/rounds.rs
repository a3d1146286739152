//! Opened again.

use super::*;

fn reopened(mut town: Town, after_s: i64) -> Town {
    town.says(&Command::Close(Outcome::FalseAlarm, None));
    town.now = town.now + Millis::from_s(after_s);
    town.says(&Command::Reopen(FreeText::default()));
    town
}

#[test]
fn whoever_has_finished_covers_nothing_of_the_next_round() {
    let mut town = cardiac(30);
    for at in 0..3 {
        town.accept(at).unwrap();
        let id = town.id(at);
        town.says(&Command::Finish(id, None));
    }
    assert_eq!(town.incident.state, State::Covered);
    let mut town = reopened(town, 60);
    assert_eq!(town.incident.state, State::Alerting);
    assert_eq!(town.incident.accepted(), 0);
    town.offer(30);
    assert_eq!(town.incident.unanswered(), 7);
}

#[test]
fn whoever_is_still_there_belongs_to_the_next_round() {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    let there = town.id(0);
    town.says(&Command::Arrive(there.clone()));
    let mut town = reopened(town, 60);
    assert_eq!(town.incident.accepted(), 1);
    town.says(&Command::Finish(there, Some(FinishReason::EmsTookOver)));
    assert_eq!(town.incident.accepted(), 1, "was there in this round");
}

#[test]
fn whoever_was_on_it_before_was_asked_by_no_wave_of_the_round() {
    let mut town = Town::new(opening(|_| {}));
    town.search(15, true);
    assert_eq!((town.incident.wave, town.incident.alerts[0].wave), (2, 2));
    town.accept(0).unwrap();
    town.says(&Command::Arrive(town.id(0)));
    let mut town = reopened(town, 60);
    let on_it = &town.incident.alerts[0];
    assert_eq!((on_it.round, on_it.wave), (2, 0));
    // nobody within the second ring: the third is searched at once, as in the first round
    town.search(33, true);
    assert_eq!(town.incident.wave, 3);
}

#[test]
fn a_round_has_a_clock_of_its_own() {
    let mut town = cardiac(30);
    town.pass(4 * 3600 - 60);
    let mut town = reopened(town, 1700);
    town.wake();
    assert!(!town.incident.is_closed() && !town.incident.warned);
    town.pass(2 * 3600);
    assert!(town.incident.warned);
    town.pass(2 * 3600);
    assert_eq!(town.incident.closed.unwrap().1, Outcome::Expired);
}

#[test]
fn a_round_counts_who_was_asked_anew_and_may_ask_the_same_people() {
    let mut town = Town::new(opening(|o| o.plan.max_asked = 7));
    town.offer(7);
    for at in 0..7 {
        let id = town.id(at);
        town.says(&Command::Decline(id, FreeText::default()));
    }
    let mut town = reopened(town, 60);
    town.offer(7);
    assert_eq!(town.asked_in_round(), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn danger_is_taken_over_only_while_somebody_is_in_it() {
    let in_danger = |town: &mut Town| {
        town.accept(0).unwrap();
        let id = town.id(0);
        town.says(&Command::Unsafe(id.clone(), FreeText::default()));
        id
    };
    let mut town = cardiac(30);
    let id = in_danger(&mut town);
    town.says(&Command::Safe(id));
    assert!(
        town.incident.danger,
        "only the desk ends that of the incident"
    );
    let town = reopened(town, 60);
    assert!(!town.incident.danger);
    assert!(town.incident.wants(town.now).is_some());

    let mut town = cardiac(30);
    in_danger(&mut town);
    assert!(reopened(town, 60).incident.danger);

    let mut town = cardiac(30);
    town.says(&Command::SetScene(Scene::Unsafe));
    assert!(reopened(town, 60).incident.danger);
}

#[test]
fn an_acknowledgement_of_the_last_round_says_nothing_of_this_one() {
    use crate::domain::event::Alarm;
    let mut town = cardiac(30);
    town.says(&Command::Acknowledge(Alarm::NobodyComing, "ann".to_owned()));
    let town = reopened(town, 60);
    assert!(town.incident.acknowledged.is_empty());
}

#[test]
fn a_closed_incident_reopens_within_half_an_hour_only() {
    let mut town = cardiac(30);
    town.act(&Command::Close(Outcome::FalseAlarm, None))
        .unwrap();
    town.now = town.now + Millis::from_s(1799);
    town.act(&Command::Reopen(FreeText::default())).unwrap();
    assert_eq!(
        (town.incident.state, town.incident.wave),
        (State::Alerting, 0)
    );
    town.offer(30);
    assert_eq!(town.incident.unanswered(), 7);
    town.act(&Command::Close(Outcome::FalseAlarm, None))
        .unwrap();
    town.now = town.now + Millis::from_s(1801);
    assert_eq!(
        town.act(&Command::Reopen(FreeText::default())),
        Err(Refusal::TooLateToReopen)
    );
}
