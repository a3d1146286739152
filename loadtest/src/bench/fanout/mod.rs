//! Five hundred alerts at once: our sender beside Google's own SDKs and beside `h2load`, all to the
//! same stand-in, which acknowledges at once and says when the last message arrived.
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
mod tools;
mod way;

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::figures::Report;
use super::talker::Talker;
use h2load::{CLIENTS, H2load};
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::say::say;
pub use ours::{SenderArgs, run as sender};
use post::Post;
use table::Bout;
use way::{Shot, Way};

/// Alerts at once: as many as Google's SDKs take in one call.
const ALERTS: usize = 500;
const ROUNDS: usize = 15;
/// Our sender is ready by then.
const START: Duration = Duration::from_secs(30);

/// Somebody who takes part.
struct Runner<'a> {
    name: String,
    way: Way<'a>,
    shots: Vec<Shot>,
}

/// Measures, prints, judges.
pub(super) async fn run(report: &mut Report) -> Outcome<()> {
    say(format!("fan-out: {ALERTS} at once, {ROUNDS} rounds …"));
    let dir = tempfile::tempdir().doing("making a folder for the keys")?;
    let post = Post::start(dir.path()).await?;
    let bout = all_rounds(dir.path(), &post).await?;
    post.stop().await?;
    bout.tell(report);
    report.figure("fanout", Value::Array(bout.json()));
    Ok(())
}

async fn all_rounds(dir: &Path, post: &Post) -> Outcome<Bout> {
    let mut ours = tools::ours(post)?;
    ours.hear(START).await?;
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
    take_turns(&mut runners, post).await?;
    let mut shots = Vec::new();
    for one in runners {
        shots.push((one.name, one.shots));
        one.way.stop().await?;
    }
    Ok(Bout(shots))
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
async fn take_turns(runners: &mut Vec<Runner<'_>>, post: &Post) -> Outcome<()> {
    for round in 0..=ROUNDS {
        let mut leaving = None;
        for turn in 0..runners.len() {
            let at = (round + turn) % runners.len();
            let one = &mut runners[at];
            match one.way.round(post, ALERTS).await {
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
