//! The town of a seed: plans, people with their phones, nodes, and how much goes wrong.

use std::collections::BTreeMap;

use super::tables::{Person, Phone};
use super::world::{EPOCH, Faults, Inner, Node};
use crate::domain::ids::{DeviceId, OrgNo, ResponderId, ResponderNo};
use crate::domain::place::Point;
use crate::domain::plan::{Plan, Plans, Wave};
use crate::domain::push::{Platform, PushAddress};
use crate::domain::responder::{Fix, Skill, Skills, Source, Standing, Travel};
use crate::domain::time::{Millis, Timestamp};
use crate::ports::{Device, Responder};

use super::rng::Rng;

/// Numbers above this one belong to the second organisation.
const SECOND_ORG_ABOVE: u64 = 100;

/// The organisation of a responder of this town.
pub(super) fn org_of(responder: ResponderNo) -> OrgNo {
    OrgNo(if responder.0 > SECOND_ORG_ABOVE { 2 } else { 1 })
}

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
pub(super) fn build(w: &mut Inner) {
    let nodes = 2 + w.rng.below(2);
    for _ in 0..nodes {
        let offset = w.rng.span(-40, 40);
        w.nodes.push(Node {
            boot: 0,
            up: false,
            frozen_until: 0,
            offset,
            held: std::collections::BTreeSet::new(),
            tracks: std::sync::Arc::default(),
            results: Vec::new(),
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
    for no in 1..=people {
        settle_in(w, u64::try_from(no).unwrap_or(1));
    }
    for no in 1..=2 {
        settle_in(w, SECOND_ORG_ABOVE + no);
    }
    w.faults = faults(&mut w.rng);
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
        outage_until: 0,
        stale: some(500),
        forgets: some(300),
        index_away_until: 0,
        later: some(400),
        refuses_until: 0,
        gone: some(60),
        slow: some(100),
        undelivered: some(300),
        twice: some(300),
        unheard: some(150),
    }
}

fn settle_in(w: &mut Inner, no: u64) {
    let phones = 1 + usize::from(w.rng.chance(300));
    let skills: Skills = [*w.rng.pick(&Skill::ALL).unwrap_or(&Skill::Bls)]
        .into_iter()
        .collect();
    let who = Responder {
        no: ResponderNo(no),
        id: ResponderId(format!("r{no}")),
        name: String::new(),
        phone: None,
        skills,
        travel: Travel::Foot,
        exercises: w.rng.chance(700),
        standing: Standing::Verified,
        on_duty: true,
        duty_until: None,
    };
    let phones: BTreeMap<String, Phone> = (0..phones)
        .map(|at| (format!("d{at}"), phone(no, at, 0)))
        .collect();
    let person = Person {
        org: org_of(who.no),
        who,
        version: 1,
        dirty: false,
        phones,
    };
    w.tables.people.insert(no, person);
    // some were seen just now, some half an hour ago
    let age = Millis::from_s(i64::try_from(no % 8).unwrap_or(0) * 240);
    let fix = Fix {
        point: somewhere(w),
        accuracy_m: 10.0,
        at: Timestamp(EPOCH) - age,
        source: Source::Live,
    };
    w.index.fixes.insert(no, fix);
    if let Some(profile) = w.tables.profile(no, Timestamp(EPOCH)) {
        w.index.profiles.insert(no, profile);
    }
}

fn phone(owner: u64, at: usize, generation: u64) -> Phone {
    Phone {
        device: device(owner, at, generation),
        generation,
        dead: false,
    }
}

/// A responder's phone number `at` with its address number `address`.
pub(super) fn device(owner: u64, at: usize, address: u64) -> Device {
    Device {
        id: DeviceId(format!("d{at}")),
        platform: Platform::Android,
        address: PushAddress::FcmToken(format!("{owner}/{at}/{address}")),
    }
}
