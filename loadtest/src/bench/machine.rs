//! What the machine says of itself and of processes.

use std::path::Path;

use tokio::process::Command;

use crate::failure::{Context as _, Failure, Outcome};

/// Ticks of `/proc/<pid>/stat` per second on Linux, whatever the kernel's own.
const TICKS_PER_S: f64 = 100.0;
/// Bytes of a page where this is built.
const PAGE: usize = 4096;

/// Cores that may be used.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processor's name.
pub(super) fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    name.map_or_else(String::new, |rest| {
        rest.trim_start_matches([' ', '\t', ':']).to_owned()
    })
}

/// Processor time that a process has used so far, all threads, seconds.
pub(super) fn cpu_s(pid: u32) -> Outcome<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).doing("reading its stat")?;
    // the name may hold spaces; what follows it does not
    let rest = text
        .rsplit_once(')')
        .map(|(_, rest)| rest)
        .unwrap_or_default();
    let ticks: Option<f64> = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<f64>().ok())
        .sum();
    let ticks = ticks.ok_or_else(|| Failure::new("its stat is not what it should be"))?;
    Ok(ticks / TICKS_PER_S)
}

/// Processor time that the whole machine has used so far, all cores, seconds: what is not idle and
/// not waiting for a disk.
pub(super) fn busy_s() -> f64 {
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

/// Resident bytes of this process.
pub(super) fn resident() -> usize {
    resident_of(std::process::id())
}

/// Resident bytes of a process; 0 when it is gone.
pub(super) fn resident_of(pid: u32) -> usize {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages = text
        .split_whitespace()
        .nth(1)
        .and_then(|field| field.parse::<usize>().ok());
    pages.unwrap_or(0) * PAGE
}

/// The commit that is checked out where this runs, if there is one.
pub(super) async fn commit() -> Option<String> {
    let asked = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output()
        .await;
    let output = asked.ok().filter(|output| output.status.success())?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned())
}

/// Writes a file in one go.
pub(super) fn write(path: &Path, text: &str) -> Outcome<()> {
    std::fs::write(path, text).doing(format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_time_and_memory() {
        assert!(cpu_s(std::process::id()).unwrap() >= 0.0);
        assert!(resident() > PAGE);
    }
}
