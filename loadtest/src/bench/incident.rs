//! From a call to fifty woken phones: one incident at a time, then sixteen in the same instant.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::drive::{Load, Measured, Scene, measure};
use super::figures::{Report, Times, aim, round, show_us};
use super::town::ASKED;
use crate::stages;
use muster_stand::failure::Outcome;
use muster_stand::say::say;

/// From one incident to the next: 16.7 a second.
const PERIOD: Duration = Duration::from_millis(60);
/// The same where each node shares two cores with two databases: five a second.
const PERIOD_SCALED: Duration = Duration::from_millis(200);
/// Not counted: connections and caches become warm.
const WARM_UP: usize = 30;
/// An incident is closed so many periods after it was raised.
const OPEN_FOR: usize = 3;
/// In the same instant.
const AT_ONCE: usize = 16;
const WARM_UP_AT_ONCE: usize = 3;

/// Half of all incidents within this many times the floor of the same run.
const TIMES_FLOOR: f64 = 1.5;
/// Sixteen at once have 800 messages to send, and sixteen times the sends of one incident is what
/// the machine needs for them one incident after the other. Whoever works in that order is done
/// with half of the incidents in half of that time, and the other half is room for the work that
/// the floor does not do: so the median is judged by the whole of it, once. The last of the
/// sixteen comes after all others' sends, searches and decisions: it gets the same half more that
/// a lone incident gets.
const TIMES_SENDS: f64 = 1.0;
const TIMES_SENDS_LAST: f64 = 1.5;

/// What a quiet machine of two cores should do, ms: median and 99th percentile.
const EMBEDDED_MS: (f64, f64) = (4.0, 15.0);
const SCALED_MS: (f64, f64) = (5.0, 20.0);
const AT_ONCE_MS: (f64, f64) = (6.0, 40.0);

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    /// Incidents of a run with one at a time.
    pub(super) incidents: usize,
    pub(super) fixes_per_s: u32,
    pub(super) seed: u64,
}

impl Options {
    /// One at a time.
    fn stream(&self, scaled: bool) -> Load {
        Load {
            groups: self.incidents,
            warm_up: WARM_UP,
            at_once: 1,
            period: if scaled { PERIOD_SCALED } else { PERIOD },
            open_for: OPEN_FOR,
            fixes_per_s: self.fixes_per_s,
            seed: self.seed,
        }
    }

    /// Several in the same instant, with as much time for each as if they came one by one.
    fn at_once(&self, scaled: bool, groups: usize) -> Load {
        let stream = self.stream(scaled);
        Load {
            groups,
            warm_up: WARM_UP_AT_ONCE,
            at_once: AT_ONCE,
            period: stream.period * u32::try_from(AT_ONCE).unwrap_or(1),
            open_for: 1,
            ..stream
        }
    }
}

/// Measures, prints, judges.
pub(super) async fn run(report: &mut Report, scene: &Scene<'_>, options: &Options) -> Outcome<()> {
    let scaled = scene.world.engines.is_some();
    let where_ = scene.title();
    let stream = options.stream(scaled);
    say(format!(
        "{where_}: {} incidents, one each {} ms, {} fixes/s …",
        stream.groups,
        stream.period.as_millis(),
        stream.fixes_per_s
    ));
    let measured = measure(scene, stream).await?;
    one_at_a_time(report, scene, &measured);
    // fewer where it takes longer: a burst is much of the same
    let groups = options.incidents / if scaled { 32 } else { 40 };
    let bursts = options.at_once(scaled, groups.max(5));
    say(format!(
        "{where_}: {} times {AT_ONCE} at once …",
        bursts.groups
    ));
    let measured = measure(scene, bursts).await?;
    many_at_once(report, scene, &measured);
    Ok(())
}

