//! Danger is a cycle.

use super::*;
use crate::domain::push::{PushKind, wakeups};

fn on_it() -> (Town, AlertId) {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    town.accept(1).unwrap();
    let id = town.id(0);
    (town, id)
}

fn report(id: &AlertId) -> Command {
    Command::Unsafe(id.clone(), FreeText::default())
}

/// Which alerts the last decision wakes phones for, and why.
fn woken(town: &Town, from: usize) -> Vec<(PushKind, AlertId)> {
    let events = town.history[from..].iter();
    events
        .flat_map(|r| wakeups(&town.incident, &r.event))
        .map(|w| (w.kind, w.alert))
        .collect()
}

#[test]
fn danger_stops_all_waves_until_the_scene_is_safe_again() {
    let (mut town, id) = on_it();
    town.says(&report(&id));
    let declined = town.id(2);
    town.says(&Command::Decline(declined, FreeText::default()));
    assert_eq!(town.incident.wants(town.now), None);
    assert_eq!(town.incident.next_wave(), None);
    town.says(&Command::SetScene(Scene::Unknown));
    assert!(town.incident.danger, "not to know it ends nothing");
    town.says(&Command::SetScene(Scene::Safe));
    assert!(town.incident.wants(town.now).is_some());
}

#[test]
fn each_report_is_an_event_and_is_told_to_the_others_anew() {
    let (mut town, id) = on_it();
    for _ in 0..2 {
        let from = town.history.len();
        town.pass(30);
        assert_eq!(town.act(&report(&id)), Ok(1));
        assert_eq!(town.incident.alert(&id).unwrap().danger_at, Some(town.now));
        let told = woken(&town, from);
        assert!(told.contains(&(PushKind::Danger, town.id(1))));
        assert!(!told.iter().any(|(_, to)| *to == id));
        town.says(&Command::Safe(id.clone()));
        assert!(!town.incident.alert(&id).unwrap().in_danger);
        assert!(
            town.incident.danger,
            "only the desk ends that of the incident"
        );
    }
    assert_eq!(
        town.act(&Command::Safe(id)),
        Ok(0),
        "nothing is left to end"
    );
}

#[test]
fn the_all_clear_goes_to_everybody_who_was_told_and_is_still_on_it() {
    let (mut town, id) = on_it();
    town.says(&report(&id));
    let gone = town.id(3);
    town.says(&Command::Decline(gone.clone(), FreeText::default()));
    let from = town.history.len();
    town.says(&Command::SetScene(Scene::Safe));
    let mut told: Vec<AlertId> = woken(&town, from).into_iter().map(|(_, to)| to).collect();
    let still = town.incident.alerts.iter().filter(|a| a.state.is_open());
    let mut still: Vec<AlertId> = still.map(|a| a.id.clone()).collect();
    told.sort();
    still.sort();
    assert_eq!(told, still);
    assert!(!told.contains(&gone));
    for alert in town.incident.alerts.iter().filter(|a| a.state.is_open()) {
        assert_eq!(alert.all_clear_at, Some(town.now));
    }
    // a second danger takes the all-clear back
    town.says(&report(&id));
    assert_eq!(town.incident.alerts[1].all_clear_at, None);
}

#[test]
fn closing_silences_no_report_and_whoever_was_on_it_may_still_say_that_they_are_in_danger() {
    let (mut town, id) = on_it();
    town.says(&report(&id));
    town.says(&Command::Close(Outcome::StoodDown, None));
    assert!(town.incident.alert(&id).unwrap().in_danger);
    assert_eq!(town.act(&report(&id)), Ok(1));
    town.says(&Command::Safe(id.clone()));
    assert!(!town.incident.has_open_report());
    let asked = town.id(5);
    assert_eq!(town.act(&report(&asked)), Err(Refusal::IncidentClosed));
}
