//! The command line: one subcommand for each room that can run on its own.

use clap::{Args, Parser, Subcommand};
use muster_loadtest::bench::{self, BareArgs, BenchArgs, SenderArgs};
use muster_loadtest::demo::{self, DemoArgs};
use muster_loadtest::replay::{self, ReplayArgs};
use muster_loadtest::scale::{self, ScaleArgs};
use muster_loadtest::scenario::{self, ScenarioArgs};
use muster_stand::failure::Outcome;
use muster_stand::say::{say, told_to_stop};
use muster_stand::standin::{StandIn, StandInConfig};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Virtual phones, the push stand-in, replay and demo.
#[derive(Parser)]
#[command(name = "muster-loadtest", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the push stand-in alone, until Ctrl-C; prints its addresses as one JSON line.
    Standin(StandinArgs),
    /// Replays real calls against a simulated server and prints a summary.
    Replay(ReplayArgs),
    /// A simulated town with its phones, to look at.
    Demo(DemoArgs),
    /// Load with living phones and faults; fails when an alert was lost.
    Scenario(ScenarioArgs),
    /// Speed, each figure beside the machine's own floor.
    Bench(BenchArgs),
    /// A queueing simulation from the measurements to a country; prints the tables of the page.
    Scale(ScaleArgs),
    /// The floor of HTTP, a child process of `bench`.
    #[command(hide = true)]
    BareServer(BareArgs),
    /// Our push sender, a child process of `bench`.
    #[command(hide = true)]
    FanoutSender(SenderArgs),
}

#[derive(Args)]
struct StandinArgs {
    /// Where the push port listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where the CA and the service account are written.
    #[arg(long, default_value = ".standin")]
    dir: PathBuf,
    /// Time between taking a message and acknowledging it.
    #[arg(long, default_value_t = 0)]
    ack_latency_ms: u64,
    /// How many messages are remembered.
    #[arg(long, default_value_t = StandInConfig::default().keep)]
    keep: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Standin(args) => standin(args).await,
        Command::Replay(args) => replay::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Scenario(args) => scenario::run(args).await,
        Command::Bench(args) => bench::run(args).await.map(|()| true),
        Command::Scale(args) => scale::run(&args).map(|()| true),
        Command::BareServer(args) => bench::bare_server(args).await.map(|()| true),
        Command::FanoutSender(args) => bench::fanout_sender(args).await.map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            say(format!("error: {e}"));
            ExitCode::FAILURE
        }
    }
}

async fn standin(args: StandinArgs) -> Outcome<bool> {
    let config = StandInConfig {
        listen: args.listen,
        ack_latency: Duration::from_millis(args.ack_latency_ms),
        keep: args.keep,
        ..StandInConfig::default()
    };
    let standin = StandIn::start(config, &args.dir).await?;
    say(standin.describe());
    told_to_stop().await;
    Ok(true)
}
