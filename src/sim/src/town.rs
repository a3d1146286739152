//! The town of a seed: plans, people with their phones, nodes, and how much goes wrong.

use futures_util::FutureExt as _;

use super::world::{EPOCH, Faults, Inner, Node, World};
use muster_core::domain::ids::{DeviceId, OrgId, ResponderId};
use muster_core::domain::place::Point;
use muster_core::domain::plan::{Plan, Plans, Wave};
use muster_core::domain::push::{Platform, PushAddress};
use muster_core::domain::responder::{Fix, Skill, Source, Standing, Travel};
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{Device, Enrolment, LedgerError, Profiles as _, Roster as _};
use muster_live::memory::MemoryIndex;
use muster_live::record::{Position, Record, Who};

use super::rng::Rng;

/// The organisations, in the order of their numbers. All incidents are of the first.
const ORGS: [&str; 2] = ["town", "neighbours"];

/// A place in the town.
pub(super) fn somewhere(w: &mut Inner) -> Point {
    let (north, east) = (w.rng.degrees(w.reach), w.rng.degrees(w.reach));
    Point::new(50.0 + north, 8.0 + east).expect("close to 50 N, 8 E")
}

/// The built-in plans with all spans shortened, so that a whole life fits into a short run.
pub(super) fn plans(rng: &mut Rng) -> Plans {
    let mut plans = Plans::built_in();
    for plan in &mut plans.plans {
        shorten(plan, rng);
    }
    plans
}

fn shorten(plan: &mut Plan, rng: &mut Rng) {
    let of = |n: usize| u32::try_from(n).unwrap_or(1);
    plan.wanted = 1 + of(rng.below(3));
    plan.overbook = of(rng.below(3));
    let first = 1 + of(rng.below(4));
    plan.waves = vec![
        Wave {
            after_s: 0.0,
            radius_m: 900.0,
            at_once: first,
        },
        Wave {
            after_s: 15.0,
            radius_m: 1500.0,
            at_once: of(rng.below(3)),
        },
        Wave {
            after_s: 30.0,
            radius_m: 5000.0,
            at_once: 2,
        },
    ];
    plan.answer_window_s = 12.0;
    plan.receipt_window_s = 6.0;
    plan.expires_s = 60.0;
    plan.recheck_s = 10.0;
    plan.still_going_s = 40.0;
    plan.engaged_max_s = 120.0;
    plan.open_warn_s = 150.0;
    plan.open_max_s = 300.0;
    plan.oldest_fix_s = 7200.0;
    plan.replace_on_decline = rng.chance(800);
    plan.replace_on_silence = rng.chance(800);
    // one plan in four asks few, and one holds, waits or is for adults
    plan.max_asked = if rng.chance(250) {
        2 + of(rng.below(5))
    } else {
        30
    };
    plan.hold = rng.chance(100);
    plan.wait_when_empty = rng.chance(250);
    plan.min_patient_age_y = rng.chance(300).then_some(8);
    plan.max_call_age_s = 60.0;
}

/// Fills the world: every number is drawn from the seed.
pub(super) fn build(world: &World) {
    let people = world.with(found);
    for no in 1..=people + 2 {
        // two neighbours come last
        let org = ORGS[usize::from(no > people)];
        let enrolled = settle_in(world, org, no).now_or_never();
        enrolled
            .expect("nothing waits")
            .expect("the tables take anybody in");
    }
}

/// Nodes, reach and faults. Returns how many people live there.
fn found(w: &mut Inner) -> u64 {
    let nodes = 2 + w.rng.below(2);
    for _ in 0..nodes {
        let offset = w.rng.span(-40, 40);
        w.nodes.push(Node {
            boot: 0,
            number: 0,
            up: false,
            frozen_until: 0,
            offset,
            held: std::collections::BTreeSet::new(),
            tracks: std::sync::Arc::default(),
            results: Vec::new(),
            tree: std::sync::Arc::new(MemoryIndex::volatile()),
            follows: false,
            entries: Vec::new(),
            owed: std::collections::BTreeSet::new(),
        });
    }
    // a few names stay with the nodes' bells
    w.next_name = 100;
    // one town in five has a node whose clock is wrong by up to a minute
    if w.rng.chance(200) {
        w.nodes[0].offset = w.rng.span(-60_000, 60_000);
    }
    // one town in four is a village: everybody near, few people, and everything wants them
    let village = w.rng.chance(250);
    let people = if village {
        w.reach = 30;
        2 + w.rng.below(3)
    } else {
        match w.rng.below(12) {
            // a crowd: more people in reach than a search names
            11 => {
                w.reach = 60;
                40
            }
            few => 6 + few,
        }
    };
    w.faults = faults(&mut w.rng);
    u64::try_from(people).unwrap_or(1)
}

/// Each kind of fault happens in most towns, in each with its own frequency.
fn faults(rng: &mut Rng) -> Faults {
    let mut some = |most: usize| {
        if rng.chance(650) {
            rng.below(most + 1)
        } else {
            0
        }
    };
    Faults {
        before: some(60),
        after: some(80),
        slow_commit: some(100),
        late: some(30),
        within: some(40),
        unreadable: None,
        outage_until: 0,
        lag: some(2_000),
        forgets: some(300),
        cells_away_until: 0,
        later: some(400),
        refuses_until: 0,
        gone: some(60),
        slow: some(100),
        undelivered: some(300),
        twice: some(300),
        unheard: some(150),
    }
}

async fn settle_in(world: &World, org: &str, no: u64) -> Result<(), LedgerError> {
    let ledger = &world.observer;
    let (phones, skill, exercises, point) = world.with(|w| {
        let phones = 1 + usize::from(w.rng.chance(300));
        let skill = *w.rng.pick(&Skill::ALL).unwrap_or(&Skill::Bls);
        (phones, skill, w.rng.chance(700), somewhere(w))
    });
    let org = ledger.org(&OrgId(org.to_owned())).await?;
    let id = ResponderId(format!("r{no}"));
    let who = Enrolment {
        id: id.clone(),
        name: String::new(),
        phone: None,
        skills: [skill].into_iter().collect(),
        travel: Travel::Foot,
        exercises,
    };
    let who = ledger.enrol(org, who).await?.no;
    ledger.set_standing(org, &id, Standing::Verified).await?;
    for at in 0..phones {
        ledger.put_device(who, device(no, at, 0)).await?;
    }
    // some were seen just now, some half an hour ago
    let age = Millis::from_s(i64::try_from(no % 8).unwrap_or(0) * 240);
    let fix = Fix {
        point,
        accuracy_m: 10.0,
        at: Timestamp(EPOCH) - age,
        source: Source::Live,
    };
    for profile in ledger.profiles_of(vec![who]).await? {
        let record = Record {
            responder: who,
            who: Who::Known(profile),
            position: Position::At(fix),
        };
        world.with(|w| {
            w.cells.insert(who.0, record);
            w.witness.took_fix(who.0, &fix);
        });
    }
    Ok(())
}

/// A responder's phone number `at` with its address number `address`.
pub(super) fn device(owner: u64, at: usize, address: u64) -> Device {
    Device {
        id: DeviceId(format!("d{at}")),
        platform: Platform::Android,
        address: PushAddress::FcmToken(format!("{owner}/{at}/{address}")),
    }
}
