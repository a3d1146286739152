//! A round: three nodes under load, one fault after the other, and the proof that nothing was lost.
//!
//! `make soak ROUNDS=n SEED=s` repeats rounds with the seeds from `s` on. A seed gives the same
//! people, calls and faults again; how they interleave is up to the machine.

use super::checker::{check, report};
use super::load::Load;
use super::nemesis::{rage, schedule};
use super::town::{Kind, Town};
use muster_stand::rng::Rng;
use muster_stand::say::say;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Load before the first fault and after the last.
const WARM: Duration = Duration::from_secs(3);
/// After the last fault, for everything promised to come true.
const SETTLES: Duration = Duration::from_secs(40);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// A number of the environment.
fn setting(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var_os(name).and_then(|value| value.into_string().ok());
    let set = set.filter(|value| !value.is_empty());
    set.map_or(otherwise, |value| value.parse().unwrap())
}

async fn rounds(kind: Kind) {
    let first = setting("MUSTER_SEED", 1);
    for seed in first..first + setting("MUSTER_ROUNDS", 1) {
        round(kind, seed).await;
    }
}

async fn round(kind: Kind, seed: u64) {
    let began = Instant::now();
    say(format!("round over {kind:?}, seed {seed}"));
    let mut town = Town::start(kind).await;
    town.settle(&mut Rng::split(seed, 1)).await;
    let town = Arc::new(town);
    let mut load = Load::start(&town, seed);
    sleep(WARM).await;
    rage(&town, &schedule(kind, seed)).await;
    sleep(WARM).await;
    load.quieten().await;
    town.close_all().await;
    let until = Instant::now() + SETTLES;
    loop {
        let ledger = town.ledger().await;
        let history = town.history.lock().unwrap().clone();
        let violations = check(&history, &ledger);
        let late = Instant::now() > until;
        if !violations.is_empty() && !late {
            sleep(LOOK).await;
            continue;
        }
        let report = report(&history, &ledger, &violations);
        let took = began.elapsed().as_secs();
        say(format!(
            "round over {kind:?}, seed {seed}, {took} s\n{report}"
        ));
        assert!(!history.raises.is_empty() && !ledger.incidents.is_empty());
        if violations.is_empty() {
            break;
        }
        let kept = town.keep_logs();
        let all: Vec<_> = violations.iter().map(ToString::to_string).collect();
        panic!(
            "seed {seed} over {kind:?}: {}\nthe nodes' logs are in {}",
            all.join("\n"),
            kept.display()
        );
    }
    drop(load);
    town.check_logs();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_over_one_redis_loses_nothing() {
    rounds(Kind::Single).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_over_a_redis_cluster_loses_nothing() {
    rounds(Kind::Cluster).await;
}
