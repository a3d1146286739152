//! Load with living phones: they move, report, lose their network, answer late, decline or stay
//! silent, while incidents are raised on a schedule that does not wait for answers.
//!
//! | file | what |
//! | --- | --- |
//! | `table` | the scenarios, as plain data |
//! | `land`, `arrivals` | where people live, when incidents are due |
//! | `incidents`, `fixes`, `feeds`, `probes`, `reconnect` | the load, each part with its times |
//! | `sheets`, `watch` | what the phones did, what the processes used |
//! | `account` | the ledger's own words held against what the phones saw |
//! | `judge` | held or missed |
//! | `tell` | all of it as a report |
//!
//! Every time begins when something was due, not when it was sent. A warm-up is not counted in
//! times; alerts are counted from the first to the last, warm-up included.

mod account;
mod arrivals;
mod feeds;
mod fixes;
mod incidents;
mod judge;
mod land;
mod probes;
mod reconnect;
mod run;
mod sheets;
mod table;
mod tell;
mod watch;

use crate::phones::Gaps;
use crate::world::{Kind, World, WorldConfig};
use clap::Args;
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::say::{say, told_to_stop};
use sheets::Sheets;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use table::Scenario;

/// Nothing that runs for less has a middle.
const SECONDS_MIN: f64 = 1.0;
/// And nothing runs for longer: a week.
const SECONDS_MAX: f64 = 604_800.0;

/// Options of `scenario`.
#[derive(Debug, Clone, Args)]
pub struct ScenarioArgs {
    /// `smoke`, `town`, `city`, `country`, `storm`, `stadium`, `reconnect`, `slow-push`, `soak`.
    pub name: String,
    /// One node and nothing beside it, or three nodes over PostgreSQL and Redis.
    #[arg(long, value_enum)]
    pub world: Option<Kind>,
    /// Seconds that count, without the warm-up; what the scenario says otherwise.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Everything random comes from here.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where `result.json`, `report.md`, `report.html` and the servers' logs go.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Moves: `t_s,volunteer,lat,lng,accuracy_m,speed_mps,mode`; made-up ways otherwise.
    #[arg(long)]
    pub moves: Option<PathBuf>,
    /// The muster binary; default is the one beside this executable.
    #[arg(long)]
    pub muster: Option<PathBuf>,
}

/// Runs a scenario; true when nothing was lost, sent twice or left out.
pub async fn run(args: ScenarioArgs) -> Outcome<bool> {
    let scenario = chosen(&args)?;
    say(format!("{}: {}", scenario.name, scenario.about));
    let people = land::people(&scenario, args.moves.as_deref(), args.seed)?;
    let scratch = tempfile::tempdir().doing("making a folder")?;
    let (share, each_s) = scenario.gaps;
    let config = WorldConfig {
        binary: args.muster.clone(),
        dir: scratch.path().to_owned(),
        kind: scenario.world,
        listen: "127.0.0.1:0".to_owned(),
        speed: scenario.speed,
        traces: people.ways,
        crowd: Some(people.crowd),
        gaps: Some(Gaps {
            share,
            each: Duration::from_secs_f64(each_s),
        }),
        seed: args.seed,
        fixes_per_s: 0.0,
        env: Vec::new(),
        elsewhere: None,
    };
    let sheets = Arc::new(Sheets::default());
    let world = tokio::select! {
        world = World::start(config, Arc::clone(&sheets) as _) => world?,
        () = told_to_stop() => return Err(Failure::new("stopped before the world was ready")),
    };
    let done = tokio::select! {
        done = run::run(&scenario, &world, &sheets, args.seed) => done,
        () = told_to_stop() => Err(Failure::new("stopped before the end")),
    };
    let stopped = world.stop().await;
    if let Some(out) = &args.out {
        keep_logs(scratch.path(), out)?;
    }
    let report = tell::report(&scenario, &args, done?, &sheets).await?;
    stopped?;
    say(report.markdown());
    for one in report.missed() {
        say(format!("✗ {}: {} ({})", one.what, one.is, one.wanted));
    }
    if let Some(out) = &args.out {
        report.write(out)?;
        say(format!("report: {}", out.join("report.html").display()));
    }
    Ok(report.passed)
}

fn chosen(args: &ScenarioArgs) -> Outcome<Scenario> {
    let mut scenario = table::named(&args.name).ok_or_else(|| {
        let names: Vec<_> = table::TABLE.iter().map(|one| one.name).collect();
        let name = &args.name;
        Failure::new(format!(
            "no scenario {name}: there are {}",
            names.join(", ")
        ))
    })?;
    scenario.world = args.world.unwrap_or(scenario.world);
    let seconds = args.seconds.unwrap_or(scenario.length_s);
    if !(SECONDS_MIN..=SECONDS_MAX).contains(&seconds) {
        return Err(Failure::new(format!(
            "--seconds {seconds}: between {SECONDS_MIN} and {SECONDS_MAX}"
        )));
    }
    scenario.length_s = seconds;
    Ok(scenario)
}

/// The servers' logs go with the report, their data do not.
fn keep_logs(from: &Path, to: &Path) -> Outcome<()> {
    std::fs::create_dir_all(to).doing("making the report's folder")?;
    let entries = std::fs::read_dir(from).doing("looking for logs")?;
    for file in entries.flatten().map(|entry| entry.path()) {
        if let (Some(name), true) = (
            file.file_name(),
            file.extension().is_some_and(|e| e == "log"),
        ) {
            std::fs::copy(&file, to.join(name)).doing("keeping a log")?;
        }
    }
    Ok(())
}
