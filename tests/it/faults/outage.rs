//! The push provider is away, or slow, for everybody.

use std::time::Duration;

use muster_stand::standin::Rule;
use tokio::time::{Instant, timeout};

use super::{
    alerts, all_pushed, assert_explained, few_connections, id, in_time, one_wave, raise, row, warm,
};
use crate::support::{HOME, World, eventually, text};

/// How long the provider is away.
const AWAY: Duration = Duration::from_secs(6);

#[tokio::test]
async fn a_provider_that_is_away_for_a_while_gets_every_alert_when_it_is_back() {
    let world = World::with(|settings| {
        few_connections(settings);
        settings.plan(|plan| {
            one_wave(plan, 3, 1_000.0);
            // silence during the outage must not end the alerts: that is another test's matter
            (plan.receipt_window_s, plan.answer_window_s) = (60.0, 60.0);
        });
    })
    .await;
    warm(&world).await;
    let elsewhere = HOME.offset_m(20_000.0, 0.0);
    world.crowd("p", &row(HOME, 3, 20.0)).await;
    world.crowd("q", &row(elsewhere, 3, 20.0)).await;
    world.standin().faults().set_down(true);
    let back_at = Instant::now() + AWAY;
    let first = raise(&world, "first", HOME).await;
    // raises during all of it; the desk, phones and positions go on
    let mut during = 0;
    while Instant::now() < back_at {
        let one = raise(
            &world,
            &format!("during-{during}"),
            HOME.offset_m(-9_000.0, 0.0),
        )
        .await;
        in_time("a reading", world.desk.incident(id(&one))).await;
        during += 1;
        tokio::time::sleep_until((Instant::now() + Duration::from_millis(300)).min(back_at)).await;
    }
    let last = raise(&world, "last", elsewhere).await;
    assert!(during > 3, "only {during} raises were answered");
    assert!(
        world.standin().messages(0).is_empty(),
        "nothing is taken while it is down"
    );
    world.standin().faults().set_down(false);
    for incident in [&first, &last] {
        assert_eq!(alerts(incident).len(), 3, "{incident:#}");
        all_pushed(&world, id(incident)).await;
    }
    let now = world.desk.incident(id(&first)).await;
    assert!(
        alerts(&now)
            .iter()
            .all(|a| text(a, "state") != "unreachable"),
        "{now:#}"
    );
    world.finish().await;
}

#[tokio::test]
async fn an_outage_longer_than_the_windows_ends_with_every_alert_explained_and_others_asked() {
    let world = World::with(|settings| {
        few_connections(settings);
        settings.plan(|plan| {
            one_wave(plan, 2, 1_000.0);
            (plan.receipt_window_s, plan.answer_window_s, plan.expires_s) = (1.0, 1.0, 2.5);
        });
    })
    .await;
    warm(&world).await;
    world.crowd("p", &row(HOME, 4, 20.0)).await;
    world.standin().faults().set_down(true);
    let incident = raise(&world, "long", HOME).await;
    let all = eventually("silence is replaced, and all of it expires", async || {
        let now = world.desk.incident(id(&incident)).await;
        let over = alerts(&now).iter().all(|a| text(a, "state") == "expired");
        (over && alerts(&now).len() == 4).then_some(now)
    })
    .await;
    // the outbox gives up as well, and says so
    for alert in alerts(&all) {
        eventually("the push of an expired alert is given up", async || {
            let log = world.desk.log(id(&incident)).await;
            log.iter()
                .any(|l| l["type"] == "push_failed" && l["alert_id"] == *id(alert))
                .then_some(())
        })
        .await;
    }
    world.standin().faults().set_down(false);
    assert_explained(&world, id(&incident)).await;
    // nobody is woken for what is over, and the next incident reaches everybody again
    assert!(
        world.standin().messages(0).is_empty(),
        "an expired alert was pushed"
    );
    let next = raise(&world, "next", HOME).await;
    assert_eq!(alerts(&next).len(), 2, "{next:#}");
    all_pushed(&world, id(&next)).await;
    world.finish().await;
}

#[tokio::test]
async fn a_slow_provider_holds_up_nobody_else() {
    let world = World::with(|settings| {
        few_connections(settings);
        settings.plan(|plan| one_wave(plan, 10, 1_000.0));
    })
    .await;
    warm(&world).await;
    let elsewhere = HOME.offset_m(20_000.0, 0.0);
    world.crowd("slow", &row(HOME, 10, 20.0)).await;
    let quick = world.crowd("quick", &row(elsewhere, 2, 20.0)).await;
    let faults = world.standin().faults();
    faults.set(Rule::latency(Duration::from_secs(2)));
    for phone in &quick {
        faults.set_for(&phone.address, Rule::default());
    }
    let began = Instant::now();
    let slow = raise(&world, "slow", HOME).await;
    let other = raise(&world, "quick", elsewhere).await;
    let pushed = timeout(Duration::from_millis(1_900), all_pushed(&world, id(&other))).await;
    assert!(
        pushed.is_ok(),
        "the quick ones waited for the slow ones: {:?}",
        began.elapsed()
    );
    all_pushed(&world, id(&slow)).await;
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "ten at once: {:?}",
        began.elapsed()
    );
    world.finish().await;
}