fn one_at_a_time(report: &mut Report, scene: &Scene<'_>, measured: &Measured) {
    let where_ = scene.title();
    let mut figures = times(&format!("Incident, {where_}"), scene, measured);
    let floor = &measured.floor;
    let pushes = &measured.pushes;
    let rows = [
        ("201", "commit + search", &measured.answers, &floor.answer),
        ("last push", "commit + search + sends", pushes, &floor.whole),
    ];
    let lines = rows.map(|(what, of, ours, floor)| {
        let p50 = ours.us(0.5) / floor.us(0.5);
        let judged = what == "last push";
        let shown = if judged {
            aim(p50, p50 <= TIMES_FLOOR, "≤ 1.5")
        } else {
            format!("{p50:.2}")
        };
        let tails = ours.us(0.99) / floor.us(0.99);
        let ratios = json!({"p50": round(p50), "p99": round(tails)});
        figures.insert(format!("{what} / floor"), ratios);
        let (middle, tail) = (show_us(floor.us(0.5)), show_us(floor.us(0.99)));
        let tails = format!("{tails:.2}");
        vec![what.to_owned(), of.to_owned(), middle, tail, shown, tails]
    });
    let head = [
        "raised →",
        "floor",
        "floor p50",
        "floor p99",
        "p50 / floor p50",
        "p99 / floor p99",
    ];
    Report::table("Against the floor of the same run", &head, &lines);
    let ratio = pushes.us(0.5) / floor.whole.us(0.5);
    report.judge(
        ratio <= TIMES_FLOOR,
        &format!(
            "incident, {where_}: raised → last of {ASKED} pushes, p50 is {ratio:.2} times its floor, \
             aim ≤ {TIMES_FLOOR}"
        ),
    );
    let wanted = if scene.world.engines.is_some() {
        SCALED_MS
    } else {
        EMBEDDED_MS
    };
    in_ms(report, &format!("incident, {where_}"), pushes, wanted);
    note(report, scene, measured, &mut figures);
    show_stages(measured, &mut figures);
    report.figure(&format!("incident, {where_}"), Value::Object(figures));
}

fn many_at_once(report: &mut Report, scene: &Scene<'_>, measured: &Measured) {
    let where_ = scene.title();
    let what = format!("{AT_ONCE} at once, {where_}");
    let mut figures = times(
        &format!("{AT_ONCE} incidents at once, {where_}"),
        scene,
        measured,
    );
    let pushes = &measured.pushes;
    let all_sends = measured.floor.sends.us(0.5) * AT_ONCE as f64;
    let (middle, last) = (pushes.us(0.5) / all_sends, pushes.us(0.99) / all_sends);
    say(format!(
        "\nraised → last of {ASKED} pushes, in {AT_ONCE} times the sends of one ({}): p50 {}, p99 {}",
        show_us(all_sends),
        aim(middle, middle <= TIMES_SENDS, "≤ 1"),
        aim(last, last <= TIMES_SENDS_LAST, "≤ 1.5")
    ));
    report.judge(
        middle <= TIMES_SENDS,
        &format!(
            "{what}: p50 is {middle:.2} times all sends one after the other, aim ≤ {TIMES_SENDS}"
        ),
    );
    report.judge(
        last <= TIMES_SENDS_LAST,
        &format!(
            "{what}: p99 is {last:.2} times all sends one after the other, aim ≤ {TIMES_SENDS_LAST}"
        ),
    );
    in_ms(report, &what, pushes, AT_ONCE_MS);
    figures.insert("p50 / all sends".to_owned(), json!(round(middle)));
    figures.insert("p99 / all sends".to_owned(), json!(round(last)));
    note(report, scene, measured, &mut figures);
    show_stages(measured, &mut figures);
    report.figure(&what, Value::Object(figures));
}

