//! `h2load`: the same request again and again, without a thought. What no sender can do better.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::timeout;

use super::post::Post;
use crate::bench::machine;
use muster_stand::failure::{Context as _, Failure, Outcome};

/// Numbers of connections that are tried; the best is the ceiling.
pub(super) const CLIENTS: [usize; 3] = [1, 4, 8];
/// Requests under way on one connection: as many as the stand-in takes.
const STREAMS: &str = "100";
/// One run.
const RUN: Duration = Duration::from_mins(1);

/// What every run sends where.
pub(super) struct H2load {
    url: String,
    bearer: String,
    body: PathBuf,
}

/// What became of one run.
pub(super) struct Ran {
    pub(super) taken: u64,
    /// Processor time, with the program's own start, seconds.
    pub(super) cpu_s: f64,
}

impl H2load {
    /// Writes the body into that folder.
    pub(super) async fn prepare(dir: &Path, post: &Post, setup: &Value) -> Outcome<Self> {
        let version = Command::new("h2load").arg("--version").output().await;
        if version.is_err() {
            return Err(Failure::new("no h2load: run `make setup-peers`"));
        }
        let body = dir.join("body.json");
        machine::write(&body, &json!({"message": setup["like"]}).to_string())?;
        let token = setup["token"].as_str().unwrap_or_default();
        Ok(Self {
            url: post.send_url(),
            bearer: format!("authorization: Bearer {token}"),
            body,
        })
    }

    /// So many requests over so many connections.
    pub(super) async fn run(&self, count: usize, clients: usize) -> Outcome<Ran> {
        let used = machine::children_cpu_s()?;
        let output = Command::new("h2load")
            .args(["-n", &count.to_string(), "-c", &clients.to_string()])
            .args(["-m", STREAMS, "-H", &self.bearer])
            .args(["-H", "content-type: application/json; charset=UTF-8", "-d"])
            .arg(&self.body)
            .arg(&self.url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = timeout(RUN, output).await.doing("waiting for h2load")?;
        let output = output.doing("running h2load")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let taken = taken(&text).ok_or_else(|| {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            Failure::new(format!("h2load did not say what became of it: {words}"))
        })?;
        let cpu_s = machine::children_cpu_s()? - used;
        Ok(Ran { taken, cpu_s })
    }
}

/// How many answers were of the kind 2xx.
fn taken(text: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("status codes: "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_read_from_the_line_of_status_codes() {
        let text = "requests: 500 total, 500 started\nstatus codes: 498 2xx, 0 3xx, 2 4xx, 0 5xx\n";
        assert_eq!(taken(text), Some(498));
        assert_eq!(taken("nonsense"), None);
    }
}
