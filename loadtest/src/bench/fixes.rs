//! How many positions a second, beside a bare handler with the same tokens, in turns.

use std::time::Duration;

use serde_json::json;

use super::child::Bare;
use super::figures::{Report, aim, round};
use super::load::{Driven, Until, closed_loop};
use super::machine;
use super::town::Town;
use crate::failure::{Failure, Outcome};
use crate::say::say;

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 3;
const SPAN: Duration = Duration::from_secs(4);

/// What one server did in all rounds.
#[derive(Default)]
struct Sum {
    accepted: u64,
    took_s: f64,
    cpu_s: f64,
    each: Vec<f64>,
}

impl Sum {
    fn add(&mut self, driven: &Driven, cpu_s: f64) {
        let took_s = driven.took.as_secs_f64();
        self.accepted += driven.accepted;
        self.took_s += took_s;
        self.cpu_s += cpu_s;
        self.each.push((driven.accepted as f64 / took_s).round());
    }

    fn per_s(&self) -> f64 {
        self.accepted as f64 / self.took_s
    }

    fn cpu_us(&self) -> f64 {
        self.cpu_s * 1e6 / self.accepted as f64
    }

    fn cells(&self, name: &str) -> Vec<String> {
        let each: Vec<String> = self.each.iter().map(|n| format!("{n:.0}")).collect();
        vec![
            name.to_owned(),
            format!("{:.0}", self.per_s()),
            each.join(", "),
            format!("{:.1} µs", self.cpu_us()),
        ]
    }
}

/// Measures, prints, judges.
pub(super) async fn run(report: &mut Report, town: &Town, bare: &Bare) -> Outcome<()> {
    say("fixes: 64 connections, one fix a request, in turns …");
    let servers = [
        (town.server.base_url(), town.server.pid()),
        (bare.base_url(), bare.pid()),
    ];
    for (url, _) in servers {
        closed_loop(url, &town.phones, CONNECTIONS, Until::AllReported).await?;
    }
    let mut sums = [Sum::default(), Sum::default()];
    for _ in 0..ROUNDS {
        for ((url, pid), sum) in servers.iter().zip(&mut sums) {
            let before = machine::cpu_s(*pid)?;
            let driven = closed_loop(url, &town.phones, CONNECTIONS, Until::Passed(SPAN)).await?;
            if driven.refused * 100 > driven.accepted {
                let refused = driven.refused;
                return Err(Failure::new(format!("{url} refused {refused} fixes")));
            }
            sum.add(&driven, machine::cpu_s(*pid)? - before);
        }
    }
    let [ours, floor] = sums;
    let lines = [ours.cells("muster"), floor.cells("bare handler")];
    let head = ["server", "fixes/s", "each round", "server CPU a request"];
    Report::table("Fixes over HTTP, one a request", &head, &lines);
    let ratio = ours.per_s() / floor.per_s();
    let cpu = ours.cpu_us() / floor.cpu_us();
    let met = ratio >= 0.6;
    report.judge(
        met,
        &format!(
            "fixes: {:.0} % of the bare handler's, aim 60 %",
            ratio * 100.0
        ),
    );
    say(format!(
        "\nmuster / bare: {} requests, {cpu:.2}× the CPU",
        aim(ratio, met, "≥ 0.60")
    ));
    report.figure(
        "fixes",
        json!({"muster_per_s": ours.per_s().round(), "bare_per_s": floor.per_s().round(),
               "ratio": round(ratio), "muster_cpu_us": round(ours.cpu_us()),
               "bare_cpu_us": round(floor.cpu_us())}),
    );
    Ok(())
}
