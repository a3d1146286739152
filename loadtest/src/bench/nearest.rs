//! The nearest fifty among a million, in process, beside an R-tree and H3 cells in a map.

use std::hint::black_box;

use muster::live::memory::MemoryIndex;
use muster_core::domain::ids::{OrgNo, ResponderNo};
use muster_core::domain::place::Point;
use muster_core::domain::responder::{Fix, Profile, Skills, Source, Travel};
use muster_core::domain::selection::Weighing;
use muster_core::domain::time::{Millis, Timestamp};
use muster_core::ports::{LiveIndex, Search};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::figures::{Report, Times, aim, round, show_us};
use super::machine;
use super::peers::{Peer, Plane, Rings, Rstar, Space};
use super::places::{self, Area};
use muster_stand::failure::{Failure, Outcome};
use muster_stand::rng::Rng;
use muster_stand::say::say;

const LIMIT: usize = 50;
/// Queries that all must agree on before anything is timed.
const CHECKED: usize = 50;
/// Distances may differ by this much, metres: ours rounds places to 1e-7 degrees.
const SAME_M: f64 = 0.05;
/// All ways take turns, so many queries each, so that noise falls on all.
const TURN: usize = 250;
const NOW: i64 = 1_900_000_000_000;
/// A step of somebody walking, metres.
const STEP_M: f64 = 30.0;

/// A set of people and what to ask of it.
struct Set<'a> {
    name: &'a str,
    places: Vec<Point>,
    from: Vec<Point>,
    radius_m: f64,
    moves: usize,
}

/// All sets.
pub(super) async fn run(report: &mut Report, people: usize, seed: u64) -> Outcome<()> {
    let mut rng = Rng::split(seed, 1);
    let city = Area::city(&mut rng);
    let spot = Area::Spot(120.0);
    let mut stadium = city.many(people / 10, &mut rng)?;
    stadium.extend(spot.many(20_000.min(people / 5), &mut rng)?);
    let sets = [
        Set {
            name: "city",
            places: city.many(people, &mut rng)?,
            from: city.many(20_000, &mut rng)?,
            radius_m: 5_000.0,
            moves: 300_000,
        },
        Set {
            name: "country",
            places: Area::Country.many(people, &mut rng)?,
            from: Area::Country.many(10_000, &mut rng)?,
            radius_m: 30_000.0,
            moves: 300_000,
        },
        Set {
            name: "stadium",
            places: stadium,
            from: spot.many(2_000, &mut rng)?,
            radius_m: 5_000.0,
            moves: 0,
        },
        Set {
            name: "15 km of nobody",
            places: Area::Hole(15_000.0).many(people / 10, &mut rng)?,
            from: Area::Spot(500.0).many(300, &mut rng)?,
            radius_m: 30_000.0,
            moves: 0,
        },
    ];
    let mut lines = Vec::new();
    let mut figures = Vec::new();
    for set in &sets {
        say(format!(
            "nearest: {} people, {} …",
            set.places.len(),
            set.name
        ));
        figures.push(measure(report, set, &mut rng, &mut lines).await?);
    }
    let head = [
        "people",
        "way",
        "build",
        "nearest-50 p50",
        "p90",
        "p99",
        "max",
        "ours p50 is",
        "moves per CPU-s",
    ];
    Report::table("Nearest 50, in process, one thread", &head, &lines);
    report.figure("nearest", Value::Array(figures));
    Ok(())
}

