//! The one table of all ways, and what is aimed at.

use serde_json::{Value, json};

use super::turns::Measured;
use super::way::Set;
use super::{in_process, over_redis, postgis, tree};
use crate::bench::figures::{Report, Times, aim, show_us};
use muster_stand::say::say;

/// The median of this way, of that way's: at most so many times.
const AIMS: [(&str, &str, f64); 2] = [
    (in_process::NAME, tree::NAME, 2.0),
    (over_redis::NAME, postgis::NAME, 1.5),
];
/// The median over Redis on a quiet machine, microseconds.
const OVER_REDIS_US: f64 = 300.0;
const HEAD: [&str; 7] = [
    "people",
    "way",
    "n",
    "p50",
    "p99",
    "server CPU",
    "client CPU",
];

/// Prints and judges.
pub(super) fn show(
    report: &mut Report,
    versions: &str,
    ping: &Times,
    figures: &[(Set, Vec<Measured>)],
) {
    let lines = figures
        .iter()
        .flat_map(|(set, ways)| ways.iter().map(move |measured| line(set, measured)));
    Report::table("Nearest 50", &HEAD, &lines.collect::<Vec<_>>());
    let [p50, _, p99, _] = ping.cells();
    say(format!(
        "\nThe floor over a connection, a PING: p50 {p50}, p99 {p99}.\n"
    ));
    for (set, ways) in figures {
        judge(report, set, ways);
    }
    let all = figures.iter().map(|(set, ways)| {
        let ways: Vec<_> = ways.iter().map(Measured::json).collect();
        json!({"set": set.name, "people": set.places.len(), "radius_m": set.radius_m,
               "ways": ways})
    });
    let all: Vec<Value> = all.collect();
    report.figure(
        "nearest",
        json!({"versions": versions, "ping": ping.json(), "sets": all}),
    );
}

fn line(set: &Set, measured: &Measured) -> Vec<String> {
    let [p50, _, p99, _] = measured.times.cells();
    vec![
        set.title(),
        measured.way.to_owned(),
        measured.times.len().to_string(),
        p50,
        p99,
        measured.server_us().map_or_else(|| "–".to_owned(), show_us),
        show_us(measured.client_us()),
    ]
}

fn judge(report: &mut Report, set: &Set, ways: &[Measured]) {
    let p50_us = |name: &str| {
        let way = ways.iter().find(|measured| measured.way == name);
        way.map(Measured::p50_us)
    };
    for (ours, theirs, most) in AIMS {
        let Some((ours_us, theirs_us)) = p50_us(ours).zip(p50_us(theirs)) else {
            continue;
        };
        let ratio = ours_us / theirs_us;
        let met = ratio <= most;
        let what = format!("nearest, {}: p50 of {ours}, of {theirs}'s", set.title());
        say(format!("{what}: {}", aim(ratio, met, &format!("≤ {most}"))));
        report.judge(met, &format!("{what}: {ratio:.2}, aim ≤ {most}"));
    }
    if let Some(us) = p50_us(over_redis::NAME) {
        let (title, took, most) = (set.title(), show_us(us), show_us(OVER_REDIS_US));
        report.inform(
            us <= OVER_REDIS_US,
            &format!("nearest, {title}: p50 over Redis is {took}, on a quiet machine ≤ {most}"),
        );
    }
}
