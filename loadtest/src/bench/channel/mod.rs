//! What open phone channels cost the server, and how soon a connected phone shows an alert. Real
//! sockets with tokens of their own, in this process; the server is another one.

mod phones;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use self::phones::{Phones, Shown};
use super::figures::{Report, Times, round};
use super::machine::{self, Memory};
use super::town::{ASKED, ORG, World, kind};
use crate::seed::Crowd;
use muster_stand::client::Api;
use muster_stand::failure::{Context as _, Failure, Outcome};
use muster_stand::rng::Rng;
use muster_stand::say::say;

/// Files that the server and this process open beside the phones' sockets, with room to spare.
const SPARE: usize = 150;
/// Memory for so many phones; what the limit of open files keeps away is reckoned.
const WANTED: usize = 20_000;
/// Bytes.
const AIM: f64 = 1e9;
/// Nothing happens for so long: less than it takes a silent phone to be sent away.
const IDLE: Duration = Duration::from_secs(30);
/// Incidents, one at a time.
const INCIDENTS: usize = 200;
/// An alert that is not shown by then is lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// Shown on a connected phone, quiet machine, p99, microseconds.
const SHOWN_AIM_US: f64 = 100_000.0;

/// How many phones are wished for, and how many files a process may open, which is each phone's
/// socket and little else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) phones: usize,
    pub(super) files: usize,
}

/// Measures, prints, judges: the only node of a world in which nobody has done anything yet.
pub(super) async fn run(
    report: &mut Report,
    world: &World,
    (url, pid): (&str, u32),
    (wish, seed): (Wish, u64),
) -> Outcome<()> {
    let tokens: Vec<&str> = world.phones.iter().map(|phone| &*phone.token).collect();
    let fit = wish.files.saturating_sub(SPARE);
    let count = wish.phones.min(fit).min(tokens.len());
    let tokens = tokens.get(..count).unwrap_or_default();
    let (wanted, files) = (wish.phones, wish.files);
    say(format!(
        "channel: {count} of {wanted} phones connect; a process may open {files} files …"
    ));
    let (mut phones, idle) = idle(report, world, (url, pid), tokens).await?;
    let shown = alerts(&mut phones, world, (url, count), seed).await?;
    let after = Memory::of(pid)?.resident();
    let [p50, p90, p99, most] = shown.cells();
    let head = ["what", "alerts", "p50", "p90", "p99", "max"];
    let line = vec![
        "raise sent → alert on the phone".to_owned(),
        shown.len().to_string(),
        p50,
        p90,
        p99,
        most,
    ];
    Report::table("Alerts over the channel", &head, &[line]);
    say(format!("\nThe server after them: {}.", mb(after)));
    let p99_us = shown.us(0.99);
    report.inform(
        p99_us <= SHOWN_AIM_US,
        &format!(
            "channel: an alert is on a connected phone within {:.1} ms (p99), aim ≤ 100 ms",
            p99_us / 1e3
        ),
    );
    report.figure(
        "channel",
        json!({"files": files, "idle": idle, "after_alerts": after, "shown": shown.json()}),
    );
    phones.close().await;
    Ok(())
}

/// Connects them and lets them rest: what they cost, for people and for programs.
async fn idle(
    report: &mut Report,
    world: &World,
    (url, pid): (&str, u32),
    tokens: &[&str],
) -> Outcome<(Phones, Value)> {
    let count = tokens.len();
    let before = Memory::of(pid)?.resident();
    let start = Instant::now();
    let phones = Phones::connect(url, tokens).await?;
    let took_s = start.elapsed().as_secs_f64();
    let cpu_s = machine::cpu_s(pid)?;
    sleep(IDLE).await;
    let cores = (machine::cpu_s(pid)? - cpu_s) / IDLE.as_secs_f64();
    let after = Memory::of(pid)?.resident();
    // after its memory was read: the answer takes some
    let there = connected(world, url).await?;
    let each = (after - before) / count as f64;
    let whole = before + each * WANTED as f64;
    let line = |what: &str, how_much: String| vec![what.to_owned(), how_much];
    let lines = [
        line("phones", count.to_string()),
        line("of them connected after half a minute", there.to_string()),
        line("connected in", format!("{took_s:.1} s")),
        line("server before", mb(before)),
        line("server with them", mb(after)),
        line("for each", format!("{:.1} kB", each / 1e3)),
        line("reckoned for 20,000", mb(whole)),
        line("cores while idle", format!("{cores:.3}")),
    ];
    Report::table("Open phone channels", &["what", "how much"], &lines);
    report.judge(
        whole <= AIM,
        &format!(
            "channel: a server with 20,000 idle phones takes {} ({count} were connected), aim ≤ 1 GB",
            mb(whole)
        ),
    );
    report.judge(
        there == count,
        &format!("channel: {there} of {count} phones are still connected after half a minute"),
    );
    let figures = json!({"phones": count, "connected": there, "before": before, "with": after,
                         "each": round(each), "with_20000": whole, "connected_s": round(took_s),
                         "cores": round(cores)});
    Ok((phones, figures))
}

fn mb(bytes: f64) -> String {
    format!("{:.0} MB", bytes / 1e6)
}

/// Phones that the server says are on the channel.
async fn connected(world: &World, url: &str) -> Outcome<usize> {
    let tokens = world.config.tokens(ORG);
    let token = tokens.mint("coordinator", "ready").await?;
    let desk = Api::new(url, &token).doing("calling the desk")?;
    let readiness: Value = desk
        .get("/v1/readiness")
        .await
        .doing("asking who is ready")?;
    let there = readiness["connected"].as_u64().unwrap_or_default();
    Ok(usize::try_from(there).unwrap_or_default())
}

/// Raises incidents one at a time, and waits until every connected phone that was asked shows its
/// alert.
async fn alerts(
    phones: &mut Phones,
    world: &World,
    (url, connected): (&str, usize),
    seed: u64,
) -> Outcome<Times> {
    let desk = Api::new(url, &world.desk).doing("calling the desk")?;
    let numbers: HashMap<String, usize> = (0..connected).map(|n| (Crowd::id(n), n)).collect();
    let mut rng = Rng::split(seed, 91);
    let mut times = Times::new()?;
    for n in 0..INCIDENTS {
        let at = usize::try_from(rng.bits()).unwrap_or_default() % world.phones.len();
        let place = world.phones[at].place;
        let body = json!({"kind": kind(ASKED), "scene": "safe",
                          "location": {"lat": place.lat(), "lon": place.lon()}});
        let sent = Instant::now();
        let raised = desk.raise(&format!("channel-{seed}-{n}"), &body).await;
        let incident = raised.doing("raising an incident")?.incident;
        let asked = incident.alerts.iter();
        let mut waiting: Vec<usize> = asked
            .filter_map(|alert| numbers.get(&alert.responder_id).copied())
            .collect();
        while !waiting.is_empty() {
            let shown = timeout(PATIENCE, phones.next()).await;
            let Ok(Some(Shown { phone, of, at })) = shown else {
                let lost = waiting.len();
                return Err(Failure::new(format!(
                    "{lost} phones never showed their alert"
                )));
            };
            if of == incident.id && waiting.contains(&phone) {
                waiting.retain(|one| *one != phone);
                times.add(at - sent);
            }
        }
        let closed: Value = desk
            .close(&incident.id, "false_alarm")
            .await
            .doing("closing an incident")?;
        drop(closed);
    }
    Ok(times)
}
