//! Real calls against a simulated server: raised on their schedule, answered by virtual phones,
//! closed when the ambulance arrived, and accounted for one by one.

mod calls;
mod incident;
mod report;
mod schedule;

use crate::board::Board;
use crate::phones::{Town, Trace, read_moves};
use crate::world::{Elsewhere, Kind, World, WorldConfig};
pub use calls::{Call, Calls, read_calls};
use clap::Args;
pub(crate) use incident::logged_reason;
use incident::{Context, One};
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::geo::LatLon;
use muster_stand::say::{say, told_to_stop};
pub use report::Summary;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Options of `replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// One node and nothing beside it, or three nodes over PostgreSQL and Redis.
    #[arg(long, value_enum, default_value_t, conflicts_with = "server")]
    pub world: Kind,
    /// Calls: `at,lat,lng,kind,raw_type,at_precision,response_s,area`, plain or gzip.
    #[arg(long)]
    pub calls: PathBuf,
    /// Moves: `t_s,volunteer,lat,lng,accuracy_m,speed_mps,mode`; a made-up town otherwise.
    #[arg(long)]
    pub moves: Option<PathBuf>,
    /// How many phones; more than the file has share ways, shifted in time.
    #[arg(long, default_value_t = 1_500)]
    pub phones: usize,
    /// Durations of calls, plans and people are divided by this.
    #[arg(long, default_value_t = 60.0)]
    pub speed: f64,
    /// Quiet time between two calls is cut to this, in call time.
    #[arg(long, default_value_t = 10.0)]
    pub max_gap_s: f64,
    /// Only the first so many calls.
    #[arg(long)]
    pub limit: Option<usize>,
    /// Where summary.md, summary.json and the server's data and log go.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// From the call to the ambulance where the file does not say.
    #[arg(long, default_value_t = 600.0)]
    pub response_s: f64,
    /// Incidents open at once; more wait, and their delay is reported.
    #[arg(long, default_value_t = 512)]
    pub max_open: usize,
    /// At most so many idle position reports per second, all phones together.
    #[arg(long, default_value_t = 200.0)]
    pub fixes_per_s: f64,
    /// Everything random comes from here.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The muster binary; default is the one beside this executable.
    #[arg(long)]
    pub muster: Option<PathBuf>,
    /// One more variable for the server, `NAME=VALUE`; may be repeated.
    #[arg(long = "env")]
    pub env: Vec<String>,
    /// A running server instead of our own; refused unless it is simulated.
    #[arg(long, requires = "data_dir", requires = "standin_control")]
    pub server: Option<String>,
    /// The data directory of `--server`, for tokens.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// The control address of the stand-in that `--server` pushes to.
    #[arg(long)]
    pub standin_control: Option<String>,
}

/// Replays; true when nothing was lost and everything is explained.
pub async fn run(args: ReplayArgs) -> Outcome<bool> {
    let calls = read_calls(&args.calls, args.seed, args.limit)?;
    say(format!(
        "{} calls read, {} rows skipped",
        calls.items.len(),
        calls.skipped
    ));
    let traces = traces(&args, &calls)?;
    let scratch = tempfile::tempdir().doing("making a folder")?;
    let dir = args
        .out
        .clone()
        .unwrap_or_else(|| scratch.path().to_owned());
    let board = Arc::new(Board::default());
    let config = WorldConfig {
        binary: args.muster.clone(),
        dir: dir.clone(),
        listen: "127.0.0.1:0".to_owned(),
        speed: args.speed,
        traces,
        seed: args.seed,
        fixes_per_s: args.fixes_per_s,
        env: args
            .env
            .iter()
            .map(|pair| crate::world::variable(pair))
            .collect::<Outcome<_>>()?,
        kind: args.world,
        elsewhere: elsewhere(&args),
        crowd: None,
        gaps: None,
    };
    let world = World::start(config, Arc::clone(&board) as _).await?;
    let context = Arc::new(Context::new(&args, &world, board));
    let start = Instant::now();
    let reports = tokio::select! {
        reports = all(&args, calls, &context) => reports,
        () = told_to_stop() => {
            world.stop().await?;
            return Err(Failure::new("stopped before the end"));
        }
    };
    let ran = start.elapsed();
    settle(&context, &reports).await;
    let ones = incident::explain_all(&context, reports).await;
    let summary = Summary::new(&args, &ones, &context, ran);
    say(summary.markdown());
    if args.out.is_some() {
        summary.write(&dir)?;
    }
    world.stop().await?;
    Ok(summary.passed())
}

fn elsewhere(args: &ReplayArgs) -> Option<Elsewhere> {
    Some(Elsewhere {
        server: args.server.clone()?,
        data_dir: args.data_dir.clone()?,
        standin_control: args.standin_control.clone()?,
    })
}

/// As many ways as phones.
fn traces(args: &ReplayArgs, calls: &Calls) -> Outcome<Vec<Trace>> {
    let Some(file) = &args.moves else {
        let places: Vec<LatLon> = calls.items.iter().map(|call| call.place).collect();
        return Ok(Town::around(&places).traces(args.phones, args.seed));
    };
    let recorded = read_moves(file)?;
    let loops = recorded.iter().cycle().enumerate().take(args.phones);
    Ok(loops
        .map(|(n, t)| t.clone().shifted(137.0 * (n / recorded.len()) as f64))
        .collect())
}

/// Raises every call at its time, however long the earlier ones take.
async fn all(args: &ReplayArgs, calls: Calls, context: &Arc<Context>) -> Vec<One> {
    let plan = schedule::offsets(&calls.items, args.speed, args.max_gap_s);
    let total = calls.items.len();
    let slots = Arc::new(Semaphore::new(args.max_open.max(1)));
    let start = Instant::now();
    let (mut running, mut done, mut spoken) = (JoinSet::new(), Vec::new(), start);
    for (n, (call, offset)) in calls.items.into_iter().zip(plan).enumerate() {
        let due = start + offset;
        sleep_until(due).await;
        let slot = Arc::clone(&slots).acquire_owned().await;
        let shared = Arc::clone(context);
        running.spawn(async move {
            let one = incident::live(&shared, n, call, due).await;
            drop(slot);
            one
        });
        while let Some(one) = running.try_join_next() {
            done.extend(one);
        }
        if spoken.elapsed() > Duration::from_secs(5) {
            spoken = Instant::now();
            progress(n + 1, total, running.len(), context, start);
        }
    }
    while let Some(one) = running.join_next().await {
        done.extend(one);
    }
    progress(total, total, 0, context, start);
    done
}

fn progress(raised: usize, total: usize, open: usize, context: &Context, start: Instant) {
    let phones = context.fleet.counts().totals();
    let accepted = phones.happened.get("accepted").copied().unwrap_or(0);
    let (seconds, alerts) = (start.elapsed().as_secs(), phones.alerts);
    say(format!(
        "  {seconds:>4} s  {raised}/{total} raised, {open} open, {alerts} alerts on phones, \
         {accepted} accepted, {} duplicates",
        phones.duplicates
    ));
}

/// Waits until the phones are through and what was sent has arrived, with a deadline.
async fn settle(context: &Context, reports: &[One]) {
    let until = Instant::now() + Duration::from_secs(30);
    let missing = || reports.iter().any(|one| one.lost(&context.fleet) > 0);
    while Instant::now() < until && (context.fleet.busy() > 0 || missing()) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
