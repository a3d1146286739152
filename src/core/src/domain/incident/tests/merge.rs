//! An emergency that was reported twice.

use super::*;
use crate::domain::push::{PushKind, wakeups};

/// Another report of the same, to which three of seven said yes: one is there, one on the way.
fn duplicate() -> Town {
    let mut town = cardiac(30);
    for at in 0..3 {
        town.accept(at).unwrap();
    }
    let (first, second) = (town.id(0), town.id(1));
    town.says(&Command::Depart(first));
    town.says(&Command::Arrive(second));
    town
}

/// The alerts of those on it, as the incident that stands for it is given them.
fn on(town: &Town) -> Vec<Alert> {
    let engaged = town.incident.alerts.iter().filter(|a| a.state.is_engaged());
    engaged.cloned().collect()
}

fn from() -> IncidentId {
    IncidentId::from("i2")
}

/// Closed as a duplicate, after these went to the other.
fn merged(of: IncidentId, moved: Vec<AlertId>) -> Command {
    Command::Merge {
        of,
        lost: moved.clone(),
        taken: moved,
    }
}

fn told(town: &Town, from: usize) -> Vec<(PushKind, u64)> {
    let events = town.history[from..].iter();
    let pushes = events.flat_map(|recorded| wakeups(&town.incident, &recorded.event));
    let who = |alert: &AlertId| town.incident.alert(alert).unwrap().responder.0;
    pushes.map(|push| (push.kind, who(&push.alert))).collect()
}

#[test]
fn whoever_is_on_the_one_report_is_on_the_other_as_they_were() {
    let other = duplicate();
    let mut town = cardiac(0);
    town.says(&Command::TakeOver(from(), on(&other)));
    let states: Vec<_> = town.incident.alerts.iter().map(|a| a.state).collect();
    let as_there = [
        AlertState::OnScene,
        AlertState::EnRoute,
        AlertState::Accepted,
    ];
    assert_eq!(states, as_there);
    assert_eq!(town.incident.state, State::Covered);
    assert_eq!(town.incident.wants(town.now), None, "nobody else is needed");
    let pushes = [2, 1, 3].map(|who| (PushKind::Update, who));
    assert_eq!(told(&town, town.history.len() - 4), pushes);
}

#[test]
fn whoever_said_yes_is_on_it_beyond_the_places_too_and_nobody_else_may_say_yes() {
    let other = duplicate();
    let mut town = cardiac(30);
    for at in 3..6 {
        town.accept(at).unwrap();
    }
    town.says(&Command::TakeOver(from(), on(&other)));
    assert_eq!(town.incident.accepted(), 6);
    assert_eq!(town.incident.unanswered(), 0);
    assert_eq!(town.incident.wants(town.now), None);
    for at in [3, 4, 5] {
        town.says(&Command::Finish(town.id(at), None));
    }
    assert_eq!(town.incident.state, State::Covered);
}

#[test]
fn nobody_is_taken_over_by_an_incident_that_is_over() {
    let other = duplicate();
    let mut town = cardiac(0);
    town.says(&Command::Close(Outcome::FalseAlarm, None));
    assert_eq!(town.act(&Command::TakeOver(from(), on(&other))), Ok(0));
}

#[test]
fn danger_goes_with_whoever_reported_it() {
    let mut other = duplicate();
    let reporter = other.id(0);
    other.says(&Command::Unsafe(reporter.clone(), FreeText::default()));
    let mut town = cardiac(30);
    let before = town.history.len();
    let mut alerts = on(&other);
    alerts.retain(|alert| alert.in_danger);
    town.says(&Command::TakeOver(from(), alerts));
    assert!(town.incident.danger);
    assert_eq!(
        town.incident.wants(town.now),
        None,
        "nobody is sent into it"
    );
    // all seven who were asked here are warned; the reporter knows
    let warned: Vec<_> = (1..=7).map(|who| (PushKind::Danger, who)).collect();
    assert_eq!(told(&town, before), warned);
    other.says(&merged(IncidentId::from("i1"), vec![reporter]));
    assert!(
        !other.incident.has_open_report(),
        "it rings where they are now"
    );
}

#[test]
fn whoever_comes_into_danger_by_it_is_told() {
    let other = duplicate();
    let mut town = cardiac(0);
    town.says(&Command::SetScene(Scene::Unsafe));
    let before = town.history.len();
    town.says(&Command::TakeOver(from(), on(&other)));
    let pushes = [2, 1, 3].map(|who| (PushKind::Danger, who));
    assert_eq!(told(&town, before)[..3], pushes);
    assert!(town.incident.alerts.iter().all(|alert| alert.told_danger));
}

#[test]
fn those_who_went_to_the_other_are_not_told_to_stop_and_the_rest_are() {
    let mut town = duplicate();
    let before = town.history.len();
    let moved = vec![town.id(0), town.id(1)];
    town.says(&merged(IncidentId::from("i9"), moved));
    assert!(town.incident.is_closed());
    assert_eq!(town.incident.duplicate_of, Some(IncidentId::from("i9")));
    assert_eq!(
        town.incident.alerts[1].stood_down_because,
        Some(WhyStoodDown::Merged),
        "also who is there"
    );
    let stopped: Vec<u64> = told(&town, before)
        .into_iter()
        .map(|(_, who)| who)
        .collect();
    assert_eq!(stopped, [3, 4, 5, 6, 7]);
}

#[test]
fn whoever_is_there_and_did_not_go_to_the_other_stays() {
    let mut town = duplicate();
    town.says(&merged(IncidentId::from("i9"), vec![]));
    assert_eq!(town.states()[..3], ["stood_down", "on_scene", "stood_down"]);
}

#[test]
fn a_duplicate_that_is_looked_at_before_it_is_closed_tells_nobody_to_stop_either() {
    let mut town = duplicate();
    let before = town.history.len();
    let lost = vec![town.id(0), town.id(1), town.id(3)];
    town.says(&Command::Wake {
        lost,
        heard: vec![],
    });
    let why = |at: usize| town.incident.alerts[at].stood_down_because;
    assert_eq!(
        (why(0), why(1)),
        (Some(WhyStoodDown::Merged), Some(WhyStoodDown::Merged))
    );
    assert_eq!(why(3), Some(WhyStoodDown::CalledElsewhere), "only asked");
    let stopped: Vec<u64> = told(&town, before)
        .into_iter()
        .map(|(_, who)| who)
        .collect();
    assert_eq!(stopped, [4]);
}

#[test]
fn asked_again_after_the_answer_was_lost_it_tells_nobody_to_stop_either() {
    let mut town = duplicate();
    let before = town.history.len();
    // who was taken over is known to the first try alone
    let lost = vec![town.id(0), town.id(1), town.id(2)];
    let of = IncidentId::from("i9");
    town.says(&Command::Merge {
        of,
        lost,
        taken: vec![],
    });
    let stopped: Vec<u64> = told(&town, before)
        .into_iter()
        .map(|(_, who)| who)
        .collect();
    assert_eq!(stopped, [4, 5, 6, 7]);
}

#[test]
fn nobody_is_at_the_address_of_the_other_before_their_positions_say_so() {
    let mut other = duplicate();
    let id = other.id(0);
    other.says(&Command::Presence(id, true));
    let mut town = cardiac(0);
    town.says(&Command::TakeOver(from(), on(&other)));
    assert!(town.incident.alerts.iter().all(|alert| !alert.at_address));
}
