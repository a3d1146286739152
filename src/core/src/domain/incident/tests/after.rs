//! What the desk and the end do with single people.

use super::*;

fn three_there() -> Town {
    let mut town = cardiac(30);
    for at in 0..3 {
        town.accept(at).unwrap();
        let id = town.id(at);
        town.says(&Command::Arrive(id));
    }
    town
}

#[test]
fn whoever_hands_over_leaves_the_place_filled_and_whoever_has_to_leave_frees_it() {
    for (why, state) in [
        (None, State::Covered),
        (Some(FinishReason::EmsTookOver), State::Covered),
        (Some(FinishReason::NotNeeded), State::Covered),
        (Some(FinishReason::NoAccess), State::Alerting),
        (Some(FinishReason::HadToLeave), State::Alerting),
    ] {
        let mut town = three_there();
        let id = town.id(0);
        town.says(&Command::Finish(id, why));
        assert_eq!(town.incident.state, state, "{why:?}");
        let summary = town.incident.summary(|_| None, town.now);
        assert_eq!((summary.on_scene, summary.finished), (2, 1));
    }
}

#[test]
fn one_person_is_stood_down_and_replaced() {
    let mut town = cardiac(7);
    for at in 0..3 {
        town.accept(at).unwrap();
    }
    let id = town.id(0);
    let command = Command::StandDown(id.clone(), FreeText("wrong house".to_owned()));
    assert_eq!(town.act(&command), Ok(2), "stood down, and uncovered");
    let alert = town.incident.alert(&id).unwrap();
    assert_eq!(alert.stood_down_because, Some(WhyStoodDown::ByDesk));
    assert_eq!(town.incident.state, State::Alerting);
    assert_eq!(town.act(&command), Ok(0), "a repeat");
}

#[test]
fn a_mistaken_arrival_or_end_is_taken_back_and_nothing_else() {
    let correct = |town: &Town, at: usize, to| {
        Command::Correct(Correction {
            alert: town.id(at),
            to,
            reason: FreeText::default(),
            claim: None,
        })
    };
    let mut town = three_there();
    let patient = town.id(0);
    town.says(&Command::WithPatient(patient.clone()));
    town.says(&correct(&town.clone(), 0, AlertState::EnRoute));
    let alert = town.incident.alert(&patient).unwrap();
    assert_eq!(
        (alert.state, alert.with_patient_at),
        (AlertState::EnRoute, None)
    );
    let id = town.id(1);
    town.says(&Command::Finish(id, Some(FinishReason::HadToLeave)));
    assert_eq!(town.incident.state, State::Alerting);
    town.says(&correct(&town.clone(), 1, AlertState::OnScene));
    assert_eq!(town.incident.state, State::Covered);
    assert_eq!(town.incident.alerts[1].finished, None);
    for (at, to) in [
        (0, AlertState::OnScene),
        (1, AlertState::Finished),
        (4, AlertState::Accepted),
    ] {
        assert_eq!(
            town.act(&correct(&town.clone(), at, to)),
            Err(Refusal::NotCorrectable),
            "{at} to {to:?}"
        );
    }
}

#[test]
fn an_end_is_not_taken_back_when_the_place_is_taken() {
    let mut town = three_there();
    let id = town.id(0);
    town.says(&Command::Finish(id.clone(), Some(FinishReason::HadToLeave)));
    town.accept(3).unwrap();
    town.accept(4).unwrap();
    let back = Command::Correct(Correction {
        alert: id,
        to: AlertState::OnScene,
        reason: FreeText::default(),
        claim: None,
    });
    assert_eq!(town.act(&back), Err(Refusal::NotCorrectable));
}

#[test]
fn whoever_is_with_the_patient_is_there_and_keeps_the_first_time() {
    let mut town = cardiac(30);
    let (coming, asked) = (town.id(0), town.id(1));
    assert_eq!(
        town.act(&Command::WithPatient(asked)),
        Err(Refusal::NotAccepted)
    );
    town.accept(0).unwrap();
    town.act(&Command::Depart(coming.clone())).unwrap();
    let said = Command::WithPatient(coming.clone());
    town.pass(60);
    assert_eq!(town.act(&said), Ok(2), "arrived, and with the patient");
    let first = town.now;
    town.pass(60);
    assert_eq!(town.act(&said), Ok(0), "a repeat");
    let alert = town.incident.alert(&coming).unwrap();
    assert_eq!(
        (alert.state, alert.with_patient_at),
        (AlertState::OnScene, Some(first))
    );
    assert_eq!(alert.heard_at, Some(first));
    assert_eq!(town.act(&Command::Arrive(coming.clone())), Ok(0));
    town.act(&Command::Finish(coming.clone(), None)).unwrap();
    assert_eq!(town.act(&said), Ok(0), "still a success");
    assert_eq!(Incident::replay(&town.history), Some(town.incident.clone()));
    town.act(&Command::Close(Outcome::Completed, None)).unwrap();
    let gone = town.id(2);
    assert_eq!(
        town.act(&Command::WithPatient(gone)),
        Err(Refusal::IncidentClosed)
    );
}

#[test]
fn after_the_end_it_is_too_late_to_say_since_when() {
    let mut town = cardiac(30);
    town.accept(0).unwrap();
    let there = town.id(0);
    town.act(&Command::Finish(there.clone(), None)).unwrap();
    assert_eq!(town.act(&Command::WithPatient(there.clone())), Ok(0));
    let alert = town.incident.alert(&there).unwrap();
    assert_eq!(
        (alert.state, alert.with_patient_at),
        (AlertState::Finished, None)
    );
}

#[test]
fn nobody_is_held_by_an_incident_that_is_over_because_their_phone_sends_positions() {
    let mut town = three_there();
    town.says(&Command::Close(Outcome::EmsOnScene, None));
    for _ in 0..11 {
        town.now = town.now + Millis::from_s(600);
        for no in 1..=3 {
            town.hear(no);
        }
    }
    assert_eq!(town.states()[..3], ["on_scene"; 3]);
    town.now = town.now + Millis::from_s(600);
    for no in 1..=3 {
        town.hear(no);
    }
    assert_eq!(town.states()[..3], ["finished"; 3]);
    assert_eq!(town.incident.wake_at(town.now), None);
}
