//! A simulated town to look at: the real server, virtual phones, the push stand-in, and an
//! incident every few seconds. People are sped up, and the demo says so.

mod incident;
mod sign_in;
mod teller;

use crate::board::Board;
use crate::phones::Town;
use crate::world::{Kind, World, WorldConfig};
use clap::Args;
use incident::{Ending, Follower};
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::rng::Rng;
use muster_stand::say::{say, told_to_stop};
use parking_lot::Mutex;
use sign_in::SignIns;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use teller::Teller;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

/// The last incidents of a limited run get this long before its end to be answered.
const LAST_CALL_BEFORE_END_S: f64 = 15.0;
/// Where the desk's map begins: the whole of the town.
const MAP_CENTRE: &str = "36.84,-76.06,12.4";
/// After the end nothing is waited for longer than this.
const GRACE: Duration = Duration::from_mins(1);

/// Options of `demo`.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// One node and nothing beside it, or three nodes over PostgreSQL and Redis.
    #[arg(long, value_enum, default_value_t)]
    pub world: Kind,
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// How many phones live in town.
    #[arg(long, default_value_t = 2_000)]
    pub phones: usize,
    /// People and plans are so many times faster than real.
    #[arg(long, default_value_t = 10.0)]
    pub speed: f64,
    /// Seconds between two incidents.
    #[arg(long, default_value_t = 4.0)]
    pub every_s: f64,
    /// Ends by itself after about so many seconds of incidents; until Ctrl-C otherwise.
    #[arg(long)]
    pub seconds: Option<f64>,
    /// Where data and logs go; must be empty or absent. A temporary folder otherwise.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// At most so many idle position reports per second, all phones together.
    #[arg(long, default_value_t = 200.0)]
    pub fixes_per_s: f64,
    /// Everything random comes from here.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The muster binary; default is the one beside this executable.
    #[arg(long)]
    pub muster: Option<PathBuf>,
    /// For a test: prints address and tokens as one JSON line and raises nothing by itself.
    #[arg(long)]
    pub json: bool,
    /// One more variable for the server, `NAME=VALUE`; may be repeated.
    #[arg(long = "env")]
    pub env: Vec<String>,
}

/// Runs the demo; true when every incident was covered or its exhaustion explained.
pub async fn run(args: DemoArgs) -> Outcome<bool> {
    let scratch = tempfile::tempdir().doing("making a folder")?;
    let dir = args
        .dir
        .clone()
        .unwrap_or_else(|| scratch.path().to_owned());
    must_be_fresh(&dir)?;
    let town = Town::default_town();
    let board = Arc::new(Board::default());
    let teller = Arc::new(Teller::new(Arc::clone(&board)));
    // what somebody says on the command line comes last, and counts
    let mut env = vec![("MUSTER__MAP__CENTRE".to_owned(), MAP_CENTRE.to_owned())];
    for pair in &args.env {
        env.push(crate::world::variable(pair)?);
    }
    let config = WorldConfig {
        binary: args.muster.clone(),
        dir,
        listen: args.listen.clone(),
        speed: args.speed,
        traces: town.traces(args.phones, args.seed),
        seed: args.seed,
        fixes_per_s: args.fixes_per_s,
        env,
        kind: args.world,
        elsewhere: None,
        crowd: None,
        gaps: None,
    };
    let world = tokio::select! {
        world = World::start(config, Arc::clone(&teller) as _) => world?,
        () = told_to_stop() => return Err(Failure::new("stopped before the town was ready")),
    };
    if args.json {
        say(describe(&world).await?.to_string());
        told_to_stop().await;
        world.stop().await?;
        return Ok(true);
    }
    welcome(&args, &world).await?;
    let follower = Arc::new(Follower::new(&world, &args, board, Arc::clone(&teller)));
    let endings = incidents(&args, &town, &follower).await;
    let all_well = summary(&endings, &world, args.speed);
    world.stop().await?;
    Ok(all_well)
}

fn must_be_fresh(dir: &Path) -> Outcome<()> {
    let mut entries = std::fs::read_dir(dir).into_iter().flatten();
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Failure::new(format!("{} is not empty", dir.display()))),
    }
}

