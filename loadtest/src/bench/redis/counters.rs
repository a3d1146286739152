//! What servers and this thread spent: processor time to the nanosecond, commands, bytes.

use std::ops::AddAssign;

use redis::aio::MultiplexedConnection;

use muster_stand::failure::{Context as _, Outcome};

/// Processor time of the main thread of a process so far, microseconds.
pub(super) fn cpu_us(pid: u32) -> Outcome<f64> {
    schedstat(&format!("/proc/{pid}/schedstat"))
}

/// Processor time of this thread so far, microseconds.
pub(super) fn own_cpu_us() -> Outcome<f64> {
    schedstat("/proc/thread-self/schedstat")
}

/// The first number is nanoseconds on a processor.
fn schedstat(path: &str) -> Outcome<f64> {
    let text = std::fs::read_to_string(path).doing(format!("reading {path}"))?;
    let ns = text.split_whitespace().next().unwrap_or_default();
    let ns: f64 = ns.parse().doing(format!("reading {path}"))?;
    Ok(ns / 1000.0)
}

/// What a Redis counts itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counters {
    /// Commands, those of scripts too.
    pub(super) commands: f64,
    /// Times that something was read from a client: a pipeline that fits into one is one.
    pub(super) reads: f64,
    /// Bytes in answers.
    pub(super) bytes: f64,
    /// Time inside commands, microseconds; those that scripts call count twice.
    pub(super) inside_us: f64,
    /// Bytes of the answer that said so.
    answer: f64,
}

impl Counters {
    /// All so far.
    pub(super) async fn now(redis: &mut MultiplexedConnection) -> Outcome<Self> {
        let mut asked = redis::cmd("INFO");
        asked.arg("stats").arg("commandstats");
        let info: String = asked.query_async(redis).await.doing("INFO")?;
        let mut now = Self {
            answer: info.len() as f64,
            ..Self::default()
        };
        for (name, value) in info.lines().filter_map(|line| line.split_once(':')) {
            let number = || value.trim().parse::<f64>().unwrap_or_default();
            match name {
                "total_commands_processed" => now.commands = number(),
                "total_reads_processed" => now.reads = number(),
                "total_net_output_bytes" => now.bytes = number(),
                name if name.starts_with("cmdstat_") => {
                    let us = value.split(',').find_map(|part| part.strip_prefix("usec="));
                    now.inside_us += us.and_then(|us| us.parse::<f64>().ok()).unwrap_or(0.0);
                }
                _ => {}
            }
        }
        Ok(now)
    }

    /// What was spent between an earlier moment and this one, without what asking cost.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            commands: self.commands - earlier.commands - 1.0,
            reads: self.reads - earlier.reads - 1.0,
            bytes: self.bytes - earlier.bytes - earlier.answer,
            inside_us: self.inside_us - earlier.inside_us,
            answer: self.answer,
        }
    }

    /// Of one of so many.
    pub(super) fn over(self, many: f64) -> Self {
        Self {
            commands: self.commands / many,
            reads: self.reads / many,
            bytes: self.bytes / many,
            inside_us: self.inside_us / many,
            answer: self.answer,
        }
    }
}

/// Bytes that the whole server holds now, as it counts them.
pub(super) async fn used_memory(redis: &mut MultiplexedConnection) -> Outcome<f64> {
    let mut asked = redis::cmd("INFO");
    asked.arg("memory");
    let info: String = asked.query_async(redis).await.doing("INFO memory")?;
    let used = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    used.unwrap_or_default().trim().parse().doing("INFO memory")
}

/// Processor time of a server and of this thread.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) server_us: f64,
    pub(super) client_us: f64,
}

impl Spent {
    /// So far.
    pub(super) fn now(server: u32) -> Outcome<Self> {
        Ok(Self {
            server_us: cpu_us(server)?,
            client_us: own_cpu_us()?,
        })
    }

    /// Between an earlier moment and this one.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self {
            server_us: self.server_us - earlier.server_us,
            client_us: self.client_us - earlier.client_us,
        }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, more: Self) {
        self.server_us += more.server_us;
        self.client_us += more.client_us;
    }
}
