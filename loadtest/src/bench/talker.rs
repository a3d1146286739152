//! A child process that is asked and answers in JSON lines; ended by the end of its input, or by its
//! pid.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use muster_stand::failure::{Context as _, Failure, Outcome};

/// To end after its input did.
const END: Duration = Duration::from_secs(5);

/// The running process; dropping it kills it.
pub(super) struct Talker {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Talker {
    /// Starts it.
    pub(super) fn start(name: &'static str, command: &mut Command) -> Outcome<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .doing(format!("starting {name}"))?;
        let input = child.stdin.take();
        let output = child.stdout.take();
        let output = output.ok_or_else(|| Failure::new(format!("{name} has no output")))?;
        Ok(Self {
            name,
            child,
            input,
            output: BufReader::new(output).lines(),
        })
    }

    /// The number of the process, while it runs.
    pub(super) fn pid(&self) -> Outcome<u32> {
        let gone = || Failure::new(format!("{} ended", self.name));
        self.child.id().ok_or_else(gone)
    }

    /// Its next line, awaited so long.
    pub(super) async fn hear(&mut self, within: Duration) -> Outcome<Value> {
        let name = self.name;
        let line = timeout(within, self.output.next_line());
        let line = line.await.doing(format!("waiting for {name}"))?;
        let line = line.doing(format!("reading from {name}"))?;
        let line = line.ok_or_else(|| Failure::new(format!("{name} ended")))?;
        serde_json::from_str(&line).doing(format!("{name} said {line}"))
    }

    /// Asks, and hears the answer.
    pub(super) async fn ask(&mut self, order: &Value, within: Duration) -> Outcome<Value> {
        let name = self.name;
        let gone = || Failure::new(format!("{name} takes no orders"));
        let input = self.input.as_mut().ok_or_else(gone)?;
        let sent = input.write_all(format!("{order}\n").as_bytes()).await;
        sent.doing(format!("asking {name}"))?;
        self.hear(within).await
    }

    /// Ends its input and waits until it has ended; kills it if it does not.
    pub(super) async fn stop(mut self) -> Outcome<()> {
        drop(self.input.take());
        if timeout(END, self.child.wait()).await.is_ok() {
            return Ok(());
        }
        self.kill().await
    }

    /// Ends it at once, by its pid.
    pub(super) async fn kill(&mut self) -> Outcome<()> {
        let killed = self.child.kill().await;
        killed.doing(format!("stopping {}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn what_is_asked_is_answered_until_the_input_ends() {
        let mut echo = Talker::start("cat", &mut Command::new("cat")).unwrap();
        let order = json!({"count": 3});
        assert_eq!(echo.ask(&order, END).await.unwrap(), order);
        let late = echo.hear(Duration::from_millis(1)).await;
        assert!(late.unwrap_err().to_string().contains("waiting for cat"));
        echo.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_child_that_ends_is_an_error_with_its_name() {
        let mut mute = Talker::start("true", &mut Command::new("true")).unwrap();
        let heard = mute.hear(END).await;
        assert_eq!(heard.unwrap_err().to_string(), "true ended");
        mute.stop().await.unwrap();
    }
}
