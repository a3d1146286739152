//! Processor time and memory of every process, each second, and what the neighbours used.

use crate::bench::machine;
use crate::report::{Sample, Usage};
use crate::world::Process;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

const EVERY: Duration = Duration::from_secs(1);
/// Ticks of `/proc/<pid>/stat` a second, whatever the kernel's own.
const TICKS_PER_S: f64 = 100.0;
/// Bytes of a page where this is built.
const PAGE: f64 = 4096.0;
const MIB: f64 = 1_048_576.0;

/// Samples from an instant on, until it is stopped.
pub(super) struct Watch {
    task: JoinHandle<()>,
    seen: Arc<Mutex<Usage>>,
}

impl Watch {
    pub(super) fn start(mut processes: Vec<Process>, from: Instant) -> Self {
        processes.push(Process {
            name: "load".to_owned(),
            pid: std::process::id(),
            with_children: false,
        });
        let names = processes.iter().map(|process| process.name.clone());
        let seen = Arc::new(Mutex::new(Usage {
            names: names.collect(),
            samples: Vec::new(),
        }));
        let into = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut ticks = interval_at(from, EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut before: Option<(Instant, Look)> = None;
            loop {
                ticks.tick().await;
                let (now, look) = (Instant::now(), Look::now(&processes));
                if let Some((then, before)) = &before {
                    let span_s = (now - *then).as_secs_f64().max(1e-3);
                    let at_s = (now - from).as_secs_f64();
                    into.lock().samples.push(look.since(before, at_s, span_s));
                }
                before = Some((now, look));
            }
        });
        Self { task, seen }
    }

    /// Stops and hands over what was seen.
    pub(super) async fn stop(self) -> Usage {
        self.task.abort();
        let _aborted = self.task.await;
        std::mem::take(&mut *self.seen.lock())
    }
}

/// Processor seconds so far and memory, process by process; the machine's processor seconds.
struct Look {
    each: Vec<(f64, f64)>,
    machine_s: f64,
}

impl Look {
    fn now(processes: &[Process]) -> Self {
        let children = if processes.iter().any(|process| process.with_children) {
            children()
        } else {
            HashMap::new()
        };
        let look = |process: &Process| match children.get(&process.pid) {
            Some(children) if process.with_children => family(process.pid, children),
            _ => (cpu_s(process.pid, false), resident(process.pid).0 / MIB),
        };
        Self {
            each: processes.iter().map(look).collect(),
            machine_s: machine::busy_s(),
        }
    }

    fn since(&self, before: &Self, at_s: f64, span_s: f64) -> Sample {
        let both = self.each.iter().zip(&before.each);
        let cores: Vec<_> = both
            .map(|(now, then)| ((now.0 - then.0) / span_s).max(0.0))
            .collect();
        let all = (self.machine_s - before.machine_s) / span_s;
        Sample {
            at_s,
            neighbours: (all - cores.iter().sum::<f64>()).max(0.0),
            cores,
            mib: self.each.iter().map(|(_, mib)| *mib).collect(),
        }
    }
}

/// A process with its children. What they share counts once: the greatest share of any.
fn family(pid: u32, children: &[u32]) -> (f64, f64) {
    let alive: f64 = children.iter().map(|child| cpu_s(*child, false)).sum();
    let all = std::iter::once(&pid).chain(children);
    let (own, shared) = all
        .map(|pid| resident(*pid))
        .fold((0.0, 0.0_f64), |(own, most), (resident, shared)| {
            (own + resident - shared, most.max(shared))
        });
    // the time of children that ended is their parent's
    (cpu_s(pid, true) + alive, (own + shared) / MIB)
}

/// The fields behind the name in `/proc/PID/stat`: 0 is the state, 1 the parent.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind) = text.rsplit_once(')')?;
    Some(behind.split_whitespace().map(str::to_owned).collect())
}

/// Processor seconds so far; with those of children that ended and were waited for. 0 for a
/// process that is gone.
fn cpu_s(pid: u32, with_ended: bool) -> f64 {
    let fields = stat(pid).unwrap_or_default();
    let ticks = fields.iter().skip(11).take(if with_ended { 4 } else { 2 });
    let ticks = ticks.filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_S
}

/// Resident bytes, and those of them that are shared.
fn resident(pid: u32) -> (f64, f64) {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let mut pages = text.split_whitespace().skip(1);
    let mut next = || pages.next().and_then(|n| n.parse::<f64>().ok());
    (next().unwrap_or(0.0) * PAGE, next().unwrap_or(0.0) * PAGE)
}

/// The children of every process.
fn children() -> HashMap<u32, Vec<u32>> {
    let mut of: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in std::fs::read_dir(Path::new("/proc"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let parent = stat(pid).and_then(|fields| fields.get(1)?.parse().ok());
        if let Some(parent) = parent {
            of.entry(parent).or_default().push(pid);
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_computes_is_seen_and_one_that_is_gone_is_nothing() {
        let me = std::process::id();
        let before = cpu_s(me, false);
        let mut sum = 0_u64;
        while cpu_s(me, false) < before + 0.02 {
            sum = sum.wrapping_mul(31).wrapping_add(7);
        }
        assert!(std::hint::black_box(sum) != 1 && resident(me).0 > PAGE);
        assert!(cpu_s(u32::MAX, true).abs() < f64::EPSILON);
        assert!(resident(u32::MAX).0.abs() < f64::EPSILON);
        let parent = stat(me).unwrap()[1].parse().unwrap();
        assert!(children()[&parent].contains(&me));
    }
}
