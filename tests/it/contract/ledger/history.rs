//! The events are the whole truth.

use muster_core::domain::event::{FreeText, Outcome, Recorded};
use muster_core::domain::incident::{Command, Incident, Receipt};
use muster_core::domain::plan::Scene;
use muster_core::domain::responder::Claim;
use muster_core::domain::time::Millis;
use muster_core::ports::{Agenda as _, Ledger as _, PushReport, PushResult, PutOff, Rule};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::support::{Engine, T0, Town, candidates, desk, town};

/// One thing that happens, chosen by three numbers.
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
async fn happen<E: Engine>(
    town: &Town<E>,
    incident: &Incident,
    (what, who, wait): (u8, usize, i64),
) {
    let id = &incident.opening.id;
    let now = T0 + Millis::from_s(wait);
    let text = || FreeText("words".to_owned());
    let alert = incident.alerts.get(who % incident.alerts.len().max(1));
    let command = match (what, alert) {
        (0, Some(a)) => {
            drop(
                town.ledger
                    .receipt(a.responder, &a.id, Receipt::Seen, desk(), now)
                    .await,
            );
            return;
        }
        (1, Some(a)) => {
            let own = Claim {
                alert: a.id.clone(),
                engaged: false,
                exercise: false,
            };
            Command::Accept {
                alert: a.id.clone(),
                claim: Some(own),
                knowing: false,
            }
        }
        (2, Some(a)) => Command::Decline(a.id.clone(), text()),
        (3, Some(a)) => Command::Arrive(a.id.clone()),
        (4, Some(a)) => Command::Move {
            distances: vec![(a.id.clone(), 2500.5, 9)],
            address_doubtful: false,
        },
        (5, _) => Command::Wake {
            lost: Vec::new(),
            heard: Vec::new(),
        },
        (6, _) => Command::SetScene(Scene::Unsafe),
        (7, _) => Command::Close(Outcome::Completed, None),
        (8, _) => Command::Reopen(text()),
        (9, _) => {
            let leased = town.ledger.lease_outgoing(now, 3).await.unwrap();
            let result = |n: usize| match n % 3 {
                0 => PushResult::Taken,
                1 => PushResult::PutOff(PutOff {
                    until: Some(now),
                    why: "permission_denied".to_owned(),
                    all: true,
                }),
                _ => PushResult::Later(now),
            };
            let settled = leased
                .iter()
                .map(|o| PushReport {
                    id: o.id,
                    result: result(who),
                })
                .collect();
            town.ledger.settle_outgoing(settled, now).await.unwrap();
            return;
        }
        _ => {
            if incident.wants(now).is_none() {
                return;
            }
            let rule: Rule = Box::new(|_, facts| {
                vec![Command::Ask {
                    candidates: facts.candidates,
                    complete: true,
                }]
            });
            let mut decision = town.decision(id, now, rule);
            decision.needs.candidates = candidates(&town.people);
            town.ledger.decide(decision).await.unwrap();
            return;
        }
    };
    // refusals are part of life
    drop(town.command(id, now, command).await);
}

async fn live<E: Engine>(steps: Vec<(u8, usize, i64)>) {
    let town = town::<E>(12).await;
    let new = town.raise(town.raise_of(&town.people, false)).await;
    let id = new.stored.incident.opening.id;
    let mut wait = 0;
    for (what, who, more) in steps {
        wait += more;
        let incident = town.ledger.incident(town.org, &id).await.unwrap().incident;
        happen(&town, &incident, (what, who, wait)).await;
    }
    let stored = town.ledger.incident(town.org, &id).await.unwrap().incident;
    let log = town.ledger.log(town.org, &id).await.unwrap();
    let history: Vec<Recorded> = log.into_iter().map(|line| line.recorded).collect();
    assert_eq!(Incident::replay(&history), Some(stored.clone()));
    // just those who are asked or on it are claimed
    let held: Vec<String> = stored
        .alerts
        .iter()
        .filter(|a| a.state.holds_claim())
        .map(|a| a.id.0.clone())
        .collect();
    let claims = town.engine.dump("responder_claim").await;
    let is_alert = |line: &str| stored.alerts.iter().any(|a| a.id.as_str() == line);
    assert_eq!(
        claims.lines().filter(|line| is_alert(line)).count(),
        held.len()
    );
    assert!(held.iter().all(|id| claims.lines().any(|line| line == id)));
}

fn steps() -> impl Strategy<Value = Vec<(u8, usize, i64)>> {
    prop::collection::vec((0_u8..12, 0_usize..12, 0_i64..40), 0..30)
}

/// Whatever happens, the log tells the stored incident.
pub(super) async fn replaying_the_log_gives_the_stored_incident<E: Engine>() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..24 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        live::<E>(steps).await;
    }
}
