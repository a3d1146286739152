//! What people read of the comparison, and what was aimed at.

use serde_json::{Value, json};

use super::aims::{Aims, three};
use super::cases::{COUNTRY, LIMIT, SQUARES};
use super::moving::Moving;
use super::updates::Rate;
use super::{ByLimit, Figures};
use crate::bench::figures::{Report, Times, round, show_us};

/// A million people in Redis, with all keys, bytes each.
const MEMORY: f64 = 250.0;
/// Of what `redis-benchmark` reaches.
const OF_CEILING: f64 = 0.6;
/// Times the median of PostGIS, and its updates.
const OF_POSTGIS: f64 = 1.5;
const UPDATES_OF_POSTGIS: f64 = 10.0;
/// A hundred times the people at the same density may cost so much more: less than noise does.
const FLAT: f64 = 1.3;

/// All tables.
pub(super) fn show(report: &mut Report, ping: &Times, figures: &[Figures]) {
    let mut lines = Vec::new();
    for figures in figures {
        for by in &figures.by_limit {
            lines.extend(search_lines(figures, by));
        }
    }
    let head = [
        "people",
        "K",
        "way",
        "n",
        "p50",
        "p99",
        "server CPU",
        "client CPU",
        "p50 ÷ ours",
    ];
    Report::table("Nearest K over a connection", &head, &lines);
    let [p50, _, p99, _] = ping.cells();
    muster_stand::say::say(format!(
        "\nThe floor, a PING over the same client: p50 {p50}, p99 {p99}."
    ));
    report.figure("ping", ping.json());

    let counts = |figures: &Figures, by: &ByLimit| {
        let one = |number: f64| format!("{number:.1}");
        let kb = |bytes: f64| format!("{:.1} kB", bytes / 1000.0);
        vec![
            figures.case.title(),
            by.limit.to_string(),
            one(by.redis.reads),
            one(by.redis.commands),
            one(by.entries),
            kb(by.redis.bytes),
            show_us(by.redis.inside_us),
            kb(by.geo.bytes),
            show_us(by.geo.inside_us),
        ]
    };
    let lines: Vec<_> = figures
        .iter()
        .flat_map(|figures| figures.by_limit.iter().map(move |by| counts(figures, by)))
        .collect();
    let head = [
        "people",
        "K",
        "round trips",
        "keys",
        "people read",
        "answers",
        "inside commands",
        "GEOSEARCH: answers",
        "inside",
    ];
    Report::table("What a search asks of Redis", &head, &lines);
    bytes(figures);
    updates(figures);
}

fn search_lines(figures: &Figures, by: &ByLimit) -> Vec<Vec<String>> {
    let ours = by.p50_us()[0];
    let line = by.ways.iter().map(|measured| {
        let [p50, _, p99, _] = measured.times.cells();
        vec![
            figures.case.title(),
            by.limit.to_string(),
            measured.way.to_owned(),
            measured.times.len().to_string(),
            p50,
            p99,
            show_us(measured.server_us()),
            show_us(measured.client_us()),
            format!("{}×", three(measured.p50_us() / ours)),
        ]
    });
    line.collect()
}

fn bytes(figures: &[Figures]) {
    let lines: Vec<_> = figures
        .iter()
        .map(|figures| {
            let mut line = vec![figures.case.title()];
            let each = figures.bytes.map(|bytes| figures.each(bytes));
            line.extend(each.map(|bytes| format!("{bytes:.0} B")));
            line.push(format!("{:.0}", figures.load_per_s));
            line
        })
        .collect();
    let head = [
        "people",
        "muster",
        "GEOADD",
        "PostGIS, on disk",
        "put in per second by muster",
    ];
    Report::table("Bytes of one of them", &head, &lines);
}

fn updates(figures: &[Figures]) {
    let mut lines = Vec::new();
    for (title, moving) in figures
        .iter()
        .filter_map(|figures| Some((figures.case.title(), figures.moving.as_ref()?)))
    {
        let mut line = |way: String, per_s: f64, rate: Option<Rate>| {
            let us = |us: Option<f64>| us.map_or_else(|| "–".to_owned(), show_us);
            lines.push(vec![
                title.clone(),
                way,
                format!("{per_s:.0}"),
                format!("{}×", three(moving.ours.per_s / per_s)),
                us(rate.map(|rate| rate.server_us)),
                us(rate.map(|rate| rate.client_us)),
            ]);
        };
        let ways = [
            ("muster, `LiveIndex`", moving.ours),
            ("GEOADD, each alone", moving.geo),
            ("PostGIS, each alone", moving.postgis),
            ("PostGIS, 500 in a statement", moving.postgis_batches),
        ];
        for (way, rate) in ways {
            line(way.to_owned(), rate.per_s, Some(rate));
        }
        let kinds = moving.kinds.iter();
        let kinds: Vec<_> = kinds
            .map(|kind| format!("{} {}", three(kind.per_update), kind.name()))
            .collect();
        let kinds = kinds.join(" + ");
        for (connections, per_s) in ["one connection", "50"].iter().zip(moving.ceiling) {
            let way = format!(
                "redis-benchmark, {connections}, {} together: {kinds}",
                moving.depth
            );
            line(way, per_s, None);
        }
    }
    let head = [
        "people",
        "way",
        "updates/s",
        "ours is",
        "server CPU",
        "client CPU",
    ];
    Report::table("Updates", &head, &lines);
    let mut lines = Vec::new();
    for figures in figures {
        let Some(moving) = &figures.moving else {
            continue;
        };
        for (way, carried) in [
            ("muster", &moving.carried),
            ("PostGIS", &moving.carried_postgis),
        ] {
            let mut line = vec![figures.case.title(), way.to_owned()];
            line.push(format!("{:.0}", carried.per_s));
            line.extend(carried.times.cells());
            lines.push(line);
        }
    }
    let head = ["people", "way", "updates/s", "p50", "p90", "p99", "max"];
    Report::table("Nearest 50 while they move, one each 5 ms", &head, &lines);
}

