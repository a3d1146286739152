//! What the turns came to: the table, the limits, the losses.

use serde_json::{Value, json};

use super::{CASES, Case, FLOORS, PATIENCE, SLOWER_MAX, Sum};
use crate::bench::figures::{Report, aim, round, show_us};
use muster_stand::say::say;

const HEAD: [&str; 9] = [
    "server, viewers",
    "raise p50 (each turn)",
    "of that without viewers",
    "201 → viewer p50",
    "p99",
    "POST → viewer p50",
    "messages, mean size",
    "server CPU a message",
    "memory a viewer, open; busy",
];

pub(super) fn tell(report: &mut Report, sums: &[Sum], floors: &[Sum]) {
    let nobody = &sums[0];
    let mut lines = Vec::new();
    let mut figures = Vec::new();
    for (case, sum) in CASES.iter().zip(sums) {
        let slower = sum.raises.us(0.5) / nobody.raises.us(0.5);
        let shown = match case.reading {
            0 => String::new(),
            100 => {
                let met = slower <= SLOWER_MAX;
                let what = format!("raising with viewers: {}", case.name);
                report.judge(
                    met,
                    &format!("{what}: {slower:.2} × as long as without, aim {SLOWER_MAX}"),
                );
                aim(slower, met, &format!("≤ {SLOWER_MAX}"))
            }
            _ => format!("{slower:.2}"),
        };
        lines.push(cells(
            &format!("muster, {}", case.name),
            sum,
            Some(nobody),
            shown,
        ));
        figures.push(figure(case, sum, Some(nobody)));
    }
    for (case, sum) in FLOORS.iter().zip(floors) {
        let name = format!("bare broadcast, {}", case.name);
        lines.push(cells(&name, sum, None, String::new()));
        figures.push(figure(case, sum, None));
    }
    Report::table("Live feed", &HEAD, &lines);
    let over = |at: usize| sums[at].cpu_us(Some(nobody)) / floors[at - 1].cpu_us(None);
    let (some, many) = (over(1), over(2));
    say(format!(
        "\nserver CPU a message, muster / bare: {some:.1} with 100 viewers, {many:.1} with 1,000"
    ));
    losses(report, sums, floors);
    report.figure("feed", json!(figures));
    report.figure("feed_cpu_to_bare", json!([round(some), round(many)]));
}

/// Who did not learn of what.
fn losses(report: &mut Report, sums: &[Sum], floors: &[Sum]) {
    let total = |of: fn(&Sum) -> u64| sums.iter().map(of).sum::<u64>();
    let (missing, late) = (total(|sum| sum.missing), total(|sum| sum.late_missing));
    let (gone, resets) = (total(|sum| sum.gone), total(|sum| sum.resets));
    let lost = floors.iter().map(|sum| sum.missing).sum::<u64>();
    say(format!(
        "not seen within {PATIENCE:?}: {missing} (bare: {lost}); by those who read late: {late}; \
         told to begin anew {resets} times; connections ended by the server: {gone}"
    ));
    report.judge(
        missing == 0,
        &format!("feed: {missing} incidents were not seen in time"),
    );
    report.judge(
        late == 0,
        &format!("feed: {late} incidents were not seen by those who read late"),
    );
    report.figure(
        "feed_losses",
        json!({"missing": missing, "late_missing": late, "bare_missing": lost,
               "resets": resets, "gone": gone}),
    );
}

fn cells(name: &str, sum: &Sum, without: Option<&Sum>, slower: String) -> Vec<String> {
    let each: Vec<String> = sum.each.iter().map(|us| show_us(*us)).collect();
    let mut cells = vec![
        name.to_owned(),
        match each.join(", ") {
            none if none.is_empty() => show_us(sum.raises.us(0.5)),
            each => format!("{} ({each})", show_us(sum.raises.us(0.5))),
        },
        slower,
    ];
    if sum.messages == 0 {
        cells.extend(std::iter::repeat_n(String::new(), 6));
        return cells;
    }
    let kib = |bytes: Option<f64>| format!("{:.0}", bytes.unwrap_or(0.0) / 1024.0);
    cells.extend([
        show_us(sum.after.us(0.5)),
        show_us(sum.after.us(0.99)),
        show_us(sum.lags.us(0.5)),
        format!("{}, {} B", sum.messages, sum.bytes / sum.messages),
        show_us(sum.cpu_us(without)),
        format!("{}; {} KiB", kib(sum.idle), kib(sum.full)),
    ]);
    cells
}

fn figure(case: &Case, sum: &Sum, without: Option<&Sum>) -> Value {
    json!({"of": if without.is_some() { "muster" } else { "bare" },
        "reading": case.reading, "stalled": case.stalled, "raise": sum.raises.json(),
        "answer_to_viewer": sum.after.json(), "post_to_viewer": sum.lags.json(),
        "messages": sum.messages, "bytes": sum.bytes,
        "server_cpu_us": round(sum.cpu_us(without)),
        "open_bytes": sum.idle.map(f64::round), "busy_bytes": sum.full.map(f64::round)})
}
