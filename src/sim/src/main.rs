//! Runs the deterministic simulation: `--seeds N --from S` for many, `--seed S --trace` for one
//! with its whole story, `--steps N` for longer lives. With `--count` it goes on after a failure and
//! says of how many seeds which rule was broken; `--mistakes` does so for each mistake in a statement, and
//! `--mistake WORD` for those whose name has a word.

use std::collections::BTreeMap;

use muster_sim::{MISTAKES, Mistake, STEPS, Setup, run};
use tokio::time::Instant;

/// What the arguments ask for.
struct Wanted {
    from: u64,
    seeds: u64,
    steps: u64,
    trace: bool,
    count: bool,
    /// Those whose name has this text.
    mistakes: Option<String>,
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted {
        from: 0,
        seeds: 200,
        steps: STEPS,
        trace: false,
        count: false,
        mistakes: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let mut number = || {
            let value = args.next().and_then(|text| text.parse().ok());
            value.ok_or_else(|| format!("{name} needs a number"))
        };
        match name.as_str() {
            "--from" => wanted.from = number()?,
            "--seeds" => wanted.seeds = number()?,
            "--steps" => wanted.steps = number()?,
            "--seed" => (wanted.from, wanted.seeds) = (number()?, 1),
            "--trace" => wanted.trace = true,
            "--count" => wanted.count = true,
            "--mistakes" => wanted.mistakes = Some(String::new()),
            "--mistake" => wanted.mistakes = args.next(),
            other => return Err(format!("{other} is not known")),
        }
    }
    Ok(wanted)
}

/// In how many seeds a rule was broken, the first of them, and how often each rule was the first to say so.
fn count(wanted: &Wanted, mistake: Option<&'static Mistake>) -> (u32, String) {
    let mut first = None;
    let mut rules: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in wanted.from..wanted.from.saturating_add(wanted.seeds) {
        let setup = Setup {
            steps: wanted.steps,
            mistake,
            ..Setup::of(seed)
        };
        if let Err(failure) = run(&setup) {
            first.get_or_insert(seed);
            *rules.entry(failure.rule).or_default() += 1;
        }
    }
    let count: u32 = rules.values().sum();
    let first = first.map_or_else(|| "-".to_owned(), |seed| seed.to_string());
    let seeds = wanted.seeds;
    (
        count,
        format!("{count} of {seeds} seeds, first {first}: {rules:?}"),
    )
}

/// Each mistake with what found it.
#[expect(clippy::print_stdout, reason = "a command for people")]
fn mistakes(wanted: &Wanted, word: &str) -> Result<(), String> {
    let mut missed = Vec::new();
    for mistake in MISTAKES.iter().filter(|m| m.name.contains(word)) {
        let (found, said) = count(wanted, Some(mistake));
        println!("{}: {said}", mistake.name);
        if found == 0 {
            missed.push(mistake.name);
        }
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("not found: {}", missed.join("; ")))
    }
}

#[expect(clippy::print_stdout, reason = "a command for people")]
fn main() -> Result<(), String> {
    let wanted = wanted()?;
    if let Some(word) = &wanted.mistakes {
        return mistakes(&wanted, word);
    }
    if wanted.count {
        println!("{}", count(&wanted, None).1);
        return Ok(());
    }
    let began = Instant::now();
    let (mut steps, mut raised, mut accepted, mut crashes) = (0, 0, 0, 0);
    for seed in wanted.from..wanted.from.saturating_add(wanted.seeds) {
        let setup = Setup {
            steps: wanted.steps,
            trace: wanted.trace,
            ..Setup::of(seed)
        };
        let summary = run(&setup).map_err(|failure| {
            println!("{failure}");
            format!(
                "replay with: --seed {seed} --steps {} --trace",
                wanted.steps
            )
        })?;
        for line in &summary.story {
            println!("{line}");
        }
        steps += summary.steps;
        raised += summary.raised;
        accepted += summary.accepted;
        crashes += summary.crashes;
    }
    println!(
        "{} seeds from {}: {steps} steps, {raised} incidents, {accepted} acceptances, \
         {crashes} deaths of nodes, {:.1} seeds a second; every promise held",
        wanted.seeds,
        wanted.from,
        wanted.seeds as f64 / began.elapsed().as_secs_f64(),
    );
    Ok(())
}
