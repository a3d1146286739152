//! Speed, each figure beside the machine's own floor, taken in the same run.
//!
//! Unlike the rest of this package, the bench links the server: it times the live index in
//! process, fills a ledger faster than HTTP could, and checks tokens in a bare handler.
//!
//! Everything is bounded in count and time and stays on the loopback.

mod bare;
mod child;
mod feed;
mod figures;
mod fixes;
mod floor;
mod incident;
mod load;
mod machine;
mod nearest;
mod peers;
mod places;
mod redis;
mod town;
mod viewers;
mod wire;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::time::Instant;

use crate::failure::{Context as _, Failure, Outcome};
use crate::say::say;
pub use bare::{BareArgs, run as bare_server};
use child::Bare;
use figures::{Report, round};
use load::{Until, closed_loop};
use town::{Town, TownConfig};

/// Fewer incidents have no 99th percentile.
const INCIDENTS_MIN: usize = 100;

/// One part of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The search, in process, beside an R-tree and H3 cells.
    Nearest,
    /// The search over Redis, beside GEOSEARCH and PostGIS.
    Redis,
    /// From a call to ten woken phones.
    Incident,
    /// Positions over HTTP beside a bare handler.
    Fixes,
    /// The live feed to many viewers, beside a bare broadcast.
    Feed,
}

/// Options of `bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Enrolled in the city of the incidents.
    #[arg(long, default_value_t = 100_000)]
    pub responders: usize,
    /// Reported in the background while incidents are raised.
    #[arg(long, default_value_t = 2_000)]
    pub fixes_per_s: u32,
    /// How many incidents are timed.
    #[arg(long, default_value_t = 300)]
    pub incidents: usize,
    /// People among whom the nearest are sought, in process and over Redis.
    #[arg(long, default_value_t = 1_000_000)]
    pub people: usize,
    /// The muster binary; default is the one beside this executable.
    #[arg(long)]
    pub muster: Option<PathBuf>,
    /// Only this part.
    #[arg(long)]
    pub only: Option<Part>,
    /// Also the long parts, which a plain run leaves out.
    #[arg(long)]
    pub full: bool,
    /// Also write the JSON line here.
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Everything random comes from here.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl BenchArgs {
    fn wants(&self, part: Part) -> bool {
        let long = part == Part::Feed;
        self.only.map_or(self.full || !long, |only| only == part)
    }
}

/// What the incidents need to know.
struct Options {
    incidents: usize,
    fixes_per_s: u32,
    seed: u64,
}

/// Measures and prints. A missed aim is printed, not an error: the machine may be busy.
pub async fn run(args: BenchArgs) -> Outcome<()> {
    if args.incidents < INCIDENTS_MIN || args.responders < 2_000 || args.people < 10_000 {
        return Err(Failure::new(
            "needs at least 100 incidents, 2000 responders and 10000 people",
        ));
    }
    let start = Instant::now();
    let wants = |part| args.wants(part);
    // first, so that what is missing is said at once
    let servers = if wants(Part::Redis) {
        Some(redis::Servers::start().await?)
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
    report.figure("responders", json!(args.responders));
    if wants(Part::Nearest) {
        nearest::run(&mut report, args.people, seed).await?;
    }
    if let Some(servers) = servers {
        redis::run(&mut report, servers, args.people, seed).await?;
    }
    if wants(Part::Incident) || wants(Part::Fixes) || wants(Part::Feed) {
        over_http(&mut report, &args).await?;
    }
    report.figure("took_s", json!(round(start.elapsed().as_secs_f64())));
    say("");
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
async fn over_http(report: &mut Report, args: &BenchArgs) -> Outcome<()> {
    // beside the binary: on a disk, which the system's temporary folder may not be
    let me = std::env::current_exe().doing("asking for my own path")?;
    let beside = me.parent().unwrap_or(Path::new("."));
    let dir = tempfile::tempdir_in(beside).doing("making a folder for the run")?;
    let config = TownConfig {
        responders: args.responders,
        seed: args.seed,
        muster: args.muster.clone(),
        dir: dir.path().to_owned(),
    };
    let town = Town::start(&config).await?;
    let bare = Bare::start(&town.data_dir, machine::cores()).await?;
    // every token is verified once, as it was long ago for phones that report all day
    closed_loop(town.server.base_url(), &town.phones, 64, Until::AllReported).await?;
    let options = Options {
        incidents: args.incidents,
        fixes_per_s: args.fixes_per_s,
        seed: args.seed,
    };
    if args.wants(Part::Incident) {
        incident::run(report, &town, &bare, &options).await?;
    }
    if args.wants(Part::Fixes) {
        fixes::run(report, &town, &bare).await?;
    }
    if args.wants(Part::Feed) {
        feed::run(report, &town, &bare, args.seed).await?;
    }
    bare.stop().await?;
    town.stop().await
}
