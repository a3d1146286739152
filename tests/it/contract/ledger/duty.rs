//! Duty by weekly hours, however long nobody looked.

use std::time::Duration;

use muster_core::domain::event::Outcome;
use muster_core::domain::ids::ResponderId;
use muster_core::domain::incident::Command;
use muster_core::domain::quiet::QuietHours;
use muster_core::domain::time::Millis;
use muster_core::domain::weekly::WeeklySpan;
use muster_core::ports::{Agenda as _, PhoneStates as _, QuietTimes as _, Roster as _};
use tokio::time::Instant;

use super::support::{Engine, T0, town};

/// So many people have the same hours in a large organisation.
const MANY: usize = 20_000;
/// Most whose duty turns in one transaction: an emergency waits for no longer.
const STEP: usize = 200;

/// Ten in the evening to seven, in a zone without clock changes; [`T0`] is 08:00 on a Friday there.
fn nights() -> QuietHours {
    QuietHours {
        zone: "UTC".to_owned(),
        spans: vec![WeeklySpan {
            days: 0b111_1111,
            from: 22 * 60,
            to: 7 * 60,
        }],
    }
}

fn hours(n: i64) -> Millis {
    Millis::from_s(n * 3600)
}

pub(super) async fn a_server_that_was_down_overnight_puts_nobody_off_duty<E: Engine>() {
    let town = town::<E>(1).await;
    let anna = town.people[0];
    town.ledger
        .set_quiet(anna, Some(nights()), T0)
        .await
        .unwrap();
    // nobody looked since yesterday morning: both turns of the night were missed
    for (after, wanted) in [
        (13, 1),
        (15, 0),
        (22, 0),
        (24, 1),
        (24 * 90 + 15, 0),
        (24 * 90, 1),
    ] {
        let now = T0 + hours(after);
        let mut raise = town.raise_of(&town.people, false);
        raise.opening.opened_at = now;
        let new = town.raise(raise).await.stored.incident;
        assert_eq!(new.alerts.len(), wanted, "{after} h later");
        let (_, on_duty) = town.ledger.on_duty(town.org, now).await.unwrap();
        assert_eq!(on_duty.len(), wanted, "{after} h later");
        let id = new.opening.id;
        let close = Command::Close(Outcome::StoodDown, None);
        town.command(&id, now, close).await.unwrap();
    }
    // when somebody looks at last, what is written down is as if they had looked all along
    let now = T0 + hours(24 * 7 + 1);
    let turned = town.ledger.duty_changes(now).await.unwrap();
    assert!(
        turned
            .iter()
            .any(|profile| profile.responder == anna && profile.available)
    );
    assert_eq!(town.ledger.duty_changes(now).await.unwrap(), []);
    let id = ResponderId::from("r000");
    let who = town.ledger.responder(town.org, &id).await.unwrap();
    assert_eq!(
        (who.on_duty, who.duty_until),
        (true, Some(T0 + hours(24 * 7 + 14)))
    );
}

/// Adds many people with a phone each, who are off duty until seven in the morning.
async fn many<E: Engine>(engine: &E, org: i64, morning: i64) {
    let hours = serde_json::to_string(&nights()).unwrap();
    engine
        .run(&format!(
            "INSERT INTO responder (org_no, id, name, skills, travel, exercises, standing, on_duty,
               duty_until, version, dirty)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})
             SELECT {org}, 'many-' || i, 'Many', 1, 'foot', 1, 'verified', 0, {morning}, 1, 0 FROM n;
             INSERT INTO device (responder_no, id, platform, address, generation)
             SELECT no, 'phone', 'android', 'address-' || no, 1 FROM responder WHERE org_no = {org};
             INSERT INTO quiet_hours (responder_no, hours)
             SELECT no, '{hours}' FROM responder WHERE org_no = {org};"
        ))
        .await;
}

pub(super) async fn a_morning_of_many_thousands_is_done_in_small_steps_at_once<E: Engine>() {
    let town = town::<E>(0).await;
    let morning = T0 + hours(23);
    many(&town.engine, i64::from(town.org.0), morning.0).await;
    assert_eq!(
        town.ledger.duty_changes(morning - Millis(1)).await.unwrap(),
        []
    );
    let (began, mut on) = (Instant::now(), 0);
    loop {
        let turned = town.ledger.duty_changes(morning).await.unwrap();
        if turned.is_empty() {
            break;
        }
        assert!(turned.len() <= STEP);
        on += turned.iter().filter(|profile| profile.available).count();
    }
    let took = began.elapsed();
    assert_eq!(on, MANY);
    // generous, for a machine that computes at full load; alone it is a fraction of five seconds
    assert!(took < Duration::from_mins(1), "{took:?}");
}