/// The table of all times.
fn times(title: &str, scene: &Scene<'_>, measured: &Measured) -> Map<String, Value> {
    let floor = &measured.floor;
    let commit = if scene.world.engines.is_some() {
        "floor: one row committed by PostgreSQL"
    } else {
        "floor: append 4 KiB and flush"
    };
    let search = if scene.world.engines.is_some() {
        "floor: nearest 108 over Redis"
    } else {
        "floor: nearest 108, in process"
    };
    let all = [
        ("raised → 201", &measured.answers),
        ("raised → last of 50 pushes", &measured.pushes),
        ("of that, the bench was late by", &measured.late),
        (commit, &floor.commit),
        (search, &floor.search),
        ("floor: 50 bare HTTP/2 sends, last arrival", &floor.sends),
        ("fixes in the background, due → 202", &measured.behind.times),
    ];
    let mut figures = Map::new();
    let lines = all.map(|(what, times)| {
        figures.insert(what.to_owned(), times.json());
        let mut cells = vec![what.to_owned(), times.len().to_string()];
        cells.extend(times.cells());
        cells
    });
    let head = ["what", "n", "p50", "p90", "p99", "max"];
    Report::table(title, &head, &lines);
    figures
}

fn in_ms(report: &mut Report, what: &str, times: &Times, (p50, p99): (f64, f64)) {
    for (share, wanted) in [(0.5, p50), (0.99, p99)] {
        let took = times.us(share) / 1_000.0;
        let name = share * 100.0;
        report.inform(
            took <= wanted,
            &format!("{what}: p{name:.0} is {took:.2} ms, on a quiet machine ≤ {wanted} ms"),
        );
    }
}

/// What else went on.
fn note(
    report: &mut Report,
    scene: &Scene<'_>,
    measured: &Measured,
    figures: &mut Map<String, Value>,
) {
    let (behind, used) = (&measured.behind, &measured.used);
    let where_ = format!("{}, {} at once", scene.title(), measured.load.at_once);
    let incomplete = measured.incomplete;
    say(format!(
        "\n{:.0} fixes/s in the background ({} refused, {} left out); cores used: servers {:.2}, \
         databases {:.2}, bench {:.2}, processes that are not ours {:.2}; {incomplete} incidents \
         without all their pushes",
        behind.per_s,
        behind.refused,
        behind.left_out,
        used.servers,
        used.engines,
        used.bench,
        used.others
    ));
    report.judge(
        incomplete == 0,
        &format!("{where_}: {incomplete} incidents did not wake all whom they asked, aim 0"),
    );
    let (refused, first) = &measured.refused;
    report.judge(
        *refused == 0,
        &format!("{where_}: {refused} raises or closings refused{first}, aim 0"),
    );
    let sound = behind.refused + behind.left_out == 0;
    report.judge(
        sound,
        &format!(
            "{where_}: {} fixes in the background refused, {} not sent because too many waited, aim 0",
            behind.refused, behind.left_out
        ),
    );
    figures.insert("incomplete".to_owned(), json!(incomplete));
    figures.insert("refused".to_owned(), json!(refused));
    figures.insert("fixes_per_s".to_owned(), json!(behind.per_s.round()));
    for (name, cores) in [
        ("server_cores", used.servers),
        ("database_cores", used.engines),
        ("bench_cores", used.bench),
        ("other_cores", used.others),
    ] {
        figures.insert(name.to_owned(), json!(round(cores)));
    }
}

fn show_stages(measured: &Measured, figures: &mut Map<String, Value>) {
    if measured.stages.is_empty() {
        say("\nthe servers do not say how long their stages take");
        return;
    }
    let title = "Stages inside the servers, by their own histograms";
    Report::table(title, &stages::HEAD, &measured.stages.lines());
    let of = |(name, stage): (&str, &stages::Stage)| {
        let us = |seconds: f64| round(seconds * 1e6);
        let value = json!({"n": stage.count, "mean_us": us(stage.mean_s()),
            "p50_us": us(stage.quantile_s(0.5)), "p99_us": us(stage.quantile_s(0.99))});
        (name.to_owned(), value)
    };
    let all: Map<_, _> = measured.stages.iter().map(of).collect();
    figures.insert("stages".to_owned(), Value::Object(all));
}
