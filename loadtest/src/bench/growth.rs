//! How it grows (`--full`): with responders, with incidents at once, with people asked, with nodes.
//! A few hundred incidents each: curves, not tails.

use serde_json::{Value, json};

use super::drive::{Load, Measured, Scene, measure};
use super::figures::{Report, round, show_us};
use super::incident::Options;
use super::town::{ASKED, ASKED_ALSO};
use muster_stand::failure::Outcome;
use muster_stand::say::say;

/// Incidents of a point of a curve.
const FEW: usize = 300;
/// Fewer groups than this have no middle.
const GROUPS_MIN: usize = 20;
const AT_ONCE: [usize; 4] = [1, 4, 16, 64];

/// One curve.
pub(super) struct Curve {
    name: &'static str,
    lines: Vec<Vec<String>>,
    values: Vec<Value>,
}

impl Curve {
    /// `name` is what grows.
    pub(super) fn of(name: &'static str) -> Self {
        Self {
            name,
            lines: Vec::new(),
            values: Vec::new(),
        }
    }

    /// One more point.
    pub(super) async fn point(&mut self, scene: &Scene<'_>, at: usize, load: Load) -> Outcome<()> {
        say(format!("growth, {}: {at} …", self.name));
        let measured = measure(scene, load).await?;
        self.lines.push(line(at, &measured));
        self.values.push(value(at, &measured));
        Ok(())
    }

    /// The table, and the figures.
    pub(super) fn show(self, report: &mut Report) {
        let head = [
            self.name,
            "incidents",
            "201 p50",
            "last push p50",
            "p99",
            "floor p50",
            "p50 / floor",
            "server cores",
            "database cores",
            "not complete",
        ];
        Report::table(&format!("Growth with {}", self.name), &head, &self.lines);
        report.figure(
            &format!("growth with {}", self.name),
            Value::Array(self.values),
        );
    }
}

/// A few one at a time.
pub(super) fn few(options: &Options, scaled: bool) -> Load {
    let stream = options.stream(scaled);
    Load {
        groups: stream.groups.min(FEW),
        ..stream
    }
}

/// With incidents at once, and with people asked.
pub(super) async fn in_one_town(
    report: &mut Report,
    scene: &Scene<'_>,
    options: &Options,
) -> Outcome<()> {
    let mut curve = Curve::of("incidents at once");
    for at_once in AT_ONCE {
        let groups = (options.incidents.min(FEW) / at_once).max(GROUPS_MIN);
        let load = options.at_once(false, at_once, groups);
        curve.point(scene, at_once, load).await?;
    }
    curve.show(report);
    let mut curve = Curve::of("people asked");
    let mut all = ASKED_ALSO.to_vec();
    all.push(ASKED);
    all.sort_unstable();
    for asked in all {
        let load = few(options, false);
        let load = Load {
            asked,
            // more messages take longer, the floor's too
            period: load.period * asked.div_ceil(ASKED),
            ..load
        };
        curve.point(scene, asked as usize, load).await?;
    }
    curve.show(report);
    Ok(())
}

fn line(at: usize, measured: &Measured) -> Vec<String> {
    let floor = measured.floor.whole.us(0.5);
    let used = &measured.used;
    vec![
        at.to_string(),
        measured.pushes.len().to_string(),
        show_us(measured.answers.us(0.5)),
        show_us(measured.pushes.us(0.5)),
        show_us(measured.pushes.us(0.99)),
        show_us(floor),
        format!("{:.2}", measured.pushes.us(0.5) / floor),
        format!("{:.2}", used.servers),
        format!("{:.2}", used.engines),
        measured.incomplete.to_string(),
    ]
}

fn value(at: usize, measured: &Measured) -> Value {
    json!({"at": at, "answer": measured.answers.json(), "push": measured.pushes.json(),
        "floor": measured.floor.whole.json(), "incomplete": measured.incomplete,
        "server_cores": round(measured.used.servers),
        "database_cores": round(measured.used.engines)})
}
