//! What a person at the terminal reads, and how they say stop.

use tokio::signal::unix::{SignalKind, signal};

/// Prints one line.
#[expect(
    clippy::print_stdout,
    reason = "a command-line tool talks to its terminal"
)]
pub fn say(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// Returns on Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