/// One set, all ways.
async fn measure(
    report: &mut Report,
    set: &Set<'_>,
    rng: &mut Rng,
    lines: &mut Vec<Vec<String>>,
) -> Outcome<Value> {
    let before = machine::resident();
    let start = Instant::now();
    let ours = ours(&set.places).await;
    let built = start.elapsed();
    let resident = machine::resident().saturating_sub(before);
    let heap = ours.heap_bytes();

    let mut peers: Vec<(&str, Box<dyn Peer>, f64)> = Vec::new();
    let start = Instant::now();
    let space = Box::new(Rstar::<3, Space>::of(&set.places));
    peers.push(("rstar", space, start.elapsed().as_secs_f64()));
    let start = Instant::now();
    let rings = Box::new(Rings::of(&set.places));
    peers.push(("H3 res-9 map, rings", rings, start.elapsed().as_secs_f64()));
    agree(set, &ours, &peers)?;
    let start = Instant::now();
    let plane = Box::new(Rstar::<2, Plane>::of(&set.places));
    peers.push((
        "rstar, flat (inexact)",
        plane,
        start.elapsed().as_secs_f64(),
    ));

    let (port, inherent, mut others) = time(set, &ours, &peers).await?;
    let moves = moves(set, &ours, &mut peers, rng).await?;

    let of_ours = |times: &Times| format!("{:.2}×", inherent.us(0.5) / times.us(0.5));
    let mut line = |way: &str, build: f64, times: &Times, moves: Option<f64>| {
        let mut cells = vec![
            format!("{} ({})", set.name, set.places.len()),
            way.to_owned(),
            format!("{build:.2} s"),
        ];
        cells.extend(times.cells());
        cells.push(of_ours(times));
        cells.push(moves.map_or_else(|| "–".to_owned(), |n| format!("{n:.0}")));
        lines.push(cells);
    };
    line(
        "muster, `LiveIndex`",
        built.as_secs_f64(),
        &port,
        moves.first().copied(),
    );
    line("muster, `search`", built.as_secs_f64(), &inherent, None);
    let mut by_peer = serde_json::Map::new();
    for (at, ((name, _, build), times)) in peers.iter().zip(&mut others).enumerate() {
        line(name, *build, times, moves.get(at + 1).copied());
        by_peer.insert((*name).to_owned(), times.json());
    }
    let count = set.places.len() as f64;
    // less than the heap: memory that an earlier set gave back was used again
    let resident = (resident > heap).then(|| round(resident as f64 / count));
    let cross_check = resident.map_or_else(String::new, |each| format!(", {each:.1} B resident"));
    judge(report, set, &inherent, &others[0]);
    say(format!(
        "  {:.1} B of heap a person{cross_check}",
        heap as f64 / count
    ));
    Ok(
        json!({"set": set.name, "people": set.places.len(), "port": port.json(),
              "search": inherent.json(), "peers": by_peer,
              "moves_per_cpu_s": moves.iter().map(|n| n.round()).collect::<Vec<_>>(),
              "heap_bytes_each": round(heap as f64 / count),
              "resident_bytes_each": resident}),
    )
}

/// The aim of the search: within twice an R-tree that holds nothing but places.
fn judge(report: &mut Report, set: &Set<'_>, ours: &Times, rstar: &Times) {
    let ratio = ours.us(0.5) / rstar.us(0.5);
    let met = ratio <= 2.0;
    say(format!(
        "  p50 {} against rstar's {}: {}",
        show_us(ours.us(0.5)),
        show_us(rstar.us(0.5)),
        aim(ratio, met, "≤ 2")
    ));
    report.judge(
        met,
        &format!("nearest, {}: p50 against rstar {ratio:.2}", set.name),
    );
}

/// Somebody who may be found.
pub(super) fn profile(no: u64, org: OrgNo) -> Profile {
    Profile {
        responder: ResponderNo(no),
        org,
        skills: Skills(1),
        travel: Travel::Foot,
        exercises: false,
        available: true,
        version: 1,
    }
}

/// Who is asked for by a search from there.
pub(super) fn search(centre: Point, limit: usize, radius_m: f64) -> Search {
    Search {
        centre,
        orgs: vec![OrgNo(1)],
        radius_m,
        limit,
        // no position is old then, and the best are the nearest, as the peers find them
        weighing: Weighing {
            now: Timestamp(0),
            stale: Millis(0),
        },
        skills: Skills(0),
        not_before: Timestamp(0),
        places: None,
        exercise: false,
    }
}

