//! What the machine says of itself and of processes.

use std::path::Path;

use tokio::process::Command;
use tokio::time::Instant;

use muster_stand::failure::{Context as _, Failure, Outcome};

/// Ticks of `/proc/<pid>/stat` per second on Linux, whatever the kernel's own.
const TICKS_PER_S: f64 = 100.0;

/// Cores that may be used.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processor's name.
pub(crate) fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    name.map_or_else(String::new, |rest| {
        rest.trim_start_matches([' ', '\t', ':']).to_owned()
    })
}

/// Processor time that a process has used so far, all threads, seconds.
pub(crate) fn cpu_s(pid: u32) -> Outcome<f64> {
    let fields = stat(pid)?;
    let ticks = ticks(&fields, 11..13);
    ticks.ok_or_else(|| Failure::new("its stat is not what it should be"))
}

/// The same with its children, those that ended too.
pub(crate) fn cpu_tree_s(pid: u32) -> Outcome<f64> {
    let own = ticks(&stat(pid)?, 11..15);
    let own = own.ok_or_else(|| Failure::new("its stat is not what it should be"))?;
    let entries = std::fs::read_dir("/proc").doing("reading /proc")?;
    let pids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    // a child that ends meanwhile is counted by its parent the next time
    let children = pids.filter_map(|child| {
        let fields = stat(child).ok()?;
        let is_child = fields.get(1)? == &pid.to_string();
        is_child.then(|| ticks(&fields, 11..13))?
    });
    Ok(own + children.sum::<f64>())
}

/// The fields of `/proc/<pid>/stat` that follow the name, which may hold spaces.
fn stat(pid: u32) -> Outcome<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).doing("reading its stat")?;
    let rest = text.rsplit_once(')').map(|(_, rest)| rest);
    let fields = rest.unwrap_or_default().split_whitespace();
    Ok(fields.map(str::to_owned).collect())
}

/// The sum of these fields, seconds.
fn ticks(fields: &[String], which: std::ops::Range<usize>) -> Option<f64> {
    let fields = fields.get(which)?.iter();
    let ticks: Option<f64> = fields.map(|field| field.parse::<f64>().ok()).sum();
    ticks.map(|ticks| ticks / TICKS_PER_S)
}

/// Memory of a process that is in RAM.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Its own bytes.
    pub(crate) own: f64,
    /// Bytes of files that it looks at, which the system may drop.
    pub(crate) files: f64,
}

impl Memory {
    pub(crate) fn of(pid: u32) -> Outcome<Self> {
        let path = format!("/proc/{pid}/status");
        let text = std::fs::read_to_string(path).doing("reading its memory")?;
        let bytes = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let kib = line.and_then(|rest| rest.split_whitespace().nth(1)?.parse::<f64>().ok());
            kib.map_or(0.0, |kib| kib * 1024.0)
        };
        Ok(Self {
            own: bytes("RssAnon"),
            files: bytes("RssFile") + bytes("RssShmem"),
        })
    }

    pub(crate) fn resident(self) -> f64 {
        self.own + self.files
    }
}

/// Processor time: seconds so far, or cores over a span.
pub(crate) struct Used {
    pub(crate) servers: f64,
    /// Redis and PostgreSQL.
    pub(crate) engines: f64,
    /// This process.
    pub(crate) bench: f64,
    /// None of these: neighbours, who make the tails.
    pub(crate) others: f64,
    at: Instant,
}

impl Used {
    /// Of the servers, and of what is behind them.
    pub(crate) fn so_far((servers, engines): &(Vec<u32>, Vec<u32>)) -> Outcome<Self> {
        let sum = |pids: &[u32]| {
            pids.iter()
                .map(|pid| cpu_tree_s(*pid))
                .sum::<Outcome<f64>>()
        };
        let (servers, engines) = (sum(servers)?, sum(engines)?);
        let bench = cpu_s(std::process::id())?;
        Ok(Self {
            servers,
            engines,
            bench,
            others: busy_s() - servers - engines - bench,
            at: Instant::now(),
        })
    }

    /// Cores between two looks.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let span = (self.at - before.at).as_secs_f64();
        // all are counted in ticks, so a difference may fall below nothing
        let cores = |now: f64, then: f64| ((now - then) / span).max(0.0);
        Self {
            servers: cores(self.servers, before.servers),
            engines: cores(self.engines, before.engines),
            bench: cores(self.bench, before.bench),
            others: cores(self.others, before.others),
            at: self.at,
        }
    }
}

/// Processor time of all children of this process that have ended and been waited for, seconds.
pub(crate) fn children_cpu_s() -> Outcome<f64> {
    let ticks = ticks(&stat(std::process::id())?, 13..15);
    ticks.ok_or_else(|| Failure::new("its stat is not what it should be"))
}

/// Processor time that the whole machine has used so far, all cores, seconds: what is not idle and
/// not waiting for a disk.
pub(crate) fn busy_s() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let fields = first.split_whitespace().skip(1).take(8);
    let ticks = fields
        .filter_map(|field| field.parse::<f64>().ok())
        .enumerate();
    // fields 3 and 4 are idle and waiting
    ticks
        .filter(|(at, _)| !matches!(at, 3 | 4))
        .map(|(_, ticks)| ticks)
        .sum::<f64>()
        / TICKS_PER_S
}

/// The commit that is checked out where this runs, if there is one.
pub(crate) async fn commit() -> Option<String> {
    let asked = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .await;
    let output = asked.ok().filter(|output| output.status.success())?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned())
}

/// Writes a file in one go.
pub(crate) fn write(path: &Path, text: &str) -> Outcome<()> {
    std::fs::write(path, text).doing(format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_time_and_memory() {
        assert!(cpu_s(std::process::id()).unwrap() >= 0.0);
        assert!(Memory::of(std::process::id()).unwrap().own > 0.0);
        let me = std::process::id();
        // in this order: both grow
        let own = cpu_s(me).unwrap();
        assert!(cpu_tree_s(me).unwrap() >= own);
    }
}
