//! What is printed: the lines that `docs/scale.md` quotes.

use std::fmt::Write as _;

use super::cases::{Case, Load, Plant, Resource, all, needed, runs_out};
use super::cost::{LEVELS, Size};
use super::measured::Measured;
use super::model::simulate;

/// Multiples of the load whose waiting is simulated.
const TIMES: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// Everything, as Markdown.
pub(super) fn everything(measured: &Measured, incidents: usize, seed: u64) -> String {
    [
        cases(measured, incidents, seed),
        more_incidents(measured, incidents, seed),
        breaks(measured),
        cost(),
    ]
    .join("\n")
}

/// One line for each case, simulated.
fn cases(measured: &Measured, incidents: usize, seed: u64) -> String {
    let mut text = String::from(
        "| case | node CPU | PostgreSQL CPU | its connections | Redis CPU | streams | quota | \
         raised → last push left: p50 / p99 / p99.9 |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let cases = all();
    for (case, took) in cases.iter().zip(each(measured, &cases, incidents, seed)) {
        let _ = writeln!(text, "{} {took} |", shares(measured, case));
    }
    text
}

/// A line without what is simulated.
pub(super) fn shares(measured: &Measured, case: &Case) -> String {
    let share = |what| percent(needed(measured, &case.load, &case.plant, what));
    format!(
        "| {} | {} |",
        case.name,
        Resource::ALL.map(share).join(" | ")
    )
}

/// The country's waiting while only its incidents grow.
fn more_incidents(measured: &Measured, incidents: usize, seed: u64) -> String {
    let cases = TIMES.map(|times| Case {
        name: "",
        load: storm(times),
        plant: Plant::COUNTRY,
    });
    let mut text = String::from("| incidents | a second | p50 / p99 / p99.9 |\n");
    text.push_str("| --- | --- | --- |\n");
    for (times, took) in TIMES.iter().zip(each(measured, &cases, incidents, seed)) {
        let rate = storm(*times).incidents_per_s;
        let _ = writeln!(text, "| {times} × | {rate:.2} | {took} |");
    }
    text
}

/// The country with so many times the incidents, at a steady rate.
fn storm(times: f64) -> Load {
    Load::COUNTRY.event(times)
}

/// Makes the load of a multiple.
type Grow = fn(f64) -> Load;

/// What runs out first, at which multiple.
pub(super) fn breaks(measured: &Measured) -> String {
    let mut text = String::from("| what grows | runs out at, in this order |\n| --- | --- |\n");
    let lines: [(&str, Grow); 2] = [
        ("incidents", storm),
        ("people, and all with them", more_people),
    ];
    for (name, grow) in lines {
        let out = |what| (runs_out(measured, &Plant::COUNTRY, what, grow), what);
        let mut order = Resource::ALL.map(out);
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let order = order.map(|(times, what)| format!("{} {}", what.name(), multiple(times)));
        let _ = writeln!(text, "| {name} | {} |", order.join(", "));
    }
    text
}

fn more_people(times: f64) -> Load {
    Load::COUNTRY.countries(times)
}

/// What the installations cost, at each level of prices.
pub(super) fn cost() -> String {
    let mut text = String::from(
        "| a month, US$ | vCPU | GB of memory | GB of disk | GB sent | low | middle | high |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (name, size) in Size::ALL {
        let Size {
            vcpu,
            memory_gb,
            disk_gb,
            sent_gb,
        } = size;
        let prices = LEVELS
            .map(|level| thousands(size.month(&level)))
            .join(" | ");
        let _ = writeln!(
            text,
            "| {name} | {vcpu} | {memory_gb} | {} | {} | {prices} |",
            thousands(f64::from(disk_gb)),
            thousands(f64::from(sent_gb))
        );
    }
    text
}

/// Simulates each on a thread of its own.
fn each(measured: &Measured, cases: &[Case], incidents: usize, seed: u64) -> Vec<String> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = cases
            .iter()
            .map(|case| scope.spawn(move || took(measured, case, incidents, seed)))
            .collect();
        let text = |thread: std::thread::ScopedJoinHandle<'_, String>| {
            thread.join().unwrap_or_else(|_| "failed".to_owned())
        };
        threads.into_iter().map(text).collect()
    })
}

/// Milliseconds, or what does not keep up.
pub(super) fn took(measured: &Measured, case: &Case, incidents: usize, seed: u64) -> String {
    let share = |what: &Resource| needed(measured, &case.load, &case.plant, *what);
    let over = Resource::ALL.into_iter().filter(|what| share(what) >= 1.0);
    let over = over.max_by(|a, b| share(a).total_cmp(&share(b)));
    if let Some(what) = over {
        return format!("does not keep up: {}", what.name());
    }
    match simulate(measured, case, incidents, seed) {
        None => "does not keep up".to_owned(),
        Some(run) => {
            let within = [0.5, 0.99, 0.999].map(|share| milliseconds(run.within(share)));
            format!("{} ms", within.join(" / "))
        }
    }
}

fn milliseconds(ms: f64) -> String {
    if ms < 100.0 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    }
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        small if small < 0.1 => "< 0.1 %".to_owned(),
        some if some < 10.0 => format!("{some:.1} %"),
        much => format!("{much:.0} %"),
    }
}

fn multiple(times: f64) -> String {
    if times < 20.0 {
        format!("{times:.1} ×")
    } else {
        format!("{} ×", thousands(times))
    }
}

/// A whole number with its thousands apart.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_read_them() {
        assert_eq!(thousands(1_234_567.0), "1,234,567");
        assert_eq!(thousands(999.4), "999");
        assert_eq!(multiple(8.46), "8.5 ×");
        assert_eq!(percent(0.000_4), "< 0.1 %");
        assert_eq!(percent(1.5), "150 %");
    }

    #[test]
    fn what_does_not_keep_up_is_named() {
        let case = Case {
            name: "",
            load: Load::COUNTRY.event(1_000.0),
            plant: Plant::COUNTRY,
        };
        let words = took(&Measured::default(), &case, 100, 1);
        assert_eq!(words, "does not keep up: connections to PostgreSQL");
    }
}
