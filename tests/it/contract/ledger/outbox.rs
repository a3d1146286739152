//! The outbox in its rows: what becomes of a push depends on what was said of it and on nothing else of its row.

use std::collections::BTreeMap;

use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Agenda as _, Outgoing, PushId, PushReport, PushResult, PutOff};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::support::{Engine, T0, town};

/// Incidents, and people asked for each.
const INCIDENTS: usize = 3;
const ASKED: usize = 4;
/// The sender's share of a push, milliseconds: the ledger's lease.
const LEASE: i64 = 30_000;
/// What is put off within such a moment is due at its end, milliseconds.
const MOMENT: i64 = 100;

/// Something that happens to the outbox.
#[derive(Debug, Clone)]
enum Step {
    /// Time passes, milliseconds, and what is due is leased.
    Lease(i64),
    /// The sender says something of some of what it holds, by place in its list.
    Say(Vec<(usize, Said)>),
}

#[derive(Debug, Clone, Copy)]
enum Said {
    Taken,
    Expired,
    /// Tried again after so many milliseconds.
    Later(i64),
    PutOff(i64),
    /// The attempt takes long and goes on.
    Slow,
}

/// What is known of a push that is still to be sent.
#[derive(Debug, Clone, Copy)]
struct Push {
    id: PushId,
    due: i64,
    held: bool,
}

/// A sender that remembers everything.
struct Model {
    pushes: BTreeMap<i64, Push>,
    now: Timestamp,
}

impl Model {
    fn lease(&mut self, leased: &[Outgoing]) {
        for push in self.pushes.values_mut() {
            if push.due <= self.now.0 {
                push.due = self.now.0 + LEASE;
                push.held = true;
            }
        }
        for outgoing in leased {
            if let Some(push) = self.pushes.get_mut(&outgoing.id.no) {
                push.id = outgoing.id;
            }
        }
    }

    fn due(&self) -> Vec<i64> {
        let due = self
            .pushes
            .iter()
            .filter(|(_, push)| push.due <= self.now.0);
        due.map(|(no, _)| *no).collect()
    }

    fn next(&self) -> Option<Timestamp> {
        let due = self.pushes.values().map(|push| Timestamp(push.due));
        due.min()
    }

    /// What the sender says, as a report; nothing of what it does not hold.
    fn say(&mut self, (place, said): (usize, Said)) -> Option<PushReport> {
        let held = self.pushes.values_mut().filter(|push| push.held);
        let mut held: Vec<&mut Push> = held.collect();
        let count = held.len().max(1);
        let push = held.get_mut(place % count)?;
        let id = push.id;
        let at = |after: i64| Timestamp(self.now.0 + after);
        let result = match said {
            Said::Taken => PushResult::Taken,
            Said::Expired => PushResult::Expired,
            Said::Later(after) => PushResult::Later(at(after)),
            Said::PutOff(after) => put_off(Some(at(after))),
            Said::Slow => put_off(None),
        };
        match said {
            Said::Taken | Said::Expired => drop(self.pushes.remove(&id.no)),
            Said::Later(after) | Said::PutOff(after) => {
                push.held = false;
                push.due = self.now.0 + after;
                if after > 0 {
                    push.due = (push.due + MOMENT - 1) / MOMENT * MOMENT;
                }
            }
            Said::Slow => {}
        }
        Some(PushReport { id, result })
    }
}

fn put_off(until: Option<Timestamp>) -> PushResult {
    PushResult::PutOff(PutOff {
        until,
        why: "quota".to_owned(),
        all: true,
    })
}

async fn live<E: Engine>(steps: Vec<Step>) {
    let town = town::<E>(INCIDENTS * ASKED).await;
    let mut model = Model {
        pushes: BTreeMap::new(),
        now: T0,
    };
    for people in town.people.chunks(ASKED) {
        for push in town.raise(town.raise_of(people, false)).await.outgoing {
            let (id, due, held) = (push.id, T0.0 + LEASE, true);
            model.pushes.insert(id.no, Push { id, due, held });
        }
    }
    assert_eq!(model.pushes.len(), INCIDENTS * ASKED);
    for step in steps {
        match step {
            Step::Lease(span) => {
                model.now = model.now + Millis(span);
                let leased = town.ledger.lease_outgoing(model.now, 1_000).await.unwrap();
                let mut numbers: Vec<i64> = leased.iter().map(|push| push.id.no).collect();
                numbers.sort_unstable();
                assert_eq!(numbers, model.due());
                model.lease(&leased);
            }
            Step::Say(said) => {
                let reports: Vec<_> = said.into_iter().filter_map(|one| model.say(one)).collect();
                town.ledger
                    .settle_outgoing(reports, model.now)
                    .await
                    .unwrap();
            }
        }
        assert_eq!(town.ledger.next_outgoing().await.unwrap(), model.next());
    }
    let late = T0 + Millis::from_s(400);
    let leased = town.ledger.lease_outgoing(late, 1_000).await.unwrap();
    assert_eq!(
        leased.len(),
        model.pushes.len(),
        "nothing is lost or left over"
    );
    let taken = leased.iter().map(|push| PushReport {
        id: push.id,
        result: PushResult::Taken,
    });
    town.ledger
        .settle_outgoing(taken.collect(), late)
        .await
        .unwrap();
    assert_eq!(town.engine.dump("outbox").await, "");
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let after = prop_oneof![Just(0_i64), 1_i64..40_000];
    let said = prop_oneof![
        Just(Said::Taken),
        Just(Said::Expired),
        Just(Said::Slow),
        after.clone().prop_map(Said::Later),
        after.prop_map(Said::PutOff),
    ];
    let words = prop::collection::vec((0_usize..12, said), 1..8);
    let step = prop_oneof![
        (0_i64..15_000).prop_map(Step::Lease),
        words.prop_map(Step::Say)
    ];
    prop::collection::vec(step, 1..20)
}

pub(super) async fn each_push_of_a_row_has_its_own_way<E: Engine>() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..8 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        live::<E>(steps).await;
    }
}

pub(super) async fn a_row_that_cannot_be_read_stops_no_other<E: Engine>() {
    let town = town::<E>(2).await;
    let [one, other] = [&town.people[..1], &town.people[1..]];
    let bad = town.raise(town.raise_of(one, false)).await.outgoing[0].id;
    let good = town.raise(town.raise_of(other, false)).await.outgoing[0].id;
    town.engine
        .run("UPDATE outbox SET recipients = '?' WHERE no = (SELECT MIN(no) FROM outbox)")
        .await;
    let settled = [bad, good].map(|id| PushReport {
        id,
        result: PushResult::Later(T0),
    });
    town.ledger
        .settle_outgoing(settled.to_vec(), T0)
        .await
        .unwrap();
    let leased = town.ledger.lease_outgoing(T0, 10).await.unwrap();
    assert_eq!(
        leased.iter().map(|push| push.id).collect::<Vec<_>>(),
        [good]
    );
    // it is leased as well, and so not looked at all the time
    let late = T0 + Millis(LEASE);
    let leased = town.ledger.lease_outgoing(late, 10).await.unwrap();
    assert_eq!(leased.len(), 1);
    assert_eq!(
        town.ledger.next_outgoing().await.unwrap(),
        Some(late + Millis(LEASE))
    );
}
