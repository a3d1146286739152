//! One JSON line per log record on standard error.

use tracing_subscriber::EnvFilter;

/// Starts logging at the given filter (such as `info` or `info,muster=debug`).
pub fn start_logs(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_bad| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
    // a second start in one process (tests) keeps the first
    drop(started);
}