/// The aims of the issue, all for 50 people.
pub(super) fn judge(aims: &mut Aims, figures: &[Figures]) {
    for figures in figures {
        let Some(by) = figures.usual() else { continue };
        let (title, p50) = (figures.case.title(), by.p50_us());
        if let Some(bound) = figures.case.aim_us {
            aims.at_most(format!("{title}: p50"), p50[0], bound, "µs");
        }
        if let Some(bound) = figures.case.aim_geo {
            let what = format!("{title}: faster than GEOSEARCH by");
            aims.at_least(what, p50[1] / p50[0], bound, "×");
        }
        if let Some(moving) = &figures.moving {
            let what = format!("{title}: p50 of PostGIS's");
            aims.at_most(what, p50[0] / p50[2], OF_POSTGIS, "×");
            let each = figures.each(figures.bytes[0]);
            aims.at_most(format!("{title}: memory of one"), each, MEMORY, "B");
            updates_aims(aims, &title, moving);
        }
    }
    flat(aims, figures);
}

fn updates_aims(aims: &mut Aims, title: &str, moving: &Moving) {
    let rivals = [
        ("each alone", moving.postgis),
        ("500 in a statement", moving.postgis_batches),
    ];
    for (how, rival) in rivals {
        let what = format!("{title}: updates of PostGIS's, {how}");
        let times = moving.ours.per_s / rival.per_s;
        aims.at_least(what, times, UPDATES_OF_POSTGIS, "×");
    }
    for (how, ceiling) in ["one connection", "50 connections"]
        .iter()
        .zip(moving.ceiling)
    {
        let what = format!("{title}: updates of redis-benchmark's, {how}");
        aims.at_least(what, moving.ours.per_s / ceiling, OF_CEILING, "×");
    }
    let what = format!("{title}: p50 of PostGIS's with a tenth of the updates");
    let (ours, theirs) = (&moving.carried.times, &moving.carried_postgis.times);
    aims.at_most(what, ours.us(0.5) / theirs.us(0.5), OF_POSTGIS, "×");
}

/// A hundred and ten times fewer people at the same density.
fn flat(aims: &mut Aims, figures: &[Figures]) {
    let by_name = |name: &str| {
        let case = figures.iter().find(|figures| figures.case.name == name);
        case.and_then(Figures::usual)
    };
    let Some(most) = by_name(COUNTRY) else { return };
    for few in SQUARES {
        let Some(less) = by_name(few) else { continue };
        let ours = |by: &ByLimit| {
            by.ways
                .first()
                .map_or(0.0, |way| way.server_us() + way.client_us())
        };
        let grown: [(&str, f64, f64); 4] = [
            ("keys", most.redis.commands, less.redis.commands),
            ("people read", most.entries, less.entries),
            ("CPU", ours(most), ours(less)),
            ("p50", most.p50_us()[0], less.p50_us()[0]),
        ];
        for (what, more, less) in grown {
            let what = format!("from {few} to all of it: {what} of a search for {LIMIT}");
            aims.at_most(what, more / less, FLAT, "×");
        }
    }
}

/// For programs.
pub(super) fn json(figures: &Figures) -> Value {
    let by_limit = figures.by_limit.iter().map(|by| {
        let ways: Vec<_> = by
            .ways
            .iter()
            .map(super::searches::Measured::json)
            .collect();
        json!({"limit": by.limit, "ways": ways, "round_trips": round(by.redis.reads),
               "keys": round(by.redis.commands), "people_read": round(by.entries),
               "bytes": round(by.redis.bytes), "inside_us": round(by.redis.inside_us)})
    });
    json!({"case": figures.case.name, "people": figures.case.places.len(),
           "radius_m": figures.case.radius_m,
           "bytes_each": figures.bytes.map(|bytes| figures.each(bytes)),
           "put_in_per_s": figures.load_per_s.round(),
           "searches": by_limit.collect::<Vec<_>>(),
           "moving": figures.moving.as_ref().map(Moving::json)})
}
