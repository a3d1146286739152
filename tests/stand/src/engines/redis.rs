//! One Redis (or Valkey) of our own.

use super::daemon::Daemon;
use super::{ports, programs};
use crate::failure::{Context as _, Failure, Outcome};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// Starts with another port before giving up: somebody else may take a free port first.
const TRIES: usize = 3;
/// One answer on the loopback.
const ANSWER: Duration = Duration::from_secs(1);

/// A running Redis. It forgets everything when it ends, unless it was started as
/// [`Redis::durable`]. Dropping it kills it.
#[derive(Debug)]
pub struct Redis {
    daemon: Daemon,
    port: u16,
}

impl Redis {
    /// Debian's Redis, without persistence.
    pub async fn start() -> Outcome<Self> {
        Self::launch(programs::redis()?, &[]).await
    }

    /// The same with an append-only file: it comes back with what it had.
    pub async fn durable() -> Outcome<Self> {
        let options = ["--appendonly", "yes", "--appendfsync", "everysec"];
        Self::launch(programs::redis()?, &options).await
    }

    /// Valkey, without persistence.
    pub async fn valkey() -> Outcome<Self> {
        Self::launch(programs::valkey()?, &[]).await
    }

    /// This program with further options of its command line.
    pub(super) async fn launch(program: PathBuf, options: &[&str]) -> Outcome<Self> {
        let mut tried = Err(Failure::new("never tried"));
        for _ in 0..TRIES {
            tried = Self::launch_once(program.clone(), options).await;
            if tried.is_ok() {
                break;
            }
        }
        tried
    }

    async fn launch_once(program: PathBuf, options: &[&str]) -> Outcome<Self> {
        let dir = TempDir::with_prefix("muster-redis-").doing("making a folder for Redis")?;
        let port = ports::free()?;
        let folder = dir.path().display().to_string();
        let fixed = [
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--dir",
            &folder,
            "--save",
            "",
            "--daemonize",
            "no",
        ]
        .map(str::to_owned);
        let args = fixed
            .into_iter()
            .chain(options.iter().map(ToString::to_string));
        let daemon = Daemon::new(program, args.collect(), dir);
        let mut redis = Self { daemon, port };
        redis.restart().await?;
        Ok(redis)
    }

    /// `redis://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id; an error when it is not running.
    pub fn pid(&self) -> Outcome<u32> {
        self.daemon.pid()
    }

    /// Whether the process is there (a paused one is).
    pub fn is_running(&mut self) -> bool {
        self.daemon.is_running()
    }

    /// SIGKILL. Nothing if it does not run.
    pub fn kill(&mut self) -> Outcome<()> {
        self.daemon.kill()
    }

    /// Starts it again on the same port and folder; kills it first if it runs.
    pub async fn restart(&mut self) -> Outcome<()> {
        let url = self.url();
        let is_this_one = async |pid| {
            let info = ask(&url, &["INFO"]).await.unwrap_or_default();
            let says = |line: &str| info.lines().any(|l| l.trim_end() == line);
            says(&format!("process_id:{pid}")) && says("loading:0")
        };
        self.daemon.start(is_this_one).await
    }

    /// SIGSTOP: it keeps its connections and does not answer.
    pub fn pause(&self) -> Outcome<()> {
        self.daemon.signal("-STOP")
    }

    /// Ends [`Redis::pause`].
    pub fn resume(&self) -> Outcome<()> {
        self.daemon.signal("-CONT")
    }

    /// Forgets everything, as an operator's mistake would.
    pub async fn flush(&self) -> Outcome<()> {
        self.ask(&["FLUSHALL"]).await.map(drop)
    }

    /// Where its data and its log are.
    pub fn folder(&self) -> &std::path::Path {
        self.daemon.folder()
    }

    /// One command on a new connection; the answer as text (nested answers as they print).
    pub async fn ask(&self, command: &[&str]) -> Outcome<String> {
        ask(&self.url(), command).await
    }
}

async fn ask(url: &str, command: &[&str]) -> Outcome<String> {
    let doing = command.join(" ");
    let answer = async {
        let client = ::redis::Client::open(url)?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let (name, args) = command.split_first().unwrap_or((&"PING", &[]));
        let mut asked = ::redis::cmd(name);
        for arg in args {
            asked.arg(*arg);
        }
        asked.query_async::<::redis::Value>(&mut connection).await
    };
    let answer = timeout(ANSWER, answer).await.doing(&doing)?.doing(&doing)?;
    Ok(match ::redis::from_redis_value_ref::<String>(&answer) {
        Ok(text) => text,
        Err(_) => format!("{answer:?}"),
    })
}