/// Our index with these people, numbered from 1.
pub(super) async fn ours(places: &[Point]) -> MemoryIndex {
    let index = MemoryIndex::volatile();
    for (no, place) in (1_u64..).zip(places) {
        index.admit(profile(no, OrgNo(1))).await;
        index.report(ResponderNo(no), fix(*place, NOW)).await;
    }
    index
}

fn fix(point: Point, at: i64) -> Fix {
    Fix {
        point,
        accuracy_m: 10.0,
        at: Timestamp(at),
        source: Source::Live,
    }
}

/// All ways find people at the same distances, or nothing is measured.
fn agree(set: &Set<'_>, ours: &MemoryIndex, peers: &[(&str, Box<dyn Peer>, f64)]) -> Outcome<()> {
    for from in set.from.iter().take(CHECKED) {
        let found = ours.search(&search(*from, LIMIT, set.radius_m));
        for (name, peer, _) in peers {
            let near = peer.nearest(*from, LIMIT, set.radius_m);
            let same = near.len() == found.len()
                && near
                    .iter()
                    .zip(&found)
                    .all(|(a, b)| (a.1 - b.distance_m).abs() < SAME_M);
            if !same {
                let counts = (found.len(), near.len());
                return Err(Failure::new(format!(
                    "{}: muster and {name} do not agree ({counts:?} found); nothing is measured",
                    set.name
                )));
            }
        }
    }
    Ok(())
}

/// Every query by every way, in turns.
async fn time(
    set: &Set<'_>,
    ours: &MemoryIndex,
    peers: &[(&str, Box<dyn Peer>, f64)],
) -> Outcome<(Times, Times, Vec<Times>)> {
    let port: &dyn LiveIndex = ours;
    let (mut by_port, mut inherent) = (Times::new()?, Times::new()?);
    let mut others = peers
        .iter()
        .map(|_| Times::new())
        .collect::<Outcome<Vec<_>>>()?;
    for turn in set.from.chunks(TURN) {
        for from in turn {
            let start = Instant::now();
            black_box(port.nearest(&search(*from, LIMIT, set.radius_m)).await);
            by_port.add(start.elapsed());
        }
        for from in turn {
            let start = Instant::now();
            black_box(ours.search(&search(*from, LIMIT, set.radius_m)));
            inherent.add(start.elapsed());
        }
        for ((_, peer, _), times) in peers.iter().zip(&mut others) {
            for from in turn {
                let start = Instant::now();
                black_box(peer.nearest(*from, LIMIT, set.radius_m));
                times.add(start.elapsed());
            }
        }
    }
    Ok((by_port, inherent, others))
}

/// Moves per second of processor time of ours and of each peer: the same people take the same steps.
async fn moves(
    set: &Set<'_>,
    ours: &MemoryIndex,
    peers: &mut [(&str, Box<dyn Peer>, f64)],
    rng: &mut Rng,
) -> Outcome<Vec<f64>> {
    if set.moves == 0 {
        return Ok(Vec::new());
    }
    let mut places = set.places.clone();
    let mut steps = Vec::with_capacity(set.moves);
    for _ in 0..set.moves {
        let who = rng.below(places.len());
        let to = places::step(places[who], STEP_M, rng)?;
        steps.push((u32::try_from(who).unwrap_or(0), places[who], to));
        places[who] = to;
    }
    // by the processor's time: neighbours do not count
    let me = std::process::id();
    let per_s = |before: f64| Ok(set.moves as f64 / (machine::cpu_s(me)? - before).max(0.01));
    let before = machine::cpu_s(me)?;
    for (at, (who, _, to)) in (NOW + 1..).zip(&steps) {
        ours.report(ResponderNo(u64::from(*who) + 1), fix(*to, at))
            .await;
    }
    let mut rates: Vec<f64> = vec![per_s(before)?];
    for (_, peer, _) in peers {
        let before = machine::cpu_s(me)?;
        for (who, from, to) in &steps {
            peer.shift(*who, *from, *to);
        }
        rates.push(per_s(before)?);
    }
    Ok(rates)
}
