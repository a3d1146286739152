//! One PostgreSQL of our own.

use super::daemon::{Daemon, User, send};
use super::{ports, programs};
use crate::failure::{Context as _, Failure, Outcome};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, timeout};
use tokio_postgres::SimpleQueryMessage;

/// Starts with another port before giving up: somebody else may take a free port first.
const TRIES: usize = 3;
/// One answer on the loopback.
const ANSWER: Duration = Duration::from_secs(10);
/// For killed processes to be gone.
const GONE: Duration = Duration::from_secs(10);
/// Who may do everything in it. It asks for no password: it listens on the loopback only.
const OWNER: &str = "muster";

/// A running PostgreSQL with `fsync` on. Dropping it kills it.
#[derive(Debug)]
pub struct Postgres {
    daemon: Daemon,
    port: u16,
    created: AtomicU32,
}

impl Postgres {
    /// A fresh one with Debian's settings, and room for 300 connections.
    pub async fn start() -> Outcome<Self> {
        Self::with(&[]).await
    }

    /// A fresh one with further settings, for instance `("shared_buffers", "1GB")`.
    pub async fn with(settings: &[(&str, &str)]) -> Outcome<Self> {
        let bin = programs::postgres()?;
        let dir = TempDir::with_prefix("muster-postgres-");
        let dir = dir.doing("making a folder for PostgreSQL")?;
        let data = dir.path().join("data").display().to_string();
        let user = unprivileged()?;
        if let Some(user) = user {
            let given = chown(dir.path(), Some(user.uid), Some(user.gid));
            given.doing("giving PostgreSQL its folder")?;
        }
        let mut daemon = Daemon::new(bin.join("postgres"), Vec::new(), dir);
        daemon.user = user;
        let mut initdb = daemon.command(&bin.join("initdb"))?;
        initdb
            .args(["-D", &data, "-U", OWNER, "-A", "trust"])
            .args(["-E", "UTF8", "--locale=C", "--no-sync"]);
        let made = tokio::task::spawn_blocking(move || initdb.status()).await;
        let made = made.doing("waiting for initdb")?.doing("running initdb")?;
        if !made.success() {
            return Err(daemon.failure("could not be set up: initdb failed"));
        }
        let mut postgres = Self {
            daemon,
            port: 0,
            created: AtomicU32::new(0),
        };
        let mut tried = Err(Failure::new("never tried"));
        for _ in 0..TRIES {
            postgres.port = ports::free()?;
            postgres.daemon.args = arguments(&data, postgres.port, settings);
            tried = postgres.restart().await;
            if tried.is_ok() {
                break;
            }
        }
        tried.map(|()| postgres)
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        let port = self.port;
        format!("postgres://{OWNER}@127.0.0.1:{port}/{database}")
    }

    /// Its port on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process id; an error when it is not running.
    pub fn pid(&self) -> Outcome<u32> {
        self.daemon.pid()
    }

    /// Whether the process is there (a paused one is).
    pub fn is_running(&mut self) -> bool {
        self.daemon.is_running()
    }

    /// A fresh, empty database; its address.
    pub async fn create_database(&self) -> Outcome<String> {
        let n = self.created.fetch_add(1, Ordering::Relaxed);
        let name = format!("muster_{}_{n}", std::process::id());
        let postgres = self.url("postgres");
        run(&postgres, &format!("CREATE DATABASE {name}"))
            .await
            .map(drop)?;
        Ok(self.url(&name))
    }

    /// Runs statements on a new connection to the database at `url`; their rows, as text.
    pub async fn ask(url: &str, statements: &str) -> Outcome<Vec<Vec<Option<String>>>> {
        run(url, statements).await
    }

    /// SIGKILL to all of its processes, as when the machine is lost. Nothing if it does not run.
    pub async fn kill(&mut self) -> Outcome<()> {
        let Ok(pid) = self.daemon.pid() else {
            return Ok(());
        };
        // Nobody is born any more while the others are counted.
        self.daemon.signal("-STOP")?;
        let children = children_of(pid);
        self.daemon.kill()?;
        send("-KILL", &children)?;
        let until = Instant::now() + GONE;
        while children.iter().any(|child| lives(*child)) {
            if Instant::now() > until {
                return Err(self.daemon.failure("left processes behind"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Starts it again on the same port and data; kills it first if it runs.
    pub async fn restart(&mut self) -> Outcome<()> {
        self.kill().await?;
        let url = self.url("postgres");
        let file = self.daemon.folder().join("data/postmaster.pid");
        let is_this_one = async |pid: u32| {
            let written = std::fs::read_to_string(&file).unwrap_or_default();
            let ours = written.lines().next() == Some(&pid.to_string());
            ours && run(&url, "SELECT 1").await.is_ok()
        };
        self.daemon.start(is_this_one).await
    }

    /// SIGSTOP to all of its processes: connections stay, nothing answers.
    pub fn pause(&self) -> Outcome<()> {
        let pid = self.pid()?;
        self.daemon.signal("-STOP")?;
        send("-STOP", &children_of(pid))
    }

    /// Ends [`Postgres::pause`].
    pub fn resume(&self) -> Outcome<()> {
        send("-CONT", &children_of(self.pid()?))?;
        self.daemon.signal("-CONT")
    }
}

/// Runs statements on a new connection; the rows of the last that has any, as text.
async fn run(url: &str, statements: &str) -> Outcome<Vec<Vec<Option<String>>>> {
    let done = async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let (done, _) = tokio::join!(
            async {
                let done = client.simple_query(statements).await;
                drop(client);
                done
            },
            connection
        );
        done
    };
    let done = timeout(ANSWER, done).await.doing(statements)?;
    let messages = done.doing(statements)?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows
        .map(|row| {
            (0..row.len())
                .map(|n| row.get(n).map(str::to_owned))
                .collect()
        })
        .collect())
}

fn arguments(data: &str, port: u16, settings: &[(&str, &str)]) -> Vec<String> {
    let port = port.to_string();
    let fixed = [
        ("listen_addresses", "127.0.0.1"),
        ("port", &port),
        // the folder of sockets is not ours to write to
        ("unix_socket_directories", ""),
        ("fsync", "on"),
        ("max_connections", "300"),
    ];
    let mut args = vec!["-D".to_owned(), data.to_owned()];
    for (name, value) in fixed.iter().chain(settings) {
        args.extend(["-c".to_owned(), format!("{name}={value}")]);
    }
    args
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`, or else as `nobody`.
fn unprivileged() -> Outcome<Option<User>> {
    let me = std::fs::metadata("/proc/self").doing("asking who I am")?;
    if me.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").doing("reading the users")?;
    let user = ["postgres", "nobody"].iter().find_map(|name| {
        // name:password:uid:gid:…
        let line = users.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(|id| id.parse().ok());
        let (uid, gid) = (ids.next()??, ids.next()??);
        Some(User { uid, gid })
    });
    let user = user.ok_or_else(|| Failure::new("no user to run PostgreSQL as"))?;
    Ok(Some(user))
}

/// State and parent of a process: the fields behind the name in `/proc/PID/stat`.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind) = text.rsplit_once(')')?;
    let mut fields = behind.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}

fn children_of(parent: u32) -> Vec<u32> {
    let all = std::fs::read_dir(Path::new("/proc")).into_iter().flatten();
    let pids = all
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// Whether it still holds anything: a dead process that nobody has asked after does not.
fn lives(pid: u32) -> bool {
    stat(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}
