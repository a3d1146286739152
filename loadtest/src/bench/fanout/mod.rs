//! Alerts to many phones at once: our sender beside Google's own SDKs and beside `h2load`, all to the
//! same stand-in, which says when the last message arrived.
//!
//! Each sender and the stand-in is a process of its own, so that the processor time of each can be
//! told; the start of a round and its last arrival are stamps of the machine's one monotonic clock.
//! The senders take turns within every round. What is not installed is left out, and said.
//!
//! `h2load` cannot be kept warm between rounds: its time is from the first arrival to the last, so
//! neither its start nor its first handshake counts against it.

mod h2load;
mod ours;
mod post;
mod table;
mod talker;
mod tools;
mod way;

use std::path::Path;

use serde_json::{Value, json};

use super::figures::Report;
use h2load::{CLIENTS, H2load};
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::say::say;
pub use ours::{SenderArgs, run as sender};
use post::Post;
use table::{Bout, tell};
use talker::Talker;
use way::{Shot, Way};

/// Time between taking a message and acknowledging it, ms: none, and what a far provider takes.
const LATENCIES_MS: [u64; 2] = [0, 60];
/// Alerts at once, and rounds.
const SIZES: [(usize, usize); 4] = [(1, 15), (50, 15), (500, 15), (5_000, 5)];

/// Somebody who takes part.
struct Runner<'a> {
    name: String,
    way: Way<'a>,
    shots: Vec<Shot>,
}

/// Measures, prints, judges.
pub(super) async fn run(report: &mut Report) -> Outcome<()> {
    let mut figures = Vec::new();
    for latency_ms in LATENCIES_MS {
        say(format!("fan-out: acknowledged after {latency_ms} ms …"));
        let dir = tempfile::tempdir().doing("making a folder for the keys")?;
        let post = Post::start(dir.path(), latency_ms).await?;
        let bouts = at_latency(dir.path(), &post, latency_ms).await?;
        post.stop().await?;
        tell(report, latency_ms, &bouts);
        figures.extend(bouts.iter().flat_map(Bout::json));
    }
    report.figure("fanout", json!(figures));
    Ok(())
}

async fn at_latency(dir: &Path, post: &Post, latency_ms: u64) -> Outcome<Vec<Bout>> {
    let mut ours = tools::ours(post)?;
    ours.hear(std::time::Duration::from_secs(30)).await?;
    let mut ours = Way::Sender(Box::new(ours));
    // the others imitate what ours sent
    ours.round(post, 1).await?;
    let setup = post::setup(post).await?;
    let mut runners = vec![runner("muster".to_owned(), ours)];
    for (name, peer) in [
        ("firebase-admin, Node", tools::node(dir, post)),
        ("firebase-admin, Python", tools::python(dir, post)),
    ] {
        match greeted(peer, &setup).await {
            Ok((talker, version)) => {
                runners.push(runner(
                    format!("{name} {version}"),
                    Way::Sender(Box::new(talker)),
                ));
            }
            Err(why) => say(format!("left out: {name}: {why}")),
        }
    }
    let ceiling = H2load::prepare(dir, post, &setup).await;
    match &ceiling {
        Ok(h2load) => runners.extend(CLIENTS.map(|clients| {
            let name = format!("h2load, {clients} conn.");
            runner(name, Way::H2load(h2load, clients))
        })),
        Err(why) => say(format!("left out: {why}")),
    }
    let mut bouts = Vec::new();
    for (count, rounds) in SIZES {
        take_turns(&mut runners, post, (count, rounds)).await?;
        let shots = runners
            .iter_mut()
            .map(|one| (one.name.clone(), std::mem::take(&mut one.shots)));
        bouts.push(Bout {
            latency_ms,
            count,
            shots: shots.filter(|(_, shots)| !shots.is_empty()).collect(),
        });
    }
    for one in runners {
        one.way.stop().await?;
    }
    Ok(bouts)
}

fn runner(name: String, way: Way<'_>) -> Runner<'_> {
    Runner {
        name,
        way,
        shots: Vec::new(),
    }
}

/// Tells a peer what it needs; it, and its version.
async fn greeted(peer: Outcome<Talker>, setup: &Value) -> Outcome<(Talker, String)> {
    let mut talker = peer?;
    let said = Way::greet(&mut talker, setup).await?;
    Ok((talker, tools::version(&said).to_owned()))
}

/// Everybody sends once uncounted, then in turns; whoever begins changes with the round. A peer that
/// fails leaves; ours must not.
async fn take_turns(
    runners: &mut Vec<Runner<'_>>,
    post: &Post,
    (count, rounds): (usize, usize),
) -> Outcome<()> {
    for round in 0..=rounds {
        let mut leaving = None;
        for turn in 0..runners.len() {
            let at = (round + turn) % runners.len();
            let one = &mut runners[at];
            // between its first arrival and its last there is nothing if they are the same
            if matches!(one.way, Way::H2load(_, clients) if count <= clients) {
                continue;
            }
            match one.way.round(post, count).await {
                Ok(_) if round == 0 => {}
                Ok(shot) => one.shots.push(shot),
                Err(why) if at == 0 => return Err(why),
                Err(why) => {
                    say(format!("left out from here on: {}: {why}", one.name));
                    leaving = Some(at);
                    break;
                }
            }
        }
        if let Some(at) = leaving {
            runners.remove(at);
        }
    }
    Ok(())
}
