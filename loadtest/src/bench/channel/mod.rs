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
use super::town::{ASKED, World, kind};
use crate::client::Api;
use crate::failure::{Context as _, Failure, Outcome};
use crate::rng::Rng;
use crate::say::say;
use crate::seed::Crowd;

/// Connected phones. 20,000 are wanted; a process may often open 20,000 files and no more, so the
/// last thousand is reckoned.
const PHONES: usize = 19_000;
/// Memory for 20,000 of them.
const WANTED: f64 = 20_000.0;
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

/// Measures, prints, judges: the only node of a world in which nobody has done anything yet.
pub(super) async fn run(
    report: &mut Report,
    world: &World,
    (url, pid): (&str, u32),
    seed: u64,
) -> Outcome<()> {
    let tokens: Vec<&str> = world.phones.iter().map(|phone| &*phone.token).collect();
    let tokens = tokens.get(..PHONES.min(tokens.len())).unwrap_or_default();
    say(format!("channel: {} phones connect …", tokens.len()));
    let before = Memory::of(pid)?;
    let start = Instant::now();
    let mut phones = Phones::connect(url, tokens).await?;
    let took_s = start.elapsed().as_secs_f64();
    let cpu_s = machine::cpu_s(pid)?;
    sleep(IDLE).await;
    let idle_cpu = (machine::cpu_s(pid)? - cpu_s) / IDLE.as_secs_f64();
    let after = Memory::of(pid)?;
    let grown = after.resident() - before.resident();
    let each = grown / tokens.len() as f64;
    let whole = before.resident() + each * WANTED;
    let mb = |bytes: f64| format!("{:.0} MB", bytes / 1e6);
    let lines = [
        vec!["phones".to_owned(), tokens.len().to_string()],
        vec!["connected in".to_owned(), format!("{took_s:.1} s")],
        vec!["server before".to_owned(), mb(before.resident())],
        vec!["grown by".to_owned(), mb(grown)],
        vec!["for each".to_owned(), format!("{:.1} kB", each / 1e3)],
        vec!["server with 20,000".to_owned(), mb(whole)],
        vec!["cores while idle".to_owned(), format!("{idle_cpu:.3}")],
    ];
    Report::table("Open phone channels", &["what", "how much"], &lines);
    report.judge(
        whole <= AIM,
        &format!(
            "channel: a server with 20,000 idle phones takes {}, aim ≤ 1 GB",
            mb(whole)
        ),
    );
    let shown = alerts(&mut phones, world, (url, tokens.len()), seed).await?;
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
        json!({"phones": tokens.len(), "before": before.resident(), "grown": grown,
               "each": round(each), "with_20000": whole, "connected_s": round(took_s),
               "idle_cores": round(idle_cpu), "shown": shown.json()}),
    );
    phones.close().await;
    Ok(())
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
