//! The bare server as a child process, stopped by its pid.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use super::talker::Talker;
use muster_stand::failure::{Context as _, Failure, Outcome};

const START: Duration = Duration::from_secs(10);

/// A running bare server; dropping it kills it.
pub(super) struct Bare {
    talker: Talker,
    pid: u32,
    base_url: String,
}

impl Bare {
    /// Starts this very program as `bare-server`.
    pub(super) async fn start(data_dir: &Path, workers: usize) -> Outcome<Self> {
        let me = std::env::current_exe().doing("asking for my own path")?;
        let mut command = Command::new(me);
        let workers = workers.to_string();
        command.args(["bare-server", "--workers", &workers, "--data-dir"]);
        let mut talker = Talker::start("the bare server", command.arg(data_dir))?;
        let said = talker.hear(START).await?;
        let address = said["listening"].as_str();
        let address = address.ok_or_else(|| Failure::new("the bare server has no address"))?;
        Ok(Self {
            pid: talker.pid()?,
            base_url: format!("http://{address}"),
            talker,
        })
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) async fn stop(mut self) -> Outcome<()> {
        self.talker.kill().await
    }
}
