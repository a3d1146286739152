//! What the desk asks beside incidents: who is on one, who is who, which alarm somebody knows of.

use std::slice::from_ref;

use muster_core::domain::event::{Alarm, FreeText, Outcome};
use muster_core::domain::ids::{IncidentId, OrgNo, ResponderId};
use muster_core::domain::incident::{Command, Incident};
use muster_core::domain::place::DISCLOSED_RESOLUTION;
use muster_core::domain::time::Millis;
use muster_core::ports::{Feed as _, Ledger as _, Roster as _, Which};

use super::support::{Engine, T0, everybody, town};

pub(super) async fn whoever_is_on_an_open_incident_is_told<E: Engine>() {
    let town = town::<E>(10).await;
    let stored = town.raise(town.raise_of(&town.people, false)).await.stored;
    let id = stored.incident.opening.id.clone();
    let asked = stored.incident.alerts[..2].to_vec();
    assert!(
        town.ledger
            .engaged(town.org, None)
            .await
            .unwrap()
            .is_empty()
    );
    for alert in &asked {
        town.accept(&id, &alert.id, T0).await.unwrap();
    }
    let mut engaged = town.ledger.engaged(town.org, None).await.unwrap();
    engaged.sort_by(|a, b| a.alert.cmp(&b.alert));
    let mut expected = asked.clone();
    expected.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(engaged.len(), 2);
    for (on, alert) in engaged.iter().zip(&expected) {
        assert_eq!((&on.incident, &on.alert), (&id, &alert.id));
        assert_eq!(
            (on.responder, &on.responder_id),
            (alert.responder, &alert.responder_id)
        );
        let place = stored.private.as_ref().unwrap().location.point;
        assert_eq!(on.cell, Some(place.cell(DISCLOSED_RESOLUTION).into()));
    }
    let of = async |ids: &[IncidentId]| {
        let on = town.ledger.engaged(town.org, Some(ids)).await;
        on.unwrap().len()
    };
    let any = async |org: OrgNo| town.ledger.engaged(org, None).await.unwrap().len();
    assert_eq!(of(from_ref(&id)).await, 2);
    assert_eq!(of(&[IncidentId::from("another")]).await, 0);
    assert_eq!(of(&[]).await, 0);
    assert_eq!(any(OrgNo(town.org.0 + 1)).await, 0);

    town.command(
        &id,
        T0,
        Command::Decline(asked[0].id.clone(), FreeText::default()),
    )
    .await
    .unwrap();
    assert_eq!(of(from_ref(&id)).await, 1);
    town.command(&id, T0, Command::Arrive(asked[1].id.clone()))
        .await
        .unwrap();
    assert_eq!(of(from_ref(&id)).await, 1);
    town.command(&id, T0, Command::Close(Outcome::Completed, None))
        .await
        .unwrap();
    assert_eq!(any(town.org).await, 0);
    assert_eq!(of(&[id]).await, 0);
}

pub(super) async fn people_are_found_by_their_names<E: Engine>() {
    let town = town::<E>(3).await;
    let all = town.ledger.find(town.org, everybody()).await.unwrap();
    let mut ids: Vec<ResponderId> = all.iter().take(2).map(|who| who.id.clone()).collect();
    ids.push("nobody".into());
    let mut found = town.ledger.named(town.org, &ids).await.unwrap();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    assert!(found[..] == all[..2], "those that there are");
    let foreign = OrgNo(town.org.0 + 1);
    assert!(town.ledger.named(foreign, &ids).await.unwrap().is_empty());
    assert!(town.ledger.named(town.org, &[]).await.unwrap().is_empty());
}

pub(super) async fn the_latest_acknowledgement_of_each_alarm_is_kept<E: Engine>() {
    let town = town::<E>(1).await;
    let stored = town.raise(town.raise_of(&town.people, false)).await.stored;
    assert!(stored.incident.acknowledged.is_empty());
    let id = stored.incident.opening.id;
    for (alarm, by) in [
        (Alarm::NobodyComing, "ada"),
        (Alarm::Danger, "ada"),
        (Alarm::NobodyComing, "bob"),
    ] {
        let command = Command::Acknowledge(alarm, by.to_owned());
        town.command(&id, T0, command).await.unwrap();
    }
    let stored = town.ledger.incident(town.org, &id).await.unwrap();
    let known = stored.incident.acknowledged.iter();
    let known: Vec<_> = known.map(|known| (known.alarm, &*known.by)).collect();
    assert_eq!(
        known,
        [(Alarm::Danger, "ada"), (Alarm::NobodyComing, "bob")]
    );
    let log = town.ledger.log(town.org, &id).await.unwrap();
    let replayed = Incident::replay(log.iter().map(|line| &line.recorded)).unwrap();
    assert_eq!(replayed.acknowledged, stored.incident.acknowledged);
}

pub(super) async fn a_closed_one_is_listed_while_a_report_of_danger_rings<E: Engine>() {
    let town = town::<E>(3).await;
    let stored = town.raise(town.raise_of(&town.people, false)).await.stored;
    let id = stored.incident.opening.id.clone();
    let alerts: Vec<_> = stored
        .incident
        .alerts
        .iter()
        .map(|a| a.id.clone())
        .collect();
    let at = |seconds| T0 + Millis::from_s(seconds);
    let tell = async |seconds, command| town.command(&id, at(seconds), command).await.unwrap();
    let rings = async || {
        let listed = async |which| {
            let page = town.ledger.incidents(town.org, which, None, 10).await;
            page.unwrap().items.len()
        };
        assert_eq!(listed(Which::All).await, 1);
        (listed(Which::Open).await, listed(Which::Unheard).await)
    };
    let not_safe = |n: usize| Command::Unsafe(alerts[n].clone(), FreeText::default());
    let heard = || Command::Acknowledge(Alarm::Danger, "ada".to_owned());
    for alert in &alerts {
        town.accept(&id, alert, T0).await.unwrap();
    }
    tell(1, not_safe(0)).await;
    assert_eq!(rings().await, (1, 0), "an open one is among the open ones");
    tell(2, Command::Close(Outcome::Completed, None)).await;
    assert_eq!(rings().await, (0, 1), "closing ends no report");
    let elsewhere = OrgNo(town.org.0 + 1);
    let foreign = town.ledger.incidents(elsewhere, Which::Unheard, None, 10);
    assert!(foreign.await.unwrap().items.is_empty());
    let town_again = tell(3, heard()).await;
    assert!(town_again.stored.incident.has_open_report());
    assert_eq!(rings().await, (0, 0), "somebody knows of it");
    tell(4, Command::Reopen(FreeText::default())).await;
    tell(5, not_safe(1)).await;
    tell(6, not_safe(2)).await;
    tell(7, Command::Close(Outcome::Completed, None)).await;
    assert_eq!(rings().await, (0, 1), "newer than the acknowledgement");
    tell(8, Command::Safe(alerts[1].clone())).await;
    assert_eq!(rings().await, (0, 1), "the other is in danger still");
    tell(9, Command::Safe(alerts[2].clone())).await;
    assert_eq!(rings().await, (0, 0), "both are safe");
}
