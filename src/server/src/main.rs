//! The command line of muster.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use muster::app;
use muster::config::{Backend, Config};

#[derive(Parser)]
#[command(
    version,
    about = "Volunteer-responder dispatch: finds the nearest and wakes their phones"
)]
struct Arguments {
    /// Settings as TOML, laid over the compiled-in default; `MUSTER__SECTION__KEY` comes on top.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the service.
    Serve,
    /// Checks the settings and says which world they describe.
    CheckConfig,
    /// Brings the ledger's schema up to date.
    Migrate,
    /// Prints the description of the HTTP API.
    Openapi,
    /// Prints a token signed by the local issuer, one line for each subject.
    Token {
        /// `call_handler`, `responder`, `coordinator` or `admin`.
        #[arg(long)]
        role: String,
        /// The organisation.
        #[arg(long)]
        org: String,
        /// The subject; for a responder its id.
        #[arg(long, required_unless_present = "subs_file")]
        sub: Option<String>,
        /// A file with one subject a line.
        #[arg(long, conflicts_with = "sub")]
        subs_file: Option<PathBuf>,
        /// How long the token is valid, seconds.
        #[arg(long, default_value_t = 3600)]
        ttl_s: u32,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    app::make_private();
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    match run(arguments, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments, environment: &BTreeMap<String, String>) -> Result<(), String> {
    if let Command::Openapi = arguments.command {
        say(&app::openapi()?);
        return Ok(());
    }
    let config =
        Config::load(arguments.config.as_deref(), environment).map_err(|e| e.to_string())?;
    match arguments.command {
        Command::Serve => app::serve(config).map_err(|e| e.to_string()),
        Command::CheckConfig => {
            app::check(&config).map_err(|e| e.to_string())?;
            let world = match config.backend {
                Backend::Embedded { .. } => "embedded",
                Backend::Scaled { .. } => "scaled",
            };
            say(&format!(
                "the settings are good: {world} world, {} plans",
                config.plans.plans.len()
            ));
            Ok(())
        }
        Command::Migrate => app::migrate(&config).map_err(|e| e.to_string()),
        Command::Token {
            role,
            org,
            sub,
            subs_file,
            ttl_s,
        } => {
            let subs = match (sub, subs_file) {
                (Some(sub), _) => vec![sub],
                (None, Some(path)) => lines(&path)?,
                (None, None) => Vec::new(),
            };
            for token in app::tokens(&config, &role, &org, &subs, ttl_s)? {
                say(&token);
            }
            Ok(())
        }
        Command::Openapi => Ok(()),
    }
}

fn lines(path: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(str::to_owned)
        .collect())
}

#[expect(
    clippy::print_stdout,
    reason = "the answer of a command belongs on standard output"
)]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "logging may not have started yet")]
fn complain(text: &str) {
    eprintln!("muster: {text}");
}
