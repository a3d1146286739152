//! Several nodes over one Redis: how soon a new one has everybody, and how soon each knows where somebody
//! went whose position another one took. Three nodes, Redis and all that drives them share this machine's
//! cores; the floor is an entry of a bare stream in the same Redis, at the same time.

use std::sync::Arc;
use std::time::Duration;

use muster_core::domain::ids::ResponderNo;
use muster_core::domain::place::Point;
use muster_core::ports::LiveIndex as _;
use muster_live::redis::RedisIndex;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};

use super::figures::{Report, Times, aim, round};
use super::machine;
use super::nearest::{connect, fix, open, report_all};
use super::places::{Area, step};
use crate::seed::scaled::well;
use muster_stand::engines::Redis;
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::rng::Rng;
use muster_stand::say::say;

/// So long fixes are reported.
const SPAN: Duration = Duration::from_secs(20);
/// Ticks a second at which they are.
const TICKS: u32 = 100;
/// A node looks for the fix of a sample this often.
const LOOK: Duration = Duration::from_micros(500);
/// Whoever is not found by then is lost.
const FOUND_MAX: Duration = Duration::from_secs(10);
/// A step of somebody, metres.
const STEP_M: f64 = 30.0;

/// A node, at work as long as it lives.
struct Node {
    index: Arc<RedisIndex>,
    _running: watch::Sender<bool>,
}

impl Node {
    fn start(url: &str, name: &str) -> Outcome<Self> {
        let (index, running) = open(url, name)?;
        Ok(Self {
            index,
            _running: running,
        })
    }
}

/// What one run saw.
struct Measured {
    started: Duration,
    found: Times,
    floor: Times,
    fixes: u64,
    took: Duration,
    commands: u64,
    redis_cpu_s: f64,
}

/// Measures, prints, judges.
pub(super) async fn run(report: &mut Report, people: usize, per_s: u32, seed: u64) -> Outcome<()> {
    let redis = Redis::start().await.doing("starting Redis")?;
    let mut rng = Rng::split(seed, 11);
    let places = Area::city(&mut rng).many(people, &mut rng)?;
    say(format!(
        "follow: {people} people, three nodes, {per_s} fixes/s …"
    ));
    let one = Node::start(&redis.url(), "one")?;
    well(&one.index).await?;
    report_all(&one.index, &places).await?;
    well(&one.index).await?;
    let begun = Instant::now();
    let two = Node::start(&redis.url(), "two")?;
    well(&two.index).await?;
    let started = begun.elapsed();
    let last = ResponderNo(people as u64);
    if two.index.fixes(&[last]).await.is_empty() {
        return Err(Failure::new(
            "a node that says that it has read all lacks somebody",
        ));
    }
    let three = Node::start(&redis.url(), "three")?;
    well(&three.index).await?;
    let nodes = (&one, [&two, &three]);
    let measured = drive(&redis, nodes, (places, per_s, rng), started).await?;
    tell(report, people, &measured);
    Ok(())
}

/// Reports fixes on one node, and looks for one of each tick on another.
async fn drive(
    redis: &Redis,
    (one, others): (&Node, [&Node; 2]),
    (mut places, per_s, mut rng): (Vec<Point>, u32, Rng),
    started: Duration,
) -> Outcome<Measured> {
    let floor = tokio::spawn(floor(redis.url()));
    let (pid, before) = (redis.pid()?, commands(redis).await?);
    let cpu_before = machine::cpu_s(pid)?;
    let (mut fixes, mut samples, mut reports) = (0, JoinSet::new(), JoinSet::new());
    let mut ticks = interval(Duration::from_secs(1) / TICKS);
    let begun = Instant::now();
    while begun.elapsed() < SPAN {
        ticks.tick().await;
        let mut moved = Vec::new();
        for _ in 0..per_s / TICKS {
            let at = rng.below(places.len());
            places[at] = step(places[at], STEP_M, &mut rng)?;
            moved.push((ResponderNo(at as u64 + 1), places[at]));
        }
        fixes += moved.len() as u64;
        if let Some((who, place)) = moved.first().copied() {
            let other = Arc::clone(&others[rng.below(others.len())].index);
            samples.spawn(find(other, who, place, Instant::now()));
        }
        // fixes come when they come, whatever became of the ones before
        let index = Arc::clone(&one.index);
        reports.spawn(async move {
            let reports = moved
                .iter()
                .map(|(who, place)| index.report(*who, fix(*place)));
            futures_util::future::join_all(reports).await;
        });
    }
    while reports.join_next().await.is_some() {}
    let took = begun.elapsed();
    let redis_cpu_s = machine::cpu_s(pid)? - cpu_before;
    let commands = commands(redis).await? - before;
    let mut found = Times::new()?;
    while let Some(sample) = samples.join_next().await {
        found.add(sample.doing("looking for a position")??);
    }
    Ok(Measured {
        started,
        floor: floor.await.doing("measuring the floor")??,
        found,
        fixes,
        took,
        commands,
        redis_cpu_s,
    })
}