/// The address, and a sign-in for each role.
async fn describe(world: &World) -> Outcome<serde_json::Value> {
    let mut all = SignIns::of(world).await?.json();
    all["url"] = world.desk.base_urls().join(", ").into();
    Ok(all)
}

async fn welcome(args: &DemoArgs, world: &World) -> Outcome<()> {
    let SignIns { links, tokens } = SignIns::of(world).await?;
    say("\nOpen one of these: each signs a browser in, once.");
    for (role, link) in links {
        say(format!("  {role:<13} {link}"));
    }
    say(format!(
        "\nThe server is at {}  (what it understands: /v1/openapi.json). Tokens for programs:",
        world.desk.base_urls().join(", ")
    ));
    for (role, token) in tokens {
        say(format!("  {role:<13} {token}"));
    }
    say(format!(
        "\nPeople and plans run {}x faster than real: a turnout of 105 s takes {:.1} s here.\n",
        args.speed,
        105.0 / args.speed
    ));
    Ok(())
}

/// Raises until the end and follows every incident to its own.
async fn incidents(args: &DemoArgs, town: &Town, follower: &Arc<Follower>) -> Vec<Ending> {
    let start = Instant::now();
    let after = |s: f64| start + Duration::from_secs_f64(s.max(0.0));
    let last_call = args
        .seconds
        .map(|s| after((s - LAST_CALL_BEFORE_END_S).max(s / 2.0)));
    let end = args.seconds.map(after);
    let (finish, finishing) = watch::channel(false);
    let ended = Arc::new(Mutex::new(Vec::new()));
    let mut following = JoinSet::new();
    let raising = async {
        let (mut rng, mut due) = (Rng::new(args.seed ^ 0xDE30), start);
        for n in 1.. {
            sleep_until(due).await;
            if last_call.is_some_and(|last| Instant::now() > last) {
                break;
            }
            let place = town.somewhere(&mut rng);
            let (follower, finishing, ended) =
                (Arc::clone(follower), finishing.clone(), Arc::clone(&ended));
            following.spawn(async move {
                let ending = follower.follow(n, place, finishing).await;
                ended.lock().push(ending);
            });
            while following.try_join_next().is_some() {}
            due += Duration::from_secs_f64(args.every_s.max(0.05));
        }
        match end {
            Some(end) => sleep_until(end).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = raising => {}
        () = told_to_stop() => say("\nstopping: no more incidents, open ones are brought to their end"),
    }
    finish.send_replace(true);
    let rest = async { while following.join_next().await.is_some() {} };
    tokio::select! {
        _ = timeout(GRACE, rest) => {}
        () = told_to_stop() => {}
    }
    let mut endings = ended.lock();
    std::mem::take(&mut *endings)
}

/// Prints the sums; true when every incident was handled.
fn summary(endings: &[Ending], world: &World, speed: f64) -> bool {
    let covered = endings.iter().filter(|e| e.covered_after.is_some()).count();
    let handled = endings.iter().filter(|e| e.handled()).count();
    let mean = |of: &dyn Fn(&Ending) -> Option<Duration>| {
        let all: Vec<f64> = endings
            .iter()
            .filter_map(|e| of(e).map(|d| d.as_secs_f64()))
            .collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    };
    let phones = world.fleet.counts().totals();
    let (raised, on_phones) = (endings.len(), phones.alerts);
    say(format!(
        "\n{raised} incidents: {covered} covered, {} exhausted with a reason, {} not handled",
        handled - covered,
        raised - handled
    ));
    let cover_s = mean(&|e| e.covered_after);
    say(format!(
        "raise to last push taken: {:.1} ms on average; to cover: {cover_s:.1} s here, {:.0} s at \
         the people's pace",
        mean(&|e| e.pushed_after) * 1_000.0,
        cover_s * speed
    ));
    let duplicates = phones.duplicates;
    say(format!(
        "{on_phones} alerts on {} phones, {duplicates} duplicates",
        world.fleet.len()
    ));
    for ending in endings.iter().filter(|e| !e.handled()) {
        say(format!("  not handled: #{} {}", ending.n, ending.words()));
    }
    raised > 0 && handled == raised
}
