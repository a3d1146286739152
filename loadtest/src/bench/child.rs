//! The bare server as a child process, stopped by its pid.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use muster_stand::failure::{Context as _, Failure, Outcome};

const START: Duration = Duration::from_secs(10);

/// A running bare server; dropping it kills it.
pub(super) struct Bare {
    child: Child,
    pid: u32,
    base_url: String,
}

impl Bare {
    /// Starts this very program as `bare-server`.
    pub(super) async fn start(data_dir: &Path, workers: usize) -> Outcome<Self> {
        let me = std::env::current_exe().doing("asking for my own path")?;
        let mut child = Command::new(me)
            .args([
                "bare-server",
                "--workers",
                &workers.to_string(),
                "--data-dir",
            ])
            .arg(data_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .doing("starting the bare server")?;
        let gone = || Failure::new("the bare server ended at once");
        let pid = child.id().ok_or_else(gone)?;
        let out = child.stdout.take().ok_or_else(gone)?;
        let mut lines = BufReader::new(out).lines();
        let line = timeout(START, lines.next_line())
            .await
            .doing("waiting for the bare server")?;
        let line = line.doing("reading its address")?.ok_or_else(gone)?;
        let said: Value = serde_json::from_str(&line).doing("reading its address")?;
        let address = said["listening"].as_str().ok_or_else(gone)?;
        Ok(Self {
            child,
            pid,
            base_url: format!("http://{address}"),
        })
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    pub(super) async fn stop(mut self) -> Outcome<()> {
        self.child.kill().await.doing("stopping the bare server")
    }
}
