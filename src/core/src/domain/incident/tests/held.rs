//! Held, released, and the scene.

use super::*;
use crate::domain::event::HeldReason;

fn held(change: fn(&mut Opening)) -> Town {
    Town::new(opening(change))
}

fn release(by: Option<&str>) -> Command {
    Command::Release(FreeText("checked".to_owned()), by.map(str::to_owned))
}

#[test]
fn an_unsafe_scene_an_old_call_and_a_child_are_held() {
    let reasons = |change| held(change).incident.held_reasons;
    assert_eq!(
        reasons(|o| o.scene = Scene::Unsafe),
        [HeldReason::SceneUnsafe]
    );
    assert_eq!(
        reasons(|o| o.called_at = Some(START - Millis::from_s(901))),
        [HeldReason::CallTooOld]
    );
    assert_eq!(
        reasons(|o| {
            o.plan.min_patient_age_y = Some(8);
            o.patient_age_y = Some(3);
        }),
        [HeldReason::PatientTooYoung]
    );
    let mut town = held(|o| o.plan.hold = true);
    town.offer(9);
    assert!(town.incident.alerts.is_empty());
    town.says(&release(None));
    town.offer(9);
    assert_eq!(town.incident.alerts.len(), 7);
}

#[test]
fn a_scene_that_is_safe_starts_what_nothing_else_holds() {
    let mut town = held(|o| o.scene = Scene::Unsafe);
    town.says(&Command::SetScene(Scene::Unknown));
    assert_eq!(town.incident.held_reasons, [HeldReason::SceneUnsafe]);
    town.says(&Command::SetScene(Scene::Safe));
    assert_eq!(town.incident.state, State::Alerting);
    town.offer(9);
    assert_eq!(town.incident.alerts.len(), 7);
}

#[test]
fn what_has_become_a_reason_meanwhile_holds_it_on() {
    let mut town = held(|o| {
        o.scene = Scene::Unsafe;
        o.called_at = Some(START);
        o.ems_eta_at = Some(START + Millis::from_s(540));
    });
    town.now = START + Millis::from_s(901);
    town.says(&Command::SetScene(Scene::Safe));
    assert_eq!(town.incident.state, State::Held);
    assert_eq!(
        town.incident.held_reasons,
        [HeldReason::CallTooOld, HeldReason::EmsDue]
    );
    assert_eq!(town.act(&Command::SetScene(Scene::Safe)), Ok(0), "again");
    town.says(&release(None));
    assert_eq!(town.incident.state, State::Alerting);
}

#[test]
fn a_plan_that_holds_is_not_started_by_a_safe_scene() {
    let mut town = held(|o| {
        o.plan.hold = true;
        o.scene = Scene::Unsafe;
    });
    town.says(&Command::SetScene(Scene::Safe));
    assert_eq!(town.incident.held_reasons, [HeldReason::PlanHolds]);
}

#[test]
fn an_unsafe_scene_is_released_by_override_only_and_accepted_by_a_second_yes_only() {
    let mut town = held(|o| o.scene = Scene::Unsafe);
    assert_eq!(town.act(&release(None)), Err(Refusal::SceneUnsafe));
    town.says(&release(Some("ann")));
    town.offer(9);
    assert_eq!(town.incident.alerts.len(), 7);
    assert_eq!(town.incident.overridden.as_ref().unwrap().by, "ann");
    assert_eq!(town.accept(0), Err(Refusal::SceneUnsafe));
    let knowing = Command::Accept {
        alert: town.id(0),
        claim: None,
        knowing: true,
    };
    town.says(&knowing);
    // whoever then is in danger there stops it again
    let id = town.id(0);
    town.says(&Command::Unsafe(id, FreeText::default()));
    assert_eq!(town.incident.overridden, None);
    assert_eq!(town.incident.wants(town.now), None);
}

#[test]
fn where_there_is_no_danger_nothing_is_overridden() {
    let mut town = held(|o| o.plan.hold = true);
    town.says(&release(Some("ann")));
    assert_eq!(town.incident.overridden, None);
    town.offer(9);
    town.accept(0).unwrap();
}
