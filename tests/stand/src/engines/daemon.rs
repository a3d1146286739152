//! A server process: started, watched, signalled and ended by its id.

use crate::failure::{Context as _, Failure, Outcome};
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

/// From start to the first answer.
const START: Duration = Duration::from_secs(30);
/// Between two questions whether it is there.
const LOOK: Duration = Duration::from_millis(10);
/// Lines of the log in an error.
const TAIL: usize = 15;
/// Kills the group of `$1` and removes the folder `$2` when its input ends, which it does when our
/// process does. Children of `$1` with groups of their own notice its end within the second.
const GUARD: &str = "read -r _; kill -KILL \"-$1\" 2>/dev/null; sleep 1; rm -rf -- \"$2\"";
/// The log in the daemon's folder.
const LOG: &str = "log";

/// Another user to run as.
#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// A program with its arguments, and the process while it runs. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Daemon {
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    pub(super) user: Option<User>,
    running: Option<Running>,
    /// Its data and its log; goes after the process.
    dir: TempDir,
}

#[derive(Debug)]
struct Running {
    child: Child,
    guard: Child,
}

impl Daemon {
    /// Not started yet.
    pub(super) fn new(program: PathBuf, args: Vec<String>, dir: TempDir) -> Self {
        Self {
            program,
            args,
            user: None,
            running: None,
            dir,
        }
    }

    /// Where its data and its log are.
    pub(super) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// The command as this daemon's user, output to the log, in a group of its own.
    pub(super) fn command(&self, program: &Path) -> Outcome<Command> {
        let log = self.folder().join(LOG);
        let log = File::options().create(true).append(true).open(log);
        let log = log.doing("opening the log of a server")?;
        let twin = log.try_clone().doing("sharing the log")?;
        let mut command = Command::new(program);
        command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(twin)
            // not in the folder we run in, which another user may not even see
            .current_dir("/")
            .process_group(0);
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        Ok(command)
    }

    /// Starts the process and waits until `answers`, which gets its id, says yes.
    pub(super) async fn start(&mut self, answers: impl AsyncFn(u32) -> bool) -> Outcome<()> {
        self.kill()?;
        let program = self.program.display().to_string();
        let mut command = self.command(&self.program)?;
        let child = command.args(&self.args).spawn();
        let mut child = child.doing(format!("starting {program}"))?;
        let pid = child.id();
        match guard_of(pid, self.folder()) {
            Ok(guard) => self.running = Some(Running { child, guard }),
            Err(e) => {
                end(&mut child)?;
                return Err(e);
            }
        }
        let until = Instant::now() + START;
        while !answers(pid).await {
            if !self.is_running() {
                return Err(self.failure("ended at once"));
            }
            if Instant::now() > until {
                return Err(self.failure("does not answer"));
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// The process id; an error when it is not running.
    pub(super) fn pid(&self) -> Outcome<u32> {
        let running = self.running.as_ref();
        running
            .map(|running| running.child.id())
            .ok_or_else(|| self.failure("is not running"))
    }

    /// Whether the process is there (a stopped one is).
    pub(super) fn is_running(&mut self) -> bool {
        let running = self.running.as_mut();
        running.is_some_and(|running| matches!(running.child.try_wait(), Ok(None)))
    }

    /// SIGKILL and the end of the process. Nothing if it does not run.
    pub(super) fn kill(&mut self) -> Outcome<()> {
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        // The guard first: once the process is gone, its id may be somebody else's.
        end(&mut running.guard)?;
        end(&mut running.child)
    }

    /// Any signal by name, for instance `-STOP` and `-CONT`.
    pub(super) fn signal(&self, name: &str) -> Outcome<()> {
        send(name, &[self.pid()?])
    }

    /// An error about this process with the end of its log.
    pub(super) fn failure(&self, what: &str) -> Failure {
        let text = std::fs::read_to_string(self.folder().join(LOG)).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(TAIL)..);
        let tail = tail.unwrap_or_default().join("\n");
        let program = self.program.display();
        Failure::new(format!("{program} {what}; the end of its log:\n{tail}"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Nobody is left to tell; the guard is still there if this failed.
        drop(self.kill());
    }
}

/// Sends a signal to processes by their ids; those that are gone are none of our business.
pub(super) fn send(signal: &str, pids: &[u32]) -> Outcome<()> {
    let pids = pids.iter().map(u32::to_string);
    let mut kill = Command::new("kill");
    kill.arg(signal).args(pids).stderr(Stdio::null());
    kill.status().doing("running kill").map(drop)
}

fn guard_of(pid: u32, folder: &Path) -> Outcome<Child> {
    Command::new("sh")
        .args(["-c", GUARD, "guard", &pid.to_string()])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .doing("starting the guard of a server")
}

fn end(child: &mut Child) -> Outcome<()> {
    child.kill().doing("killing a server")?;
    child.wait().doing("waiting for a killed server").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;

    #[tokio::test]
    async fn the_guard_ends_a_server_whose_owner_is_gone_and_takes_its_folder() {
        let dir = TempDir::new().unwrap();
        let folder = dir.path().to_owned();
        let mut sleeps = Daemon::new("sleep".into(), vec!["300".to_owned()], dir);
        sleeps.start(async |_| true).await.unwrap();
        let mut running = sleeps.running.take().unwrap();
        // as when our process ends, however it ends
        drop(running.guard.stdin.take());
        let ended = running.child.wait().unwrap();
        assert_eq!(ended.signal(), Some(9), "{ended}");
        assert!(running.guard.wait().unwrap().success());
        assert!(!folder.exists());
    }
}
