//! From the measurements to a country: a queueing simulation that checks `docs/scale.md`.
//!
//! Nothing is started and nothing is timed: what each piece of work costs is written in
//! [`Measured`], the rest is a plain discrete-event simulation. The same seed prints the same
//! tables, and a test holds the page to them.

mod cases;
mod cost;
#[cfg(test)]
mod laws;
mod measured;
mod model;
#[cfg(test)]
mod page;
mod queue;
mod table;

use std::path::PathBuf;

use clap::Args;

pub use measured::Measured;
use muster_stand::failure::{Context as _, Outcome};
use muster_stand::say::say;

/// Simulated in each line of the page.
const INCIDENTS: usize = 2_000;
const SEED: u64 = 1;

/// Options of `scale`.
#[derive(Debug, Clone, Args)]
pub struct ScaleArgs {
    /// Costs that replace the measured ones: TOML with the names of `Measured`.
    #[arg(long)]
    pub figures: Option<PathBuf>,
    /// Simulated in each line.
    #[arg(long, default_value_t = INCIDENTS, value_parser = incidents)]
    pub incidents: usize,
    /// Everything random comes from here.
    #[arg(long, default_value_t = SEED)]
    pub seed: u64,
}

fn incidents(text: &str) -> Result<usize, String> {
    let many = text.parse().map_err(|_not_one| "not a number".to_owned())?;
    if (100..=200_000).contains(&many) {
        Ok(many)
    } else {
        Err("between 100 and 200000".to_owned())
    }
}

/// Simulates and prints the tables of the page.
pub fn run(args: &ScaleArgs) -> Outcome<()> {
    let measured = match &args.figures {
        None => Measured::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).doing("reading the figures")?;
            toml::from_str(&text).doing("reading the figures")?
        }
    };
    say(table::everything(&measured, args.incidents, args.seed));
    Ok(())
}