/// How long until the node has them there.
async fn find(
    node: Arc<RedisIndex>,
    who: ResponderNo,
    place: Point,
    reported: Instant,
) -> Outcome<Duration> {
    let look = async {
        loop {
            let fixes = node.fixes(&[who]).await;
            if fixes
                .iter()
                .any(|(_, fix)| fix.point.distance_m(place) < 0.05)
            {
                return reported.elapsed();
            }
            sleep(LOOK).await;
        }
    };
    timeout(FOUND_MAX, look)
        .await
        .doing("looking for a position on another node")
}

/// A stream of nobody's: from the writing of an entry to its arrival at a reader that waits for it.
async fn floor(url: String) -> Outcome<Times> {
    let (mut writer, mut reader) = (connect(&url).await?, connect(&url).await?);
    let (mut times, mut last) = (Times::new()?, "0-0".to_owned());
    let mut ticks = interval(Duration::from_secs(1) / TICKS);
    let begun = Instant::now();
    while begun.elapsed() < SPAN {
        ticks.tick().await;
        let mut read = redis::cmd("XREAD");
        read.arg("BLOCK")
            .arg(1_000)
            .arg("STREAMS")
            .arg("floor")
            .arg(&last);
        let mut write = redis::cmd("XADD");
        write
            .arg("floor")
            .arg("MAXLEN")
            .arg("~")
            .arg(1_000)
            .arg("*")
            .arg("m")
            .arg("somebody");
        let written_at = Instant::now();
        let reading = async {
            let read = read.exec_async(&mut reader).await;
            read.map(|()| written_at.elapsed())
        };
        let (arrived, written) = tokio::join!(reading, write.query_async::<String>(&mut writer));
        times.add(arrived.doing("XREAD")?);
        last = written.doing("XADD")?;
    }
    Ok(times)
}

/// Commands that this Redis has processed.
async fn commands(redis: &Redis) -> Outcome<u64> {
    let stats = redis.ask(&["INFO", "stats"]).await?;
    let count = stats
        .lines()
        .find_map(|line| line.strip_prefix("total_commands_processed:"));
    let count = count.and_then(|count| count.trim().parse().ok());
    count.ok_or_else(|| Failure::new("Redis does not count its commands"))
}

fn tell(report: &mut Report, people: usize, measured: &Measured) {
    let line = |name: &str, times: &Times| {
        let mut line = vec![name.to_owned(), times.len().to_string()];
        line.extend(times.cells());
        line
    };
    let lines = [
        line(
            "a fix, reported on one node, is known on another",
            &measured.found,
        ),
        line("floor: an entry of a bare stream", &measured.floor),
    ];
    let head = ["", "n", "p50", "p90", "p99", "max"];
    Report::table("Several nodes", &head, &lines);
    let (started_s, fixes) = (measured.started.as_secs_f64(), measured.fixes as f64);
    let (each, cpu_us) = (
        measured.commands as f64 / fixes,
        measured.redis_cpu_s * 1e6 / fixes,
    );
    let per_s = fixes / measured.took.as_secs_f64();
    let p99_ms = measured.found.us(0.99) / 1000.0;
    say(format!(
        "\n{per_s:.0} fixes/s taken; a node has {people} people {started_s:.2} s after it was started; {each:.2} \
         commands and {cpu_us:.1} µs of Redis a fix; p99 {} the floor's",
        aim(
            measured.found.us(0.99) / measured.floor.us(0.99),
            true,
            "informs"
        )
    ));
    report.inform(
        p99_ms <= 50.0,
        &format!("another node knows a fix: p99 {p99_ms:.1} ms, aim ≤ 50 ms"),
    );
    report.inform(
        started_s <= 5.0,
        &format!("a node has {people} people after {started_s:.2} s, aim ≤ 5 s"),
    );
    report.judge(
        each <= 3.0,
        &format!("commands a fix with three nodes: {each:.2}, aim ≤ 3"),
    );
    report.figure(
        "follow",
        json!({"found": measured.found.json(), "floor": measured.floor.json(), "started_s": round(started_s),
               "fixes_per_s": round(per_s), "commands_a_fix": round(each), "redis_cpu_us_a_fix": round(cpu_us)}),
    );
}
