//! How many positions a second, beside a bare handler with the same tokens, in turns.

use std::time::Duration;

use serde_json::json;

use super::child::Bare;
use super::figures::{Report, aim, round};
use super::load::{Driven, Until, closed_loop};
use super::machine;
use super::town::{Nodes, World};
use muster_stand::failure::{Failure, Outcome};
use muster_stand::say::say;

const CONNECTIONS: usize = 64;
/// Fixes in one message of a phone that was without network: a minute and more of them.
const BATCH: usize = 20;
/// Of the bare handler's requests.
const SHARE: f64 = 0.6;
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

/// Measures, prints, judges: one fix a request, then as many as a phone sends that was without
/// network for a while.
pub(super) async fn run(
    report: &mut Report,
    (world, nodes): (&World, &Nodes),
    bare: &Bare,
) -> Outcome<()> {
    let (urls, pids) = (nodes.urls(), nodes.pids());
    let ours = urls.first().zip(pids.first());
    let (url, pid) = ours.ok_or_else(|| Failure::new("no node runs"))?;
    let servers = [(url.as_str(), *pid), (bare.base_url(), bare.pid())];
    for (url, _) in servers {
        let all = Until::AllReported;
        closed_loop(url, &world.phones, (CONNECTIONS, 1), all).await?;
    }
    for batch in [1, BATCH] {
        say(format!(
            "fixes: {CONNECTIONS} connections, {batch} a request, in turns …"
        ));
        let sums = by_turns(&servers, world, batch).await?;
        tell(report, batch, &sums);
    }
    Ok(())
}

async fn by_turns(servers: &[(&str, u32); 2], world: &World, batch: usize) -> Outcome<[Sum; 2]> {
    let mut sums = [Sum::default(), Sum::default()];
    for _ in 0..ROUNDS {
        for ((url, pid), sum) in servers.iter().zip(&mut sums) {
            let before = machine::cpu_s(*pid)?;
            let until = Until::Passed(SPAN);
            let driven = closed_loop(url, &world.phones, (CONNECTIONS, batch), until).await?;
            if driven.refused * 100 > driven.accepted {
                let refused = driven.refused;
                return Err(Failure::new(format!("{url} refused {refused} messages")));
            }
            sum.add(&driven, machine::cpu_s(*pid)? - before);
        }
    }
    Ok(sums)
}

fn tell(report: &mut Report, batch: usize, [ours, floor]: &[Sum; 2]) {
    let lines = [ours.cells("muster"), floor.cells("bare handler")];
    let head = ["server", "requests/s", "each round", "server CPU a request"];
    Report::table(
        &format!("Fixes over HTTP, {batch} a request"),
        &head,
        &lines,
    );
    let ratio = ours.per_s() / floor.per_s();
    let cpu = ours.cpu_us() / floor.cpu_us();
    let met = ratio >= SHARE;
    report.judge(
        met,
        &format!(
            "fixes, {batch} a request: {:.0} % of the bare handler's requests/s, aim ≥ 60 % \
             ({cpu:.2} times its CPU)",
            ratio * 100.0
        ),
    );
    say(format!(
        "\nmuster / bare: {} requests, {cpu:.2}× the CPU",
        aim(ratio, met, "≥ 0.60")
    ));
    report.figure(
        &format!("fixes, {batch} a request"),
        json!({"muster_per_s": ours.per_s().round(), "bare_per_s": floor.per_s().round(),
               "ratio": round(ratio), "muster_cpu_us": round(ours.cpu_us()),
               "bare_cpu_us": round(floor.cpu_us()), "cpu_ratio": round(cpu)}),
    );
}
