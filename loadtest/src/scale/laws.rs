//! The simulator against closed formulas: waiting times of M/M/1, M/M/c and M/D/1, and what a
//! connection to the provider carries.

use super::cases::{Case, Load, Plant, STREAMS, all};
use super::measured::Measured;
use super::model::simulate;
use super::queue::{Agenda, Rank, Station, Time, as_ms, exponential, ms};
use muster_stand::rng::Rng;

/// Jobs of a run; enough for a mean within a twentieth at moderate load.
const JOBS: usize = 200_000;

enum Event {
    Arrives,
    Done,
}

/// Mean waiting time before service, milliseconds.
fn waiting(
    servers: usize,
    between_ms: f64,
    mut service: impl FnMut(&mut Rng) -> Time,
    seed: u64,
) -> f64 {
    let mut rng = Rng::new(seed);
    let mut agenda = Agenda::new();
    let mut station = Station::new(servers);
    let (mut arrived, mut waited) = (0, 0.0);
    agenda.after(exponential(&mut rng, between_ms), Event::Arrives);
    while let Some(event) = agenda.next() {
        let now = agenda.now();
        let taken = match event {
            Event::Arrives => {
                arrived += 1;
                if arrived < JOBS {
                    agenda.after(exponential(&mut rng, between_ms), Event::Arrives);
                }
                station.enter(Rank::First, now)
            }
            Event::Done => station.leave(Rank::First),
        };
        if let Some(came) = taken {
            waited += as_ms(now - came);
            agenda.after(service(&mut rng), Event::Done);
        }
    }
    waited / JOBS as f64
}

/// Erlang C: the chance that somebody waits, at `load` busy servers of `servers`.
fn erlang_c(servers: usize, load: f64) -> f64 {
    // Erlang B by its recursion, then C from B
    let blocked = (1..=servers).fold(1.0, |b, n| load * b / (n as f64 + load * b));
    let idle = 1.0 - load / servers as f64;
    blocked / (idle + (1.0 - idle) * blocked)
}

fn assert_near(measured: f64, law: f64) {
    assert!(
        (measured / law - 1.0).abs() < 0.05,
        "simulated {measured}, by the law {law}"
    );
}

#[test]
fn one_server_waits_as_m_m_1_says() {
    for load in [0.3, 0.7] {
        let measured = waiting(1, 1.0, |rng| exponential(rng, load), 1);
        assert_near(measured, load * load / (1.0 - load));
    }
}

#[test]
fn many_servers_wait_as_erlang_c_says() {
    for (servers, load) in [(2, 1.4), (8, 6.4)] {
        let measured = waiting(servers, 1.0, |rng| exponential(rng, load), 2);
        // M/M/c: C / (c - load) services
        let law = erlang_c(servers, load) * load / (servers as f64 - load);
        assert_near(measured, law);
    }
}

#[test]
fn erlang_c_of_one_server_is_its_load() {
    assert!((erlang_c(1, 0.6) - 0.6).abs() < 1e-12);
    // a textbook's value
    assert!((erlang_c(2, 1.0) - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn a_fixed_service_waits_half_as_long_as_m_d_1_says() {
    let load = 0.7;
    let measured = waiting(1, 1.0, |_| ms(load), 3);
    assert_near(measured, load * load / (2.0 * (1.0 - load)));
}

#[test]
fn small_jobs_between_large_ones_cost_no_more_than_a_slower_server() {
    // the model takes positions for a slower server: large jobs of 1 ms are 0.3 of the server,
    // small ones of 0.02 ms another 0.4
    let (large, small) = (1.0_f64, 0.02_f64);
    let (large_per_ms, small_per_ms) = (0.3 / large, 0.4 / small);
    let per_ms = large_per_ms + small_per_ms;
    let measured = waiting(
        1,
        1.0 / per_ms,
        |rng| {
            let mean = if rng.chance(large_per_ms / per_ms) {
                large
            } else {
                small
            };
            exponential(rng, mean)
        },
        4,
    );
    // Pollaczek and Khinchine; the mean of a squared exponential is twice the square of its mean
    let squares = large_per_ms * 2.0 * large * large + small_per_ms * 2.0 * small * small;
    let law = squares / 2.0 / (1.0 - 0.7);
    assert!((measured / law - 1.0).abs() < 0.15, "{measured}, {law}");
    let slower = large / (1.0 - 0.4);
    let response = slower / (1.0 - 0.3 / (1.0 - 0.4));
    assert!(measured + large < response, "{measured}, {response}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = |seed| waiting(3, 1.0, |rng| exponential(rng, 2.0), seed).to_bits();
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

/// Ten incidents an hour on one node with one connection to a provider that answers in a second.
fn one_connection(at_once: usize) -> f64 {
    let load = Load {
        incidents_per_s: 0.003,
        swing: 0.0,
        minute: 1.0,
        at_once,
        alerts: at_once as f64,
        other_pushes: 0.0,
        provider_ms: 1_000.0,
        ..Load::COUNTRY
    };
    let plant = Plant {
        nodes: 1,
        connections: 1,
        ..Plant::COUNTRY
    };
    let case = Case {
        name: "",
        load,
        plant,
    };
    let run = simulate(&Measured::default(), &case, 100, 5);
    run.map_or(f64::NAN, |run| run.within(0.5))
}

#[test]
fn a_burst_leaves_at_once_if_it_has_streams_and_a_provider_time_later_if_not() {
    let (fits, one_more) = (one_connection(STREAMS), one_connection(STREAMS + 1));
    assert!(fits < 300.0, "{fits}");
    assert!((1_000.0..1_300.0).contains(&one_more), "{one_more}");
}

#[test]
fn the_whole_model_is_the_same_with_the_same_seed() {
    let case = all()[0];
    let p50 = |seed| {
        let run = simulate(&Measured::default(), &case, 200, seed);
        run.unwrap().within(0.5).to_bits()
    };
    assert_eq!(p50(1), p50(1));
    assert_ne!(p50(1), p50(2));
}
