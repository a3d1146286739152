//! Speed, each figure beside the machine's own floor, taken in the same run.
//!
//! Unlike the rest of this package, the bench links the server: it times the live index in
//! process, fills a ledger faster than HTTP could, and checks tokens in a bare handler.
//!
//! Everything is bounded in count and time and stays on the loopback.

mod bare;
mod child;
mod drive;
mod fanout;
pub(crate) mod figures;
mod fixes;
mod floor;
mod follow;
mod incident;
mod load;
pub(crate) mod machine;
mod memory;
mod nearest;
mod places;
mod sender;
mod talker;
mod timer;
mod town;
pub(crate) mod wire;
mod worlds;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::time::Instant;

pub use bare::{BareArgs, run as bare_server};
pub use fanout::{SenderArgs, sender as fanout_sender};
use figures::{Report, round};
use incident::Options;
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::say::say;
use town::TownConfig;
use worlds::Wanted;

/// Fewer incidents have no 99th percentile.
const INCIDENTS_MIN: usize = 100;

/// One part of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The search: ours in process and over Redis, beside an R-tree, GEOSEARCH and PostGIS.
    Nearest,
    /// From a call to fifty woken phones, and memory: in both worlds.
    Incident,
    /// The same in one process only.
    Embedded,
    /// The same over PostgreSQL and Redis only.
    Scaled,
    /// How soon other nodes know a position, and a new node all: beside an entry of a bare stream.
    Follow,
    /// Positions over HTTP beside a bare handler.
    Fixes,
    /// Many alerts at once, beside Google's own SDKs; only with `--full` or by name.
    Fanout,
}

/// Options of `bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Reported in the background while incidents are raised.
    #[arg(long, default_value_t = 5_000)]
    pub fixes_per_s: u32,
    /// How many incidents are timed one at a time; fewer in the scaled world, and at once.
    #[arg(long, default_value_t = 2_000)]
    pub incidents: usize,
    /// How many people there are: enrolled, live, and sought among.
    #[arg(long, default_value_t = 1_000_000)]
    pub people: usize,
    /// Also the part `fanout`, which needs `make setup-peers`.
    #[arg(long)]
    pub full: bool,
    /// The muster binary; default is the one beside this executable.
    #[arg(long)]
    pub muster: Option<PathBuf>,
    /// Only this part.
    #[arg(long)]
    pub only: Option<Part>,
    /// Also write the JSON line here.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Everything random comes from here.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl BenchArgs {
    fn wants(&self, part: Part) -> bool {
        let long = part == Part::Fanout;
        self.only.map_or(self.full || !long, |only| only == part)
    }

    /// What needs a server.
    fn wanted(&self) -> Wanted {
        let incidents = self.wants(Part::Incident);
        Wanted {
            embedded: incidents || self.only == Some(Part::Embedded),
            scaled: incidents || self.only == Some(Part::Scaled),
            fixes: self.wants(Part::Fixes),
        }
    }
}

/// Measures and prints. A missed aim is printed, not an error: the machine may be busy.
pub async fn run(args: BenchArgs) -> Outcome<()> {
    if args.incidents < INCIDENTS_MIN || args.people < 10_000 {
        return Err(Failure::new(
            "needs at least 100 incidents and 10000 people",
        ));
    }
    let start = Instant::now();
    let wants = |part| args.wants(part);
    // first, so that what is missing is said at once
    let servers = if wants(Part::Nearest) {
        Some(nearest::Servers::start().await?)
    } else {
        None
    };
    let (commit, cores) = (machine::commit().await, machine::cores());
    let (processor, seed) = (machine::processor(), args.seed);
    let shown = commit.as_deref().unwrap_or("unknown");
    say(format!(
        "commit {shown}, {cores} cores of {processor}, seed {seed}"
    ));
    let mut report = Report::default();
    report.figure("commit", json!(commit));
    report.figure("cores", json!(cores));
    report.figure("processor", json!(processor));
    report.figure("seed", json!(seed));
    report.figure("people", json!(args.people));
    if let Some(servers) = servers {
        nearest::run(&mut report, servers, args.people, seed).await?;
    }
    if wants(Part::Follow) {
        follow::run(&mut report, args.people, args.fixes_per_s, seed).await?;
    }
    let wanted = args.wanted();
    if wanted.embedded || wanted.scaled || wanted.fixes {
        over_http(&mut report, &args, wanted).await?;
    }
    if wants(Part::Fanout) {
        fanout::run(&mut report).await?;
    }
    let took_s = start.elapsed().as_secs_f64();
    report.figure("took_s", json!(round(took_s)));
    report.show_limits();
    say(format!("\n{} s in all\n", took_s.round()));
    for missed in report.missed() {
        say(format!("missed: {missed}"));
    }
    let line = report.json().to_string();
    if let Some(path) = &args.json {
        machine::write(path, &format!("{line}\n"))?;
    }
    say(line);
    Ok(())
}

/// The parts that need a server.
async fn over_http(report: &mut Report, args: &BenchArgs, wanted: Wanted) -> Outcome<()> {
    // beside the binary: on a disk, which the system's temporary folder may not be
    let me = std::env::current_exe().doing("asking for my own path")?;
    let beside = me.parent().unwrap_or(Path::new("."));
    let dir = tempfile::tempdir_in(beside).doing("making a folder for the run")?;
    let town = TownConfig {
        people: args.people,
        seed: args.seed,
        muster: args.muster.clone(),
        dir: dir.path().to_owned(),
    };
    let options = Options {
        incidents: args.incidents,
        fixes_per_s: args.fixes_per_s,
        seed: args.seed,
    };
    worlds::run(report, &town, &options, wanted).await
}
